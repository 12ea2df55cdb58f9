/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins change in the environment's directory, besides writing files: by descriptor,
 * and noted before, as all that venvb itself does there. */

#include "core/room.h"

#include "base/beneath.h"
#include "base/put.h"

#include <errno.h>
#include <string.h>

/* The absolute path of what is to be changed: free with g_free().  NULL with error set
 * where it does not lie in the environment, or is venvb's own. */
static char *
path_in (const VenvbContext *ctx, const char *what, const char *path, GError **error)
{
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];
  g_autofree char *full = g_canonicalize_filename (path, env_dir);
  gboolean is_inside = g_str_has_prefix (full, env_dir) && full[strlen (env_dir)] == '/';
  const char *why = ctx->undo == NULL ? "the environment has no directory yet"
                    : is_inside       ? NULL
                                      : "it does not lie in the environment";

  if (why != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path, why);
  if (why != NULL || !context_check_name (ctx, full, error))
    return NULL;
  beneath_forget ();
  return g_steal_pointer (&full);
}

gboolean
venvb_context_mkdir (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *full = path_in (ctx, "create directory", path, error);

  return full != NULL && fs_mkdir_parents (full, error);
}

/* Removes it as an entry of its directory, which is open. */
static gboolean
remove_at (const Beneath *at, const char *path)
{
  if (fs_exists_at (at->fd, at->name) == 0)
    return TRUE;
  if (!changes_expect (path, CHANGE_REMOVE))
    return FALSE;
  errno = EBUSY;
  if (!dir_remove_at (at->fd, at->name))
    return FALSE;
  changes_done (path);
  return TRUE;
}

gboolean
venvb_context_remove (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *full = path_in (ctx, "remove", path, error);
  g_auto (Beneath) at = BENEATH_NONE;

  if (full == NULL)
    return FALSE;
  if (!beneath_at (&at, full))
    return errno == ENOENT || errno == ENOTDIR || beneath_fail (error, "remove", full);
  return remove_at (&at, full) || beneath_fail (error, "remove", full);
}

/* The mode of a copy: as asked for, or that of the source. */
static gboolean
copy_mode (const char *source, guint asked, mode_t *mode, GError **error)
{
  struct stat st;

  if (stat (source, &st) < 0)
    return fs_fail (error, "copy", source);
  if (!S_ISREG (st.st_mode))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot copy '%s': it is no file",
                   source);
      return FALSE;
    }
  *mode = asked != 0 ? asked & 07777 & ~fs_umask () : st.st_mode & 0777;
  return TRUE;
}

gboolean
venvb_context_copy_file (VenvbContext *ctx, const char *source, const char *path, guint mode,
                         GError **error)
{
  g_autofree char *full = path_in (ctx, "create", path, error);
  g_autofree char *from =
      full == NULL ? NULL : g_canonicalize_filename (source, ctx->attrs[VENVB_ATTR_ENV_DIR]);
  mode_t bits = 0;

  return from != NULL && copy_mode (from, mode, &bits, error) && put_copy (from, full, bits, error);
}

gboolean
venvb_context_symlink (VenvbContext *ctx, const char *target, const char *path, GError **error)
{
  g_autofree char *full = path_in (ctx, "create link", path, error);
  gboolean no_links;

  return full != NULL
         && (put_link (target, full, &no_links) || beneath_fail (error, "create link", full));
}
