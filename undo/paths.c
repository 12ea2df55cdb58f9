/* SPDX-License-Identifier: BSD-2-Clause */

/* Where a path lies, as text. */

#include "undo/room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same as a path below a directory, borrowed; NULL when it is not that. */
const char *
paths_name_below (const char *top, const char *path)
{
  gsize length = strlen (top);

  return strncmp (path, top, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

/* The path of what has this name in the directory, relative to top: free with g_free();
 * NULL when the directory is not below that. */
char *
paths_below (const char *top, const char *dir, const char *name)
{
  gsize length = strlen (top);

  if (strncmp (dir, top, length) != 0)
    return NULL;
  return dir[length] == '\0'  ? g_strdup (name)
         : dir[length] == '/' ? g_build_filename (dir + length + 1, name, NULL)
                              : NULL;
}

/* Stores the path relative to top, its directory without links: free with g_free(); NULL
 * when it lies elsewhere, or its directory is not there.  real is top without links, found
 * out when it is NULL.  Returns FALSE with errno set when that can't be told. */
gboolean
paths_relative (const char *top, char **real, const char *path, char **found)
{
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  char *dir;

  *found = NULL;
  if (*real == NULL && (*real = realpath (top, NULL)) == NULL)
    return FALSE;
  dir = realpath (above, NULL);
  if (dir == NULL)
    return errno == ENOENT || errno == ENOTDIR;
  *found = paths_below (*real, dir, name);
  free (dir);
  return TRUE;
}

/* Tells whether a path lies in one of these directories. */
gboolean
paths_lead_through (const char *path, GHashTable *dirs)
{
  if (g_hash_table_size (dirs) == 0)
    return FALSE;
  for (const char *end = path; (end = strchr (end, '/')) != NULL; end++)
    {
      g_autofree char *above = g_strndup (path, end - path);

      if (g_hash_table_contains (dirs, above))
        return TRUE;
    }
  return FALSE;
}

/* Tells whether the directory of a path below top is there: where it is not found below
 * without links, one leads elsewhere. */
gboolean
paths_are_led_out (const char *top, const char *absolute)
{
  g_autofree char *above = g_path_get_dirname (absolute);
  g_autofree char *below = paths_below (top, above, ".");

  return below != NULL && access (above, F_OK) == 0;
}

static gboolean
begins_with (const char *path, const char *const *names)
{
  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (path, names[i]))
      return TRUE;
  return FALSE;
}

/* Tells whether something has a name that each environment has, so that nobody else will
 * have used that. */
gboolean
paths_are_usual (const char *path)
{
  static const char *const names[] = { "pyvenv.cfg",   ".gitignore", "lib64",
                                       "CACHEDIR.TAG", ".lock",      "bin",
                                       "lib",          "include",    NULL };
  static const char *const begins[] = {
    "bin/activate", "bin/Activate", "bin/deactivate", "bin/python", "bin/pypy", "bin/graalpy", NULL
  };
  const char *last = strrchr (path, '/');

  return g_strv_contains (names, path) || begins_with (path, begins)
         || (last != NULL
             && (g_str_equal (last, "/site-packages") || g_str_has_prefix (last, "/python3.")));
}
