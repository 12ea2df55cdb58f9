/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An image's description on disk.  Fields end with a NUL, so that a reader
 * needs no copies:
 *
 *   venvb-image-1  CHECKSUM of all that follows
 *   NAME  VERSION  DIST_INFO  LIB  SCRIPTS_DIR  PIP_VERSION
 *   NUMBER of directories, of files, of scripts
 *   PATH                                       for each directory
 *   PATH  HASH  DIR SIZE MODE FLAGS MTIME      for each file, and where modes or
 *   SEEN_MODE FRACTION                         times can't be set, these
 *   NAME  MODULE  ATTR  GUI                    for each script
 */

#include "wheel/room.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#define MAGIC "venvb-image-1"
#define MANIFEST "manifest"

enum
{
  FLAG_SHEBANG = 1,
  FLAG_COPY = 2,
  FLAG_SEEN = 4,
};

/* What is left to be read. */
typedef struct
{
  char *at;
  const char *end;
  gboolean is_bad;
} Reader;

/* Tells a damaged manifest; eight bytes at a time, since it is read on every
 * run. */
guint64
manifest_checksum (const char *data, gsize length)
{
  guint64 sum = length, word;

  for (; length >= sizeof word; data += sizeof word, length -= sizeof word)
    {
      memcpy (&word, data, sizeof word);
      sum = (sum ^ word) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      sum ^= sum >> 29;
    }
  for (; length > 0; data++, length--)
    sum = (sum ^ (guint8) *data) * G_GUINT64_CONSTANT (0x100000001b3);
  return sum;
}

static void
put (GString *out, const char *field)
{
  g_string_append_len (out, field, strlen (field) + 1);
}

static void
put_numbers (GString *out, guint n, const guint64 *numbers)
{
  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, "%s%" G_GUINT64_FORMAT, i == 0 ? "" : " ", numbers[i]);
  g_string_append_c (out, '\0');
}

static void
put_file (GString *out, const WheelFile *file)
{
  gboolean is_odd = file->seen_mode != file->mode || file->fraction != 0;
  guint flags = (file->fixed_shebang ? FLAG_SHEBANG : 0) | (file->copy ? FLAG_COPY : 0)
                | (is_odd ? FLAG_SEEN : 0);

  put (out, file->path);
  put (out, file->hash == NULL ? "" : file->hash);
  put_numbers (out, 5, (guint64[]){ file->dir, file->size, file->mode, flags, file->mtime });
  if (is_odd)
    put_numbers (out, 2, (guint64[]){ file->seen_mode, file->fraction });
}

static void
put_script (GString *out, const WheelScript *script)
{
  put (out, script->name);
  put (out, script->module);
  put (out, script->attr);
  put (out, script->gui ? "1" : "0");
}

/* Writes the description of an image to its directory. */
gboolean
manifest_write (const WheelImage *image, int dir, GError **error)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autoptr (GString) whole = g_string_new (NULL);
  const char *const fields[] = { image->name, image->version,     image->dist_info,
                                 image->lib,  image->scripts_dir, image->pip_version };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    put (body, fields[i]);
  put_numbers (body, 3, (guint64[]){ image->dirs->len, image->files->len, image->scripts->len });
  for (guint i = 0; i < image->dirs->len; i++)
    put (body, g_ptr_array_index (image->dirs, i));
  for (guint i = 0; i < image->files->len; i++)
    put_file (body, g_ptr_array_index (image->files, i));
  for (guint i = 0; i < image->scripts->len; i++)
    put_script (body, g_ptr_array_index (image->scripts, i));
  put (whole, MAGIC);
  put_numbers (whole, 1, (guint64[]){ manifest_checksum (body->str, body->len) });
  g_string_append_len (whole, body->str, body->len);
  return regular_replace (dir, MANIFEST, whole->str, whole->len, 0644, NULL)
         || fs_fail (error, "write", MANIFEST);
}

/* The next field; "" when there is none, which makes the manifest bad. */
static char *
get (Reader *reader)
{
  char *field = reader->at;
  char *end = field < reader->end ? memchr (field, '\0', reader->end - field) : NULL;

  if (end == NULL)
    {
      static char nothing[1];

      reader->is_bad = TRUE;
      nothing[0] = '\0';
      return nothing;
    }
  reader->at = end + 1;
  return field;
}

/* What a digit stands for; more than 9 for anything else. */
static guint
digit (char c)
{
  return (guint) (c - '0');
}

/* Reads the numbers of one field. */
static void
get_numbers (Reader *reader, guint n, guint64 *numbers)
{
  const char *at = get (reader);

  for (guint i = 0; i < n; i++)
    {
      numbers[i] = 0;
      if (digit (*at) > 9)
        reader->is_bad = TRUE;
      for (; digit (*at) <= 9; at++)
        numbers[i] = numbers[i] * 10 + digit (*at);
      at += *at == ' ';
    }
  if (*at != '\0')
    reader->is_bad = TRUE;
}

static void
get_file (Reader *reader, WheelFile *file, guint n_dirs)
{
  guint64 numbers[5], seen[2] = { 0, 0 };
  const char *slash;

  file->path = get (reader);
  file->hash = get (reader);
  get_numbers (reader, 5, numbers);
  seen[0] = numbers[2];
  if ((numbers[3] & FLAG_SEEN) != 0)
    get_numbers (reader, 2, seen);
  slash = strrchr (file->path, '/');
  file->name = slash == NULL ? file->path : slash + 1;
  if (file->hash[0] == '\0')
    file->hash = NULL;
  file->dir = numbers[0];
  file->size = numbers[1];
  file->mode = numbers[2] & 0777;
  file->seen_mode = seen[0] & 0777;
  file->fraction = seen[1];
  file->fixed_shebang = (numbers[3] & FLAG_SHEBANG) != 0;
  file->copy = (numbers[3] & FLAG_COPY) != 0;
  file->mtime = numbers[4];
  if (numbers[0] >= n_dirs || file->name[0] == '\0')
    reader->is_bad = TRUE;
}

static WheelScript *
get_script (Reader *reader)
{
  WheelScript *script = g_new (WheelScript, 1);

  script->name = get (reader);
  script->module = get (reader);
  script->attr = get (reader);
  script->gui = get (reader)[0] == '1';
  return script;
}

/* Reads the lists.  Each element needs a byte at least, which bounds the
 * numbers of a bad manifest. */
static void
get_lists (Reader *reader, WheelImage *image)
{
  guint64 n[3];

  get_numbers (reader, 3, n);
  for (guint i = 0; i < 3; i++)
    if (n[i] > (guint64) (reader->end - reader->at))
      reader->is_bad = TRUE;
  if (reader->is_bad)
    return;
  g_ptr_array_set_size (image->files, n[1]);
  image->file_block = g_new0 (WheelFile, n[1]);
  for (guint i = 0; i < n[0] && !reader->is_bad; i++)
    g_ptr_array_add (image->dirs, get (reader));
  for (guint i = 0; i < n[1] && !reader->is_bad; i++)
    {
      image->files->pdata[i] = &image->file_block[i];
      get_file (reader, &image->file_block[i], n[0]);
    }
  for (guint i = 0; i < n[2] && !reader->is_bad; i++)
    g_ptr_array_add (image->scripts, get_script (reader));
}

/* Reads all of it; returns whether it is what was written. */
static gboolean
parse (WheelImage *image, gsize length)
{
  Reader reader = { image->text, image->text + length, FALSE };
  char **const fields[] = { &image->name, &image->version,     &image->dist_info,
                            &image->lib,  &image->scripts_dir, &image->pip_version };
  guint64 sum;

  if (!g_str_equal (get (&reader), MAGIC))
    return FALSE;
  get_numbers (&reader, 1, &sum);
  if (reader.is_bad || sum != manifest_checksum (reader.at, reader.end - reader.at))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    *fields[i] = get (&reader);
  get_lists (&reader, image);
  return !reader.is_bad && reader.at == reader.end;
}

void
wheel_image_free (WheelImage *image)
{
  g_ptr_array_unref (image->dirs);
  g_ptr_array_unref (image->files);
  g_ptr_array_unref (image->scripts);
  g_free (image->file_block);
  g_free (image->text);
  g_free (image);
}

/* Reads the description of the image in a directory, and whose that is; NULL with
 * error set when it is not there or damaged. */
WheelImage *
manifest_read (int dir, GError **error)
{
  g_autoptr (WheelImage) image = g_new0 (WheelImage, 1);
  g_auto (Regular) file = { .fd = -1 };
  struct stat st;
  gsize length;

  image->dirs = g_ptr_array_new ();
  image->files = g_ptr_array_new ();
  image->scripts = g_ptr_array_new_with_free_func (g_free);
  if (!regular_open (&file, dir, MANIFEST, FALSE)
      || (image->text = regular_read (&file, &length)) == NULL || fstat (dir, &st) < 0)
    {
      refuse (error, "cannot read its manifest: %s", regular_reason (errno));
      return NULL;
    }
  if (!parse (image, length))
    {
      refuse (error, "its manifest is damaged");
      return NULL;
    }
  image->uid = st.st_uid;
  image->gid = st.st_gid;
  image->dir_mode = st.st_mode & 07777;
  return g_steal_pointer (&image);
}

/* Tells whether a file is what the manifest says, and still belongs to whom its
 * image does.  What is done to a link in some environment is done to the file
 * here: an edit, which changes size or time, and also chown, chgrp and chmod.
 * These make a file the property of somebody who can edit it and put size and
 * time back.  The manifest has the mode, in which there is no set-user-ID, and the
 * time, both as they were seen when the image was made; owner
 * and group are compared with the image's directory, which nothing links: so an
 * image may be moved to another user as a whole. */
gboolean
manifest_is_intact (int fd, const WheelImage *image, const WheelFile *file)
{
  struct stat st;

  return fstatat (fd, file->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (st.st_mode)
         && (guint64) st.st_size == file->size && (st.st_mode & 07777) == file->seen_mode
         && (file->seen_mode & S_IWOTH) == 0 && st.st_uid == image->uid && st.st_gid == image->gid
         && st.st_mtim.tv_sec == file->mtime && st.st_mtim.tv_nsec == (long) file->fraction;
}
