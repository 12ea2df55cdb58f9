/* SPDX-License-Identifier: BSD-2-Clause */

/* A plugin that takes part in a stage and does nothing there: what `make
 * bench` enables fifty copies of. */

#include "venvb-plugin.h"

static gboolean
nothing (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error);
}

VENVB_PLUGIN (.name = "nothing", .summary = "do nothing", .post_setup = nothing)
