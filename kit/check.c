/* SPDX-License-Identifier: BSD-2-Clause */

/* What a check finds: from whichever process, it gets to him who asked for it. */

#include "config.h"

#include "kit/room.h"

#include "base/secret.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

/* A path in the scratch directory. */
char *
check_path (const Check *check, const char *inside)
{
  return g_build_filename (check->scratch, inside, NULL);
}

/* Notes whose code runs from now on, for the case that it does not come back. */
void
check_where (Check *check, const char *where)
{
  g_strlcpy (check->where, where, WHERE_SIZE);
}

/* Prints a finding, once, whatever the run in which it came up. */
static void
print (Check *check, const char *prefix, const char *text)
{
  g_autofree char *shown = secret_mask (text);
  g_autofree char *line = g_strconcat (shown, check->label, NULL);

  if (!g_hash_table_add (check->said, g_strdup (text)))
    return;
  check->problems += g_str_equal (prefix, "problem: ");
  check->what->print (prefix, line);
}

/* Reports something: from a child process to its parent, which knows what to
 * do with it. */
void
check_report (Check *check, char kind, const char *text)
{
  if (check->report_fd >= 0)
    {
      g_autofree char *line = g_strdup_printf ("%c%s", kind, text);
      gsize length = strlen (line) + 1;

      if (write (check->report_fd, line, length) != (ssize_t) length)
        _exit (EXIT_FAILURE);
    }
  else if (kind == REPORT_PROBLEM)
    print (check, "problem: ", text);
  else if (kind == REPORT_NOTE && !check->what->quiet)
    print (check, "note: ", text);
  else if (kind == REPORT_STAGES)
    check->stages = strtoul (text, NULL, 10);
  else if (kind == REPORT_FAILED)
    check->has_failed = TRUE;
  else if (kind == REPORT_DOUBTED && check->doubted == NULL)
    check->doubted = g_strdup (text);
  else if (kind == REPORT_CHANGED)
    check->changed = text[0];
  else if (kind == REPORT_PYTHON && check->python == NULL)
    check->python = g_strdup (text);
  else if (kind == REPORT_REFUSAL && check->refusal == NULL)
    check->refusal = g_strdup (text);
}

void
check_problem (Check *check, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  check_report (check, REPORT_PROBLEM, text);
}

/* Reports what is no fault. */
void
check_note (Check *check, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  check_report (check, REPORT_NOTE, text);
}
