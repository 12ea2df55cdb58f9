/* SPDX-License-Identifier: BSD-2-Clause */

/* Modules of venvb's own: what needs another library is in one, so that a run which has
 * nothing to do for it does not load that, either. */

#include "base/module.h"
#include "base/place.h"

#include <dlfcn.h>

/* Where a module is: with the library, or in one of the directories that a program
 * which was not installed names. */
static char *
path_of (const char *file)
{
  const char *list = venvb_getenv ("VENVB_MODULE_DIR");
  g_autofree char *modules = NULL;
  g_auto (GStrv) dirs = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], file, NULL);

      if (g_path_is_absolute (dirs[i])
          && (dirs[i + 1] == NULL || g_file_test (path, G_FILE_TEST_EXISTS)))
        return g_steal_pointer (&path);
    }
  modules = place_find (VENVB_MODULEDIR);
  return g_build_filename (modules, file, NULL);
}

/* Loads a module for the life of the process.  Returns the table that it exports under
 * the name given; NULL with error set when it is not there, or others may write it. */
gconstpointer
module_load (const char *file, const char *symbol, GError **error)
{
  g_autofree char *path = path_of (file);
  gconstpointer table;
  void *handle;

  if (!venvb_check_trusted (path, error))
    return NULL;
  handle = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  table = handle == NULL ? NULL : dlsym (handle, symbol);
  if (table == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot load '%s': %s", path, dlerror ());
  if (handle != NULL)
    dlclose (handle); /* it stays */
  return table;
}
