/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins leave on the context for each other: it is theirs, and freed by them. */

#include "core/room.h"

#include <string.h>

typedef struct
{
  gpointer data;
  GDestroyNotify destroy;
  char plugin[sizeof ((Journal *) NULL)->plugin]; /* whose it is */
  Journal *journal;
} Item;

/* Frees what was left, in the name of him who has left it: should that crash. */
static void
item_free (gpointer data)
{
  Item *item = data;
  Journal *journal = item->journal;
  char caller[sizeof item->plugin];

  if (item->destroy != NULL)
    {
      memcpy (caller, journal->plugin, sizeof caller);
      memcpy (journal->plugin, item->plugin, sizeof caller);
      item->destroy (item->data);
      memcpy (journal->plugin, caller, sizeof caller);
    }
  g_free (item);
}

void
venvb_context_set_data (VenvbContext *ctx, const char *key, gpointer data, GDestroyNotify destroy)
{
  Journal *journal = ctx->builder->journal;
  Item *item;

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
  item->journal = journal;
  memcpy (item->plugin, journal->plugin, sizeof item->plugin);
  g_hash_table_replace (ctx->data, g_strdup (key), item);
}

gpointer
venvb_context_get_data (VenvbContext *ctx, const char *key)
{
  const Item *item = ctx->data == NULL ? NULL : g_hash_table_lookup (ctx->data, key);

  return item == NULL ? NULL : item->data;
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
