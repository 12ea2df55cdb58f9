/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The base Python that an environment names.  pyvenv.cfg is as anything in a
 * directory that others may have filled: what only it names is run if that is an
 * interpreter elsewhere which nobody else could have put there, or which lies where
 * the user's commands come from, too.  Nothing in the environment itself is run to
 * learn what it is; its interpreter is a link to the base, or the same bytes.
 */

#include "stages/stages.h"

#include "undo/undo.h"
#include "base/programs.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The implementation that an environment is of, by the name that its interpreter
 * has besides: what stands before the version in a request. */
static const char *
implementation_of (const char *env_dir)
{
  static const char *const names[][2] = { { "pypy3", "pypy" }, { "graalpy", "graalpy" } };
  g_autofree char *bin = envdir_bin (AT_FDCWD, env_dir);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (env_dir, bin, names[i][0], NULL);

      if (g_file_test (path, G_FILE_TEST_IS_SYMLINK) || access (path, F_OK) == 0)
        return names[i][1];
    }
  return "python";
}

/* The kind of Python that an environment is of, as python3.11: free with g_free();
 * NULL when it does not tell. */
char *
home_series (const char *env_dir, GHashTable *cfg)
{
  const char *version = g_hash_table_lookup (cfg, "version");
  Version parsed;

  if (version == NULL)
    version = g_hash_table_lookup (cfg, "version_info");
  if (version == NULL || !version_read (&version, &parsed) || parsed.n_release < 2)
    return NULL;
  return g_strdup_printf ("%s%u.%u", implementation_of (env_dir), parsed.release[0],
                          parsed.release[1]);
}

/* Finds the interpreter in the home that an environment names: what it was made
 * of, if that lies there; else one named so that it can't be of another series
 * or implementation; else one that was never installed. */
static char *
find_at_home (GHashTable *cfg, const char *name)
{
  const char *executable = g_hash_table_lookup (cfg, "executable");
  const char *home = g_hash_table_lookup (cfg, "home");
  g_autofree char *dir = executable == NULL ? NULL : g_path_get_dirname (executable);
  g_autofree char *path = home == NULL ? NULL : g_build_filename (home, name, NULL);

  if (path == NULL)
    return NULL;
  if (executable != NULL && g_strcmp0 (dir, home) == 0 && access (executable, X_OK) == 0)
    return g_strdup (executable);
  return access (path, X_OK) == 0 ? g_steal_pointer (&path) : python_in_build_tree (home);
}

/* The interpreter that pyvenv.cfg names, if it is there; free with g_free(). */
static char *
find_named (GHashTable *cfg, const char *series)
{
  const char *executable = g_hash_table_lookup (cfg, "executable");
  char *found = find_at_home (cfg, series);

  if (found != NULL || executable == NULL || access (executable, X_OK) < 0)
    return found;
  return g_strdup (executable);
}

/* Tells whether a program lies in a directory of PATH, so that a command runs it. */
static gboolean
is_on_path (const char *program)
{
  g_auto (GStrv) dirs = programs_dirs ();
  g_autofree char *dir = g_path_get_dirname (program);

  for (guint i = 0; dirs[i] != NULL; i++)
    if (fs_is_same (dirs[i], dir))
      return TRUE;
  return FALSE;
}

/* Tells whether a name is one in the environment, wherever it leads. */
static gboolean
lies_in (const char *path, const char *env_dir)
{
  g_autofree char *dir = g_path_get_dirname (path);

  return trust_lies_in (path, env_dir) || trust_lies_in (dir, env_dir) || fs_is_same (dir, env_dir);
}

/* Why a program can't be the base of an environment, or NULL. */
static const char *
why_no_base (const char *env_dir, const char *program)
{
  g_autofree char *name = g_path_get_basename (program);

  if (!g_path_is_absolute (program))
    return "the path is relative";
  if (lies_in (program, env_dir))
    return "it lies in the environment";
  return shebang_is_name (name) ? NULL : "it is not called as an interpreter is";
}

/* Tells whether a program that an environment names may be run, or why not: free
 * that with g_free(). */
static char *
why_not (const char *env_dir, const char *program)
{
  const char *why = why_no_base (env_dir, program);
  g_autoptr (GError) cause = NULL;

  if (why != NULL)
    return g_strdup (why);
  return is_on_path (program) || venvb_check_trusted (program, &cause) ? NULL
                                                                       : g_strdup (cause->message);
}

/* Refuses a program that only the environment names; one that the user has named,
 * too, is his choice. */
static gboolean
check (const char *env_dir, const char *program, const char *named, GError **error)
{
  g_autofree char *why =
      named != NULL && fs_is_same (named, program) ? NULL : why_not (env_dir, program);

  if (why != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "its base Python '%s' is not run, since only the environment names it: %s; name "
                 "one with -p",
                 program, why);
  return why == NULL;
}

/* What to look for when an environment is upgraded and no Python was asked for: the
 * interpreter it names, or another of that series where this one is gone.  Free with
 * g_free(); NULL for the usual one. */
gboolean
home_request (const char *env_dir, char **request, GError **error)
{
  g_autoptr (GHashTable) cfg = NULL;
  gboolean ok = cfg_read_if_there (env_dir, &cfg, error);
  g_autofree char *series = cfg == NULL ? NULL : home_series (env_dir, cfg);
  g_autofree char *found = series == NULL ? NULL : find_named (cfg, series);

  *request = NULL;
  if (found != NULL && !check (env_dir, found, NULL, error))
    {
      g_prefix_error (error, "'%s': ", env_dir);
      return FALSE;
    }
  *request = found != NULL ? g_steal_pointer (&found) : g_steal_pointer (&series);
  return ok;
}

/* Tells whether an upgrade could keep the base that an environment names, and what it
 * has to be told with -p to do so: NULL where nothing, else free with g_free(). */
gboolean
home_can_upgrade (const char *env_dir, GHashTable *cfg, char **named)
{
  g_autofree char *series = home_series (env_dir, cfg);
  g_autofree char *found = series == NULL ? NULL : find_named (cfg, series);
  g_autofree char *why = found == NULL ? NULL : why_not (env_dir, found);

  *named = NULL;
  if (why == NULL)
    return TRUE;
  if (why_no_base (env_dir, found) != NULL)
    return FALSE;
  *named = g_steal_pointer (&found);
  return TRUE;
}

/* The first name outside of the environment that its interpreter is a link to: free
 * with g_free(); NULL when that is no link, or leads nowhere else. */
static char *
linked_to (const char *env_dir, const char *python)
{
  g_autofree char *at = g_strdup (python);

  for (guint links = 0; links < FS_MAX_LINKS; links++)
    {
      g_autofree char *target = g_file_read_link (at, NULL);
      g_autofree char *dir = g_path_get_dirname (at);

      if (target == NULL)
        return NULL;
      g_free (at);
      at = g_canonicalize_filename (target, dir);
      if (!lies_in (at, env_dir))
        return g_steal_pointer (&at);
    }
  return NULL;
}

/* Tells whether two files hold the same. */
gboolean
home_is_copy (const char *path, const char *other)
{
  gsize length = 0, other_length = 0;
  g_autofree char *contents = regular_contents (path, &length);
  g_autofree char *others = contents == NULL ? NULL : regular_contents (other, &other_length);

  return others != NULL && length == other_length && memcmp (contents, others, length) == 0;
}

/* The base of an interpreter that lies in the environment, which has to be a copy of
 * it. */
static char *
copied_from (const char *env_dir, const char *python, GHashTable *cfg, GError **error)
{
  g_autofree char *series = home_series (env_dir, cfg);
  g_autofree char *base = find_named (cfg, series != NULL ? series : "python3");

  if (base == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' was not run: it is no link, and the base Python that it should be a copy of "
                 "is gone",
                 python);
  else if (!home_is_copy (python, base))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' was not run: it is neither a link to its base Python '%s' nor a copy of it",
                 python, base);
  else
    return g_steal_pointer (&base);
  return NULL;
}

/* Tells whether a directory is the one that an interpreter is linked from, at any step of it:
 * a copy tells nothing of that. */
gboolean
home_is_of (const char *home, const char *python)
{
  g_autofree char *at = g_strdup (python);
  guint links = 0;

  for (; links < FS_MAX_LINKS; links++)
    {
      g_autofree char *target = g_file_read_link (at, NULL);
      g_autofree char *dir = g_path_get_dirname (at);

      if (fs_is_same (dir, home))
        return TRUE;
      if (target == NULL)
        break;
      g_free (at);
      at = g_canonicalize_filename (target, dir);
    }
  return links == 0;
}

/* Tells whether the interpreter that pyvenv.cfg names is there. */
gboolean
home_has_python (const char *env_dir, GHashTable *cfg)
{
  g_autofree char *series = home_series (env_dir, cfg);
  g_autofree char *found = series == NULL ? NULL : find_named (cfg, series);

  return found != NULL;
}

/* The interpreter of an environment: free with g_free(). */
static char *
python_of (const char *env_dir)
{
  g_autofree char *bin = envdir_bin (AT_FDCWD, env_dir);

  return g_build_filename (env_dir, bin, "python", NULL);
}

/* Which program to ask what an environment's interpreter is: its base, that
 * pyvenv.cfg may have no say in what that loads.  named is what the user asks for,
 * or NULL.  Free with g_free(); NULL with error set when none may be run. */
char *
home_python (const char *env_dir, GHashTable *cfg, const char *named, GError **error)
{
  g_autofree char *python = python_of (env_dir);
  g_autofree char *base = linked_to (env_dir, python);

  if (base == NULL)
    base = copied_from (env_dir, python, cfg, error);
  return base != NULL && check (env_dir, base, named, error) ? g_steal_pointer (&base) : NULL;
}

/* The base of an environment's interpreter, where it is run only if -p names it: free
 * with g_free(); NULL where it need not be named, or may not be. */
char *
home_to_be_named (const char *env_dir, GHashTable *cfg)
{
  g_autofree char *python = python_of (env_dir);
  g_autofree char *base = linked_to (env_dir, python);
  g_autofree char *named = NULL;

  if (base == NULL)
    base = copied_from (env_dir, python, cfg, NULL);
  return base != NULL && home_can_upgrade (env_dir, cfg, &named) && named != NULL
                 && fs_is_same (named, base)
             ? g_steal_pointer (&named)
             : NULL;
}
