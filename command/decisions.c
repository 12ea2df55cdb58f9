/* SPDX-License-Identifier: BSD-2-Clause */

/* What -v tells of what was decided, and no line twice. */

#include "command/command.h"
#include "command/told.h"

#include <string.h>

static GHashTable *told; /* lines, of one environment */

/* Why that Python is taken: free with g_free(). */
char *
decisions_why_python (const Options *options)
{
  const Setting *setting = settings_find ("python", strlen ("python"));
  g_autofree char *asked = settings_value (options, setting);

  return asked == NULL ? g_strdup ("the first python3 on PATH")
                       : g_strdup_printf ("'%s' of %s", asked, settings_origin (options, setting));
}

/* Tells whether a line has not been told of this environment. */
gboolean
decisions_is_new (const char *line)
{
  if (told == NULL)
    told = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return g_hash_table_add (told, g_strdup (line));
}

/* Adds the plugins that are in some chain, each once. */
static char *
list_plugins (VenvbBuilder *builder)
{
  g_autoptr (GString) list = g_string_new (NULL);
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    {
      g_autofree const char **chain = venvb_builder_get_chain (builder, i);

      for (guint j = 0; chain[j] != NULL; j++)
        if (chain[j + 1] != NULL && g_hash_table_add (names, g_strdup (chain[j])))
          g_string_append_printf (list, "%s%s", list->len > 0 ? ", " : "", chain[j]);
    }
  return g_string_free (g_steal_pointer (&list), FALSE);
}

/* The plugin that may have taken the Python; NULL for none.  Two of venvb's own only look at
 * which one it is. */
static const char *
find_chooser (const char *const *chain)
{
  for (guint i = 0; chain[i] != NULL && chain[i + 1] != NULL; i++)
    if (!g_str_equal (chain[i], "lock") && !g_str_equal (chain[i], "requirements"))
      return chain[i];
  return NULL;
}

/* Tells which Python it is, and why; and which plugins have a part in the run. */
static void
tell_python (VenvbContext *ctx, VenvbBuilder *builder, const Options *options)
{
  const char *version = venvb_context_get (ctx, VENVB_ATTR_VERSION);
  const char *path = venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE);
  g_autofree const char **chain = venvb_builder_get_chain (builder, VENVB_STAGE_FIND_PYTHON);
  const char *chooser = find_chooser (chain);
  g_autofree char *why =
      chooser == NULL ? decisions_why_python (options) : g_strconcat ("by plugin ", chooser, NULL);
  g_autofree char *line = g_strdup_printf ("Python %s: '%s' (%s)", version, path, why);
  g_autofree char *plugins = list_plugins (builder);
  g_autofree char *second = g_strconcat ("plugins: ", plugins[0] != '\0' ? plugins : "none", NULL);

  output_line (stderr, "venvb: ", line);
  if (decisions_is_new (second))
    output_line (stderr, "venvb: ", second);
}

/* Hears of a stage. */
void
decisions_hear (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, VenvbBuilder *builder,
                const Options *options)
{
  if (stage == VENVB_STAGE_CREATE && told != NULL)
    g_hash_table_remove_all (told);
  if (stage == VENVB_STAGE_FIND_PYTHON && event == VENVB_EVENT_ENDS
      && venvb_context_get (ctx, VENVB_ATTR_VERSION) != NULL)
    tell_python (ctx, builder, options);
}
