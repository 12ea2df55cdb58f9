/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the kernel knows of is a node: a file descriptor that only tells which
 * file it is.  So a file is the same under each of its names, and after it has
 * lost the last.
 */

#include "oddfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static GHashTable *nodes; /* of Node, to themselves */
static Node root = { .fd = -1, .silly_dir = -1 };

static guint
hash (gconstpointer data)
{
  return ((const Node *) data)->ino;
}

static gboolean
same (gconstpointer a, gconstpointer b)
{
  const Node *x = a;
  const Node *y = b;

  return x->ino == y->ino && x->dev == y->dev;
}

gboolean
nodes_start (const char *dir)
{
  nodes = g_hash_table_new (hash, same);
  root.fd = open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  return root.fd >= 0;
}

Node *
nodes_get (fuse_ino_t number)
{
  return number == FUSE_ROOT_ID ? &root : (Node *) (uintptr_t) number;
}

/* The node of a name, if the kernel knows of it. */
Node *
nodes_find (int dir, const char *name)
{
  struct stat st;
  Node key = { 0 };

  if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
    return NULL;
  key.dev = st.st_dev;
  key.ino = st.st_ino;
  return g_hash_table_lookup (nodes, &key);
}

static Node *
new_node (int fd, const struct stat *st)
{
  Node *node = g_new0 (Node, 1);

  node->fd = fd;
  node->dev = st->st_dev;
  node->ino = st->st_ino;
  node->silly_dir = -1;
  g_hash_table_add (nodes, node);
  return node;
}

/* Tells the kernel of what is there under a name.  Returns 0 or an error. */
int
nodes_enter (Node *parent, const char *name, struct fuse_entry_param *entry)
{
  int fd = openat (parent->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  Node *node;
  Node key = { 0 };

  memset (entry, 0, sizeof *entry);
  if (fd < 0)
    return errno;
  if (fstat (fd, &entry->attr) != 0)
    return close (fd), EIO;
  key.dev = entry->attr.st_dev;
  key.ino = entry->attr.st_ino;
  node = g_hash_table_lookup (nodes, &key);
  if (node == NULL)
    node = new_node (fd, &entry->attr);
  else
    close (fd);
  node->lookups++;
  entry->ino = (uintptr_t) node;
  entry->attr_timeout = entry->entry_timeout = odd_remembered ();
  odd_show (&entry->attr);
  return 0;
}

void
nodes_forget (Node *node, guint64 n)
{
  if (node == &root || (node->lookups -= MIN (n, node->lookups)) > 0)
    return;
  g_hash_table_remove (nodes, node);
  close (node->fd);
  g_free (node);
}

/* By which it can be opened. */
char *
nodes_path (const Node *node)
{
  return g_strdup_printf ("/proc/self/fd/%d", node->fd);
}

/* The name as it is in the directory, which may be in other letters; *found
 * owns it then. */
const char *
nodes_name (Node *parent, const char *name, char **found)
{
  int fd = odd.no_case && faccessat (parent->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0
               ? openat (parent->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
               : -1;
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  struct dirent *entry;

  while (dir != NULL && *found == NULL && (entry = readdir (dir)) != NULL)
    if (g_ascii_strcasecmp (entry->d_name, name) == 0)
      *found = g_strdup (entry->d_name);
  if (dir != NULL)
    closedir (dir);
  return *found != NULL ? *found : name;
}
