/* SPDX-License-Identifier: BSD-2-Clause */

/* How far what takes long has come: see progress.h.  How it is shown, and when, is left to
 * who is watching, in one place. */

#include "base/progress.h"

#include "venvb.h"

/* More steps than this within each other are not told of. */
#define DEPTH_MOST 4

/* How often, in milliseconds, who is watching hears that time passes. */
#define BEAT 200

typedef struct
{
  const char *step;
  guint64 done, total;
} Level;

static struct
{
  VenvbStatusFunc func;
  gpointer data;
  guint depth;
  Level levels[DEPTH_MOST];
} watch;

/* It is one thread's: what a program does in others is not shown. */
static _Thread_local gboolean is_watched;

static gboolean
is_on (void)
{
  return is_watched && watch.func != NULL;
}

void
venvb_set_status (VenvbStatusFunc func, gpointer data)
{
  is_watched = func != NULL;
  watch.func = func;
  watch.data = data;
  watch.depth = 0;
}

/* Tells of the step at a depth. */
static void
tell_at (guint at)
{
  const Level *level = at > 0 ? &watch.levels[at - 1] : NULL;

  if (level != NULL && watch.func != NULL
      && !watch.func (at, level->step, level->done, level->total, watch.data))
    watch.func = NULL;
}

/* Tells of the innermost step. */
static void
tell (void)
{
  tell_at (MIN (watch.depth, DEPTH_MOST));
}

/* A step begins, of so many parts; 0 where that is not known.  step is borrowed until
 * progress_end(). */
void
progress_begin (const char *step, guint64 total)
{
  if (!is_on ())
    return;
  if (watch.depth < DEPTH_MOST)
    watch.levels[watch.depth] = (Level){ step, 0, total };
  watch.depth++;
  tell ();
}

/* So many parts of the innermost step are done. */
void
progress_set (guint64 done)
{
  if (!is_on () || watch.depth == 0 || watch.depth > DEPTH_MOST)
    return;
  watch.levels[watch.depth - 1].done = done;
  tell ();
}

/* So many parts more are. */
void
progress_advance (guint64 n)
{
  if (is_on () && watch.depth > 0 && watch.depth <= DEPTH_MOST)
    progress_set (watch.levels[watch.depth - 1].done + n);
}

void
progress_end (void)
{
  if (!is_on () || watch.depth == 0)
    return;
  watch.depth--;
  if (watch.depth == 0)
    watch.func (0, NULL, 0, 0, watch.data);
  else
    tell ();
}

void
venvb_status_begin (const char *step, guint64 total)
{
  progress_begin (step, total);
}

/* One that is around is told of, and then again that which is within. */
void
venvb_status_set (guint around, guint64 done)
{
  guint at = watch.depth - around;

  if (around == 0)
    progress_set (done);
  if (!is_on () || around == 0 || around >= watch.depth || at > DEPTH_MOST
      || watch.levels[at - 1].done == done)
    return;
  watch.levels[at - 1].done = done;
  for (; at <= MIN (watch.depth, DEPTH_MOST); at++)
    tell_at (at);
}

void
venvb_status_end (void)
{
  progress_end ();
}

/* Time passes, and nothing else. */
void
progress_beat (void)
{
  if (is_on ())
    tell ();
}

/* No step is left: what another process was at is over. */
void
progress_reset (void)
{
  watch.depth = 0;
  if (is_on ())
    watch.func (0, NULL, 0, 0, watch.data);
}

/* Nobody is watching from here on, as in a process that works beside others. */
void
progress_forget (void)
{
  watch.func = NULL;
}

/* How long to wait for something, in milliseconds, before progress_beat(). */
int
progress_pause (int usual)
{
  return is_on () && watch.depth > 0 ? MIN (usual, BEAT) : usual;
}
