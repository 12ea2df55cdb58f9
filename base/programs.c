/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/programs.h"

#include <string.h>

#include "venvb.h"

#define USUAL "/usr/bin:/bin"

/* The absolute directories of a PATH; the usual ones where there is none. */
static char **
absolute (const char *path)
{
  g_auto (GStrv) dirs = g_strsplit (path, G_SEARCHPATH_SEPARATOR_S, -1);
  g_autoptr (GPtrArray) kept = g_ptr_array_new ();

  for (guint i = 0; dirs[i] != NULL; i++)
    if (g_path_is_absolute (dirs[i]))
      g_ptr_array_add (kept, g_strdup (dirs[i]));
  if (kept->len == 0)
    return g_strsplit (USUAL, G_SEARCHPATH_SEPARATOR_S, -1);
  g_ptr_array_add (kept, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&kept), FALSE);
}

char **
programs_dirs (void)
{
  const char *path = venvb_getenv ("PATH");

  return absolute (path != NULL ? path : USUAL);
}

static gboolean
is_program (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) && !g_file_test (path, G_FILE_TEST_IS_DIR);
}

char *
programs_find (const char *name)
{
  g_auto (GStrv) dirs = programs_dirs ();

  if (strchr (name, G_DIR_SEPARATOR) != NULL)
    return is_program (name) ? g_strdup (name) : NULL;
  for (guint i = 0; name[0] != '\0' && dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], name, NULL);

      if (is_program (path))
        return g_steal_pointer (&path);
    }
  return NULL;
}

char **
programs_environ (char **variables)
{
  const char *path = g_environ_getenv (variables, "PATH");
  g_auto (GStrv) dirs = path == NULL ? NULL : absolute (path);
  g_autofree char *clean = path == NULL ? NULL : g_strjoinv (G_SEARCHPATH_SEPARATOR_S, dirs);

  return path == NULL || g_str_equal (path, clean)
             ? variables
             : g_environ_setenv (variables, "PATH", clean, TRUE);
}
