/* SPDX-License-Identifier: BSD-2-Clause */

/* The front of the library: builders whose environments have the core's stages. */

#include "stages/stages.h"

VenvbBuilder *
venvb_builder_new (void)
{
  return builder_new (&builtin_plugin);
}

gboolean
venvb_create (const char *env_dir, gboolean system_site_packages, gboolean clear, gboolean symlinks,
              gboolean with_pip, const char *prompt, GError **error)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();

  venvb_builder_set_flag (builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, system_site_packages);
  venvb_builder_set_flag (builder, VENVB_FLAG_CLEAR, clear);
  venvb_builder_set_flag (builder, VENVB_FLAG_SYMLINKS, symlinks);
  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, with_pip);
  venvb_builder_set_prompt (builder, prompt);
  return venvb_builder_create (builder, env_dir, error);
}
