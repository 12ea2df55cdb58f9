/* SPDX-License-Identifier: BSD-2-Clause */

/* The module of this room, which is loaded when a lock is to be read. */

#include "lock/lock.h"
#include "base/place.h"

#include <dlfcn.h>

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
  path = place_module ("lock.so");
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
