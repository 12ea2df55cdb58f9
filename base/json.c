/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/json.h"

/* Appends text between quotes.  Bytes that are not UTF-8 become U+FFFD, since
 * JSON has no way to tell them.  What a terminal might obey is escaped, too. */
static void
append_quoted (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  g_string_append_c (out, '"');
  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);

      if (c == '"' || c == '\\')
        g_string_append_printf (out, "\\%c", *at);
      else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f)
               || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
    }
  g_string_append_c (out, '"');
}

/* Appends what comes before a value.  A bracket at the end is always one that
 * was just opened: those in strings are followed by a quote. */
static void
append_key (GString *out, const char *key)
{
  char last = out->len == 0 ? '[' : out->str[out->len - 1];

  if (last != '{' && last != '[')
    g_string_append (out, ", ");
  if (key == NULL)
    return;
  append_quoted (out, key);
  g_string_append (out, ": ");
}

/* Begins an object '{' or an array '['. */
void
json_open (GString *out, const char *key, char bracket)
{
  append_key (out, key);
  g_string_append_c (out, bracket);
}

void
json_close (GString *out, char bracket)
{
  g_string_append_c (out, bracket);
}

/* A string; NULL is null. */
void
json_string (GString *out, const char *key, const char *value)
{
  append_key (out, key);
  if (value == NULL)
    g_string_append (out, "null");
  else
    append_quoted (out, value);
}

void
json_boolean (GString *out, const char *key, gboolean value)
{
  json_value (out, key, value ? "true" : "false");
}

void
json_integer (GString *out, const char *key, gint64 value)
{
  append_key (out, key);
  g_string_append_printf (out, "%" G_GINT64_FORMAT, value);
}

/* A number of seconds, to the microsecond, whatever the locale's point is. */
void
json_seconds (GString *out, const char *key, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE + 16];

  /* It writes to text one number, which cppcheck does not know. */
  /* cppcheck-suppress [uninitvar, wrongPrintfScanfArgNum] */
  json_value (out, key, g_ascii_formatd (text, sizeof text, "%.6f", value));
}

/* A value that is JSON already. */
void
json_value (GString *out, const char *key, const char *json)
{
  append_key (out, key);
  g_string_append (out, json);
}
