/* SPDX-License-Identifier: BSD-2-Clause */

/* In which order plugins wrap each other: as they were named, but where one says that it
 * comes after another, or last. */

#include "core/room.h"

/* Tells whether one plugin says that it comes after the other. */
static gboolean
names (const Plugin *plugin, const Plugin *other)
{
  const char *after = plugin->desc.after;
  g_auto (GStrv) words = after == NULL ? NULL : g_strsplit_set (after, " \t\n", -1);

  return words != NULL && g_strv_contains ((const char *const *) words, other->name);
}

/* Tells whether a plugin names another, or one that names one that does; through no more
 * than so many. */
static gboolean
leads_to (const GPtrArray *plugins, const Plugin *plugin, const Plugin *other, guint steps)
{
  if (names (plugin, other))
    return TRUE;
  for (guint i = 0; i < plugins->len && steps > 0; i++)
    if (names (plugin, plugins->pdata[i])
        && leads_to (plugins, plugins->pdata[i], other, steps - 1))
      return TRUE;
  return FALSE;
}

/* Tells whether a plugin has to come after another.  That one is last says nothing of
 * those which come after it by name, nor of others that are last; and what is mandatory
 * wraps all that is not, whatever that says. */
static gboolean
must_follow (const GPtrArray *plugins, const Plugin *plugin, const Plugin *other)
{
  gboolean is_locked = plugin->request->lock != NULL;

  if (is_locked != (other->request->lock != NULL))
    return is_locked;
  return plugin != other
         && (names (plugin, other)
             || (plugin->desc.last && !other->desc.last && !leads_to (plugins, other, plugin, 8)));
}

/* Why a plugin has another place than the one it was named at, on one line: NULL when it
 * says nothing.  Free with g_free(). */
char *
order_reason (const Plugin *plugin)
{
  if (plugin->desc.after != NULL)
    return g_strdup_printf ("after %s%s, as it says", plugin->desc.after,
                            plugin->desc.last ? ", and last" : "");
  return plugin->desc.last ? g_strdup ("last, as it says") : NULL;
}

/* The first of those left that need not wait for another of them; NULL when each does. */
static Plugin *
next_free (const GPtrArray *left)
{
  for (guint i = 0; i < left->len; i++)
    {
      Plugin *plugin = g_ptr_array_index (left, i);
      gboolean is_free = TRUE;

      for (guint j = 0; j < left->len && is_free; j++)
        is_free = !must_follow (left, plugin, g_ptr_array_index (left, j));
      if (is_free)
        return plugin;
    }
  return NULL;
}

/* Says which of those left want something: they are on a circle, or wait for one. */
static gboolean
fail (const GPtrArray *left, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < left->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (left, i);
      g_autofree char *reason = order_reason (plugin);

      if (reason != NULL)
        g_string_append_printf (list, "%s'%s' comes %s", list->len > 0 ? "; " : "", plugin->name,
                                reason);
    }
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
               "plugins can't be put in an order that all of them want: %s; leave one out with "
               "--no-plugin",
               list->str);
  return FALSE;
}

/* Puts plugins into an order that all of them want, and that is else the one they have. */
gboolean
order_plugins (GPtrArray *plugins, GError **error)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new ();
  guint placed = 0;

  for (guint i = 0; i < plugins->len; i++)
    g_ptr_array_add (left, plugins->pdata[i]);
  for (; left->len > 0; placed++)
    {
      Plugin *plugin = next_free (left);

      if (plugin == NULL)
        return fail (left, error);
      g_ptr_array_remove (left, plugin);
      plugins->pdata[placed] = plugin;
      for (guint i = 0; i < left->len; i++)
        plugins->pdata[placed + 1 + i] = left->pdata[i];
    }
  return TRUE;
}
