/* SPDX-License-Identifier: BSD-2-Clause */

/* Manifests of images: any bytes, and any bytes below a checksum that is
 * right.  What was read and is written again is the same. */

#include "fuzz.h"

#include "wheel/room.h"

#include <fcntl.h>
#include <string.h>

const guint fuzz_mutations = 2000;

static void
check_image (const WheelImage *image)
{
  for (guint i = 0; i < image->files->len; i++)
    {
      const WheelFile *file = image->files->pdata[i];

      MUST_OF (file->dir < image->dirs->len, file->path);
      MUST_OF (file->name[0] != '\0' && strchr (file->name, '/') == NULL, file->path);
      MUST_OF (((file->mode | file->seen_mode) & ~0777) == 0, file->path);
    }
}

/* Reads what is there; FALSE when it is none. */
static gboolean
read_it (const char *path, int dir)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) damage = NULL;
  g_autoptr (WheelImage) image = manifest_read (dir, &error);
  g_autoptr (WheelImage) whole = wheel_read_image (dir, &damage);

  fuzz_outcome (image != NULL, error);
  fuzz_outcome (whole != NULL, damage);
  if (image == NULL)
    return FALSE;
  check_image (image);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  gsize first_length, second_length;
  g_autoptr (WheelImage) again = NULL;
  MUST (manifest_write (image, dir, &error));
  MUST (g_file_get_contents (path, &first, &first_length, NULL));
  again = manifest_read (dir, &error);
  MUST (again != NULL);
  MUST (manifest_write (again, dir, &error));
  MUST (g_file_get_contents (path, &second, &second_length, NULL));
  MUST (first_length == second_length && memcmp (first, second, first_length) == 0);
  return TRUE;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = g_build_filename (fuzz_scratch (), "image", "manifest", NULL);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autoptr (GString) with_sum = g_string_new ("venvb-image-1");

  MUST (fuzz_write ("image/tree/a.py", "", 0, 0644));
  MUST (fuzz_write ("image/manifest", data, size, 0644));
  int fd = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  read_it (path, fd);
  g_string_append_c (with_sum, '\0');
  g_string_append_printf (with_sum, "%" G_GUINT64_FORMAT,
                          manifest_checksum ((const char *) data, size));
  g_string_append_c (with_sum, '\0');
  g_string_append_len (with_sum, (const char *) data, size);
  MUST (fuzz_write ("image/manifest", with_sum->str, with_sum->len, 0644));
  read_it (path, fd);
  fs_close (fd);
  fuzz_clean ();
  return 0;
}
