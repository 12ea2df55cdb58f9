/* SPDX-License-Identifier: BSD-2-Clause */

/* What is asked of the lines of a log. */

#include "undo/room.h"

/* What the lines of one kind tell, by path. */
GHashTable *
entries_find (const Log *log, LogEvent event)
{
  GHashTable *found = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < log->entries->len; i++)
    {
      LogEntry *entry = g_ptr_array_index (log->entries, i);

      if (entry->event == event)
        g_hash_table_insert (found, entry->path, &entry->seen);
    }
  return found;
}

/* Where packages are, in the log: NULL when no program has run. */
const char *
entries_guarded (const Log *log)
{
  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);

      if (entry->event == LOG_GUARDED)
        return entry->path;
    }
  return NULL;
}

/* Tells whether the run has changed something itself, by its log. */
gboolean
entries_have_changes (const Log *log)
{
  for (guint i = 0; i < log->entries->len; i++)
    {
      LogEvent event = ((const LogEntry *) g_ptr_array_index (log->entries, i))->event;

      if (event == LOG_FILE || event == LOG_DIR)
        return TRUE;
    }
  return FALSE;
}
