/* SPDX-License-Identifier: BSD-2-Clause */

/* A plugin that does no more than install the scripts it comes with, those in
 * its folder `templates`. */

#pragma once

#include "venvb-plugin.h"

#define SCRIPTS_PLUGIN(plugin, text)                                                               \
  static gboolean setup_scripts (VenvbNext *next, VenvbContext *ctx, gpointer self,                \
                                 GError **error)                                                   \
  {                                                                                                \
    g_autofree char *templates = NULL;                                                             \
                                                                                                   \
    if (!venvb_next (next, ctx, error))                                                            \
      return FALSE;                                                                                \
    templates = venvb_context_find_data (ctx, plugin, "templates", error);                         \
    return templates != NULL && venvb_context_install_scripts (ctx, templates, error);             \
  }                                                                                                \
                                                                                                   \
  VENVB_PLUGIN (.name = plugin, .version = VENVB_VERSION, .summary = text,                         \
                .setup_scripts = setup_scripts, .changed = venvb_changed_as_seen, .dry_run = TRUE)
