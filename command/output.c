/* SPDX-License-Identifier: BSD-2-Clause */

/* How the command prints: whole lines, and nothing in them that a terminal
 * would obey. */

#include "command/command.h"
#include "command/told.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What an error puts before each line of a program's output. */
static const char tail_mark[] = "\n  | ";

/* See no-color.org for NO_COLOR. */
static enum { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER } when;

void
output_set_color (guint color)
{
  when = color;
}

static int failure;

/* Writes out what was printed on standard output. */
void
output_flush (void)
{
  if (fflush (stdout) != 0 && failure == 0)
    failure = errno;
  if (ferror (stdout) && failure == 0)
    failure = EIO;
}

/* Why not all of that could be written, as an errno; 0 when it was. */
int
output_failure (void)
{
  return failure;
}

static gboolean
has_color (FILE *out)
{
  const char *no_color = g_getenv ("NO_COLOR");
  const char *term = g_getenv ("TERM");

  const char *force = g_getenv ("FORCE_COLOR");

  if (when != COLOR_AUTO)
    return when == COLOR_ALWAYS;
  if (force != NULL && force[0] != '\0' && (no_color == NULL || no_color[0] == '\0'))
    return !g_str_equal (force, "0");
  return isatty (fileno (out)) && (no_color == NULL || no_color[0] == '\0') && term != NULL
         && !g_str_equal (term, "dumb");
}

/* Tells whether a terminal may obey the character, turn the text around it, or
 * show nothing for it.  Only the joiners are needed to write words. */
static gboolean
is_obeyed (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return TRUE;
    case G_UNICODE_FORMAT:
      return c != 0x200c && c != 0x200d;
    default:
      return FALSE;
    }
}

/* Appends the character that text starts with, as an escape where it is not
 * plain text, and returns its length. */
static gsize
append_visible (GString *out, const char *text)
{
  gunichar c = g_utf8_get_char_validated (text, -1);

  if (c == (gunichar) -1 || c == (gunichar) -2)
    g_string_append_printf (out, "\\x%02x", (guchar) *text);
  else if (c == '\n')
    g_string_append (out, "\\n");
  else if (is_obeyed (c))
    g_string_append_printf (out, c < 0x100 ? "\\x%02x" : "\\u%04x", c);
  else
    {
      g_string_append_unichar (out, c);
      return g_utf8_next_char (text) - text;
    }
  return c < 0x110000 ? g_utf8_next_char (text) - text : 1;
}

/* Prints a line.  Line breaks in names are made visible; those before a
 * program's output are kept. */
void
output_line (FILE *out, const char *prefix, const char *text)
{
  g_autoptr (GString) line = g_string_new (prefix);

  while (*text != '\0')
    if (g_str_has_prefix (text, tail_mark))
      {
        g_string_append (line, tail_mark);
        text += strlen (tail_mark);
      }
    else if (*text == '\t')
      g_string_append_c (line, *text++);
    else
      text += append_visible (line, text);
  g_string_append_c (line, '\n');
  progress_hide ();
  fwrite (line->str, 1, line->len, out);
}

/* Prints an error or a warning, behind the program's name, which is in bold
 * red or yellow. */
void
output_problem (gboolean is_error, const char *text)
{
  g_autofree char *prefix = g_strdup_printf ("\033[1;%dmvenvb:\033[0m ", is_error ? 31 : 33);

  output_line (stderr, has_color (stderr) ? prefix : "venvb: ", text);
}
