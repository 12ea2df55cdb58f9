/* SPDX-License-Identifier: BSD-2-Clause */

#include "installed.h"

#include <string.h>

/* Notes the project that an entry of site-packages tells of, as
 * some_thing-1.0.dist-info or some_thing-1.0-py3.11.egg-info does. */
static void
add_entry (GHashTable *list, const char *entry)
{
  const char *dot = strrchr (entry, '.');

  if (dot == NULL || (!g_str_equal (dot, ".dist-info") && !g_str_equal (dot, ".egg-info")))
    return;
  g_autofree char *stem = g_strndup (entry, dot - entry);
  g_auto (GStrv) parts = g_strsplit (stem, "-", 3);

  if (g_strv_length (parts) < 2 || parts[0][0] == '~')
    return;
  g_strdelimit (parts[0], "_", '-');
  g_hash_table_replace (list, g_strdup (parts[0]), g_strdup (parts[1]));
}

GHashTable *
installed_list (VenvbContext *ctx)
{
  static const VenvbAttr attrs[] = { VENVB_ATTR_LIB_PATH, VENVB_ATTR_PLATLIB_PATH };
  GHashTable *list = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (guint i = 0; i < G_N_ELEMENTS (attrs); i++)
    {
      g_autoptr (GDir) dir = g_dir_open (venvb_context_get (ctx, attrs[i]), 0, NULL);
      const char *entry;

      while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
        add_entry (list, entry);
    }
  return list;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (a, b);
}

/* What became of one project; FALSE when it is as it was. */
static gboolean
tell_change (VenvbContext *ctx, const char *name, const char *old, const char *new)
{
  if (g_strcmp0 (old, new) == 0)
    return FALSE;
  if (old == NULL)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: installed %s %s", name, new);
  else if (new == NULL)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: removed %s %s", name, old);
  else
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: installed %s %s, was %s", name,
                           new, old);
  return TRUE;
}

void
installed_tell_changes (VenvbContext *ctx, GHashTable *before)
{
  g_autoptr (GHashTable) after = installed_list (ctx);
  g_autoptr (GHashTable) all = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GList) names = NULL;
  GHashTable *const lists[] = { before, after };
  gboolean is_changed = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      GHashTableIter iter;
      gpointer name;

      g_hash_table_iter_init (&iter, lists[i]);
      while (g_hash_table_iter_next (&iter, &name, NULL))
        g_hash_table_add (all, name);
    }
  names = g_list_sort (g_hash_table_get_keys (all), compare_names);
  for (GList *at = names; at != NULL; at = at->next)
    is_changed |= tell_change (ctx, at->data, g_hash_table_lookup (before, at->data),
                               g_hash_table_lookup (after, at->data));
  if (!is_changed)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN,
                           "requirements: there was nothing left to install");
}
