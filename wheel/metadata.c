/* SPDX-License-Identifier: BSD-2-Clause */

/* The files of .dist-info, and the wheel's own name. */

#include "wheel/room.h"

#include <string.h>

/* The length of a header with the lines that it goes on in, which begin with a
 * blank. */
static gsize
header_length (const char *text)
{
  gsize end = strcspn (text, "\n");

  while (text[end] == '\n' && (text[end + 1] == ' ' || text[end + 1] == '\t'))
    end += 1 + strcspn (text + end + 1, "\n");
  return end;
}

/* The value of the first header of that name, stripped and on one line; NULL when
 * there is none before the first empty line. */
char *
metadata_header (const char *text, const char *key)
{
  gsize length = strlen (key);

  while (*text != '\0' && *text != '\n' && *text != '\r')
    {
      gsize end = header_length (text);

      if (g_ascii_strncasecmp (text, key, length) == 0 && text[length] == ':')
        return g_strstrip (
            g_strdelimit (g_strndup (text + length + 1, end - length - 1), "\r\n", ' '));
      text += end + (text[end] == '\n');
    }
  return NULL;
}

/* Takes the name and the version out of NAME-VERSION(-BUILD)?-PY-ABI-PLAT.whl. */
gboolean
metadata_split (const char *file_name, char **name, char **version, GError **error)
{
  g_auto (GStrv) parts = NULL;
  guint n;

  if (!g_str_has_suffix (file_name, ".whl"))
    return refuse (error, "its name does not end in .whl");
  parts = g_strsplit (file_name, "-", -1);
  n = g_strv_length (parts);
  if ((n != 5 && n != 6) || parts[0][0] == '\0' || !g_ascii_isdigit (parts[1][0]))
    return refuse (error, "its name is not NAME-VERSION-PYTHON-ABI-PLATFORM.whl");
  *name = g_strdup (parts[0]);
  *version = g_strdup (parts[1]);
  return TRUE;
}

/* Goes on to the next character that counts: runs of '-', '_' and '.' are
 * one '-'. */
static char
next_character (const char **at)
{
  gsize run = strspn (*at, "-_.");

  if (run > 0)
    {
      *at += run;
      return '-';
    }
  return **at == '\0' ? '\0' : g_ascii_tolower (*(*at)++);
}

/* Tells whether two names, or two versions, mean the same. */
gboolean
metadata_same (const char *a, const char *b)
{
  char c;

  do
    if ((c = next_character (&a)) != next_character (&b))
      return FALSE;
  while (c != '\0');
  return TRUE;
}

/* Refuses a WHEEL file of a format that we don't know.  A newer version of
 * the same format is no obstacle. */
gboolean
metadata_check_version (const char *wheel, GError **error)
{
  g_autofree char *version = metadata_header (wheel, "Wheel-Version");
  char *end = NULL;
  guint64 major;

  if (version == NULL)
    return refuse (error, "its WHEEL file has no Wheel-Version");
  major = g_ascii_strtoull (version, &end, 10);
  if (!g_ascii_isdigit (version[0]) || *end != '.' || !g_ascii_isdigit (end[1]))
    return refuse (error, "its Wheel-Version is not a version");
  if (major != 1)
    return refuse (error, "its Wheel-Version is %s; this program knows 1.x", version);
  return TRUE;
}
