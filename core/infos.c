/* SPDX-License-Identifier: BSD-2-Clause */

/* What is known of the plugins that there are. */

#include "core/room.h"

#include "core/table.h"

#include <string.h>

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
  Plugin *plugin = plugin_open (info->name, info->path, FALSE, error);

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
  return create_isolated (builder, open_and_close, info, error);
}

static VenvbPluginInfo *
info_new (VenvbBuilder *builder, const char *name, const char *path)
{
  VenvbPluginInfo *info = g_new0 (VenvbPluginInfo, 1);
  g_autoptr (GError) error = NULL;

  info->name = g_strdup (name);
  info->path = g_strdup (path);
  if (can_be_opened (builder, info, &error))
    info->plugin = plugin_open (name, path, FALSE, &error);
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

const char *
venvb_option_kind_name (const VenvbOption *option)
{
  return table_kind (option);
}

char *
venvb_option_read (const char *key, VenvbOptionKind kind, const char *value, GError **error)
{
  return typed_read (key, kind, value, error);
}

VenvbPluginInfo *
venvb_builder_describe_plugin (VenvbBuilder *builder, const char *name, GError **error)
{
  g_autofree char *path = search_find (builder->plugins.dirs, name, error);
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
  g_autoptr (GPtrArray) dirs = search_dirs (builder->plugins.dirs);
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
