/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Installs wheels, one after the other: those that a file lists, a path on a line.
 * With `at-once` it says before which ones they are.
 */

#include "venvb-plugin.h"

typedef struct
{
  char *list;
  gboolean at_once;
} Wheels;

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Wheels *wheels = self;
  g_autofree char *text = NULL;
  g_auto (GStrv) paths = NULL;

  if (!venvb_next (next, ctx, error) || !g_file_get_contents (wheels->list, &text, NULL, error))
    return FALSE;
  paths = g_strsplit (g_strchomp (text), "\n", -1);
  if (wheels->at_once)
    venvb_context_expect_wheels (ctx, (const char *const *) paths);
  for (guint i = 0; paths[i] != NULL; i++)
    if (!venvb_context_install_wheel (ctx, paths[i], TRUE, error))
      return FALSE;
  return TRUE;
}

static const VenvbOption rows[] = {
  { .key = "list", VENVB_FILE (Wheels, list), .help = "the file that lists the wheels" },
  { .key = "at-once", VENVB_FLAG (Wheels, at_once), .help = "whether to say which before" },
};

VENVB_PLUGIN (.name = "wheels", .version = VENVB_VERSION, .summary = "installs wheels",
              .post_setup = post_setup, VENVB_OPTIONS (Wheels, rows))
