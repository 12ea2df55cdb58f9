/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin whose description is as bad as one can be that still is loaded: it
 * lacks what it ought to say, and what it says is not so.  It is not linked
 * with libvenvb, either.
 */

#include "venvb-plugin.h"

extern VenvbPlugin venvb_plugin;
extern int unsaid_exported;
int unsaid_exported = 1;

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  return TRUE;
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error);
}

/* It claims to be larger than it is: by what follows, which is zero, in
 * whatever order the compiler puts these. */
#define ALIGNED __attribute__ ((aligned (256), used, section (".unsaid")))

ALIGNED G_GNUC_UNUSED static gpointer zero_before[32] = { NULL };

ALIGNED VENVB_PLUGIN_EXPORT VenvbPlugin venvb_plugin = {
  .struct_size = sizeof (VenvbPlugin) + 8,
  .api_version = VENVB_PLUGIN_API,
  .name = "another",
  .set_option = set_option,
  .post_setup = post_setup,
};

ALIGNED G_GNUC_UNUSED static gpointer zero_after[32] = { NULL };
