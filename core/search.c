/* SPDX-License-Identifier: BSD-2-Clause */

/* Where plugins are, and what is known of those that are there. */

#include "core/core.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The plugins that are on when nothing is said.  One that is not installed is
 * left out: a distribution may ship it apart.  So is one whose stage is. */
const DefaultPlugin search_defaults[] = {
  { "git-ignore", VENVB_FLAG_SCM_IGNORE_FILES },
  { "pip", VENVB_FLAG_WITH_PIP },
  { NULL, 0 },
};

gboolean
search_is_default (const char *name)
{
  for (guint i = 0; search_defaults[i].name != NULL; i++)
    if (g_str_equal (search_defaults[i].name, name))
      return TRUE;
  return FALSE;
}

/* Adds the directories of a path variable; relative ones would make the
 * current directory a place that code is loaded from. */
static void
add_path (GPtrArray *dirs, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, G_SEARCHPATH_SEPARATOR_S, -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_path_is_absolute (parts[i]))
      g_ptr_array_add (dirs, g_strdup (parts[i]));
}

/* The directories of venvb's own plugins: that of the installation, or where a
 * program that was not installed says. */
static void
add_own (GPtrArray *dirs)
{
  const char *path = venvb_getenv ("VENVB_OWN_PLUGIN_PATH");

  if (path != NULL)
    add_path (dirs, path);
  else
    g_ptr_array_add (dirs, g_strdup (VENVB_PLUGINDIR));
}

/* Tells whether a plugin's file is venvb's own. */
gboolean
search_is_own (const char *path)
{
  g_autoptr (GPtrArray) dirs = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *dir = g_path_get_dirname (path);

  add_own (dirs);
  return g_ptr_array_find_with_equal_func (dirs, dir, g_str_equal, NULL);
}

/* The directories searched, first to last.  Free with g_ptr_array_unref(). */
GPtrArray *
search_dirs (VenvbBuilder *builder)
{
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);
  const char *path = venvb_getenv ("VENVB_PLUGIN_PATH");

  for (guint i = 0; i < builder->plugin_dirs->len; i++)
    g_ptr_array_add (dirs, g_strdup (g_ptr_array_index (builder->plugin_dirs, i)));
  if (path != NULL)
    add_path (dirs, path);
  if (venvb_getenv ("HOME") != NULL && g_path_is_absolute (g_get_user_data_dir ()))
    g_ptr_array_add (dirs, g_build_filename (g_get_user_data_dir (), "venvb", "plugins", NULL));
  add_own (dirs);
  return dirs;
}

/* Finds a file in the first of the directories that has it.  Returns its path;
 * NULL when none has, and with error set when that can't be known. */
static char *
find_in (const GPtrArray *dirs, const char *sub, const char *name, GError **error)
{
  for (guint i = 0; i < dirs->len; i++)
    {
      g_autofree char *path = g_build_filename (g_ptr_array_index (dirs, i), sub, name, NULL);

      if (access (path, F_OK) == 0)
        return g_steal_pointer (&path);
      if (!fs_is_missing (errno))
        {
          fs_fail (error, "look at", path);
          return NULL;
        }
    }
  return NULL;
}

/* Names the directories for an error. */
static char *
join (GPtrArray *dirs)
{
  g_ptr_array_add (dirs, NULL);
  return g_strjoinv (", ", (char **) dirs->pdata);
}

/* Finds the file of a plugin that is named by a path. */
static char *
find_path (const char *name, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (name, NULL);

  if (access (path, F_OK) == 0)
    return g_steal_pointer (&path);
  g_set_error (error, VENVB_ERROR, fs_is_missing (errno) ? VENVB_ERROR_PLUGIN : VENVB_ERROR_FAILED,
               "cannot load plugin '%s': %s", name, g_strerror (errno));
  return NULL;
}

/* Finds a plugin's file.  A name with a slash is a path.  Returns an absolute
 * path, or NULL with error set: to VENVB_ERROR_PLUGIN when it is not there. */
char *
search_find (VenvbBuilder *builder, const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  g_autoptr (GPtrArray) dirs = NULL;
  g_autoptr (GError) cause = NULL;
  char *path;

  if (strchr (name, '/') != NULL)
    return find_path (name, error);
  dirs = search_dirs (builder);
  path = find_in (dirs, "", file, &cause);
  if (path != NULL)
    return path;
  if (cause != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause), "plugin '%s': ", name);
      return NULL;
    }
  g_autofree char *searched = join (dirs);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "plugin '%s' is not installed; searched: %s",
               name, searched);
  return NULL;
}

/* The directories in which the data of plugins are, first to last: each
 * plugin's in one of its name.  Free with g_ptr_array_unref(). */
static GPtrArray *
data_dirs (VenvbBuilder *builder, const char *plugin)
{
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);
  const char *path = venvb_getenv ("VENVB_PLUGIN_DATA_PATH");
  const char *file = venvb_builder_get_plugin_path (builder, plugin);

  if (path != NULL)
    add_path (dirs, path);
  if (file != NULL)
    g_ptr_array_add (dirs, g_path_get_dirname (file));
  g_ptr_array_add (dirs, g_strdup (VENVB_PLUGINDATADIR));
  return dirs;
}

char *
venvb_context_find_data (VenvbContext *ctx, const char *plugin, const char *name, GError **error)
{
  g_autoptr (GPtrArray) dirs = data_dirs (ctx->builder, plugin);
  g_autoptr (GError) cause = NULL;
  char *path = find_in (dirs, plugin, name, &cause);

  if (path != NULL)
    return path;
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  g_autofree char *searched = join (dirs);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "cannot find '%s/%s'; searched: %s", plugin,
               name, searched);
  return NULL;
}

struct _VenvbPluginInfo
{
  char *name;
  char *path;
  char *problem;
  Plugin *plugin;
};

static gboolean
open_and_close (gpointer data, GError **error)
{
  const VenvbPluginInfo *info = data;
  Plugin *plugin = plugin_open (info->name, info->path, error);

  if (plugin != NULL)
    plugin_free (plugin);
  return plugin != NULL;
}

/* Tells whether a plugin can be opened: half a file, as a full disk leaves
 * it, ends the process that does. */
static gboolean
can_be_opened (VenvbBuilder *builder, VenvbPluginInfo *info, GError **error)
{
  if (!venvb_builder_get_flag (builder, VENVB_FLAG_ISOLATE))
    return TRUE;
  g_strlcpy (builder->journal->plugin, info->name, sizeof builder->journal->plugin);
  return builder_isolate (builder, open_and_close, info, error);
}

static VenvbPluginInfo *
info_new (VenvbBuilder *builder, const char *name, const char *path)
{
  VenvbPluginInfo *info = g_new0 (VenvbPluginInfo, 1);
  g_autoptr (GError) error = NULL;

  info->name = g_strdup (name);
  info->path = g_strdup (path);
  if (can_be_opened (builder, info, &error))
    info->plugin = plugin_open (name, path, &error);
  if (info->plugin == NULL)
    info->problem = g_strdup (error->message);
  return info;
}

void
venvb_plugin_info_free (VenvbPluginInfo *info)
{
  if (info == NULL)
    return;
  g_free (info->name);
  g_free (info->path);
  g_free (info->problem);
  g_clear_pointer (&info->plugin, plugin_free);
  g_free (info);
}

const char *
venvb_plugin_info_get_path (const VenvbPluginInfo *info)
{
  return info->path;
}

const char *
venvb_plugin_info_get_name (const VenvbPluginInfo *info)
{
  return info->name;
}

const char *
venvb_plugin_info_get_problem (const VenvbPluginInfo *info)
{
  return info->problem;
}

gboolean
venvb_plugin_info_is_default (const VenvbPluginInfo *info)
{
  return search_is_default (info->name);
}

const VenvbPlugin *
venvb_plugin_info_get_plugin (const VenvbPluginInfo *info)
{
  return info->plugin == NULL ? NULL : &info->plugin->desc;
}

VenvbStageFunc
venvb_plugin_info_get_stage (const VenvbPluginInfo *info, VenvbStage stage)
{
  return info->plugin == NULL ? NULL : pipeline_stage_func (&info->plugin->desc, stage);
}

VenvbPluginInfo *
venvb_builder_describe_plugin (VenvbBuilder *builder, const char *name, GError **error)
{
  g_autofree char *path = search_find (builder, name, error);
  g_autofree char *short_name = plugin_name (name);
  g_autoptr (VenvbPluginInfo) info = NULL;

  if (path == NULL)
    return NULL;
  info = info_new (builder, short_name, path);
  if (info->problem == NULL)
    return g_steal_pointer (&info);
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, info->problem);
  return NULL;
}

/* Adds the plugins of one directory that an earlier one did not have. */
static void
list_dir (VenvbBuilder *builder, GHashTable *found, const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, entry, NULL);
      g_autofree char *name = plugin_name (file);

      if (g_str_has_suffix (entry, ".so") && !g_hash_table_contains (found, name))
        {
          VenvbPluginInfo *info = info_new (builder, name, file);
          g_hash_table_insert (found, info->name, info);
        }
    }
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(VenvbPluginInfo *const *) a)->name, (*(VenvbPluginInfo *const *) b)->name);
}

GPtrArray *
venvb_builder_list_plugins (VenvbBuilder *builder)
{
  g_autoptr (GPtrArray) dirs = search_dirs (builder);
  g_autoptr (GHashTable) found = g_hash_table_new (g_str_hash, g_str_equal);
  GPtrArray *infos = g_ptr_array_new_with_free_func ((GDestroyNotify) venvb_plugin_info_free);
  GHashTableIter iter;
  gpointer info;

  for (guint i = 0; i < dirs->len; i++)
    list_dir (builder, found, g_ptr_array_index (dirs, i));
  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, NULL, &info))
    g_ptr_array_add (infos, info);
  g_ptr_array_sort (infos, compare_names);
  return infos;
}
