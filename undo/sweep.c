/* SPDX-License-Identifier: BSD-2-Clause */

/* What runs that have ended have put aside, removed. */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Tells whether an entry is, or may be, a directory for what is put aside. */
gboolean
sweep_is_aside (const char *entry)
{
  const char *number = entry + strlen (UNDO_DIR);

  return g_str_has_prefix (entry, UNDO_DIR)
         && (number[0] == '\0'
             || (number[0] == '.' && number[1] != '\0'
                 && strspn (number + 1, "0123456789") == strlen (number + 1)));
}

static gboolean
remove_but_done (int fd, const char *entry, gpointer data, GError **error)
{
  if (!g_str_equal (entry, UNDO_DONE))
    dir_remove_at (fd, entry);
  return TRUE;
}

static gboolean
is_done (int fd, const char *entry, gpointer data, GError **error)
{
  return g_str_equal (entry, UNDO_DONE);
}

static gboolean
holds_only_done (int fd)
{
  return dir_each (fd, ".", is_done, NULL, NULL);
}

/* Removes a directory of a run that has ended, which is open: others may exchange
 * what has its name.  What says so goes last. */
gboolean
sweep_aside (int env_fd, int aside, const char *entry)
{
  if (!dir_each (aside, ".", remove_but_done, NULL, NULL))
    g_debug ("'%s' can't be read", entry);
  if (holds_only_done (aside))
    unlinkat (aside, UNDO_DONE, 0);
  return unlinkat (env_fd, entry, AT_REMOVEDIR) == 0 || errno == ENOENT;
}

/* Removes what a run that has ended had put aside, as far as can be.  Returns
 * whether it is that. */
gboolean
sweep_ended (int env_fd, const char *entry)
{
  int aside = sweep_is_aside (entry) ? aside_open_dir (env_fd, entry) : -1;
  gboolean is_ended = aside >= 0 && log_is_ended (env_fd, aside);

  if (is_ended && !sweep_aside (env_fd, aside, entry))
    g_debug ("'%s' can't be removed", entry);
  fs_close (aside);
  return is_ended;
}

/* One in which there is nothing was not noted yet, or all but swept. */
static gboolean
sweep_entry (int fd, const char *entry, gpointer data, GError **error)
{
  if (sweep_is_aside (entry) && unlinkat (fd, entry, AT_REMOVEDIR) < 0)
    sweep_ended (fd, entry);
  return TRUE;
}

/* Removes what runs that have ended have left aside, as far as can be, and what
 * one that goes on has not begun to use. */
void
sweep_all (int env_fd)
{
  if (!dir_each (env_fd, ".", sweep_entry, NULL, NULL))
    g_debug ("the environment's directory can't be read");
}
