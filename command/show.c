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

/* What values there are, as a word: of a choice `auto|never`, of a number `1..100`, of all
 * others "-".  Free with g_free(). */
static char *
values_of (const VenvbOption *row)
{
  if (row->kind == VENVB_KIND_INTEGER && (row->least != 0 || row->most != 0))
    return g_strdup_printf ("%" G_GINT64_FORMAT "..%" G_GINT64_FORMAT, row->least, row->most);
  return g_strdup (row->choices != NULL ? row->choices : "-");
}

/* A `key=` line for each row of the plugin's table of options, for scripts: its name, its
 * kind, its values or "-", then what else is so. */
static void
print_keys (FILE *out, const VenvbPlugin *desc)
{
  for (gsize i = 0; i < desc->n_options; i++)
    {
      const VenvbOption *row = &desc->options[i];
      g_autofree char *values = values_of (row);
      g_autofree char *line =
          g_strconcat (row->key, " ", venvb_option_kind_name (row), " ", values,
                       row->repeated ? " repeated" : "", row->required ? " required" : "",
                       row->secret ? " secret" : "", NULL);

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
