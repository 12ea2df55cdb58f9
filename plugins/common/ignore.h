/* SPDX-License-Identifier: BSD-2-Clause */

/* What hides environments from version control has in common: finding the
 * working tree around the environment, and keeping a list of environments in
 * a file outside of it.  Compiled into each of the plugins that use it. */

#pragma once

#include "venvb-plugin.h"

#include <sys/stat.h>

/* A version control system, for a plugin that hides environments from it. */
typedef struct
{
  const char *plugin; /* its name, for messages */
  const char *tree;   /* "Mercurial repository" */

  /* Tells whether a directory is the top of a working tree: 1 or 0, and -1 with
   * errno set when that can't be known. */
  int (*is_top) (const char *dir);

  /* Hides the directory relative, which is below root. */
  gboolean (*hide) (VenvbContext *ctx, const char *root, const char *relative, GError **error);
} IgnoreSystem;

/* A file in which environments are listed, beside what others have put there. */
typedef struct
{
  const char *plugin; /* for messages */
  const char *path;   /* of the file */
  const char *owner;  /* whose owner is to own a file that is missing */
  const char *header; /* the first lines of a file that is missing, or "" */
  gboolean any_tree;  /* the file is not one working tree's alone */

  /* The line that hides a directory and what is below it. */
  char *(*pattern) (const char *relative);
} IgnoreList;

/* What the stage create_ignore_files does: runs the rest of the chain, and
 * hides the environment from the innermost working tree around it; says so
 * where there is none, or where the environment is its top. */
gboolean ignore_stage (const IgnoreSystem *system, VenvbNext *next, VenvbContext *ctx,
                       GError **error);

/* Looks at name in dir.  Returns 1 with *st filled in, 0 when there is nothing,
 * and -1 with errno set when that can't be known. */
int ignore_look (const char *dir, const char *name, struct stat *st);

/* Tells the same of a directory. */
int ignore_has_dir (const char *dir, const char *name);

/* Keeps other runs out until the file descriptor returned is closed; where
 * that is not possible it is -1, and the run goes on. */
int ignore_lock (const char *dir);
void ignore_unlock (int fd);

/* Reads a text file; *text is NULL where there is none.  What can't be read,
 * or is no text, is an error: it would be lost when the file is written. */
gboolean ignore_read (const char *path, char **text, GError **error);

/* Writes a file outside of the environment, through a link, with undo, for
 * the owner of the file or of the directory owner. */
gboolean ignore_write (VenvbContext *ctx, const char *plugin, const char *owner, const char *path,
                       const char *text, GError **error);

/* Tells who owns a file or, where it is missing, would by ignore_write(). */
uid_t ignore_owner (const char *owner, const char *path);

/* Lists an environment, once, and takes from the list those that are gone.
 * All other lines stay. */
gboolean ignore_list_add (VenvbContext *ctx, const IgnoreList *list, const char *root,
                          const char *relative, GError **error);
