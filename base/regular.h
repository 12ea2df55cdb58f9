/* SPDX-License-Identifier: BSD-2-Clause */

/* Regular files in directories that others may have filled: a repository, an
 * environment, a project.  What has such a name may be anything, a link to a
 * file of the user's or a FIFO that nobody writes to; what is read may not be
 * for everybody.  Part of the core, and compiled into plugins. */

#pragma once

#include <glib.h>
#include <sys/stat.h>

/* More than this is read of no such file. */
#define REGULAR_MOST (64 << 20)

/* The attributes that access control lists are: a file's own, and that which a
 * directory has for what is made in it. */
#define REGULAR_LIST "system.posix_acl_access"
#define REGULAR_DEFAULT_LIST "system.posix_acl_default"

/* A file that is open for reading. */
typedef struct
{
  int fd;         /* or -1: there is none */
  struct stat st; /* of it */
} Regular;

/* Opens a file, if it is a regular one, without ever waiting for anything.
 * Returns FALSE with errno set for anything else: ELOOP for a link, unless it is
 * to be followed, EISDIR, or ENXIO. */
gboolean regular_open (Regular *file, int dir_fd, const char *name, gboolean follow);

/* The same by path, following links: for what is read, and not written. */
gboolean regular_open_path (Regular *file, const char *path);

/* Closes it, if it is open; leaves errno as it is. */
void regular_close (Regular *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Regular, regular_close)

/* All that is in a file, from where it was read to: free with g_free().  A NUL
 * follows; NULL with errno set, EFBIG for a file of more than REGULAR_MOST. */
char *regular_read (const Regular *file, gsize *length);

/* What regular_open_path() and regular_read() do, and no more. */
char *regular_contents (const char *path, gsize *length);

/* What errno says about a file that is to be a regular one. */
const char *regular_reason (int failure);

/* Opens the directory of a file, to be used with *AT functions, where path is
 * absolute and has no links in it: none is followed that has come there since.
 * Returns -1 with errno set on failure. */
int regular_open_dir (const char *path);

/* Writes all of it, however often that takes. */
gboolean regular_write_all (int fd, const char *data, gsize length);

/* Tells whether a mode or a time of a file that one has made can't be set since the
 * file system has no such thing. */
gboolean regular_has_no_modes (int failure);

/* Has the new file or directory fd be to others what the old one is: its owner, group,
 * access list and the mode in st, and what is made in a directory what it would be in that.
 * What can't be kept never makes it accessible to more than before, unless the file system has no modes. */
gboolean regular_keep_access (int fd, int old, const struct stat *st);

/* Gives the new file those of the old one's extended attributes that are a user's, who has noted
 * them there, or the others, which may depend on what is in it; as far as that may be.  What the
 * kernel knows by other calls, as the access list, is not among these.  Returns whether the old
 * one has any at all. */
gboolean regular_keep_attributes (int fd, int old, gboolean of_user);

/* Renames a file over what is there, in the same directory.  Where the file system
 * can't do that, what is there goes first.  Returns FALSE with errno set. */
gboolean regular_rename (int dir_fd, const char *from, const char *to);

/* Writes a file aside and renames it into its place in the directory.  A new one
 * has mode less umask; one that takes the place of another is to others what
 * that is, with the mode in old.  old may be NULL: then what is there is looked
 * at; and nothing of it is left to others, where mode has nothing for them.  Or it tells of the directory, for a new file: then root gives that to
 * whom the directory belongs, if possible.  Returns FALSE with errno set, and
 * nothing left aside. */
gboolean regular_replace (int dir_fd, const char *name, const char *contents, gsize length,
                          mode_t mode, const Regular *old);
