/* SPDX-License-Identifier: BSD-2-Clause */

/* The library as an embedding program sees it: only public headers. */

#include "venvb.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

typedef struct
{
  char *dir;
  VenvbBuilder *builder;
  GString *log;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("venvb-builder-XXXXXX", NULL);
  fixture->builder = venvb_builder_new ();
  fixture->log = g_string_new (NULL);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_WITH_PIP, FALSE);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  const char *const argv[] = { "rm", "-rf", fixture->dir, NULL };

  venvb_builder_free (fixture->builder);
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                               NULL, NULL, NULL));
  g_string_free (fixture->log, TRUE);
  g_free (fixture->dir);
}

static char *
read_file (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
assert_absent (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
test_create (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "a", "env", NULL);
  g_autofree char *python = g_build_filename (env_dir, "bin", "python", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *cfg = NULL;

  venvb_builder_create (fixture->builder, env_dir, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (python, G_FILE_TEST_IS_EXECUTABLE));
  cfg = read_file (env_dir, "pyvenv.cfg");
  g_assert_true (strstr (cfg, "include-system-site-packages = false\n") != NULL);
  g_assert_null (strstr (cfg, "prompt"));
}

static void
test_one_call (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  g_autofree char *python = g_build_filename (env_dir, "bin", "python", NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *cfg = NULL;

  venvb_create (env_dir, TRUE, FALSE, FALSE, FALSE, "a 'prompt'", &error);
  g_assert_no_error (error);
  g_assert_false (g_file_test (python, G_FILE_TEST_IS_SYMLINK));
  cfg = read_file (env_dir, "pyvenv.cfg");
  g_assert_true (strstr (cfg, "include-system-site-packages = true\n") != NULL);
  g_assert_true (strstr (cfg, "prompt = \"a 'prompt'\"\n") != NULL);
}

/* A hook that notes when it is called, around the rest of the chain. */
static gboolean
note (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  GString *log = ((gpointer *) self)[0];
  const char *name = ((gpointer *) self)[1];

  g_string_append_printf (log, "<%s", name);
  if (!venvb_next (next, ctx, error))
    return FALSE;
  g_string_append_printf (log, ">");
  return TRUE;
}

static void
test_hooks (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  gpointer inner[] = { fixture->log, (gpointer) "inner" };
  gpointer outer[] = { fixture->log, (gpointer) "outer" };
  g_autoptr (GError) error = NULL;
  g_autofree const char **chain = NULL;

  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_POST_SETUP, "inner", note, inner, NULL);
  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_POST_SETUP, "outer", note, outer, NULL);
  g_assert_true (venvb_builder_load (fixture->builder, &error));
  chain = venvb_builder_get_chain (fixture->builder, VENVB_STAGE_POST_SETUP);
  g_assert_cmpstr (chain[0], ==, "outer");
  g_assert_cmpstr (chain[1], ==, "inner");
  g_assert_cmpstr (chain[2], ==, "core");
  venvb_builder_create (fixture->builder, env_dir, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->log->str, ==, "<outer<inner>>");
}

static gboolean
fail (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "no luck");
  return FALSE;
}

static gboolean
fail_silently (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return FALSE;
}

static gboolean
succeed_with_error (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "no luck");
  return TRUE;
}

/* What each wrong hook leads to; nothing is left of the environment. */
static void
test_failures (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    VenvbStageFunc func;
    const char *message;
  } cases[] = {
    { fail, "plugin 'bad', stage setup_scripts: no luck" },
    { fail_silently, "*bad*setup_scripts*without saying why*bug*" },
    { succeed_with_error, "*bad*setup_scripts*TRUE*bug*no luck" },
  };
  g_autofree char *env_dir = g_build_filename (fixture->dir, "p", "env", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
      gpointer outer[] = { fixture->log, (gpointer) "outer" };
      g_autoptr (GError) error = NULL;

      venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
      venvb_builder_add_hook (builder, VENVB_STAGE_SETUP_SCRIPTS, "bad", cases[i].func, NULL, NULL);
      venvb_builder_add_hook (builder, VENVB_STAGE_SETUP_SCRIPTS, "outer", note, outer, NULL);
      g_assert_false (venvb_builder_create (builder, env_dir, &error));
      g_assert_nonnull (error);
      g_assert_cmpint (error->domain, ==, VENVB_ERROR);
      g_assert_true (g_pattern_match_simple (cases[i].message, error->message));
      assert_absent (fixture->dir, "p");
    }
}

static void
on_progress (VenvbContext *ctx, VenvbSource source, const char *line, gpointer log)
{
  static const char *const names[] = { "main", "stdout", "stderr", "warning" };

  g_string_append_printf (log, "%s:%s\n", names[source], line);
}

static gboolean
run_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *const args[] = {
    "-c",
    "import os, sys; print('one'); print('two', end=''); sys.stdout.flush();"
    "print(os.environ['VIRTUAL_ENV'] == os.getcwd(), file=sys.stderr);"
    "sys.exit(int(sys.argv[1]))",
    self, NULL
  };

  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "hello %d", 1);
  return venvb_context_run_python (ctx, args, error);
}

static void
test_progress (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  g_autoptr (GError) error = NULL;

  venvb_builder_set_progress (fixture->builder, on_progress, fixture->log, NULL);
  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_POST_SETUP, "run", run_python,
                          (gpointer) "0", NULL);
  venvb_builder_create (fixture->builder, env_dir, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (fixture->log->str, "main:hello 1\n"));
  g_assert_nonnull (strstr (fixture->log->str, "stdout:one\n"));
  g_assert_nonnull (strstr (fixture->log->str, "stdout:two\n"));
  g_assert_nonnull (strstr (fixture->log->str, "stderr:True\n"));
}

static gboolean
set_attributes (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  venvb_context_set (ctx, VENVB_ATTR_PROMPT, "mine");
  venvb_context_set (ctx, VENVB_ATTR_PYTHON, "2.6");
  return venvb_next (next, ctx, error);
}

/* What is mandatory no stage changes; what only stages can set can't be. */
static void
test_mandatory (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  g_autofree char *cfg = g_build_filename (env_dir, "pyvenv.cfg", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  venvb_builder_set_prompt (fixture->builder, "theirs");
  venvb_builder_set_origin (fixture->builder, "/etc/x.conf:2");
  venvb_builder_require_attr (fixture->builder, VENVB_ATTR_PROMPT);
  venvb_builder_set_origin (fixture->builder, NULL);
  venvb_builder_require_attr (fixture->builder, VENVB_ATTR_PROMPT);
  venvb_builder_require_attr (fixture->builder, VENVB_ATTR_PYTHON);
  venvb_builder_require_attr (fixture->builder, VENVB_ATTR_BIN_PATH);
  venvb_builder_require_attr (fixture->builder, (VenvbAttr) 1000);
  venvb_builder_set_progress (fixture->builder, on_progress, fixture->log, NULL);
  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_FIND_PYTHON, "set", set_attributes, NULL,
                          NULL);
  venvb_builder_create (fixture->builder, env_dir, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (cfg, &text, NULL, NULL));
  g_assert_nonnull (strstr (text, "prompt = 'theirs'\n"));
  g_assert_nonnull (strstr (fixture->log->str, "'prompt', which is decided by /etc/x.conf:2, "));
  g_assert_nonnull (strstr (fixture->log->str, "'python', which is decided by this program, "));
}

static void
test_program_fails (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  g_autoptr (GError) error = NULL;

  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_POST_SETUP, "run", run_python,
                          (gpointer) "3", NULL);
  g_assert_false (venvb_builder_create (fixture->builder, env_dir, &error));
  g_assert_nonnull (strstr (error->message, "exited with status 3"));
  g_assert_nonnull (strstr (error->message, "\n  | one"));
  assert_absent (fixture->dir, "env");
}

static void
write_file (const char *dir, const char *name, const char *text, gssize length, int mode)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  g_assert_true (g_file_set_contents (path, text, length, NULL));
  g_assert_cmpint (g_chmod (path, mode), ==, 0);
}

static gboolean
install_scripts (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && venvb_context_install_scripts (ctx, self, error);
}

/* Text is filled in, bytes are not touched, modes are kept, `nt` is left
 * out, folders come along. */
static void
test_install_scripts (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "my env", NULL);
  g_autofree char *scripts = g_build_filename (fixture->dir, "scripts", NULL);
  g_autofree char *bin = g_build_filename (env_dir, "bin", NULL);
  g_autofree char *sub = g_build_filename (bin, "sub", "b", NULL);
  g_autofree char *expected = g_strdup_printf ("cd '%s' # my __VENV_X__\n", env_dir);
  g_autofree char *text = NULL;
  g_autofree char *binary = NULL;
  g_autoptr (GError) error = NULL;
  struct stat st;

  write_file (scripts, "common/a", "cd __VENV_DIR__ # my __VENV_X__\n", -1, 0750);
  write_file (scripts, "posix/sub/b", "\0__VENV_DIR__\xff", 14, 0604);
  write_file (scripts, "nt/c", "", -1, 0644);
  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_SETUP_SCRIPTS, "scripts", install_scripts,
                          scripts, NULL);
  venvb_builder_create (fixture->builder, env_dir, &error);
  g_assert_no_error (error);
  text = read_file (bin, "a");
  g_assert_cmpstr (text, ==, expected);
  binary = read_file (bin, "sub/b");
  g_assert_cmpmem (binary, 14, "\0__VENV_DIR__\xff", 14);
  g_assert_cmpint (stat (sub, &st), ==, 0);
  g_assert_cmpint (st.st_mode & 07777, ==, 0604);
  assert_absent (bin, "c");
}

/* A plugin's view of the attributes: all of them are there at the end. */
static gboolean
look_at_context (VenvbNext *next, VenvbContext *ctx, gpointer log, GError **error)
{
  for (guint i = 0; venvb_attr_name (i) != NULL; i++)
    if (venvb_context_get (ctx, i) == NULL)
      g_string_append_printf (log, "%s ", venvb_attr_name (i));
  g_assert_null (venvb_context_get (ctx, 10000));
  g_assert_false (venvb_context_get_flag (ctx, 10000));
  g_assert_true (venvb_context_is_new (ctx));
  return TRUE;
}

static void
test_context (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  g_autoptr (GError) error = NULL;

  venvb_builder_set_python (fixture->builder, "python3");
  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_POST_SETUP, "look", look_at_context,
                          fixture->log, NULL);
  venvb_builder_create (fixture->builder, env_dir, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fixture->log->str, ==, "script_path script_target link_source link_target ");
}

static void
on_created (VenvbContext *ctx, double seconds, gpointer log)
{
  g_string_append_printf (log, "%s ", venvb_context_get (ctx, VENVB_ATTR_ENV_NAME));
}

static void
test_several (Fixture *fixture, gconstpointer data)
{
  g_autofree char *one = g_build_filename (fixture->dir, "one", NULL);
  g_autofree char *two = g_build_filename (fixture->dir, "two", NULL);
  const char *const env_dirs[] = { one, two, "a:b", NULL };
  g_autoptr (GError) error = NULL;

  venvb_builder_set_created (fixture->builder, on_created, fixture->log, NULL);
  g_assert_false (venvb_builder_create_all (fixture->builder, env_dirs, &error));
  g_assert_nonnull (strstr (error->message, "'a:b'"));
  g_assert_cmpstr (fixture->log->str, ==, "one two ");
}

/* A hook that tries to install what is for another Python. */
static gboolean
install_foreign (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GError) known = NULL;

  g_assert_true (venvb_context_check_wheel (ctx, "/none/a-1-py3-none-any.whl", &known));
  g_assert_no_error (known);
  g_assert_cmpint (
      venvb_context_compare_wheels (ctx, "/a-1-2-py3-none-any.whl", "/b/a-1-1-py3-none-any.whl"), <,
      0);
  return venvb_context_install_wheel (ctx, "/none/a-1-cp27-none-any.whl", TRUE, error);
}

/* The same before it is known for which Python. */
static gboolean
check_early (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_assert_cmpint (venvb_context_compare_wheels (ctx, "a", "b"), ==, 0);
  return venvb_context_check_wheel (ctx, "/none/a-1-py3-none-any.whl", error);
}

static void
test_foreign_wheel (Fixture *fixture, gconstpointer data)
{
  g_autofree char *env_dir = g_build_filename (fixture->dir, "env", NULL);
  g_autoptr (GError) error = NULL;

  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_POST_SETUP, "foreign", install_foreign,
                          NULL, NULL);
  g_assert_false (venvb_builder_create (fixture->builder, env_dir, &error));
  g_assert_nonnull (strstr (error->message, "wheel 'a-1-cp27-none-any.whl' does not fit: its tag "
                                            "cp27-none-any is not for "));
  assert_absent (fixture->dir, "env");
  g_clear_error (&error);
  venvb_builder_add_hook (fixture->builder, VENVB_STAGE_FIND_PYTHON, "early", check_early, NULL,
                          NULL);
  g_assert_false (venvb_builder_create (fixture->builder, env_dir, &error));
  g_assert_nonnull (strstr (error->message, "before the base Python is known"));
}

static void
test_conflict (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, TRUE);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_UPGRADE, TRUE);
  g_assert_false (venvb_builder_create (fixture->builder, "env", &error));
  g_assert_error (error, VENVB_ERROR, VENVB_ERROR_USAGE);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/builder/create", test_create },
    { "/builder/one-call", test_one_call },
    { "/builder/hooks", test_hooks },
    { "/builder/failures", test_failures },
    { "/builder/progress", test_progress },
    { "/builder/mandatory", test_mandatory },
    { "/builder/program-fails", test_program_fails },
    { "/builder/install-scripts", test_install_scripts },
    { "/builder/context", test_context },
    { "/builder/several", test_several },
    { "/builder/conflict", test_conflict },
    { "/builder/foreign-wheel", test_foreign_wheel },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, setup, tests[i].func, teardown);
  return g_test_run ();
}
