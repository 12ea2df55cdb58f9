/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A file system that shows a directory, and lacks what it is told to: for
 * tests/cli/filesystems.sh.
 *
 *   oddfs.c        the switches, the mount
 *   nodes.c        the nodes, each an open file descriptor in the directory; names
 *   odd.c          what the switches do
 *   calls.c        what the kernel calls
 *   attributes.c   what it calls for what is to be known of a file
 */

#ifndef ODDFS_H
#define ODDFS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64
#endif
#define FUSE_USE_VERSION 31
#include <fuse_lowlevel.h>

#include <glib.h>
#include <sys/stat.h>

/* The switches: their meaning is in the table in oddfs.c. */
typedef struct
{
  gboolean no_symlinks;
  gboolean no_hardlinks;
  int modes; /* octal; -1: as they are */
  gboolean no_chmod;
  gboolean no_utimes;
  gboolean utimes_refused;
  gboolean two_seconds;
  gboolean dirs_stay;
  gboolean no_replace;
  gboolean no_flags;
  gboolean silly;
  gboolean other_owner;
  gboolean lost_fstat;
  gboolean new_inodes;
  gboolean no_case;
  gboolean no_attributes;
  int no_locks; /* the error; 0: there are */
  const char *immutable;
  const char *foreign;
  const char *busy;
} Odd;

extern Odd odd;

/* nodes.c */

typedef struct
{
  dev_t dev;
  ino_t ino;
  int fd; /* O_PATH */
  guint64 lookups;
  guint opens, flushes; /* of these, how many are closed, which is told a moment later */
  int silly_dir;        /* where its last name is, once it was removed while open; or -1 */
  char *silly_name;
} Node;

gboolean nodes_start (const char *dir);
Node *nodes_get (fuse_ino_t number);
Node *nodes_find (int dir, const char *name);
void nodes_forget (Node *node, guint64 n);
int nodes_enter (Node *parent, const char *name, struct fuse_entry_param *entry);
char *nodes_path (const Node *node);
const char *nodes_name (Node *parent, const char *name, char **found);

/* odd.c */

typedef enum
{
  STUCK_NOT,
  STUCK_IMMUTABLE,
  STUCK_BUSY,
  STUCK_FOREIGN
} Stuck;

void odd_start (const char *dir);
Stuck odd_stuck (ino_t ino);
void odd_show (struct stat *st);
ino_t odd_inode (ino_t ino);
double odd_remembered (void);
int odd_denies (Node *parent, const char *name);
int odd_denies_change (Node *node);
int odd_denies_move (Node *from, const char *name, Node *to, const char *new_name, guint flags);
gboolean odd_puts_aside (Node *parent, const char *name, int *result);
void odd_closed (Node *node);

/* calls.c */

void calls_fill (struct fuse_lowlevel_ops *ops);
void calls_answer (fuse_req_t req, int result);

/* attributes.c */

void attributes_fill (struct fuse_lowlevel_ops *ops);

#endif
