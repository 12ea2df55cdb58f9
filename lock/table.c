/* SPDX-License-Identifier: BSD-2-Clause */

/* What is under a key of a table of TOML, if it is of the type that it has to be.
 * Each function fails with a refusal; what is not there stays as it was. */

#include "lock/room.h"

#include <string.h>

/* A place that is about one line of the same. */
static Place
at_line (const Place *place, guint line)
{
  Place at = *place;

  at.line = line > 0 ? line : place->line;
  return at;
}

/* What is under the key, of that kind: NULL where there is nothing. */
gboolean
table_get (const Place *place, const Node *table, const char *key, NodeKind kind, gboolean required,
           const Node **node, GError **error)
{
  Place at;

  *node = node_get (table, key);
  at = at_line (place, *node != NULL ? (*node)->line : table->line);
  if (*node == NULL)
    return !required || refusal_set (error, &at, key, LOCK_ANEW, "it is missing");
  if ((*node)->kind != kind)
    return refusal_set (error, &at, key, LOCK_ANEW, "it has to be %s, not %s",
                        node_kind_name (kind), node_kind_name ((*node)->kind));
  return TRUE;
}

/* A text, to be freed with g_free(). */
gboolean
table_string (const Place *place, const Node *table, const char *key, gboolean required,
              char **value, GError **error)
{
  const Node *node;

  if (!table_get (place, table, key, NODE_STRING, required, &node, error))
    return FALSE;
  if (node != NULL)
    {
      g_free (*value);
      *value = g_strdup (node->text);
    }
  return TRUE;
}

/* An array all of whose items are of that kind. */
gboolean
table_array (const Place *place, const Node *table, const char *key, NodeKind kind,
             gboolean required, const Node **node, GError **error)
{
  if (!table_get (place, table, key, NODE_ARRAY, required, node, error))
    return FALSE;
  for (guint i = 0; *node != NULL && i < (*node)->items->len; i++)
    {
      const Node *item = (*node)->items->pdata[i];
      g_autofree char *name = g_strdup_printf ("%s[%u]", key, i);
      Place at = at_line (place, item->line);

      if (item->kind != kind)
        return refusal_set (error, &at, name, LOCK_ANEW, "it has to be %s, not %s",
                            node_kind_name (kind), node_kind_name (item->kind));
    }
  return TRUE;
}

/* Texts, to be freed with g_strfreev(). */
gboolean
table_strings (const Place *place, const Node *table, const char *key, char ***values,
               GError **error)
{
  const Node *node;

  if (!table_array (place, table, key, NODE_STRING, FALSE, &node, error))
    return FALSE;
  if (node == NULL)
    return TRUE;
  *values = g_new0 (char *, node->items->len + 1);
  for (guint i = 0; i < node->items->len; i++)
    (*values)[i] = g_strdup (((Node *) node->items->pdata[i])->text);
  return TRUE;
}

/* A list of specifiers. */
gboolean
table_specifiers (const Place *place, const Node *table, const char *key, char **value,
                  GError **error)
{
  GError *reason = NULL;
  gboolean met;

  if (!table_string (place, table, key, FALSE, value, error))
    return FALSE;
  if (*value == NULL || release_meets (*value, "0", &met, &reason))
    return TRUE;
  Place at = at_line (place, node_get (table, key)->line);
  return refusal_because (error, &at, key, LOCK_ANEW, reason);
}

/* Notes what a table has that is not known. */
void
table_unknown (const Place *place, const Node *table, const char *const *known, GPtrArray *warnings)
{
  for (guint i = 0; i < table->items->len; i++)
    {
      const Node *item = table->items->pdata[i];
      Place at = at_line (place, item->line);

      if (!g_strv_contains (known, item->key))
        g_ptr_array_add (warnings, refusal_text (&at, item->key, NULL, "this key is not known"));
    }
}
