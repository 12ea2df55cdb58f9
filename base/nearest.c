/* SPDX-License-Identifier: BSD-2-Clause */

/* Which word was meant. */

#include "base/nearest.h"

#include <string.h>

/* In how many letters two words differ: put in, left out, exchanged with the next, or
 * another one. */
static guint
distance (const char *a, const char *b)
{
  gsize columns = strlen (b) + 1;
  g_autofree guint *rows = g_new0 (guint, 3 * columns);
  guint *before = rows, *last = rows + columns, *row = rows + 2 * columns;

  for (gsize j = 0; j < columns; j++)
    row[j] = j;
  for (gsize i = 1; a[i - 1] != '\0'; i++)
    {
      guint *old = before;

      before = last, last = row, row = old;
      row[0] = i;
      for (gsize j = 1; j < columns; j++)
        {
          row[j] = MIN (MIN (last[j], row[j - 1]) + 1, last[j - 1] + (a[i - 1] != b[j - 1]));
          if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            row[j] = MIN (row[j], before[j - 2] + 1);
        }
    }
  return row[columns - 1];
}

/* The word that was meant, to be freed with g_free(): another by a letter or two, less
 * for a short one, or written with '_' or capitals, or cut; NULL when none is near. */
char *
nearest_word (const char *const *words, const char *given)
{
  g_autofree char *wanted = g_strdelimit (g_ascii_strdown (given, -1), "_", '-');
  gsize length = strlen (wanted);
  const char *nearest = NULL;
  guint best = length > 200 ? 0 : length < 3 ? 1 : length < 6 ? 2 : 3;

  for (guint i = 0; words[i] != NULL && length > 0 && best > 0; i++)
    {
      gboolean is_cut = length > 2 && g_str_has_prefix (words[i], wanted);
      gsize other = strlen (words[i]), differ = other > length ? other - length : length - other;
      guint far = is_cut ? 1 : other > 200 || differ >= best ? best : distance (wanted, words[i]);

      if (!g_str_equal (words[i], given) && far < best)
        {
          nearest = words[i];
          best = far;
        }
    }
  return g_strdup (nearest);
}

/* More entries than this are not looked at. */
#define ENTRIES_MOST 1000

/* The file or directory that was meant by a path where there is none: one beside it, of a
 * name that is near.  NULL when there is no such thing; free with g_free(). */
char *
nearest_entry (const char *path)
{
  g_autofree char *base = g_path_get_basename (path);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  const char *name;

  while (dir != NULL && names->len < ENTRIES_MOST && (name = g_dir_read_name (dir)) != NULL)
    if (g_utf8_validate (name, -1, NULL))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  return nearest_word ((const char *const *) names->pdata, base);
}
