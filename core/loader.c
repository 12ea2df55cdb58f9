/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * All of libltdl.  Left to itself it says "file not found" for every error
 * and binds lazily, so that a plugin calling an unknown function would load
 * and then end the process at the call.  So its own loader is replaced by
 * one that differs in how a module is opened.
 */

#include "core/room.h"

#include <dlfcn.h>
#include <ltdl.h>
#include <libltdl/lt_dlloader.h>
#include <stdlib.h>
#include <string.h>

static char *reason; /* what dlerror() said */

static lt_module
open_module (lt_user_data data, const char *path, lt_dladvise advise)
{
  void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL);

  if (module == NULL)
    {
      g_free (reason);
      reason = g_strdup (dlerror ());
    }
  return module;
}

/* Puts our loader in the place of libltdl's, whose table comes back to be
 * freed. */
static gboolean
replace_loader (void)
{
  static lt_dlvtable ours;
  const lt_dlvtable *stock = lt_dlloader_find ("lt_dlopen");
  lt_dlvtable *removed;

  if (stock == NULL)
    return FALSE;
  ours = *stock;
  ours.name = "venvb";
  ours.module_open = open_module;
  ours.dlloader_exit = NULL;
  removed = lt_dlloader_remove ("lt_dlopen");
  free (removed);
  return removed != NULL && lt_dlloader_add (&ours) == 0;
}

static gboolean
init (GError **error)
{
  static int state = -1;

  if (state < 0)
    state = lt_dlinit () == 0 && replace_loader ();
  if (!state)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "cannot start libltdl: %s", lt_dlerror ());
  return state;
}

static lt_dlhandle
open_resident (const char *path)
{
  lt_dladvise advise;
  lt_dlhandle handle = NULL;

  if (lt_dladvise_init (&advise) != 0)
    return NULL;
  if (lt_dladvise_resident (&advise) == 0 && lt_dladvise_local (&advise) == 0)
    handle = lt_dlopenadvise (path, advise);
  lt_dladvise_destroy (&advise);
  return handle;
}

/* What went wrong, without the path that dlerror() begins with. */
static const char *
failure (const char *path)
{
  if (reason == NULL)
    return lt_dlerror ();
  if (g_str_has_prefix (reason, path) && g_str_has_prefix (reason + strlen (path), ": "))
    return reason + strlen (path) + 2;
  return reason;
}

/* Opens a shared object, by its absolute path, for the life of the process,
 * with all its symbols resolved.  A libtool archive is refused: it would name
 * another file, which nobody has checked.  Returns its description, unverified
 * and borrowed, or NULL with error set. */
const VenvbPlugin *
loader_open (const char *path, GError **error)
{
  const VenvbPlugin *desc = NULL;
  lt_dlhandle handle;

  g_clear_pointer (&reason, g_free);
  if (!init (error))
    return NULL;
  if (g_str_has_suffix (path, ".la"))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                   "'%s' is a libtool archive, not a shared object", path);
      return NULL;
    }
  handle = open_resident (path);
  if (handle != NULL)
    desc = lt_dlsym (handle, VENVB_PLUGIN_SYMBOL);
  if (handle == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "cannot load '%s': %s", path,
                 failure (path));
  else if (desc == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "'%s' is not a venvb plugin: it has no symbol %s", path, VENVB_PLUGIN_SYMBOL);
  return desc;
}
