/* SPDX-License-Identifier: BSD-2-Clause */

/* What the switches do. */

#include "oddfs.h"

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ANOTHER (geteuid () + 4321)

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
    st->st_uid = st->st_gid = ANOTHER;
  if (odd.two_seconds)
    {
      round_time (&st->st_atim);
      round_time (&st->st_mtim);
      round_time (&st->st_ctim);
    }
}

/* What was there under a name of a pattern when the file system was mounted: from
 * inode to STUCK_... .  A copy of it is not like it. */
static GHashTable *stuck;

static int
note_stuck (const char *path, const struct stat *st, int type, struct FTW *place)
{
  const char *patterns[] = { odd.immutable, odd.busy, odd.foreign };
  const Stuck kinds[] = { STUCK_IMMUTABLE, STUCK_BUSY, STUCK_FOREIGN };

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    if (patterns[i] != NULL && fnmatch (patterns[i], path + place->base, 0) == 0)
      {
        gint64 *key = g_new (gint64, 1);

        *key = st->st_ino;
        g_hash_table_insert (stuck, key, GINT_TO_POINTER (kinds[i]));
      }
  return 0;
}

void
odd_start (const char *dir)
{
  stuck = g_hash_table_new (g_int64_hash, g_int64_equal);
  if (odd.immutable != NULL || odd.busy != NULL || odd.foreign != NULL)
    nftw (dir, note_stuck, 16, FTW_PHYS);
}

Stuck
odd_stuck (ino_t ino)
{
  gint64 key = ino;

  return GPOINTER_TO_INT (g_hash_table_lookup (stuck, &key));
}

/* Whether a name can't be made, replaced or removed: 0, or the error. */
int
odd_denies (Node *parent, const char *name)
{
  struct stat st;
  Stuck kind;

  if (odd_stuck (parent->ino) == STUCK_FOREIGN)
    return EACCES;
  if (fstatat (parent->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return 0;
  kind = odd_stuck (st.st_ino);
  return kind == STUCK_IMMUTABLE ? EPERM : kind == STUCK_BUSY ? EBUSY : 0;
}

/* Whether a file can't be changed: 0, or the error. */
int
odd_denies_change (Node *node)
{
  return odd_stuck (node->ino) == STUCK_IMMUTABLE ? EPERM : 0;
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
  return node != NULL && odd_stuck (node->ino) == STUCK_FOREIGN && from != to ? EACCES : 0;
}

/* What a file that is open becomes instead of vanishing.  Returns FALSE where it
 * is to vanish; else *result is 0 or the error. */
gboolean
odd_puts_aside (Node *parent, const char *name, int *result)
{
  static guint counter;
  Node *node = odd.silly ? nodes_find (parent->fd, name) : NULL;

  if (node == NULL || node->opens <= node->flushes)
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
