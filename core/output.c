/* SPDX-License-Identifier: BSD-2-Clause */

/* How the command prints: whole lines, and nothing in them that a terminal
 * would obey. */

#include "command.h"

#include <string.h>

/* What an error puts before each line of a program's output. */
static const char tail_mark[] = "\n  | ";

/* Appends one character, a control character as an escape. */
static void
append_visible (GString *out, char c)
{
  if (c == '\n')
    g_string_append (out, "\\n");
  else if ((guchar) c < 0x20 || c == 0x7f)
    g_string_append_printf (out, "\\x%02x", (guchar) c);
  else
    g_string_append_c (out, c);
}

/* Prints a line.  Line breaks in names are made visible; those before a
 * program's output are kept. */
void
output_line (FILE *out, const char *prefix, const char *text)
{
  g_autoptr (GString) line = g_string_new (prefix);

  for (const char *at = text; *at != '\0'; at++)
    if (g_str_has_prefix (at, tail_mark))
      {
        g_string_append (line, tail_mark);
        at += strlen (tail_mark) - 1;
      }
    else if (*at == '\t')
      g_string_append_c (line, *at);
    else
      append_visible (line, *at);
  g_string_append_c (line, '\n');
  fwrite (line->str, 1, line->len, out);
}

/* Prints text as a string of JSON (RFC 8259); NULL as null.  Bytes that are
 * not UTF-8 become U+FFFD. */
void
output_json_string (FILE *out, const char *text)
{
  g_autofree char *valid = text == NULL ? NULL : g_utf8_make_valid (text, -1);

  if (valid == NULL)
    {
      fputs ("null", out);
      return;
    }
  fputc ('"', out);
  for (const char *at = valid; *at != '\0'; at++)
    if (*at == '"' || *at == '\\')
      fprintf (out, "\\%c", *at);
    else if ((guchar) *at < 0x20)
      fprintf (out, "\\u%04x", (guchar) *at);
    else
      fputc (*at, out);
  fputc ('"', out);
}
