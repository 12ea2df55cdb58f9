/* SPDX-License-Identifier: BSD-2-Clause */

/* The plugins that were asked for: found, loaded, and not in the way. */

#include "core/room.h"

#include "core/table.h"

/* Refuses a plugin that lies in an environment about to be made: whoever
 * filled that directory would decide what code runs. */
static gboolean
check_outside (const char *name, const char *path, const char *const *env_dirs, GError **error)
{
  for (guint i = 0; env_dirs != NULL && env_dirs[i] != NULL; i++)
    if (trust_lies_in (path, env_dirs[i]))
      {
        g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                     "plugin '%s': '%s' lies in the environment to be created", name, path);
        return FALSE;
      }
  return TRUE;
}

/* The same for plugins that were loaded before the environments were named. */
static gboolean
check_all_outside (const GPtrArray *loaded, const char *const *env_dirs, GError **error)
{
  for (guint i = 0; i < loaded->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (loaded, i);

      if (!check_outside (plugin->name, plugin->path, env_dirs, error))
        return FALSE;
    }
  return TRUE;
}

/* Looks for the file that a request asks for.  One that is there by default, or
 * optional, may be missing. */
static gboolean
find_plugin (VenvbBuilder *builder, PluginRequest *request, GError **error)
{
  g_autoptr (GError) missing = NULL;

  if (request->path == NULL)
    request->path = request->lock != NULL
                        ? search_find_installed (request->name, &missing)
                        : search_find (builder->plugins.dirs, request->name, &missing);
  if (request->path != NULL)
    return TRUE;
  if (request->origin != NULL)
    g_prefix_error (&missing, "%s: ", request->origin);
  if (request->lock != NULL)
    errors_add (&missing, "; it is mandatory");
  else if (missing != NULL && missing->code == VENVB_ERROR_PLUGIN
           && (request->by_default != NULL || request->optional))
    {
      const Listener listener = builder_listener (builder);

      errors_tell (&listener, VENVB_SOURCE_MAIN, "%s", missing->message);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&missing));
  return FALSE;
}

/* Opens the file of a request, which was found. */
static Plugin *
open_plugin (const PluginRequest *request, const char *name, GError **error)
{
  Plugin *plugin = plugin_open (name, request->path, request->lock != NULL, error);

  if (plugin == NULL && request->origin != NULL)
    g_prefix_error (error, "%s: ", request->origin);
  return plugin;
}

/* Opens what one request asks for, and adds it to the plugins. */
static gboolean
open_request (VenvbBuilder *builder, PluginRequest *request, const char *const *env_dirs,
              GError **error)
{
  g_autofree char *name = plugin_name (request->name);
  Plugin *plugin;

  if (!find_plugin (builder, request, error))
    return FALSE;
  if (request->path == NULL)
    return TRUE;
  if (!check_outside (name, request->path, env_dirs, error))
    return FALSE;
  g_strlcpy (builder->journal->plugin, name, sizeof builder->journal->plugin);
  plugin = open_plugin (request, name, error);
  if (plugin == NULL)
    return FALSE;
  plugin->request = request;
  g_ptr_array_add (builder->plugins.loaded, plugin);
  return TRUE;
}

/* Says which options were passed over, since the plugin does not know them. */
static void
tell_passed_over (VenvbBuilder *builder, const Plugin *plugin)
{
  const Listener listener = builder_listener (builder);

  for (guint i = 0; plugin->passed_over != NULL && i < plugin->passed_over->len; i++)
    errors_tell (&listener, VENVB_SOURCE_MAIN, "%s",
                 (char *) g_ptr_array_index (plugin->passed_over, i));
}

/* Loads the plugins that were opened, in the order they want. */
static gboolean
load_all (VenvbBuilder *builder, GError **error)
{
  GPtrArray *loaded = builder->plugins.loaded;

  builder->journal->plugin[0] = '\0';
  if (!order_plugins (loaded, error))
    return FALSE;
  for (guint i = 0; i < loaded->len; i++)
    {
      Plugin *plugin = g_ptr_array_index (loaded, i);

      if (!plugin_load (plugin, plugin->request, builder->journal, error))
        return FALSE;
      tell_passed_over (builder, plugin);
    }
  return TRUE;
}

/* Tells whether a plugin has something to do: one that is only there by
 * default need not be loaded for a stage that is left out. */
static gboolean
is_wanted (const Settings *settings, const PluginRequest *request)
{
  return request->enabled
         && (request->by_default == NULL || flags_has (settings->flags, request->by_default->flag));
}

/* Loads what was asked for, unless that was done before. */
gboolean
plugins_load (VenvbBuilder *builder, const char *const *env_dirs, GError **error)
{
  Plugins *plugins = &builder->plugins;

  if (plugins->loaded != NULL)
    return check_all_outside (plugins->loaded, env_dirs, error);
  plugins->loaded = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_free);
  for (guint i = 0; i < plugins->requests->len; i++)
    {
      PluginRequest *request = g_ptr_array_index (plugins->requests, i);

      if (!is_wanted (&builder->settings, request)
          || open_request (builder, request, env_dirs, error))
        continue;
      journal_note_error (builder->journal, error != NULL ? *error : NULL);
      plugins_unload (plugins);
      return FALSE;
    }
  if (load_all (builder, error))
    return TRUE;
  journal_note_error (builder->journal, error != NULL ? *error : NULL);
  plugins_unload (plugins);
  return FALSE;
}

/* Has the plugins hear of the end. */
void
plugins_unload (Plugins *plugins)
{
  g_clear_pointer (&plugins->loaded, g_ptr_array_unref);
}

/* Tells whether no code but venvb's own is going to run, and pip's part is with a
 * plugin where pip is wanted. */
gboolean
plugins_are_own (const Settings *settings, const Plugins *plugins)
{
  gboolean has_pip = !flags_has (settings->flags, VENVB_FLAG_WITH_PIP);

  if (plugins->loaded != NULL || plugins->hooks->len > 0)
    return FALSE;
  for (guint i = 0; i < plugins->requests->len; i++)
    {
      PluginRequest *request = g_ptr_array_index (plugins->requests, i);

      if (!is_wanted (settings, request))
        continue;
      if (request->by_default == NULL)
        return FALSE;
      if (request->path == NULL)
        request->path = search_find (plugins->dirs, request->name, NULL);
      if (request->path == NULL || !search_is_own (request->path))
        return FALSE;
      has_pip = has_pip || request->by_default->flag == VENVB_FLAG_WITH_PIP;
    }
  return has_pip;
}

/* Tells whether some code is not venvb's own, so that it may change files without
 * a word: what changes files through venvb's functions need not be watched. */
gboolean
plugins_are_strange (const Plugins *plugins)
{
  for (guint i = 0; plugins->loaded != NULL && i < plugins->loaded->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (plugins->loaded, i);

      if (!search_is_own (plugin->path) || g_strcmp0 (plugin->desc.version, VENVB_VERSION) != 0)
        return TRUE;
    }
  return plugins->hooks->len > 0;
}

/* The name of a mandatory plugin that has no say in the whole run, so that it may not be
 * left out of it: NULL where there is none. */
const char *
plugins_passed_over (const Plugins *plugins)
{
  for (guint i = 0; plugins->loaded != NULL && i < plugins->loaded->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (plugins->loaded, i);

      if (plugin->request->lock != NULL && plugin->desc.create == NULL)
        return plugin->name;
    }
  return NULL;
}

/* The plugin of this name, if it is loaded; else NULL. */
static const Plugin *
find_loaded (const VenvbBuilder *builder, const char *name)
{
  const GPtrArray *loaded = builder->plugins.loaded;

  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (loaded, i);

      if (g_str_equal (plugin->name, name))
        return plugin;
    }
  return NULL;
}

const char *
venvb_builder_get_plugin_path (VenvbBuilder *builder, const char *name)
{
  const Plugin *plugin = find_loaded (builder, name);

  return plugin == NULL ? NULL : plugin->path;
}

const char *
venvb_builder_get_plugin_place (VenvbBuilder *builder, const char *name)
{
  const Plugin *plugin = find_loaded (builder, name);

  return plugin == NULL ? NULL : plugin->reason;
}

const VenvbOption *
venvb_builder_find_option (VenvbBuilder *builder, const char *name, const char *key)
{
  const Plugin *plugin = find_loaded (builder, name);

  return plugin == NULL ? NULL : table_find (&plugin->desc, key);
}
