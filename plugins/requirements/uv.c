/* SPDX-License-Identifier: BSD-2-Clause */

#include "uv.h"

#include "base/home.h"
#include "base/programs.h"

#include <string.h>

/* The path in a setting that uv prints, quoted and some lines further on; the name
 * of the setting begins a line.  NULL when it has no value; free with g_free(). */
static char *
find_path (const char *settings, const char *name)
{
  g_autofree char *pattern =
      g_strdup_printf ("^ *%s: Some\\(\\s*\\w+\\(\\s*(?|\"((?:[^\"\\\\]|\\\\.)*)\"|())", name);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (regex, settings, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
}

/* What uv prints when it is to show its settings and do nothing: the option comes
 * after `uv pip install`.  An uv that has no configuration yet, or that can't read
 * it, prints nothing; the latter tells why when it runs. */
static char *
ask (const char *const *argv, GError **error)
{
  g_autoptr (GPtrArray) question = g_ptr_array_new ();
  g_auto (GStrv) envp = home_environ (programs_environ (g_get_environ ()));
  char *answer = NULL;

  for (guint i = 0; argv[i] != NULL; i++)
    {
      g_ptr_array_add (question, (gpointer) argv[i]);
      if (i == 2)
        g_ptr_array_add (question, (gpointer) "--show-settings");
    }
  g_ptr_array_add (question, NULL);
  if (!g_spawn_sync (NULL, (char **) question->pdata, envp, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                     &answer, NULL, NULL, error))
    return NULL;
  return answer;
}

gboolean
uv_check (const char *const *argv, GError **error)
{
  static const char *const movers[] = { "target", "prefix" };
  g_autofree char *settings = ask (argv, error);

  if (settings == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (movers); i++)
    {
      g_autofree char *path = find_path (settings, movers[i]);

      if (path == NULL)
        continue;
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "uv is told to install to '%s', by '%s' in the table 'pip' of an uv.toml, or "
                   "'tool.uv.pip' of a pyproject.toml: take that out, or set UV_NO_CONFIG=1",
                   path, movers[i]);
      return FALSE;
    }
  return TRUE;
}
