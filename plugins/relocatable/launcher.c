/* SPDX-License-Identifier: BSD-2-Clause */

#include "launcher.h"

#include <string.h>

/* To the shell, two lines; to Python, a string. */
#define SHELL_LINE "#!/bin/sh\n"
#define EXEC "'''exec' "
#define PASS_ON "\"$0\" \"$@\"\n' '''\n"

/* Without realpath, links to the script are not followed.  That of busybox
 * does not know "--". */
#define HERE "$(dirname \"$(realpath \"$0\" 2>/dev/null || echo \"$0\")\")"

static const char harmless[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-";
static const char harmless_args[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "._+-=:, ";

void
launcher_free (Launcher *launcher)
{
  g_free (launcher->interpreter);
  g_free (launcher->args);
  g_free (launcher);
}

/* Takes the path and the arguments; NULL unless the path is absolute. */
static Launcher *
launcher_new (char *interpreter, char *args, gsize length)
{
  Launcher *launcher = g_new0 (Launcher, 1);

  launcher->interpreter = interpreter;
  launcher->args = g_strstrip (args);
  launcher->length = length;
  if (g_path_is_absolute (interpreter))
    return launcher;
  launcher_free (launcher);
  return NULL;
}

/* Tells whether the last part of a path is a Python's name. */
static gboolean
is_python (const char *path, gsize length)
{
  g_autofree char *first = g_strndup (path, length);
  g_autofree char *name = g_path_get_basename (first);

  return g_str_has_prefix (name, "python") || g_str_has_prefix (name, "pypy")
         || g_str_has_prefix (name, "graalpy");
}

/* Reads "#!INTERPRETER ARGS" up to end, the line's.  pip writes a path with
 * blanks there for scripts that a wheel brings along, which do not work. */
static Launcher *
read_plain (const char *text, const char *end)
{
  g_autofree char *line = g_strndup (text + 2, end - text - 2);
  const char *path = g_strstrip (line);
  const char *slash = strrchr (path, '/');
  gsize length = strcspn (path, " \t");

  if (slash != NULL && !is_python (path, length))
    length = slash - path + strcspn (slash, " \t");
  return launcher_new (g_strndup (path, length), g_strdup (path + length), end + 1 - text);
}

/* Reads what follows the exec of the longer form: the path, in double quotes
 * or as it is, which therefore holds nothing special. */
static Launcher *
read_shell (const char *text, const char *word)
{
  gboolean is_quoted = *word == '"';
  const char *path = word + is_quoted;
  const char *end = path + strcspn (path, is_quoted ? "\"\n" : " \n");
  const char *args = end + (is_quoted && *end == '"');
  const char *rest = strstr (args, PASS_ON);

  if (rest == NULL || memchr (end, '\n', rest - end) != NULL || memchr (path, '$', end - path))
    return NULL;
  return launcher_new (g_strndup (path, end - path), g_strndup (args, rest - args),
                       rest + strlen (PASS_ON) - text);
}

/* All that is looked at ends with a NUL at the latest, which text has after its
 * length bytes. */
Launcher *
launcher_read (const char *text, gsize length)
{
  const char *end = memchr (text, '\n', length);

  if (!g_str_has_prefix (text, "#!") || end == NULL || memchr (text, '\0', end - text) != NULL)
    return NULL;
  if (g_str_has_prefix (text, SHELL_LINE EXEC))
    return read_shell (text, text + strlen (SHELL_LINE EXEC));
  return read_plain (text, end);
}

/* The length of the line that text begins with, if it is a comment that tells
 * the encoding, which Python looks for in the first two lines only; else 0. */
static gsize
coding_line (const char *text)
{
  gsize length = strcspn (text, "\n");
  g_autofree char *line = g_strndup (text, length);

  return line[0] == '#' && strstr (line, "coding") != NULL && text[length] == '\n' ? length + 1 : 0;
}

GString *
launcher_make_relative (const Launcher *launcher, const char *text, gsize length)
{
  g_autofree char *name = g_path_get_basename (launcher->interpreter);
  const char *rest = text + launcher->length;
  gsize coding = coding_line (rest);
  GString *out;

  if (name[strspn (name, harmless)] != '\0'
      || launcher->args[strspn (launcher->args, harmless_args)] != '\0')
    return NULL;
  out = g_string_sized_new (length + 256);
  g_string_append (out, SHELL_LINE);
  g_string_append_len (out, rest, coding);
  g_string_append_printf (out, EXEC "\"" HERE "/%s\" %s%s" PASS_ON, name, launcher->args,
                          launcher->args[0] != '\0' ? " " : "");
  g_string_append_len (out, rest + coding, length - launcher->length - coding);
  return out;
}
