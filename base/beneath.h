/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Work below one directory, which is open: whatever is exchanged for a link
 * meanwhile, in it, above it or itself, nothing elsewhere is written to.
 *
 * As long as a thread has entered a directory, all that base/fs.c writes below its
 * path goes there by descriptor; and so does what uses beneath_at().
 */

#pragma once

#include <fcntl.h>
#include <glib.h>
#include <sys/types.h>

/* Where a path leads: a directory that is open, and a name in it. */
typedef struct
{
  int fd;           /* for *AT functions; AT_FDCWD when it is not below */
  const char *name; /* without a slash; the path itself with AT_FDCWD */
  char *path;
  gpointer held; /* what keeps fd open */
} Beneath;

#define BENEATH_NONE                                                                               \
  {                                                                                                \
    AT_FDCWD, NULL, NULL, NULL                                                                     \
  }

/* From now on, what this thread writes below dir goes by the descriptor top.  Both
 * have to last until it leaves. */
void beneath_enter (int top, const char *dir);
void beneath_leave (void);

/* To be called when somebody else may have had directories removed and made anew:
 * what is kept open is looked for again. */
void beneath_forget (void);

/* A descriptor of the directory that was entered, if that is dir, or else of what
 * has this path: for *AT functions, to be closed.  -1 with errno set on failure. */
int beneath_top (const char *dir);

/* Looks for the directory of a path, which has to last as long as that is used.  A link
 * within the directory that was entered is followed; EXDEV says that one leads out of it,
 * or to what is venvb's own there.  A path that is not below stays as it is.  FALSE with
 * errno set on failure. */
gboolean beneath_at (Beneath *at, const char *path);

/* Sets error, from errno: as fs_fail(), but for what a link leads to elsewhere. */
gboolean beneath_fail (GError **error, const char *what, const char *path);

void beneath_clear (Beneath *at);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Beneath, beneath_clear)

/* Opens what is below the directory top, in the same way; the last part is not
 * followed if it is a link.  dir is the path of top, or NULL: then no link is
 * followed at all.  -1 with errno set on failure. */
int beneath_open (int top, const char *dir, const char *path, int flags, mode_t mode);

/* The same for a directory: a descriptor for *AT functions, of what the last part
 * leads to. */
int beneath_open_dir (int top, const char *dir, const char *path);
