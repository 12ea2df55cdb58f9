/* SPDX-License-Identifier: BSD-2-Clause */

/* RECORD: what was read and is written again reads the same; a hash is one
 * that can be computed, or refused. */

#include "fuzz.h"

#include "wheel/room.h"

#include <string.h>

const guint fuzz_mutations = 8000;

static GString *
write_rows (GHashTable *rows)
{
  GString *out = g_string_new (NULL);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RecordRow *row = value;

      record_append (out, row->path, row->hash, row->size);
    }
  return out;
}

static void
compare (GHashTable *rows, GHashTable *again)
{
  GHashTableIter iter;
  gpointer value;

  MUST (g_hash_table_size (rows) == g_hash_table_size (again));
  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const RecordRow *row = value;
      const RecordRow *other = g_hash_table_lookup (again, row->path);

      MUST_OF (other != NULL, row->path);
      MUST_OF (g_str_equal (row->hash, other->hash), row->path);
      MUST_OF (g_str_equal (row->size, other->size), row->path);
    }
}

/* A file with the row's own hash is refused, unless it is that file. */
static void
verify (const RecordRow *row)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) mismatch = NULL;
  g_autoptr (Sum) sum = record_sum (row->hash, &error);

  fuzz_outcome (sum != NULL, error);
  if (sum == NULL)
    return;
  sum_update (sum, row->path, strlen (row->path));
  g_autofree char *hash = sum_record (sum);
  gboolean ok = record_verify (row, sum, strlen (row->path), &mismatch);
  fuzz_outcome (ok, mismatch);
  MUST (!ok || g_str_has_prefix (row->hash, hash));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GString) bytes = g_string_new_len ((const char *) data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) rows = record_parse (bytes->str, bytes->len, &error);
  GHashTableIter iter;
  gpointer row;

  fuzz_outcome (rows != NULL, error);
  if (rows == NULL)
    return 0;
  g_autoptr (GString) written = write_rows (rows);
  g_autoptr (GHashTable) again = record_parse (written->str, written->len, &error);
  MUST_OF (again != NULL, written->str);
  compare (rows, again);
  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    verify (row);
  return 0;
}
