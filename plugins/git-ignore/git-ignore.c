/* SPDX-License-Identifier: BSD-2-Clause */

/* Hides the environment from Git, as venv does: a .gitignore in it that
 * matches everything, itself included. */

#include "venvb-plugin.h"

#include "base/regular.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static const char contents[] = "# Created by venvb: the environment is not to be committed.\n*\n";

/* Tells whether it is the plugin's own.  A link, or what is no regular file, is
 * not, wherever it leads. */
static gboolean
is_own (const char *path)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;

  if (regular_open (&file, AT_FDCWD, path, FALSE) && file.st.st_size == (off_t) strlen (contents))
    text = regular_read (&file, NULL);
  return g_strcmp0 (text, contents) == 0;
}

/* Writes the file where there is none.  One that is there is somebody's: of a
 * project that the environment lies on top of, or of an earlier run. */
static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *path =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), ".gitignore", NULL);
  struct stat st;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (lstat (path, &st) < 0)
    return venvb_context_write_file (ctx, path, contents, -1, 0666, error);
  if (!is_own (path))
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "git-ignore: '%s' is left as it is", path);
  return TRUE;
}

VENVB_PLUGIN (.name = "git-ignore", .version = VENVB_VERSION,
              .summary = "hide the environment from Git",
              .create_ignore_files = create_ignore_files, .changed = venvb_changed_as_seen,
              .dry_run = TRUE)
