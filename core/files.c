/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins change in the environment's directory, besides writing files: by descriptor,
 * and noted before, as all that venvb itself does there. */

#include "core/room.h"

#include "base/beneath.h"
#include "base/put.h"

#include <errno.h>
#include <string.h>

static gboolean
lies_in (const VenvbContext *ctx, const char *full)
{
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];

  return g_str_has_prefix (full, env_dir) && full[strlen (env_dir)] == '/';
}

/* The absolute path of what is to be changed: free with g_free().  NULL with error set
 * where nothing can be taken back yet, and where it is venvb's own. */
static char *
path_of (const VenvbContext *ctx, const char *what, const char *path, GError **error)
{
  g_autofree char *full = g_canonicalize_filename (path, ctx->attrs[VENVB_ATTR_ENV_DIR]);

  gboolean is_ours = ctx->undo != NULL || changes_are_dry ();

  if (!is_ours)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "cannot %s '%s': the environment has no directory yet", what, path);
  if (!is_ours || !context_check_name (ctx, what, path, error))
    return NULL;
  beneath_forget ();
  return g_steal_pointer (&full);
}

/* The same of what has to lie in the environment. */
static char *
path_in (const VenvbContext *ctx, const char *what, const char *path, GError **error)
{
  g_autofree char *full = path_of (ctx, what, path, error);

  if (full == NULL || lies_in (ctx, full))
    return g_steal_pointer (&full);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "cannot %s '%s': it does not lie in the environment", what, path);
  return NULL;
}

/* What lies elsewhere is remembered before, as by venvb_context_save_file(). */
gboolean
venvb_context_write_file (VenvbContext *ctx, const char *path, const char *contents, gssize length,
                          guint mode, GError **error)
{
  g_autofree char *full = NULL;
  gsize size;

  if (!errors_given (path, __func__, "path", error)
      || !errors_given (contents, __func__, "contents", error)
      || (full = path_of (ctx, "write", path, error)) == NULL)
    return FALSE;
  size = length < 0 ? strlen (contents) : (gsize) length;
  if (lies_in (ctx, full) || changes_are_dry ())
    return fs_create (full, contents, size, mode, error);
  return undo_save_file (ctx->undo, full, error) && fs_write (full, contents, size, mode, error);
}

gboolean
venvb_context_save_file (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *full = NULL;

  if (!errors_given (path, __func__, "path", error))
    return FALSE;
  if (!g_path_is_absolute (path))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "cannot remember '%s': the path is not absolute", path);
      return FALSE;
    }
  full = path_of (ctx, "remember", path, error);
  return full != NULL && (changes_are_dry () || undo_save_file (ctx->undo, path, error));
}

gboolean
venvb_context_mkdir (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *full = errors_given (path, __func__, "path", error)
                              ? path_in (ctx, "create directory", path, error)
                              : NULL;

  return full != NULL && fs_mkdir_parents (full, error);
}

/* Removes it as an entry of its directory, which is open. */
static gboolean
remove_at (const Beneath *at, const char *path)
{
  if (fs_exists_at (at->fd, at->name) == 0 || changes_spare (path, CHANGE_REMOVE))
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
  g_autofree char *full =
      errors_given (path, __func__, "path", error) ? path_in (ctx, "remove", path, error) : NULL;
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
  g_autofree char *full = errors_given (path, __func__, "path", error)
                                  && errors_given (source, __func__, "source", error)
                              ? path_in (ctx, "create", path, error)
                              : NULL;
  g_autofree char *from =
      full == NULL ? NULL : g_canonicalize_filename (source, ctx->attrs[VENVB_ATTR_ENV_DIR]);
  mode_t bits = 0;

  return from != NULL && copy_mode (from, mode, &bits, error) && put_copy (from, full, bits, error);
}

gboolean
venvb_context_symlink (VenvbContext *ctx, const char *target, const char *path, GError **error)
{
  g_autofree char *full = errors_given (path, __func__, "path", error)
                                  && errors_given (target, __func__, "target", error)
                              ? path_in (ctx, "create link", path, error)
                              : NULL;
  gboolean no_links;

  return full != NULL
         && (put_link (target, full, &no_links) || beneath_fail (error, "create link", full));
}
