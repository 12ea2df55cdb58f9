/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "versions.h"

#include <string.h>
#include <sys/stat.h>

char *
versions_find_file (const char *dir)
{
  g_autofree char *at = g_strdup (dir);

  for (;;)
    {
      g_autofree char *file = g_build_filename (at, ".python-version", NULL);
      g_autofree char *child = NULL;

      if (g_file_test (file, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&file);
      if (g_str_equal (at, "/"))
        return NULL;
      child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
}

/* Adds the versions of one word, which are divided by colons. */
static void
add_versions (GPtrArray *versions, const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word, ":", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] != '\0')
      g_ptr_array_add (versions, g_strdup (parts[i]));
}

char **
versions_parse (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GPtrArray *versions = g_ptr_array_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *word = lines[i] + strspn (lines[i], " \t");

      word[strcspn (word, " \t\r")] = '\0';
      if (word[0] != '#')
        add_versions (versions, word);
    }
  g_ptr_array_add (versions, NULL);
  return (char **) g_ptr_array_free (versions, FALSE);
}

/* The directory of a version, or NULL when it is not installed.  A name never
 * leads out of the folder versions. */
static char *
directory_of (const char *root, const char *version)
{
  g_autofree char *folder = g_build_filename (root, "versions", NULL);
  g_autofree char *versions = g_canonicalize_filename (folder, "/");
  g_autofree char *joined = g_build_filename (versions, version, NULL);
  g_autofree char *path = g_canonicalize_filename (joined, "/");
  gsize length = strlen (versions);
  gboolean is_inside = g_str_has_prefix (path, versions) && path[length] == '/';

  return is_inside && g_file_test (path, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&path) : NULL;
}

static int
compare_versions (gconstpointer a, gconstpointer b)
{
  return strverscmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in the folder versions, oldest first; virtual environments under
 * names of their own, which are links, with the others. */
static GPtrArray *
installed (const char *root)
{
  g_autofree char *path = g_build_filename (root, "versions", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *version = directory_of (root, entry);

      if (version != NULL)
        g_ptr_array_add (names, g_strdup (entry));
    }
  g_ptr_array_sort (names, compare_versions);
  return names;
}

/* Tells whether a version is none that a prefix should stand for: a
 * pre-release, or a moving target. */
static gboolean
is_preview (const char *version)
{
  gsize length = strlen (version), digits = length;

  while (digits > 0 && g_ascii_isdigit (version[digits - 1]))
    digits--;
  if (g_str_has_suffix (version, "-dev") || g_str_has_suffix (version, "-src")
      || g_str_has_suffix (version, "-latest"))
    return TRUE;
  return digits < length && digits > 0
         && (version[digits - 1] == 'a' || version[digits - 1] == 'b'
             || (digits > 1 && strncmp (version + digits - 2, "rc", 2) == 0));
}

/* Tells whether a version ends in the "t" of free-threaded builds. */
static gboolean
is_free_threaded (const char *version)
{
  gsize length = strlen (version);

  return length > 1 && version[length - 1] == 't' && g_ascii_isdigit (version[length - 2]);
}

/* The latest installed version that begins with prefix, as 3.12.1 does with
 * 3.12 and 3.13.0t with 3.13t; NULL when there is none. */
static char *
latest (const char *root, const char *prefix)
{
  g_autoptr (GPtrArray) names = installed (root);
  gboolean threaded = is_free_threaded (prefix);
  gsize length = strlen (prefix) - (threaded ? 1 : 0);

  for (guint i = names->len; i-- > 0;)
    {
      const char *name = names->pdata[i];

      if (length > 0 && strncmp (name, prefix, length) == 0
          && (name[length] == '.' || name[length] == '-') && !is_preview (name)
          && is_free_threaded (name) == threaded)
        return g_strdup (name);
    }
  return NULL;
}

/* As versions_resolve(), of a name as it is. */
static char *
resolve_exactly (const char *root, const char *name)
{
  g_autofree char *dir = directory_of (root, name);

  return dir != NULL ? g_strdup (name) : latest (root, name);
}

char *
versions_resolve (const char *root, const char *name)
{
  char *version = resolve_exactly (root, name);

  if (version == NULL && g_str_has_prefix (name, "python-"))
    version = resolve_exactly (root, name + strlen ("python-"));
  return version;
}

/* Tells whether a program is in a version's folder bin. */
static gboolean
has_program (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, "bin", name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_EXECUTABLE);
}

char *
versions_python (const char *root, const char *version)
{
  static const char *const others[] = { "pypy3", "graalpy", "jython", "ironpython", "micropython" };
  g_autofree char *dir = directory_of (root, version);

  if (dir == NULL || !has_program (dir, "python3"))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (has_program (dir, others[i]))
      return NULL;
  return g_build_filename (dir, "bin", "python3", NULL);
}

/* Tells whether two paths lead to the same directory. */
static gboolean
is_same (const char *a, const char *b)
{
  struct stat x, y;

  return stat (a, &x) == 0 && stat (b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

char *
versions_system_python (const char *root)
{
  g_autofree char *shims = g_build_filename (root, "shims", NULL);
  const char *path = g_getenv ("PATH");
  g_auto (GStrv) dirs = g_strsplit (path != NULL ? path : "/usr/bin:/bin", ":", -1);

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *dir = g_canonicalize_filename (dirs[i], NULL);
      g_autofree char *file = g_build_filename (dir, "python3", NULL);

      if (!is_same (dir, shims) && !g_file_test (file, G_FILE_TEST_IS_DIR)
          && g_file_test (file, G_FILE_TEST_IS_EXECUTABLE))
        return g_steal_pointer (&file);
    }
  return NULL;
}

char *
versions_list (const char *root)
{
  g_autoptr (GPtrArray) names = installed (root);

  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}
