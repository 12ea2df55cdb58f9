/* SPDX-License-Identifier: BSD-2-Clause */

/* What goes with a run that is taken back, and may be somebody's: files in directories
 * that the run has made, and what a RECORD lists that a program has written.  Whether
 * another program has done so meanwhile, nobody can tell; but it can be named.  Known is
 * what venvb itself has written, and what came of that. */

#include "undo/room.h"

#include <string.h>

#define RECORD ".dist-info/RECORD"

/* How long after the last line of its log, in nanoseconds, a run that was killed was at what
 * it had not noted yet. */
#define AT_WORK 500000000

/* Tells whether something lies in a .dist-info that venvb itself has made. */
static gboolean
is_in_own_info (const TakeBack *back, const char *path)
{
  g_autofree char *info = g_path_get_dirname (path);

  return back->ours != NULL && g_str_has_suffix (info, ".dist-info")
         && g_hash_table_contains (back->ours, info);
}

/* Tells whether a run that was killed was at work itself when a file was written, and not
 * waiting for a program. */
static gboolean
is_of_end (const TakeBack *back, const struct stat *st)
{
  const GPtrArray *entries = back->log->entries;
  const LogEntry *last = entries->len > 0 ? g_ptr_array_index (entries, entries->len - 1) : NULL;
  struct timespec end = back->log->end;

  if (last != NULL && last->event == LOG_ALIVE)
    return FALSE;
  end.tv_nsec += AT_WORK;
  end.tv_sec += end.tv_nsec / 1000000000;
  end.tv_nsec %= 1000000000;
  return back->is_later && log_is_before (st->st_mtim, end);
}

/* Tells whether the run has surely written a file; what is older was in a wheel. */
static gboolean
is_known (const TakeBack *back, const char *path, const struct stat *st)
{
  return (back->ours != NULL && g_hash_table_contains (back->ours, path))
         || (back->journal != NULL && journal_has_written (back->journal, path))
         || is_of_end (back, st) || is_in_own_info (back, path) || paths_are_usual (path)
         || strstr (path, ".venvb-") != NULL
         || (g_str_has_suffix (path, RECORD) ? back->is_later && owned_is_of_image (back, path)
                                             : owned_is_listed (back, path, st));
}

static gboolean
has_nothing (const TakeBack *back, const char *path)
{
  int dir = aside_open_dir (back->env_fd, path);
  gboolean is_empty = dir >= 0 && dir_is_empty (dir);

  fs_close (dir);
  return is_empty;
}

/* By what name to tell of something that is about to be removed, as it may be somebody's:
 * free with g_free(); NULL when it is surely the run's.  What an installer has put there is
 * told by its list. */
char *
doubt_name (const TakeBack *back, const char *path, const struct stat *st)
{
  if (back->log == NULL || (S_ISDIR (st->st_mode) && !has_nothing (back, path))
      || is_known (back, path, st))
    return NULL;
  return g_str_has_suffix (path, RECORD) ? g_path_get_dirname (path) : g_strdup (path);
}
