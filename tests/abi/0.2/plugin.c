/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin as somebody wrote it for 0.2, with a table of options.  It is compiled with
 * the headers of 0.2, which are kept beside it, and has to work with every later venvb.
 * Never change it.
 */

#include "venvb-plugin.h"

typedef struct
{
  char *text, *path;
  char **more;
  gboolean flag;
  gint64 number;
  guint choice;
} Data;

static const VenvbOption options[] = {
  { .key = "text", VENVB_STRING (Data, text), .help = "what to write", .required = TRUE },
  { .key = "more", VENVB_STRINGS (Data, more), .help = "more of it", .may_be_empty = TRUE },
  { .key = "path", VENVB_PATH (Data, path), .help = "where", .initial = "/nothing" },
  { .key = "flag", VENVB_FLAG (Data, flag), .help = "whether", .initial = "yes" },
  { .key = "number", VENVB_INTEGER (Data, number, 1, 9), .help = "how many", .initial = "7" },
  { .key = "choice", VENVB_CHOICE (Data, choice, "a|b|c"), .help = "which", .initial = "c" },
  { .key = "own", .kind = VENVB_KIND_FLAG, .help = "for set_option", .secret = TRUE },
};

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  g_autofree char *read = venvb_option_read (key, VENVB_KIND_INTEGER, "12", error);

  return g_strcmp0 (read, "12") == 0;
}

/* Leaves the number of stages that have begun. */
static gboolean
create (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  venvb_context_set_data (ctx, "abi.begun", g_new0 (int, 1), g_free);
  return venvb_next (next, ctx, error);
}

static void
stage_event (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer self)
{
  int *begun = venvb_context_get_data (ctx, "abi.begun");

  if (begun != NULL && event == VENVB_EVENT_BEGINS && stage != VENVB_STAGE_CREATE)
    ++*begun;
}

static gboolean
symlink_or_copy (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_context_get (ctx, VENVB_ATTR_LINK_SOURCE) != NULL
         && venvb_context_get (ctx, VENVB_ATTR_LINK_TARGET) != NULL
         && venvb_next (next, ctx, error);
}

static gboolean
install_script (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  gsize length = 0;
  const char *text = venvb_context_get_script (ctx, &length);

  venvb_context_set_script (ctx, text, length);
  return venvb_next (next, ctx, error);
}

/* What a plugin does to files. */
static gboolean
change_files (VenvbContext *ctx, GError **error)
{
  return venvb_context_mkdir (ctx, "abi-dir/sub", error)
         && venvb_context_symlink (ctx, "sub", "abi-dir/link", error)
         && venvb_context_copy_file (ctx, "abi-dir/../pyvenv.cfg", "abi-dir/sub/copy", 0600, error)
         && venvb_context_remove (ctx, "abi-dir", error)
         && venvb_context_set_placeholder (ctx, "__VENV_ABI__", "x", error)
         && venvb_context_set_cfg (ctx, "abi", "0.2", error);
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;
  g_autofree char *quoted = venvb_quote ("x.sh", data->text);
  g_autofree char *contents = NULL;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (*(int *) venvb_context_get_data (ctx, "abi.begun") < 5 || !change_files (ctx, error))
    return FALSE;
  if (data->more[0] != NULL || !data->flag || data->number != 7 || data->choice != 2
      || g_strcmp0 (data->path, "/nothing") != 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "the options are not as they were");
      return FALSE;
    }
  contents =
      g_strdup_printf ("%s %s %s %d %s\n", quoted, venvb_context_get (ctx, VENVB_ATTR_ENV_NAME),
                       venvb_context_get (ctx, VENVB_ATTR_BIN_NAME),
                       venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS),
                       venvb_context_get_fact (ctx, "implementation"));
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "abi: %s", quoted);
  return venvb_context_write_file (ctx, "abi", contents, -1, 0600, error);
}

VENVB_PLUGIN (.name = "plugin", .version = "0.2", .summary = "made for 0.2",
              .set_option = set_option, .post_setup = post_setup, VENVB_OPTIONS (Data, options),
              .after = "relocatable", .last = TRUE, .create = create,
              .symlink_or_copy = symlink_or_copy, .install_script = install_script,
              .stage_event = stage_event)
