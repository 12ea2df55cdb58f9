/* SPDX-License-Identifier: BSD-2-Clause */

/* Hides the environment from Git, as venv does: a .gitignore in it that
 * matches everything, itself included. */

#include "venvb-plugin.h"

#include <string.h>

static const char contents[]
    = "# Created by venvb: the environment is not to be committed.\n*\n";

/* Tells whether the file is venv's or ours: then it may be replaced. */
static gboolean
is_generated (const char *path)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return !g_file_test (path, G_FILE_TEST_EXISTS);
  return g_str_has_prefix (text, "# Created by ven");
}

static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *path
      = g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), ".gitignore", NULL);

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (is_generated (path))
    return venvb_context_write_file (ctx, path, contents, -1, 0666, error);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "git-ignore: '%s' is left as it is", path);
  return TRUE;
}

VENVB_PLUGIN (.name = "git-ignore", .version = VENVB_VERSION,
              .summary = "hide the environment from Git",
              .create_ignore_files = create_ignore_files)
