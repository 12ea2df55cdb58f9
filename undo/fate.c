/* SPDX-License-Identifier: BSD-2-Clause */

/* What becomes of what is in the environment when a run is taken back: it is
 * removed, kept elsewhere, or left where it is. */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Something is somebody's, and stays. */
void
fate_leave (TakeBack *back, const char *path)
{
  if (back->n_left++ >= LEFT_MOST)
    return;
  g_string_append_printf (back->left, "%s'%s'", back->left->len > 0 ? ", " : "", path);
}

/* What was left since then is named by one path, if it is still there. */
void
fate_leave_as_one (TakeBack *back, const FateMark *since, gboolean is_there, const char *path)
{
  g_string_truncate (back->left, since->length);
  back->n_left = since->n_left;
  if (is_there)
    fate_leave (back, path);
}

FateMark
fate_mark (const TakeBack *back)
{
  return (FateMark){ back->left->len, back->n_left };
}

/* Makes the directory for what is in the way.  Whoever has taken all the numbers
 * will not have guessed what comes then. */
static int
open_kept (TakeBack *back)
{
  for (guint i = 1; back->kept < 0 && i < 1000 + 100; i++)
    {
      g_autofree char *name = g_strdup_printf (UNDO_KEPT "%u", i < 1000 ? i : g_random_int ());

      if (mkdirat (back->env_fd, name, 0777) < 0)
        {
          if (errno != EEXIST)
            return -1;
          continue;
        }
      back->kept = aside_open_dir (back->env_fd, name);
      if (back->kept < 0)
        {
          unlinkat (back->env_fd, name, AT_REMOVEDIR);
          return -1; /* descriptors are few: the next one could not be opened either */
        }
      back->kept_name = g_steal_pointer (&name);
    }
  return back->kept;
}

/* Moves something out of the way, where it is kept. */
gboolean
fate_keep (TakeBack *back, int dir_fd, const char *name, const char *path)
{
  int kept = open_kept (back);

  if (kept >= 0 && aside_put_below (dir_fd, name, kept, path))
    return TRUE;
  back->is_partly = TRUE;
  return FALSE;
}

static gboolean remove_below (int fd, const char *entry, gpointer data, GError **error);

typedef struct
{
  TakeBack *back;
  const char *path;
} Below;

/* Removes what nobody has changed since the run was killed. */
static void
remove_older (TakeBack *back, int dir_fd, const char *name, const char *path)
{
  Below below = { back, path };
  struct stat st;
  int fd;

  if (fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return;
  if (owned_is_moved (back, dir_fd, name, &st))
    {
      fate_leave (back, path);
      return;
    }
  if (!S_ISDIR (st.st_mode))
    {
      if (owned_is_later (back, &st) || unlinkat (dir_fd, name, 0) < 0)
        fate_leave (back, path);
      return;
    }
  fd = aside_open_dir (dir_fd, name);
  if (fd >= 0 && !dir_each (fd, ".", remove_below, &below, NULL))
    g_debug ("'%s' can't be read", path);
  fs_close (fd);
  unlinkat (dir_fd, name, AT_REMOVEDIR);
}

static gboolean
remove_below (int fd, const char *entry, gpointer data, GError **error)
{
  const Below *below = data;
  g_autofree char *path = g_build_filename (below->path, entry, NULL);

  remove_older (below->back, fd, entry, path);
  return TRUE;
}

/* Removes what the run has made, or keeps it where that was asked for.  Returns
 * whether its place is free. */
gboolean
fate_remove (TakeBack *back, int dir_fd, const char *name, const char *path)
{
  if (back->failed >= 0 && aside_put_below (dir_fd, name, back->failed, path))
    return TRUE;
  if (back->is_later)
    remove_older (back, dir_fd, name, path);
  else if (!dir_remove_at (dir_fd, name))
    fate_leave (back, path);
  return fs_exists_at (dir_fd, name) == 0;
}
