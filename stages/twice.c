/* SPDX-License-Identifier: BSD-2-Clause */

/* Packages that are recorded twice: of an upgrade that was broken off, or done by hand, the
 * old version is left. */

#include "stages/check.h"

#include "wheel/wheel.h"

#include <string.h>
#include <sys/stat.h>

static void
on_damage (const char *path, const char *problem, gpointer data)
{
  *(gboolean *) data = FALSE;
}

static gboolean
is_sound (const char *lib, const char *dist_info)
{
  gboolean sound = TRUE;

  return wheel_check (lib, dist_info, on_damage, &sound, NULL) && sound;
}

/* Tells whether one was installed before the other: files of a cache are older. */
static gboolean
is_older (const char *lib, const char *one, const char *other)
{
  g_autofree char *path = g_build_filename (lib, one, NULL);
  g_autofree char *path_of_other = g_build_filename (lib, other, NULL);
  struct stat st, st_of_other;

  if (stat (path, &st) < 0 || stat (path_of_other, &st_of_other) < 0)
    return FALSE;
  return st.st_mtim.tv_sec != st_of_other.st_mtim.tv_sec
             ? st.st_mtim.tv_sec < st_of_other.st_mtim.tv_sec
             : st.st_mtim.tv_nsec < st_of_other.st_mtim.tv_nsec;
}

/* Tells which of two is less likely what is installed: what is not whole, else what came
 * first. */
static gboolean
is_rest (const char *lib, const char *one, const char *other)
{
  gboolean sound = is_sound (lib, one);

  return sound != is_sound (lib, other) ? !sound : is_older (lib, one, other);
}

/* The name of a distribution as its other spellings have it, too: free with g_free(). */
static char *
plain_name (const char *dist_info)
{
  g_autofree char *name = g_ascii_strdown (dist_info, strcspn (dist_info, "-"));

  return g_strdup (g_strdelimit (name, "_.", '-'));
}

static void
note_rest (const Check *check, const char *lib, const char *rest, const char *kept)
{
  g_autofree char *path = g_build_filename (lib, rest, NULL);
  VenvbProblem *problem =
      problem_note (check, CAUSE_PACKAGE, mend_repair,
                    "'%s' is what is left of another version: '%s' is installed", path, kept);

  problem_set_item (problem, path);
  problem->is_rest = TRUE;
}

/* Notes all but one of the distributions that have the same name, and takes them out of the
 * list: they can't be as their RECORDs say, since the other is. */
void
twice_check (const Check *check, const char *lib, GPtrArray *names)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < names->len;)
    {
      char *name = g_ptr_array_index (names, i);
      g_autofree char *plain = plain_name (name);
      char *first = name[0] == '~' ? NULL : g_hash_table_lookup (seen, plain);
      gboolean is_first = first != NULL && is_rest (lib, first, name);

      if (first != NULL)
        note_rest (check, lib, is_first ? first : name, is_first ? name : first);
      if (first == NULL || is_first)
        g_hash_table_insert (seen, g_steal_pointer (&plain), name);
      if (first != NULL)
        g_ptr_array_remove (names, is_first ? first : name);
      else
        i++;
    }
}
