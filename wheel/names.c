/* SPDX-License-Identifier: BSD-2-Clause */

/* Names that are safe to be created below some directory, and that stay
 * different from each other on every file system. */

#include "wheel/room.h"

#include "base/reserved.h"

#include <string.h>

struct _Names
{
  GHashTable *files; /* casefolded -> name */
  GHashTable *dirs;  /* casefolded */
};

static gboolean
has_control_character (const char *name)
{
  for (; *name != '\0'; name++)
    if (g_ascii_iscntrl (*name))
      return TRUE;
  return FALSE;
}

/* Refuses names that lead elsewhere, that mean different things to different
 * programs, or that are venvb's own.  A '/' at the end is for the caller to take off. */
gboolean
names_check (const char *name, GError **error)
{
  g_auto (GStrv) parts = NULL;

  if (!g_utf8_validate (name, -1, NULL))
    return refuse (error, "the name of a file in it is not UTF-8");
  if (has_control_character (name))
    return refuse (error, "the name of a file in it has control characters");
  if (name[0] == '/')
    return refuse (error, "'%s' is an absolute name", name);
  if (strchr (name, '\\') != NULL)
    return refuse (error, "'%s' has a backslash", name);
  parts = g_strsplit (name, "/", -1);
  for (guint i = 0; i == 0 || parts[i] != NULL; i++)
    {
      if (parts[i] == NULL || parts[i][0] == '\0' || g_str_equal (parts[i], "."))
        return refuse (error, "'%s' has an empty component", name);
      if (g_str_equal (parts[i], ".."))
        return refuse (error, "'%s' leads out of the environment", name);
      if (strlen (parts[i]) > 255)
        return refuse (error, "'%s' is too long", name);
    }
  if (reserved_is_in (name))
    return refuse (error, "'%s' has a name that is kept for venvb itself", name);
  return TRUE;
}

/* Tells whether a file makes the environment one, wherever it comes from: an interpreter's
 * name in bin, an activation script, what is looked at to tell an environment.  Some file
 * systems know no case. */
gboolean
names_makes_env (const char *relative)
{
  static const char *const names[] = { "pyvenv.cfg",
                                       "bin/activate",
                                       "bin/activate.csh",
                                       "bin/activate.fish",
                                       "bin/activate.nu",
                                       "bin/activate.xsh",
                                       "bin/activate.ps1",
                                       "bin/activate.bat",
                                       "bin/deactivate.nu",
                                       "bin/activate_this.py",
                                       NULL };
  static const char *const programs[] = { "bin/python", "bin/pypy", "bin/graalpy" };
  g_autofree char *lower = g_ascii_strdown (relative, -1);

  for (guint i = 0; i < G_N_ELEMENTS (programs); i++)
    if (g_str_has_prefix (lower, programs[i]))
      {
        const char *rest = lower + strlen (programs[i]);

        return rest[strspn (rest, "0123456789.t")] == '\0';
      }
  return g_strv_contains (names, lower);
}

Names *
names_new (void)
{
  Names *names = g_new (Names, 1);

  names->files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  names->dirs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return names;
}

void
names_free (Names *names)
{
  g_hash_table_unref (names->files);
  g_hash_table_unref (names->dirs);
  g_free (names);
}

/* Adds the directories that a name lies in; refuses one that is a file. */
static gboolean
add_dirs (Names *names, const char *name, char *folded, GError **error)
{
  for (char *slash = strchr (folded, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      *slash = '\0';
      if (g_hash_table_contains (names->files, folded))
        return refuse (error, "'%s' would be, or lie in, a directory that is a file", name);
      if (!g_hash_table_contains (names->dirs, folded))
        g_hash_table_add (names->dirs, g_strdup (folded));
      *slash = '/';
    }
  return TRUE;
}

/* Adds the name of a directory; refuses one that is a file. */
gboolean
names_add_dir (Names *names, const char *name, GError **error)
{
  g_autofree char *casefolded = g_utf8_casefold (name, -1);
  g_autofree char *folded = g_strconcat (casefolded, "/", NULL);

  return add_dirs (names, name, folded, error);
}

/* Adds the name of a file; refuses one that can't exist beside the others. */
gboolean
names_add (Names *names, const char *name, GError **error)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);
  const char *other = g_hash_table_lookup (names->files, folded);

  if (other != NULL && g_str_equal (other, name))
    return refuse (error, "'%s' is there twice", name);
  if (other != NULL)
    return refuse (error, "'%s' and '%s' differ in case only", other, name);
  if (g_hash_table_contains (names->dirs, folded))
    return refuse (error, "'%s' is both a file and a directory", name);
  if (!add_dirs (names, name, folded, error))
    return FALSE;
  g_hash_table_insert (names->files, g_steal_pointer (&folded), g_strdup (name));
  return TRUE;
}

/* Tells whether exactly this name was added, or is in the way as a directory. */
gboolean
names_has (const Names *names, const char *name)
{
  g_autofree char *folded = g_utf8_casefold (name, -1);

  return g_strcmp0 (g_hash_table_lookup (names->files, folded), name) == 0
         || g_hash_table_contains (names->dirs, folded);
}
