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
 */

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE SNAPSHOT_DIR "/tree"
#define KEPT SNAPSHOT_DIR "/kept"
#define READY SNAPSHOT_DIR "/ready"
#define STAMP SNAPSHOT_DIR "/stamp"
#define UNFINISHED SNAPSHOT_DIR ".tmp"
#define TRASH SNAPSHOT_DIR ".trash"
#define NEW SNAPSHOT_DIR ".new"

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

/* What a stamp tells. */
typedef struct
{
  struct timespec mtime; /* of the environment's directory before */
  gboolean is_new;       /* nothing was in it */
  time_t begun;          /* when the snapshot was begun */
} Stamp;

/* What a restore has to know in each directory. */
typedef struct
{
  int env_fd;
  gboolean is_later;  /* by another run than the one that failed */
  gboolean is_copied; /* the tree is a copy */
  time_t begun;
  gboolean has_failed;
} Restore;

static gboolean
touch_at (int fd, const char *name)
{
  int file = openat (fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  return file >= 0 && close (file) == 0;
}

static gboolean
mkdir_at (int fd, const char *name)
{
  return mkdirat (fd, name, 0700) == 0 || errno == EEXIST;
}

/* Tells whether a later run may remove the entry: people keep no work of
 * their own there. */
static gboolean
is_environments (const char *entry)
{
  return g_strv_contains (env_dirs, entry) || g_str_equal (entry, "pyvenv.cfg");
}

/* Makes a stamp: a link that names the inode it is good for. */
static gboolean
put_stamp (int env_fd, const char *path, ino_t inode, struct timespec mtime, gboolean is_new)
{
  g_autofree char *text =
      g_strdup_printf ("%ju %jd.%09ld %s", (uintmax_t) inode, (intmax_t) mtime.tv_sec,
                       mtime.tv_nsec, is_new ? "new" : "old");

  return symlinkat (text, env_fd, path) == 0;
}

/* Makes dir, which becomes or is the snapshot, and marks it as this
 * environment's. */
static gboolean
make_stamped (int env_fd, const char *dir, struct timespec mtime, gboolean is_new)
{
  g_autofree char *path = g_build_filename (dir, "stamp", NULL);
  struct stat st;

  return mkdirat (env_fd, dir, 0700) == 0 && fstatat (env_fd, dir, &st, AT_SYMLINK_NOFOLLOW) == 0
         && put_stamp (env_fd, path, st.st_ino, mtime, is_new);
}

/* The same, for a directory that something is to be put aside in. */
static gboolean
begin (int env_fd, const char *dir)
{
  struct stat env;

  return fstat (env_fd, &env) == 0 && make_stamped (env_fd, dir, env.st_mtim, FALSE);
}

/* Reads a stamp; FALSE when it is none for this inode. */
static gboolean
read_stamp_at (int env_fd, const char *path, ino_t expected, Stamp *stamp)
{
  char text[128], kind[4] = "";
  ssize_t n = readlinkat (env_fd, path, text, sizeof text - 1);
  uintmax_t inode;
  intmax_t seconds;
  struct stat link;

  if (n < 0 || fstatat (env_fd, path, &link, AT_SYMLINK_NOFOLLOW) < 0)
    return FALSE;
  text[n] = '\0';
  if (sscanf (text, "%ju %jd.%ld %3s", &inode, &seconds, &stamp->mtime.tv_nsec, kind) != 4
      || inode != expected)
    return FALSE;
  stamp->mtime.tv_sec = seconds;
  stamp->is_new = g_str_equal (kind, "new");
  stamp->begun = link.st_mtim.tv_sec;
  return TRUE;
}

/* Reads the stamp of the snapshot, or that of a new environment which needs
 * none.  Returns FALSE when there is none that was made here. */
static gboolean
read_stamp (int env_fd, Stamp *stamp)
{
  struct stat st;

  if (fstatat (env_fd, SNAPSHOT_DIR, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return S_ISDIR (st.st_mode) && read_stamp_at (env_fd, STAMP, st.st_ino, stamp);
  return fstat (env_fd, &st) == 0 && read_stamp_at (env_fd, NEW, st.st_ino, stamp);
}

/* Makes sure that there is a snapshot for files elsewhere: a new environment
 * has had none so far. */
gboolean
snapshot_make_room (int env_fd)
{
  Stamp stamp;

  if (fs_exists_at (env_fd, SNAPSHOT_DIR) == 1)
    return TRUE;
  return read_stamp (env_fd, &stamp) && make_stamped (env_fd, UNFINISHED, stamp.mtime, TRUE)
         && renameat (env_fd, UNFINISHED, env_fd, SNAPSHOT_DIR) == 0
         && unlinkat (env_fd, NEW, 0) == 0;
}

/* Notes that there is nothing to be put aside, so that a later run knows what
 * a killed one has left. */
gboolean
snapshot_new (int env_fd, const char *env_dir, GError **error)
{
  struct stat st;

  return (fstat (env_fd, &st) == 0 && put_stamp (env_fd, NEW, st.st_ino, st.st_mtim, TRUE))
         || fs_fail (error, "write to", env_dir);
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
      || !S_ISDIR (st.st_mode) || fchmodat (from_fd, from, 0700, 0) < 0)
    return FALSE;
  ok = renameat (from_fd, from, to_fd, to) == 0;
  fchmodat (ok ? to_fd : from_fd, ok ? to : from, st.st_mode & 07777, 0);
  return ok;
}

static gboolean
move_in (int fd, const char *entry, gpointer env_fd, GError **error)
{
  g_autofree char *to = g_build_filename (TREE, entry, NULL);

  if (g_str_has_prefix (entry, SNAPSHOT_DIR)
      || move_entry (GPOINTER_TO_INT (env_fd), entry, GPOINTER_TO_INT (env_fd), to))
    return TRUE;
  return fs_fail (error, "move aside", entry);
}

/* Moves all that an environment holds aside: the first half of clearing it. */
gboolean
snapshot_move (int env_fd, const char *env_dir, GError **error)
{
  if (!begin (env_fd, SNAPSHOT_DIR) || !mkdir_at (env_fd, TREE))
    return fs_fail (error, "clear", env_dir);
  if (fs_each (env_fd, ".", move_in, GINT_TO_POINTER (env_fd), error) && touch_at (env_fd, READY))
    return TRUE;
  if (error != NULL && *error == NULL)
    fs_fail (error, "clear", env_dir);
  g_prefix_error (error, "cannot clear '%s': ", env_dir);
  return FALSE;
}

typedef struct
{
  int to; /* the directory to copy to */
  guint depth;
} CopyTo;

static gboolean copy_entry (int fd, const char *entry, gpointer data, GError **error);

static gboolean
copy_dir (int fd, const char *entry, const CopyTo *copy, const struct stat *st, GError **error)
{
  CopyTo below = { .depth = copy->depth + 1 };
  gboolean ok;

  if (mkdirat (copy->to, entry, 0700) < 0
      || (below.to = openat (copy->to, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
    return fs_fail (error, "copy directory", entry);
  ok = fs_each (fd, entry, copy_entry, &below, error)
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
  g_autofree char *kept = g_build_filename ("..", "kept", entry, NULL);
  return touch_at (copy->to, kept) || fs_fail (error, "note", entry);
}

/* Copies what an environment consists of aside, so that it can be worked on
 * in place. */
gboolean
snapshot_copy (int env_fd, const char *env_dir, GError **error)
{
  CopyTo copy = { .to = -1, .depth = 1 };
  gboolean ok =
      begin (env_fd, UNFINISHED) && mkdir_at (env_fd, UNFINISHED "/tree")
      && mkdir_at (env_fd, UNFINISHED "/kept")
      && (copy.to = openat (env_fd, UNFINISHED "/tree", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0;

  if (!ok)
    return fs_fail (error, "write to", env_dir);
  ok = fs_each (env_fd, ".", copy_top, &copy, error);
  close (copy.to);
  if (!ok)
    {
      g_prefix_error (error, "cannot keep what is in '%s': ", env_dir);
      fs_remove_at (env_fd, UNFINISHED);
      return FALSE;
    }
  return (touch_at (env_fd, UNFINISHED "/ready")
          && renameat (env_fd, UNFINISHED, env_fd, SNAPSHOT_DIR) == 0)
         || fs_fail (error, "write to", env_dir);
}

/* Tells whether an entry is somebody's, who changed it after the run that was
 * killed. */
static gboolean
is_somebodys (const Restore *restore, const char *entry)
{
  return restore->is_later
         && fs_changed_after (restore->env_fd, entry, restore->begun + KILLED_AFTER);
}

/* Tells whether what is in the environment is what is in the tree: then it is
 * best left alone. */
static gboolean
is_unchanged (int env_fd, const char *entry)
{
  g_autofree char *saved = g_build_filename (TREE, entry, NULL);
  struct stat a, b;

  return fstatat (env_fd, entry, &a, AT_SYMLINK_NOFOLLOW) == 0
         && fstatat (env_fd, saved, &b, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (a.st_mode)
         && a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_size == b.st_size
         && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/* Removes what was not there before. */
static gboolean
remove_new (int env_fd, const char *entry, gpointer data, GError **error)
{
  Restore *restore = data;
  g_autofree char *kept = g_build_filename (KEPT, entry, NULL);
  int is_kept = g_str_has_prefix (entry, SNAPSHOT_DIR) ? 1 : fs_exists_at (env_fd, kept);

  if (is_kept < 0)
    restore->has_failed = TRUE;
  if (is_kept == 0 && (is_environments (entry) || !is_somebodys (restore, entry))
      && !is_unchanged (env_fd, entry) && !fs_remove_at (env_fd, entry))
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
      if (restore->is_copied || is_unchanged (restore->env_fd, entry))
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
  int fd = restore->env_fd;
  int is_copied = fs_exists_at (fd, KEPT), is_ready = fs_exists_at (fd, READY);

  if (is_copied < 0 || is_ready < 0
      || !elsewhere_restore (fd, restore->is_later ? restore->begun + KILLED_AFTER : G_MAXINT32))
    return FALSE;
  restore->is_copied = is_copied;
  if (is_new || is_ready)
    if (!fs_each (fd, ".", remove_new, restore, NULL) || restore->has_failed)
      return FALSE;
  unlinkat (fd, READY, 0);
  return fs_each (fd, TREE, move_out, restore, NULL) && !restore->has_failed;
}

/* Removes what is left of a snapshot, and sets the directory's own time.  It
 * gets another name first: half of it must not be taken for a whole. */
static gboolean
remove_snapshot (int env_fd, struct timespec mtime)
{
  return (renameat (env_fd, SNAPSHOT_DIR, env_fd, TRASH) == 0 || errno == ENOENT)
         && (unlinkat (env_fd, NEW, 0) == 0 || errno == ENOENT) && fs_remove_at (env_fd, TRASH)
         && futimens (env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, mtime }) == 0;
}

static void
remove_remains (int env_fd)
{
  fs_remove_at (env_fd, UNFINISHED);
  fs_remove_at (env_fd, TRASH);
}

/* Tells whether there is something to be put back. */
static gboolean
has_snapshot (int env_fd)
{
  unlinkat (env_fd, SNAPSHOT_DIR, AT_REMOVEDIR);
  return fs_exists_at (env_fd, SNAPSHOT_DIR) || fs_exists_at (env_fd, NEW);
}

/* Puts everything back as it was when the snapshot was taken.  Returns FALSE
 * when something could not be put back: then it is still in the snapshot. */
gboolean
snapshot_restore (int env_fd)
{
  Restore restore = { .env_fd = env_fd };
  Stamp stamp;

  remove_remains (env_fd);
  if (!has_snapshot (env_fd))
    return TRUE;
  return read_stamp (env_fd, &stamp)
         && (restore_all (&restore, stamp.is_new) && remove_snapshot (env_fd, stamp.mtime));
}

/* Clears away what a killed run has left, and puts back what it had put
 * aside. */
gboolean
snapshot_recover (int env_fd, const char *env_dir, GError **error)
{
  Restore restore = { .env_fd = env_fd, .is_later = TRUE };
  Stamp stamp;
  const char *problem = "it holds what could not be put back";

  remove_remains (env_fd);
  if (!has_snapshot (env_fd))
    return TRUE;
  if (!read_stamp (env_fd, &stamp))
    problem = "it is not from a run of venvb here; move it away";
  else
    {
      restore.begun = stamp.begun;
      if (restore_all (&restore, stamp.is_new) && remove_snapshot (env_fd, stamp.mtime))
        return TRUE;
    }
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "cannot undo an interrupted run: see '%s/%s': %s", env_dir, SNAPSHOT_DIR, problem);
  return FALSE;
}

/* Throws the snapshot away: from the rename on, what is now in the
 * environment counts.  Returns whether it came to that; some of the old tree
 * may be left nevertheless. */
gboolean
snapshot_discard (int env_fd, gboolean *is_gone)
{
  *is_gone = TRUE;
  if (unlinkat (env_fd, NEW, 0) == 0)
    return TRUE;
  if (renameat (env_fd, SNAPSHOT_DIR, env_fd, TRASH) < 0)
    return FALSE;
  unlinkat (env_fd, TRASH "/stamp", 0);
  *is_gone = fs_remove_at (env_fd, TRASH);
  return TRUE;
}
