/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The old tree, put aside inside the environment while a new one is made:
 *
 *   .venvb-undo/stamp      a link that names the inode of .venvb-undo, the
 *                          time of the environment's directory, and whether
 *                          there was anything before
 *   .venvb-undo/tree/      the entries of the environment, moved or copied
 *   .venvb-undo/kept/      names of entries that were left in place
 *   .venvb-undo/ready      tree is complete: all else is to be removed
 *   .venvb-undo/outside/N  files elsewhere, and their names in N.path
 *   .venvb-undo.new        instead of all this: there was nothing before
 *   .venvb-undo.failed/    what the failed run has made, when it is to be kept
 *
 * It lies on the same file system, needs no right to write to the parent,
 * and survives a run that is killed: the next one finds and recovers it.
 * Each step is one rename, or can be repeated.
 *
 * Recovery by a later run is more careful than a restore by the run itself.
 * What it finds may have come with an archive or a clone, so the stamp has to
 * be right.  And somebody may have worked on in the directory: what changed
 * more than a minute after the killed run began stays, unless it is a part of
 * the environment proper.
 *
 * What is in a snapshot decides what is removed and which files are written,
 * also elsewhere.  So it counts only when this user has made it, and nobody
 * else can write to it; it is used by file descriptor, since others may be able
 * to exchange it for another one.
 */

#include "undo/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TRASH SNAPSHOT_DIR ".trash"

/* In the snapshot. */
#define TREE "tree"
#define KEPT "kept"
#define READY "ready"

/* What an environment consists of.  Other directories are left alone. */
static const char *const env_dirs[] = { "bin",   "include", "lib", "lib64",
                                        "share", "etc",     "man", NULL };

/* Files down to this depth, in bin and directly in site-packages, are copied,
 * since people and hooks edit them in place.  What packages hold is linked:
 * installers replace such files, and they are many.  So is what is too large
 * for a script or a setting. */
#define COPY_DEPTH 4
#define COPY_SIZE (256 * 1024)

/* How long, in seconds, changes are taken for those of a killed run. */
#define KILLED_AFTER 60

/* What a restore has to know in each directory. */
typedef struct
{
  int env_fd;
  int fd;             /* of the snapshot; -1 for none */
  gboolean is_later;  /* by another run than the one that failed */
  gboolean is_copied; /* the tree is a copy */
  gboolean keeps;     /* what is new is kept */
  time_t begun;
  gboolean has_failed;
} Restore;

static gboolean
touch_at (int fd, const char *name)
{
  int file = openat (fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  return file >= 0 && close (file) == 0;
}

/* Makes a directory in one that is open, and opens it.  Returns -1 on failure,
 * also when there is something of that name, or fd is -1 for such a failure. */
static int
make_dir (int fd, const char *name)
{
  if (fd < 0 || mkdirat (fd, name, 0700) < 0)
    return -1;
  return openat (fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Tells whether a later run may remove the entry: people keep no work of
 * their own there. */
static gboolean
is_environments (const char *entry)
{
  return g_strv_contains (env_dirs, entry) || g_str_equal (entry, "pyvenv.cfg");
}

/* Notes that there is nothing to be put aside, so that a later run knows what
 * a killed one has left. */
gboolean
snapshot_new (int env_fd, const char *env_dir, GError **error)
{
  return stamp_new (env_fd) || fs_fail (error, "write to", env_dir);
}

/* Renames an entry.  A directory that its owner may not write to, and that
 * can't be given another parent therefore, is made writable for the moment. */
static gboolean
move_entry (int from_fd, const char *from, int to_fd, const char *to)
{
  struct stat st;
  gboolean ok;

  if (renameat (from_fd, from, to_fd, to) == 0)
    return TRUE;
  if (errno != EACCES || fstatat (from_fd, from, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISDIR (st.st_mode) || !fs_chmod_at (from_fd, from, 0700))
    return FALSE;
  ok = renameat (from_fd, from, to_fd, to) == 0;
  fs_chmod_at (ok ? to_fd : from_fd, ok ? to : from, st.st_mode & 07777);
  return ok;
}

static gboolean
move_in (int fd, const char *entry, gpointer tree, GError **error)
{
  if (g_str_has_prefix (entry, SNAPSHOT_DIR)
      || move_entry (fd, entry, GPOINTER_TO_INT (tree), entry))
    return TRUE;
  return fs_fail (error, "move aside", entry);
}

/* What is mounted in a directory can't be moved, and must not be removed.
 * Where only some of the entries matter, these are given. */
static gboolean
check_mounts (int env_fd, const char *env_dir, const char *const *entries, GError **error)
{
  g_autofree char *mount = mounts_below (env_fd, entries);

  if (mount != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s/%s' is a mount point", env_dir,
                 mount);
  return mount == NULL;
}

/* Moves all that an environment holds aside: the first half of clearing it. */
static gboolean
move_aside (int env_fd, const char *env_dir, GError **error)
{
  int snapshot = stamp_begin (env_fd, SNAPSHOT_DIR);
  int tree = make_dir (snapshot, TREE);
  gboolean ok = FALSE;

  if (tree < 0)
    fs_fail (error, "write to", env_dir);
  else
    ok = dir_each (env_fd, ".", move_in, GINT_TO_POINTER (tree), error)
         && (touch_at (snapshot, READY) || fs_fail (error, "write to", env_dir));
  fs_close (tree);
  fs_close (snapshot);
  return ok;
}

gboolean
snapshot_move (int env_fd, const char *env_dir, GError **error)
{
  if (check_mounts (env_fd, env_dir, NULL, error) && move_aside (env_fd, env_dir, error))
    return TRUE;
  g_prefix_error (error, "cannot clear '%s': ", env_dir);
  return FALSE;
}

typedef struct
{
  int to; /* the directory to copy to */
  guint depth;
  int snapshot; /* where what is left in place is noted; -1 below the top */
} CopyTo;

static gboolean copy_entry (int fd, const char *entry, gpointer data, GError **error);

static gboolean
copy_dir (int fd, const char *entry, const CopyTo *copy, const struct stat *st, GError **error)
{
  CopyTo below = { make_dir (copy->to, entry), copy->depth + 1, -1 };
  gboolean ok;

  if (below.to < 0)
    return fs_fail (error, "copy directory", entry);
  ok = dir_each (fd, entry, copy_entry, &below, error)
       && (fchmod (below.to, st->st_mode & 07777) == 0 || fs_fail (error, "copy directory", entry));
  close (below.to);
  return ok;
}

/* Tells whether a file is better linked than copied: what can't be read, and
 * sockets and the like, can't be copied. */
static gboolean
is_to_link (int fd, const char *entry, const CopyTo *copy, const struct stat *st)
{
  return !S_ISLNK (st->st_mode)
         && (copy->depth > COPY_DEPTH || st->st_size > COPY_SIZE || !S_ISREG (st->st_mode)
             || faccessat (fd, entry, R_OK, AT_EACCESS) < 0);
}

/* Copies or links one entry, a directory with all below it. */
static gboolean
copy_entry (int fd, const char *entry, gpointer data, GError **error)
{
  const CopyTo *copy = data;
  struct stat st;

  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return fs_fail (error, "read", entry);
  if (S_ISDIR (st.st_mode))
    {
      if (!copy_dir (fd, entry, copy, &st, error))
        return FALSE;
      return fs_keep_owner_and_times (copy->to, entry, &st)
             || fs_fail (error, "copy directory", entry);
    }
  if (is_to_link (fd, entry, copy, &st) && linkat (fd, entry, copy->to, entry, 0) == 0)
    return TRUE;
  return ((S_ISREG (st.st_mode) || S_ISLNK (st.st_mode))
          && fs_copy_exactly (fd, entry, copy->to, entry))
         || fs_fail (error, "copy", entry);
}

/* Copies one entry of the environment, or notes that it is left in place. */
static gboolean
copy_top (int fd, const char *entry, gpointer data, GError **error)
{
  const CopyTo *copy = data;
  struct stat st;

  if (g_str_has_prefix (entry, SNAPSHOT_DIR))
    return TRUE;
  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return fs_fail (error, "read", entry);
  if (S_ISREG (st.st_mode) || S_ISLNK (st.st_mode)
      || (S_ISDIR (st.st_mode) && g_strv_contains (env_dirs, entry)))
    return copy_entry (fd, entry, data, error);
  g_autofree char *kept = g_build_filename (KEPT, entry, NULL);
  return touch_at (copy->snapshot, kept) || fs_fail (error, "note", entry);
}

/* Copies what an environment consists of aside, so that it can be worked on
 * in place. */
static gboolean
copy_aside (int env_fd, const char *env_dir, GError **error)
{
  int snapshot = stamp_begin (env_fd, SNAPSHOT_TEMP);
  CopyTo copy = { make_dir (snapshot, TREE), 1, snapshot };
  gboolean ok = FALSE;

  if (copy.to < 0 || mkdirat (snapshot, KEPT, 0700) < 0)
    fs_fail (error, "write to", env_dir);
  else if (dir_each (env_fd, ".", copy_top, &copy, error))
    ok = (touch_at (snapshot, READY) && renameat (env_fd, SNAPSHOT_TEMP, env_fd, SNAPSHOT_DIR) == 0)
         || fs_fail (error, "write to", env_dir);
  if (!ok)
    dir_remove_at (env_fd, SNAPSHOT_TEMP);
  fs_close (copy.to);
  fs_close (snapshot);
  return ok;
}

gboolean
snapshot_copy (int env_fd, const char *env_dir, GError **error)
{
  if (check_mounts (env_fd, env_dir, env_dirs, error) && copy_aside (env_fd, env_dir, error))
    return TRUE;
  g_prefix_error (error, "cannot keep what is in '%s': ", env_dir);
  return FALSE;
}

/* Tells whether an entry is somebody's, who changed it after the run that was
 * killed. */
static gboolean
is_somebodys (const Restore *restore, const char *entry)
{
  return restore->is_later
         && fs_changed_after (restore->env_fd, entry, restore->begun + KILLED_AFTER) != 0;
}

/* Tells whether what is in the environment is what is in the tree: then it is
 * best left alone. */
static gboolean
is_unchanged (const Restore *restore, const char *entry)
{
  g_autofree char *saved = g_build_filename (TREE, entry, NULL);
  struct stat a, b;

  return fstatat (restore->env_fd, entry, &a, AT_SYMLINK_NOFOLLOW) == 0
         && fstatat (restore->fd, saved, &b, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (a.st_mode)
         && a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_size == b.st_size
         && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/* Puts an entry where it is kept; FALSE when that can't be done. */
static gboolean
keep_entry (int env_fd, const char *entry)
{
  g_autofree char *to = g_build_filename (SNAPSHOT_FAILED, entry, NULL);

  return move_entry (env_fd, entry, env_fd, to);
}

/* As fs_exists_at(), in the snapshot; without one there is nothing. */
static int
exists_in (const Restore *restore, const char *name)
{
  return restore->fd < 0 ? 0 : fs_exists_at (restore->fd, name);
}

/* Removes what was not there before, or keeps it elsewhere. */
static gboolean
remove_new (int env_fd, const char *entry, gpointer data, GError **error)
{
  Restore *restore = data;
  g_autofree char *kept = g_build_filename (KEPT, entry, NULL);
  int is_kept = g_str_has_prefix (entry, SNAPSHOT_DIR) ? 1 : exists_in (restore, kept);

  if (is_kept < 0)
    restore->has_failed = TRUE;
  if (is_kept == 0 && (is_environments (entry) || !is_somebodys (restore, entry))
      && !is_unchanged (restore, entry) && !(restore->keeps && keep_entry (env_fd, entry))
      && !dir_remove_at (env_fd, entry))
    restore->has_failed = TRUE;
  return TRUE;
}

/* Moves an entry back.  In its place can only be what did not change, or what
 * somebody has put there since the run was killed; that is never replaced,
 * but stands beside the old one, or instead of its copy. */
static gboolean
move_out (int tree, const char *entry, gpointer data, GError **error)
{
  Restore *restore = data;
  g_autofree char *beside = g_strconcat (entry, ".venvb-old", NULL);
  const char *to = entry;
  int exists = fs_exists_at (restore->env_fd, entry);

  if (exists < 0)
    {
      restore->has_failed = TRUE;
      return TRUE;
    }
  if (exists)
    {
      if (restore->is_copied || is_unchanged (restore, entry))
        return TRUE;
      to = beside;
    }
  if (fs_exists_at (restore->env_fd, to) || !move_entry (tree, entry, restore->env_fd, to))
    restore->has_failed = TRUE;
  return TRUE;
}

/* Puts back the files elsewhere, then the entries of the environment. */
static gboolean
restore_all (Restore *restore, gboolean is_new)
{
  const time_t after = restore->is_later ? restore->begun + KILLED_AFTER : G_MAXINT32;
  int is_copied = exists_in (restore, KEPT), is_ready = exists_in (restore, READY);
  int fd = restore->fd;

  if (is_copied < 0 || is_ready < 0 || (fd >= 0 && !elsewhere_restore (fd, after)))
    return FALSE;
  restore->is_copied = is_copied;
  if (is_new || is_ready)
    if (!dir_each (restore->env_fd, ".", remove_new, restore, NULL) || restore->has_failed)
      return FALSE;
  unlinkat (fd, READY, 0);
  return (fd < 0 || dir_each (fd, TREE, move_out, restore, NULL)) && !restore->has_failed;
}

/* Removes what is left of a snapshot, and sets the directory's own time.  It
 * gets another name first: half of it must not be taken for a whole. */
static gboolean
remove_snapshot (int env_fd, struct timespec mtime)
{
  return (renameat (env_fd, SNAPSHOT_DIR, env_fd, TRASH) == 0 || errno == ENOENT)
         && (unlinkat (env_fd, SNAPSHOT_NEW, 0) == 0 || errno == ENOENT)
         && dir_remove_at (env_fd, TRASH)
         && futimens (env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, mtime }) == 0;
}

static void
remove_remains (int env_fd)
{
  dir_remove_at (env_fd, SNAPSHOT_TEMP);
  dir_remove_at (env_fd, TRASH);
  dir_remove_at (env_fd, SNAPSHOT_FAILED);
}

/* Tells whether there is something to be put back. */
static gboolean
has_snapshot (int env_fd)
{
  unlinkat (env_fd, SNAPSHOT_DIR, AT_REMOVEDIR);
  return fs_exists_at (env_fd, SNAPSHOT_DIR) || fs_exists_at (env_fd, SNAPSHOT_NEW);
}

/* Puts back what the snapshot holds.  FALSE when there is none of this user's,
 * or not all of it could be put back. */
static gboolean
restore_snapshot (Restore *restore, gboolean *is_ours)
{
  Stamp stamp = { 0 };
  gboolean ok;

  *is_ours = stamp_read (restore->env_fd, &stamp, &restore->fd);
  restore->begun = stamp.begun;
  ok = *is_ours && restore_all (restore, stamp.is_new)
       && remove_snapshot (restore->env_fd, stamp.mtime);
  fs_close (restore->fd);
  return ok;
}

/* Puts everything back as it was when the snapshot was taken.  With keep, what
 * has been made since is then for undo.c.  What is in a
 * directory that was empty goes even if somebody has removed the stamp, as one
 * does who is about to remove all of it.  Returns FALSE when something could
 * not be put back: then it is still in the snapshot. */
gboolean
snapshot_restore (int env_fd, gboolean was_empty, gboolean keep)
{
  Restore restore = { .env_fd = env_fd };
  gboolean is_ours;

  remove_remains (env_fd);
  if (!has_snapshot (env_fd))
    return !was_empty
           || (dir_each (env_fd, ".", remove_new, &restore, NULL) && !restore.has_failed);
  restore.keeps = keep && mkdirat (env_fd, SNAPSHOT_FAILED, 0777) == 0;
  return restore_snapshot (&restore, &is_ours);
}

/* Clears away what a killed run has left, and puts back what it had put
 * aside. */
gboolean
snapshot_recover (int env_fd, const char *env_dir, GError **error)
{
  Restore restore = { .env_fd = env_fd, .is_later = TRUE };
  gboolean is_ours;

  remove_remains (env_fd);
  if (!has_snapshot (env_fd) || restore_snapshot (&restore, &is_ours))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "cannot undo an interrupted run: see '%s/%s': %s", env_dir, SNAPSHOT_DIR,
               is_ours ? "it holds what could not be put back"
                       : "it is not from a run of venvb here; move it away");
  return FALSE;
}

/* Gives the snapshot up: from here on, what is now in the environment counts. */
gboolean
snapshot_discard (int env_fd)
{
  return unlinkat (env_fd, SNAPSHOT_NEW, 0) == 0
         || renameat (env_fd, SNAPSHOT_DIR, env_fd, TRASH) == 0;
}

/* Removes what was given up; FALSE when some of it is left. */
gboolean
snapshot_sweep (int env_fd)
{
  return dir_remove_at (env_fd, TRASH);
}
