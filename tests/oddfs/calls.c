/* SPDX-License-Identifier: BSD-2-Clause */

/* What the kernel calls: each does to the directory what it was asked for, or
 * fails as a switch says.  What is to be known of a file is in attributes.c. */

#include "oddfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Replies with success, or with errno. */
void
calls_answer (fuse_req_t req, int result)
{
  fuse_reply_err (req, result == 0 ? 0 : errno);
}

static void
call_lookup (fuse_req_t req, fuse_ino_t parent, const char *name)
{
  g_autofree char *found = NULL;
  struct fuse_entry_param entry;
  Node *dir = nodes_get (parent);
  int error = nodes_enter (dir, nodes_name (dir, name, &found), &entry);

  if (error != 0)
    fuse_reply_err (req, error);
  else
    fuse_reply_entry (req, &entry);
}

static void
call_forget (fuse_req_t req, fuse_ino_t ino, uint64_t n)
{
  nodes_forget (nodes_get (ino), n);
  fuse_reply_none (req);
}

static void
call_forget_multi (fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
  for (size_t i = 0; i < count; i++)
    nodes_forget (nodes_get (forgets[i].ino), forgets[i].nlookup);
  fuse_reply_none (req);
}

static void
call_readlink (fuse_req_t req, fuse_ino_t ino)
{
  char target[PATH_MAX + 1];
  ssize_t length = readlinkat (nodes_get (ino)->fd, "", target, sizeof target - 1);

  if (length < 0)
    {
      calls_answer (req, -1);
      return;
    }
  target[length] = '\0';
  fuse_reply_readlink (req, target);
}

static void
made (fuse_req_t req, Node *parent, const char *name, int result)
{
  struct fuse_entry_param entry;
  int error;

  if (result != 0)
    {
      calls_answer (req, -1);
      return;
    }
  error = nodes_enter (parent, name, &entry);
  if (error != 0)
    fuse_reply_err (req, error);
  else
    fuse_reply_entry (req, &entry);
}

static int
may (int error)
{
  errno = error;
  return error == 0 ? 0 : -1;
}

static void
call_mknod (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t dev)
{
  Node *dir = nodes_get (parent);
  int result = may (odd_denies (dir, name));

  made (req, dir, name, result == 0 ? mknodat (dir->fd, name, mode, dev) : -1);
}

static void
call_mkdir (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
  Node *dir = nodes_get (parent);
  int result = may (odd_denies (dir, name));

  made (req, dir, name, result == 0 ? mkdirat (dir->fd, name, mode) : -1);
}

static void
call_symlink (fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
  Node *dir = nodes_get (parent);
  int result = may (odd.no_symlinks ? EPERM : odd_denies (dir, name));

  made (req, dir, name, result == 0 ? symlinkat (target, dir->fd, name) : -1);
}

static void
call_link (fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
  Node *dir = nodes_get (parent);
  Node *node = nodes_get (ino);
  g_autofree char *path = nodes_path (node);
  int result = may (odd.no_hardlinks ? EPERM : odd_denies (dir, name));

  if (result == 0)
    result = may (odd_denies_change (node));
  if (result == 0)
    result = linkat (AT_FDCWD, path, dir->fd, name, AT_SYMLINK_FOLLOW);
  made (req, dir, name, result);
}

static void
drop (fuse_req_t req, fuse_ino_t parent, const char *name, int flags)
{
  Node *dir = nodes_get (parent);
  g_autofree char *found = NULL;
  int error;

  name = nodes_name (dir, name, &found);
  error = odd_denies (dir, name);
  if (error == 0 && (flags != 0 || !odd_puts_aside (dir, name, &error)))
    error = unlinkat (dir->fd, name, flags) == 0 ? 0 : errno;
  fuse_reply_err (req, error);
}

static void
call_unlink (fuse_req_t req, fuse_ino_t parent, const char *name)
{
  drop (req, parent, name, 0);
}

static void
call_rmdir (fuse_req_t req, fuse_ino_t parent, const char *name)
{
  drop (req, parent, name, AT_REMOVEDIR);
}

static void
call_rename (fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
             const char *new_name, unsigned int flags)
{
  Node *from = nodes_get (parent);
  Node *to = nodes_get (new_parent);
  g_autofree char *found = NULL;
  g_autofree char *new_found = NULL;
  int error;

  name = nodes_name (from, name, &found);
  /* A name may be changed to other letters. */
  if (from != to || g_ascii_strcasecmp (name, new_name) != 0)
    new_name = nodes_name (to, new_name, &new_found);
  error = odd_denies_move (from, name, to, new_name, flags);
  if (error == 0 && flags == 0)
    odd_puts_aside (to, new_name, &error);
  if (error == 0)
    error = syscall (SYS_renameat2, from->fd, name, to->fd, new_name, flags) == 0 ? 0 : errno;
  fuse_reply_err (req, error);
}

static int
open_node (Node *node, int flags)
{
  g_autofree char *path = nodes_path (node);

  if ((flags & O_ACCMODE) != O_RDONLY && (errno = odd_denies_change (node)) != 0)
    return -1;
  return open (path, (flags & ~O_NOFOLLOW) | O_CLOEXEC);
}

static void
call_open (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
  Node *node = nodes_get (ino);
  int fd = open_node (node, fi->flags);

  if (fd < 0)
    {
      calls_answer (req, -1);
      return;
    }
  fi->fh = fd;
  node->opens++;
  fuse_reply_open (req, fi);
}

static void
call_create (fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
             struct fuse_file_info *fi)
{
  Node *dir = nodes_get (parent);
  struct fuse_entry_param entry;
  int error = odd_denies (dir, name);
  int fd = error == 0 ? openat (dir->fd, name, fi->flags | O_CREAT | O_CLOEXEC, mode) : -1;

  if (error == 0 && fd < 0)
    error = errno;
  if (error == 0)
    error = nodes_enter (dir, name, &entry);
  if (error != 0)
    {
      if (fd >= 0)
        close (fd);
      fuse_reply_err (req, error);
      return;
    }
  fi->fh = fd;
  nodes_get (entry.ino)->opens++;
  fuse_reply_create (req, &entry, fi);
}

/* A process has closed it.  The kernel tells once more when nobody has it any longer, but does
 * not wait for that, as a client of NFS does. */
static void
call_flush (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
  Node *node = nodes_get (ino);

  if (node->flushes < node->opens)
    node->flushes++;
  fuse_reply_err (req, 0);
}

static void
call_release (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
  Node *node = nodes_get (ino);

  close (fi->fh);
  node->opens--;
  node->flushes = MIN (node->flushes, node->opens);
  odd_closed (node);
  fuse_reply_err (req, 0);
}

static void
call_read (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
  g_autofree char *data = g_malloc (size);
  ssize_t n = pread (fi->fh, data, size, offset);

  if (n < 0)
    calls_answer (req, -1);
  else
    fuse_reply_buf (req, data, n);
}

static void
call_write (fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t offset,
            struct fuse_file_info *fi)
{
  ssize_t n = pwrite (fi->fh, data, size, offset);

  if (n < 0)
    calls_answer (req, -1);
  else
    fuse_reply_write (req, n);
}

static void
call_fsync (fuse_req_t req, fuse_ino_t ino, int only_data, struct fuse_file_info *fi)
{
  fuse_reply_err (req, 0);
}

static void
call_opendir (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
  int fd = openat (nodes_get (ino)->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;

  if (dir == NULL)
    {
      calls_answer (req, -1);
      return;
    }
  fi->fh = (uintptr_t) dir;
  fuse_reply_open (req, fi);
}

static void
call_readdir (fuse_req_t req, fuse_ino_t ino, size_t size, off_t offset, struct fuse_file_info *fi)
{
  DIR *dir = (DIR *) (uintptr_t) fi->fh;
  g_autofree char *data = g_malloc (size);
  size_t used = 0;
  struct dirent *entry;

  if (offset == 0)
    rewinddir (dir);
  else
    seekdir (dir, offset);
  while ((entry = readdir (dir)) != NULL)
    {
      struct stat st = { .st_ino = odd_inode (entry->d_ino), .st_mode = DTTOIF (entry->d_type) };
      size_t needed =
          fuse_add_direntry (req, data + used, size - used, entry->d_name, &st, telldir (dir));

      if (needed > size - used)
        break;
      used += needed;
    }
  fuse_reply_buf (req, data, used);
}

static void
call_releasedir (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
  closedir ((DIR *) (uintptr_t) fi->fh);
  fuse_reply_err (req, 0);
}

static void
call_statfs (fuse_req_t req, fuse_ino_t ino)
{
  struct statvfs st;

  if (fstatvfs (nodes_get (ino)->fd, &st) != 0)
    calls_answer (req, -1);
  else
    fuse_reply_statfs (req, &st);
}

static void
call_flock (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, int op)
{
  fuse_reply_err (req, odd.no_locks);
}

static void
call_setlk (fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct flock *lock,
            int sleep)
{
  fuse_reply_err (req, odd.no_locks);
}

/* Where locks are not asked for here, the kernel has its own. */
void
calls_fill (struct fuse_lowlevel_ops *ops)
{
  *ops = (struct fuse_lowlevel_ops){
    .lookup = call_lookup,
    .forget = call_forget,
    .forget_multi = call_forget_multi,
    .readlink = call_readlink,
    .mknod = call_mknod,
    .mkdir = call_mkdir,
    .symlink = call_symlink,
    .link = call_link,
    .unlink = call_unlink,
    .rmdir = call_rmdir,
    .rename = call_rename,
    .open = call_open,
    .create = call_create,
    .flush = call_flush,
    .release = call_release,
    .read = call_read,
    .write = call_write,
    .fsync = call_fsync,
    .fsyncdir = call_fsync,
    .opendir = call_opendir,
    .readdir = call_readdir,
    .releasedir = call_releasedir,
    .statfs = call_statfs,
    .flock = odd.no_locks != 0 ? call_flock : NULL,
    .setlk = odd.no_locks != 0 ? call_setlk : NULL,
  };
  attributes_fill (ops);
}
