/* SPDX-License-Identifier: BSD-2-Clause */

/* A requirements file all of whose lines are pinned with hashes, as pip-compile,
 * uv pip compile and uv export write them.  What is not pinned is refused, with
 * its line: a resolver would have to choose. */

#include "lock/room.h"

#include <string.h>

/* Options of a line of their own which say where files are fetched from, or how: not
 * what is installed.  Those with a value are followed by it, or by '=' and it. */
static const struct
{
  const char *name;
  gboolean has_value;
} harmless[] = {
  { "-i", TRUE },
  { "--index-url", TRUE },
  { "--pypi-url", TRUE },
  { "--extra-index-url", TRUE },
  { "--no-index", FALSE },
  { "-f", TRUE },
  { "--find-links", TRUE },
  { "--trusted-host", TRUE },
  { "--only-binary", TRUE },
  { "--prefer-binary", FALSE },
  { "--require-hashes", FALSE },
  { "--pre", FALSE },
  { "--use-feature", TRUE },
};

/* Where a comment begins: at the start, or behind a blank. */
static char *
find_comment (char *line)
{
  for (char *at = line; *at != '\0'; at++)
    if (*at == '#' && (at == line || g_ascii_isspace (at[-1])))
      return at;
  return NULL;
}

static gboolean
is_comment (const char *line)
{
  return line[strspn (line, " \t")] == '#';
}

/* The next line, with those that it goes on in, and without a comment: free with
 * g_free().  A comment between them ends it, as it does for pip. */
static char *
next_line (char **lines, guint *at)
{
  GString *out = g_string_new (NULL);

  while (lines[*at] != NULL)
    {
      const char *line = lines[(*at)++];
      gsize length = strlen (line);
      gboolean goes_on;

      if (length > 0 && line[length - 1] == '\r')
        length--;
      goes_on = length > 0 && line[length - 1] == '\\' && !is_comment (line);
      if (is_comment (line))
        g_string_append_c (out, ' ');
      g_string_append_len (out, line, (gssize) (goes_on ? length - 1 : length));
      if (!goes_on)
        break;
    }
  char *comment = find_comment (out->str);
  if (comment != NULL)
    *comment = '\0';
  return g_strstrip (g_string_free (out, FALSE));
}

/* Tells whether what follows an option is its value, and no other option behind that. */
static gboolean
has_one_value (const char *rest)
{
  if (*rest != '=' && !g_ascii_isspace (*rest))
    return FALSE;
  rest += 1 + strspn (rest + 1, " \t");
  return rest[strcspn (rest, " \t")] == '\0';
}

/* Tells whether a line is such an option. */
static gboolean
is_harmless (const char *line)
{
  for (guint i = 0; i < G_N_ELEMENTS (harmless); i++)
    {
      const char *rest = line + strlen (harmless[i].name);

      if (!g_str_has_prefix (line, harmless[i].name))
        continue;
      if (harmless[i].has_value ? has_one_value (rest) : *rest == '\0')
        return TRUE;
    }
  return FALSE;
}

/* The index that a file names: the last one holds. */
static void
note_index (Lock *lock, const char *line)
{
  static const char *const options[] = { "--index-url", "--pypi-url", "-i" };

  lock->no_index = lock->no_index || g_str_equal (line, "--no-index");

  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    {
      const char *value = line + strlen (options[i]);

      if (!g_str_has_prefix (line, options[i]) || (*value != '=' && !g_ascii_isspace (*value)))
        continue;
      g_free (lock->index_url);
      lock->index_url = g_strstrip (g_strdup (value + 1));
      return;
    }
}

static gboolean
read_option (const Place *place, const char *line, GError **error)
{
  gsize length = strcspn (line, " \t=");

  if (is_harmless (line))
    return TRUE;
  if (g_str_has_prefix (line, "-e") || g_str_has_prefix (line, "--editable"))
    return refusal_set (error, place, NULL, REQLINE_PIN, "'%s' is not pinned: it is built", line);
  if (g_str_has_prefix (line, "-r") || g_str_has_prefix (line, "-c")
      || g_str_has_prefix (line, "--requirement") || g_str_has_prefix (line, "--constraint"))
    return refusal_set (error, place, NULL, "name that file itself",
                        "'%s' leads to another file, which is not read from here", line);
  if (g_str_has_prefix (line, "--no-binary"))
    return refusal_set (error, place, NULL, "take it out, or have pip install this file",
                        "'%s' wants something to be built", line);
  return refusal_set (error, place, NULL, "take it out", "the option '%.*s' is not known",
                      (int) length, line);
}

static gboolean
read_lines (Lock *lock, char **lines, GError **error)
{
  for (guint at = 0; lines[at] != NULL;)
    {
      Place place = { lock->path, at + 1, NULL, NULL };
      g_autofree char *line = next_line (lines, &at);
      LockPackage *package;

      if (line[0] == '\0')
        continue;
      if (line[0] == '-')
        {
          if (!read_option (&place, line, error))
            return FALSE;
          note_index (lock, line);
          continue;
        }
      if ((package = reqline_parse (&place, line, error)) == NULL)
        return FALSE;
      g_ptr_array_add (lock->packages, package);
    }
  return TRUE;
}

/* What a file of requirements says; path is what to call it.  NULL with error set
 * to a refusal, which names the line that is why. */
Lock *
reqs_parse (const char *path, const char *text, gsize length, GError **error)
{
  g_autoptr (Lock) lock = lock_new (path);
  Place place = { path, 0, NULL, NULL };
  gboolean has_mark = length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0;
  g_auto (GStrv) lines = NULL;

  lock->is_requirements = TRUE;
  if (!g_utf8_validate_len (text, length, NULL) || memchr (text, 0, length) != NULL)
    {
      refusal_set (error, &place, NULL, "convert it", "it is not UTF-8");
      return NULL;
    }
  lines = g_strsplit (text + (has_mark ? 3 : 0), "\n", -1);
  if (!read_lines (lock, lines, error))
    return NULL;
  if (lock->packages->len > 0)
    return g_steal_pointer (&lock);
  refusal_set (error, &place, NULL,
               "have it written anew; a pylock.toml with packages = [] says so",
               "it names no package");
  return NULL;
}
