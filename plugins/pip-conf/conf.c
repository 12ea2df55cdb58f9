/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What configparser takes for a line is what counts here: a line that is
 * indented more than the key before it goes on with its value, whatever it
 * looks like; comments and empty lines are no part of it, but do not end it.
 */

#include "conf.h"

#include <string.h>

#define BLANKS " \t\r\f\v"

typedef enum
{
  LINE_OTHER, /* a comment or nothing */
  LINE_SECTION,
  LINE_KEY,
  LINE_VALUE, /* more of the value of the key before */
} LineKind;

/* What was read so far. */
typedef struct
{
  char *section; /* or NULL before the first */
  char *key;     /* as pip compares keys; or NULL before the section's first */
  gsize indent;  /* of the key, or of the section's line */
} State;

/* The name of a section that a line begins, or NULL. */
static char *
section_of (const char *line)
{
  const char *end = line[0] == '[' ? strrchr (line, ']') : NULL;

  return end == NULL || end == line + 1 ? NULL : g_strndup (line + 1, end - line - 1);
}

/* The key of a line, as pip compares keys. */
static char *
key_of (const char *line)
{
  g_autofree char *name = g_strndup (line, strcspn (line, "=:"));
  g_autofree char *lower = g_ascii_strdown (g_strstrip (name), -1);

  g_strdelimit (lower, "_", '-');
  return g_strdup (g_str_has_prefix (lower, "--") ? lower + 2 : lower);
}

static LineKind
read_line (State *state, const char *line)
{
  gsize indent = strspn (line, BLANKS);
  char *section;

  if (line[indent] == '\0' || line[indent] == '#' || line[indent] == ';')
    return LINE_OTHER;
  if (state->key != NULL && indent > state->indent)
    return LINE_VALUE;
  state->indent = indent;
  g_clear_pointer (&state->key, g_free);
  section = section_of (line + indent);
  if (section == NULL)
    {
      state->key = key_of (line + indent);
      return LINE_KEY;
    }
  g_free (state->section);
  state->section = section;
  return LINE_SECTION;
}

/* The lines of a text, without its last line's end. */
static GPtrArray *
split (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text, "\n", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i + 1] != NULL || parts[i][0] != '\0')
      g_ptr_array_add (lines, g_strdup (parts[i]));
  return lines;
}

/* Takes out a key and its value.  Returns where it was, else the end of the
 * section, else -1. */
static int
take_out (GPtrArray *lines, const char *section, const char *key)
{
  State state = { NULL };
  int first = -1, end = -1;

  for (guint i = 0; i < lines->len;)
    {
      LineKind kind = read_line (&state, lines->pdata[i]);
      gboolean is_here = kind != LINE_OTHER && g_strcmp0 (state.section, section) == 0;

      if (is_here && g_strcmp0 (state.key, key) == 0)
        {
          g_ptr_array_remove_index (lines, i);
          first = first < 0 ? (int) i : first;
          continue;
        }
      if (is_here && first < 0)
        end = i + 1;
      i++;
    }
  g_free (state.section);
  g_free (state.key);
  return first >= 0 ? first : end;
}

/* How far the line is indented that counts next, from a place on: free with
 * g_free().  What is put there has to be indented as far: with less, the next
 * line would go on with its value. */
static char *
indent_at (const GPtrArray *lines, guint at)
{
  for (; at < lines->len; at++)
    {
      const char *line = lines->pdata[at];
      gsize indent = strspn (line, BLANKS);

      if (line[indent] != '\0' && line[indent] != '#' && line[indent] != ';')
        return g_strndup (line, indent);
    }
  return g_strdup ("");
}

/* A key and its values as lines.  Several are written one below the other. */
static char *
format (const char *indent, const char *key, const char *const *values)
{
  g_autofree char *next = g_strconcat ("\n    ", indent, NULL);
  g_autofree char *all = g_strjoinv (next, (char **) values);

  return g_strconcat (indent, key, values[1] == NULL ? " = " : " =", values[1] == NULL ? "" : next,
                      all, NULL);
}

char *
conf_set (const char *text, const char *section, const char *key, const char *const *values)
{
  g_autoptr (GPtrArray) lines = split (text);
  int at = take_out (lines, section, key);

  if (at < 0)
    {
      if (lines->len > 0 && ((char *) lines->pdata[lines->len - 1])[0] != '\0')
        g_ptr_array_add (lines, g_strdup (""));
      g_ptr_array_add (lines, g_strdup_printf ("[%s]", section));
      at = lines->len;
    }
  g_autofree char *indent = indent_at (lines, at);
  g_ptr_array_insert (lines, at, format (indent, key, values));
  g_ptr_array_add (lines, g_strdup (""));
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}
