/* SPDX-License-Identifier: BSD-2-Clause */

/* What --timings prints: a row for each stage, and what is between them, which add up. */

#include "command/command.h"
#include "command/told.h"

#include <string.h>

#define BAR_WIDTH 24

typedef struct
{
  const char *name;
  double seconds;
} Row;

static GArray *rows;    /* Row, in the order in which they began */
static gint64 last_end; /* when the last stage ended; 0 for none yet */
static const char aside[] = "put_aside";

static void
add (const char *name, double seconds)
{
  Row row = { name, seconds };

  if (rows == NULL)
    rows = g_array_new (FALSE, FALSE, sizeof (Row));
  for (guint i = 0; i < rows->len; i++)
    if (g_str_equal (g_array_index (rows, Row, i).name, name))
      {
        g_array_index (rows, Row, i).seconds += seconds;
        return;
      }
  g_array_append_val (rows, row);
}

/* What passed since the last stage: the directory was locked, and what was in it put aside,
 * or thrown away. */
static void
add_gap (void)
{
  if (last_end != 0)
    add (aside, (g_get_monotonic_time () - last_end) / (double) G_USEC_PER_SEC);
  last_end = 0;
}

/* Tells whether a stage has its place in a row with the others. */
static gboolean
is_in_row (VenvbStage stage)
{
  return stage <= VENVB_STAGE_FINISH || stage == VENVB_STAGE_CLEAR_DIRECTORY;
}

/* Hears of a stage. */
void
timings_hear (VenvbStage stage, VenvbStageEvent event)
{
  if (stage == VENVB_STAGE_CREATE && event == VENVB_EVENT_BEGINS && rows != NULL)
    g_array_set_size (rows, 0);
  if (stage == VENVB_STAGE_CREATE && event == VENVB_EVENT_BEGINS)
    last_end = 0;
  if (is_in_row (stage) && event == VENVB_EVENT_BEGINS)
    add_gap ();
  else if (is_in_row (stage))
    last_end = g_get_monotonic_time ();
}

/* Hears how long a stage took. */
void
timings_add (const char *stage, double seconds)
{
  add (stage, seconds);
}

static void
print_row (const Row *row, double all)
{
  double part = all > 0 ? row->seconds / all : 0;
  char bar[BAR_WIDTH + 1];
  guint width = CLAMP (part * BAR_WIDTH + 0.5, 0, BAR_WIDTH);

  memset (bar, '#', width);
  bar[width] = '\0';
  fprintf (stderr, "%-20s  %9.3f ms  %3.0f %%%s%s\n", row->name, row->seconds * 1000, part * 100,
           width > 0 ? "  " : "", bar);
}

/* Prints the table of one environment, which took that long. */
void
timings_print (double seconds)
{
  Row other = { "other", seconds }, all = { "all", seconds };

  add_gap ();
  for (guint i = 0; rows != NULL && i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      other.seconds -= row->seconds;
      print_row (row, seconds);
    }
  other.seconds = MAX (other.seconds, 0);
  print_row (&other, seconds);
  print_row (&all, seconds);
}
