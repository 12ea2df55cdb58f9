/* SPDX-License-Identifier: BSD-2-Clause */

/* The module that reads zip files: all of libzip. */

#include "config.h"

#include "wheel/inflate.h"
#include "wheel/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <zip.h>

extern const UnpackModule venvb_unpack;

#define BUFFER_SIZE 65536

/* An archive. */
typedef struct
{
  GMappedFile *file; /* or NULL: libzip reads it */
  GArray *begins;    /* guint32: where each entry begins */
  zip_t *zip;
  Inflate *inflate; /* or NULL: all goes by way of libzip */
  char *buffer;     /* of BUFFER_SIZE, when one is needed */
} Opened;

/* One that is being read: a whole, or piece by piece from a file. */
typedef struct
{
  Opened *opened;
  const void *whole; /* until it was handed on */
  guint64 size;      /* of that */
  zip_file_t *file;  /* or NULL */
} Entry;

static guint32
little_endian (const guint8 *at, guint bytes)
{
  guint32 value = 0;

  while (bytes-- > 0)
    value = value << 8 | at[bytes];
  return value;
}

/* Finds the record that ends an archive, and its directory, which ends where
 * the record begins; NULL when there is none, or one for more than 4 GiB. */
static const guint8 *
find_directory (const guint8 *data, gsize length, const guint8 **end)
{
  for (gsize back = 22; back <= length && back <= 22 + 65535; back++)
    {
      const guint8 *at = data + length - back;
      guint32 size;

      if (memcmp (at, "PK\5\6", 4) != 0 || little_endian (at + 20, 2) != back - 22)
        continue;
      size = little_endian (at + 12, 4);
      *end = at;
      return size <= length - back ? at - size : NULL;
    }
  return NULL;
}

/* Notes where the entries of an archive begin, as its directory has it, and tells whether
 * all is well with their names.  To libzip, a name ends at a NUL; nobody would see what
 * follows. */
static gboolean
read_directory (Opened *opened)
{
  const guint8 *data = (void *) g_mapped_file_get_contents (opened->file);
  const guint8 *end = NULL,
               *at = find_directory (data, g_mapped_file_get_length (opened->file), &end);

  while (at != NULL && end - at >= 46 && memcmp (at, "PK\1\2", 4) == 0)
    {
      guint32 length = little_endian (at + 28, 2), begin = little_endian (at + 42, 4);
      guint32 rest = little_endian (at + 30, 2) + little_endian (at + 32, 2);

      if (end - at < 46 + (gint64) length + rest || memchr (at + 46, '\0', length) != NULL)
        return FALSE;
      g_array_append_val (opened->begins, begin);
      at += 46 + length + rest;
    }
  return at == end;
}

/* What is stored of an entry, of which there is so much; NULL where it is not to be found
 * so easily. */
static const guint8 *
packed_data (const Opened *opened, guint64 index, guint64 size)
{
  const guint8 *data;
  gsize length, at;

  if (index >= opened->begins->len)
    return NULL;
  data = (void *) g_mapped_file_get_contents (opened->file);
  length = g_mapped_file_get_length (opened->file);
  at = g_array_index (opened->begins, guint32, index);
  if (at + 30 > length || memcmp (data + at, "PK\3\4", 4) != 0)
    return NULL;
  at += 30 + little_endian (data + at + 26, 2) + little_endian (data + at + 28, 2);
  return at <= length && size <= length - at ? data + at : NULL;
}

/* Has libzip read what is in memory. */
static zip_t *
open_zip (GMappedFile *file, zip_error_t *failure)
{
  zip_source_t *source = zip_source_buffer_create (g_mapped_file_get_contents (file),
                                                   g_mapped_file_get_length (file), 0, failure);
  zip_t *zip =
      source == NULL ? NULL : zip_open_from_source (source, ZIP_RDONLY | ZIP_CHECKCONS, failure);

  if (zip == NULL && source != NULL)
    zip_source_free (source);
  return zip;
}

static void
archive_close (gpointer archive)
{
  Opened *opened = archive;

  if (opened->zip != NULL)
    zip_discard (opened->zip);
  inflate_free (opened->inflate);
  g_array_unref (opened->begins);
  g_clear_pointer (&opened->file, g_mapped_file_unref);
  g_free (opened->buffer);
  g_free (opened);
}

/* Opens an archive whose directory and entries agree with each other.  It is mapped: what
 * is read of it is nobody's memory, and takes no calls. */
static gpointer
archive_open (int fd, char **reason)
{
  g_autoptr (GError) cause = NULL;
  GMappedFile *file = g_mapped_file_new_from_fd (fd, FALSE, &cause);
  zip_error_t failure;
  Opened *opened;

  if (file == NULL)
    {
      *reason = g_strdup (cause->message);
      return NULL;
    }
  zip_error_init (&failure);
  opened = g_new0 (Opened, 1);
  opened->file = file;
  opened->begins = g_array_new (FALSE, FALSE, sizeof (guint32));
  opened->zip = open_zip (file, &failure);
  if (g_mapped_file_get_length (file) == 0)
    *reason = g_strdup ("The file is empty");
  else if (opened->zip == NULL)
    *reason =
        g_strdup (zip_error_code_zip (&failure) == ZIP_ER_EXISTS ? "A name is there twice"
                                                                 : zip_error_strerror (&failure));
  else if (!read_directory (opened))
    *reason = g_strdup ("Bad directory, or a NUL in a name");
  else
    opened->inflate = inflate_new ();
  zip_error_fini (&failure);
  if (*reason == NULL)
    return opened;
  archive_close (opened);
  return NULL;
}

/* What is not mapped can't end in a signal where somebody cuts it off. */
static gpointer
archive_open_shared (int fd, char **reason)
{
  int own = fcntl (fd, F_DUPFD_CLOEXEC, 0), code = 0;
  zip_t *zip = own < 0 ? NULL : zip_fdopen (own, 0, &code);
  zip_error_t failure;
  Opened *opened;

  if (zip == NULL)
    {
      zip_error_init_with_code (&failure, code);
      *reason = g_strdup (own < 0 ? g_strerror (errno) : zip_error_strerror (&failure));
      zip_error_fini (&failure);
      if (own >= 0)
        close (own);
      return NULL;
    }
  opened = g_new0 (Opened, 1);
  opened->begins = g_array_new (FALSE, FALSE, sizeof (guint32));
  opened->zip = zip;
  return opened;
}

static gint64
archive_count (gpointer archive)
{
  return zip_get_num_entries (((Opened *) archive)->zip, 0);
}

/* The mode that the archive has for an entry, whatever system it claims to
 * come from: installers written in Python look no further, either. */
static guint32
entry_mode (zip_t *zip, guint64 index)
{
  zip_uint8_t system;
  zip_uint32_t attributes = 0;

  if (zip_file_get_external_attributes (zip, index, 0, &system, &attributes) < 0)
    return 0;
  return attributes >> 16;
}

static gboolean
archive_describe (gpointer archive, guint64 index, UnpackEntry *entry, char **reason)
{
  zip_t *zip = ((Opened *) archive)->zip;
  const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_ENCRYPTION_METHOD;
  const char *name = zip_get_name (zip, index, ZIP_FL_ENC_RAW);
  const char *decoded = name == NULL ? NULL : zip_get_name (zip, index, ZIP_FL_ENC_STRICT);
  zip_stat_t st;

  if (decoded == NULL || zip_stat_index (zip, index, 0, &st) < 0 || (st.valid & needed) != needed)
    {
      *reason = g_strdup (zip_strerror (zip));
      return FALSE;
    }
  entry->name = name;
  entry->is_utf8 = strcmp (name, decoded) == 0;
  entry->is_encrypted = st.encryption_method != ZIP_EM_NONE;
  entry->size = st.size;
  entry->mode = entry_mode (zip, index);
  return TRUE;
}

/* One that is small enough is unpacked at once, with a look at all of it. */
static gpointer
entry_open (gpointer archive, guint64 index, char **reason)
{
  Opened *opened = archive;
  Entry entry = { .opened = opened };
  zip_stat_t st;

  if (zip_stat_index (opened->zip, index, 0, &st) == 0)
    entry.whole = inflate_entry (opened->inflate, packed_data (opened, index, st.comp_size), &st);
  if (entry.whole != NULL)
    entry.size = st.size;
  else
    entry.file = zip_fopen_index (opened->zip, index, 0);
  if (entry.whole != NULL || entry.file != NULL)
    return g_memdup2 (&entry, sizeof entry);
  *reason = g_strdup (zip_strerror (opened->zip));
  return NULL;
}

static gint64
entry_next (gpointer data, const void **part, char **reason)
{
  Entry *entry = data;
  gint64 n;

  *part = entry->whole;
  if (entry->file == NULL)
    {
      entry->whole = NULL;
      return *part == NULL ? 0 : (gint64) entry->size;
    }
  if (entry->opened->buffer == NULL)
    entry->opened->buffer = g_malloc (BUFFER_SIZE);
  *part = entry->opened->buffer;
  n = zip_fread (entry->file, entry->opened->buffer, BUFFER_SIZE);
  if (n < 0)
    *reason = g_strdup (zip_file_strerror (entry->file));
  return n;
}

static void
entry_close (gpointer data)
{
  Entry *entry = data;

  if (entry->file != NULL)
    zip_fclose (entry->file);
  g_free (entry);
}

__attribute__ ((visibility ("default"))) const UnpackModule venvb_unpack = {
  .version = UNPACK_VERSION,
  .open = archive_open,
  .open_shared = archive_open_shared,
  .count = archive_count,
  .describe = archive_describe,
  .entry_open = entry_open,
  .entry_next = entry_next,
  .entry_close = entry_close,
  .close = archive_close,
};
