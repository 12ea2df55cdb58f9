/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins leave on the context for each other: it is theirs, and freed by them. */

#include "core/room.h"

#include <string.h>

typedef struct
{
  gpointer data;
  GDestroyNotify destroy;
  char *key;
  gboolean is_early; /* left before the core's stage `create` runs the others */
  char plugin[sizeof ((Journal *) NULL)->plugin]; /* whose it is */
  Journal *journal;
} Item;

/* Frees what was left, in the name of him who has left it: should that crash. */
static void
item_free (gpointer data)
{
  Item *item = data;
  g_autofree char *what = g_strdup_printf ("data '%s'", item->key);
  JournalPlace caller;

  journal_enter (item->journal, &caller, item->plugin, what);
  if (item->destroy != NULL)
    item->destroy (item->data);
  journal_leave (item->journal, &caller);
  g_free (item->key);
  g_free (item);
}

void
venvb_context_set_data (VenvbContext *ctx, const char *key, gpointer data, GDestroyNotify destroy)
{
  Journal *journal = ctx->builder->journal;
  Item *item;

  if (key == NULL)
    {
      g_autofree char *line =
          g_strdup_printf ("passed over: plugin '%s' leaves data without a key", journal->plugin);

      builder_tell (ctx->builder, ctx, VENVB_SOURCE_WARNING, line);
      return;
    }
  if (ctx->data == NULL)
    ctx->data = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, item_free);
  if (data == NULL)
    {
      g_hash_table_remove (ctx->data, key);
      return;
    }
  item = g_new0 (Item, 1);
  item->data = data;
  item->destroy = destroy;
  item->key = g_strdup (key);
  item->is_early = !ctx->is_at_work;
  item->journal = journal;
  memcpy (item->plugin, journal->plugin, sizeof item->plugin);
  g_hash_table_replace (ctx->data, g_strdup (key), item);
}

gpointer
venvb_context_get_data (VenvbContext *ctx, const char *key)
{
  const Item *item = ctx->data == NULL || key == NULL ? NULL : g_hash_table_lookup (ctx->data, key);

  return item == NULL ? NULL : item->data;
}

/* A try has failed: frees what its stages have left. */
void
data_forget (VenvbContext *ctx)
{
  g_autoptr (GList) keys = ctx->data == NULL ? NULL : g_hash_table_get_keys (ctx->data);
  g_autoptr (GPtrArray) late = g_ptr_array_new_with_free_func (g_free);

  for (const GList *at = keys; at != NULL; at = at->next)
    if (!((const Item *) g_hash_table_lookup (ctx->data, at->data))->is_early)
      g_ptr_array_add (late, g_strdup (at->data));
  for (guint i = 0; i < late->len; i++)
    g_hash_table_remove (ctx->data, g_ptr_array_index (late, i));
}

/* Frees all of it; a function that is called by that may still look at the rest. */
void
data_free (VenvbContext *ctx)
{
  if (ctx->data == NULL)
    return;
  g_hash_table_remove_all (ctx->data);
  g_clear_pointer (&ctx->data, g_hash_table_unref);
}
