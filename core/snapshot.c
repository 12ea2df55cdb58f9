/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The old tree, put aside inside the environment while a new one is made:
 *
 *   .venvb-undo/tree/      the entries of the environment, moved or copied
 *   .venvb-undo/kept/      names of entries that were left in place
 *   .venvb-undo/ready      tree is complete: all else is to be removed
 *   .venvb-undo/new        there was nothing before
 *   .venvb-undo/outside/N  files elsewhere, and their names in N.path
 *
 * It lies on the same file system, needs no right to write to the parent,
 * and survives a run that is killed: the next one finds and restores it.
 * Each step is one rename, or can be repeated.
 */

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TREE SNAPSHOT_DIR "/tree"
#define KEPT SNAPSHOT_DIR "/kept"
#define READY SNAPSHOT_DIR "/ready"
#define NEW SNAPSHOT_DIR "/new"
#define OUTSIDE SNAPSHOT_DIR "/outside"
#define UNFINISHED SNAPSHOT_DIR ".tmp"
#define TRASH SNAPSHOT_DIR ".trash"

/* What an environment consists of.  Other directories are left alone. */
static const char *const env_dirs[] = { "bin", "include", "lib", "lib64",
                                        "share", "etc", "man", NULL };

/* Files down to this depth, in bin and directly in site-packages, are copied,
 * since people and hooks edit them in place.  What packages hold is linked:
 * installers replace such files, and they are many. */
#define COPY_DEPTH 4

static gboolean
exists_at (int fd, const char *name)
{
  struct stat st;

  return fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

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

static gboolean
move_in (int fd, const char *entry, gpointer env_fd, GError **error)
{
  g_autofree char *to = g_build_filename (TREE, entry, NULL);

  if (g_str_has_prefix (entry, SNAPSHOT_DIR)
      || renameat (GPOINTER_TO_INT (env_fd), entry, GPOINTER_TO_INT (env_fd), to) == 0)
    return TRUE;
  return fs_fail (error, "move aside", entry);
}

/* Moves all that an environment holds aside: the first half of clearing it. */
gboolean
snapshot_move (int env_fd, const char *env_dir, GError **error)
{
  if (!mkdir_at (env_fd, SNAPSHOT_DIR) || !mkdir_at (env_fd, TREE))
    return fs_fail (error, "clear", env_dir);
  if (fs_each (env_fd, ".", move_in, GINT_TO_POINTER (env_fd), error)
      && touch_at (env_fd, READY))
    return TRUE;
  if (error != NULL && *error == NULL)
    fs_fail (error, "clear", env_dir);
  g_prefix_error (error, "cannot clear '%s': ", env_dir);
  return FALSE;
}

typedef struct
{
  int to;                   /* the directory to copy to */
  guint depth;
} CopyTo;

static gboolean copy_entry (int fd, const char *entry, gpointer data,
                            GError **error);

/* Gives to/entry the owner and times that st tells; a plain user can't give
 * files away and need not. */
static void
keep_owner_and_times (int to, const char *entry, const struct stat *st)
{
  if (fchownat (to, entry, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
    errno = 0;
  utimensat (to, entry, (struct timespec[]) { st->st_atim, st->st_mtim },
             AT_SYMLINK_NOFOLLOW);
}

static gboolean
copy_link (int fd, const char *entry, int to)
{
  char target[4096];
  ssize_t n = readlinkat (fd, entry, target, sizeof target - 1);

  if (n < 0)
    return FALSE;
  target[n] = '\0';
  return symlinkat (target, to, entry) == 0;
}

static gboolean
copy_dir (int fd, const char *entry, const CopyTo *copy, const struct stat *st,
          GError **error)
{
  CopyTo below = { .depth = copy->depth + 1 };
  gboolean ok;

  if (mkdirat (copy->to, entry, 0700) < 0
      || (below.to = openat (copy->to, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
    return fs_fail (error, "copy directory", entry);
  ok = fs_each (fd, entry, copy_entry, &below, error)
       && fchmod (below.to, st->st_mode & 07777) == 0;
  close (below.to);
  return ok;
}

/* Copies or links one entry, a directory with all below it.  What is neither
 * a file, a link nor a directory is left out. */
static gboolean
copy_entry (int fd, const char *entry, gpointer data, GError **error)
{
  const CopyTo *copy = data;
  struct stat st;
  gboolean ok = TRUE;

  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return fs_fail (error, "read", entry);
  if (S_ISDIR (st.st_mode))
    ok = copy_dir (fd, entry, copy, &st, error);
  else if (S_ISLNK (st.st_mode))
    ok = copy_link (fd, entry, copy->to) || fs_fail (error, "copy", entry);
  else if (S_ISREG (st.st_mode) && copy->depth > COPY_DEPTH
           && linkat (fd, entry, copy->to, entry, 0) == 0)
    return TRUE;
  else if (S_ISREG (st.st_mode))
    ok = fs_copy (fd, entry, copy->to, entry, error);
  if (ok)
    keep_owner_and_times (copy->to, entry, &st);
  return ok;
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
  gboolean ok = mkdir_at (env_fd, UNFINISHED)
                && mkdir_at (env_fd, UNFINISHED "/tree")
                && mkdir_at (env_fd, UNFINISHED "/kept")
                && (copy.to = openat (env_fd, UNFINISHED "/tree",
                                      O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0;

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

static gboolean
is_saved (int outside, const char *entry, gpointer path, GError **error)
{
  char saved[4096];
  int fd;
  ssize_t n;

  if (!g_str_has_suffix (entry, ".path"))
    return TRUE;
  fd = openat (outside, entry, O_RDONLY | O_CLOEXEC);
  n = fd < 0 ? -1 : read (fd, saved, sizeof saved - 1);
  if (fd >= 0)
    close (fd);
  return n < 0 || strncmp (saved, path, n) != 0 || strlen (path) != (gsize) n;
}

/* Saves path as outside/N, if it exists, and then its name as outside/N.path. */
static gboolean
save_outside (int outside, const char *path)
{
  g_autofree char *number = NULL;
  g_autofree char *named = NULL;
  guint n = 0;
  int fd;

  do
    {
      g_free (number);
      g_free (named);
      number = g_strdup_printf ("%u", n++);
      named = g_strconcat (number, ".path", NULL);
    }
  while (exists_at (outside, named));
  unlinkat (outside, number, 0);
  if (exists_at (AT_FDCWD, path) && !fs_copy (AT_FDCWD, path, outside, number, NULL))
    return FALSE;
  fd = openat (outside, named, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  return fd >= 0 && write (fd, path, strlen (path)) == (ssize_t) strlen (path)
         && close (fd) == 0;
}

/* Saves a file outside the environment, once. */
gboolean
snapshot_save_file (int env_fd, const char *path, gboolean is_new, GError **error)
{
  gboolean ok = mkdir_at (env_fd, SNAPSHOT_DIR)
                && (!is_new || touch_at (env_fd, NEW))
                && mkdir_at (env_fd, OUTSIDE);
  int fd = ok ? openat (env_fd, OUTSIDE, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

  ok = fd >= 0
       && (!fs_each (fd, ".", is_saved, (gpointer) path, NULL)
           || save_outside (fd, path));
  if (!ok)
    fs_fail (error, "remember", path);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Puts one file outside the environment back, or removes it again. */
static gboolean
restore_outside (int outside, const char *entry, gpointer data, GError **error)
{
  char path[4096] = "";
  int fd;
  ssize_t n;

  if (!g_str_has_suffix (entry, ".path"))
    return TRUE;
  fd = openat (outside, entry, O_RDONLY | O_CLOEXEC);
  n = fd < 0 ? -1 : read (fd, path, sizeof path - 1);
  if (fd >= 0)
    close (fd);
  if (n <= 0)
    return TRUE;
  path[n] = '\0';
  g_autofree char *number = g_strndup (entry, strlen (entry) - strlen (".path"));
  if (!exists_at (outside, number))
    return unlink (path) == 0 || errno == ENOENT;
  g_autofree char *temp = g_strconcat (path, SNAPSHOT_DIR, NULL);
  unlink (temp);
  return fs_copy (outside, number, AT_FDCWD, temp, error) && rename (temp, path) == 0;
}

/* Removes what was not there before. */
static gboolean
remove_new (int env_fd, const char *entry, gpointer data, GError **error)
{
  g_autofree char *kept = g_build_filename (KEPT, entry, NULL);

  return g_str_has_prefix (entry, SNAPSHOT_DIR) || exists_at (env_fd, kept)
         || fs_remove_at (env_fd, entry);
}

static gboolean
move_out (int tree, const char *entry, gpointer env_fd, GError **error)
{
  return renameat (tree, entry, GPOINTER_TO_INT (env_fd), entry) == 0;
}

/* Puts everything back as it was when the snapshot was taken; without one,
 * only clears away remains of an earlier run.  Returns FALSE when something
 * could not be put back: then it is still in the snapshot. */
gboolean
snapshot_restore (int env_fd)
{
  fs_remove_at (env_fd, UNFINISHED);
  fs_remove_at (env_fd, TRASH);
  if (!exists_at (env_fd, SNAPSHOT_DIR))
    return TRUE;
  if (!fs_each (env_fd, OUTSIDE, restore_outside, NULL, NULL))
    return FALSE;
  if (exists_at (env_fd, READY) || exists_at (env_fd, NEW))
    if (!fs_each (env_fd, ".", remove_new, NULL, NULL))
      return FALSE;
  unlinkat (env_fd, READY, 0);
  if (!fs_each (env_fd, TREE, move_out, GINT_TO_POINTER (env_fd), NULL))
    return FALSE;
  return fs_remove_at (env_fd, SNAPSHOT_DIR);
}

/* Throws the snapshot away: from the first rename on, what is now in the
 * environment counts. */
void
snapshot_discard (int env_fd)
{
  if (renameat (env_fd, SNAPSHOT_DIR, env_fd, TRASH) == 0)
    fs_remove_at (env_fd, TRASH);
}
