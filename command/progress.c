/* SPDX-License-Identifier: BSD-2-Clause */

/* The status line: one line at the bottom of a terminal, from when something has taken half
 * a second, which goes when anything else is printed; or lines of their own, where that is
 * asked for.  Nothing is looked at before, so that what is fast costs nothing. */

#include "command/command.h"
#include "command/told.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define LEVELS 4

/* In microseconds: from when on it is shown, and how often it changes. */
#define SHOWN_AFTER (G_USEC_PER_SEC / 2)
#define SHOWN_EACH (G_USEC_PER_SEC / 10)
#define PLAIN_EACH (2 * G_USEC_PER_SEC)

#define LINE_BEGIN "\r\033[K"

static struct
{
  enum
  {
    PROGRESS_AUTO,
    PROGRESS_PLAIN,
    PROGRESS_NONE,
  } mode;
  gboolean is_shown;
  gint64 watched, begin, last;
  gint64 since[LEVELS]; /* when each step began */
  char *steps[LEVELS];
  guint64 done[LEVELS], total[LEVELS];
  guint depth;
  char *detail; /* what a program is at */
} status = { .mode = PROGRESS_NONE };

/* A text of which a terminal obeys nothing, each character as wide as any: free with
 * g_free(). */
static char *
harmless (const char *text)
{
  char *plain = g_str_to_ascii (text, "C");

  for (char *at = plain; *at != '\0'; at++)
    if (!g_ascii_isprint (*at))
      *at = '?';
  return plain;
}

static gboolean
is_terminal (void)
{
  const char *term = g_getenv ("TERM");

  return term != NULL && term[0] != '\0' && !g_str_equal (term, "dumb") && isatty (STDERR_FILENO);
}

/* Tells whether there is a status line, or would be: then it has what programs print. */
gboolean
progress_is_line (void)
{
  return status.mode == PROGRESS_AUTO && is_terminal ();
}

/* How many characters have place: a terminal may have been resized. */
static guint
columns (void)
{
  struct winsize size;

  return ioctl (STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

static gboolean
is_bytes (guint i)
{
  return g_strcmp0 (status.steps[i], "bytes") == 0;
}

/* Adds bytes as they are read by people, with an ordinary blank. */
static void
add_size (GString *text, guint64 bytes)
{
  g_autofree char *size = g_format_size (bytes);
  g_auto (GStrv) parts = g_strsplit (size, "\302\240", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", parts[i]);
}

/* Adds one step, with how much of it is done. */
static void
add_step (GString *text, guint i)
{
  g_string_append (text, text->len > 0 ? ": " : "");
  if (is_bytes (i))
    {
      add_size (text, status.done[i]);
      if (status.total[i] > 0)
        g_string_append (text, " of ");
      if (status.total[i] > 0)
        add_size (text, status.total[i]);
      return;
    }
  g_string_append (text, status.steps[i]);
  if (status.total[i] > 0)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, status.done[i],
                            status.total[i]);
  else if (status.done[i] > 0)
    g_string_append_printf (text, " %" G_GUINT64_FORMAT, status.done[i]);
}

/* How fast the innermost step goes on. */
static void
add_rate (GString *text, guint i, gint64 now)
{
  double rate = status.done[i] * (double) G_USEC_PER_SEC / MAX (now - status.since[i], 1);

  if (status.done[i] == 0)
    return;
  g_string_append (text, ", ");
  if (is_bytes (i))
    add_size (text, (guint64) rate);
  else
    g_string_append_printf (text, "%.*f", rate < 10 ? 1 : 0, rate);
  g_string_append (text, "/s");
}

/* What there is to say: the steps, the rate, for how long, and what a program is at. */
static GString *
compose (gint64 now)
{
  GString *text = g_string_new (NULL);
  double seconds = (now - status.begin) / (double) G_USEC_PER_SEC;

  for (guint i = 0; i < status.depth; i++)
    add_step (text, i);
  if (status.depth > 0)
    add_rate (text, status.depth - 1, now);
  g_string_append_printf (text, ", %.0f s", seconds);
  if (status.detail != NULL)
    g_string_append_printf (text, "  %s", status.detail);
  return text;
}

static void
put (const char *text, gsize length)
{
  G_GNUC_UNUSED ssize_t written = write (STDERR_FILENO, text, length);
}

/* Takes the status line away, before something else is printed. */
void
progress_hide (void)
{
  if (status.is_shown && status.mode == PROGRESS_AUTO)
    put (LINE_BEGIN, strlen (LINE_BEGIN));
  status.is_shown = FALSE;
}

static void
show (gint64 now)
{
  g_autoptr (GString) text = compose (now);

  status.last = now;
  status.is_shown = TRUE;
  if (status.mode == PROGRESS_PLAIN)
    {
      g_string_prepend (text, "venvb: ");
      g_string_append_c (text, '\n');
      put (text->str, text->len);
      return;
    }
  g_string_truncate (text, MIN (text->len, MAX (columns (), 2) - 1));
  g_string_prepend (text, "\r");
  g_string_append (text, "\033[K");
  put (text->str, text->len);
}

/* Notes what is told of a step; the texts are kept, as others may go.  What it is that is
 * within is kept as well, which may go on: one that begins anew has nothing done. */
static void
note (guint depth, const char *step, guint64 done, guint64 total, gint64 now)
{
  guint i = depth - 1;
  g_autofree char *shown = harmless (step);
  gboolean is_anew = done < status.done[i] || (done == 0 && depth > status.depth);

  if (is_anew || g_strcmp0 (status.steps[i], shown) != 0)
    {
      g_free (status.steps[i]);
      status.steps[i] = g_steal_pointer (&shown);
      status.since[i] = now;
    }
  if (depth != status.depth)
    g_clear_pointer (&status.detail, g_free);
  status.depth = depth;
  status.done[i] = done;
  status.total[i] = total;
}

/* Takes away what another process may have left on a terminal. */
void
progress_clear (void)
{
  if (is_terminal ())
    put (LINE_BEGIN, strlen (LINE_BEGIN));
}

/* All is done; where another process has shown something, it is taken away, too. */
static void
rest (gint64 now)
{
  gint64 since = status.begin != 0 ? status.begin : status.watched;

  if (status.mode == PROGRESS_AUTO && now - since >= SHOWN_AFTER)
    progress_clear ();
  for (guint j = 0; j < LEVELS; j++)
    g_clear_pointer (&status.steps[j], g_free);
  g_clear_pointer (&status.detail, g_free);
  status.is_shown = FALSE;
  status.begin = status.last = 0;
  status.depth = 0;
}

/* Hears of a step: see VenvbStatusFunc. */
static gboolean
hear (guint depth, const char *step, guint64 done, guint64 total, gpointer data)
{
  gint64 now = g_get_monotonic_time ();
  gboolean is_back = depth < status.depth;

  if (depth == 0)
    return rest (now), TRUE;
  if (status.begin == 0)
    status.begin = now;
  note (depth, step, done, total, now);
  /* What goes on within is told of at once, or something else is. */
  if (is_back || now - status.begin < SHOWN_AFTER
      || now - status.last < (status.mode == PROGRESS_PLAIN ? PLAIN_EACH : SHOWN_EACH))
    return TRUE;
  if (status.mode == PROGRESS_AUTO && !is_terminal ())
    return FALSE;
  show (now);
  return TRUE;
}

/* What pip and uv begin a line with that is worth to be shown. */
static const char *const worth[] = { "Collecting ",  "Downloading ", "Using cached ", "Building ",
                                     "Installing ",  "Preparing ",   "Obtaining ",    "Looking ",
                                     "Processing ",  "Resolved ",    "Prepared ",     "Installed ",
                                     "Successfully " };

/* Hears a line of a program, and shows what it is at. */
void
progress_hear_line (const char *line)
{
  line += strspn (line, " ");
  for (guint i = 0; i < G_N_ELEMENTS (worth); i++)
    if (g_str_has_prefix (line, worth[i]))
      {
        g_free (status.detail);
        status.detail = harmless (line);
        return;
      }
}

/* Has progress be shown as the options say. */
void
progress_watch (const Options *options)
{
  status.mode = options->quiet ? PROGRESS_NONE : options->progress;
  status.watched = g_get_monotonic_time ();
  venvb_set_status (status.mode == PROGRESS_NONE ? NULL : hear, NULL);
}
