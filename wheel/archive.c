/* SPDX-License-Identifier: BSD-2-Clause */

/* An archive, by way of the module that can read it.  The module is loaded
 * when the first archive is opened, so what only links files never has it. */

#include "wheel/room.h"

#include <dlfcn.h>

/* Where the module is: with the library, or in one of the directories that a
 * program which was not installed names. */
static char *
module_path (void)
{
  const char *list = venvb_getenv ("VENVB_MODULE_DIR");
  g_auto (GStrv) dirs = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], "unpack.so", NULL);

      if (g_path_is_absolute (dirs[i])
          && (dirs[i + 1] == NULL || g_file_test (path, G_FILE_TEST_EXISTS)))
        return g_steal_pointer (&path);
    }
  return g_build_filename (VENVB_MODULEDIR, "unpack.so", NULL);
}

/* Loads the module for the life of the process; NULL with error set when it
 * is not there or not ours. */
static const UnpackModule *
load (GError **error)
{
  static const UnpackModule *module;
  g_autofree char *path = NULL;
  void *handle;

  if (module != NULL)
    return module;
  path = module_path ();
  if (!venvb_check_trusted (path, error))
    return NULL;
  handle = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  module = handle == NULL ? NULL : dlsym (handle, UNPACK_SYMBOL);
  if (module == NULL)
    refuse (error, "cannot load '%s': %s", path, dlerror ());
  else if (module->version != UNPACK_VERSION)
    {
      refuse (error, "'%s' is of another version", path);
      module = NULL;
    }
  return module;
}

/* Opens an archive by a descriptor, which it does not keep; NULL with error set when
 * it can't be read. */
Archive *
archive_open (int fd, GError **error)
{
  const UnpackModule *module = load (error);
  g_autofree char *reason = NULL;
  gpointer handle = module == NULL ? NULL : module->open (fd, &reason);
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
  g_autofree char *buffer = g_malloc (65536);
  g_autofree char *reason = NULL;
  guint64 total = 0;
  gint64 n;

  while ((n = archive->module->entry_read (entry, buffer, 65536, &reason)) > 0)
    {
      total += n;
      if (total > size)
        return refuse (error, "it is larger than it claims to be");
      if (!sink (buffer, n, user, error))
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
