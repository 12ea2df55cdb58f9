/* SPDX-License-Identifier: BSD-2-Clause */

/* The times of directories, which change with what is done in them. */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directories of which the times are known, and in which nobody else has
 * changed anything, as in those that are aside: see times_put_back().  The others are noted.
 * Those of a directory that was cleared are the run's, and what was there comes back as it
 * was. */
GPtrArray *
times_find (TakeBack *back)
{
  GPtrArray *found = g_ptr_array_new ();
  gboolean is_cleared = back->log->kind == LOG_CLEAR;

  back->worked_on = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint i = back->log->entries->len; i-- > 0;)
    {
      const LogEntry *entry = g_ptr_array_index (back->log->entries, i);
      int dir = entry->event == LOG_TIME ? aside_open_dir (back->env_fd, entry->path) : -1;
      struct stat st;

      if (dir >= 0 && fstat (dir, &st) == 0)
        {
          if (owned_is_later (back, &st))
            g_hash_table_add (back->worked_on, entry->path);
          else if (!is_cleared)
            g_ptr_array_add (found, (gpointer) entry);
        }
      else if (entry->event == LOG_TIME && !is_cleared && dir < 0
               && (errno == ENOENT || errno == ENOTDIR))
        g_ptr_array_add (found, (gpointer) entry); /* it may be put back */
      fs_close (dir);
    }
  return found;
}

/* Has the directories the times that they had. */
void
times_put_back (const TakeBack *back, const GPtrArray *found)
{
  for (guint i = 0; i < found->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (found, i);
      g_autofree char *above = g_path_get_dirname (entry->path);
      g_autofree char *name = g_path_get_basename (entry->path);
      int dir = aside_open_dir (back->env_fd, above);

      utimensat (dir, name, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, entry->seen.mtime },
                 AT_SYMLINK_NOFOLLOW);
      fs_close (dir);
    }
}
