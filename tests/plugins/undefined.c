/* SPDX-License-Identifier: BSD-2-Clause */

/* A plugin that calls a function that no venvb has. */

#include "venvb-plugin.h"

gboolean venvb_no_such_function (VenvbContext *ctx);

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_no_such_function (ctx);
}

VENVB_PLUGIN (.name = "undefined", .post_setup = post_setup)
