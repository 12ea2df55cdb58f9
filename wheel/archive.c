/* SPDX-License-Identifier: BSD-2-Clause */

/* An archive, by way of the module that can read it.  The module is loaded
 * when the first archive is opened, so what only links files never has it. */

#include "wheel/room.h"

#include "base/module.h"

#include <sys/stat.h>

/* Loads the module for the life of the process; NULL with error set when it
 * is not there or not ours. */
static const UnpackModule *
load (GError **error)
{
  static const UnpackModule *module;

  if (module == NULL)
    module = module_load ("unpack.so", UNPACK_SYMBOL, error);
  if (module == NULL || module->version == UNPACK_VERSION)
    return module;
  module = NULL;
  refuse (error, "the module that reads zip files is of another version");
  return NULL;
}

/* How much an archive may unpack to, in bytes: what no small one does, and of a large one
 * what is many times its size, as libraries for graphics cards are. */
static guint64
limit_of (int fd)
{
  struct stat st;

  return fstat (fd, &st) < 0 ? LIMIT_BYTES : MAX (LIMIT_BYTES, (guint64) st.st_size * LIMIT_RATIO);
}

/* Opens an archive by a descriptor, which it does not keep; NULL with error set when
 * it can't be read.  One that is shared may be cut off at any moment: it is opened so that
 * this is an error, and not a signal. */
Archive *
archive_open (int fd, gboolean is_shared, GError **error)
{
  const UnpackModule *module = load (error);
  g_autofree char *reason = NULL;
  gpointer handle = module == NULL ? NULL
                    : is_shared    ? module->open_shared (fd, &reason)
                                   : module->open (fd, &reason);
  Archive *archive;

  if (handle == NULL)
    {
      if (module != NULL)
        refuse (error, "it can't be read: %s", reason);
      return NULL;
    }
  archive = g_new (Archive, 1);
  archive->module = module;
  archive->handle = handle;
  archive->limit = limit_of (fd);
  return archive;
}

void
archive_close (Archive *archive)
{
  archive->module->close (archive->handle);
  g_free (archive);
}

/* Hands on what is read; more than was declared is not read at all. */
static gboolean
pump (Archive *archive, gpointer entry, guint64 size, ArchiveSink sink, gpointer user,
      GError **error)
{
  g_autofree char *reason = NULL;
  const void *part;
  guint64 total = 0;
  gint64 n;

  while ((n = archive->module->entry_next (entry, &part, &reason)) > 0)
    {
      total += n;
      if (total > size)
        return refuse (error, "it is larger than it claims to be");
      if (!sink (part, n, user, error))
        return FALSE;
    }
  if (n < 0)
    return refuse (error, "%s", reason);
  return total == size || refuse (error, "it is smaller than it claims to be");
}

/* Reads an entry of the declared size from beginning to end. */
gboolean
archive_read (Archive *archive, guint64 index, guint64 size, ArchiveSink sink, gpointer user,
              GError **error)
{
  g_autofree char *reason = NULL;
  gpointer entry = archive->module->entry_open (archive->handle, index, &reason);
  gboolean ok;

  if (entry == NULL)
    return refuse (error, "%s", reason);
  ok = pump (archive, entry, size, sink, user, error);
  archive->module->entry_close (entry);
  return ok;
}
