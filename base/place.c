/* SPDX-License-Identifier: BSD-2-Clause */

/* Where venvb's own files are.  The tree that was installed may have been moved: then
 * what was compiled in as /usr/local/share is where share is seen from the library.
 * Not so the system's configuration, which stays where administrators look for it. */

#include "config.h"

#include "base/place.h"

#include "venvb-plugin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What paths began with, as a length of VENVB_LIBDIR, and do now. */
typedef struct
{
  gsize length;
  char *root; /* NULL where nothing was moved */
} Move;

/* The kernel's name for the file that an address is in. */
static char *
mapped_file (gconstpointer address)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents ("/proc/self/maps", &text, NULL, NULL))
    return NULL;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *end;
      guint64 from = g_ascii_strtoull (lines[i], &end, 16);
      guint64 to = *end == '-' ? g_ascii_strtoull (end + 1, NULL, 16) : 0;
      const char *path = strchr (lines[i], '/');

      if (from <= GPOINTER_TO_SIZE (address) && GPOINTER_TO_SIZE (address) < to && path != NULL)
        return g_strdup (path);
    }
  return NULL;
}

/* The library's file, by the name that it was loaded by: an absolute path, which may go by
 * way of links and "..".  The program's own where it is part of that, as in tests. */
static char *
library_file (void)
{
  gconstpointer address = (gconstpointer) venvb_getenv;
  Dl_info info;

  if (dladdr (address, &info) == 0 || info.dli_fname == NULL)
    return NULL;
  if (g_path_is_absolute (info.dli_fname))
    return g_strdup (info.dli_fname);
  return mapped_file (address); /* of LD_LIBRARY_PATH=lib */
}

/* Puts the path of something else in place of what it began with. */
static char *
map (const Move *move, const char *path)
{
  if (move->root == NULL || strncmp (path, VENVB_LIBDIR, move->length) != 0
      || path[move->length] != '/')
    return g_strdup (path);
  return g_strconcat (move->root, path + move->length, NULL);
}

/* Tells what was moved where, when the library is in dir: what both paths end with is
 * the tree's.  It is only believed where the library's modules are, too. */
static gboolean
compare (Move *move, const char *dir)
{
  gsize built_in = strlen (VENVB_LIBDIR);
  gsize found = strlen (dir);
  gsize i = 0;
  Move guess = { 0, NULL };
  g_autofree char *modules = NULL;

  for (gsize n = 1; n <= MIN (built_in, found) && VENVB_LIBDIR[built_in - n] == dir[found - n]; n++)
    if (dir[found - n] == '/')
      i = n;
  if (i == 0)
    return FALSE;
  guess = (Move){ built_in - i, g_strndup (dir, found - i) };
  modules = map (&guess, VENVB_MODULEDIR);
  if (access (modules, F_OK) == 0)
    *move = guess;
  else
    g_free (guess.root);
  return move->root != NULL;
}

/* Looks where the library is.  By way of /lib, which is a link, it is in /usr/lib. */
static Move *
look (void)
{
  Move *move = g_new0 (Move, 1);
  g_autofree char *file = library_file ();
  g_autofree char *dir = file != NULL ? g_path_get_dirname (file) : g_strdup (VENVB_LIBDIR);
  g_autofree char *usr = g_strconcat ("/usr", dir, NULL);
  g_autofree char *plain = g_canonicalize_filename (dir, "/");
  char *resolved;

  if (g_str_equal (dir, VENVB_LIBDIR) || g_str_equal (usr, VENVB_LIBDIR)
      || g_str_equal (plain, VENVB_LIBDIR) || compare (move, plain))
    return move;
  resolved = realpath (file, NULL);
  if (resolved != NULL)
    {
      g_autofree char *there = g_path_get_dirname (resolved);

      if (!g_str_equal (there, VENVB_LIBDIR))
        compare (move, there);
    }
  free (resolved);
  return move;
}

char *
place_find (const char *path)
{
  static Move *found;

  if (g_once_init_enter (&found))
    g_once_init_leave (&found, look ());
  return map (found, path);
}

/* Where a module is: with the library, or in one of the directories that a program
 * which was not installed names. */
char *
place_module (const char *file)
{
  const char *list = venvb_getenv ("VENVB_MODULE_DIR");
  g_autofree char *modules = NULL;
  g_auto (GStrv) dirs = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], file, NULL);

      if (g_path_is_absolute (dirs[i])
          && (dirs[i + 1] == NULL || g_file_test (path, G_FILE_TEST_EXISTS)))
        return g_steal_pointer (&path);
    }
  modules = place_find (VENVB_MODULEDIR);
  return g_build_filename (modules, file, NULL);
}
