/* SPDX-License-Identifier: BSD-2-Clause */

/* A try to make an environment.  When it has failed, what its stages have told the context
 * is forgotten: who wraps the whole run may try once more, and say something else before. */

#include "core/room.h"

#include <string.h>

/* What was known before. */
struct _Attempt
{
  guint flags;
  gboolean prompt_given;
  char *attrs[N_ATTRS];
  const char *setters[N_ATTRS];
};

void
attempt_begin (VenvbContext *ctx)
{
  Attempt *before = g_new0 (Attempt, 1);

  before->flags = ctx->flags;
  before->prompt_given = ctx->prompt_given;
  for (guint i = 0; i < N_ATTRS; i++)
    before->attrs[i] = g_strdup (ctx->attrs[i]);
  memcpy (before->setters, ctx->setters, sizeof before->setters);
  attempt_end (ctx);
  ctx->attempt = before;
}

/* It has succeeded, or is done with. */
void
attempt_end (VenvbContext *ctx)
{
  Attempt *before = g_steal_pointer (&ctx->attempt);

  for (guint i = 0; before != NULL && i < N_ATTRS; i++)
    g_free (before->attrs[i]);
  g_free (before);
}

/* It has failed: the context knows no more than before. */
void
attempt_forget (VenvbContext *ctx)
{
  Attempt *before = ctx->attempt;

  for (guint i = 0; i < N_ATTRS; i++)
    {
      g_free (ctx->attrs[i]);
      ctx->attrs[i] = g_steal_pointer (&before->attrs[i]);
    }
  memcpy (ctx->setters, before->setters, sizeof ctx->setters);
  ctx->flags = before->flags;
  ctx->prompt_given = before->prompt_given;
  g_clear_pointer (&ctx->facts, g_hash_table_unref);
  g_clear_pointer (&ctx->wheels, g_ptr_array_unref);
  g_clear_pointer (&ctx->would, g_ptr_array_unref);
  parts_forget (ctx->parts);
  data_forget (ctx);
  memset (ctx->timings, 0, sizeof ctx->timings);
  ctx->stages_done = 0;
  ctx->is_new = ctx->is_kept = ctx->is_begun = FALSE;
  attempt_end (ctx);
}
