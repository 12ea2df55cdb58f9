/* SPDX-License-Identifier: BSD-2-Clause */

/* RECORD: comma-separated values, one row for each file, with its hash and
 * its size. */

#include "wheel/room.h"

#include "base/csv.h"

#include <string.h>

void
record_row_free (RecordRow *row)
{
  g_free (row->path);
  g_free (row->hash);
  g_free (row->size);
  g_free (row);
}

/* Reads a row of three fields; returns what follows it, or NULL. */
static const char *
read_row (const char *at, RecordRow *row)
{
  g_autoptr (GString) field = g_string_new (NULL);
  char **const fields[] = { &row->path, &row->hash, &row->size };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      at = csv_field (at, field);
      if (at == NULL || (i < 2 ? *at != ',' : *at == ','))
        return NULL;
      *fields[i] = g_strndup (field->str, field->len);
      at += i < 2;
    }
  return at + strspn (at, "\r\n");
}

/* Adds a row; the same one twice is one row. */
static gboolean
add_row (GHashTable *rows, RecordRow *row, GError **error)
{
  const RecordRow *other = g_hash_table_lookup (rows, row->path);
  gboolean same;

  if (other == NULL)
    {
      g_hash_table_insert (rows, row->path, row);
      return TRUE;
    }
  same = g_str_equal (other->hash, row->hash) && g_str_equal (other->size, row->size);
  record_row_free (row);
  return same || refuse (error, "RECORD has two different rows for '%s'", other->path);
}

/* Reads RECORD: path -> RecordRow; NULL with error set when it is not what
 * it should be. */
GHashTable *
record_parse (const char *text, gsize length, GError **error)
{
  g_autoptr (GHashTable) rows =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) record_row_free);
  const char *at = text;
  guint line = 1;

  if (strlen (text) != length || !g_utf8_validate (text, length, NULL))
    {
      refuse (error, "RECORD is not UTF-8 text");
      return NULL;
    }
  for (at += strspn (at, "\r\n"); *at != '\0'; line++)
    {
      RecordRow *row = g_new0 (RecordRow, 1);

      at = read_row (at, row);
      if (at == NULL)
        {
          record_row_free (row);
          refuse (error, "row %u of RECORD is not path, hash and size", line);
          return NULL;
        }
      if (!add_row (rows, row, error))
        return NULL;
    }
  return g_steal_pointer (&rows);
}

static void
append_field (GString *out, const char *text)
{
  gsize length = strcspn (text, ",\"\r\n");

  if (text[length] == '\0')
    {
      g_string_append_len (out, text, length);
      return;
    }
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (out, '"');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '"');
}

/* Appends a row as Python's csv.writer does. */
void
record_append (GString *out, const char *path, const char *hash, const char *size)
{
  append_field (out, path);
  g_string_append_c (out, ',');
  append_field (out, hash);
  g_string_append_c (out, ',');
  append_field (out, size);
  g_string_append_len (out, "\r\n", 2);
}

/* The checksum that a RECORD hash calls for; NULL with error set when that is
 * none, or one that can be forged. */
Sum *
record_sum (const char *hash, GError **error)
{
  gsize length = strcspn (hash, "=");

  if (hash[length] == '=' && sum_is_good (hash, length))
    return sum_new (hash, length);
  if (hash[0] == '\0')
    refuse (error, "RECORD has no hash for it");
  else
    refuse (error, "RECORD has a hash for it that is not sha256, sha384 or sha512");
  return NULL;
}

/* The hash of some text, as RECORD has it. */
char *
record_hash_data (const char *data, gsize length)
{
  g_autoptr (Sum) sum = sum_new ("sha256", -1);

  sum_update (sum, data, length);
  return sum_record (sum);
}

/* Compares what was read with what its row says. */
gboolean
record_verify (const RecordRow *row, Sum *sum, guint64 size, GError **error)
{
  g_autofree char *hash = sum_record (sum);
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, size);
  gsize length = strlen (hash);

  if (strncmp (hash, row->hash, length) != 0
      || row->hash[length + strspn (row->hash + length, "=")] != '\0')
    return refuse (error, "its hash is not the one in RECORD");
  if (row->size[0] != '\0' && !g_str_equal (row->size, text))
    return refuse (error, "its size is not the one in RECORD");
  return TRUE;
}
