/* SPDX-License-Identifier: BSD-2-Clause */

#include "dotenv.h"

#include "venvb-plugin.h"

#include <string.h>

#define BLANKS " \t"

static gboolean
fail (GError **error, const char *what)
{
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_OPTION, what);
  return FALSE;
}

/* Moves over blanks. */
static void
skip_blanks (const char **at)
{
  *at += strspn (*at, BLANKS);
}

/* Tells whether a line ends here: with "\n", "\r\n" or the text. */
static gboolean
is_line_end (const char *at)
{
  return *at == '\0' || *at == '\n' || (at[0] == '\r' && (at[1] == '\n' || at[1] == '\0'));
}

static void
skip_line (const char **at)
{
  *at += strcspn (*at, "\n");
  if (**at == '\n')
    ++*at;
}

/* A word of a name's characters, and what may be taken for them. */
static char *
read_name (const char **at)
{
  const char *start = *at;

  while (!is_line_end (*at) && strchr ("=" BLANKS, **at) == NULL)
    ++*at;
  return g_strndup (start, *at - start);
}

/* A value without quotes: to the end of the line, or a comment after a blank,
 * without the blanks before that. */
static void
read_plain (const char **at, GString *value)
{
  const char *start = *at, *end = *at;

  for (; !is_line_end (*at); ++*at)
    {
      gboolean is_blank = strchr (BLANKS, **at) != NULL;

      if (**at == '#' && *at > start && strchr (BLANKS, (*at)[-1]) != NULL)
        break;
      if (!is_blank)
        end = *at + 1;
    }
  g_string_append_len (value, start, end - start);
}

/* What a backslash and the character after it stand for between double
 * quotes; 0 for both of them. */
static char
unescape (char c)
{
  switch (c)
    {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c != '\0' && strchr ("\"\\$`", c) != NULL ? c : '\0';
    }
}

/* A value in quotes, which may span lines; at is on the first quote. */
static gboolean
read_quoted (const char **at, GString *value, GError **error)
{
  const char quote = *(*at)++;

  for (; **at != quote; ++*at)
    {
      char escaped = quote == '"' && **at == '\\' ? unescape ((*at)[1]) : '\0';

      if (**at == '\0')
        return fail (error, "the value has no closing quote");
      g_string_append_c (value, escaped != '\0' ? escaped : **at);
      *at += escaped != '\0';
    }
  ++*at;
  skip_blanks (at);
  return is_line_end (*at) || **at == '#' || fail (error, "there is more after the closing quote");
}

static gboolean
read_value (const char **at, GString *value, GError **error)
{
  skip_blanks (at);
  if (**at == '\'' || **at == '"')
    return read_quoted (at, value, error);
  if (**at != '#')
    read_plain (at, value);
  return TRUE;
}

/* Reads a line that is not empty, or several when a quoted value spans them. */
static gboolean
read_variable (const char **at, DotenvFunc func, gpointer data, GError **error)
{
  g_autoptr (GString) value = g_string_new (NULL);
  g_autofree char *name = read_name (at);

  skip_blanks (at);
  if (g_str_equal (name, "export") && **at != '=')
    {
      g_free (name);
      name = read_name (at);
      skip_blanks (at);
    }
  if (**at != '=')
    return fail (error, "this is not NAME=VALUE");
  ++*at;
  return read_value (at, value, error) && func (name, value->str, data, error);
}

static guint
line_number (const char *text, const char *at)
{
  guint line = 1;

  for (; text < at; text++)
    line += *text == '\n';
  return line;
}

gboolean
dotenv_parse (const char *text, DotenvFunc func, gpointer data, GError **error)
{
  const char *at = g_str_has_prefix (text, "\xef\xbb\xbf") ? text + 3 : text;

  while (*at != '\0')
    {
      const char *start = at;

      skip_blanks (&at);
      if (!is_line_end (at) && *at != '#' && !read_variable (&at, func, data, error))
        {
          g_prefix_error (error, "line %u: ", line_number (text, start));
          return FALSE;
        }
      skip_line (&at);
    }
  return TRUE;
}
