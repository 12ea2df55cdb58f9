/* SPDX-License-Identifier: BSD-2-Clause */

/* What a file or a directory is known by: a log by what nobody else can set, and what a run
 * has made by how it looked then.  Others may rename in the directory that a run works in:
 * what is found under a name there counts only if it is that. */

#include "base/newer.h"
#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Notes how something looks that this run has just made, or opened. */
void
identity_note (Own *own, const struct stat *st)
{
  *own = (Own){ TRUE, st->st_dev, st->st_ino, st->st_uid, st->st_mode };
}

/* Tells whether it is that, and no more open to others than it was: some file systems make
 * all files theirs, or open to all. */
gboolean
identity_is_own (const Own *own, const struct stat *st)
{
  return own->is_known && own->device == st->st_dev && own->inode == st->st_ino
         && own->owner == st->st_uid && (st->st_mode & 022 & ~own->mode) == 0;
}

/* Tells whether what has this name is not known to be another, or gone. */
gboolean
identity_has_name (const Own *own, int dir_fd, const char *name)
{
  struct stat st;

  return fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 ? identity_is_own (own, &st)
                                                               : errno != ENOENT;
}

/* Tells whether others may rename what is in the environment's directory. */
gboolean
identity_is_shared (const Journal *journal)
{
  return (journal->dir.mode & 022) != 0 || journal->dir.owner != journal->log.owner;
}

/* What the log is known by itself. */
static Identity
by_birth (int fd)
{
#ifdef STATX_BTIME
  struct statx st;

  if (statx (fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) == 0
      && (st.stx_mask & STATX_BTIME) != 0)
    return (Identity){ 'b',
                       st.stx_ino,
                       { st.stx_btime.tv_sec, st.stx_btime.tv_nsec },
                       { st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec },
                       { TRUE, makedev (st.stx_dev_major, st.stx_dev_minor), st.stx_ino, st.stx_uid,
                         st.stx_mode } };
#endif
  return (Identity){ 0 };
}

/* The same by another file, which is made when the log is. */
static Identity
by_mark (int env_fd, const char *mark, gboolean is_new)
{
  const int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  struct stat st;
  gboolean ok;
  int fd;

  if (is_new)
    unlinkat (env_fd, mark, 0);
  fd = openat (env_fd, mark, is_new ? flags | O_CREAT | O_EXCL : flags, 0600);
  ok = fd >= 0 && fstat (fd, &st) == 0;
  fs_close (fd);
  return ok ? (Identity){ 'm', st.st_ino, st.st_ctim, st.st_mtim, { 0 } } : (Identity){ 0 };
}

/* What a new log is to be known by; mark is the name of the other file. */
Identity
identity_choose (int env_fd, const char *mark, int fd)
{
  Identity who = by_birth (fd);
  struct stat st;

  if (who.kind != 0)
    return who;
  who = by_mark (env_fd, mark, TRUE);
  if (fstat (fd, &st) == 0)
    identity_note (&who.log, &st);
  return who;
}

/* Tells whether a log is the file that it names, by whichever of these it names. */
gboolean
identity_is (int env_fd, const char *mark, int fd, const Identity *named)
{
  Identity who = named->kind == 'b' ? by_birth (fd) : by_mark (env_fd, mark, FALSE);

  return who.kind != 0 && who.kind == named->kind && who.inode == named->inode
         && who.time.tv_sec == named->time.tv_sec && who.time.tv_nsec == named->time.tv_nsec;
}
