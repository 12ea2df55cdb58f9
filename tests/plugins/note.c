/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A plugin that behaves: it notes in the environment's file `notes` when its
 * stage post_setup begins and ends, under the name in the option `tag`, and
 * what the option `text` says.  `must=yes` is required with `strict`.  With
 * `replace` it does not call the rest of the chain, and replaces setup_scripts
 * as well.
 */

#include "venvb-plugin.h"

#include <stdio.h>
#include <string.h>

typedef struct
{
  char *tag;
  char *text;
  gboolean replace;
  gboolean strict;
  gboolean must;
} Data;

static gboolean
load (gpointer *self, GError **error)
{
  Data *data = g_new0 (Data, 1);

  data->tag = g_strdup ("note");
  *self = data;
  return TRUE;
}

static void
unload (gpointer self)
{
  const char *path = g_getenv ("VENVB_TEST_NOTE_UNLOAD");
  Data *data = self;

  if (path != NULL)
    g_file_set_contents (path, "unloaded\n", -1, NULL);
  g_free (data->tag);
  g_free (data->text);
  g_free (data);
}

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  Data *data = self;
  char **text = g_str_equal (key, "tag")    ? &data->tag
                : g_str_equal (key, "text") ? &data->text
                                            : NULL;

  if (text != NULL)
    {
      g_free (*text);
      *text = g_strdup (value);
    }
  else if (g_str_equal (key, "replace"))
    data->replace = TRUE;
  else if (g_str_equal (key, "strict"))
    data->strict = TRUE;
  else if (g_str_equal (key, "must") && value[0] == '\0')
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "option 'must' has no value");
  else if (g_str_equal (key, "must"))
    data->must = TRUE;
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
  return error == NULL || *error == NULL;
}

static gboolean
ready (gpointer self, GError **error)
{
  const Data *data = self;

  if (!data->strict || data->must)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "option 'must' is missing");
  return FALSE;
}

static void
note (VenvbContext *ctx, const Data *data, const char *what)
{
  g_autofree char *path =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "notes", NULL);
  FILE *file = fopen (path, "a");

  if (file == NULL)
    return;
  fprintf (file, "%s %s\n", data->tag, what);
  fclose (file);
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;

  note (ctx, data, "begin");
  if (data->text != NULL)
    note (ctx, data, data->text);
  if (!data->replace && !venvb_next (next, ctx, error))
    return FALSE;
  note (ctx, data, "end");
  return TRUE;
}

static gboolean
setup_scripts (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return ((const Data *) self)->replace || venvb_next (next, ctx, error);
}

VENVB_PLUGIN (.name = "note", .version = "2.5", .summary = "takes notes",
              .options_help = "tag=NAME   what to call itself\n"
                              "text=TEXT  what to note\n"
                              "must=VALUE needed with strict\n",
#ifdef AFTER
              .after = AFTER,
#endif
#ifdef LAST
              .last = TRUE,
#endif
              .load = load, .set_option = set_option, .ready = ready, .unload = unload,
              .setup_scripts = setup_scripts, .post_setup = post_setup)
