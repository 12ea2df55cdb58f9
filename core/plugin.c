/* SPDX-License-Identifier: BSD-2-Clause */

/* One plugin: asked for, verified, loaded, configured. */

#include "core/room.h"
#include "base/secret.h"
#include "core/spec.h"
#include "core/table.h"

#include <stddef.h>
#include <string.h>

static void
plugin_option_free (PluginOption *option)
{
  g_free (option->key);
  g_free (option->value);
  g_free (option->origin);
  g_free (option->start_dir);
  g_free (option);
}

static void
add_option (PluginRequest *request, const char *key, const char *value, const Asker *asker)
{
  PluginOption *option = g_new0 (PluginOption, 1);

  *option = (PluginOption){ g_strdup (key), g_strdup (value), g_strdup (asker->origin),
                            g_strdup (asker->start_dir), asker->allow_unknown };
  g_ptr_array_add (request->options, option);
}

static void
remove_option (PluginRequest *request, const char *key)
{
  for (guint i = request->options->len; i-- > 0;)
    if (g_str_equal (((PluginOption *) g_ptr_array_index (request->options, i))->key, key))
      g_ptr_array_remove_index (request->options, i);
}

PluginRequest *
plugin_request_new (const char *name, const char *origin, const DefaultPlugin *by_default)
{
  PluginRequest *request = g_new0 (PluginRequest, 1);

  request->name = g_strdup (name);
  request->origin = g_strdup (origin);
  request->options = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_option_free);
  request->by_default = by_default;
  request->enabled = TRUE;
  return request;
}

void
plugin_request_free (PluginRequest *request)
{
  g_free (request->name);
  g_free (request->origin);
  g_free (request->path);
  g_free (request->lock);
  g_ptr_array_unref (request->options);
  g_free (request);
}

/* Gives an option these values, in place of those it had. */
void
plugin_request_set_option (PluginRequest *request, const char *key, const char *const *values,
                           const Asker *asker)
{
  remove_option (request, key);
  for (guint i = 0; values[i] != NULL; i++)
    add_option (request, key, values[i], asker);
}

/* Takes over, in front of its own, the options of an earlier request for the
 * same plugin that this one does not set itself. */
void
plugin_request_inherit (PluginRequest *request, PluginRequest *earlier)
{
  GPtrArray *own = request->options;

  for (guint i = 0; i < own->len; i++)
    remove_option (earlier, ((PluginOption *) g_ptr_array_index (own, i))->key);
  request->options = g_steal_pointer (&earlier->options);
  earlier->options = g_ptr_array_new ();
  g_ptr_array_extend_and_steal (request->options, own);
}

/* Reads "NAME,key=value,...". */
PluginRequest *
plugin_request_parse (const char *spec, const Asker *asker, GError **error)
{
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = spec_parse (spec, options);
  PluginRequest *request;

  if (name[0] == '\0')
    {
      g_autofree char *shown = secret_mask_value ("", spec);
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "plugin '%s' has no name", shown);
      return NULL;
    }
  request = plugin_request_new (name, asker->origin, NULL);
  for (guint i = 0; i < options->len; i += 2)
    add_option (request, g_ptr_array_index (options, i), g_ptr_array_index (options, i + 1), asker);
  return request;
}

/* The name of a plugin: the file's, without folder and ".so", where a path is
 * given. */
char *
plugin_name (const char *name_or_path)
{
  g_autofree char *base = g_path_get_basename (name_or_path);

  if (strchr (name_or_path, '/') == NULL)
    return g_strdup (name_or_path);
  if (g_str_has_suffix (base, ".so"))
    base[strlen (base) - strlen (".so")] = '\0';
  return g_steal_pointer (&base);
}

/* Tells whether a description can have this size: it holds a name, and ends
 * between two members. */
static gboolean
is_possible (gsize size)
{
  return size >= offsetof (VenvbPlugin, version) && size <= 1024 * sizeof (gpointer)
         && size % sizeof (gpointer) == 0;
}

/* Copies a description that may be smaller or larger than ours.  A larger one
 * must not use what we do not know. */
static gboolean
adopt (VenvbPlugin *to, const VenvbPlugin *from, GError **error)
{
  const gsize ours = sizeof *to;

  if (!is_possible (from->struct_size))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "its description has the impossible size %" G_GSIZE_FORMAT, from->struct_size);
  else if (from->api_version > VENVB_PLUGIN_API)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "it needs plugin interface %u; this venvb has %d", from->api_version,
                 VENVB_PLUGIN_API);
  else if (from->struct_size > ours
           && !table_is_zero ((const char *) from + ours, from->struct_size - ours))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "it uses what only a newer venvb than " VENVB_VERSION " has");
  else if (from->api_version == 0 || from->name == NULL || from->name[0] == '\0')
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "its description has no %s",
                 from->api_version == 0 ? "interface version" : "name");
  else
    {
      memcpy (to, from, MIN (ours, from->struct_size));
      return TRUE;
    }
  return FALSE;
}

/* Opens and verifies a plugin's file, which has to be root's where it is a mandatory
 * one's.  None of the plugin's functions are called.  Free with plugin_free(). */
Plugin *
plugin_open (const char *name, const char *path, gboolean of_root, GError **error)
{
  g_autofree Plugin *plugin = g_new0 (Plugin, 1);
  const VenvbPlugin *desc = NULL;

  if (of_root ? venvb_check_root (path, error) : venvb_check_trusted (path, error))
    desc = loader_open (path, error);
  if (desc == NULL || !adopt (&plugin->desc, desc, error)
      || !table_adopt (&plugin->desc, &plugin->rows, error))
    {
      g_prefix_error (error, "plugin '%s': ", name);
      g_free (plugin->rows);
      return NULL;
    }
  plugin->help = table_help (&plugin->desc);
  plugin->desc.options_help = plugin->help[0] == '\0' ? NULL : plugin->help;
  plugin->name = g_strdup (name);
  plugin->path = g_strdup (path);
  return g_steal_pointer (&plugin);
}

/* Notes whose code runs from now on, and in which of its functions. */
static void
note (Journal *journal, const char *name, const char *function)
{
  g_strlcpy (journal->plugin, name, sizeof journal->plugin);
  g_strlcpy (journal->stage, function, sizeof journal->stage);
}

void
plugin_free (Plugin *plugin)
{
  if (plugin->journal != NULL && plugin->desc.unload != NULL)
    {
      note (plugin->journal, plugin->name, "unload");
      plugin->desc.unload (plugin->self);
      note (plugin->journal, "", "");
    }
  if (plugin->desc.data_size > 0)
    typed_free (&plugin->desc, plugin->data);
  g_free (plugin->rows);
  g_free (plugin->help);
  g_free (plugin->reason);
  g_clear_pointer (&plugin->passed_over, g_ptr_array_unref);
  g_free (plugin->name);
  g_free (plugin->path);
  g_free (plugin);
}

/* Adds to an error about an option that there is not which there are, a line for each. */
static void
add_options (const Plugin *plugin, GError **error)
{
  g_autofree char *help = g_strdup (plugin->desc.options_help);
  gboolean is_deaf = plugin->desc.set_option == NULL && plugin->desc.n_options == 0;
  g_auto (GStrv) lines = g_strsplit (help == NULL ? "" : g_strstrip (help), "\n", -1);

  if (is_deaf)
    errors_add (error, " (it has no options)");
  for (guint i = 0; !is_deaf && lines[i] != NULL; i++)
    {
      g_autofree char *message = (*error)->message;

      (*error)->message =
          g_strconcat (message, i == 0 ? "; its options are" : "", "\n  | ", lines[i], NULL);
    }
}

/* Tells whether an error is about an option that there is not: what the plugin knows, or
 * says of itself that it knows, has a value that is wrong. */
static gboolean
is_unknown (const Plugin *plugin, const char *key, const GError *error)
{
  return g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION)
         && (g_str_has_prefix (error->message, "unknown option '")
             || (plugin->desc.options_help != NULL && !table_knows (&plugin->desc, key)));
}

/* Turns what a plugin's function returned into a well-formed error, less what is
 * secret in it. */
static gboolean
check_result (const Plugin *plugin, const char *what, gboolean ok, GError **local, GError **error)
{
  if (ok && *local == NULL)
    return TRUE;
  if (*local == NULL)
    g_set_error (local, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "failed without saying why, which is a bug of the plugin");
  else if (ok)
    g_prefix_error (local, "returned TRUE with an error set, which is a bug of the plugin: ");
  secret_mask_error (*local);
  if (g_error_matches (*local, VENVB_ERROR, VENVB_ERROR_OPTION))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "plugin '%s': %s", plugin->name,
                 (*local)->message);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "plugin '%s', %s: %s", plugin->name, what,
                 (*local)->message);
  return FALSE;
}

/* Takes the value of an option that is secret out of what a plugin says of it.
 * Hardly anything would be left where the value is a letter or two: that is masked only
 * where it stands alone. */
static void
hide_value (const PluginOption *option, GError *error)
{
  if (error == NULL || !secret_is_name (option->key) || option->value[0] == '\0')
    return;
  if (strlen (option->value) < 3)
    {
      secret_learn (option->value);
      return;
    }
  g_auto (GStrv) parts = g_strsplit (error->message, option->value, -1);
  g_free (error->message);
  error->message = g_strjoinv ("****", parts);
}

/* Keeps what is said of an option that the plugin need not know, and does not. */
static void
pass_over (Plugin *plugin, const PluginOption *option, const GError *error)
{
  if (plugin->passed_over == NULL)
    plugin->passed_over = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (plugin->passed_over,
                   g_strdup_printf ("%s: plugin '%s': %s",
                                    option->origin != NULL ? option->origin : "passed over",
                                    plugin->name, error->message));
}

static gboolean
set_option (Plugin *plugin, const PluginOption *option, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok = typed_set (&plugin->desc, plugin->self, option->key, option->value,
                           option->start_dir, &local);

  hide_value (option, local);
  if (!ok && option->may_be_unknown && is_unknown (plugin, option->key, local))
    {
      pass_over (plugin, option, local);
      return TRUE;
    }
  if (check_result (plugin, option->key, ok, &local, error))
    return TRUE;
  if (error != NULL && is_unknown (plugin, option->key, local))
    add_options (plugin, error);
  if (option->origin != NULL)
    g_prefix_error (error, "%s: ", option->origin);
  return FALSE;
}

static gboolean
call_load (Plugin *plugin, GError **error)
{
  g_autoptr (GError) local = NULL;
  gboolean ok;

  plugin->self = plugin->data = typed_new (&plugin->desc);
  ok = plugin->desc.load == NULL || plugin->desc.load (&plugin->self, &local);
  if (ok && plugin->data != NULL && plugin->self != plugin->data)
    {
      ok = FALSE;
      g_set_error (&local, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                   "has put its data in the place of those that venvb has made, which is a bug of "
                   "the plugin");
    }
  return check_result (plugin, "load", ok, &local, error);
}

/* Fills in the options that were not given, and asks the plugin whether it is content. */
static gboolean
call_ready (Plugin *plugin, const PluginRequest *request, GError **error)
{
  g_autoptr (GHashTable) given = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GError) local = NULL;
  gboolean ok;

  for (guint i = 0; i < request->options->len; i++)
    g_hash_table_add (given, ((PluginOption *) g_ptr_array_index (request->options, i))->key);
  ok = typed_finish (&plugin->desc, plugin->self, given, &local);
  if (ok && plugin->desc.ready != NULL)
    ok = plugin->desc.ready (plugin->self, &local);
  return check_result (plugin, "ready", ok, &local, error);
}

/* Calls a plugin's load, set_option for each option, and ready. */
gboolean
plugin_load (Plugin *plugin, const PluginRequest *request, Journal *journal, GError **error)
{
  note (journal, plugin->name, "load");
  if (!call_load (plugin, error))
    return FALSE;
  plugin->journal = journal;
  note (journal, plugin->name, "set_option");
  for (guint i = 0; i < request->options->len; i++)
    if (!set_option (plugin, g_ptr_array_index (request->options, i), error))
      return FALSE;
  note (journal, plugin->name, "ready");
  if (!call_ready (plugin, request, error))
    {
      if (request->origin != NULL)
        g_prefix_error (error, "%s: ", request->origin);
      return FALSE;
    }
  note (journal, "", "");
  return TRUE;
}
