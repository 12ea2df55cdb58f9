/* SPDX-License-Identifier: BSD-2-Clause */

/* What the switches do. */

#include "oddfs.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NOBODY 65534

/* Another one at each mount. */
ino_t
odd_inode (ino_t ino)
{
  static guint32 shift;

  if (!odd.new_inodes)
    return ino;
  while (shift == 0)
    shift = g_random_int () & 0x7fffff00;
  return ino + shift;
}

/* For how many seconds the kernel needs not ask again: what it remembers of a name
 * or a removed file would hide what is odd about it. */
double
odd_remembered (void)
{
  return odd.no_case || odd.lost_fstat ? 0 : 1;
}

static void
round_time (struct timespec *when)
{
  when->tv_sec -= when->tv_sec % 2;
  when->tv_nsec = 0;
}

/* What is told of a file. */
void
odd_show (struct stat *st)
{
  st->st_ino = odd_inode (st->st_ino);
  if (odd.modes >= 0 && !S_ISLNK (st->st_mode))
    st->st_mode = (st->st_mode & S_IFMT) | odd.modes;
  if (odd.other_owner)
    st->st_uid = st->st_gid = NOBODY;
  if (odd.two_seconds)
    {
      round_time (&st->st_atim);
      round_time (&st->st_mtim);
      round_time (&st->st_ctim);
    }
}

static gboolean
is_named (const char *pattern, const char *name)
{
  return pattern != NULL && fnmatch (pattern, name, 0) == 0;
}

/* Whether a name can't be made, replaced or removed: 0, or the error. */
int
odd_denies (Node *parent, const char *name)
{
  if (parent->is_foreign)
    return EACCES;
  if (faccessat (parent->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  return is_named (odd.immutable, name) ? EPERM : is_named (odd.busy, name) ? EBUSY : 0;
}

/* Whether a file can't be changed: 0, or the error. */
int
odd_denies_change (Node *node)
{
  g_autofree char *path = nodes_path (node);
  g_autofree char *target = odd.immutable != NULL ? g_file_read_link (path, NULL) : NULL;
  g_autofree char *name = target != NULL ? g_path_get_basename (target) : NULL;

  return name != NULL && is_named (odd.immutable, name) ? EPERM : 0;
}

static gboolean
is_dir (int fd, const char *name)
{
  struct stat st;

  return fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (st.st_mode);
}

static gboolean
is_there (int fd, const char *name)
{
  struct stat st;

  return fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Whether a name can't be given up for another: 0, or the error. */
int
odd_denies_move (Node *from, const char *name, Node *to, const char *new_name, guint flags)
{
  int error = odd_denies (from, name);
  Node *node = nodes_find (from->fd, name);

  if (error == 0)
    error = odd_denies (to, new_name);
  if (error != 0)
    return error;
  if (odd.no_flags && flags != 0)
    return EINVAL;
  if (odd.dirs_stay && is_dir (from->fd, name))
    return EXDEV;
  if (odd.no_replace && is_there (to->fd, new_name))
    return EEXIST;
  return node != NULL && node->is_foreign && from != to ? EACCES : 0;
}

/* What a file that is open becomes instead of vanishing.  Returns FALSE where it
 * is to vanish; else *result is 0 or the error. */
gboolean
odd_puts_aside (Node *parent, const char *name, int *result)
{
  static guint counter;
  Node *node = odd.silly ? nodes_find (parent->fd, name) : NULL;

  if (node == NULL || node->opens == 0)
    return FALSE;
  *result = node->silly_dir >= 0 ? EBUSY : 0;
  if (*result != 0)
    return TRUE;
  node->silly_name = g_strdup_printf (".nfs%016lx%08x", (gulong) node->ino, ++counter);
  node->silly_dir = fcntl (parent->fd, F_DUPFD_CLOEXEC, 0);
  *result = renameat (parent->fd, name, parent->fd, node->silly_name) == 0 ? 0 : errno;
  return TRUE;
}

/* When nobody has it open any more. */
void
odd_closed (Node *node)
{
  if (node->silly_dir < 0 || node->opens > 0)
    return;
  unlinkat (node->silly_dir, node->silly_name, 0);
  close (node->silly_dir);
  g_clear_pointer (&node->silly_name, g_free);
  node->silly_dir = -1;
}
