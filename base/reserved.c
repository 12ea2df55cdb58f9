/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/reserved.h"

#include <string.h>

/* Reads a character as a file system that knows no case may do it, which skips
 * what is not visible; a byte that is not UTF-8 is taken as it is. */
static gunichar
next_letter (const char **at, const char *end)
{
  while (*at < end)
    {
      gunichar c = g_utf8_get_char_validated (*at, end - *at);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        return (guchar) * (*at)++;
      *at = g_utf8_next_char (*at);
      if (!g_unichar_iszerowidth (c) && c != 0xad)
        return g_unichar_tolower (c);
    }
  return 0;
}

/* Tells whether a component begins with these letters. */
static gboolean
begins_with (const char **at, const char *end, const char *letters)
{
  for (; *letters != '\0'; letters++)
    if (next_letter (at, end) != (guchar) *letters)
      return FALSE;
  return TRUE;
}

static gboolean
is_reserved (const char *name, const char *end)
{
  const char *full = name, *brief = name;

  return begins_with (&full, end, ".venvb-")
         || (begins_with (&brief, end, "venvb-~") && g_ascii_isdigit (next_letter (&brief, end)));
}

gboolean
reserved_is_in (const char *path)
{
  for (const char *end; *path != '\0'; path = end + strspn (end, "/"))
    {
      end = path + strcspn (path, "/");
      if (is_reserved (path, end))
        return TRUE;
    }
  return FALSE;
}

gboolean
reserved_is_beyond (const char *path, const char *dir)
{
  const char *rest = path;

  for (gsize i = 0; path[i] == dir[i] || dir[i] == '\0'; i++)
    {
      if (path[i] == '/' || path[i] == '\0')
        rest = path + i;
      if (path[i] == '\0' || dir[i] == '\0')
        break;
    }
  return reserved_is_in (rest);
}
