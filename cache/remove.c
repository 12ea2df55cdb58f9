/* SPDX-License-Identifier: BSD-2-Clause */

/* Distributions out of an environment. */

#include "cache/cache.h"

/* Where distributions are: one directory, or two of which neither is the other. */
static void
find_libs (const VenvbContext *ctx, const char **libs)
{
  const char *purelib = venvb_context_get (ctx, VENVB_ATTR_LIB_PATH);
  const char *platlib = venvb_context_get (ctx, VENVB_ATTR_PLATLIB_PATH);

  libs[0] = purelib;
  libs[1] = fs_is_same (purelib, platlib) ? NULL : platlib;
  libs[2] = NULL;
}

gboolean
venvb_context_remove_distributions (VenvbContext *ctx, const char *const *dist_infos,
                                    GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *include = g_build_filename (env_dir, "include", NULL);
  g_autoptr (GPtrArray) left = g_ptr_array_new_with_free_func (g_free);
  const char *libs[3];
  const char *const kept[] = { venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), include, NULL };

  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN))
    {
      for (guint i = 0; dist_infos[i] != NULL; i++)
        images_rehearse (ctx, "uninstall", dist_infos[i]);
      return TRUE;
    }
  find_libs (ctx, libs);
  const WheelRemoval removal = { env_dir, libs, kept, dist_infos };
  if (!wheel_remove (&removal, left, error))
    return FALSE;
  for (guint i = 0; i < left->len; i++)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "not removed: %s",
                           (char *) g_ptr_array_index (left, i));
  return TRUE;
}
