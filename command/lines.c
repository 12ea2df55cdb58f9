/* SPDX-License-Identifier: BSD-2-Clause */

/* Which line of a configuration file something stands in: GKeyFile doesn't tell. */

#include "command/command.h"

#include <string.h>

/* Tells whether a line, less the space around it, is the header of group. */
static gboolean
is_header (const char *line, const char *group)
{
  gsize length = strlen (group);

  return line[0] == '[' && strncmp (line + 1, group, length) == 0 && line[length + 1] == ']';
}

static gboolean
is_key (const char *line, const char *key)
{
  gsize length = strlen (key);

  return strncmp (line, key, length) == 0 && line[length + strspn (line + length, " \t")] == '=';
}

/* The line that a key stands in, from 1; that of the group without a key.  Where one
 * stands twice the last counts. */
guint
lines_find (const char *text, const char *group, const char *key)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean inside = FALSE;
  guint found = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (line[0] == '[')
        inside = is_header (line, group);
      if (inside && (key == NULL ? line[0] == '[' : is_key (line, key)))
        found = i + 1;
    }
  return found;
}

/* Tells whether GKeyFile understands a line, in a group or before the first. */
static gboolean
is_understood (const char *line, gboolean in_group)
{
  g_autofree char *text = g_strconcat (in_group ? "[x]\n" : "", line, "\n", NULL);
  g_autoptr (GKeyFile) keys = g_key_file_new ();

  return g_key_file_load_from_data (keys, text, -1, G_KEY_FILE_NONE, NULL)
         || line[strspn (line, " \t\r")] == '\0';
}

/* The text without the lines that GKeyFile does not understand, each of which is told:
 * in place of them are empty ones, so that the others keep their numbers.  What
 * stands below a header that is none belongs to nobody knows whom, and is left out, too.
 * Free with g_free(). */
char *
lines_mend (const char *text, void (*tell) (guint line, gpointer data), gpointer data)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean in_group = FALSE, is_lost = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean begins = lines[i][strspn (lines[i], " \t")] == '[';
      gboolean ok = is_understood (lines[i], in_group);

      is_lost = begins ? !ok : is_lost;
      in_group = in_group || (begins && ok);
      if (!ok && (begins || !is_lost))
        tell (i + 1, data);
      if (!ok || is_lost)
        lines[i][0] = '\0';
    }
  return g_strjoinv ("\n", lines);
}
