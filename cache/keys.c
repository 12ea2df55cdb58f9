/* SPDX-License-Identifier: BSD-2-Clause */

/* What things in the cache are found by, and what tells that they still hold. */

#include "cache/cache.h"

/* A name for what is found under these words: they are hashed together. */
char *
keys_make (const char *first, ...)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  va_list args;

  va_start (args, first);
  for (const char *word = first; word != NULL; word = va_arg (args, const char *))
    g_checksum_update (checksum, (const guchar *) word, strlen (word) + 1);
  va_end (args);
  return g_strndup (g_checksum_get_string (checksum), 32);
}

static char *
stamp (const struct stat *st)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GINT64_FORMAT
                          ":%" G_GINT64_FORMAT ".%09ld:%" G_GINT64_FORMAT ".%09ld",
                          (guint64) st->st_dev, (guint64) st->st_ino, (gint64) st->st_size,
                          (gint64) st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                          (gint64) st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

/* Tells a file from any other, and from itself after a change; "-" when there
 * is none. */
char *
keys_stamp (const char *path)
{
  struct stat st;

  return stat (path, &st) < 0 ? g_strdup ("-") : stamp (&st);
}

/* The same of one that is open. */
char *
keys_stamp_of (int fd)
{
  struct stat st;

  return fstat (fd, &st) < 0 ? g_strdup ("-") : stamp (&st);
}
