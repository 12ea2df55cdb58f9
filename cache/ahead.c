/* SPDX-License-Identifier: BSD-2-Clause */

/* Wheels that are on their way: as soon as one of them is there, its image is made, while
 * others still come.  The processes that do so are started before any has come. */

#include "cache/cache.h"

#include "base/progress.h"
#include "base/workers.h"

typedef struct
{
  VenvbContext *ctx;
  char **paths;
  Workers *workers;
} Ahead;

static void
finish (Ahead *ahead, gboolean all)
{
  workers_finish (g_steal_pointer (&ahead->workers), all);
  g_clear_pointer (&ahead->paths, g_strfreev);
}

static gpointer
make (gpointer ctx)
{
  Ahead *ahead = g_new0 (Ahead, 1);

  ahead->ctx = ctx;
  return ahead;
}

static void
ahead_free (gpointer data)
{
  finish (data, FALSE);
  g_free (data);
}

static Ahead *
ahead_of (VenvbContext *ctx)
{
  static const PartKind kind = { make, ahead_free, NULL };

  return context_part (ctx, &kind);
}

/* In one of the processes.  What is wrong with a wheel, is said when it is installed. */
static void
do_one (guint job, gpointer data)
{
  const Ahead *ahead = data;
  g_autoptr (GError) error = NULL;

  wheel_begin_many ();
  if (!images_add (ahead->ctx, ahead->paths[job], &error))
    g_debug ("'%s' is not prepared: %s", ahead->paths[job], error->message);
}

static void
end (guint job, gpointer data)
{
  wheel_end_many ();
}

void
venvb_context_wheels_begin (VenvbContext *ctx, const char *const *paths)
{
  Ahead *ahead = ahead_of (ctx);

  finish (ahead, FALSE);
  if (paths == NULL || !images_can_be_added (ctx))
    return;
  ahead->paths = g_strdupv ((char **) paths);
  ahead->workers = workers_start (g_strv_length (ahead->paths), do_one, end, ahead);
}

void
venvb_context_wheels_add (VenvbContext *ctx, guint which)
{
  const Ahead *ahead = ahead_of (ctx);

  if (ahead->workers != NULL && which < g_strv_length (ahead->paths))
    workers_give (ahead->workers, which);
}

void
venvb_context_wheels_end (VenvbContext *ctx, gboolean all)
{
  Ahead *ahead = ahead_of (ctx);

  if (ahead->workers == NULL)
    return;
  progress_begin ("preparing wheels", g_strv_length (ahead->paths));
  finish (ahead, all);
  progress_end ();
}
