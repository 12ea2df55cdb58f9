/* SPDX-License-Identifier: BSD-2-Clause */

/* What scripts run with, and what interpreters are called. */

#include "stages/stages.h"

#include <string.h>

/* The program in the first lines of a script: of "#!/x/python" or, where that
 * would be too long, of "'''exec' /x/python".  Free with g_free(); NULL for
 * anything else. */
char *
shebang_program (const char *path)
{
  g_autoptr (GRegex) pattern =
      g_regex_new ("\\A#!(?:/bin/sh\\n'''exec' )?\"?(/[^\\n\"]*?)\"?(?: \"\\$0\"| -[^\\n]*)?[\\n]",
                   G_REGEX_RAW, 0, NULL);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  gsize length = file == NULL ? 0 : g_mapped_file_get_length (file);

  if (length < 3
      || !g_regex_match_full (pattern, g_mapped_file_get_contents (file), MIN (length, 8192), 0, 0,
                              &match, NULL))
    return NULL;
  return g_match_info_fetch (match, 1);
}

/* Tells whether a program is called as some Python is. */
gboolean
shebang_is_python (const char *program)
{
  g_autofree char *name = g_path_get_basename (program);

  return strstr (name, "python") != NULL || g_str_has_prefix (name, "pypy")
         || g_str_has_prefix (name, "graalpy");
}

/* Tells whether a name is that of an interpreter: python3.11, pypy3, graalpy. */
gboolean
shebang_is_name (const char *name)
{
  static const char *const words[] = { "python", "pypy", "graalpy" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_has_prefix (name, words[i])
        && name[strlen (words[i]) + strspn (name + strlen (words[i]), "0123456789.td")] == '\0')
      return TRUE;
  return FALSE;
}
