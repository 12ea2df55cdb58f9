/* SPDX-License-Identifier: BSD-2-Clause */

/* What hides environments from version control has in common: finding the
 * working tree around the environment, and keeping a list of environments in
 * a file outside of it.  Compiled into each of the plugins that use it. */

#pragma once

#include "files.h"

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
  const char *tree;   /* which the file is not to leave */
  const char *path;   /* of the file, relative to that */
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

/* Keeps other runs out until the file descriptor is closed, by a lock of the
 * directory dir in the tree; where that is not possible it is -1, and the run
 * goes on.  FALSE with error set where dir leads out of the tree, or somebody keeps it
 * locked who may have no business there. */
gboolean ignore_lock (const char *tree, const char *dir, int *fd, GError **error);
void ignore_unlock (int fd);

/* Writes a file outside of the environment, with undo, for its owner or that of
 * its directory. */
gboolean ignore_write (VenvbContext *ctx, const char *plugin, const File *file, const char *text,
                       GError **error);

/* Lists an environment, once, and takes from the list those that are gone.
 * All other lines stay. */
gboolean ignore_list_add (VenvbContext *ctx, const IgnoreList *list, const char *root,
                          const char *relative, GError **error);
