/* SPDX-License-Identifier: BSD-2-Clause */

/* What --clear has put aside, moved back. */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static gboolean merge (int tree, const char *entry, gpointer data, GError **error);

typedef struct
{
  TakeBack *back;
  int to;
  const char *path;
} MergeTo;

/* Has a directory that is there again look as it did, or, where it is somebody's, not be more
 * open than that. */
static void
look_as_before (const MergeTo *to, const char *entry, const char *path, int tree,
                const struct stat *st)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  TakeBack *back = to->back;
  int from = openat (tree, ".", flags), fd = openat (to->to, entry, flags);
  gboolean is_ours =
      g_hash_table_contains (back->ours, path) || paths_lead_through (path, back->ours);
  struct stat now;
  gboolean ok;

  if (is_ours && from >= 0 && fd >= 0)
    ok = aside_same_dir (fd, from, st);
  else
    {
      if (fstatat (to->to, entry, &now, AT_SYMLINK_NOFOLLOW) == 0)
        fs_chmod_at (to->to, entry, st->st_mode & (is_ours ? 07777 : now.st_mode));
      ok = fs_keep_owner_and_times (to->to, entry, st);
    }
  back->is_partly = back->is_partly || !ok;
  fs_close (from);
  fs_close (fd);
}

/* Both are directories: what is in the one moves to the other.  Where that can't
 * be read, or be opened, it is kept elsewhere as a whole. */
static void
merge_dir (int tree, const char *entry, const MergeTo *to, const char *path)
{
  MergeTo below = { to->back, aside_open_dir (to->to, entry), path };
  int from = aside_open_dir (tree, entry);
  struct stat st;
  gboolean is_merged = FALSE;

  if (below.to >= 0 && from >= 0 && fstat (from, &st) == 0
      && dir_each (from, ".", merge, &below, NULL))
    {
      look_as_before (to, entry, path, from, &st);
      unlinkat (tree, entry, AT_REMOVEDIR);
      is_merged = TRUE;
    }
  fs_close (from);
  fs_close (below.to);
  if (!is_merged)
    fate_keep (to->back, tree, entry, path);
}

/* Moves what was cleared back.  What has taken its place, and is not ours, is
 * kept elsewhere; or the old one is, where somebody has worked on since the run
 * was killed, or has put another version of a distribution there. */
static gboolean
merge (int tree, const char *entry, gpointer data, GError **error)
{
  const MergeTo *to = data;
  TakeBack *back = to->back;
  g_autofree char *path =
      to->path == NULL ? g_strdup (entry) : g_build_filename (to->path, entry, NULL);
  Dist dist = dists_tell (back, path);
  struct stat old, now;

  if (fstatat (tree, entry, &old, AT_SYMLINK_NOFOLLOW) < 0)
    {
      back->is_partly = back->is_partly || errno != ENOENT;
      return TRUE;
    }
  if (fstatat (to->to, entry, &now, AT_SYMLINK_NOFOLLOW) == 0)
    {
      if (S_ISDIR (old.st_mode) && S_ISDIR (now.st_mode))
        {
          merge_dir (tree, entry, to, path);
          return TRUE;
        }
      if (dist >= DIST_STAYS || (dist == DIST_NOT && owned_is_later (back, &now)))
        {
          fate_keep (back, tree, entry, path);
          return TRUE;
        }
      if (!fate_keep (back, to->to, entry, path))
        return TRUE;
    }
  else if (dist >= DIST_STAYS)
    {
      fate_keep (back, tree, entry, path);
      return TRUE;
    }
  if (!aside_move (tree, entry, to->to, entry))
    back->is_partly = TRUE;
  return TRUE;
}

/* What is in the environment's directory that was not cleared. */
typedef struct
{
  TakeBack *back;
  GHashTable *cleared; /* names */
} Rest;

static gboolean
note_cleared (int tree, const char *entry, gpointer data, GError **error)
{
  g_hash_table_add (data, g_strdup (entry));
  return TRUE;
}

/* Names what was put there since, as far as clocks tell.  What is older came back before this was broken off. */
static gboolean
name_rest (int fd, const char *entry, gpointer data, GError **error)
{
  const Rest *rest = data;
  TakeBack *back = rest->back;
  struct stat st;

  if (!g_str_has_prefix (entry, UNDO_DIR) && !g_str_has_prefix (entry, UNDO_KEPT)
      && !g_hash_table_contains (rest->cleared, entry) && !g_hash_table_contains (back->ours, entry)
      && fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0
      && log_is_before (back->log->begun, st.st_ctim) && !older_is (back, fd, entry, &st))
    fate_leave (back, entry);
  return TRUE;
}

/* Moves all of it back, and names what else is there. */
void
merge_back (TakeBack *back)
{
  MergeTo to = { back, back->env_fd, NULL };
  g_autoptr (GHashTable) cleared = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Rest rest = { back, cleared };
  int tree = aside_open_dir (back->aside, UNDO_TREE);

  if (tree < 0)
    {
      back->is_partly = back->is_partly || errno != ENOENT;
      return;
    }
  if (!dir_each (tree, ".", note_cleared, cleared, NULL)
      || !dir_each_in (back->env_fd, name_rest, &rest, NULL))
    g_debug ("what else is there can't be told");
  if (!dir_each (tree, ".", merge, &to, NULL))
    back->is_partly = TRUE;
  fs_close (tree);
}
