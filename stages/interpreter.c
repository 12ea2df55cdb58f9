/* SPDX-License-Identifier: BSD-2-Clause */

/* The names of an environment's interpreter: each leads to a program, and those that every
 * environment has to the same one. */

#include "stages/check.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What every environment has. */
static const char *const names_there[] = { "python", "python3", NULL };

static gboolean
is_always_there (const char *name)
{
  return g_strv_contains (names_there, name);
}

/* Tells whether links lead to each other. */
static gboolean
is_in_circle (const char *path)
{
  return access (path, F_OK) < 0 && errno == ELOOP;
}

/* Tells whether what a name leads to is another name of the interpreter, which is looked
 * at itself: then that is what is wrong. */
static gboolean
is_name_in_bin (const Check *check, const char *target)
{
  g_autofree char *path = g_canonicalize_filename (target, check->bin);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *leads = g_file_read_link (path, NULL);

  return g_str_equal (dir, check->bin) && shebang_is_name (name)
         && (leads != NULL || is_always_there (name)) && !is_in_circle (path);
}

/* Notes that somebody's directory is where a name of the interpreter has to be: what is in it
 * is no run's to remove. */
static void
note_dir (const Check *check, const char *path)
{
  g_autofree char *mend = mend_by_moving (path, check->env_dir);

  problem_note (check, CAUSE_PYTHON, mend, "'%s' is a directory", path)->is_by_hand = TRUE;
}

/* Tells whether a name leads out of the environment to what is not called as an interpreter
 * is.  Where python leads is told when it is asked. */
static gboolean
is_foreign (const char *name, const char *target)
{
  g_autofree char *called = target == NULL ? NULL : g_path_get_basename (target);

  return called != NULL && g_path_is_absolute (target) && !shebang_is_name (called)
         && !g_str_equal (name, "python");
}

/* Looks whether a name of the interpreter leads to a program.  Those that are not there are
 * one problem, in missing. */
static void
check_name (const Check *check, const char *name, VenvbProblem **missing)
{
  g_autofree char *path = g_build_filename (check->bin, name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);
  int failure = access (path, X_OK) < 0                  ? errno
                : g_file_test (path, G_FILE_TEST_IS_DIR) ? EISDIR
                                                         : 0;

  if (failure == EISDIR && target == NULL)
    note_dir (check, path);
  else if (failure == EISDIR && strchr (target, '/') == NULL)
    return; /* that is looked at itself */
  else if (failure == 0 && is_foreign (name, target))
    problem_note (check, CAUSE_PYTHON, mend_upgrade, "'%s' leads to '%s', which is no Python", path,
                  target);
  else if (failure == 0 || (target != NULL && is_name_in_bin (check, target)))
    return;
  else if (target != NULL)
    problem_note (check, CAUSE_PYTHON, mend_upgrade, "'%s' leads to '%s', which can't be run: %s",
                  path, target, g_strerror (failure));
  else if (*missing != NULL)
    problem_add_path (*missing, path);
  else
    *missing = problem_note (check, CAUSE_PYTHON, mend_upgrade, "'%s' can't be run: %s", path,
                             g_strerror (failure));
}

/* Looks at the names that have to be there, and at those that are: scripts run with
 * any of them. */
void
interpreter_check (const Check *check)
{
  g_autoptr (GPtrArray) all = names_in (check->bin, "");
  VenvbProblem *missing = NULL;

  for (guint i = 0; names_there[i] != NULL; i++)
    check_name (check, names_there[i], &missing);
  for (guint i = 0; i < all->len; i++)
    {
      const char *name = g_ptr_array_index (all, i);

      if (shebang_is_name (name) && !is_always_there (name))
        check_name (check, name, &missing);
    }
}

/* Looks whether the names that every environment has are of one interpreter. */
void
interpreter_check_same (const Check *check)
{
  g_autofree char *python = g_build_filename (check->bin, "python", NULL);

  for (guint i = 0; names_there[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (check->bin, names_there[i], NULL);

      if (!fs_is_same (path, python) && !home_is_copy (path, python))
        problem_note (check, CAUSE_PYTHON, mend_upgrade, "'%s' is another program than '%s'", path,
                      python);
    }
}
