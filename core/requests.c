/* SPDX-License-Identifier: BSD-2-Clause */

/* Which plugins a builder is to use, and with which options: what was said by
 * configuration files, variables and arguments, one after the other. */

#include "core/room.h"

void
venvb_builder_set_origin (VenvbBuilder *builder, const char *origin)
{
  g_free (builder->settings.asker.origin);
  builder->settings.asker.origin = g_strdup (origin);
}

void
venvb_builder_set_start_dir (VenvbBuilder *builder, const char *dir)
{
  g_free (builder->settings.asker.start_dir);
  builder->settings.asker.start_dir = g_strdup (dir);
}

/* The request for a plugin, under its name or its path; NULL when nothing is
 * known of it. */
static PluginRequest *
find_request (const VenvbBuilder *builder, const char *name)
{
  g_autofree char *wanted = plugin_name (name);

  for (guint i = 0; i < builder->plugins.requests->len; i++)
    {
      PluginRequest *request = g_ptr_array_index (builder->plugins.requests, i);
      g_autofree char *found = plugin_name (request->name);

      if (g_str_equal (found, wanted))
        return request;
    }
  return NULL;
}

/* Its options are kept for whoever asks for it again. */
void
venvb_builder_remove_plugin (VenvbBuilder *builder, const char *name)
{
  PluginRequest *request = find_request (builder, name);

  if (request != NULL)
    request->enabled = FALSE;
}

/* Puts a request at the end, in place of an earlier one for the same plugin. */
static void
add_request (VenvbBuilder *builder, PluginRequest *request)
{
  PluginRequest *earlier = find_request (builder, request->name);

  if (earlier != NULL)
    plugin_request_inherit (request, earlier);
  g_ptr_array_remove (builder->plugins.requests, earlier);
  g_ptr_array_add (builder->plugins.requests, request);
}

gboolean
venvb_builder_add_plugin (VenvbBuilder *builder, const char *spec, GError **error)
{
  PluginRequest *request = plugin_request_parse (spec, &builder->settings.asker, error);

  if (request != NULL)
    add_request (builder, request);
  return request != NULL;
}

void
venvb_builder_enable_plugin (VenvbBuilder *builder, const char *name, gboolean optional)
{
  PluginRequest *request = find_request (builder, name);

  if (request != NULL && request->enabled)
    return;
  request = plugin_request_new (name, builder->settings.asker.origin, NULL);
  request->optional = optional;
  add_request (builder, request);
}

void
venvb_builder_set_plugin_option (VenvbBuilder *builder, const char *name, const char *key,
                                 const char *const *values)
{
  PluginRequest *request = find_request (builder, name);

  if (request == NULL)
    {
      request = plugin_request_new (name, NULL, NULL);
      request->enabled = FALSE;
      add_request (builder, request);
    }
  plugin_request_set_option (request, key, values, &builder->settings.asker);
}

const char *
venvb_builder_get_plugin_origin (VenvbBuilder *builder, const char *name)
{
  const PluginRequest *request = find_request (builder, name);

  if (request != NULL && request->origin == NULL && request->by_default != NULL)
    return "default";
  return request == NULL ? NULL : request->origin;
}

gboolean
venvb_builder_get_plugin_option (VenvbBuilder *builder, const char *name, guint n, const char **key,
                                 const char **value, const char **origin)
{
  const PluginRequest *request = find_request (builder, name);
  const PluginOption *option;

  if (request == NULL || n >= request->options->len)
    return FALSE;
  option = g_ptr_array_index (request->options, n);
  *key = option->key;
  *value = option->value;
  *origin = option->origin;
  return TRUE;
}
