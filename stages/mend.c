/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What would mend an environment that is not sound, as it is to be typed: a command
 * that would be refused, or do something else in another shell, is of no use.
 */

#include "stages/stages.h"

#include "base/regular.h"

#include <string.h>

/* What there is to do.  Where a command is, the environment's directory follows; mend_upgrade
 * is to be mended, too, unless its base can't stay. */
const char mend_named[] = "venvb --check";
const char mend_upgrade[] = "upgrade";
const char mend_anew[] = "venvb --clear";
const char mend_base[] = "install that Python again, or make the environment anew: venvb --clear";
const char mend_repair[] = "venvb --repair";

/* Quotes a word where a shell would make something else of it. */
static char *
quote (const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_@%+=:,./-";

  return word[strspn (word, plain)] == '\0' ? g_strdup (word) : g_shell_quote (word);
}

/* A command with an environment's directory, and -p if that has to be said. */
static char *
command (const char *words, const char *python, const char *env_dir)
{
  g_autofree char *dir = g_shell_quote (env_dir);
  g_autofree char *named = python == NULL ? NULL : g_shell_quote (python);

  return named != NULL ? g_strdup_printf ("%s -p %s %s", words, named, dir)
                       : g_strdup_printf ("%s %s", words, dir);
}

static char *
anew (const char *env_dir)
{
  g_autofree char *words = command (mend_anew, NULL, env_dir);

  return g_strconcat (words, ", and install its packages again", NULL);
}

/* Completes one of the texts above, when all is known of the environment.  Any other text
 * stays as it is. */
char *
mend_complete (const char *mend, const char *env_dir, GHashTable *cfg)
{
  g_autofree char *named = NULL, *series = NULL;

  if (g_str_equal (mend, mend_named) || g_str_equal (mend, mend_repair))
    named = home_to_be_named (env_dir, cfg);
  if (named != NULL || g_str_equal (mend, mend_base) || g_str_equal (mend, mend_repair))
    return command (mend, named, env_dir);
  if (g_str_equal (mend, mend_anew))
    return anew (env_dir);
  if (g_str_equal (mend, mend_named) && (series = home_series (env_dir, cfg)) != NULL)
    return command (mend_repair, series, env_dir);
  if (!g_str_equal (mend, mend_upgrade) && !g_str_equal (mend, mend_named))
    return g_strdup (mend);
  return home_can_upgrade (env_dir, cfg, &named) ? command (mend_repair, named, env_dir)
                                                 : anew (env_dir);
}

/* What has an environment be as a lock has it, and be mended where something in it has
 * been changed. */
char *
mend_by_lock (const char *lock, const char *env_dir, gboolean is_changed)
{
  g_autofree char *file = quote (lock);
  g_autofree char *dir = g_shell_quote (env_dir);

  return g_strdup_printf ("venvb%s --lock=%s %s", is_changed ? " --repair" : "", file, dir);
}

/* What has what is in the place of an interpreter's name moved away, which nobody but its owner
 * knows the worth of, and the name made again. */
char *
mend_by_moving (const char *path, const char *env_dir)
{
  g_autofree char *from = g_shell_quote (path);
  g_autofree char *aside = g_strconcat (path, ".old", NULL);
  g_autofree char *to = g_shell_quote (aside);
  g_autofree char *dir = g_shell_quote (env_dir);

  return g_strdup_printf ("mv -n %s %s && %s %s", from, to, mend_repair, dir);
}

/* Tells whether the directory is that of pip. */
gboolean
mend_is_pip (const char *dist_info)
{
  g_autofree char *name = g_path_get_basename (dist_info);

  return g_ascii_strncasecmp (name, "pip-", 4) == 0;
}

/* What a pattern finds in a text: free with g_free(). */
static char *
find (const char *text, const char *pattern)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_RAW, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  return g_regex_match (regex, text, 0, &match) ? g_match_info_fetch (match, 1) : NULL;
}

/* Where a direct_url.json says that a distribution has come from, as pip has it: free with
 * g_free(); NULL where that can't be told. */
static char *
spec_of_url (const char *json)
{
  g_autofree char *url = find (json, "\"url\"\\s*:\\s*\"([a-z+]+://[^\"\\\\\\s]+)\"");
  g_autofree char *vcs = find (json, "\"vcs\"\\s*:\\s*\"([a-z]+)\"");
  g_autofree char *commit = find (json, "\"commit_id\"\\s*:\\s*\"([0-9A-Za-z._-]+)\"");
  g_autofree char *editable = find (json, "\"editable\"\\s*:\\s*(true)");

  if (url == NULL)
    return NULL;
  if (editable != NULL)
    return g_strconcat ("--editable=", url, NULL);
  return vcs != NULL && commit != NULL ? g_strconcat (vcs, "+", url, "@", commit, NULL)
                                       : g_steal_pointer (&url);
}

/* What pip has to be told to install the distribution with this .dist-info again, of the
 * same version and from the same place, as a word: free with g_free().  NULL for pip itself,
 * for what it has left of one, and where that can't be told. */
char *
mend_spec (const char *dist_info)
{
  g_autofree char *file = g_build_filename (dist_info, "direct_url.json", NULL);
  g_autofree char *json = regular_contents (file, NULL);
  g_autofree char *name = g_path_get_basename (dist_info);
  char *end = g_strrstr (name, ".dist-info");
  char *dash = strchr (name, '-');

  if (mend_is_pip (dist_info) || !g_ascii_isalnum (name[0]) || dash == NULL || end == NULL)
    return NULL;
  *dash = *end = '\0';
  return json != NULL ? spec_of_url (json) : g_strdup_printf ("%s==%s", name, dash + 1);
}

/* How pip would install that, in the environment that has this bin. */
char *
mend_by_pip (const char *bin, const char *spec)
{
  g_autofree char *python = g_build_filename (bin, "python", NULL);
  g_autofree char *quoted = quote (python);
  g_autofree char *word = quote (spec);

  return g_strdup_printf ("%s -m pip install --ignore-installed --no-deps %s", quoted, word);
}
