/* SPDX-License-Identifier: BSD-2-Clause */

/* What to say where no Python is as it was asked for: which there are, so short that it is
 * read, and how to get one. */

#include "pythons/instead.h"

#include "base/nearest.h"
#include "base/programs.h"

#include <string.h>

/* So many of each implementation are named. */
#define NAMED_MOST 3

/* Adds those of one implementation, in the order in which they are. */
static void
add_implementation (GString *line, const char *const *pairs, const char *implementation)
{
  const char *last = "";
  guint n = 0;

  g_string_append_printf (line, "%s%s", line->len > 0 ? ", " : "", implementation);
  for (; *pairs != NULL; pairs += 2)
    {
      if (g_str_equal (pairs[1], last) || !g_str_equal (pairs[0], implementation))
        continue;
      last = pairs[1];
      if (n++ < NAMED_MOST)
        g_string_append_printf (line, "%s %s", n > 1 ? "," : "", last);
    }
  if (n > NAMED_MOST)
    g_string_append_printf (line, " and %u more", n - NAMED_MOST);
}

/* What there is instead, as a part of a line: the newest of each implementation.  pairs are
 * the implementation and the version of each, sorted; free with g_free(). */
char *
instead_list (const char *const *pairs)
{
  g_autoptr (GHashTable) done = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 0; pairs[i] != NULL; i += 2)
    if (g_hash_table_add (done, (gpointer) pairs[i]))
      add_implementation (line, pairs, pairs[i]);
  g_string_append (line, line->len > 0 ? " (venvb --list-pythons)" : "none at all");
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/* How to get one, with what there is on this machine: free with g_free(). */
char *
instead_way (const char *request)
{
  static const struct
  {
    const char *program, *command;
  } ways[] = {
    { "uv", "uv python install" },
    { "pyenv", "pyenv install" },
    { "mise", "mise install python@" },
  };
  gboolean is_version = request[0] != '\0' && request[strspn (request, "0123456789.")] == '\0';

  if (is_version && request[0] == '2' && (request[1] == '\0' || request[1] == '.'))
    return g_strdup ("Python 2 has no environments of this kind");
  for (guint i = 0; is_version && i < G_N_ELEMENTS (ways); i++)
    {
      g_autofree char *program = programs_find (ways[i].program);

      if (program != NULL)
        return g_strconcat ("get one with: ", ways[i].command,
                            g_str_has_suffix (ways[i].command, "@") ? "" : " ", request, NULL);
    }
  return g_strdup ("get one with the system's packages, uv or pyenv");
}

/* What was meant by a command that there is not, as the end of a line: free with g_free(). */
char *
instead_command (const char *name)
{
  static const char *const names[] = { "python3", "python",  "pypy3", "pypy",
                                       "graalpy", "project", NULL };
  g_autofree char *meant = nearest_word (names, name);

  return meant != NULL ? g_strdup_printf ("; did you mean '%s'?", meant)
                       : g_strdup ("; venvb --list-pythons lists those that there are");
}
