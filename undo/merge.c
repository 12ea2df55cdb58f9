/* SPDX-License-Identifier: BSD-2-Clause */

/* What --clear has put aside, moved back. */

#include "undo/room.h"

#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

static gboolean merge (int tree, const char *entry, gpointer data, GError **error);

typedef struct
{
  TakeBack *back;
  int to;
  const char *path;
} MergeTo;

/* How many bytes of access lists are compared. */
#define LIST_SIZE 4096

/* Tells whether a directory has an access list that another one has not. */
static gboolean
has_other_list (int fd, int old)
{
  char list[LIST_SIZE], other[LIST_SIZE];
  ssize_t n = fgetxattr (fd, REGULAR_LIST, list, sizeof list);

  return n >= 0
         && (fgetxattr (old, REGULAR_LIST, other, sizeof other) != n
             || memcmp (list, other, n) != 0);
}

/* Takes from the mode what nobody is to have when what was there before comes together
 * with what is there now: what the one does not allow, where the other is not simply as it
 * was made.  Returns FALSE when it has got another owner since. */
static gboolean
narrow (const TakeBack *back, int now, int old, struct stat *st)
{
  struct stat is, own;
  gboolean has_list = has_other_list (now, old);

  if (fstat (now, &is) < 0 || fstat (back->aside, &own) < 0
      || (is.st_uid != st->st_uid && is.st_uid != own.st_uid))
    return FALSE;
  if ((is.st_mode & 0777) == (0777 & ~fs_umask ()) && !has_list)
    return TRUE;
  st->st_mode &= is.st_mode | 07700;
  if (has_list) /* whom it names may not have what all have */
    st->st_mode &= ~077;
  else if (is.st_gid != st->st_gid)
    st->st_mode &= ~070 & ~(07 & ~(is.st_mode >> 3));
  return TRUE;
}

/* Has the directory that is there be to others what the old one is, before anything of
 * that comes into it, but that its owner may write to it so far. */
gboolean
merge_access (const TakeBack *back, int to, int old, struct stat *st)
{
  int now = openat (to, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int from = now < 0 ? -1 : openat (old, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = from >= 0 && narrow (back, now, from, st);
  struct stat first = *st;

  first.st_mode |= 0700;
  ok = ok && copy_access (now, from, &first);
  fs_close (now);
  fs_close (from);
  return ok;
}

/* All is in it: what its owner was not allowed, he is not again; and it has the times of
 * the old one.  Returns FALSE when these could be kept, and were not. */
static gboolean
end_access (int above, const char *entry, const struct stat *st)
{
  struct stat is;

  if ((st->st_mode & 0700) != 0700 && fstatat (above, entry, &is, AT_SYMLINK_NOFOLLOW) == 0)
    fs_chmod_at (above, entry, is.st_mode & st->st_mode & 07777);
  return utimensat (above, entry, (struct timespec[]){ st->st_atim, st->st_mtim },
                    AT_SYMLINK_NOFOLLOW)
             == 0
         || errno == EACCES || errno == EINVAL || regular_has_no_modes (errno);
}

/* Both are directories: what is in the one moves to the other.  Where that can't
 * be read, or be opened, or is somebody else's by now, it is kept elsewhere as a whole. */
static void
merge_dir (int tree, const char *entry, const MergeTo *to, const char *path)
{
  MergeTo below = { to->back, dir_open_here (to->to, entry, O_PATH), path };
  int from = aside_open_dir (tree, entry);
  struct stat st;
  gboolean is_merged = FALSE;

  if (below.to >= 0 && from >= 0 && fstat (from, &st) == 0
      && merge_access (to->back, below.to, from, &st) && dir_each (from, ".", merge, &below, NULL))
    {
      unlinkat (tree, entry, AT_REMOVEDIR);
      if (!end_access (to->to, entry, &st))
        to->back->is_partly = TRUE;
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
      && log_is_before (back->log->begun, st.st_ctim) && !back->is_again
      && !older_is (back, fd, entry, &st))
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
