/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Is an environment sound?  Its base Python may have been upgraded or removed,
 * it may have been moved or copied, packages in it may be damaged.  Nothing is
 * changed, and nothing of the environment is run but its base: what was learnt of
 * that before does not tell whether it is alive.
 */

#include "stages/stages.h"
#include "undo/undo.h"
#include "base/regular.h"
#include "wheel/wheel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES_NAMED 3 /* of a distribution */

struct _VenvbProblem
{
  char *what;
  char *mend;
  gboolean is_remark;
};

/* A check in progress. */
typedef struct
{
  const char *env_dir;
  const char *named; /* the Python that the user asks for, or NULL */
  char *bin;
  char *base;        /* the interpreter that was asked, or NULL */
  GHashTable *cfg;   /* key -> value of pyvenv.cfg */
  GHashTable *facts; /* about its interpreter, or NULL */
  VenvbBuilder *builder;
  char *lock; /* that it is compared with, or NULL */
  GPtrArray *problems;
} Check;

void
venvb_problem_free (VenvbProblem *problem)
{
  if (problem == NULL)
    return;
  g_free (problem->what);
  g_free (problem->mend);
  g_free (problem);
}

const char *
venvb_problem_get_what (const VenvbProblem *problem)
{
  return problem->what;
}

const char *
venvb_problem_get_mend (const VenvbProblem *problem)
{
  return problem->mend;
}

gboolean
venvb_problem_is_remark (const VenvbProblem *problem)
{
  return problem->is_remark;
}

/* Notes a problem. */
static void G_GNUC_PRINTF (3, 4)
    note (const Check *check, const char *mend, const char *format, ...)
{
  VenvbProblem *problem = g_new0 (VenvbProblem, 1);
  va_list args;

  va_start (args, format);
  problem->what = g_strdup_vprintf (format, args);
  va_end (args);
  problem->mend = g_strdup (mend);
  g_ptr_array_add (check->problems, problem);
}

static const char *
cfg_value (const Check *check, const char *key)
{
  return g_hash_table_lookup (check->cfg, key);
}

static void
check_home (const Check *check)
{
  const char *home = cfg_value (check, "home");

  if (home == NULL)
    note (check, mend_upgrade, "pyvenv.cfg does not name the home of the base Python");
  else if (!g_file_test (home, G_FILE_TEST_IS_DIR))
    note (check, mend_upgrade, "the base Python's directory '%s' is gone", home);
}

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The entries of a directory that end in suffix, sorted; release with
 * g_ptr_array_unref(). */
static GPtrArray *
sorted_names (const char *path, const char *suffix)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, suffix))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* Looks whether a name of the interpreter leads to a program. */
static void
check_name (const Check *check, const char *name)
{
  g_autofree char *path = g_build_filename (check->bin, name, NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  if (access (path, X_OK) == 0)
    return;
  if (target != NULL)
    note (check, mend_upgrade, "'%s' leads to '%s', which can't be run: %s", path, target,
          g_strerror (errno));
  else
    note (check, mend_upgrade, "'%s' can't be run: %s", path, g_strerror (errno));
}

/* Looks at the names that have to be there, and at those that are: scripts run with
 * any of them. */
static void
check_names (const Check *check)
{
  static const char *const names[] = { "python", "python3", NULL };
  g_autoptr (GPtrArray) all = sorted_names (check->bin, "");

  for (guint i = 0; names[i] != NULL; i++)
    check_name (check, names[i]);
  for (guint i = 0; i < all->len; i++)
    {
      const char *name = g_ptr_array_index (all, i);

      if (shebang_is_name (name) && !g_strv_contains (names, name))
        check_name (check, name);
    }
}

/* Asks the base which version the environment's interpreter is, and whether it
 * lives. */
static void
check_python (Check *check)
{
  g_autofree char *python = g_build_filename (check->bin, "python", NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  if (access (python, X_OK) < 0)
    return;
  check->base = home_python (check->env_dir, check->cfg, check->named, &error);
  check->facts =
      check->base == NULL ? NULL : facts_query (check->base, QUERY_SECONDS, text, &error);
  if (check->facts == NULL)
    note (check, check->base == NULL ? mend_named : mend_base, "%s", error->message);
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
    note (check, mend_anew, "it was made for Python %s, but its interpreter is %s", was, is);
  else if (!g_str_has_prefix (was, is))
    note (check, mend_upgrade, "it was made for Python %s; its interpreter is %s now", was, is);
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

  if (path == NULL || g_file_test (path, G_FILE_TEST_IS_DIR))
    return;
  if (libraries->len > 0)
    note (check, mend_anew, "packages are in '%s', where its interpreter does not look",
          (char *) g_ptr_array_index (libraries, 0));
  else
    note (check, mend_upgrade, "'%s' is missing", path);
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

/* Looks whether a distribution is for the interpreter of the environment.  A pip
 * that is not can't be asked to mend that. */
static void
check_fit (const Check *check, const WheelTags *tags, const char *lib, const char *dist_info)
{
  g_autofree char *path = g_build_filename (lib, dist_info, NULL);
  g_autofree char *name = g_strndup (dist_info, strcspn (dist_info, "-"));
  g_autofree char *mend = mend_by_pip (check->bin, name);
  g_autoptr (GError) error = NULL;

  if (!fit_check_installed (check->facts, tags, path, &error))
    note (check, g_ascii_strcasecmp (name, "pip") == 0 ? mend_anew : mend,
          "%s does not fit this Python: %s", name, error->message);
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
         && access (program, X_OK) == 0;
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
  g_autofree char *mend = check->lock != NULL ? mend_by_lock (check->lock, check->env_dir, TRUE)
                                              : mend_by_pip (check->bin, name);
  g_autoptr (GString) files = g_string_new (NULL);
  g_autoptr (GString) scripts = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  Damage damage = { check, files, 0, scripts };

  if (!wheel_check (lib, dist_info, on_damage, &damage, &error))
    note (check, mend, "%s: %s", name, error->message);
  else if (damage.n > FILES_NAMED && check->lock == NULL)
    note (check, mend, "%s: %s and %u more files", name, files->str, damage.n - FILES_NAMED);
  else if (damage.n > 0)
    note (check, mend, "%s: %s", name, files->str);
  if (scripts->len == 0)
    return;
  note (check, mend, "%s: rewritten since it was installed, as tools do that move environments: %s",
        name, scripts->str);
  ((VenvbProblem *) g_ptr_array_index (check->problems, check->problems->len - 1))->is_remark =
      TRUE;
}

/* GraalPy's pip patches what it installs, and is patched itself, which their
 * RECORDs do not tell. */
static gboolean
is_graalpy (const Check *check)
{
  g_autofree char *path = g_build_filename (check->bin, "graalpy", NULL);

  return g_file_test (path, G_FILE_TEST_IS_SYMLINK) || g_file_test (path, G_FILE_TEST_EXISTS);
}

static void
check_distributions (const Check *check, const GPtrArray *libraries)
{
  g_autoptr (WheelTags) tags = check->facts == NULL ? NULL : wheel_tags_of_facts (check->facts);
  gboolean has_records = !is_graalpy (check);

  for (guint i = 0; i < libraries->len; i++)
    {
      const char *lib = g_ptr_array_index (libraries, i);
      g_autoptr (GPtrArray) names = sorted_names (lib, ".dist-info");

      for (guint j = 0; j < names->len; j++)
        {
          if (is_searched (check, lib))
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

  note (check, mend, "%s", what);
}

/* Compares what is installed with a lock, where one was named. */
static void
check_lock (Check *check)
{
  if (check->facts != NULL)
    locked_compare (check->builder, check->facts, check->env_dir, on_difference, check,
                    &check->lock);
}

/* Looks at what a script would run it with: a Python of another place is what
 * is left after a move.  That of this environment was looked at before. */
static void
check_script (const Check *check, const char *name)
{
  g_autofree char *path = g_build_filename (check->bin, name, NULL);
  g_autofree char *program = NULL;
  g_autofree char *dir = NULL;
  struct stat st;

  if (lstat (path, &st) < 0 || !S_ISREG (st.st_mode) || !(st.st_mode & S_IXUSR))
    return;
  program = shebang_program (path);
  if (program == NULL || !shebang_is_python (program))
    return;
  dir = g_path_get_dirname (program);
  if (fs_is_same (dir, check->bin))
    return;
  if (access (program, X_OK) < 0)
    note (check, mend_script, "'%s' runs with '%s': %s", path, program, g_strerror (errno));
  else
    note (check, mend_script, "'%s' runs with '%s', which is another environment's", path, program);
}

static void
check_scripts (const Check *check)
{
  g_autoptr (GPtrArray) names = sorted_names (check->bin, "");

  for (guint i = 0; i < names->len; i++)
    check_script (check, g_ptr_array_index (names, i));
}

/* Looks whether the activation script is there and names this directory; one
 * of an environment that can be moved finds out. */
static void
check_activation (const Check *check)
{
  g_autofree char *path = g_build_filename (check->bin, "activate", NULL);
  g_autoptr (GRegex) pattern = g_regex_new ("^\\s*VIRTUAL_ENV=(['\"]?)(/[^'\"\\n$]*)\\1\\s*$",
                                            G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
  g_autofree char *text = regular_contents (path, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (text == NULL)
    {
      if (errno == ENOENT)
        note (check, mend_again, "'%s' is missing", path);
      else
        note (check, mend_again, "'%s' can't be read: %s", path, regular_reason (errno));
      return;
    }
  if (g_strcmp0 (cfg_value (check, "relocatable"), "true") == 0
      || !g_regex_match (pattern, text, 0, &match))
    return;
  g_autofree char *named = g_match_info_fetch (match, 2);
  if (!fs_is_same (named, check->env_dir))
    note (check, mend_anew, "'%s' activates '%s': the environment was moved or copied", path,
          named);
}

/* Says what to type, now that all is known of the environment. */
static void
complete_mends (const Check *check)
{
  for (guint i = 0; i < check->problems->len; i++)
    {
      VenvbProblem *problem = g_ptr_array_index (check->problems, i);
      g_autofree char *mend = g_steal_pointer (&problem->mend);

      problem->mend = mend_complete (mend, check->env_dir, check->cfg, check->base);
    }
}

/* Looks whether a run has not ended: all else that is found may be taken back. */
static void
check_settled (const Check *check)
{
  g_autofree char *path = g_build_filename (check->env_dir, UNDO_DIR ".log", NULL);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    note (check, mend_again,
          "a run is at work here, or was killed: then the next one takes back what it has changed");
}

static void
check_all (Check *check)
{
  g_autoptr (GPtrArray) libraries = library_dirs (check);

  check_settled (check);
  check_home (check);
  check_names (check);
  check_python (check);
  check_version (check);
  check_libraries (check, libraries);
  check_activation (check);
  check_scripts (check);
  check_lock (check);
  check_distributions (check, libraries);
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
  g_autofree char *bin = g_build_filename (path, "bin", NULL);
  Check check = { path, builder_python (builder), bin, NULL, cfg, NULL, builder, NULL, problems };
  check_all (&check);
  g_clear_pointer (&check.facts, g_hash_table_unref);
  g_free (check.base);
  g_free (check.lock);
  return problems;
}
