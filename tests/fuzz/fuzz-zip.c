/* SPDX-License-Identifier: BSD-2-Clause */

/* Archives of any bytes: opened, described and read to the end, as a wheel and
 * without asking whether it is one. */

#include "fuzz.h"

#include "wheel/room.h"

#include <fcntl.h>
#include <string.h>

const guint fuzz_mutations = 2000;

#define WHEEL "demo-1.0-py3-none-any.whl"
#define MOST (4 << 20)

static gboolean
count (const void *data, gsize length, gpointer user, GError **error)
{
  *(guint64 *) user += length;
  return TRUE;
}

/* Reads an entry, which is as large as it says or an error. */
static void
read_entry (Archive *archive, guint64 index)
{
  g_autofree char *reason = NULL;
  g_autoptr (GError) error = NULL;
  UnpackEntry entry;
  guint64 size = 0;
  gboolean ok;

  if (!archive->module->describe (archive->handle, index, &entry, &reason))
    {
      MUST (reason != NULL);
      return;
    }
  MUST (reason == NULL && entry.name != NULL);
  MUST_OF (!entry.is_utf8 || g_utf8_validate (entry.name, -1, NULL), entry.name);
  if (entry.size > MOST)
    return;
  ok = archive_read (archive, index, entry.size, count, &size, &error);
  fuzz_outcome (ok, error);
  MUST (!ok || size == entry.size);
}

static void
read_archive (int fd, gboolean is_shared)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Archive) archive = archive_open (fd, is_shared, &error);
  gint64 n;

  fuzz_outcome (archive != NULL, error);
  n = archive == NULL ? 0 : archive->module->count (archive->handle);
  MUST (n >= 0);
  for (gint64 i = 0; i < MIN (n, 64); i++)
    read_entry (archive, i);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const WheelScheme scheme = { .purelib = "lib",
                               .platlib = "lib64",
                               .scripts = "bin",
                               .headers = "include",
                               .data = "",
                               .python = "/x",
                               .major = 3,
                               .minor = 11 };
  g_autofree char *dir = g_build_filename (fuzz_scratch (), "image", NULL);
  g_autoptr (GError) error = NULL;

  MUST (fuzz_write (WHEEL, data, size, 0644));
  int fd = wheel_open (WHEEL, NULL);
  MUST (fd >= 0);
  read_archive (fd, FALSE);
  read_archive (fd, TRUE);
  MUST (g_mkdir_with_parents (dir, 0777) == 0);
  int at = open (dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = wheel_make_image (WHEEL, NULL, &scheme, FALSE, at, &error);
  fs_close (at);
  fuzz_outcome (ok, error);
  g_autofree char *requires = wheel_requires_python (fd);
  MUST (!ok || requires != NULL);
  fs_close (fd);
  fuzz_clean ();
  return 0;
}
