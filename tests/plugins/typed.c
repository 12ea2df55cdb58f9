/* SPDX-License-Identifier: BSD-2-Clause */

/* A plugin whose options are a table: it writes down what has come of them, and of what
 * goes to set_option nevertheless. */

#include "venvb-plugin.h"

#include <string.h>

typedef struct
{
  char *text, *key, *file, *dir, *path, *url, *place;
  char **texts, **files;
  gboolean flag;
  gint64 number;
  guint choice;
  GString *own; /* what set_option was given */
} Data;

static const VenvbOption options[] = {
  { .key = "text", VENVB_STRING (Data, text), .help = "some text", .initial = "as ever" },
  { .key = "texts", VENVB_STRINGS (Data, texts), .help = "more of it", .value = "WORD" },
  { .key = "key", VENVB_STRING (Data, key), .help = "what opens it", .secret = TRUE },
  { .key = "flag", VENVB_FLAG (Data, flag), .help = "on or off" },
  { .key = "number", VENVB_INTEGER (Data, number, 1, 100), .help = "how many", .initial = "7" },
  { .key = "choice", VENVB_CHOICE (Data, choice, "red|green|blue"), .help = "the colour" },
  { .key = "file", VENVB_FILE (Data, file), .help = "a file" },
  { .key = "files", VENVB_FILES (Data, files), .help = "more of them" },
  { .key = "dir", VENVB_DIRECTORY (Data, dir), .help = "a directory" },
  { .key = "path", VENVB_PATH (Data, path), .help = "what may be missing", .may_be_empty = TRUE },
  { .key = "url", VENVB_URL (Data, url), .help = "an address" },
  { .key = "place", VENVB_PLACE (Data, place), .help = "here or there" },
  { .key = "own-flag", .kind = VENVB_KIND_FLAG, .help = "for set_option" },
  { .key = "own-file", .kind = VENVB_KIND_PATH, .repeated = TRUE, .help = "for set_option" },
  { .key = "*", .kind = VENVB_KIND_STRING, .help = "any name", .value = "OWN_NAME=TEXT" },
#ifdef REQUIRED
  { .key = "needed", .kind = VENVB_KIND_STRING, .help = "must be there", .required = TRUE },
#endif
};

static gboolean
load (gpointer *self, GError **error)
{
  ((Data *) *self)->own = g_string_new (NULL);
  return TRUE;
}

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  if (g_str_has_prefix (key, "own-") || g_str_has_prefix (key, "OWN_")
      || g_str_equal (key, "needed"))
    {
      g_string_append_printf (((Data *) self)->own, "%s=%s\n", key, value);
      return TRUE;
    }
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
  return FALSE;
}

static void
unload (gpointer self)
{
  g_string_free (((Data *) self)->own, TRUE);
}

static void
add (GString *out, const char *name, const char *value)
{
  if (value != NULL)
    g_string_append_printf (out, "%s=%s\n", name, value);
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Data *data = self;
  g_autoptr (GString) out = g_string_new (NULL);

  add (out, "text", data->text);
  for (guint i = 0; data->texts[i] != NULL; i++)
    add (out, "texts", data->texts[i]);
  add (out, "file", data->file);
  for (guint i = 0; data->files[i] != NULL; i++)
    add (out, "files", data->files[i]);
  add (out, "dir", data->dir);
  add (out, "path", data->path);
  add (out, "url", data->url);
  add (out, "place", data->place);
  g_string_append_printf (out, "flag=%d\nnumber=%d\nchoice=%u\n%s", data->flag, (int) data->number,
                          data->choice, data->own->str);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "typed: the key is %s",
                         data->key != NULL ? data->key : "none");
  if (g_strcmp0 (data->text, "fail") == 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "the key '%s' does not fit", data->key);
      return FALSE;
    }
  return venvb_next (next, ctx, error)
         && venvb_context_write_file (ctx, "typed", out->str, -1, 0666, error);
}

VENVB_PLUGIN (.name = "typed", .version = "1", .summary = "has a table of options", .load = load,
              .set_option = set_option, .unload = unload, .post_setup = post_setup,
              VENVB_OPTIONS (Data, options))
