/* SPDX-License-Identifier: BSD-2-Clause */

/* What an interpreter tells of itself, and names of wheels: which fit, and which
 * is taken.  The first lines are facts, KEY=VALUE; the others are names. */

#include "fuzz.h"

#include "cache/cache.h"

#include "wheel/room.h"

#include <string.h>

const guint fuzz_mutations = 3000;

/* The list has a tag once, and at its rank. */
static void
check_list (const WheelTags *tags, char **list)
{
  guint n = g_strv_length (list);

  MUST (n > 0);
  for (guint i = 0; i < n; i += n / 16 + 1)
    {
      g_autofree char *name = g_strdup_printf ("a-1-%s.whl", list[i]);
      int rank = wheel_tags_rank_tag (tags, list[i], NULL);

      if (strpbrk (list[i], ".") == NULL && g_str_is_ascii (list[i]) && rank >= 0)
        MUST_OF ((guint) rank <= i && g_ascii_strcasecmp (list[rank], list[i]) == 0, list[i]);
      if (rank >= 0)
        MUST_OF (wheel_tags_rank (tags, name, NULL) == rank, name);
    }
}

/* What fits is as good as its best tag alone; what does not says why. */
static void
check_name (const WheelTags *tags, char **list, const char *name)
{
  g_autoptr (GError) error = NULL;
  int rank = wheel_tags_rank (tags, name, &error);

  fuzz_outcome (rank >= 0, error);
  if (rank < 0)
    return;
  MUST_OF ((guint) rank < g_strv_length (list), name);
  MUST_OF (wheel_tags_rank_tag (tags, list[rank], NULL) == rank, name);
  MUST_OF (wheel_tags_compare (tags, name, "x") < 0, name);
}

/* Which to take has to be an order, or sorting by it may do anything. */
static void
check_order (const WheelTags *tags, char **names, guint n)
{
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      {
        int ij = wheel_tags_compare (tags, names[i], names[j]);

        MUST_OF (i != j || ij == 0, names[i]);
        MUST_OF ((ij < 0) == (wheel_tags_compare (tags, names[j], names[i]) > 0), names[i]);
        for (guint k = 0; k < n && ij < 0; k++)
          if (wheel_tags_compare (tags, names[j], names[k]) < 0)
            MUST_OF (wheel_tags_compare (tags, names[i], names[k]) < 0, names[i]);
      }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 64);
  g_autoptr (GHashTable) facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint first = 0;

  for (; lines[first] != NULL && strchr (lines[first], '=') != NULL; first++)
    {
      char *value = strchr (lines[first], '=');

      g_hash_table_insert (facts, g_strndup (lines[first], value - lines[first]), value + 1);
    }
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  g_auto (GStrv) list = wheel_tags_list (tags);
  check_list (tags, list);
  for (guint i = first; lines[i] != NULL && i < first + 16; i++)
    check_name (tags, list, lines[i]);
  check_order (tags, lines + first, MIN (g_strv_length (lines + first), 6));
  return 0;
}
