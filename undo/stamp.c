/* SPDX-License-Identifier: BSD-2-Clause */

/* What tells a snapshot that was made here, by this user, from one that came
 * with an archive, or that somebody else has put there. */

#include "undo/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#define STAMP "stamp"

/* Makes a stamp: a link that names the inode it is good for. */
static gboolean
put (int fd, const char *name, ino_t inode, struct timespec mtime, gboolean is_new)
{
  g_autofree char *text =
      g_strdup_printf ("%ju %jd.%09ld %s", (uintmax_t) inode, (intmax_t) mtime.tv_sec,
                       mtime.tv_nsec, is_new ? "new" : "old");

  return symlinkat (text, fd, name) == 0;
}

/* Makes dir, which becomes or is the snapshot, and marks it as this
 * environment's.  Returns a file descriptor, or -1. */
static int
make (int env_fd, const char *dir, struct timespec mtime, gboolean is_new)
{
  struct stat st;
  int fd = mkdirat (env_fd, dir, 0700) < 0 ? -1 : fs_open_own (env_fd, dir, &st);

  if (fd < 0 || put (fd, STAMP, st.st_ino, mtime, is_new))
    return fd;
  close (fd);
  return -1;
}

/* The same, for a directory that something is to be put aside in. */
int
stamp_begin (int env_fd, const char *dir)
{
  struct stat env;

  return fstat (env_fd, &env) < 0 ? -1 : make (env_fd, dir, env.st_mtim, FALSE);
}

/* Marks a directory in which there is nothing to be put aside. */
gboolean
stamp_new (int env_fd)
{
  struct stat env;

  return fstat (env_fd, &env) == 0 && put (env_fd, SNAPSHOT_NEW, env.st_ino, env.st_mtim, TRUE);
}

/* Reads a stamp; FALSE when it is none for this inode, or not this user's. */
static gboolean
read_at (int fd, const char *name, ino_t expected, Stamp *stamp)
{
  char text[128], kind[4] = "";
  ssize_t n = readlinkat (fd, name, text, sizeof text - 1);
  uintmax_t inode;
  intmax_t seconds;
  struct stat link;

  if (n < 0 || fstatat (fd, name, &link, AT_SYMLINK_NOFOLLOW) < 0
      || link.st_uid != fs_own_uid (fd, link.st_uid))
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

/* Reads the stamp of the snapshot, which is opened as snapshot, or that of a new
 * environment which needs none.  Returns FALSE when there is none that was made
 * here. */
gboolean
stamp_read (int env_fd, Stamp *stamp, int *snapshot)
{
  struct stat st;

  *snapshot = -1;
  if (fs_exists_at (env_fd, SNAPSHOT_DIR))
    {
      *snapshot = fs_open_own (env_fd, SNAPSHOT_DIR, &st);
      return *snapshot >= 0 && read_at (*snapshot, STAMP, st.st_ino, stamp);
    }
  return fstat (env_fd, &st) == 0 && read_at (env_fd, SNAPSHOT_NEW, st.st_ino, stamp);
}

/* Opens the snapshot for files elsewhere: a new environment has had none so
 * far.  Returns a file descriptor, or -1. */
int
stamp_open (int env_fd)
{
  Stamp stamp;
  int fd;
  gboolean ok = stamp_read (env_fd, &stamp, &fd);

  if (ok && fd < 0)
    {
      fd = make (env_fd, SNAPSHOT_TEMP, stamp.mtime, TRUE);
      ok = fd >= 0 && renameat (env_fd, SNAPSHOT_TEMP, env_fd, SNAPSHOT_DIR) == 0
           && unlinkat (env_fd, SNAPSHOT_NEW, 0) == 0;
    }
  if (!ok)
    fs_close (fd);
  return ok ? fd : -1;
}
