/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What would mend an environment that is not sound, as it is to be typed: a command
 * that would be refused, or do something else in another shell, is of no use.
 */

#include "stages/stages.h"

#include "base/programs.h"

#include <string.h>

/* What there is to do.  Where a command is, the environment's directory follows. */
const char mend_named[] = "venvb --check";
const char mend_upgrade[] = "venvb --upgrade";
const char mend_again[] = "venvb";
const char mend_anew[] = "venvb --clear";
const char mend_base[] = "install that Python again, or make the environment anew: venvb --clear";
const char mend_script[] = "install its package again, or make the environment anew: venvb --clear";

/* Quotes a word where a shell would make something else of it. */
static char *
quote (const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_@%+=:,./-";

  return word[strspn (word, plain)] == '\0' ? g_strdup (word) : g_shell_quote (word);
}

/* What -p has to name for venvb to take the base that the environment has: that, where
 * it is not what python3 is, else NULL. */
static const char *
unusual (const char *base)
{
  g_autofree char *found = programs_find ("python3");
  g_autofree char *shim = found == NULL ? NULL : shims_resolve (found);
  const char *usual = shim != NULL ? shim : found;

  return base == NULL || (usual != NULL && fs_is_same (usual, base)) ? NULL : base;
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

/* Completes one of the texts above, when all is known of the environment: base is the
 * interpreter that was asked, or NULL.  Any other text stays as it is. */
char *
mend_complete (const char *mend, const char *env_dir, GHashTable *cfg, const char *base)
{
  g_autofree char *named = NULL;

  if (g_str_equal (mend, mend_again) || g_str_equal (mend, mend_named))
    named = home_to_be_named (env_dir, cfg);
  if (g_str_equal (mend, mend_again))
    return command (mend, named != NULL ? named : unusual (base), env_dir);
  if (named != NULL)
    return command (mend, named, env_dir);
  if (g_str_equal (mend, mend_base) || g_str_equal (mend, mend_script))
    return command (mend, NULL, env_dir);
  if (g_str_equal (mend, mend_anew))
    return anew (env_dir);
  if (!g_str_equal (mend, mend_upgrade) && !g_str_equal (mend, mend_named))
    return g_strdup (mend);
  return home_can_upgrade (env_dir, cfg, &named) ? command (mend_upgrade, named, env_dir)
                                                 : anew (env_dir);
}

/* What has an environment be as a lock has it: what has been changed, only if it is made
 * anew. */
char *
mend_by_lock (const char *lock, const char *env_dir, gboolean anew)
{
  g_autofree char *file = quote (lock);
  g_autofree char *dir = g_shell_quote (env_dir);

  return g_strdup_printf ("venvb%s --lock=%s %s", anew ? " --clear" : "", file, dir);
}

/* How pip would install a package again, in the environment that has this bin. */
char *
mend_by_pip (const char *bin, const char *name)
{
  g_autofree char *python = g_build_filename (bin, "python", NULL);
  g_autofree char *quoted = quote (python);

  return g_strdup_printf ("%s -m pip install --force-reinstall %s", quoted, name);
}
