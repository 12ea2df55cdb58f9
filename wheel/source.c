/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The file of a wheel.  Who may write to its directory may exchange it at any
 * moment, and who may write to the file change it; so what is known of it is read
 * by one descriptor, and what is unpacked is a copy that nobody else has, whose
 * hash is that by which it will be found.
 */

#include "wheel/room.h"

#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* What the copy is called, beside the tree. */
#define COPY "wheel"

/* Opens a wheel, to be looked at by the functions that take a descriptor; -1 with
 * error set when it is not there, or no regular file. */
int
wheel_open (const char *path, GError **error)
{
  Regular file = { .fd = -1 };

  if (regular_open_path (&file, path))
    return file.fd;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read wheel '%s': %s", path,
               regular_reason (errno));
  return -1;
}

/* The SHA-256 of what is open; NULL with errno set.  It is read, not mapped: others may cut
 * it off meanwhile. */
static Sum *
sum_of (int fd)
{
  g_autoptr (Sum) sum = sum_new ("sha256", -1);
  g_autofree guchar *buffer = g_malloc (65536);
  off_t at = 0;
  ssize_t n;

  while ((n = pread (fd, buffer, 65536, at)) != 0)
    if (n > 0)
      {
        sum_update (sum, buffer, n);
        at += n;
      }
    else if (errno != EINTR)
      return NULL;
  return g_steal_pointer (&sum);
}

/* The same in hexadecimal. */
char *
wheel_hash (int fd)
{
  g_autoptr (Sum) sum = NULL;

  sum_hurry ();
  sum = sum_of (fd);
  return sum == NULL ? NULL : g_strdup (sum_hex (sum));
}

/* The same as RECORD has it. */
char *
source_record_hash (int fd)
{
  g_autoptr (Sum) sum = sum_of (fd);

  return sum == NULL ? NULL : sum_record (sum);
}

/* Closes and removes the copy, which has no place in an image. */
gboolean
source_close (int fd, int dir, GError **error)
{
  fs_close (fd);
  return unlinkat (dir, COPY, 0) == 0 || fs_fail (error, "remove", COPY);
}

/* Opens a copy of a wheel that is this process's alone, in a directory that is nobody
 * else's; -1 with error set, also when its hash is not the one given, which may be
 * NULL.  It keeps its name, since there are file systems that say nothing of what has
 * none, until source_close(). */
int
source_copy (const char *wheel, const char *hash, int dir, GError **error)
{
  g_autofree char *found = NULL;
  gboolean ok;
  int fd;

  if (!copy_regular (AT_FDCWD, wheel, dir, COPY, error))
    return -1;
  fd = openat (dir, COPY, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  ok = fd >= 0 && (hash == NULL || (found = wheel_hash (fd)) != NULL);
  if (!ok)
    fs_fail (error, "read a copy of", wheel);
  else if (hash != NULL && !g_str_equal (found, hash))
    ok = refuse (error, "it was exchanged or changed meanwhile");
  if (ok)
    return fd;
  if (!source_close (fd, dir, NULL))
    g_debug ("a copy of '%s' is left", wheel);
  return -1;
}
