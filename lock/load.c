/* SPDX-License-Identifier: BSD-2-Clause */

/* The module of this room, which is loaded when a lock is to be read. */

#include "lock/lock.h"
#include "base/place.h"

#include <dlfcn.h>

/* Where it is: with the library, or in one of the directories that a program which
 * was not installed names. */
static char *
module_path (void)
{
  const char *list = venvb_getenv ("VENVB_MODULE_DIR");
  g_autofree char *modules = NULL;
  g_auto (GStrv) dirs = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], "lock.so", NULL);

      if (g_path_is_absolute (dirs[i])
          && (dirs[i + 1] == NULL || g_file_test (path, G_FILE_TEST_EXISTS)))
        return g_steal_pointer (&path);
    }
  modules = place_find (VENVB_MODULEDIR);
  return g_build_filename (modules, "lock.so", NULL);
}

/* What to do where it is not there. */
static const char *
advice (void)
{
  return *VENVB_LOCK_PACKAGE != '\0' ? "it is not there: install the package " VENVB_LOCK_PACKAGE
                                     : "it is not there: venvb was built without locks";
}

static gboolean
fail (GError **error, const char *path, const char *why)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot load '%s': %s", path, why);
  return FALSE;
}

const LockModule *
load_lock (GError **error)
{
  static const LockModule *loaded;
  g_autofree char *path = NULL;
  g_autoptr (GError) cause = NULL;
  const LockModule *module;
  void *handle;

  if (loaded != NULL)
    return loaded;
  path = module_path ();
  if (!venvb_check_trusted (path, &cause))
    {
      if (!g_file_test (path, G_FILE_TEST_EXISTS))
        fail (error, path, advice ());
      else
        g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  handle = dlopen (path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  module = handle == NULL ? NULL : dlsym (handle, LOCK_MODULE_SYMBOL);
  if (module == NULL)
    return (fail (error, path, dlerror ()), NULL);
  if (module->version != LOCK_MODULE_VERSION)
    return (fail (error, path, "it is of another version"), NULL);
  return loaded = module;
}
