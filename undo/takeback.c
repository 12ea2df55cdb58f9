/* SPDX-License-Identifier: BSD-2-Clause */

/* What a run has changed, taken back by its log, the last first: each line by step.c. */

#include "undo/room.h"

/* All that was changed, the last first: in the environment, or elsewhere.  What is elsewhere
 * comes last, since it takes room that what goes may have to give first. */
static void
entries_back (TakeBack *back, gboolean is_elsewhere)
{
  g_autoptr (GHashTable) written = g_hash_table_new (g_str_hash, g_str_equal);
  const GPtrArray *entries = back->log->entries;

  for (guint i = entries->len; i-- > 0;)
    {
      const LogEntry *entry = g_ptr_array_index (entries, i);

      if ((entry->path[0] == '/') != is_elsewhere)
        continue;
      if (((entry->event == LOG_WRITTEN && log_is_seen (&entry->seen)) || entry->event == LOG_AGAIN)
          && !g_hash_table_contains (written, entry->path))
        g_hash_table_insert (written, entry->path,
                             entry->event == LOG_WRITTEN ? (gpointer) &entry->seen : NULL);
      else if (entry->event == LOG_FILE || entry->event == LOG_DIR)
        step_take_back (back, entry, g_hash_table_lookup (written, entry->path));
    }
}

static gboolean
remove_top (int fd, const char *entry, gpointer data, GError **error)
{
  guint number;

  if (log_has_name (entry, UNDO_TEMP, &number)
      || (!g_str_has_prefix (entry, UNDO_DIR) && !g_str_has_prefix (entry, UNDO_KEPT)))
    fate_remove (data, fd, entry, entry);
  return TRUE;
}

/* Empties a directory that was empty. */
static void
empty (TakeBack *back)
{
  if (!dir_each_in (back->env_fd, remove_top, back, NULL))
    back->is_partly = TRUE;
}

/* What the run has changed itself, which no comparison need look at, but for what programs
 * may have changed before: see TakeBack. */
static GHashTable *
find_ours (const Log *log)
{
  GHashTable *ours = g_hash_table_new (g_str_hash, g_str_equal);
  gint since = OURS_BEFORE;

  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);

      if (entry->event == LOG_GUARDED)
        since = OURS_AFTER;
      else if ((entry->event == LOG_FILE || entry->event == LOG_DIR || entry->event == LOG_WRITTEN)
               && !g_hash_table_contains (ours, entry->path))
        g_hash_table_insert (ours, entry->path, GINT_TO_POINTER (since));
    }
  return ours;
}

/* Reads what was installed for one Python into an environment that was not there: all
 * of that is ours, but where links are, others may have put theirs. */
static gboolean
find_in_lib (int lib, const char *entry, gpointer data, GError **error)
{
  g_autofree char *purelib = g_build_filename ("lib", entry, "site-packages", NULL);

  owned_find (data, purelib);
  return TRUE;
}

/* Takes back all that the log tells of. */
static void
by_log (TakeBack *back)
{
  const char *purelib = entries_guarded (back->log);
  g_autoptr (GPtrArray) times = times_find (back);

  back->ours = find_ours (back->log);
  back->relied = elsewhere_find_relied (back->log);
  back->places = entries_find (back->log, LOG_PLACE);
  back->edited = entries_find (back->log, LOG_LINKED);
  rest_look_for_lost (back, purelib);
  older_look (back);
  if (purelib != NULL)
    owned_find (back, purelib);
  else if (back->log->kind != LOG_WORK && !dir_each (back->env_fd, "lib", find_in_lib, back, NULL))
    g_debug ("'lib' can't be read");
  dists_find (back);
  entries_back (back, FALSE);
  if (back->log->kind == LOG_NEW)
    empty (back);
  if (back->log->kind == LOG_CLEAR && back->owned != NULL)
    rest_remove_owned (back);
  if (back->aside >= 0 && back->log->kind == LOG_CLEAR)
    merge_back (back);
  if (back->aside >= 0 && back->log->kind == LOG_WORK && purelib != NULL)
    putback_guarded (back);
  dists_keep_rest (back);
  entries_back (back, TRUE);
  times_put_back (back, times);
}

/* The same, and the time of the environment's directory; without a log, empties
 * that. */
void
takeback_all (TakeBack *back)
{
  struct stat st;

  if (fstat (back->env_fd, &st) < 0)
    st = (struct stat){ 0 };
  back->is_worked_on = owned_is_later (back, &st);
  if (back->log != NULL)
    by_log (back);
  else
    empty (back);
}
