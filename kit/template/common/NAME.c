/* A plugin of venvb: writes a file to each new environment. */

#include <venvb-plugin.h>

typedef struct {
  char *text; /* of the file */
} Data;

static const VenvbOption options[] = {
  { .key = "text", VENVB_STRING(Data, text), .help = "what to write to the file", .initial = "hello" },
};

static gboolean @IDENTIFIER@_post_setup(VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error) {
  g_autofree char *line = g_strconcat(((const Data *) self)->text, "\n", NULL);
  return venvb_next(next, ctx, error)
         && venvb_context_write_file(ctx, "@NAME@.txt", line, -1, 0666, error);
}

VENVB_PLUGIN(.name = "@NAME@", .version = "0.1", .summary = "write a file to each new environment",
             .post_setup = @IDENTIFIER@_post_setup, .changed = venvb_changed_as_seen,
             VENVB_OPTIONS(Data, options))
