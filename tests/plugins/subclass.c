/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin that does what a subclass of venv.EnvBuilder can, and with LATER one that comes
 * after it and finds what it has left.
 *
 *   bin=NAME      the directory of scripts
 *   skip          replaces the whole run, and makes nothing
 *   keep          clears all but what is called "kept"
 *   fail          fails to link
 *   plain         links and installs all as it is
 *   crash=WHERE   crashes in a stage, or in `stage_event`, `destroy` or `unload`
 */

#include "venvb-plugin.h"

#include <string.h>

typedef struct
{
  char *bin, *crash;
  gboolean skip, keep, plain, fail;
} Data;

static const VenvbOption options[] = {
  { .key = "bin", VENVB_STRING (Data, bin), .help = "the directory of scripts" },
  { .key = "skip", VENVB_FLAG (Data, skip), .help = "make nothing" },
  { .key = "keep", VENVB_FLAG (Data, keep), .help = "clear all but 'kept'" },
  { .key = "fail", VENVB_FLAG (Data, fail), .help = "fail to link" },
  { .key = "plain", VENVB_FLAG (Data, plain), .help = "link and install all as it is" },
  { .key = "crash", VENVB_STRING (Data, crash), .help = "where to crash" },
};

/* Crashes: a sanitizer is not to see it coming. */
__attribute__ ((no_sanitize ("undefined"))) static void
maybe_crash (const char *wanted, const char *here)
{
  volatile int *volatile nowhere = NULL;

  if (g_strcmp0 (wanted, here) == 0)
    *nowhere = 1;
}

/* What the two share: a text that both add to. */
typedef struct
{
  GString *text;
  const char *crash;
} Shared;

G_GNUC_UNUSED static void
shared_free (gpointer data)
{
  Shared *shared = data;

  maybe_crash (shared->crash, "destroy");
  g_string_free (shared->text, TRUE);
  g_free (shared);
}

#ifndef LATER
static gboolean
create (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;
  Shared *shared = g_new (Shared, 1);

  *shared = (Shared){ g_string_new (NULL), data->crash };
  venvb_context_set_data (ctx, "subclass.shared", shared, shared_free);
  maybe_crash (data->crash, "create");
  return data->skip || venvb_next (next, ctx, error);
}

static gboolean
clear_directory (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;
  g_autoptr (GDir) dir = g_dir_open (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), 0, error);
  const char *name;

  maybe_crash (data->crash, "clear_directory");
  if (dir == NULL || !data->keep)
    return dir != NULL && venvb_next (next, ctx, error);
  while ((name = g_dir_read_name (dir)) != NULL)
    if (!g_str_equal (name, "kept") && !g_str_has_prefix (name, ".venvb-")
        && !venvb_context_remove (ctx, name, error))
      return FALSE;
  return TRUE;
}

static gboolean
ensure_directories (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;

  if (data->bin != NULL)
    venvb_context_set (ctx, VENVB_ATTR_BIN_NAME, data->bin);
  return venvb_context_set_cfg (ctx, "subclass", "yes", error)
         && venvb_context_set_placeholder (ctx, "__VENV_SUBCLASS__", "it's", error)
         && venvb_next (next, ctx, error);
}

/* Makes `python` a script that starts the other one. */
static gboolean
symlink_or_copy (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *source = venvb_context_get (ctx, VENVB_ATTR_LINK_SOURCE);
  const char *target = venvb_context_get (ctx, VENVB_ATTR_LINK_TARGET);
  g_autofree char *quoted = venvb_quote (target, source);
  g_autofree char *text = g_strdup_printf ("#!/bin/sh\nexec %s \"$@\"\n", quoted);

  maybe_crash (((Data *) self)->crash, "symlink_or_copy");
  if (((Data *) self)->fail)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot link '%s'", target);
      return FALSE;
    }
  return g_str_has_suffix (target, "/python") && !((Data *) self)->plain
             ? venvb_context_write_file (ctx, target, text, -1, 0777, error)
             : venvb_next (next, ctx, error);
}

/* Leaves out what is for csh, and adds a line to the rest. */
static gboolean
install_script (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *target = venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET);
  const char *text = venvb_context_get_script (ctx, NULL);
  g_autofree char *more = g_strdup_printf ("%s# __VENV_SUBCLASS__\n", text);

  maybe_crash (((Data *) self)->crash, "install_script");
  if (((Data *) self)->plain)
    return venvb_next (next, ctx, error);
  if (g_str_has_suffix (target, ".csh"))
    return TRUE;
  venvb_context_set_script (ctx, more, -1);
  return venvb_next (next, ctx, error);
}

static void
stage_event (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer self)
{
  Shared *shared = venvb_context_get_data (ctx, "subclass.shared");

  maybe_crash (((Data *) self)->crash, "stage_event");
  if (shared != NULL && event == VENVB_EVENT_BEGINS)
    g_string_append_printf (shared->text, "%d ", (int) stage);
}

static void
unload (gpointer self)
{
  maybe_crash (((Data *) self)->crash, "unload");
}

VENVB_PLUGIN (.name = "subclass", .version = "1", .summary = "does what a subclass can",
              .unload = unload, .ensure_directories = ensure_directories,
              VENVB_OPTIONS (Data, options), .create = create, .clear_directory = clear_directory,
              .symlink_or_copy = symlink_or_copy, .install_script = install_script,
              .stage_event = stage_event)
#else
static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Shared *shared = venvb_context_get_data (ctx, "subclass.shared");

  if (shared != NULL)
    g_string_append (shared->text, "later");
  return venvb_next (next, ctx, error)
         && venvb_context_write_file (ctx, "shared", shared == NULL ? "nothing" : shared->text->str,
                                      -1, 0666, error);
}

VENVB_PLUGIN (.name = "subclass-later", .version = "1", .summary = "finds what was left",
              .post_setup = post_setup, VENVB_OPTIONS (Data, options), .after = "subclass")
#endif
