/* SPDX-License-Identifier: BSD-2-Clause */

/* What venvb looks for: cgo exports functions, but no constant. */

#include "_cgo_export.h"

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  return greetSetOption (self, (char *) key, (char *) value, error);
}

VENVB_PLUGIN (.name = "greet", .version = "0.1", .summary = "write a greeting to each environment",
              .options_help = "text=TEXT  what to write", .load = greetLoad,
              .set_option = set_option, .unload = greetUnload, .post_setup = greetPostSetup)
