/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Quotes text for the script of some shell.  Whatever the text is, it must
 * never be run: each language has a quoter of its own, and one row in the
 * table below, which names its set in blocks.c, too.
 */

#include "stages/stages.h"

#include <string.h>

/* POSIX shells, and zsh with RC_QUOTES.  Only a single quote is special
 * inside single quotes; it is written between two quoted parts. */
static char *
quote_posix (const char *text)
{
  return g_shell_quote (text);
}

/* fish: unlike in POSIX shells a backslash escapes itself and the quote inside
 * single quotes. */
static char *
quote_fish (const char *text)
{
  GString *out = g_string_new ("'");

  for (; *text != '\0'; text++)
    {
      if (*text == '\'' || *text == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *text);
    }
  g_string_append_c (out, '\'');
  return g_string_free (out, FALSE);
}

/* csh and tcsh: history is substituted even inside single quotes, and only
 * there can a newline be held, after a backslash.  All other backslashes are
 * kept outside, because what one does inside depends on tcsh's variable
 * backslash_quote. */
static char *
quote_csh (const char *text)
{
  GString *out = g_string_new ("'");

  for (; *text != '\0'; text++)
    {
      if (*text == '\n')
        g_string_append (out, "\\\n");
      else if (strchr ("'\\!", *text) != NULL)
        g_string_append_printf (out, "'\\%c'", *text);
      else
        g_string_append_c (out, *text);
    }
  g_string_append_c (out, '\'');
  return g_string_free (out, FALSE);
}

/* Tells whether PowerShell takes a character for a single quote: it does so
 * with the typographic ones, too. */
static gboolean
is_powershell_quote (gunichar c)
{
  return c == '\'' || (c >= 0x2018 && c <= 0x201B);
}

/* PowerShell: inside single quotes a single quote, of any kind, is doubled and
 * nothing else is special. */
static char *
quote_powershell (const char *text)
{
  GString *out = g_string_new ("'");

  while (*text != '\0')
    {
      gunichar c = g_utf8_get_char_validated (text, -1);
      gsize length = (gint32) c < 0 ? 1 : (gsize) g_unichar_to_utf8 (c, NULL);

      if (is_powershell_quote (c))
        g_string_append_len (out, text, length);
      g_string_append_len (out, text, length);
      text += length;
    }
  g_string_append_c (out, '\'');
  return g_string_free (out, FALSE);
}

/* Batch has no quoting that holds every text.  Here each special character is
 * escaped, which is for `set NAME=` and an unquoted text; but even between
 * double quotes no part of it is run.  A control character, which would end
 * the line or the file, becomes a space.  With delayed expansion switched on
 * by the user, cmd replaces `!NAME!`. */
static char *
quote_batch (const char *text)
{
  GString *out = g_string_new (NULL);

  for (; *text != '\0'; text++)
    {
      if (*text == '%')
        g_string_append_c (out, '%');
      else if (strchr ("\"^&|<>()", *text) != NULL)
        g_string_append_c (out, '^');
      g_string_append_c (out, g_ascii_iscntrl (*text) ? ' ' : *text);
    }
  return g_string_free (out, FALSE);
}

/* Nushell: between double quotes only the quote and the backslash mean
 * something; `$` and parentheses do so in $"..." alone.  Raw strings hold all
 * but the control characters as well, but Nushells before 0.96 know of none. */
static char *
quote_nushell (const char *text)
{
  GString *out = g_string_new ("\"");

  for (; *text != '\0'; text++)
    if (g_ascii_iscntrl (*text))
      g_string_append_printf (out, "\\u{%x}", *text);
    else
      {
        if (*text == '"' || *text == '\\')
          g_string_append_c (out, '\\');
        g_string_append_c (out, *text);
      }
  g_string_append_c (out, '"');
  return g_string_free (out, FALSE);
}

/* The language of a script is told by the end of its name; the last row is
 * for all that have no other. */
static const struct
{
  const char *suffix;
  char *(*quote) (const char *text);
  const Blocks *blocks;
} languages[] = {
  { ".fish", quote_fish, &blocks_fish },
  { ".csh", quote_csh, &blocks_csh },
  { ".ps1", quote_powershell, &blocks_powershell },
  { ".bat", quote_batch, &blocks_batch },
  { ".nu", quote_nushell, &blocks_nushell },
  { ".py", cfg_python_repr, &blocks_python },
  { ".xsh", cfg_python_repr, &blocks_xonsh },
  { "", quote_posix, &blocks_posix },
};

/* The row of a script. */
static gsize
find_language (const char *script_name)
{
  gsize i = 0;

  while (!g_str_has_suffix (script_name, languages[i].suffix))
    i++;
  return i;
}

char *
quote_for_script (const char *script_name, const char *text)
{
  return languages[find_language (script_name)].quote (text);
}

/* The pieces that are there for scripts of this language; empty ones where the
 * row names none. */
const Blocks *
quote_blocks (const char *script_name)
{
  static const Blocks none;
  const Blocks *blocks = languages[find_language (script_name)].blocks;

  return blocks != NULL ? blocks : &none;
}

char *
venvb_quote (const char *script_name, const char *text)
{
  return quote_for_script (script_name != NULL ? script_name : "", text != NULL ? text : "");
}
