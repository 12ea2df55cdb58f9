/* SPDX-License-Identifier: BSD-2-Clause */

/* Which plugins a builder is to use, and with which options: what was said by
 * configuration files, variables and arguments, one after the other. */

#include "core/room.h"

#include <string.h>

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

void
venvb_builder_set_allow_unknown (VenvbBuilder *builder, gboolean value)
{
  builder->settings.asker.allow_unknown = value;
}

/* Says that what a file or a variable wants of a mandatory plugin does not count. */
G_GNUC_PRINTF (3, 4)
static void
tell_locked (VenvbBuilder *builder, const PluginRequest *locked, const char *format, ...)
{
  const char *origin = builder->settings.asker.origin;
  const Listener listener = builder_listener (builder);
  g_autofree char *name = plugin_name (locked->name);
  va_list args;

  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  if (origin != NULL)
    errors_tell (&listener, VENVB_SOURCE_MAIN,
                 "%s: %s of plugin '%s' does not count: %s, which is mandatory", origin, what, name,
                 locked->lock);
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

  if (request != NULL && request->lock != NULL && request->enabled)
    tell_locked (builder, request, "leaving out");
  else if (request != NULL && request->lock == NULL)
    request->enabled = FALSE;
}

/* Where a request for another plugin goes: those that are mandatory stay outermost,
 * so that none that replaces a stage leaves them out. */
static guint
end_of_requests (const VenvbBuilder *builder)
{
  const GPtrArray *requests = builder->plugins.requests;
  guint i = 0;

  while (i < requests->len && ((PluginRequest *) g_ptr_array_index (requests, i))->lock == NULL)
    i++;
  return i;
}

/* Puts a request at the end, in place of an earlier one for the same plugin. */
static void
add_request (VenvbBuilder *builder, PluginRequest *request)
{
  PluginRequest *earlier = find_request (builder, request->name);

  if (earlier != NULL)
    plugin_request_inherit (request, earlier);
  g_ptr_array_remove (builder->plugins.requests, earlier);
  g_ptr_array_insert (builder->plugins.requests,
                      request->lock != NULL ? -1 : (int) end_of_requests (builder), request);
}

/* Tells whether a request asks for what a mandatory one has anyway.  It changes nothing
 * of that; what a file or a variable says is passed over, the caller is told. */
static gboolean
check_lock (const PluginRequest *locked, const PluginRequest *request, GError **error)
{
  const char *what = NULL;

  if (request->origin != NULL)
    return TRUE;
  if (!locked->enabled)
    what = "it is switched off";
  else if (request->options->len > 0)
    what = "its options are set";
  else if (strchr (request->name, '/') != NULL && !g_str_equal (request->name, locked->name))
    what = "its file is chosen";
  if (what == NULL)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "plugin '%s': %s by %s, which is mandatory",
               request->name, what, locked->lock);
  return FALSE;
}

gboolean
venvb_builder_add_plugin (VenvbBuilder *builder, const char *spec, GError **error)
{
  PluginRequest *request = plugin_request_parse (spec, &builder->settings.asker, error);
  const PluginRequest *earlier = request == NULL ? NULL : find_request (builder, request->name);

  if (earlier != NULL && earlier->lock != NULL)
    {
      gboolean ok = check_lock (earlier, request, error);

      if (!earlier->enabled)
        tell_locked (builder, earlier, "use");
      else if (request->options->len > 0)
        tell_locked (builder, earlier, "options");

      plugin_request_free (request);
      return ok;
    }
  if (request != NULL)
    add_request (builder, request);
  return request != NULL;
}

void
venvb_builder_require_plugin (VenvbBuilder *builder, const char *name, gboolean wanted)
{
  const char *origin = builder->settings.asker.origin;
  PluginRequest *request = find_request (builder, name);

  if (request != NULL && request->lock != NULL)
    return;
  request = plugin_request_new (name, origin, NULL);
  request->enabled = wanted;
  request->lock = g_strdup (origin != NULL ? origin : "this program");
  add_request (builder, request);
}

const char *
venvb_builder_get_plugin_lock (VenvbBuilder *builder, const char *name, gboolean *wanted)
{
  const PluginRequest *request = find_request (builder, name);

  if (request == NULL || request->lock == NULL)
    return NULL;
  if (wanted != NULL)
    *wanted = request->enabled;
  return request->lock;
}

void
venvb_builder_enable_plugin (VenvbBuilder *builder, const char *name, gboolean optional)
{
  PluginRequest *request = find_request (builder, name);

  if (request != NULL && request->lock != NULL && !request->enabled)
    tell_locked (builder, request, "use");
  if (request != NULL && (request->enabled || request->lock != NULL))
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

  if (request != NULL && request->lock != NULL)
    {
      tell_locked (builder, request, "the option '%s'", key);
      return;
    }
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
