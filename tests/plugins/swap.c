/* SPDX-License-Identifier: BSD-2-Clause */

/* Removes distributions and installs wheels, and fails then if it is told to. */

#include "venvb-plugin.h"

#include <signal.h>
#include <string.h>

typedef struct
{
  char **remove, **install;
  char *sha256, *url;
  gboolean fail, kill, kill_all;
} Swap;

static const VenvbOption rows[] = {
  { .key = "remove", VENVB_STRINGS (Swap, remove), .help = "a distribution", .value = "DIST_INFO" },
  { .key = "install", VENVB_FILES (Swap, install), .help = "a wheel" },
  { .key = "sha256", VENVB_STRING (Swap, sha256), .help = "that it has", .value = "SUM" },
  { .key = "url", VENVB_STRING (Swap, url), .help = "where it is from", .value = "JSON" },
  { .key = "fail", VENVB_FLAG (Swap, fail), .help = "fail in the end" },
  { .key = "kill", VENVB_FLAG (Swap, kill), .help = "be killed in the end" },
  { .key = "kill-all", VENVB_FLAG (Swap, kill_all), .help = "so that nobody undoes it" },
};

static gboolean
install (const Swap *swap, VenvbContext *ctx, const char *path, GError **error)
{
  const VenvbWheelOptions options = { .struct_size = sizeof options,
                                      .requested = TRUE,
                                      .sha256 = swap->sha256,
                                      .direct_url = swap->url };
  g_autofree char *hash = venvb_context_hash_wheel (ctx, path, error);

  if (hash == NULL || !venvb_context_install_wheel_full (ctx, path, &options, error))
    return FALSE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "swap: installed %s", hash);
  return TRUE;
}

static gboolean
swap_post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Swap *swap = self;

  if (!venvb_next (next, ctx, error)
      || !venvb_context_remove_distributions (ctx, (const char *const *) swap->remove, error))
    return FALSE;
  for (guint i = 0; swap->install[i] != NULL; i++)
    if (!install (swap, ctx, swap->install[i], error))
      return FALSE;
  if (swap->kill_all)
    kill (0, SIGKILL);
  if (swap->kill)
    raise (SIGKILL);
  if (swap->fail)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "as it was told to");
  return !swap->fail;
}

VENVB_PLUGIN (.name = "swap", .version = "1", .summary = "a test", .post_setup = swap_post_setup,
              VENVB_OPTIONS (Swap, rows))
