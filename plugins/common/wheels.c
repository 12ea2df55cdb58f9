/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "wheels.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* The next number of a version's release segment; 0 at its end. */
static guint64
next_number (const char **at)
{
  char *end = (char *) *at;
  guint64 number = g_ascii_isdigit (**at) ? g_ascii_strtoull (*at, &end, 10) : 0;

  if (*end == '.' && g_ascii_isdigit (end[1]))
    end++;
  *at = end;
  return number;
}

/* Where a version stands among those of its release, by what follows it:
 * -2 for 1.0.dev1, -1 for 1.0rc1, 0 for 1.0, 1 for 1.0+local, 2 for 1.0.post1. */
static int
rank (const char *rest)
{
  rest += strspn (rest, "._-");
  if (*rest == '\0')
    return 0;
  if (*rest == '+')
    return 1;
  if (g_str_has_prefix (rest, "dev"))
    return -2;
  return g_str_has_prefix (rest, "post") || g_str_has_prefix (rest, "r.")
                 || g_str_has_prefix (rest, "rev")
             ? 2
             : -1;
}

/* A version without what PEP 440 ignores. */
static char *
normalize (const char *version)
{
  char *text = g_ascii_strdown (version, -1);

  if (text[0] == 'v')
    memmove (text, text + 1, strlen (text));
  return text;
}

int
wheels_compare_versions (const char *a, const char *b)
{
  g_autofree char *left = normalize (a);
  g_autofree char *right = normalize (b);
  const char *l = left, *r = right;

  while (g_ascii_isdigit (*l) || g_ascii_isdigit (*r))
    {
      guint64 x = next_number (&l), y = next_number (&r);

      if (x != y)
        return x < y ? -1 : 1;
    }
  if (rank (l) != rank (r))
    return rank (l) < rank (r) ? -1 : 1;
  return strverscmp (l, r);
}

gboolean
wheels_is_version (const char *asked, const char *found)
{
  g_autofree char *plain = g_strdup (found);

  if (strchr (asked, '+') == NULL)
    plain[strcspn (plain, "+")] = '\0';
  return wheels_compare_versions (asked, plain) == 0;
}

/* The version of a wheel that any Python 3 can use, NAME-VERSION[-BUILD]-
 * py3-none-any.whl; NULL for any other file. */
static char *
version_of (const char *entry, const char *project)
{
  g_auto (GStrv) parts = g_strsplit (entry, "-", -1);
  guint n = g_strv_length (parts);

  if ((n != 5 && n != 6) || g_ascii_strcasecmp (parts[0], project) != 0
      || !g_str_equal (parts[n - 1], "any.whl") || !g_str_equal (parts[n - 2], "none"))
    return NULL;
  g_auto (GStrv) pythons = g_strsplit (parts[n - 3], ".", -1);
  if (!g_strv_contains ((const char *const *) pythons, "py3"))
    return NULL;
  return g_strdup (parts[1]);
}

/* Opens a directory; NULL without an error when there is none. */
static GDir *
open_dir (const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GDir *dir = path == NULL ? NULL : g_dir_open (path, 0, &cause);

  if (cause != NULL && !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)
      && !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOTDIR))
    g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, cause->message);
  return dir;
}

/* The versions of a project in a directory, oldest first, as far as that could
 * be read. */
static GPtrArray *
versions_in (const char *path, const char *project, GHashTable *files, GError **error)
{
  GPtrArray *versions = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = open_dir (path, error);
  const char *entry;

  while (dir != NULL && (errno = 0, entry = g_dir_read_name (dir)) != NULL)
    {
      char *version = version_of (entry, project);
      g_autofree char *file = g_build_filename (path, entry, NULL);
      struct stat st;
      guint at = 0;

      /* One that can't be looked at is no reason to take an older one. */
      if (version == NULL || (stat (file, &st) == 0 ? !S_ISREG (st.st_mode) : errno == ENOENT))
        {
          g_free (version);
          continue;
        }
      while (at < versions->len && wheels_compare_versions (versions->pdata[at], version) < 0)
        at++;
      g_ptr_array_insert (versions, at, version);
      g_hash_table_insert (files, version, g_steal_pointer (&file));
    }
  if (dir != NULL && errno != 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read directory '%s': %s", path,
                 g_strerror (errno));
  return versions;
}

/* Chooses among versions, oldest first. */
static const char *
choose (GPtrArray *versions, const char *asked)
{
  for (guint i = versions->len; i-- > 0;)
    {
      const char *version = versions->pdata[i];
      const char *rest = version + strspn (version, "0123456789.");

      if (asked != NULL ? wheels_is_version (asked, version) : rank (rest) >= 0)
        return version;
    }
  return asked == NULL && versions->len > 0 ? versions->pdata[versions->len - 1] : NULL;
}

char *
wheels_find (const char *dir, const char *project, const char *asked, GError **error)
{
  g_autoptr (GHashTable) files = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GPtrArray) versions = versions_in (dir, project, files, &cause);
  const char *version = choose (versions, asked);

  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  return version == NULL ? NULL : g_strdup (g_hash_table_lookup (files, version));
}

char *
wheels_list (const char *dir, const char *project)
{
  g_autoptr (GHashTable) files = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_autoptr (GPtrArray) versions = versions_in (dir, project, files, NULL);

  if (versions->len == 0)
    return NULL;
  g_ptr_array_add (versions, NULL);
  return g_strjoinv (", ", (char **) versions->pdata);
}

char *
wheels_version (const char *path)
{
  g_autofree char *entry = g_path_get_basename (path);
  g_auto (GStrv) parts = g_strsplit (entry, "-", 3);

  return g_strdup (parts[0] != NULL && parts[1] != NULL ? parts[1] : "");
}

/* The version that the name of an entry of site-packages tells, as
 * setuptools-66.1.1.dist-info or setuptools-66.1.1-py3.11.egg-info does. */
static char *
installed_version (const char *entry, const char *project)
{
  gsize length = strlen (project);
  const char *dot = strrchr (entry, '.');

  if (g_ascii_strncasecmp (entry, project, length) != 0 || entry[length] != '-' || dot == NULL)
    return NULL;
  entry += length + 1;
  if (g_str_equal (dot, ".dist-info"))
    return g_strndup (entry, dot - entry);
  if (g_str_equal (dot, ".egg-info"))
    return g_strndup (entry, MIN (strcspn (entry, "-"), (gsize) (dot - entry)));
  return NULL;
}

/* The entry of site-packages that tells of a project, and its version; NULL
 * when the project is not installed. */
static char *
find_installed (VenvbContext *ctx, const char *project, char **version)
{
  const char *lib = venvb_context_get (ctx, VENVB_ATTR_LIB_PATH);
  g_autoptr (GDir) dir = g_dir_open (lib, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if ((*version = installed_version (entry, project)) != NULL)
      return g_build_filename (lib, entry, NULL);
  return NULL;
}

char *
wheels_installed (VenvbContext *ctx, const char *project)
{
  char *version = NULL;

  g_free (find_installed (ctx, project, &version));
  return version;
}

char *
wheels_metadata (VenvbContext *ctx, const char *project)
{
  g_autofree char *version = NULL;
  g_autofree char *dir = find_installed (ctx, project, &version);
  g_autofree char *path = dir == NULL ? NULL : g_build_filename (dir, "METADATA", NULL);

  return path == NULL ? NULL : regular_contents (path, NULL);
}

char *
wheels_bundled_dir (VenvbContext *ctx)
{
  const char *stdlib = venvb_context_get_fact (ctx, "stdlib");

  return stdlib == NULL ? NULL : g_build_filename (stdlib, "ensurepip", "_bundled", NULL);
}

const char *
wheels_shared_dir (VenvbContext *ctx)
{
  const char *dir = venvb_context_get_fact (ctx, "wheel_pkg_dir");

  return dir != NULL && dir[0] != '\0' ? dir : NULL;
}
