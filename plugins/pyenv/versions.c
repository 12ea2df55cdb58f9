/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "versions.h"

#include "base/programs.h"
#include "pythons/installs.h"

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

char *
versions_resolve (const char *root, const char *name)
{
  g_autofree char *folder = g_build_filename (root, "versions", NULL);

  return installs_resolve (folder, name);
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
  g_autofree char *folder = g_build_filename (root, "versions", NULL);
  g_autofree char *dir = installs_directory (folder, version);

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
  g_auto (GStrv) dirs = programs_dirs ();

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
  g_autofree char *folder = g_build_filename (root, "versions", NULL);
  g_autoptr (GPtrArray) names = installs_list (folder);

  if (names->len == 0)
    return NULL;
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}
