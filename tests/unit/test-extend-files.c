/* SPDX-License-Identifier: BSD-2-Clause */

/* The same: files, pyvenv.cfg and scripts. */

#include "tests/unit/extend.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- Files -------------------------------------------------------------------------- */

static gboolean
change_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *source = g_build_filename (((Fixture *) self)->dir, "source", NULL);

  return venvb_context_remove (ctx, "data", error)
         && venvb_context_mkdir (ctx, "data/new/deep", error)
         && venvb_context_write_file (ctx, "data/new/file", "new", -1, 0666, error)
         && venvb_context_remove (ctx, "nothing/there", error)
         && venvb_context_remove (ctx, "lib/own", error)
         && venvb_context_mkdir (ctx, "lib/own", error)
         && venvb_context_remove (ctx, "lib/own", error) && venvb_context_remove (ctx, "top", error)
         && venvb_context_remove (ctx, "link", error)
         && venvb_context_symlink (ctx, "elsewhere", "link", error)
         && venvb_context_symlink (ctx, "../x", "data/link", error)
         && venvb_context_copy_file (ctx, source, "data/copy", 0750, error)
         && venvb_context_copy_file (ctx, source, "bin/tool", 0, error)
         && venvb_next (next, ctx, error);
}

static void
fill_files (Fixture *fixture)
{
  g_autofree char *source = g_build_filename (fixture->dir, "source", NULL);

  fill (fixture);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, FALSE);
  put (fixture, "data/sub/file", "data");
  put (fixture, "lib/own/file", "own");
  put (fixture, "bin/tool", "tool");
  put (fixture, "../source", "source");
  g_assert_cmpint (chmod (source, 0640), ==, 0);
  remember (fixture);
  hook (fixture, VENVB_STAGE_SETUP_PYTHON, change_files);
}

static void
test_files (Fixture *fixture, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (fixture->env_dir, "data", "copy", NULL);
  g_autofree char *tool = g_build_filename (fixture->env_dir, "bin", "tool", NULL);
  g_autofree char *link = g_build_filename (fixture->env_dir, "link", NULL);
  g_autofree char *target = NULL;
  struct stat st;

  fill_files (fixture);
  must_create (fixture);
  g_assert_true (is_there (fixture, "data/new/deep") && is_there (fixture, "data/new/file")
                 && is_there (fixture, "data/link"));
  g_assert_false (is_there (fixture, "data/sub") || is_there (fixture, "top")
                  || is_there (fixture, "lib/own") || is_there (fixture, ".venvb-undo"));
  g_assert_cmpint (stat (copy, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0750 & ~umask (022));
  g_assert_cmpint (stat (tool, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0640);
  target = g_file_read_link (link, NULL);
  g_assert_cmpstr (target, ==, "elsewhere");
}

static void
test_files_undone (Fixture *fixture, gconstpointer data)
{
  fill_files (fixture);
  hook (fixture, VENVB_STAGE_FINISH, fail);
  must_fail (fixture, "no luck");
  assert_as_before (fixture);
}

/* A program has emptied a directory before it is removed, and one after. */
static gboolean
run_between (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *const before[] = { "/bin/sh", "-c",
                                 "rm -rf bin/tool; rm -rf lib/own && mkdir lib/own", NULL };
  const char *const after[] = { "/bin/sh", "-c", "mkdir lib/own && echo x >lib/own/file", NULL };

  return venvb_context_run (ctx, before, error) && venvb_context_remove (ctx, "lib/own", error)
         && venvb_context_write_file (ctx, "bin/tool", "new", -1, 0666, error)
         && venvb_context_run (ctx, after, error) && venvb_context_remove (ctx, "lib/own", error)
         && venvb_next (next, ctx, error);
}

/* What a program has removed comes back all the same. */
static void
test_run_between (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;
  g_autofree char *tool = NULL;

  fill (fixture);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, FALSE);
  put (fixture, "lib/own/file", "own");
  put (fixture, "bin/tool", "tool");
  hook (fixture, VENVB_STAGE_POST_SETUP, run_between);
  hook (fixture, VENVB_STAGE_FINISH, fail);
  must_fail (fixture, "no luck");
  text = read_file (fixture, "lib/own/file");
  g_assert_cmpstr (text, ==, "own");
  tool = read_file (fixture, "bin/tool");
  g_assert_cmpstr (tool, ==, "tool");
}

static gboolean
change_outside (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  static const char *const outside[] = { "/tmp/x", "../x",      ".",
                                         "",       "a/../../x", "out/x",
                                         "out/..", ".venvb-x",  "lib/.VENVB-x/y" };

  for (guint i = 0; i < G_N_ELEMENTS (outside); i++)
    {
      g_assert_false (venvb_context_mkdir (ctx, outside[i], NULL));
      g_assert_false (venvb_context_symlink (ctx, "a", outside[i], NULL));
      g_assert_false (venvb_context_copy_file (ctx, "/etc/passwd", outside[i], 0, NULL));
      g_assert_false (venvb_context_remove (ctx, outside[i], NULL));
    }
  g_assert_false (venvb_context_copy_file (ctx, "/dev/null", "x", 0, error));
  g_assert_nonnull (strstr ((*error)->message, "it is no file"));
  g_clear_error (error);
  return venvb_context_remove (ctx, "out", error) && venvb_next (next, ctx, error);
}

/* Nothing is done elsewhere, nor where a link leads out. */
static void
test_outside (Fixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->env_dir, "out", NULL);

  fill (fixture);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, FALSE);
  put (fixture, "../outside/x", "x");
  g_assert_cmpint (symlink ("../outside", link), ==, 0);
  hook (fixture, VENVB_STAGE_POST_SETUP, change_outside);
  must_create (fixture);
  g_assert_false (is_there (fixture, "out"));
  g_assert_true (is_there (fixture, "../outside/x"));
}

/* --- pyvenv.cfg --------------------------------------------------------------------- */

static gboolean
set_early (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_context_set_cfg (ctx, "owner", "blue", error)
         && venvb_context_set_cfg (ctx, "Version", "1.2.3", error)
         && venvb_context_set_cfg (ctx, "command", NULL, error) && venvb_next (next, ctx, error);
}

static gboolean
set_late (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && venvb_context_set_cfg (ctx, "OWNER", "red", error)
         && venvb_context_set_cfg (ctx, "late", "x = y", error);
}

static gboolean
set_wrong (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  static const char *const wrong[][2] = {
    { "", "x" },     { "a b", "x" },   { "a=b", "x" },
    { "a", "x\ny" }, { "a", "\xff" },  { "#a", "x" },
    { "home", "/" }, { "HOME", NULL }, { "include-system-site-packages", "true" }
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (venvb_context_set_cfg (ctx, wrong[i][0], wrong[i][1], error));
      g_assert_error (*error, VENVB_ERROR, VENVB_ERROR_PLUGIN);
      g_clear_error (error);
    }
  return venvb_next (next, ctx, error);
}

static void
test_cfg (Fixture *fixture, gconstpointer data)
{
  g_autofree char *cfg = NULL;

  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
  hook (fixture, VENVB_STAGE_FIND_PYTHON, set_early);
  hook (fixture, VENVB_STAGE_POST_SETUP, set_late);
  hook (fixture, VENVB_STAGE_POST_SETUP, set_wrong);
  must_create (fixture);
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_nonnull (strstr (cfg, "\nVersion = 1.2.3\n"));
  g_assert_null (strstr (cfg, "\nversion"));
  g_assert_null (strstr (cfg, "\ncommand"));
  g_assert_nonnull (strstr (cfg, "include-system-site-packages = true\n"));
  g_assert_true (g_str_has_suffix (cfg, "\nowner = red\nlate = x = y\n"));
}

/* Fails the first time, with a key set. */
static gboolean
set_and_fail (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  if (venvb_context_get (ctx, VENVB_ATTR_PYTHON) == NULL)
    return venvb_next (next, ctx, error);
  return venvb_context_set_cfg (ctx, "first", "try", error) && fail (next, ctx, self, error);
}

/* A program, before it is known where pyvenv.cfg will be. */
static gboolean
run_first (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *const argv[] = { "true", NULL };

  return venvb_next (next, ctx, error) && venvb_context_run (ctx, argv, error);
}

static gboolean
try_twice (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GError) first = NULL;

  if (!venvb_context_set_cfg (ctx, "always", "there", error))
    return FALSE;
  if (venvb_next (next, ctx, &first))
    return TRUE;
  venvb_context_set (ctx, VENVB_ATTR_PYTHON, NULL);
  return venvb_next (next, ctx, error);
}

/* What a stage of a try that has failed has set is gone, and not what was set before; in an
 * environment that has all of it already. */
static void
test_cfg_retry (Fixture *fixture, gconstpointer data)
{
  g_autofree char *cfg = NULL;

  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
  hook (fixture, VENVB_STAGE_CREATE, try_twice);
  must_create (fixture);
  venvb_builder_set_python (fixture->builder, "python3");
  hook (fixture, VENVB_STAGE_SETUP_PYTHON, set_and_fail);
  hook (fixture, VENVB_STAGE_FIND_PYTHON, run_first);
  must_create (fixture);
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_null (strstr (cfg, "first = try\n"));
  g_assert_nonnull (strstr (cfg, "\nalways = there\n"));
}

static gboolean
show_base (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  venvb_context_set_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
  return venvb_next (next, ctx, error);
}

static gboolean
hide_base (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  venvb_context_set_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES, FALSE);
  return venvb_next (next, ctx, error);
}

static gboolean
assert_shown (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_assert_true (venvb_context_get_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES));
  return venvb_next (next, ctx, error);
}

/* What a stage says of the base Python's packages counts, however early or late. */
static void
test_cfg_base (Fixture *fixture, gconstpointer stage)
{
  g_autofree char *cfg = NULL;
  g_autofree char *again = NULL;

  hook (fixture, GPOINTER_TO_INT (stage), show_base);
  hook (fixture, VENVB_STAGE_FINISH, assert_shown);
  must_create (fixture);
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_nonnull (strstr (cfg, "include-system-site-packages = true\n"));
  remember (fixture);
  must_create (fixture);
  again = look (fixture);
  g_assert_cmpstr (strstr (again, "./env/"), ==, strstr (fixture->before, "./env/"));
}

/* And so against what was asked for. */
static void
test_cfg_no_base (Fixture *fixture, gconstpointer data)
{
  g_autofree char *cfg = NULL;

  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
  must_create (fixture);
  hook (fixture, VENVB_STAGE_FIND_PYTHON, hide_base);
  must_create (fixture);
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_nonnull (strstr (cfg, "include-system-site-packages = false\n"));
}

static gboolean
write_same (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_context_mkdir (ctx, "same/dir", error)
         && venvb_context_write_file (ctx, "same/file", "text", -1, 0640, error)
         && venvb_context_copy_file (ctx, "same/file", "same/copy", 0600, error)
         && venvb_context_symlink (ctx, "file", "same/link", error)
         && venvb_context_remove (ctx, "same/nothing", error) && venvb_next (next, ctx, error);
}

/* What is set early is there at once, and what is there is left alone: a second run
 * changes nothing. */
static void
test_cfg_again (Fixture *fixture, gconstpointer data)
{
  g_autofree char *now = NULL;

  hook (fixture, VENVB_STAGE_FIND_PYTHON, set_early);
  hook (fixture, VENVB_STAGE_POST_SETUP, write_same);
  must_create (fixture);
  remember (fixture);
  must_create (fixture);
  now = look (fixture);
  /* In the directory itself there was what is put aside for a hook, which may do anything. */
  g_assert_cmpstr (strstr (now, "./env/"), ==, strstr (fixture->before, "./env/"));
}

/* --- Scripts ------------------------------------------------------------------------ */

static gboolean
set_placeholders (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  static const char *const wrong[] = { "",
                                       "X",
                                       "__VENV_x__",
                                       "__VENV___",
                                       "__VENV_A_",
                                       "__VENV_A__B__",
                                       "__VENV__A__",
                                       "__VENV_A__ ",
                                       "__VENV_DIR__",
                                       "__VENV_RELOCATE__" };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (venvb_context_set_placeholder (ctx, wrong[i], "x", error));
      g_assert_error (*error, VENVB_ERROR, VENVB_ERROR_PLUGIN);
      g_clear_error (error);
    }
  return venvb_context_set_placeholder (ctx, "__VENV_MY_1__", "it's __VENV_DIR__", error)
         && venvb_context_set_placeholder (ctx, "__VENV_MY__", "short", error)
         && venvb_context_set_placeholder (ctx, "__VENV_GONE__", "x", error)
         && venvb_context_set_placeholder (ctx, "__VENV_GONE__", NULL, error)
         && venvb_next (next, ctx, error);
}

static gboolean
install (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *scripts = g_build_filename (((Fixture *) self)->dir, "scripts", NULL);

  g_assert_null (venvb_context_get_script (ctx, NULL));
  venvb_context_set_script (ctx, "nothing", -1);
  return venvb_next (next, ctx, error) && venvb_context_install_scripts (ctx, scripts, error);
}

static void
test_placeholders (Fixture *fixture, gconstpointer data)
{
  g_autofree char *posix = NULL;
  g_autofree char *fish = NULL;

  put (fixture, "../scripts/common/a", "x=__VENV_MY_1__ __VENV_MY__ __VENV_GONE__ __VENV_MY_2__\n");
  put (fixture, "../scripts/common/a.fish", "x=__VENV_MY_1__\n");
  hook (fixture, VENVB_STAGE_FIND_PYTHON, set_placeholders);
  hook (fixture, VENVB_STAGE_SETUP_SCRIPTS, install);
  must_create (fixture);
  posix = read_file (fixture, "bin/a");
  g_assert_cmpstr (posix, ==, "x='it'\\''s __VENV_DIR__' 'short' __VENV_GONE__ __VENV_MY_2__\n");
  fish = read_file (fixture, "bin/a.fish");
  g_assert_cmpstr (fish, ==, "x='it\\'s __VENV_DIR__'\n");
}

/* Leaves out, changes, renames, looks at what was written. */
static gboolean
filter (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Fixture *fixture = self;
  const char *target = venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET);
  g_autofree char *name = g_path_get_basename (target);
  gsize length;

  g_assert_nonnull (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_PATH));
  g_assert_nonnull (venvb_context_get_script (ctx, &length));
  if (g_str_has_prefix (name, "activate."))
    return TRUE;
  if (g_str_equal (name, "a"))
    venvb_context_set_script (ctx, "changed __VENV_NAME__", -1);
  if (g_str_equal (name, "b"))
    venvb_context_set (ctx, VENVB_ATTR_SCRIPT_TARGET, "share/new/b.fish");
  if (g_str_equal (name, "c"))
    venvb_context_set (ctx, VENVB_ATTR_SCRIPT_TARGET, fixture->before);
  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (g_str_equal (name, "a"))
    g_assert_cmpstr (venvb_context_get_script (ctx, NULL), ==, "changed 'env'");
  return TRUE;
}

static void
test_filter (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  put (fixture, "../scripts/common/a", "x");
  put (fixture, "../scripts/common/b", "x __VENV_NAME__");
  hook (fixture, VENVB_STAGE_INSTALL_SCRIPT, filter);
  hook (fixture, VENVB_STAGE_SETUP_SCRIPTS, install);
  must_create (fixture);
  g_assert_true (is_there (fixture, "bin/activate"));
  g_assert_false (is_there (fixture, "bin/activate.fish") || is_there (fixture, "bin/b"));
  a = read_file (fixture, "bin/a");
  g_assert_cmpstr (a, ==, "changed 'env'");
  b = read_file (fixture, "share/new/b.fish");
  g_assert_cmpstr (b, ==, "x 'env'");
  put (fixture, "../scripts/common/c", "x");
  fixture->before = g_build_filename (fixture->dir, "c", NULL);
  must_fail (fixture, "does not lie in the environment");
  g_free (fixture->before);
  fixture->before = g_strdup ("bin/.venvb-x");
  must_fail (fixture, "names that begin with '.venvb-'");
}

/* Has others installed before the one that it is asked for. */
static gboolean
install_more (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *scripts = g_build_filename (((Fixture *) self)->dir, "more", NULL);
  g_autofree char *path = g_strdup (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_PATH));
  g_autofree char *target = g_strdup (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET));
  const char *text = venvb_context_get_script (ctx, NULL);
  g_autofree char *before = g_strdup (text);

  if (!g_str_has_suffix (target, "/a"))
    return venvb_next (next, ctx, error);
  if (!venvb_context_install_scripts (ctx, scripts, error))
    return FALSE;
  g_assert_cmpstr (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_PATH), ==, path);
  g_assert_cmpstr (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET), ==, target);
  g_assert_cmpstr (venvb_context_get_script (ctx, NULL), ==, before);
  return venvb_next (next, ctx, error);
}

static void
test_within (Fixture *fixture, gconstpointer data)
{
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;

  put (fixture, "../scripts/common/a", "a __VENV_NAME__");
  put (fixture, "../more/common/b", "b __VENV_NAME__");
  hook (fixture, VENVB_STAGE_INSTALL_SCRIPT, install_more);
  hook (fixture, VENVB_STAGE_SETUP_SCRIPTS, install);
  must_create (fixture);
  a = read_file (fixture, "bin/a");
  b = read_file (fixture, "bin/b");
  g_assert_cmpstr (a, ==, "a 'env'");
  g_assert_cmpstr (b, ==, "b 'env'");
}

int
main (int argc, char **argv)
{
  static const Test tests[] = {
    { "/extend/files/changed", test_files, NULL },
    { "/extend/files/undone", test_files_undone, NULL },
    { "/extend/files/run-between", test_run_between, NULL },
    { "/extend/files/outside", test_outside, NULL },
    { "/extend/cfg/set", test_cfg, NULL },
    { "/extend/cfg/again", test_cfg_again, NULL },
    { "/extend/cfg/retry", test_cfg_retry, NULL },
    { "/extend/cfg/base-early", test_cfg_base, GINT_TO_POINTER (VENVB_STAGE_FIND_PYTHON) },
    { "/extend/cfg/base", test_cfg_base, GINT_TO_POINTER (VENVB_STAGE_ENSURE_DIRECTORIES) },
    { "/extend/cfg/no-base", test_cfg_no_base, NULL },
    { "/extend/scripts/placeholders", test_placeholders, NULL },
    { "/extend/scripts/filter", test_filter, NULL },
    { "/extend/scripts/within", test_within, NULL },
  };

  return run_tests (argc, argv, tests, G_N_ELEMENTS (tests));
}
