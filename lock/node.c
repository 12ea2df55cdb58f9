/* SPDX-License-Identifier: BSD-2-Clause */

/* What a TOML document says, for C. */

#include "lock/node.h"

#include <string.h>

Node *
node_new (NodeKind kind, guint line, const char *key)
{
  Node *node = g_new0 (Node, 1);

  node->kind = kind;
  node->line = line;
  node->key = g_strdup (key);
  if (kind == NODE_ARRAY || kind == NODE_TABLE)
    node->items = g_ptr_array_new_with_free_func ((GDestroyNotify) node_free);
  return node;
}

void
node_free (Node *node)
{
  g_free (node->key);
  g_free (node->text);
  g_clear_pointer (&node->items, g_ptr_array_unref);
  g_free (node);
}

/* What a table has under a key; NULL for nothing. */
const Node *
node_get (const Node *table, const char *key)
{
  for (guint i = 0; i < table->items->len; i++)
    {
      const Node *item = table->items->pdata[i];

      if (g_str_equal (item->key, key))
        return item;
    }
  return NULL;
}

const char *
node_kind_name (NodeKind kind)
{
  static const char *const names[] = {
    "a string",           "an integer", "a number with a fraction",
    "a boolean",          "a date",     "a time",
    "a date with a time", "an array",   "a table",
  };

  return names[kind];
}
