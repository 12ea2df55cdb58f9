/* SPDX-License-Identifier: BSD-2-Clause */

/* What the command can tell without creating anything. */

#include "command/report.h"
#include "base/json.h"
#include "base/secret.h"

#include <string.h>

/* One line for each plugin: name, version, summary; or what is wrong. */
void
show_plugins (VenvbBuilder *builder, FILE *out)
{
  g_autoptr (GPtrArray) infos = venvb_builder_list_plugins (builder);

  for (guint i = 0; i < infos->len; i++)
    {
      const VenvbPluginInfo *info = g_ptr_array_index (infos, i);
      const VenvbPlugin *desc = venvb_plugin_info_get_plugin (info);
      const char *on = venvb_plugin_info_is_default (info) ? " (on by default)" : "";
      g_autofree char *line = NULL;

      if (desc == NULL)
        line = g_strdup_printf ("%-16s  unusable: %s", venvb_plugin_info_get_name (info),
                                venvb_plugin_info_get_problem (info));
      else
        line = g_strdup_printf ("%-16s  %-8s  %s%s", venvb_plugin_info_get_name (info),
                                desc->version != NULL ? desc->version : "-",
                                desc->summary != NULL ? desc->summary : "", on);
      output_line (out, "", line);
    }
}

/* An interpreter as one line of JSON. */
static void
print_python_json (const VenvbPythonInfo *info, FILE *out)
{
  static const char *const facts[] = { "implementation", "full_version", "abiflags", "bits" };
  static const char *const names[] = { "implementation", "version", "abiflags", "bits" };
  GString *json = report_new ("python");

  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    json_string (json, names[i], venvb_python_info_get_fact (info, facts[i]));
  json_string (json, "path", venvb_python_info_get_path (info));
  json_string (json, "source", venvb_python_info_get_source (info));
  report_end (json, out);
}

/* One line for each interpreter: version, implementation, path, source. */
void
show_pythons (VenvbBuilder *builder, gboolean as_json, FILE *out)
{
  g_autoptr (GPtrArray) infos = venvb_builder_list_pythons (builder);

  for (guint i = 0; i < infos->len; i++)
    {
      const VenvbPythonInfo *info = g_ptr_array_index (infos, i);
      const char *version = venvb_python_info_get_fact (info, "full_version");
      const char *flags = venvb_python_info_get_fact (info, "abiflags");
      g_autofree char *full =
          g_strconcat (version != NULL ? version : venvb_python_info_get_fact (info, "version"),
                       flags != NULL && flags[0] != 'm' ? flags : "", NULL);
      g_autofree char *line = g_strdup_printf (
          "%-10s  %-8s  %-9s  %s", full, venvb_python_info_get_fact (info, "implementation"),
          venvb_python_info_get_source (info), venvb_python_info_get_path (info));

      if (as_json)
        print_python_json (info, out);
      else
        output_line (out, "", line);
    }
}

static void
add_problem (GString *json, const char *what, const char *mend)
{
  json_open (json, NULL, '{');
  json_string (json, "what", what);
  json_string (json, "mend", mend);
  json_close (json, '}');
}

static void
add_problems (GString *json, const GPtrArray *problems, gboolean are_remarks)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (problems, i);

      if (venvb_problem_is_remark (problem) == are_remarks)
        add_problem (json, venvb_problem_get_what (problem), venvb_problem_get_mend (problem));
    }
}

/* Tells whether there is nothing but remarks; NULL is for what is no environment. */
static gboolean
is_sound (const GPtrArray *problems)
{
  for (guint i = 0; problems != NULL && i < problems->len; i++)
    if (!venvb_problem_is_remark (g_ptr_array_index (problems, i)))
      return FALSE;
  return problems != NULL;
}

/* An environment and its problems as one line of JSON; problems is NULL and
 * error set for what is no environment. */
static void
print_problems_json (const char *env_dir, const GPtrArray *problems, const GError *error, FILE *out)
{
  GString *json = report_new ("check");
  g_autofree char *full = g_canonicalize_filename (env_dir, NULL);

  json_string (json, "env_dir", full);
  json_boolean (json, "sound", is_sound (problems));
  json_open (json, "problems", '[');
  if (problems == NULL)
    add_problem (json, error->message, NULL);
  else
    add_problems (json, problems, FALSE);
  json_close (json, ']');
  json_open (json, "remarks", '[');
  if (problems != NULL)
    add_problems (json, problems, TRUE);
  json_close (json, ']');
  report_end (json, out);
}

static void
print_problems (const char *env_dir, const GPtrArray *problems, gboolean quiet, FILE *out)
{
  g_autofree char *sound = g_strdup_printf ("'%s' is sound", env_dir);

  for (guint i = 0; i < problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (problems, i);
      gboolean is_remark = venvb_problem_is_remark (problem);
      g_autofree char *line = g_strdup_printf ("'%s': %s%s", env_dir, is_remark ? "remark: " : "",
                                               venvb_problem_get_what (problem));

      if (is_remark && quiet)
        continue;
      output_line (out, "", line);
      if (!is_remark)
        output_line (out, "  to mend it: ", venvb_problem_get_mend (problem));
    }
  if (is_sound (problems) && !quiet)
    output_line (out, "", sound);
}

/* Shows what is wrong with one environment; FALSE when anything is. */
static gboolean
show_problems_of (VenvbBuilder *builder, const Options *options, const char *env_dir, FILE *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = venvb_builder_check (builder, env_dir, &error);

  if (options->json)
    print_problems_json (env_dir, problems, error, out);
  else if (problems == NULL)
    output_line (out, "", error->message);
  else
    print_problems (env_dir, problems, options->quiet, out);
  return is_sound (problems);
}

/* What is wrong with environments.  FALSE with error set when something is. */
gboolean
show_problems (VenvbBuilder *builder, const Options *options, FILE *out, GError **error)
{
  guint unsound = 0;

  if (options->lock != NULL && !venvb_builder_load (builder, error))
    return FALSE;
  for (guint i = 0; options->env_dirs[i] != NULL; i++)
    unsound += !show_problems_of (builder, options, options->env_dirs[i], out);
  if (unsound == 0)
    return TRUE;
  report_answered ();
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%u of %u environments %s not sound",
               unsound, g_strv_length (options->env_dirs), unsound == 1 ? "is" : "are");
  return FALSE;
}

/* Where the cache is, and how much of what is in it. */
void
show_cache (VenvbBuilder *builder, FILE *out)
{
  for (guint i = 0; venvb_cache_bucket_name (i) != NULL; i++)
    {
      const char *bucket = venvb_cache_bucket_name (i);
      guint entries;
      guint64 bytes;
      const char *dir = venvb_builder_cache_info (builder, bucket, &entries, &bytes);

      if (i == 0)
        output_line (out, "directory  ", dir != NULL ? dir : "(none)");
      g_autofree char *size = g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
      fprintf (out, "%-9s  %5u  %s\n", bucket, entries, size);
    }
}

static void
print_pair (FILE *out, const char *key, const char *value)
{
  g_autofree char *prefix = g_strconcat (key, "=", NULL);

  if (value != NULL)
    output_line (out, prefix, value);
}

/* One `option=` line for each line of the plugin's option help. */
static void
print_options (FILE *out, const char *help)
{
  g_auto (GStrv) lines = g_strsplit (help != NULL ? help : "", "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_strstrip (lines[i])[0] != '\0')
      print_pair (out, "option", lines[i]);
}

/* A `key=` line for each row of the plugin's table of options, for scripts: its name, its
 * kind, its choices or "-", then what else is so. */
static void
print_keys (FILE *out, const VenvbPlugin *desc)
{
  for (gsize i = 0; i < desc->n_options; i++)
    {
      const VenvbOption *row = &desc->options[i];
      g_autofree char *line =
          g_strconcat (row->key, " ", venvb_option_kind_name (row), " ",
                       row->choices != NULL ? row->choices : "-", row->repeated ? " repeated" : "",
                       row->required ? " required" : "", row->secret ? " secret" : "", NULL);

      print_pair (out, "key", line);
    }
}

static void
print_hook (FILE *out, const char *name, gboolean present)
{
  g_autofree char *key = g_strconcat ("has_", name, NULL);

  if (present)
    print_pair (out, key, "1");
}

/* A plugin as key=value lines, for people and for scripts. */
gboolean
show_plugin (VenvbBuilder *builder, const char *name, FILE *out, GError **error)
{
  g_autoptr (VenvbPluginInfo) info = venvb_builder_describe_plugin (builder, name, error);
  const VenvbPlugin *desc;

  if (info == NULL)
    return FALSE;
  desc = venvb_plugin_info_get_plugin (info);
  print_pair (out, "path", venvb_plugin_info_get_path (info));
  print_pair (out, "name", desc->name);
  print_pair (out, "version", desc->version);
  print_pair (out, "summary", desc->summary);
  fprintf (out, "api_version=%u\nstruct_size=%" G_GSIZE_FORMAT "\ndefault=%d\n", desc->api_version,
           desc->struct_size, venvb_plugin_info_is_default (info));
  print_options (out, desc->options_help);
  print_keys (out, desc);
  print_hook (out, "load", desc->load != NULL);
  print_hook (out, "set_option", desc->set_option != NULL);
  print_hook (out, "ready", desc->ready != NULL);
  print_hook (out, "unload", desc->unload != NULL);
  print_hook (out, "changed", desc->changed != NULL);
  print_hook (out, "stage_event", desc->stage_event != NULL);
  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    print_hook (out, venvb_stage_name (i), venvb_plugin_info_get_stage (info, i) != NULL);
  return TRUE;
}
