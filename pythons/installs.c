/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions of Python side by side, each in a directory of its name: by the rules
 * of pyenv's commands version-file-read and latest. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "pythons/installs.h"

#include <string.h>

/* Adds the versions of one word, which are divided by colons. */
static void
add_versions (GPtrArray *versions, const char *word)
{
  g_auto (GStrv) parts = g_strsplit (word, ":", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] != '\0')
      g_ptr_array_add (versions, g_strdup (parts[i]));
}

/* The versions that the text of a .python-version asks for, or PYENV_VERSION:
 * the first word of each line that is no comment.  Free with g_strfreev(). */
char **
installs_parse (const char *text)
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

/* The directory of a version, to be freed with g_free(); NULL when it is not
 * installed.  A name never leads out of the folder. */
char *
installs_directory (const char *folder, const char *version)
{
  g_autofree char *top = g_canonicalize_filename (folder, "/");
  g_autofree char *joined = g_build_filename (top, version, NULL);
  g_autofree char *path = g_canonicalize_filename (joined, "/");
  gboolean is_inside = g_str_has_prefix (path, top) && path[strlen (top)] == '/';

  return is_inside && g_file_test (path, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&path) : NULL;
}

static int
compare_versions (gconstpointer a, gconstpointer b)
{
  return strverscmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in the folder, oldest first; virtual environments under names of
 * their own, which are links, with the others.  Release with
 * g_ptr_array_unref(). */
GPtrArray *
installs_list (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *version = installs_directory (folder, entry);

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
latest (const char *folder, const char *prefix)
{
  g_autoptr (GPtrArray) names = installs_list (folder);
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

/* As installs_resolve(), of a name as it is. */
static char *
resolve_exactly (const char *folder, const char *name)
{
  g_autofree char *dir = installs_directory (folder, name);

  return dir != NULL ? g_strdup (name) : latest (folder, name);
}

/* The installed version that a name means: itself, a virtual environment, or
 * the latest of those that it begins.  Free with g_free(); NULL when there is
 * none. */
char *
installs_resolve (const char *folder, const char *name)
{
  char *version = resolve_exactly (folder, name);

  if (version == NULL && g_str_has_prefix (name, "python-"))
    version = resolve_exactly (folder, name + strlen ("python-"));
  return version;
}
