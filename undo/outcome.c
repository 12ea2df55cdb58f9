/* SPDX-License-Identifier: BSD-2-Clause */

/* What a run has made of things in the end, whatever it has done to them meanwhile. */

#include "undo/room.h"

/* Notes whether something is another than before the run, as it is now, and by that whether
 * anything is.  *differing is made when there is something to note; free with
 * g_hash_table_unref(). */
void
outcome_note (Journal *journal, GHashTable **differing, const char *path, gboolean differs)
{
  if (*differing == NULL)
    *differing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (differs)
    g_hash_table_add (*differing, g_strdup (path));
  else
    g_hash_table_remove (*differing, path);
  journal->differs = g_hash_table_size (*differing) > 0;
}
