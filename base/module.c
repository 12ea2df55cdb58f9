/* SPDX-License-Identifier: BSD-2-Clause */

/* Modules of venvb's own: what needs another library is in one, so that a run which has
 * nothing to do for it does not load that, either. */

#include "base/module.h"
#include "base/place.h"

#include <dlfcn.h>

/* Loads a module for the life of the process.  Returns the table that it exports under
 * the name given; NULL with error set when it is not there, or others may write it. */
gconstpointer
module_load (const char *file, const char *symbol, GError **error)
{
  g_autofree char *path = place_module (file);
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
