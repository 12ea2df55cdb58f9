/* SPDX-License-Identifier: BSD-2-Clause */

/* Byte code in an environment.  It holds the time of its source, which a copy does
 * not have where times can't be set: Python would compile it anew, at each start
 * where it may not write. */

#include "wheel/room.h"

#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* DIR/NAME.py for DIR/__pycache__/NAME.TAG.pyc; NULL for what is no such path. */
static char *
source_of (const char *path)
{
  static const char cache[] = "__pycache__/";
  const char *slash = strrchr (path, '/');
  const char *dot = slash == NULL ? NULL : strchr (slash, '.');
  gsize length = slash == NULL ? 0 : slash + 1 - path, own = strlen (cache);

  if (dot == NULL || length < own || strncmp (path + length - own, cache, own) != 0)
    return NULL;
  return g_strdup_printf ("%.*s%.*s.py", (int) (length - own), path, (int) (dot - slash - 1),
                          slash + 1);
}

/* Where the time is in byte code of a source of that size, or 0: Python 3.6 has
 * the size behind it and nothing before, later ones what it depends on, and that
 * is 0 for the time. */
static gsize
place_of_time (const guint32 *words, off_t size)
{
  const guint32 flags = GUINT32_FROM_LE (words[1]);

  /* A hash, whether it is looked at or not. */
  if (flags == 1 || flags == 3)
    return 0;
  if (words[1] == 0 && GUINT32_FROM_LE (words[3]) == (guint32) size)
    return 2 * sizeof *words;
  return GUINT32_FROM_LE (words[2]) == (guint32) size ? sizeof *words : 0;
}

/* Writes the time of the source, unless the file is somebody else's as well.  When
 * that fails, it is as if there were none. */
static void
set_time (int fd, const struct stat *source)
{
  guint32 words[4], time = GUINT32_TO_LE ((guint32) source->st_mtim.tv_sec);
  struct stat st;
  gsize at;

  if (fstat (fd, &st) < 0 || !S_ISREG (st.st_mode) || st.st_nlink != 1
      || pread (fd, words, sizeof words, 0) != sizeof words)
    return;
  at = place_of_time (words, source->st_size);
  if (at > 0 && words[at / sizeof *words] != time && pwrite (fd, &time, sizeof time, at) < 0)
    errno = 0;
}

/* Has the byte code that was copied to an environment fit the sources there.  Where
 * the first one has got its time, which is a whole second, all have. */
void
byte_code_fit (int env, const char *env_dir, const WheelImage *image)
{
  for (guint i = 0; i < image->files->len; i++)
    {
      const WheelFile *file = g_ptr_array_index (image->files, i);
      g_autofree char *path = file->hash == NULL ? source_of (file->path) : NULL;
      struct stat source;
      int fd;

      if (path == NULL || fstatat (env, path, &source, AT_SYMLINK_NOFOLLOW) < 0)
        continue;
      if (source.st_mtim.tv_sec == file->mtime && source.st_mtim.tv_nsec == 0
          && file->fraction == 0)
        return;
      fd = beneath_open (env, env_dir, file->path, O_RDWR | O_NONBLOCK | O_CLOEXEC, 0);
      if (fd >= 0)
        set_time (fd, &source);
      fs_close (fd);
    }
}
