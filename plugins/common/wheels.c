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

/* A wheel in a directory. */
typedef struct
{
  char *version;
  char *path;
} Wheel;

static void
wheel_free (gpointer data)
{
  Wheel *wheel = data;

  g_free (wheel->version);
  g_free (wheel->path);
  g_free (wheel);
}

/* The version of a project's wheel, NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl;
 * NULL for any other file. */
static char *
version_of (const char *entry, const char *project)
{
  g_auto (GStrv) parts = g_strsplit (entry, "-", -1);
  guint n = g_strv_length (parts);

  if ((n != 5 && n != 6) || g_ascii_strcasecmp (parts[0], project) != 0
      || !g_str_has_suffix (parts[n - 1], ".whl"))
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

/* The order in which they are listed: by version, and of one version the one to
 * be taken last. */
static int
compare_wheels (gconstpointer a, gconstpointer b, gpointer ctx)
{
  const Wheel *left = *(Wheel *const *) a, *right = *(Wheel *const *) b;
  int order = wheels_compare_versions (left->version, right->version);

  return order != 0 ? order : venvb_context_compare_wheels (ctx, right->path, left->path);
}

/* The wheels of a project in a directory, as far as that could be read. */
static GPtrArray *
wheels_in (VenvbContext *ctx, const char *path, const char *project, GError **error)
{
  GPtrArray *wheels = g_ptr_array_new_with_free_func (wheel_free);
  g_autoptr (GDir) dir = open_dir (path, error);
  const char *entry;

  while (dir != NULL && (errno = 0, entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *version = version_of (entry, project);
      g_autofree char *file = g_build_filename (path, entry, NULL);
      Wheel *wheel;
      struct stat st;

      /* One that can't be looked at is no reason to take an older one. */
      if (version == NULL || (stat (file, &st) == 0 ? !S_ISREG (st.st_mode) : errno == ENOENT))
        continue;
      wheel = g_new (Wheel, 1);
      wheel->version = g_steal_pointer (&version);
      wheel->path = g_steal_pointer (&file);
      g_ptr_array_add (wheels, wheel);
    }
  if (dir != NULL && errno != 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read directory '%s': %s", path,
                 g_strerror (errno));
  g_ptr_array_sort_with_data (wheels, compare_wheels, ctx);
  return wheels;
}

/* Tells whether a wheel fits.  Why not is told with --verbose, and kept for the
 * first. */
static gboolean
fits (VenvbContext *ctx, const char *path, char **unfit)
{
  g_autoptr (GError) why = NULL;

  if (venvb_context_check_wheel (ctx, path, &why))
    return TRUE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "%s", why->message);
  if (unfit != NULL && *unfit == NULL)
    *unfit = g_strdup (why->message);
  return FALSE;
}

/* Chooses the newest that fits, and what is no pre-release first. */
static const Wheel *
choose (VenvbContext *ctx, const GPtrArray *wheels, const char *asked, char **unfit)
{
  for (guint pre_releases = 0; pre_releases < 2; pre_releases++)
    for (guint i = wheels->len; i-- > 0;)
      {
        const Wheel *wheel = wheels->pdata[i];
        const char *rest = wheel->version + strspn (wheel->version, "0123456789.");

        if ((rank (rest) < 0) == (pre_releases > 0)
            && (asked == NULL || wheels_is_version (asked, wheel->version))
            && fits (ctx, wheel->path, unfit))
          return wheel;
      }
  return NULL;
}

char *
wheels_find (VenvbContext *ctx, const char *dir, const char *project, const char *asked,
             char **unfit, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (GPtrArray) wheels = wheels_in (ctx, dir, project, &cause);
  const Wheel *wheel;

  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  wheel = choose (ctx, wheels, asked, unfit);
  return wheel == NULL ? NULL : g_strdup (wheel->path);
}

void
wheels_refuse (const char *unfit, const char *wheel_dir, GError **error)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "%s; put one that fits into wheel-dir '%s', or leave that out", unfit, wheel_dir);
}

char *
wheels_list (VenvbContext *ctx, const char *dir, const char *project)
{
  g_autoptr (GPtrArray) wheels = wheels_in (ctx, dir, project, NULL);
  g_autoptr (GPtrArray) versions = g_ptr_array_new ();

  if (wheels->len == 0)
    return NULL;
  for (guint i = 0; i < wheels->len; i++)
    g_ptr_array_add (versions, ((Wheel *) wheels->pdata[i])->version);
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
