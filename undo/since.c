/* SPDX-License-Identifier: BSD-2-Clause */

/* How long a run has gone on: by a clock that nobody sets, as the times of files can be. */

#include "undo/room.h"

#include <time.h>

/* By how many milliseconds the times of files may be rounded down. */
#define ROUNDED_MOST 3000

#ifndef CLOCK_BOOTTIME
#define CLOCK_BOOTTIME CLOCK_MONOTONIC
#endif

/* It goes on while the machine sleeps, where there is such a clock. */
static gint64
now_by (clockid_t which)
{
  struct timespec now = { 0 };

  clock_gettime (which, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* What that clock told, in milliseconds, at a moment which is now, but by the times of
 * files: some file systems know that by two seconds. */
gint64
since_begin (struct timespec begun)
{
  gint64 rounded =
      now_by (CLOCK_REALTIME) - ((gint64) begun.tv_sec * 1000 + begun.tv_nsec / 1000000);

  return now_by (CLOCK_BOOTTIME) - (rounded > 0 && rounded < ROUNDED_MOST ? rounded : 0);
}

/* How many milliseconds have passed since then. */
gint64
since_passed (gint64 started)
{
  return now_by (CLOCK_BOOTTIME) - started;
}
