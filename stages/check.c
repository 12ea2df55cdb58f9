/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Is an environment sound?  Its base Python may have been upgraded or removed,
 * it may have been moved or copied, packages in it may be damaged.  Nothing is
 * changed, and nothing of the environment is run but its base: what was learnt of
 * that before does not tell whether it is alive.
 */

#include "stages/check.h"
#include "undo/undo.h"
#include "base/regular.h"
#include "wheel/wheel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_NAMED 3 /* of a distribution */

static const char *
cfg_value (const Check *check, const char *key)
{
  return g_hash_table_lookup (check->cfg, key);
}

/* Tells whether an interpreter of another place is linked to, though the one that pyvenv.cfg
 * names is there: that one finds a library which is not its own. */
static gboolean
has_other_python (const Check *check)
{
  const char *home = cfg_value (check, "home");
  g_autofree char *python = g_build_filename (check->bin, "python", NULL);

  return home != NULL && g_file_test (home, G_FILE_TEST_IS_DIR) && !home_is_of (home, python)
         && home_has_python (check->env_dir, check->cfg);
}

static void
check_home (const Check *check)
{
  const char *home = cfg_value (check, "home");

  if (home == NULL)
    problem_note (check, CAUSE_HOME, mend_upgrade,
                  "pyvenv.cfg does not name the home of the base Python");
  else if (!g_file_test (home, G_FILE_TEST_IS_DIR) && !problem_is_noted (check, CAUSE_PYTHON))
    problem_note (check, CAUSE_HOME, mend_upgrade, "the base Python's directory '%s' is gone",
                  home);
}

/* Asks the base which version the environment's interpreter is, and whether it
 * lives. */
static void
check_python (Check *check)
{
  g_autofree char *python = g_build_filename (check->bin, "python", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (access (python, X_OK) < 0 || g_file_test (python, G_FILE_TEST_IS_DIR))
    return;
  check->base = home_python (check->env_dir, check->cfg, check->named, &error);
  if (check->base != NULL && check->named == NULL && has_other_python (check))
    {
      problem_note (check, CAUSE_HOME, mend_upgrade,
                    "pyvenv.cfg names the home '%s', which is not that of '%s'",
                    cfg_value (check, "home"), python);
      return;
    }
  check->facts =
      check->base == NULL ? NULL : facts_query (check->base, QUERY_SECONDS, text, &error);
  if (check->facts == NULL && (check->base != NULL || !problem_is_noted (check, CAUSE_PYTHON)))
    problem_note (check, check->base == NULL ? CAUSE_NAMED : CAUSE_BASE,
                  check->base == NULL ? mend_named : mend_base, "%s", error->message);
}

/* Compares the version it was made for with that of its interpreter. */
static void
check_version (const Check *check)
{
  const char *was = cfg_value (check, "version");
  const char *is = check->facts == NULL ? NULL : g_hash_table_lookup (check->facts, "version");

  if (was == NULL)
    was = cfg_value (check, "version_info");
  if (was == NULL || is == NULL)
    return;
  if (!cfg_same_series (was, is))
    problem_note (check, CAUSE_SERIES, mend_anew,
                  "it was made for Python %s, but its interpreter is %s", was, is);
  else if (!g_str_has_prefix (was, is))
    problem_note (check, CAUSE_VERSION, mend_upgrade,
                  "it was made for Python %s; its interpreter is %s now", was, is);
}

/* The directories that hold packages: free with g_ptr_array_unref(). */
static GPtrArray *
library_dirs (const Check *check)
{
  static const char *const parents[] = { "lib", "lib64" };
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < G_N_ELEMENTS (parents); i++)
    {
      g_autofree char *parent = g_build_filename (check->env_dir, parents[i], NULL);
      g_autoptr (GDir) dir =
          g_file_test (parent, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (parent, 0, NULL);
      const char *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (parent, name, "site-packages", NULL);

          if (g_file_test (path, G_FILE_TEST_IS_DIR))
            g_ptr_array_add (found, g_steal_pointer (&path));
        }
    }
  return found;
}

/* Looks whether the interpreter will find packages where they are. */
static void
check_libraries (const Check *check, const GPtrArray *libraries)
{
  const char *purelib = check->facts == NULL ? NULL : g_hash_table_lookup (check->facts, "purelib");
  g_autofree char *path = purelib == NULL ? NULL : g_build_filename (check->env_dir, purelib, NULL);

  if (path != NULL && access (path, R_OK | X_OK) < 0 && errno == EACCES)
    {
      g_autofree char *quoted = g_shell_quote (path);
      g_autofree char *mend = g_strconcat ("chmod u+rwx ", quoted, NULL);

      problem_note (check, CAUSE_LIBRARY, mend, "'%s' can't be read: %s", path, g_strerror (EACCES))
          ->is_by_hand = TRUE;
      return;
    }
  if (path == NULL || g_file_test (path, G_FILE_TEST_IS_DIR))
    return;
  if (libraries->len > 0)
    problem_note (check, CAUSE_SERIES, mend_anew,
                  "packages are in '%s', where its interpreter does not look",
                  (char *) g_ptr_array_index (libraries, 0));
  else
    problem_note (check, CAUSE_LIBRARY, mend_upgrade, "'%s' is missing", path);
}

/* Tells whether the interpreter looks for packages in this directory. */
static gboolean
is_searched (const Check *check, const char *lib)
{
  static const char *const keys[] = { "purelib", "platlib" };

  for (guint i = 0; check->facts != NULL && i < G_N_ELEMENTS (keys); i++)
    {
      const char *relative = g_hash_table_lookup (check->facts, keys[i]);
      g_autofree char *path =
          relative == NULL ? NULL : g_build_filename (check->env_dir, relative, NULL);

      if (g_strcmp0 (path, lib) == 0)
        return TRUE;
    }
  return FALSE;
}

/* What would install a distribution again.  pip can't be asked to mend itself. */
static char *
mend_of (const Check *check, const char *lib, const char *dist_info)
{
  g_autofree char *path = g_build_filename (lib, dist_info, NULL);
  g_autofree char *spec = mend_spec (path);

  if (check->lock != NULL)
    return mend_by_lock (check->lock, check->env_dir, TRUE);
  return spec == NULL ? g_strdup (mend_repair) : mend_by_pip (check->bin, spec);
}

/* Tells whether it is half of what an installer writes: RECORD comes last.  Those that
 * write none, as Debian's packages, leave METADATA, and do not call themselves pip; where
 * nothing of it is there, somebody's file was left. */
static gboolean
is_half (const char *path)
{
  static const char *const writers[] = { "pip", "uv", NULL };
  g_autofree char *record = g_build_filename (path, "RECORD", NULL);
  g_autofree char *metadata = g_build_filename (path, "METADATA", NULL);
  g_autofree char *wheel = g_build_filename (path, "WHEEL", NULL);
  g_autofree char *file = g_build_filename (path, "INSTALLER", NULL);
  g_autofree char *installer = NULL;

  if (g_file_test (record, G_FILE_TEST_EXISTS) || g_file_test (record, G_FILE_TEST_IS_SYMLINK))
    return FALSE;
  installer = regular_contents (file, NULL);
  if (!g_file_test (metadata, G_FILE_TEST_EXISTS))
    return installer != NULL || g_file_test (wheel, G_FILE_TEST_EXISTS);
  return (installer != NULL && g_strv_contains (writers, g_strstrip (installer)));
}

/* Looks whether a distribution is for the interpreter of the environment.  A pip
 * that is not can't be asked to mend that. */
static void
check_fit (const Check *check, const WheelTags *tags, const char *lib, const char *dist_info)
{
  g_autofree char *path = g_build_filename (lib, dist_info, NULL);
  g_autofree char *name = g_strndup (dist_info, strcspn (dist_info, "-"));
  g_autofree char *mend = mend_of (check, lib, dist_info);
  g_autoptr (GError) error = NULL;

  if (!fit_check_installed (check->facts, tags, path, &error))
    problem_set_item (problem_note (check, CAUSE_FIT, mend, "%s does not fit this Python: %s", name,
                                    error->message),
                      path);
}

/* What has been found wrong with a distribution. */
typedef struct
{
  const Check *check;
  GString *files;
  guint n;
  GString *scripts; /* that were rewritten */
} Damage;

/* Tells whether a script of the environment was changed, and runs with the Python of
 * it: those of dh-virtualenv, virtualenv-clone and others that move environments do,
 * whose RECORDs tell of the old place. */
static gboolean
is_rewritten (const Check *check, const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *program = fs_is_same (dir, check->bin) ? shebang_program (path) : NULL;
  g_autofree char *home = program == NULL ? NULL : g_path_get_dirname (program);

  return home != NULL && shebang_is_python (program) && fs_is_same (home, check->bin)
         && access (program, X_OK) == 0 && access (path, X_OK) == 0;
}

static void
on_damage (const char *path, const char *problem, gpointer data)
{
  Damage *damage = data;

  if (access (path, F_OK) == 0 && is_rewritten (damage->check, path))
    g_string_append_printf (damage->scripts, "%s'%s'", damage->scripts->len > 0 ? ", " : "", path);
  else if (damage->n++ < FILES_NAMED || damage->check->lock != NULL)
    g_string_append_printf (damage->files, "%s'%s' %s", damage->n > 1 ? ", " : "", path, problem);
}

static void
check_distribution (const Check *check, const char *lib, const char *dist_info)
{
  g_autofree char *name = g_strndup (dist_info, strcspn (dist_info, "-"));
  g_autofree char *path = g_build_filename (lib, dist_info, NULL);
  g_autofree char *mend = mend_of (check, lib, dist_info);
  g_autoptr (GString) files = g_string_new (NULL);
  g_autoptr (GString) scripts = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  Damage damage = { check, files, 0, scripts };

  VenvbProblem *problem = NULL;

  if (dist_info[0] == '~')
    problem = problem_note (check, CAUSE_PACKAGE, mend,
                            "'%s' is what pip has left of a package that it was to remove", path);
  else if (is_half (path))
    problem = problem_note (check, CAUSE_PACKAGE, mend,
                            "%s: it was not installed to the end: '%s' has no RECORD", name, path);
  else if (!wheel_check (lib, dist_info, on_damage, &damage, &error))
    problem = problem_note (check, CAUSE_PACKAGE, mend, "%s: %s", name, error->message);
  else if (damage.n > FILES_NAMED && check->lock == NULL)
    problem = problem_note (check, CAUSE_PACKAGE, mend, "%s: %s and %u more files", name,
                            files->str, damage.n - FILES_NAMED);
  else if (damage.n > 0)
    problem = problem_note (check, CAUSE_PACKAGE, mend, "%s: %s", name, files->str);
  if (problem != NULL)
    problem_set_item (problem, path);
  if (scripts->len > 0)
    problem_note (check, CAUSE_PACKAGE, mend,
                  "%s: rewritten since it was installed, as tools do that move environments: %s",
                  name, scripts->str)
        ->is_remark = TRUE;
}

/* GraalPy's pip patches what it installs, and is patched itself, which their
 * RECORDs do not tell. */
static gboolean
is_graalpy (const Check *check)
{
  g_autofree char *path = g_build_filename (check->bin, "graalpy", NULL);

  return g_file_test (path, G_FILE_TEST_IS_SYMLINK) || g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Looks at what the interpreter finds: what another one would is not used. */
static void
check_distributions (const Check *check, const GPtrArray *libraries)
{
  g_autoptr (WheelTags) tags = check->facts == NULL ? NULL : wheel_tags_of_facts (check->facts);
  gboolean has_records = !is_graalpy (check);

  for (guint i = 0; i < libraries->len; i++)
    {
      const char *lib = g_ptr_array_index (libraries, i);
      g_autoptr (GPtrArray) names = names_in (lib, ".dist-info");

      if (check->facts != NULL && !is_searched (check, lib))
        continue;
      twice_check (check, lib, names);
      for (guint j = 0; j < names->len; j++)
        {
          if (check->facts != NULL)
            check_fit (check, tags, lib, g_ptr_array_index (names, j));
          if (has_records)
            check_distribution (check, lib, g_ptr_array_index (names, j));
        }
    }
}

static void
on_difference (const char *what, gpointer data)
{
  const Check *check = data;
  g_autofree char *mend = mend_by_lock (check->lock, check->env_dir, FALSE);

  problem_note (check, CAUSE_LOCK, mend, "%s", what);
}

/* Compares what is installed with a lock, where one was named. */
static void
check_lock (Check *check)
{
  if (check->facts != NULL)
    locked_compare (check->builder, check->facts, check->env_dir, on_difference, check,
                    &check->lock);
}

/* Tells whether pip itself is not as it should be, so that it can mend nothing. */
static gboolean
is_pip_broken (const Check *check)
{
  for (guint i = 0; i < check->problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (check->problems, i);

      if (problem->item != NULL && !problem->is_remark && mend_is_pip (problem->item))
        return TRUE;
    }
  return problem_is_noted (check, CAUSE_PYTHON);
}

/* Where it has to be made anew, where its base was before is no problem besides. */
static void
drop_home (const Check *check)
{
  for (guint i = check->problems->len; i-- > 0;)
    if (((const VenvbProblem *) g_ptr_array_index (check->problems, i))->cause == CAUSE_HOME)
      g_ptr_array_remove_index (check->problems, i);
}

/* Says what to type, now that all is known of the environment. */
static void
complete_mends (const Check *check)
{
  gboolean is_broken = is_pip_broken (check);

  for (guint i = 0; i < check->problems->len; i++)
    {
      VenvbProblem *problem = g_ptr_array_index (check->problems, i);
      gboolean is_for_pip = problem->item != NULL && !problem->by_lock;
      g_autofree char *mend = g_steal_pointer (&problem->mend);

      problem->mend =
          mend_complete (is_for_pip && is_broken ? mend_repair : mend, check->env_dir, check->cfg);
    }
}

/* Looks whether a run has not ended: all else that is found may be taken back. */
static void
check_settled (const Check *check)
{
  g_autofree char *path = g_build_filename (check->env_dir, UNDO_DIR ".log", NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    problem_note (
        check, CAUSE_UNSETTLED, mend_repair,
        "a run is at work here, or was killed: then the next one takes back what it has changed");
}

static void
check_all (Check *check)
{
  g_autoptr (GPtrArray) libraries = library_dirs (check);

  check_settled (check);
  interpreter_check (check);
  check_home (check);
  check_python (check);
  if (check->facts != NULL && !problem_is_noted (check, CAUSE_PYTHON))
    interpreter_check_same (check);
  check_version (check);
  check_libraries (check, libraries);
  moved_check (check);
  check_lock (check);
  check_distributions (check, libraries);
  if (problem_is_noted (check, CAUSE_SERIES))
    drop_home (check);
  complete_mends (check);
}

GPtrArray *
venvb_builder_check (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  g_autofree char *meant = redirect_follow (builder, env_dir, error);
  g_autofree char *path = meant == NULL ? NULL : envdir_absolute (meant, error);
  g_autoptr (GHashTable) cfg = path == NULL ? NULL : cfg_read (path, error);
  GPtrArray *problems;

  if (path != NULL && cfg == NULL)
    redirect_explain (path, error);
  if (cfg == NULL)
    return NULL;
  problems = g_ptr_array_new_with_free_func ((GDestroyNotify) venvb_problem_free);
  g_autofree char *name = envdir_bin (AT_FDCWD, path);
  g_autofree char *bin = g_build_filename (path, name, NULL);
  Check check = { path, builder_python (builder), bin, NULL, cfg, NULL, builder, NULL, problems };
  check_all (&check);
  g_clear_pointer (&check.facts, g_hash_table_unref);
  g_free (check.base);
  g_free (check.lock);
  return problems;
}
