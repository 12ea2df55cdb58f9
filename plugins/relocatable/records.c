/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "records.h"

#include "base/csv.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define RECORD "RECORD"

/* One RECORD. */
typedef struct
{
  char *dir;        /* of the project */
  GPtrArray *lines; /* char *, each with its end */
  gboolean is_changed;
} Record;

/* The row of a script. */
typedef struct
{
  Record *record;
  guint line;
  gsize field; /* length of the path in it, as it stands there */
} Row;

struct _Records
{
  GPtrArray *records; /* Record */
  GHashTable *rows;   /* name in the bin directory -> Row */
};

static void
record_free (gpointer data)
{
  Record *record = data;

  g_free (record->dir);
  g_ptr_array_unref (record->lines);
  g_free (record);
}

void
records_free (Records *records)
{
  g_hash_table_unref (records->rows);
  g_ptr_array_unref (records->records);
  g_free (records);
}

/* The length of the row that text begins with, and of its end; a field in quotes
 * may hold line breaks. */
static gsize
row_length (const char *text)
{
  gboolean is_quoted = FALSE;
  gsize length = 0;

  for (; text[length] != '\0'; length++)
    if (text[length] == '"')
      is_quoted = !is_quoted;
    else if (text[length] == '\n' && !is_quoted)
      return length + 1;
  return length;
}

/* Splits a text into rows that keep their ends. */
static GPtrArray *
split_lines (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);

  while (*text != '\0')
    {
      gsize length = row_length (text);

      g_ptr_array_add (lines, g_strndup (text, length));
      text += length;
    }
  return lines;
}

/* Notes the rows of a RECORD in the directory lib that are of scripts in bin. */
static void
add_rows (Records *records, Record *record, const char *lib, const char *bin)
{
  g_autoptr (GString) path = g_string_new (NULL);

  for (guint i = 0; i < record->lines->len; i++)
    {
      const char *line = g_ptr_array_index (record->lines, i);
      const char *end = csv_field (line, path);

      if (end == NULL || *end != ',' || !g_str_has_prefix (path->str, "../"))
        continue;
      g_autofree char *absolute = g_canonicalize_filename (path->str, lib);
      g_autofree char *dir = g_path_get_dirname (absolute);

      if (g_str_equal (dir, bin))
        {
          Row *row = g_new0 (Row, 1);

          *row = (Row){ record, i, end - line };
          g_hash_table_insert (records->rows, g_path_get_basename (absolute), row);
        }
    }
}

/* Opens the directory of a project; what a link leads to is not the
 * environment's. */
static int
open_project (const char *dir)
{
  return open (dir, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

static gboolean
fail (GError **error, const char *what, const char *path)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path,
               regular_reason (errno));
  return FALSE;
}

/* Reads the RECORD in the directory of a project; *text is NULL where there is
 * none, or it is not for this user. */
static gboolean
read_record (const char *dir, char **text, GError **error)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *path = g_build_filename (dir, RECORD, NULL);
  int fd = open_project (dir), failure;

  *text = NULL;
  if (fd < 0)
    return TRUE;
  if (regular_open (&file, fd, RECORD, FALSE))
    *text = regular_read (&file, NULL);
  failure = errno;
  close (fd);
  errno = failure;
  return *text != NULL || errno == ENOENT || errno == EACCES || fail (error, "read", path);
}

/* Reads the RECORD of each project in a directory. */
static gboolean
add_dir (Records *records, const char *lib, const char *bin, GError **error)
{
  g_autoptr (GDir) dir = lib == NULL ? NULL : g_dir_open (lib, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (lib, entry, NULL);
      g_autofree char *text = NULL;
      Record *record;

      if (!g_str_has_suffix (entry, ".dist-info"))
        continue;
      if (!read_record (path, &text, error))
        return FALSE;
      if (text == NULL)
        continue;
      record = g_new0 (Record, 1);
      record->dir = g_steal_pointer (&path);
      record->lines = split_lines (text);
      g_ptr_array_add (records->records, record);
      add_rows (records, record, lib, bin);
    }
  return TRUE;
}

Records *
records_read (VenvbContext *ctx, GError **error)
{
  Records *records = g_new0 (Records, 1);
  const char *lib = venvb_context_get (ctx, VENVB_ATTR_LIB_PATH);
  const char *platlib = venvb_context_get (ctx, VENVB_ATTR_PLATLIB_PATH);
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);

  records->records = g_ptr_array_new_with_free_func (record_free);
  records->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  if (add_dir (records, lib, bin, error)
      && (g_strcmp0 (lib, platlib) == 0 || add_dir (records, platlib, bin, error)))
    return records;
  records_free (records);
  return NULL;
}

gboolean
records_has (const Records *records, const char *name)
{
  return g_hash_table_contains (records->rows, name);
}

/* The hash of a RECORD row: URL-safe base 64 without padding. */
static char *
hash_data (const char *data, gsize length)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize size = sizeof digest;
  char *text;

  g_checksum_update (checksum, (const guchar *) data, length);
  g_checksum_get_digest (checksum, digest, &size);
  text = g_base64_encode (digest, size);
  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

void
records_set (Records *records, const char *name, const char *data, gsize length)
{
  const Row *row = g_hash_table_lookup (records->rows, name);

  if (row == NULL)
    return;
  const char *line = g_ptr_array_index (row->record->lines, row->line);
  const char *end = line + strlen (line);
  g_autofree char *hash = hash_data (data, length);

  while (end > line && strchr ("\r\n", end[-1]) != NULL)
    end--;
  /* Whoever lists no hash does not get one. */
  if (g_str_has_prefix (line + row->field, ",,"))
    return;
  row->record->lines->pdata[row->line] = g_strdup_printf (
      "%.*s,sha256=%s,%" G_GSIZE_FORMAT "%s", (int) row->field, line, hash, length, end);
  row->record->is_changed = TRUE;
  g_free ((char *) line);
}

static gboolean
write_record (VenvbContext *ctx, const Record *record, const GString *text, GError **error)
{
  g_autofree char *path = g_build_filename (record->dir, RECORD, NULL);
  int fd;
  gboolean ok;

  if (ctx != NULL)
    return venvb_context_save_file (ctx, path, error)
           && venvb_context_write_file (ctx, path, text->str, text->len, 0666, error);
  fd = open_project (record->dir);
  ok = (fd >= 0 && regular_replace (fd, RECORD, text->str, text->len, 0666, NULL))
       || fail (error, "write", path);
  if (fd >= 0)
    close (fd);
  return ok;
}

gboolean
records_write (Records *records, VenvbContext *ctx, GError **error)
{
  for (guint i = 0; i < records->records->len; i++)
    {
      const Record *record = g_ptr_array_index (records->records, i);
      g_autoptr (GString) text = g_string_new (NULL);

      if (!record->is_changed)
        continue;
      for (guint j = 0; j < record->lines->len; j++)
        g_string_append (text, g_ptr_array_index (record->lines, j));
      if (!write_record (ctx, record, text, error))
        return FALSE;
    }
  return TRUE;
}
