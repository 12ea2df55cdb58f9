/* SPDX-License-Identifier: BSD-2-Clause */

/* Tells the builder what was said about plugins, one step after the other. */

#include "command/command.h"

#include <string.h>

/* Where relative paths start that a source names: beside a file, "/etc/venvb.conf:12"
 * being its place; nowhere for a variable, which counts in every directory. */
static char *
start_dir (const char *origin)
{
  if (origin == NULL)
    return NULL;
  return strchr (origin, '/') != NULL ? g_path_get_dirname (origin) : g_strdup ("");
}

/* Takes a plugin out.  Of one that is mandatory the command line is told so. */
static gboolean
remove_plugin (const PluginStep *step, VenvbBuilder *builder, GError **error)
{
  gboolean wanted = FALSE;
  const char *lock = venvb_builder_get_plugin_lock (builder, step->text, &wanted);

  if (lock != NULL && wanted && step->origin == NULL)
    return settings_fail (error, "--no-plugin: plugin '%s' is mandatory: %s", step->text, lock);
  venvb_builder_remove_plugin (builder, step->text);
  return TRUE;
}

static gboolean
apply_step (const PluginStep *step, VenvbBuilder *builder, GError **error)
{
  g_autofree char *dir = start_dir (step->origin);

  venvb_builder_set_origin (builder, step->origin);
  venvb_builder_set_start_dir (builder, dir);
  switch (step->kind)
    {
    case STEP_ADD:
      return venvb_builder_add_plugin (builder, step->text, error);
    case STEP_ENABLE:
      venvb_builder_enable_plugin (builder, step->text, step->optional);
      return TRUE;
    case STEP_REMOVE:
      return remove_plugin (step, builder, error);
    case STEP_REQUIRE:
    case STEP_FORBID:
      venvb_builder_require_plugin (builder, step->text, step->kind == STEP_REQUIRE);
      return TRUE;
    case STEP_OPTION:
      venvb_builder_set_allow_unknown (builder, step->allow_unknown);
      venvb_builder_set_plugin_option (builder, step->text, step->key,
                                       (const char *const *) step->values);
      return TRUE;
    default:
      return TRUE;
    }
}

/* Hands on what one source said: what it leaves out, it leaves out, wherever
 * it said so. */
static gboolean
apply_rank (const Options *options, guint rank, VenvbBuilder *builder, GError **error)
{
  for (guint removes = 0; removes < 2; removes++)
    for (guint i = 0; i < options->steps->len; i++)
      {
        const PluginStep *step = g_ptr_array_index (options->steps, i);

        if (step->rank == rank && (step->kind == STEP_REMOVE) == removes
            && !apply_step (step, builder, error))
          {
            if (step->origin != NULL)
              g_prefix_error (error, "%s: ", step->origin);
            return FALSE;
          }
      }
  return TRUE;
}

static int
compare_ranks (gconstpointer a, gconstpointer b)
{
  const guint first = *(const guint *) a, second = *(const guint *) b;

  return first < second ? -1 : first > second;
}

/* The ranks of all steps, the lowest first, each once: free with g_array_unref(). */
static GArray *
ranks_of (const Options *options)
{
  GArray *ranks = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < options->steps->len; i++)
    {
      const PluginStep *step = g_ptr_array_index (options->steps, i);

      g_array_append_val (ranks, step->rank);
    }
  g_array_sort (ranks, compare_ranks);
  for (guint i = ranks->len; i-- > 1;)
    if (g_array_index (ranks, guint, i) == g_array_index (ranks, guint, i - 1))
      g_array_remove_index (ranks, i);
  return ranks;
}

/* Tells the builder all that was said about plugins.  Directories named by a
 * higher rank are searched first. */
gboolean
steps_apply (const Options *options, VenvbBuilder *builder, GError **error)
{
  g_autoptr (GArray) ranks = ranks_of (options);

  for (guint i = 0; i < ranks->len; i++)
    if (!apply_rank (options, g_array_index (ranks, guint, i), builder, error))
      return FALSE;
  for (guint at = ranks->len; at-- > 0;)
    for (guint i = 0; i < options->steps->len; i++)
      {
        const PluginStep *step = g_ptr_array_index (options->steps, i);

        if (step->rank == g_array_index (ranks, guint, at) && step->kind == STEP_DIR)
          venvb_builder_add_plugin_dir (builder, step->text);
      }
  return TRUE;
}
