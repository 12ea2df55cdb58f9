/* SPDX-License-Identifier: BSD-2-Clause */

/* Text files of plugins in a tree that others have filled, a repository or an
 * environment: read and written without leaving it.  Compiled into each of the
 * plugins that use it, with base/regular.c.
 *
 * A link within the tree is followed: people version such a file that way.  One
 * that leads out of it, or nowhere, is refused, as is what is no regular file:
 * the tree may come from somebody who wants a file of the user's to be changed,
 * or to be copied to where others can read it. */

#pragma once

#include "venvb-plugin.h"

#include "base/regular.h"

typedef struct
{
  char *path;         /* without links; NULL before it is open */
  char *text;         /* NULL where there is no such file */
  int dir;            /* its directory, open; or -1 */
  Regular old;        /* itself; or, with nothing open, its directory */
  gboolean is_linked; /* a link has led to it */
} File;

#define FILE_NONE                                                                                  \
  {                                                                                                \
    .dir = -1, .old = {.fd = -1 }                                                                  \
  }

/* Where a path below the directory tree leads, which may not be there yet: free
 * with g_free().  NULL with error set when that is not in the tree. */
char *file_resolve (const char *tree, const char *relative, GError **error);

/* Opens and reads a text file.  What can't be read, or is no text, is an error:
 * it would be lost when the file is written. */
gboolean file_open (File *file, const char *tree, const char *relative, GError **error);

/* Writes the file, aside and then renamed into place.  A new one has mode less
 * umask, and root gives it to the owner of its directory if asked to; one that
 * is there stays as accessible as it was, or less. */
gboolean file_write (const File *file, const char *text, guint mode, gboolean for_owner,
                     GError **error);

void file_clear (File *file);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (File, file_clear)
