/* SPDX-License-Identifier: BSD-2-Clause */

/* How deep the keys of a TOML document go.  Whoever reads one calls himself for each part of
 * a dotted key, and each level of it again where it is freed: a long enough key is the end
 * of the stack. */

#include "lock/room.h"

#include <string.h>

/* Skips a text in quotes, of one line or of several; at its opening quote. */
static gsize
skip_text (const char *text, gsize length, gsize at)
{
  char quote = text[at];
  gboolean is_long = at + 2 < length && text[at + 1] == quote && text[at + 2] == quote;

  for (at += is_long ? 3 : 1; at < length; at++)
    if (quote == '"' && text[at] == '\\')
      at++;
    else if (!is_long && text[at] == '\n')
      return at;
    else if (text[at] == quote
             && (!is_long || (at + 2 < length && text[at + 1] == quote && text[at + 2] == quote)))
      return at + (is_long ? 2 : 0);
  return at;
}

static gsize
skip_comment (const char *text, gsize length, gsize at)
{
  const char *end = memchr (text + at, '\n', length - at);

  return end == NULL ? length : (gsize) (end - text);
}

/* Tells whether no word has more full stops in it than most; if one has, the line of it is
 * set.  What stands between words is no part of a key; text in quotes is one part. */
gboolean
depth_check (const char *text, gsize length, guint most, guint *line)
{
  guint parts = 0;

  *line = 1;
  for (gsize at = 0; at < length; at++)
    {
      gsize from = at;

      if (text[at] == '"' || text[at] == '\'')
        at = skip_text (text, length, at);
      else if (text[at] == '#')
        at = skip_comment (text, length, at);
      for (gsize i = from; i <= at && i < length; i++)
        *line += text[i] == '\n';
      if (at < length && strchr ("\n=,{}[]", text[at]) != NULL)
        parts = 0;
      else if (at < length && text[at] == '.' && ++parts > most)
        return FALSE;
    }
  return TRUE;
}
