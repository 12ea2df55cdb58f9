/* SPDX-License-Identifier: BSD-2-Clause */

/* Copies of files and links. */

#include "base/copy.h"

#include "base/newer.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#ifdef HAVE_LINUX_FS_H
#include <linux/fs.h>
#endif

static gboolean
copy_by_hand (int in, int out)
{
  char buffer[65536];
  ssize_t n;

  while ((n = read (in, buffer, sizeof buffer)) != 0)
    if (n < 0 ? errno != EINTR : !fs_write_all (out, buffer, n))
      return FALSE;
  return TRUE;
}

/* Copies what is between two places, to the same ones. */
static gboolean
copy_part (int in, int out, off_t from, off_t to)
{
  char buffer[65536];

  while (from < to)
    {
      ssize_t n = pread (in, buffer, MIN ((off_t) sizeof buffer, to - from), from);

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        return TRUE; /* it was made shorter */
      if (n < 0 || pwrite (out, buffer, n, from) != n)
        return FALSE;
      from += n;
    }
  return TRUE;
}

/* Copies a file that has holes, and leaves them: it may be far larger than all
 * there is room for.  FALSE with EINVAL where holes can't be told. */
static gboolean
copy_with_holes (int in, int out, off_t size)
{
  off_t data = 0, hole;

  while ((data = lseek (in, data, SEEK_DATA)) >= 0 && data < size)
    {
      hole = lseek (in, data, SEEK_HOLE);
      if (hole < 0 || !copy_part (in, out, data, MIN (hole, size)))
        return FALSE;
      data = hole;
    }
  return (data >= 0 || errno == ENXIO) && ftruncate (out, size) == 0;
}

/* Fills out from in: shares the blocks where the file system can, else lets the
 * kernel copy, else copies by hand. */
static gboolean
copy_contents (int in, int out, const struct stat *st)
{
  off_t size = st->st_size;
  ssize_t n;

#ifdef FICLONE
  if (ioctl (out, FICLONE, in) == 0)
    return TRUE;
#endif
  if ((off_t) st->st_blocks * 512 < size)
    {
      if (copy_with_holes (in, out, size))
        return TRUE;
      if (errno != EINVAL || lseek (in, 0, SEEK_SET) < 0)
        return FALSE;
    }
#ifdef HAVE_COPY_FILE_RANGE
  while ((n = copy_file_range (in, NULL, out, NULL, 1 << 30, 0)) > 0)
    if ((size -= n) == 0)
      return TRUE;
  if (n == 0 && lseek (out, 0, SEEK_CUR) == lseek (in, 0, SEEK_END))
    return TRUE;
  if (lseek (in, 0, SEEK_SET) < 0 || lseek (out, 0, SEEK_SET) < 0 || ftruncate (out, 0) < 0)
    return FALSE;
#endif
  return copy_by_hand (in, out);
}

/* A user's attributes come before the mode, which may forbid to write; capabilities after
 * the owner, whose change takes them. */
gboolean
copy_access (int fd, int old, const struct stat *st)
{
  gboolean has_any = regular_keep_attributes (fd, old, TRUE);

  if (!regular_keep_access (fd, old, st))
    return FALSE;
  if (has_any)
    regular_keep_attributes (fd, old, FALSE);
  return TRUE;
}

/* Copies what is in from to the new file to, with mode and times as far as there
 * are any, or all that others have of it.  Leaves no half of a file behind. */
static gboolean
copy_to_new (int from_fd, int to_dir, const char *to, gboolean exactly)
{
  struct stat st;
  int fd;
  gboolean ok;

  if (fstat (from_fd, &st) < 0)
    return FALSE;
  errno = EINVAL;
  if (!S_ISREG (st.st_mode) && !S_ISDIR (st.st_mode))
    return FALSE;
  st.st_atim.tv_nsec = exactly ? st.st_atim.tv_nsec : UTIME_OMIT; /* by which it is known as new */
  fd = openat (to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0)
    return FALSE;
  ok = copy_contents (from_fd, fd, &st)
       && (exactly ? copy_access (fd, from_fd, &st)
                   : fchmod (fd, st.st_mode & 07777) == 0 || regular_has_no_modes (errno))
       && (futimens (fd, (struct timespec[]){ st.st_atim, st.st_mtim }) == 0
           || regular_has_no_modes (errno));
  ok = close (fd) == 0 && ok;
  if (!ok)
    {
      int saved = errno;
      unlinkat (to_dir, to, 0);
      errno = saved;
    }
  return ok;
}

static gboolean
copy (int from_dir, const char *from, gboolean exactly, int to_dir, const char *to, GError **error)
{
  int in = openat (from_dir, from, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (exactly ? O_NOFOLLOW : 0));
  gboolean ok = in >= 0 && copy_to_new (in, to_dir, to, exactly);

  if (!ok)
    fs_fail (error, "copy", from);
  fs_close (in);
  return ok;
}

gboolean
copy_regular (int from_dir, const char *from, int to_dir, const char *to, GError **error)
{
  return copy (from_dir, from, FALSE, to_dir, to, error);
}

static gboolean
copy_link (int fd, const char *entry, int to, const char *name)
{
  char target[4096];
  ssize_t n = readlinkat (fd, entry, target, sizeof target - 1);

  if (n < 0)
    return FALSE;
  target[n] = '\0';
  return symlinkat (target, to, name) == 0;
}

gboolean
copy_exactly (int from, const char *path, int to, const char *name)
{
  struct stat st;

  if (fstatat (from, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return FALSE;
  if (S_ISLNK (st.st_mode))
    return copy_link (from, path, to, name) && fs_keep_owner_and_times (to, name, &st);
  return copy (from, path, TRUE, to, name, NULL);
}
