/* SPDX-License-Identifier: BSD-2-Clause */

/* What is wrong with the configuration, told. */

#include "command/report.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* Warns of each problem, where a question is answered without what is wrong. */
void
checkconfig_warn (const Options *options)
{
  for (guint i = 0; i < options->problems->len && !options->quiet; i++)
    {
      const Problem *problem = g_ptr_array_index (options->problems, i);
      g_autofree char *line = g_strconcat ("passed over: ", problem->error->message, NULL);

      if (!problem->is_remark)
        output_problem (FALSE, line);
    }
}

/* Finds what a file or a variable has said where the message says that it is wrong: who
 * said so.  Free with g_free(). */
static char *
find_origin (const GPtrArray *steps, const char *message)
{
  for (guint i = 0; i < steps->len; i++)
    {
      const char *origin = ((PluginStep *) g_ptr_array_index (steps, i))->origin;

      if (origin != NULL && g_str_has_prefix (message, origin) && message[strlen (origin)] == ':')
        return g_strdup (origin);
    }
  return NULL;
}

/* The file of "FILE:LINE" or "FILE:FIRST-LAST"; or the variable.  Free with g_free(). */
static char *
source_of (const char *origin)
{
  const char *colon = origin[0] == '/' ? strrchr (origin, ':') : NULL;

  return colon == NULL ? g_strdup (origin) : g_strndup (origin, colon - origin);
}

/* Hears what is passed over of what a file or a variable says: a remark. */
static void
hear_remark (VenvbContext *ctx, VenvbSource source, const char *line, gpointer data)
{
  Options *options = data;
  g_autofree char *origin = find_origin (options->steps, line);
  g_autofree char *path = origin == NULL ? NULL : source_of (origin);
  GError *remark = NULL;

  if (path == NULL)
    return;
  settings_fail (&remark, "%s", line);
  problems_add (options, path, TRUE, remark);
}

/* Asks for the plugins, and loads them. */
static gboolean
try_plugins (const Options *options, GError **error)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();

  venvb_builder_set_progress (builder, hear_remark, (gpointer) options, NULL);
  venvb_builder_set_flag (builder, VENVB_FLAG_ISOLATE, TRUE);
  return steps_apply (options, builder, error) && venvb_builder_load (builder, error);
}

/* Leaves out of a mistake which options there are: in a list each has one line. */
static void
cut_list (char *message)
{
  static const char list[] = "; its options are\n";
  char *at = strstr (message, list);

  if (at != NULL)
    *at = '\0';
}

/* Notes a mistake, and takes out what has it, where a file or a variable has said that:
 * TRUE, with the error taken over. */
static gboolean
note_mistake (Options *options, GError **mistake)
{
  g_autofree char *origin = find_origin (options->steps, (*mistake)->message);
  g_autofree char *source = origin == NULL ? NULL : source_of (origin);

  if (origin == NULL)
    return FALSE;
  cut_list ((*mistake)->message);
  problems_add (options, source, FALSE, g_steal_pointer (mistake));
  for (guint i = options->steps->len; i-- > 0;)
    if (g_strcmp0 (((PluginStep *) g_ptr_array_index (options->steps, i))->origin, origin) == 0)
      g_ptr_array_remove_index (options->steps, i);
  return TRUE;
}

/* Takes out what files and variables say of plugins and what is wrong, and notes it.
 * Loading ends at the first mistake, so it is done again without that. */
gboolean
checkconfig_settle (Options *options, GError **error)
{
  GError *cause = NULL;

  while (!try_plugins (options, &cause))
    if (!note_mistake (options, &cause))
      {
        g_propagate_error (error, cause);
        return FALSE;
      }
  return TRUE;
}

/* Loads a plugin that may be off, with what was said of its options.  One that root has
 * switched off is looked for only where root's own are. */
static gboolean
try_options (const Options *options, const char *name, GError **error)
{
  g_autoptr (GPtrArray) steps = g_ptr_array_new ();
  PluginStep on = { .kind = STEP_ENABLE, .text = (char *) name, .optional = TRUE };
  Options only = *options;

  for (guint i = 0; i < options->steps->len; i++)
    {
      PluginStep *step = g_ptr_array_index (options->steps, i);
      gboolean is_its = g_str_equal (step->text, name);

      if (step->kind == STEP_FORBID && is_its)
        on.kind = STEP_REQUIRE;
      if (step->kind != STEP_DIR && (step->kind != STEP_OPTION || !is_its))
        continue;
      on.rank = MAX (on.rank, step->rank);
      g_ptr_array_add (steps, step);
    }
  g_ptr_array_add (steps, &on);
  only.steps = steps;
  return try_plugins (&only, error);
}

/* Notes what is wrong with the options of plugins that are not on: it would be found on
 * the day that somebody asks for them.  What they lack, they may be given then. */
static void
check_unused (Options *options)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer name;

  for (guint i = 0; i < options->steps->len; i++)
    {
      const PluginStep *step = g_ptr_array_index (options->steps, i);

      if (step->kind == STEP_OPTION)
        g_hash_table_add (names, g_strdup (step->text));
    }
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_autoptr (GError) mistake = NULL;

      while (!try_options (options, name, &mistake) && note_mistake (options, &mistake))
        continue;
    }
}

static void
print_problems (const Options *options, FILE *out)
{
  g_autofree char *sound =
      g_strdup_printf ("the configuration is sound; files read: %u", options->files->len);

  for (guint i = 0; i < options->problems->len; i++)
    {
      const Problem *problem = g_ptr_array_index (options->problems, i);

      if (!problem->is_remark || !options->quiet)
        output_line (out, problem->is_remark ? "remark: " : "", problem->error->message);
    }
  if (problems_count (options) == 0 && !options->quiet)
    output_line (out, "", sound);
}

/* All of it as one line of JSON. */
static void
print_json (const Options *options, FILE *out)
{
  GString *json = report_new ("configuration");
  const FilesDirs dirs = files_dirs ();

  json_boolean (json, "sound", problems_count (options) == 0);
  json_string (json, "sysconfdir", dirs.sysconfdir);
  json_string (json, "datadir", dirs.datadir);
  json_open (json, "files", '[');
  for (guint i = 0; i < options->files->len; i++)
    json_string (json, NULL, g_ptr_array_index (options->files, i));
  json_close (json, ']');
  problems_json (options, "problems", FALSE, json);
  problems_json (options, "remarks", TRUE, json);
  report_end (json, out);
}

/* Tells all that is wrong with files and variables, and with what they say of plugins,
 * which are loaded for it.  FALSE with error set when anything is. */
gboolean
checkconfig_show (Options *options, FILE *out, GError **error)
{
  guint n;

  if (!checkconfig_settle (options, error))
    return FALSE;
  check_unused (options);
  if (options->json)
    print_json (options, out), report_answered ();
  else
    print_problems (options, out);
  n = problems_count (options);
  if (n > 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "the configuration has %u problem%s", n,
                 n == 1 ? "" : "s");
  return n == 0;
}
