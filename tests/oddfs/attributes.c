/* SPDX-License-Identifier: BSD-2-Clause */

/* What the kernel calls for what is to be known of a file: its status, and
 * extended attributes. */

#include "oddfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/xattr.h>
#include <unistd.h>

static void
tell (fuse_req_t req, Node *node)
{
  struct stat st;

  if (fstat (node->fd, &st) != 0)
    {
      calls_answer (req, -1);
      return;
    }
  if (odd.lost_fstat && !S_ISDIR (st.st_mode) && st.st_nlink == 0)
    {
      fuse_reply_err (req, ESTALE);
      return;
    }
  odd_show (&st);
  fuse_reply_attr (req, &st, odd_remembered ());
}

static void
call_getattr (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
  tell (req, nodes_get (ino));
}

static int
set_mode (const char *path, mode_t mode)
{
  if (odd.no_chmod && (int) (mode & 07777) != odd.modes)
    {
      errno = EPERM;
      return -1;
    }
  return odd.modes >= 0 ? 0 : chmod (path, mode & 07777);
}

static int
set_owner (Node *node, const struct stat *st, int what)
{
  uid_t uid = what & FUSE_SET_ATTR_UID ? st->st_uid : (uid_t) -1;
  gid_t gid = what & FUSE_SET_ATTR_GID ? st->st_gid : (gid_t) -1;

  if (odd.other_owner)
    {
      errno = EPERM;
      return -1;
    }
  return fchownat (node->fd, "", uid, gid, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}

static struct timespec
time_to_set (int what, int set, int now, struct timespec value)
{
  struct timespec result = { .tv_nsec = UTIME_OMIT };

  if (what & now)
    result.tv_nsec = UTIME_NOW;
  else if (what & set)
    result = value;
  return result;
}

static int
set_times (Node *node, const struct stat *st, int what)
{
  struct timespec times[] = {
    time_to_set (what, FUSE_SET_ATTR_ATIME, FUSE_SET_ATTR_ATIME_NOW, st->st_atim),
    time_to_set (what, FUSE_SET_ATTR_MTIME, FUSE_SET_ATTR_MTIME_NOW, st->st_mtim)
  };

  if (odd.utimes_refused)
    {
      errno = EPERM;
      return -1;
    }
  return odd.no_utimes ? 0 : utimensat (node->fd, "", times, AT_EMPTY_PATH);
}

static int
set_all (Node *node, const struct stat *st, int what)
{
  g_autofree char *path = nodes_path (node);
  int times =
      FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME | FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME_NOW;

  if ((errno = odd_denies_change (node)) != 0)
    return -1;
  if (what & FUSE_SET_ATTR_MODE && set_mode (path, st->st_mode) != 0)
    return -1;
  if (what & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID) && set_owner (node, st, what) != 0)
    return -1;
  if (what & FUSE_SET_ATTR_SIZE && truncate (path, st->st_size) != 0)
    return -1;
  return what & times ? set_times (node, st, what) : 0;
}

static void
call_setattr (fuse_req_t req, fuse_ino_t ino, struct stat *st, int what, struct fuse_file_info *fi)
{
  Node *node = nodes_get (ino);

  if (set_all (node, st, what) != 0)
    calls_answer (req, -1);
  else
    tell (req, node);
}

static void
call_access (fuse_req_t req, fuse_ino_t ino, int mask)
{
  g_autofree char *path = nodes_path (nodes_get (ino));

  calls_answer (req, odd.modes >= 0 ? 0 : access (path, mask));
}

/* With a size of 0 the kernel asks for the size alone. */
static void
answer_attribute (fuse_req_t req, ssize_t n, const char *data, size_t size)
{
  if (n < 0)
    calls_answer (req, -1);
  else if (size == 0)
    fuse_reply_xattr (req, n);
  else
    fuse_reply_buf (req, data, n);
}

static void
call_getxattr (fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
  g_autofree char *path = nodes_path (nodes_get (ino));
  g_autofree char *data = g_malloc0 (size + 1);

  answer_attribute (req, getxattr (path, name, data, size), data, size);
}

static void
call_listxattr (fuse_req_t req, fuse_ino_t ino, size_t size)
{
  g_autofree char *path = nodes_path (nodes_get (ino));
  g_autofree char *data = g_malloc0 (size + 1);

  answer_attribute (req, listxattr (path, data, size), data, size);
}

static void
call_setxattr (fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t size,
               int flags)
{
  g_autofree char *path = nodes_path (nodes_get (ino));

  calls_answer (req, setxattr (path, name, value, size, flags));
}

static void
call_removexattr (fuse_req_t req, fuse_ino_t ino, const char *name)
{
  g_autofree char *path = nodes_path (nodes_get (ino));

  calls_answer (req, removexattr (path, name));
}

void
attributes_fill (struct fuse_lowlevel_ops *ops)
{
  ops->getattr = call_getattr;
  ops->setattr = call_setattr;
  ops->access = call_access;
  if (odd.no_attributes)
    return;
  ops->getxattr = call_getxattr;
  ops->listxattr = call_listxattr;
  ops->setxattr = call_setxattr;
  ops->removexattr = call_removexattr;
}
