/* SPDX-License-Identifier: BSD-2-Clause */

/* What is in a directory, and how to get rid of it. */

#include "base/base.h"
#include "base/newer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#if defined SYS_openat2 && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#define HAVE_OPENAT2 1
#endif

typedef gboolean (*EachFunc) (int fd, const char *entry, gpointer data, GError **error);

/* The names of the entries of a directory, but "." and "..": NULL with errno set
 * when not all can be read. */
static GPtrArray *
read_names (DIR *dir)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const struct dirent *entry;

  while (errno = 0, (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  return errno == 0 ? g_steal_pointer (&names) : NULL;
}

static gboolean
call_for_each (int fd, const GPtrArray *names, EachFunc func, gpointer data, GError **error)
{
  gboolean ok = TRUE;

  for (guint i = 0; ok && i < names->len; i++)
    ok = func (fd, g_ptr_array_index (names, i), data, error);
  return ok;
}

/* dir_each() of a directory that is open, or could not be opened: name is for the
 * error.  Closes it. */
static gboolean
each (int fd, const char *name, EachFunc func, gpointer data, GError **error)
{
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  g_autoptr (GPtrArray) names = dir == NULL ? NULL : read_names (dir);
  gboolean ok;

  if (names != NULL)
    ok = call_for_each (fd, names, func, data, error);
  else
    ok = (dir == NULL && errno == ENOENT) || fs_fail (error, "read directory", name);
  if (dir != NULL)
    closedir (dir);
  else
    fs_close (fd);
  return ok;
}

/* Calls func for each entry of a directory, but "." and "..".  The names are
 * read first, so that func may remove what it is given.  A directory that is
 * not there has no entries. */
gboolean
dir_each (int dir_fd, const char *name,
          gboolean (*func) (int fd, const char *entry, gpointer data, GError **error),
          gpointer data, GError **error)
{
  return each (openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), name, func,
               data, error);
}

/* The same of a directory that is open, and is not opened once more meanwhile. */
gboolean
dir_each_in (int fd, gboolean (*func) (int fd, const char *entry, gpointer data, GError **error),
             gpointer data, GError **error)
{
  int again = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = again < 0 ? NULL : fdopendir (again);
  g_autoptr (GPtrArray) names = dir == NULL ? NULL : read_names (dir);

  if (names == NULL)
    fs_fail (error, "read directory", ".");
  if (dir != NULL)
    closedir (dir);
  else
    fs_close (again);
  return names != NULL && call_for_each (fd, names, func, data, error);
}

/* Has a descriptor be that of a directory below, which is closed, so that a walk
 * needs no more of them the deeper it goes.  above is for dir_leave(). */
gboolean
dir_enter (int fd, int below, struct stat *above)
{
  gboolean ok = below >= 0 && fstat (fd, above) == 0 && dup3 (below, fd, O_CLOEXEC) >= 0;

  fs_close (below);
  return ok;
}

/* Has it be that of the directory above again.  FALSE with errno set when that is
 * another one by now: then it must not be used any more. */
gboolean
dir_leave (int fd, const struct stat *above)
{
  int up = openat (fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat st;
  gboolean ok = up >= 0 && fstat (up, &st) == 0;

  if (ok && (st.st_dev != above->st_dev || st.st_ino != above->st_ino))
    {
      errno = EBUSY;
      ok = FALSE;
    }
  ok = ok && dup3 (up, fd, O_CLOEXEC) >= 0;
  fs_close (up);
  return ok;
}

/* Tells whether name, in fd, or "" for what that is, is where something is mounted, a
 * directory of the same file system included: -1 before Linux 5.8. */
static int
is_mount_root (int fd, const char *name)
{
#ifdef STATX_ATTR_MOUNT_ROOT
  struct statx stx;

  if (statx (fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH, 0, &stx) == 0
      && (stx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0)
    return (stx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
#endif
  return -1;
}

/* Tells whether something is mounted there, a directory of the same file system
 * included: what is in it is not what is above it.  Before Linux 5.8, what has another
 * device. */
gboolean
dir_is_mount_point (int fd, const char *name)
{
  struct stat st, above;
  int is_root = is_mount_root (fd, name);

  if (is_root >= 0)
    return is_root;
  return fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (st.st_mode)
         && fstat (fd, &above) == 0 && above.st_dev != st.st_dev;
}

/* The same of what is open, and was found in another directory. */
static gboolean
is_mounted (int fd, int above_fd)
{
  struct stat st, above;
  int is_root = is_mount_root (fd, "");

  return is_root >= 0
             ? is_root
             : fstat (fd, &st) == 0 && fstat (above_fd, &above) == 0 && above.st_dev != st.st_dev;
}

/* As openat() of a directory, unless something is mounted there by then: EXDEV. */
static int
open_child (int dir_fd, const char *name, int flags)
{
  int fd;

  flags |= O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
#ifdef HAVE_OPENAT2
  struct open_how how = { .flags = flags, .resolve = RESOLVE_NO_XDEV };

  fd = syscall (SYS_openat2, dir_fd, name, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM))
    return fd;
#endif
  fd = openat (dir_fd, name, flags);
  if (fd < 0 || !is_mounted (fd, dir_fd))
    return fd;
  close (fd);
  errno = EXDEV;
  return -1;
}

/* The same of a path: what is above its last component may lie on other file systems. */
int
dir_open_here (int dir_fd, const char *name, int flags)
{
  const char *last = strrchr (name, '/');
  g_autofree char *above = last == NULL ? NULL : g_path_get_dirname (name);
  int at, fd, failure;

  if (last == NULL)
    return open_child (dir_fd, name, flags);
  at = openat (dir_fd, above, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (at < 0)
    return -1;
  fd = open_child (at, last + 1, flags);
  failure = errno;
  close (at);
  errno = failure;
  return fd;
}

/* From this depth on, what is removed is walked through with one descriptor. */
#define REMOVE_DEEP 6

typedef struct
{
  guint depth;
  gboolean is_lost;       /* somebody has moved where one was: see dir_leave() */
  const DirKeep *keep;    /* who is asked, or NULL */
  GString *path;          /* of what is about to be removed, for him */
  const struct stat *dir; /* the directory it is in, as it was before; NULL at the top */
  guint n_left;           /* how many were kept, or could not be removed */
} Remove;

static gboolean remove_at (int dir_fd, const char *name, Remove *remove);

static gboolean
remove_entry (int fd, const char *entry, gpointer data, GError **error)
{
  Remove *remove = data;
  gsize length = remove->keep != NULL ? remove->path->len : 0;

  if (remove->keep != NULL)
    g_string_append_printf (remove->path, "/%s", entry);
  remove_at (fd, entry, remove);
  if (remove->keep != NULL)
    g_string_truncate (remove->path, length);
  return !remove->is_lost;
}

/* Opens a directory that is to be emptied.  One without permissions is made
 * writable; then was is its status, else it is of mode 0. */
static int
open_to_empty (int dir_fd, const char *name, struct stat *was)
{
  int fd = dir_open_here (dir_fd, name, O_PATH), again;

  was->st_mode = 0;
  if (fd < 0)
    return -1;
  if (faccessat (fd, ".", R_OK | W_OK | X_OK, 0) < 0
      && (fstat (fd, was) < 0 || !fs_set_mode (fd, 0700)))
    was->st_mode = 0;
  again = openat (fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  fs_close (fd);
  return again;
}

/* A directory that was made writable, and could not be removed, is to others what it was. */
static void
close_again (int dir_fd, const char *name, const struct stat *was)
{
  int failure = errno, fd = openat (dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  struct stat st;

  if (fd >= 0 && fstat (fd, &st) == 0 && st.st_dev == was->st_dev && st.st_ino == was->st_ino)
    fs_set_mode (fd, was->st_mode & 07777);
  fs_close (fd);
  errno = failure;
}

/* Empties a directory that can't be removed for what is in it: the same one
 * throughout, whatever takes its name meanwhile, and with no more than one
 * descriptor while that is done, or none where it lies deep: there may be few
 * left.  Then it is removed; was is for close_again(). */
static gboolean
empty_at (int dir_fd, const char *name, Remove *remove, struct stat *was)
{
  int fd = remove->depth < DIR_DEPTH_MOST ? open_to_empty (dir_fd, name, was) : -1;
  struct stat above;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  remove->depth++;
  if (remove->depth <= REMOVE_DEEP)
    {
      ok = each (fd, name, remove_entry, remove, NULL) && !remove->is_lost;
      remove->is_lost = FALSE;
    }
  else
    {
      ok = dir_enter (dir_fd, fd, &above);
      if (ok)
        {
          ok = dir_each_in (dir_fd, remove_entry, remove, NULL);
          remove->is_lost = remove->is_lost || !dir_leave (dir_fd, &above);
        }
      ok = ok && !remove->is_lost;
    }
  remove->depth--;
  return ok;
}

/* How often an entry is turned to again that was a directory at one moment and
 * none at the next: somebody exchanges it for a link. */
#define REMOVE_ATTEMPTS 1000

/* Removes an entry, whatever it is by then. */
static gboolean
remove_any (int dir_fd, const char *name, Remove *remove)
{
  for (guint attempt = 0; attempt < REMOVE_ATTEMPTS; attempt++)
    {
      struct stat was = { 0 };
      gboolean was_dir;

      if (unlinkat (dir_fd, name, 0) == 0 || errno == ENOENT)
        return TRUE;
      was_dir = errno == EISDIR;
      if (!was_dir && errno != EPERM && errno != EACCES)
        return FALSE;
      if (unlinkat (dir_fd, name, AT_REMOVEDIR) == 0)
        return TRUE;
      if ((errno == ENOTEMPTY || errno == EEXIST) && empty_at (dir_fd, name, remove, &was)
          && unlinkat (dir_fd, name, AT_REMOVEDIR) == 0)
        return TRUE;
      if (was.st_mode != 0)
        close_again (dir_fd, name, &was);
      if (remove->is_lost || !was_dir || (errno != ENOTDIR && errno != ELOOP))
        return FALSE;
    }
  return FALSE;
}

/* Removes an entry, unless somebody keeps it.  What stays is told once: not the
 * directories above it, too. */
static gboolean
remove_at (int dir_fd, const char *name, Remove *remove)
{
  const DirKeep *keep = remove->keep;
  const struct stat *above = remove->dir;
  guint n_left = remove->n_left;
  struct stat st;
  gboolean is_known, is_gone;

  if (keep == NULL)
    return remove_any (dir_fd, name, remove);
  is_known = fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (!is_known && errno == ENOENT)
    return TRUE;
  if (is_known && keep->keeps (dir_fd, name, remove->path->str, &st, above, keep->data))
    {
      remove->n_left++;
      return FALSE;
    }
  remove->dir = &st;
  is_gone = is_known && remove_any (dir_fd, name, remove);
  remove->dir = above;
  if (!is_gone && remove->n_left++ == n_left)
    keep->fails (remove->path->str, keep->data);
  return is_gone;
}

/* Removes a file, a link, or a directory with all that is in it.  Links are
 * removed, not followed, also when they take the place of a directory
 * meanwhile; a mount point stays, with what is in it.  Goes on after an error;
 * returns whether all is gone. */
gboolean
dir_remove_at (int dir_fd, const char *name)
{
  return remove_at (dir_fd, name, &(Remove){ 0 });
}

/* The same, but for what somebody keeps, who is told of what can't be removed, too.
 * path is that of the entry to him. */
gboolean
dir_remove_but (int dir_fd, const char *name, const char *path, const DirKeep *keep)
{
  g_autoptr (GString) at = g_string_new (path);

  return remove_at (dir_fd, name, &(Remove){ .keep = keep, .path = at });
}

/* Tells whether a directory has no entries; one that can't be read may have
 * some.  It is opened once more, to be read from its beginning. */
gboolean
dir_is_empty (int dir_fd)
{
  int fd = openat (dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir (fd);
  const struct dirent *entry;
  guint n = 0;

  if (dir == NULL)
    {
      if (fd >= 0)
        close (fd);
      return FALSE;
    }
  while (n == 0 && (errno = 0, entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      n++;
  n += n == 0 && errno != 0;
  closedir (dir);
  return n == 0;
}
