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

/* What a plugin says of its place, as far as that is about plugins that there are: free with
 * g_free(); NULL when it says nothing. */
static char *
wish (const GPtrArray *plugins, const Plugin *plugin)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < plugins->len; i++)
    {
      const Plugin *other = plugins->pdata[i];

      if (other != plugin && names (plugin, other))
        g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "after ", other->name);
    }
  if (plugin->desc.last)
    g_string_append_printf (text, "%slast", text->len > 0 ? ", and " : "");
  return text->len > 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* A plugin that comes before one which it says it comes after, as that is mandatory; or
 * NULL. */
static const Plugin *
denied (const GPtrArray *plugins, const Plugin *plugin)
{
  for (guint i = 0; i < plugins->len && plugin->request->lock == NULL; i++)
    {
      const Plugin *other = plugins->pdata[i];

      if (other->request->lock != NULL && names (plugin, other))
        return other;
    }
  return NULL;
}

static gboolean
has_mandatory (const GPtrArray *plugins, gboolean is_wanted)
{
  for (guint i = 0; i < plugins->len; i++)
    if ((((const Plugin *) plugins->pdata[i])->request->lock != NULL) == is_wanted)
      return TRUE;
  return FALSE;
}

/* Why a plugin has the place that it has among the others, on one line: NULL when that is
 * where it was named.  Free with g_free(). */
static char *
reason_of (const GPtrArray *plugins, const Plugin *plugin)
{
  g_autofree char *text = wish (plugins, plugin);
  const Plugin *other = denied (plugins, plugin);

  if (other != NULL)
    return g_strdup_printf ("as named; not %s, as it says, since '%s' is mandatory", text,
                            other->name);
  if (plugin->request->lock != NULL && has_mandatory (plugins, FALSE))
    return g_strdup_printf ("%s%saround all that is not mandatory", text != NULL ? text : "",
                            text != NULL ? ", as it says, and " : "");
  return text == NULL ? NULL : g_strconcat (text, ", as it says", NULL);
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

/* Takes one out that no other waits for: it is on no circle.  FALSE when there is none. */
static gboolean
drop_waiting (GPtrArray *left)
{
  for (guint i = 0; i < left->len; i++)
    {
      gboolean is_waited_for = FALSE;

      for (guint j = 0; j < left->len && !is_waited_for; j++)
        is_waited_for = must_follow (left, left->pdata[j], left->pdata[i]);
      if (!is_waited_for)
        return g_ptr_array_remove_index (left, i) != NULL;
    }
  return FALSE;
}

/* Says which of those left want what can't be: those on a circle, and not those that wait
 * for one. */
static gboolean
fail (GPtrArray *left, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  while (drop_waiting (left))
    ;
  for (guint i = 0; i < left->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (left, i);
      g_autofree char *reason = wish (left, plugin);

      if (reason != NULL)
        g_string_append_printf (list, "%s'%s' comes %s, as it says", list->len > 0 ? "; " : "",
                                plugin->name, reason);
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
  for (guint i = 0; i < plugins->len; i++)
    {
      Plugin *plugin = plugins->pdata[i];

      g_free (plugin->reason);
      plugin->reason = reason_of (plugins, plugin);
    }
  return TRUE;
}
