/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin as somebody wrote it for 0.1.  It is compiled with the headers of
 * 0.1, which are kept beside it, and has to work with every later venvb.
 * Never change it.
 */

#include "venvb-plugin.h"

typedef struct
{
  char *text;
} Data;

static gboolean
load (gpointer *self, GError **error)
{
  *self = g_new0 (Data, 1);
  return TRUE;
}

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  Data *data = self;

  if (!g_str_equal (key, "text"))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
      return FALSE;
    }
  g_free (data->text);
  data->text = g_strdup (value);
  return TRUE;
}

static gboolean
ready (gpointer self, GError **error)
{
  if (((const Data *) self)->text != NULL)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "the option text is missing");
  return FALSE;
}

static void
unload (gpointer self)
{
  g_free (((Data *) self)->text);
  g_free (self);
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *args[] = { "-c", "import sys; sys.exit(sys.prefix == sys.base_prefix)", NULL };
  g_autofree char *quoted = venvb_quote ("x.sh", ((const Data *) self)->text);
  g_autofree char *contents = NULL;

  if (!venvb_next (next, ctx, error) || !venvb_context_run_python (ctx, args, error))
    return FALSE;
  contents = g_strdup_printf ("%s %s %s %d %s\n", quoted,
                              venvb_context_get (ctx, VENVB_ATTR_ENV_NAME),
                              venvb_context_get (ctx, VENVB_ATTR_BIN_NAME),
                              venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS),
                              venvb_context_get_fact (ctx, "implementation"));
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "abi: %s", quoted);
  venvb_context_set (ctx, VENVB_ATTR_PROMPT, "abi");
  return venvb_context_write_file (ctx, "abi", contents, -1, 0600, error);
}

VENVB_PLUGIN (.name = "plugin", .version = "0.1", .summary = "made for 0.1",
              .options_help = "text=TEXT  what to write", .load = load, .set_option = set_option,
              .ready = ready, .unload = unload, .post_setup = post_setup)
