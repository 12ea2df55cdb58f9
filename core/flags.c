/* SPDX-License-Identifier: BSD-2-Clause */

/* What is to be done or left, a bit for each. */

#include "core/room.h"

static const char *const flag_names[N_FLAGS] = {
  [VENVB_FLAG_SYSTEM_SITE_PACKAGES] = "system_site_packages",
  [VENVB_FLAG_CLEAR] = "clear",
  [VENVB_FLAG_SYMLINKS] = "symlinks",
  [VENVB_FLAG_UPGRADE] = "upgrade",
  [VENVB_FLAG_WITH_PIP] = "with_pip",
  [VENVB_FLAG_UPGRADE_DEPS] = "upgrade_deps",
  [VENVB_FLAG_SCM_IGNORE_FILES] = "scm_ignore_files",
  [VENVB_FLAG_FORCE] = "force",
  [VENVB_FLAG_ISOLATE] = "isolate",
  [VENVB_FLAG_COMPILE] = "compile",
  [VENVB_FLAG_CACHE] = "cache",
  [VENVB_FLAG_RELOCATABLE] = "relocatable",
  [VENVB_FLAG_KEEP_FAILED] = "keep_failed",
  [VENVB_FLAG_NO_WAIT] = "no_wait",
  [VENVB_FLAG_FOLLOW_REDIRECT] = "follow_redirect",
  [VENVB_FLAG_DRY_RUN] = "dry_run",
};

const char *
venvb_flag_name (VenvbFlag flag)
{
  return (guint) flag < N_FLAGS ? flag_names[flag] : NULL;
}

gboolean
flags_has (guint flags, VenvbFlag flag)
{
  return (guint) flag < N_FLAGS && (flags & (1u << flag)) != 0;
}

/* Returns flags with one of them switched. */
guint
flags_with (guint flags, VenvbFlag flag, gboolean value)
{
  guint bit = (guint) flag < N_FLAGS ? 1u << flag : 0;

  return value ? flags | bit : flags & ~bit;
}
