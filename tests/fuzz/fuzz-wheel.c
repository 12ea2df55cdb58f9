/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Wheels, made of what the input says: the first line is the wheel's name, each
 * part "@MODE NAME" a file in it, MODE its st_mode in octal.  Checksums are
 * right, and RECORD gets a row for each file that is not marked by "-" in
 * front of its name, so that what is fuzzed lies behind both.
 *
 * A wheel is either refused, and nothing is there of it, or installed: then all
 * of it lies in the environment, is in RECORD, and is what RECORD says.
 */

#include "fuzz.h"

#include "wheel/room.h"

#include "base/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

const guint fuzz_mutations = 1500;

static guint32
crc32_of (const char *data, gsize length)
{
  guint32 crc = 0xffffffff;

  for (; length > 0; data++, length--)
    {
      crc ^= (guint8) *data;
      for (guint i = 0; i < 8; i++)
        crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
  return ~crc;
}

static void
put (GString *out, guint bytes, guint32 value)
{
  for (; bytes > 0; bytes--, value >>= 8)
    g_string_append_c (out, (char) (value & 0xff));
}

/* Both headers of an entry have this. */
static void
put_common (GString *out, const char *name, const char *data, gsize length)
{
  put (out, 2, 20);
  put (out, 2, 0x800); /* UTF-8 */
  put (out, 2, 0);     /* stored */
  put (out, 2, 0);
  put (out, 2, 0x5821);
  put (out, 4, crc32_of (data, length));
  put (out, 4, length);
  put (out, 4, length);
  put (out, 2, strlen (name));
  put (out, 2, 0);
}

static void
add_entry (GString *zip, GString *directory, const char *name, guint mode, const char *data,
           gsize length)
{
  gsize offset = zip->len;

  put (zip, 4, 0x04034b50);
  put_common (zip, name, data, length);
  g_string_append (zip, name);
  g_string_append_len (zip, data, length);
  put (directory, 4, 0x02014b50);
  put (directory, 2, 3 << 8 | 20); /* made by Unix */
  put_common (directory, name, data, length);
  put (directory, 2, 0);
  put (directory, 2, 0);
  put (directory, 2, 0);
  put (directory, 4, mode << 16);
  put (directory, 4, offset);
  g_string_append (directory, name);
}

static const char *
plain_name (const FuzzPart *part)
{
  return part->name + (part->name[0] == '-');
}

/* What a part holds, with the rows for all others where it is RECORD. */
static GString *
contents_of (const GPtrArray *parts, const FuzzPart *part)
{
  GString *out = g_string_new_len (part->data, part->length);

  if (!g_str_has_suffix (part->name, ".dist-info/RECORD"))
    return out;
  for (guint i = 1; i < parts->len; i++)
    {
      const FuzzPart *other = parts->pdata[i];
      g_autofree char *hash = record_hash_data (other->data, other->length);
      g_autofree char *size = g_strdup_printf ("%" G_GSIZE_FORMAT, other->length);

      if (other == part)
        record_append (out, other->name, "", "");
      else if (other->name[0] != '-' && !g_str_has_suffix (other->name, "/"))
        record_append (out, other->name, hash, size);
    }
  return out;
}

static void
write_wheel (const GPtrArray *parts, const char *name)
{
  g_autoptr (GString) zip = g_string_new (NULL);
  g_autoptr (GString) directory = g_string_new (NULL);
  gsize start;

  for (guint i = 1; i < parts->len; i++)
    {
      const FuzzPart *part = parts->pdata[i];
      g_autoptr (GString) contents = contents_of (parts, part);

      add_entry (zip, directory, plain_name (part), part->mode, contents->str, contents->len);
    }
  start = zip->len;
  g_string_append_len (zip, directory->str, directory->len);
  put (zip, 4, 0x06054b50);
  put (zip, 4, 0);
  put (zip, 2, parts->len - 1);
  put (zip, 2, parts->len - 1);
  put (zip, 4, directory->len);
  put (zip, 4, start);
  put (zip, 2, 0);
  fuzz_write (name, zip->str, zip->len, 0644);
}

typedef struct
{
  const char *dir;     /* relative to the environment */
  GHashTable *rows;    /* of RECORD */
  const char *library; /* what they are relative to */
  guint n_files;
} Walk;

/* Looks at what was installed: no links, nothing special, all in RECORD. */
static gboolean
check_entry (int fd, const char *entry, gpointer data, GError **error)
{
  Walk *walk = data;
  g_autofree char *path = g_build_filename (walk->dir, entry, NULL);
  struct stat st;

  MUST_OF (lstat (path, &st) == 0, path);
  MUST_OF (!reserved_is_in (entry), path);
  if (S_ISDIR (st.st_mode))
    {
      Walk below = { path, walk->rows, walk->library, 0 };

      MUST (dir_each (AT_FDCWD, path, check_entry, &below, NULL));
      walk->n_files += below.n_files;
      return TRUE;
    }
  MUST_OF (S_ISREG (st.st_mode), path);
  MUST_OF ((st.st_mode & 07022) == 0, path);
  MUST_OF (g_hash_table_contains (walk->rows, path), path);
  walk->n_files++;
  return TRUE;
}

/* The files of RECORD, by where they are: path -> path. */
static GHashTable *
read_rows (const char *library, const char *record)
{
  GHashTable *paths = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GHashTable) rows = NULL;
  GHashTableIter iter;
  gpointer path;
  gsize length;

  MUST_OF (g_file_get_contents (record, &text, &length, NULL), record);
  rows = record_parse (text, length, NULL);
  MUST_OF (rows != NULL, text);
  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    g_hash_table_add (paths, g_canonicalize_filename (path, library));
  return paths;
}

static void
on_problem (const char *path, const char *problem, gpointer data)
{
  MUST_OF (problem == NULL, path);
}

static void
check_environment (const WheelImage *image, const char *env)
{
  g_autofree char *library = g_build_filename (env, image->lib, NULL);
  g_autofree char *record = g_build_filename (env, image->dist_info, "RECORD", NULL);
  g_autofree char *info = g_path_get_basename (image->dist_info);
  g_autoptr (GHashTable) rows = read_rows (library, record);
  Walk walk = { env, rows, library, 0 };

  MUST (dir_each (AT_FDCWD, env, check_entry, &walk, NULL));
  MUST_OF (walk.n_files == g_hash_table_size (rows), info);
  MUST (wheel_check (library, info, on_problem, NULL, NULL));
}

/* Only these may be there, whatever a wheel says. */
static gboolean
check_outside (int fd, const char *entry, gpointer names, GError **error)
{
  MUST_OF (g_strv_contains (names, entry), entry);
  return TRUE;
}

static void
install (int dir, const char *env)
{
  g_autofree char *exe = g_build_filename (env, "bin", "python", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (WheelImage) image = wheel_read_image (dir, &error);
  gboolean ok;

  MUST_OF (image != NULL, error->message);
  MUST (g_mkdir_with_parents (env, 0777) == 0);
  ok = wheel_install_image (image, dir, env, exe, &(WheelOrigin){ .requested = TRUE },
                            WHEEL_LINK_HARDLINK, &error);
  fuzz_outcome (ok, error);
  /* A path that is absolute now may be too long. */
  if (!ok)
    MUST_OF (strstr (error->message, g_strerror (ENAMETOOLONG)) != NULL, error->message);
  else
    check_environment (image, env);
}

static const WheelScheme scheme = {
  .purelib = "lib/python3.11/site-packages",
  .platlib = "lib64/python3.11/site-packages",
  .scripts = "bin",
  .headers = "include/site/python3.11",
  .data = "",
  .python = "/usr/bin/python3",
  .major = 3,
  .minor = 11,
};

static void
run (const GPtrArray *parts)
{
  const FuzzPart *first = parts->pdata[0];
  g_autofree char *name = g_strndup (first->data, first->length);
  g_autofree char *dir = g_build_filename (fuzz_scratch (), "image", NULL);
  g_autofree char *env = g_build_filename (fuzz_scratch (), "env", NULL);
  g_autoptr (GError) error = NULL;
  gboolean ok;

  name[strcspn (name, "\n/")] = '\0';
  if (!g_str_has_suffix (name, ".whl") || strlen (name) > 200 || first->name[0] != '\0')
    return;
  write_wheel (parts, name);
  MUST (g_mkdir_with_parents (dir, 0777) == 0);
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ok = wheel_make_image (name, NULL, &scheme, FALSE, fd, &error);
  fuzz_outcome (ok, error);
  if (ok)
    install (fd, env);
  fs_close (fd);
  const char *const here[] = { name, "env", "image", NULL };
  const char *const in_image[] = { "tree", "manifest", NULL };
  MUST (dir_each (AT_FDCWD, fuzz_scratch (), check_outside, (gpointer) here, NULL));
  MUST (dir_each (AT_FDCWD, dir, check_outside, (gpointer) in_image, NULL));
  fuzz_clean ();
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) parts = fuzz_parts (data, size);

  if (parts->len > 1 && parts->len < 64)
    run (parts);
  return 0;
}
