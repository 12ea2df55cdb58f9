/* SPDX-License-Identifier: BSD-2-Clause */

/* The answers of show.c as JSON: see report.h. */

#include "base/json.h"
#include "base/secret.h"
#include "command/report.h"

/* The least and the most that a number may be, or null. */
static void
add_bounds (GString *json, const VenvbOption *row)
{
  gboolean has_bounds = row->kind == VENVB_KIND_INTEGER && (row->least != 0 || row->most != 0);

  if (has_bounds)
    json_integer (json, "least", row->least);
  else
    json_string (json, "least", NULL);
  if (has_bounds)
    json_integer (json, "most", row->most);
  else
    json_string (json, "most", NULL);
}

/* A plugin's table of options, or null where it has none. */
static void
add_rows (GString *json, const VenvbPlugin *desc)
{
  json_open (json, "options", '[');
  for (gsize i = 0; i < desc->n_options; i++)
    {
      const VenvbOption *row = &desc->options[i];

      json_open (json, NULL, '{');
      json_string (json, "key", row->key);
      json_string (json, "type", venvb_option_kind_name (row));
      json_string (json, "choices", row->choices);
      add_bounds (json, row);
      json_string (json, "default", row->secret && row->initial != NULL ? "****" : row->initial);
      json_string (json, "help", row->help);
      json_boolean (json, "repeated", row->repeated);
      json_boolean (json, "required", row->required);
      json_boolean (json, "secret", row->secret);
      json_close (json, '}');
    }
  json_close (json, ']');
  json_string (json, "options_help", desc->options_help);
}

static void
add_stages (GString *json, const VenvbPluginInfo *info)
{
  json_open (json, "stages", '[');
  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    if (venvb_plugin_info_get_stage (info, i) != NULL)
      json_string (json, NULL, venvb_stage_name (i));
  json_close (json, ']');
}

static void
print_plugin (const VenvbPluginInfo *info, FILE *out)
{
  const VenvbPlugin *desc = venvb_plugin_info_get_plugin (info);
  GString *json = report_new ("plugin");

  json_string (json, "name", venvb_plugin_info_get_name (info));
  json_string (json, "path", venvb_plugin_info_get_path (info));
  json_boolean (json, "default", venvb_plugin_info_is_default (info));
  json_string (json, "problem", venvb_plugin_info_get_problem (info));
  if (desc != NULL)
    {
      json_string (json, "version", desc->version);
      json_string (json, "summary", desc->summary);
      json_integer (json, "api_version", desc->api_version);
      add_rows (json, desc);
      add_stages (json, info);
    }
  report_end (json, out);
}

/* --list-plugins: an object for each. */
void
answers_plugins (VenvbBuilder *builder, FILE *out)
{
  g_autoptr (GPtrArray) infos = venvb_builder_list_plugins (builder);

  for (guint i = 0; i < infos->len; i++)
    print_plugin (g_ptr_array_index (infos, i), out);
}

/* --dump-plugin. */
gboolean
answers_plugin (VenvbBuilder *builder, const char *name, FILE *out, GError **error)
{
  g_autoptr (VenvbPluginInfo) info = venvb_builder_describe_plugin (builder, name, error);

  if (info != NULL)
    print_plugin (info, out);
  return info != NULL;
}

/* --cache-info. */
void
answers_cache (VenvbBuilder *builder, FILE *out)
{
  GString *json = report_new ("cache");
  guint entries;
  guint64 bytes;

  json_string (json, "directory",
               venvb_builder_cache_info (builder, venvb_cache_bucket_name (0), &entries, &bytes));
  json_open (json, "buckets", '{');
  for (guint i = 0; venvb_cache_bucket_name (i) != NULL; i++)
    {
      venvb_builder_cache_info (builder, venvb_cache_bucket_name (i), &entries, &bytes);
      json_open (json, venvb_cache_bucket_name (i), '{');
      json_integer (json, "entries", entries);
      json_integer (json, "bytes", bytes);
      json_close (json, '}');
    }
  json_close (json, '}');
  report_end (json, out);
}

static void
add_files (GString *json, const Options *options)
{
  const FilesDirs dirs = files_dirs ();

  json_string (json, "sysconfdir", dirs.sysconfdir);
  json_string (json, "datadir", dirs.datadir);
  json_open (json, "files", '[');
  for (guint i = 0; i < options->files->len; i++)
    json_string (json, NULL, g_ptr_array_index (options->files, i));
  json_close (json, ']');
}

/* Each setting with its value and who set it. */
static void
add_settings (GString *json, const Options *options)
{
  json_open (json, "settings", '[');
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      {
        g_autofree char *value = settings_value (options, at);
        g_autofree char *shown = value == NULL ? NULL : secret_mask_value (at->name, value);

        if (settings_is_action (at) || at->kind == SETTING_LIST)
          continue;
        json_open (json, NULL, '{');
        json_string (json, "name", at->name);
        json_string (json, "value", shown);
        json_string (json, "origin", settings_origin (options, at));
        json_boolean (json, "mandatory", locks_origin (options, at) != NULL);
        json_close (json, '}');
      }
  json_close (json, ']');
}

/* Each stage with its chain, outermost first; who is in any is noted in names. */
static void
add_chains (GString *json, VenvbBuilder *builder, GHashTable *names)
{
  json_open (json, "stages", '[');
  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    {
      g_autofree const char **chain = venvb_builder_get_chain (builder, i);

      json_open (json, NULL, '{');
      json_string (json, "name", venvb_stage_name (i));
      json_open (json, "chain", '[');
      for (guint j = 0; chain[j] != NULL; j++)
        {
          json_string (json, NULL, chain[j]);
          g_hash_table_add (names, (gpointer) chain[j]);
        }
      json_close (json, ']');
      json_close (json, '}');
    }
  json_close (json, ']');
}

/* The options that a plugin was given, less what is secret in them. */
static void
add_given (GString *json, VenvbBuilder *builder, const char *name)
{
  const char *key, *value, *origin;

  json_open (json, "options", '[');
  for (guint i = 0; venvb_builder_get_plugin_option (builder, name, i, &key, &value, &origin); i++)
    {
      const VenvbOption *row = venvb_builder_find_option (builder, name, key);
      g_autofree char *shown =
          row != NULL && row->secret ? g_strdup ("****") : secret_mask_value (key, value);

      json_open (json, NULL, '{');
      json_string (json, "key", key);
      json_string (json, "value", shown);
      json_string (json, "origin", origin != NULL ? origin : "command line");
      json_close (json, '}');
    }
  json_close (json, ']');
}

static void
add_loaded (GString *json, VenvbBuilder *builder, GHashTable *names)
{
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc) g_strcmp0);

  json_open (json, "plugins", '[');
  for (GList *at = sorted; at != NULL; at = at->next)
    {
      const char *path = venvb_builder_get_plugin_path (builder, at->data);
      const char *origin = venvb_builder_get_plugin_origin (builder, at->data);
      const char *lock = venvb_builder_get_plugin_lock (builder, at->data, NULL);

      if (path == NULL)
        continue;
      json_open (json, NULL, '{');
      json_string (json, "name", at->data);
      json_string (json, "path", path);
      json_string (json, "origin", origin != NULL ? origin : "command line");
      json_boolean (json, "mandatory", lock != NULL);
      json_string (json, "place", venvb_builder_get_plugin_place (builder, at->data));
      add_given (json, builder, at->data);
      json_close (json, '}');
    }
  json_close (json, ']');
}

/* What a lock would install, a line each. */
static gboolean
add_lock (GString *json, VenvbBuilder *builder, GError **error)
{
  g_autoptr (GPtrArray) lines = venvb_builder_explain_lock (builder, error);

  json_open (json, "lock", '[');
  for (guint i = 0; lines != NULL && i < lines->len; i++)
    json_string (json, NULL, g_ptr_array_index (lines, i));
  json_close (json, ']');
  return lines != NULL;
}

/* --explain: one object. */
gboolean
answers_pipeline (VenvbBuilder *builder, const Options *options, FILE *out, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  GString *json;

  if (!venvb_builder_load (builder, error))
    return FALSE;
  json = report_new ("explanation");
  add_files (json, options);
  add_settings (json, options);
  add_chains (json, builder, names);
  add_loaded (json, builder, names);
  if (add_lock (json, builder, error))
    return report_end (json, out), TRUE;
  g_string_free (json, TRUE);
  return FALSE;
}
