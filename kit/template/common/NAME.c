/* A plugin of venvb: writes a file to each new environment. */

#include <venvb-plugin.h>

typedef struct {
  char *text; /* of the file; NULL when the option was not given */
} Data;

static gboolean @IDENTIFIER@_load(gpointer *self, GError **error) {
  *self = g_new0(Data, 1);
  return TRUE;
}

static gboolean @IDENTIFIER@_set_option(gpointer self, const char *key, const char *value, GError **error) {
  Data *data = self;
  if (!g_str_equal(key, "text")) {
    g_set_error(error, VENVB_ERROR, VENVB_ERROR_OPTION, "unknown option '%s'", key);
    return FALSE;
  }
  g_free(data->text);
  data->text = g_strdup(value);
  return TRUE;
}

static gboolean @IDENTIFIER@_post_setup(VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error) {
  const char *text = ((Data *) self)->text;
  return venvb_next(next, ctx, error)
         && venvb_context_write_file(ctx, "@NAME@.txt", text ? text : "hello\n", -1, 0666, error);
}

static void @IDENTIFIER@_unload(gpointer self) {
  g_free(((Data *) self)->text);
  g_free(self);
}

VENVB_PLUGIN(.name = "@NAME@", .version = "0.1", .summary = "write a file to each new environment",
             .options_help = "text=TEXT  what to write to the file", .load = @IDENTIFIER@_load,
             .set_option = @IDENTIFIER@_set_option, .post_setup = @IDENTIFIER@_post_setup, .unload = @IDENTIFIER@_unload)
