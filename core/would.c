/* SPDX-License-Identifier: BSD-2-Clause */

/* What a dry run has found out, and who takes part in it: see dryrun.c. */

#include "core/room.h"

#include "base/json.h"
#include "base/secret.h"

/* What can't be known. */
#define UNKNOWN "unknown"
#define RUN "run"

typedef struct
{
  char *action, *what;
} Would;

static void
would_free (gpointer data)
{
  Would *would = data;

  g_free (would->action);
  g_free (would->what);
  g_free (would);
}

gboolean
would_is (const VenvbContext *ctx)
{
  return flags_has (ctx->flags, VENVB_FLAG_DRY_RUN);
}

/* Tells whether a plugin has no part in this run. */
gboolean
would_leave_out (const VenvbContext *ctx, const VenvbPlugin *desc)
{
  return would_is (ctx) && !desc->dry_run;
}

static gboolean
is_noted (const VenvbContext *ctx, const char *what)
{
  for (guint i = 0; ctx->would != NULL && i < ctx->would->len; i++)
    if (g_str_equal (((const Would *) g_ptr_array_index (ctx->would, i))->what, what))
      return TRUE;
  return FALSE;
}

void
venvb_context_would (VenvbContext *ctx, const char *action, const char *what)
{
  g_autofree char *masked = action == NULL || what == NULL ? NULL : secret_mask (what);

  if (masked == NULL || !would_is (ctx) || is_noted (ctx, masked))
    return;
  Would *would = g_new (Would, 1);

  *would = (Would){ g_strdup (action), g_steal_pointer (&masked) };
  if (ctx->would == NULL)
    ctx->would = g_ptr_array_new_with_free_func (would_free);
  g_ptr_array_add (ctx->would, would);
}

gboolean
venvb_context_get_would (VenvbContext *ctx, guint n, const char **action, const char **what)
{
  const Would *would =
      ctx->would != NULL && n < ctx->would->len ? g_ptr_array_index (ctx->would, n) : NULL;

  if (would != NULL && action != NULL)
    *action = would->action;
  if (would != NULL && what != NULL)
    *what = would->what;
  return would != NULL;
}

/* Instead of running a program, of which nobody knows what it would change: notes it, and
 * fails the stage, which is no failure of the run. */
gboolean
would_hold (VenvbContext *ctx, const char *program, GError **error)
{
  venvb_context_would (ctx, RUN, program);
  ctx->is_held = TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not run in a dry run", program);
  return FALSE;
}

/* Tells whether a stage has failed only for that, and forgets it. */
gboolean
would_goes_on (VenvbContext *ctx, GError **error)
{
  gboolean is_held = ctx->is_held;

  ctx->is_held = FALSE;
  if (is_held)
    g_clear_error (error);
  return is_held;
}

/* Whether the run would change anything. */
VenvbChanged
would_changed (const VenvbContext *ctx)
{
  VenvbChanged changed = VENVB_CHANGED_NO;

  for (guint i = 0; ctx->would != NULL && i < ctx->would->len; i++)
    {
      const char *action = ((const Would *) g_ptr_array_index (ctx->would, i))->action;

      if (!g_str_equal (action, UNKNOWN) && !g_str_equal (action, RUN))
        return VENVB_CHANGED_YES;
      changed = VENVB_CHANGED_UNKNOWN;
    }
  return changed;
}

/* Adds what a dry run has found; nothing for any other. */
void
would_json (GString *out, const VenvbContext *ctx)
{
  if (!would_is (ctx))
    return;
  json_boolean (out, "dry_run", TRUE);
  json_open (out, "would", '[');
  for (guint i = 0; ctx->would != NULL && i < ctx->would->len; i++)
    {
      const Would *would = g_ptr_array_index (ctx->would, i);

      json_open (out, NULL, '{');
      json_string (out, "action", would->action);
      json_string (out, "what", would->what);
      json_close (out, '}');
    }
  json_close (out, ']');
}
