/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What programs may change in an environment that was there before: a copy of
 * it, taken before the first one runs.
 */

#include "undo/room.h"

#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What an environment consists of, but for where a plugin wants its scripts to be.  Other
 * directories are left alone. */
static const char *const env_dirs[] = { "bin",   "include", "lib", "lib64",
                                        "share", "etc",     "man", NULL };

/* Directories below this are too deep to be compared and removed again. */
#define DEPTH_MOST (DIR_DEPTH_MOST - 100)

/* Files down to this depth, in bin and directly in site-packages, are copied,
 * since people and hooks edit them in place.  What packages hold is linked:
 * installers replace such files, and they are many.  So is what is too large
 * for a script or a setting. */
#define COPY_DEPTH 4
#define COPY_SIZE (256 * 1024)

typedef struct
{
  int to; /* the directory to copy to */
  guint depth;
  dev_t device; /* of the environment: what is mounted there is another's */
} CopyTo;

static gboolean copy_entry (int fd, const char *entry, gpointer data, GError **error);

/* Opens a directory to be read. */
int
guard_open_below (int fd, const char *entry)
{
  return openat (fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Copies what is in a directory; both are entered and left again. */
static gboolean
copy_below (int fd, const char *entry, const CopyTo *copy, GError **error)
{
  CopyTo below = { copy->to, copy->depth + 1, copy->device };
  struct stat above, above_to;
  int from = guard_open_below (fd, entry);

  if (from < 0 && errno == ENOENT)
    return TRUE;
  if (!dir_enter (fd, from, &above)
      || !dir_enter (copy->to, guard_open_below (copy->to, entry), &above_to))
    return fs_fail (error, "read directory", entry);
  return dir_each_in (fd, copy_entry, &below, error)
         && ((dir_leave (fd, &above) && dir_leave (copy->to, &above_to))
             || fs_fail (error, "read directory", entry));
}

static gboolean
copy_dir (int fd, const char *entry, const CopyTo *copy, const struct stat *st, GError **error)
{
  gboolean ok;
  int from;

  if (copy->depth >= DEPTH_MOST)
    {
      errno = ENAMETOOLONG;
      return fs_fail (error, "copy directory", entry);
    }
  if (mkdirat (copy->to, entry, 0700) < 0)
    return fs_fail (error, "copy directory", entry);
  if (!copy_below (fd, entry, copy, error))
    return FALSE;
  from = guard_open_below (fd, entry);
  ok = from >= 0 ? aside_keep_dir (copy->to, entry, from, st) : errno == ENOENT;
  fs_close (from);
  return ok || fs_fail (error, "copy directory", entry);
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

/* Tells whether what can neither be linked nor copied is another user's, or no
 * file: programs will hardly change it. */
static gboolean
may_be_left_out (int failure, const struct stat *st)
{
  return failure == EACCES || failure == EPERM
         || (!S_ISREG (st->st_mode) && !S_ISLNK (st->st_mode));
}

/* Tells whether a directory is another environment, which is not this one's to be put back:
 * of that there is no copy but an empty pyvenv.cfg. */
gboolean
guard_is_nested (int fd, const char *entry, gboolean is_below)
{
  g_autofree char *config = g_build_filename (entry, "pyvenv.cfg", NULL);

  return is_below && fs_exists_at (fd, config) == 1;
}

/* Notes that another environment is there. */
static gboolean
note_nested (const char *entry, const CopyTo *copy, GError **error)
{
  g_autofree char *config = g_build_filename (entry, "pyvenv.cfg", NULL);
  int fd = -1;

  if (mkdirat (copy->to, entry, 0700) == 0)
    fd = openat (copy->to, config, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    return fs_fail (error, "copy directory", entry);
  close (fd);
  return TRUE;
}

/* Copies or links one entry, a directory with all below it. */
static gboolean
copy_entry (int fd, const char *entry, gpointer data, GError **error)
{
  const CopyTo *copy = data;
  struct stat st;

  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT || fs_fail (error, "read", entry);
  /* Files of an overlay may have other devices than its directories. */
  if (S_ISDIR (st.st_mode) && st.st_dev != copy->device)
    return TRUE;
  if (S_ISDIR (st.st_mode) && faccessat (fd, entry, R_OK | X_OK, AT_EACCESS) < 0)
    return errno == EACCES || fs_fail (error, "read", entry);
  if (S_ISDIR (st.st_mode) && guard_is_nested (fd, entry, copy->depth > 1))
    return note_nested (entry, copy, error);
  if (S_ISDIR (st.st_mode))
    return copy_dir (fd, entry, copy, &st, error);
  if ((is_to_link (fd, entry, copy, &st) && linkat (fd, entry, copy->to, entry, 0) == 0)
      || copy_exactly (fd, entry, copy->to, entry) || errno == ENOENT)
    return TRUE;
  return may_be_left_out (errno, &st) || fs_fail (error, "copy", entry);
}

/* Tells whether a directory is one of an environment's, or of the copy of one. */
gboolean
guard_is_env_dir (int env_fd, const char *entry)
{
  g_autofree char *bin = g_strv_contains (env_dirs, entry) ? NULL : envdir_bin (env_fd, ".");

  return bin == NULL || g_str_equal (bin, entry);
}

/* Copies one entry of the environment; other directories are left in place, and are
 * empty here: to tell that they were there. */
static gboolean
copy_top (int fd, const char *entry, gpointer data, GError **error)
{
  struct stat st;

  if (g_str_has_prefix (entry, UNDO_DIR))
    return TRUE;
  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT || fs_fail (error, "read", entry);
  if (S_ISREG (st.st_mode) || S_ISLNK (st.st_mode)
      || (S_ISDIR (st.st_mode) && guard_is_env_dir (fd, entry)))
    return copy_entry (fd, entry, data, error);
  return !S_ISDIR (st.st_mode) || mkdirat (((const CopyTo *) data)->to, entry, 0700) == 0
         || fs_fail (error, "copy directory", entry);
}

/* Copies what an environment consists of. */
gboolean
guard_take (int env_fd, int aside, GError **error)
{
  int from = guard_open_below (env_fd, ".");
  struct stat st;
  CopyTo copy = { -1, 1, 0 };
  gboolean ok;

  if (from >= 0 && fstat (env_fd, &st) == 0 && mkdirat (aside, UNDO_GUARD, 0700) == 0)
    copy.to = guard_open_below (aside, UNDO_GUARD);
  if (copy.to < 0)
    {
      fs_close (from);
      return fs_fail (error, "write to", UNDO_GUARD);
    }
  copy.device = st.st_dev;
  ok = dir_each_in (from, copy_top, &copy, error);
  close (copy.to);
  close (from);
  if (!ok)
    dir_remove_at (aside, UNDO_GUARD); /* it may be tried again */
  g_prefix_error (error, "cannot keep what is in the environment: ");
  return ok;
}
