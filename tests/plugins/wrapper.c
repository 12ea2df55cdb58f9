/* SPDX-License-Identifier: BSD-2-Clause */

/* Wraps the stage post_setup and does with the error of what it wraps what
 * the option `do` says: hide it and go on, hide it and fail, say it in other
 * words, or prefix it. */

#include "venvb-plugin.h"

static const char *
get_do (gpointer self)
{
  return self;
}

static gboolean
set_option (gpointer self, const char *key, const char *value, GError **error)
{
  g_strlcpy (self, value, 20);
  return TRUE;
}

static gboolean
load (gpointer *self, GError **error)
{
  *self = g_malloc0 (20);
  return TRUE;
}

static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GError) local = NULL;
  const char *what = get_do (self);

  if (venvb_next (next, ctx, &local) || g_str_equal (what, "hide"))
    return TRUE;
  if (g_str_equal (what, "reword"))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "in other words");
  else if (g_str_equal (what, "prefix"))
    g_propagate_prefixed_error (error, g_steal_pointer (&local), "while wrapping: ");
  return FALSE;
}

VENVB_PLUGIN (.name = "wrapper", .load = load, .set_option = set_option, .unload = g_free,
              .post_setup = post_setup)
