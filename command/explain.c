/* SPDX-License-Identifier: BSD-2-Clause */

/* What --explain prints: what would be done, and who says so. */

#include "command/command.h"
#include "command/told.h"
#include "base/home.h"
#include "base/secret.h"

#include <string.h>

/* Prints a file or a pattern of files that is looked for, unless it was read. */
static void
print_looked_for (const Options *options, const char *dir, const char *name, FILE *out)
{
  g_autofree char *path = dir == NULL ? NULL : g_build_filename (dir, name, NULL);
  g_autofree char *line = g_strdup_printf ("%-24s  %s", "looked-for", path);

  if (path != NULL && !g_ptr_array_find_with_equal_func (options->files, path, g_str_equal, NULL))
    output_line (out, "config   ", line);
}

/* Prints where this program's configuration is, which files were read, and which would be
 * if they were there. */
static void
print_files (const Options *options, FILE *out)
{
  const FilesDirs dirs = files_dirs ();
  g_autofree char *line =
      g_strdup_printf ("%-24s  %s, %s%s", "directories", dirs.sysconfdir, dirs.datadir,
                       dirs.is_moved ? "  VENVB_SYSCONFDIR, VENVB_DATADIR" : "");

  output_line (out, "config   ", line);
  for (guint i = 0; i < options->files->len; i++)
    {
      g_autofree char *file =
          g_strdup_printf ("%-24s  %s", "file", (char *) g_ptr_array_index (options->files, i));

      output_line (out, "config   ", file);
    }
  if (options->no_config)
    return;
  print_looked_for (options, home_config_dir (), "venvb/venvb.conf", out);
  print_looked_for (options, dirs.sysconfdir, "venvb.d/*.conf", out);
  print_looked_for (options, dirs.datadir, "venvb.d/*.conf", out);
  print_looked_for (options, dirs.sysconfdir, "venvb.conf", out);
}

/* What an option comes to that nobody has set: free with g_free(). */
static char *
effective (VenvbBuilder *builder, const Setting *setting)
{
  guint entries;
  guint64 bytes;
  const char *dir;

  if (g_str_equal (setting->name, "python"))
    return g_strdup ("python3");
  if (g_str_equal (setting->name, "prompt"))
    return g_strdup ("ENV_DIR's name");
  if (!g_str_equal (setting->name, "cache-dir"))
    return g_strdup ("none");
  dir = venvb_builder_cache_info (builder, venvb_cache_bucket_name (0), &entries, &bytes);
  return g_strdup (dir != NULL ? dir : "none");
}

/* Prints the settings, each with its value and who set it: those that somebody has set, or
 * all, where all that is done is to be told. */
static void
print_settings (VenvbBuilder *builder, const Options *options, FILE *out)
{
  guint folded = 0;

  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      {
        g_autofree char *set = settings_value (options, at);
        g_autofree char *value = set != NULL ? g_strdup (set) : effective (builder, at);
        g_autofree char *shown = secret_mask_value (at->name, value);
        gboolean is_set = !g_str_equal (settings_origin (options, at), "default")
                          || locks_origin (options, at) != NULL;
        g_autofree char *line =
            g_strdup_printf ("%-24s  %-10s  %s%s", at->name, shown, settings_origin (options, at),
                             locks_origin (options, at) != NULL ? ", mandatory" : "");

        if (settings_is_action (at) || at->kind == SETTING_LIST)
          continue;
        folded += !is_set && !options->verbose;
        if (is_set || options->verbose)
          output_line (out, "setting  ", line);
      }
  if (folded > 0)
    fprintf (out, "default  %u other settings; --explain -v lists them\n", folded);
}

/* Prints the Python that would be taken, and why. */
static void
print_python (VenvbBuilder *builder, const Options *options, FILE *out)
{
  g_autoptr (GError) error = NULL;
  g_autofree const char **chain = venvb_builder_get_chain (builder, VENVB_STAGE_FIND_PYTHON);
  g_autofree char *version = NULL;
  g_autofree char *path = venvb_builder_find_python (builder, &version, &error);
  g_autofree char *why = decisions_why_python (options);
  g_autofree char *line = path == NULL ? g_strdup_printf ("%-24s  %s", "none", error->message)
                                       : g_strdup_printf ("%-24s  %s  %s", version, path, why);

  output_line (out, "python   ", line);
  if (chain[0] != NULL && chain[1] != NULL)
    output_line (out, "python   ", "a plugin may take another: see stage find_python");
}

/* Prints where a plugin is and who asked for it, then its options. */
static void
print_loaded (VenvbBuilder *builder, const char *name, FILE *out)
{
  const char *path = venvb_builder_get_plugin_path (builder, name);
  const char *origin = venvb_builder_get_plugin_origin (builder, name);
  const char *lock = venvb_builder_get_plugin_lock (builder, name, NULL);
  const char *key, *value;

  if (path == NULL)
    return;
  g_autofree char *line =
      g_strdup_printf ("%-24s  %s  %s%s", name, path, origin != NULL ? origin : "command line",
                       lock != NULL ? ", mandatory" : "");
  output_line (out, "plugin   ", line);
  const char *reason = venvb_builder_get_plugin_place (builder, name);
  g_autofree char *order =
      g_strdup_printf ("%-24s  %s", name, reason != NULL ? reason : "as named");
  output_line (out, "order    ", order);
  for (guint i = 0; venvb_builder_get_plugin_option (builder, name, i, &key, &value, &origin); i++)
    {
      const VenvbOption *row = venvb_builder_find_option (builder, name, key);
      g_autofree char *shown =
          row != NULL && row->secret ? g_strdup ("****") : secret_mask_value (key, value);
      g_autofree char *option = g_strdup_printf ("%-24s  %s=%s  %s", name, key, shown,
                                                 origin != NULL ? origin : "command line");
      output_line (out, "option   ", option);
    }
}

/* Prints the plugins that are in some chain, each once. */
static void
print_plugins (VenvbBuilder *builder, GHashTable *names, FILE *out)
{
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (names), (GCompareFunc) strcmp);

  for (GList *at = sorted; at != NULL; at = at->next)
    print_loaded (builder, at->data, out);
}

/* Prints the plugins that nobody may switch on. */
static void
print_forbidden (const Options *options, FILE *out)
{
  for (guint i = 0; i < options->steps->len; i++)
    {
      const PluginStep *step = g_ptr_array_index (options->steps, i);
      g_autofree char *line =
          g_strdup_printf ("%-24s  (off)  %s, mandatory", step->text, step->origin);

      if (step->kind == STEP_FORBID)
        output_line (out, "plugin   ", line);
    }
}

/* Tells whether there is nothing to say of a stage: one around or within the others that
 * only the core has to do with. */
static gboolean
is_plain (VenvbStage stage, const char *const *chain)
{
  return stage > VENVB_STAGE_FINISH && (chain[0] == NULL || chain[1] == NULL);
}

/* Prints which file of each package of a lock would be installed. */
static gboolean
print_lock (VenvbBuilder *builder, FILE *out, GError **error)
{
  g_autoptr (GPtrArray) lines = venvb_builder_explain_lock (builder, error);

  for (guint i = 0; lines != NULL && i < lines->len; i++)
    output_line (out, "package  ", g_ptr_array_index (lines, i));
  return lines != NULL;
}

/* Where those stages are that are not in the row of the others: what they stand before in
 * the list, and what is said of them. */
static const struct
{
  VenvbStage stage, before;
  const char *place;
} places[] = {
  { VENVB_STAGE_CREATE, VENVB_STAGE_FIND_PYTHON, "around all" },
  { VENVB_STAGE_CLEAR_DIRECTORY, VENVB_STAGE_ENSURE_DIRECTORIES, "before ensure_directories" },
  { VENVB_STAGE_SYMLINK_OR_COPY, VENVB_STAGE_SETUP_PIP, "in setup_python, for each file" },
  { VENVB_STAGE_INSTALL_SCRIPT, VENVB_STAGE_POST_SETUP, "in setup_scripts, for each file" },
};

/* Prints a stage with its chain, outermost first, and notes the plugins. */
static void
print_stage (VenvbBuilder *builder, VenvbStage stage, const char *place, GHashTable *names,
             FILE *out)
{
  g_autofree const char **chain = venvb_builder_get_chain (builder, stage);
  g_autofree char *joined = g_strjoinv (" > ", (char **) chain);
  g_autofree char *line = g_strdup_printf (
      "%-24s  %s%s%s%s", venvb_stage_name (stage), chain[0] == NULL ? "(left out)" : joined,
      place != NULL ? "  (" : "", place != NULL ? place : "", place != NULL ? ")" : "");

  if (is_plain (stage, chain))
    return;
  output_line (out, "stage    ", line);
  for (guint i = 0; chain[i] != NULL; i++)
    g_hash_table_add (names, (gpointer) chain[i]);
}

/* Prints the stages in the order in which they run. */
static void
print_stages (VenvbBuilder *builder, GHashTable *names, FILE *out)
{
  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    {
      gboolean is_elsewhere = FALSE;

      for (guint j = 0; j < G_N_ELEMENTS (places); j++)
        {
          if (places[j].before == (VenvbStage) i)
            print_stage (builder, places[j].stage, places[j].place, names, out);
          is_elsewhere = is_elsewhere || places[j].stage == (VenvbStage) i;
        }
      if (!is_elsewhere)
        print_stage (builder, i, NULL, names, out);
    }
}

/* What would be done, what matters most first: the Python, the stages, the plugins, what
 * would be installed; then where the settings come from. */
gboolean
explain_pipeline (VenvbBuilder *builder, const Options *options, FILE *out, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  if (!venvb_builder_load (builder, error))
    return FALSE;
  print_python (builder, options, out);
  print_stages (builder, names, out);
  print_plugins (builder, names, out);
  print_forbidden (options, out);
  if (!print_lock (builder, out, error))
    return FALSE;
  print_files (options, out);
  print_settings (builder, options, out);
  return TRUE;
}
