/* SPDX-License-Identifier: BSD-2-Clause */

/* What a subclass of venv.EnvBuilder overrides, and what plugins leave for each other,
 * as hooks of an embedding program: the whole run, clearing, the interpreter. */

#include "tests/unit/extend.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- The whole run ------------------------------------------------------------------ */

static void
on_event (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer data)
{
  static const char signs[] = "<>!";

  g_string_append_printf (((Fixture *) data)->log, "%s%c ", venvb_stage_name (stage), signs[event]);
}

static void
test_events (Fixture *fixture, gconstpointer data)
{
  venvb_builder_set_stage_event (fixture->builder, on_event, fixture, NULL);
  must_create (fixture);
  g_assert_cmpstr (
      fixture->log->str, ==,
      "create< find_python< find_python> ensure_directories< ensure_directories> "
      "create_ignore_files< create_ignore_files> "
      "create_configuration< create_configuration> setup_python< setup_python> "
      "setup_scripts< setup_scripts> post_setup< post_setup> finish< finish> create> ");
  g_string_truncate (fixture->log, 0);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, TRUE);
  hook (fixture, VENVB_STAGE_ENSURE_DIRECTORIES, fail);
  must_fail (fixture, "no luck");
  g_assert_cmpstr (fixture->log->str, ==,
                   "create< find_python< find_python> clear_directory< clear_directory> "
                   "ensure_directories< ensure_directories! create! ");
}

/* Stops the run when a stage begins, or ends. */
static void
on_event_stop (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer data)
{
  g_autofree char *what = g_strdup_printf ("%s%d", venvb_stage_name (stage), event);

  if (!g_str_equal (what, ((Fixture *) data)->log->str))
    return;
  venvb_context_stop (ctx, "enough");
  venvb_context_stop (ctx, "more than enough");
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  static const char *const moments[] = { "create0",       "find_python1",  "clear_directory0",
                                         "setup_python0", "setup_python1", "finish1",
                                         "create1" };

  must_create (fixture);
  remember (fixture);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, TRUE);
  venvb_builder_set_stage_event (fixture->builder, on_event_stop, fixture, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      g_string_assign (fixture->log, moments[i]);
      must_fail (fixture, "enough");
      assert_as_before (fixture);
    }
  g_string_assign (fixture->log, "create2");
  must_create (fixture);
}

static void
test_template_dir (Fixture *fixture, gconstpointer data)
{
  g_autofree char *common = g_build_filename (venvb_template_dir (), "common", "activate", NULL);

  g_assert_true (g_file_test (common, G_FILE_TEST_IS_REGULAR));
}

/* Tries another Python where there is not the one that was asked for. */
static gboolean
retry (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Fixture *fixture = self;
  g_autoptr (GError) first = NULL;

  if (venvb_next (next, ctx, &first))
    return TRUE;
  g_assert_nonnull (strstr (first->message, "nosuch"));
  g_assert_false (is_there (fixture, "."));
  venvb_context_set (ctx, VENVB_ATTR_PYTHON, NULL);
  venvb_context_set_flag (ctx, VENVB_FLAG_UPGRADE, FALSE);
  return venvb_next (next, ctx, error);
}

/* The first time. */
static gboolean
fail_for_nosuch (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  if (venvb_context_get (ctx, VENVB_ATTR_PYTHON) == NULL)
    return venvb_next (next, ctx, error);
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "nosuch luck");
  return FALSE;
}

static void
test_retry (Fixture *fixture, gconstpointer data)
{
  g_autofree char *cfg = NULL;

  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
  venvb_builder_set_python (fixture->builder, "nosuch");
  hook (fixture, VENVB_STAGE_CREATE, retry);
  must_create (fixture);
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_nonnull (strstr (cfg, "include-system-site-packages = true\n"));
}

/* What was made by then is gone before the next one is made. */
static void
test_retry_later (Fixture *fixture, gconstpointer data)
{
  g_autofree char *cfg = NULL;

  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
  venvb_builder_set_python (fixture->builder, "python3");
  hook (fixture, VENVB_STAGE_POST_SETUP, fail_for_nosuch);
  hook (fixture, VENVB_STAGE_CREATE, retry);
  must_create (fixture);
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_nonnull (strstr (cfg, "include-system-site-packages = true\n"));
}

static gboolean
fail_after (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_assert_true (venvb_next (next, ctx, error));
  g_assert_true (is_there (self, "pyvenv.cfg"));
  return fail (next, ctx, self, error);
}

static void
test_fail_after (Fixture *fixture, gconstpointer data)
{
  hook (fixture, VENVB_STAGE_CREATE, fail_after);
  remember (fixture);
  must_fail (fixture, "stage create: no luck");
  assert_as_before (fixture);
}

static gboolean
call_twice (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && venvb_next (next, ctx, error);
}

static gboolean
begin_and_call (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_context_begin (ctx, error) && venvb_next (next, ctx, error);
}

static gboolean
begin (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_context_begin (ctx, error);
}

static void
test_misuse (Fixture *fixture, gconstpointer data)
{
  remember (fixture);
  hook (fixture, VENVB_STAGE_POST_SETUP, begin);
  must_fail (fixture, "venvb_context_begin() is for a plugin that does not call it");
  hook (fixture, VENVB_STAGE_CREATE, call_twice);
  must_fail (fixture, "venvb_context_begin() is for");
  assert_as_before (fixture);
}

static void
test_twice (Fixture *fixture, gconstpointer data)
{
  remember (fixture);
  hook (fixture, VENVB_STAGE_CREATE, call_twice);
  must_fail (fixture, "venvb_next() was called twice");
  hook (fixture, VENVB_STAGE_CREATE, begin_and_call);
  must_fail (fixture, "venvb_next() was called after venvb_context_begin()");
  assert_as_before (fixture);
}

/* Makes something else altogether. */
static gboolean
replace (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  if (venvb_context_mkdir (ctx, "early", NULL))
    return FALSE;
  return venvb_context_begin (ctx, error) && venvb_context_begin (ctx, error)
         && venvb_context_mkdir (ctx, "a/b", error)
         && venvb_context_write_file (ctx, "a/b/file", "text", -1, 0666, error)
         && (((Fixture *) self)->before == NULL || fail (next, ctx, self, error));
}

static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = NULL;

  hook (fixture, VENVB_STAGE_CREATE, replace);
  must_create (fixture);
  text = read_file (fixture, "a/b/file");
  g_assert_cmpstr (text, ==, "text");
  g_assert_false (is_there (fixture, "pyvenv.cfg"));
  put (fixture, "a/b/file", "other");
  put (fixture, "own", "own");
  remember (fixture);
  must_fail (fixture, "no luck");
  assert_as_before (fixture);
}

static gboolean
do_nothing (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return TRUE;
}

static void
test_nothing (Fixture *fixture, gconstpointer data)
{
  hook (fixture, VENVB_STAGE_CREATE, do_nothing);
  must_create (fixture);
  g_assert_false (is_there (fixture, "."));
}

/* --- Clearing ----------------------------------------------------------------------- */

/* Clears all but the directory "kept". */
static gboolean
clear_some (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), 0, error);
  const char *name;
  gboolean ok = dir != NULL;

  while (ok && (name = g_dir_read_name (dir)) != NULL)
    ok = g_str_equal (name, "kept") || g_str_has_prefix (name, ".venvb-")
         || venvb_context_remove (ctx, name, error);
  return ok;
}

static gboolean
is_not_new (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_assert_false (venvb_context_is_new (ctx));
  return venvb_next (next, ctx, error);
}

/* Remembers a file, and writes it again. */
static gboolean
clear_around (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *text = read_file (self, "kept/file");

  return venvb_next (next, ctx, error) && !is_there (self, "kept")
         && venvb_context_mkdir (ctx, "kept", error)
         && venvb_context_write_file (ctx, "kept/file", text, -1, 0600, error);
}

static gboolean
clear_late (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_context_write_file (ctx, "kept/file", "changed", -1, 0600, error)
         && venvb_context_remove (ctx, "other/deep", error) && venvb_next (next, ctx, error);
}

static void
assert_cleared (Fixture *fixture, VenvbStageFunc func, gboolean is_kept, const char *text)
{
  g_autofree char *kept = NULL;

  fill (fixture);
  hook (fixture, VENVB_STAGE_CLEAR_DIRECTORY, func);
  if (is_kept)
    hook (fixture, VENVB_STAGE_POST_SETUP, is_not_new);
  must_create (fixture);
  g_assert_true (is_there (fixture, "pyvenv.cfg"));
  g_assert_false (is_there (fixture, "other"));
  g_assert_false (is_there (fixture, "top"));
  g_assert_false (is_there (fixture, "link"));
  g_assert_false (is_there (fixture, ".venvb-undo"));
  g_assert_cmpint (is_there (fixture, "kept"), ==, text != NULL);
  kept = text == NULL ? NULL : read_file (fixture, "kept/file");
  g_assert_cmpstr (kept, ==, text);
}

static void
test_clear_some (Fixture *fixture, gconstpointer data)
{
  assert_cleared (fixture, clear_some, TRUE, "kept");
}

static void
test_clear_around (Fixture *fixture, gconstpointer data)
{
  assert_cleared (fixture, clear_around, FALSE, "kept");
}

static void
test_clear_late (Fixture *fixture, gconstpointer data)
{
  assert_cleared (fixture, clear_late, FALSE, NULL);
}

/* Whatever has cleared it, a run that fails has not. */
static void
test_clear_undone (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  hook (fixture, VENVB_STAGE_FINISH, fail);
  must_fail (fixture, "no luck");
  assert_as_before (fixture);
  hook (fixture, VENVB_STAGE_CLEAR_DIRECTORY, data);
  must_fail (fixture, "no luck");
  assert_as_before (fixture);
}

/* --- What plugins leave ------------------------------------------------------------- */

static void
note_end (gpointer log)
{
  g_string_append_c (log, '.');
}

static gboolean
leave (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  GString *log = ((Fixture *) self)->log;

  g_assert_null (venvb_context_get_data (ctx, "test.log"));
  venvb_context_set_data (ctx, "test.log", self, NULL);
  venvb_context_set_data (ctx, "test.log", log, note_end);
  venvb_context_set_data (ctx, "test.other", log, note_end);
  venvb_context_set_data (ctx, "test.other", NULL, NULL);
  return venvb_next (next, ctx, error);
}

static gboolean
find (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  GString *log = venvb_context_get_data (ctx, "test.log");

  g_assert_true (log == ((Fixture *) self)->log);
  g_assert_null (venvb_context_get_data (ctx, "test.other"));
  g_string_append (log, "found");
  return venvb_next (next, ctx, error);
}

static void
test_data (Fixture *fixture, gconstpointer data)
{
  hook (fixture, VENVB_STAGE_FIND_PYTHON, leave);
  hook (fixture, VENVB_STAGE_FINISH, find);
  must_create (fixture);
  g_assert_cmpstr (fixture->log->str, ==, ".found.");
  hook (fixture, VENVB_STAGE_FINISH, fail);
  must_fail (fixture, "no luck");
  g_assert_cmpstr (fixture->log->str, ==, ".found...");
}

/* --- The interpreter, and where it is ----------------------------------------------- */

static gboolean
count_links (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  const char *source = venvb_context_get (ctx, VENVB_ATTR_LINK_SOURCE);
  const char *target = venvb_context_get (ctx, VENVB_ATTR_LINK_TARGET);
  GString *log = ((Fixture *) self)->log;

  g_string_append_printf (log, "%s<%s ",
                          g_str_has_prefix (target, env_dir) ? target + strlen (env_dir) : target,
                          g_str_has_prefix (source, env_dir) ? source + strlen (env_dir) : "base");
  if (g_str_has_suffix (target, "/python3"))
    return venvb_context_copy_file (ctx, source, target, 0700, error);
  return venvb_next (next, ctx, error);
}

static void
test_links (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bin = g_build_filename (fixture->env_dir, "bin", NULL);
  g_autofree char *python3 = g_build_filename (bin, "python3", NULL);
  g_autofree char *python = g_build_filename (bin, "python", NULL);
  struct stat st;

  hook (fixture, VENVB_STAGE_SYMLINK_OR_COPY, count_links);
  must_create (fixture);
  g_assert_nonnull (strstr (fixture->log->str, "<base "));
  g_assert_nonnull (strstr (fixture->log->str, "/bin/python</bin/"));
  g_assert_cmpint (lstat (python, &st), ==, 0);
  g_assert_true (S_ISLNK (st.st_mode));
  g_assert_cmpint (lstat (python3, &st), ==, 0);
  g_assert_true (!S_ISLNK (st.st_mode) || strstr (fixture->log->str, "/python3<") == NULL);
}

static gboolean
set_bin (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Fixture *fixture = self;

  venvb_context_set (ctx, VENVB_ATTR_BIN_NAME, fixture->log->str);
  return venvb_next (next, ctx, error);
}

static void
test_bin_name (Fixture *fixture, gconstpointer data)
{
  static const char *const wrong[] = {
    "", ".", "..", "a/b", "lib", "lib64", ".venvb-x", "include"
  };
  g_autofree char *python = g_build_filename (fixture->env_dir, "Scripts", "python", NULL);
  const char *const argv[] = { python, "-c", "import sys; print(sys.prefix, end='')", NULL };
  g_autofree char *prefix = NULL;

  hook (fixture, VENVB_STAGE_ENSURE_DIRECTORIES, set_bin);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_string_assign (fixture->log, wrong[i]);
      must_fail (fixture, "plugin 'ensure_directories' has set bin_name");
    }
  g_string_assign (fixture->log, "Scripts");
  must_create (fixture);
  prefix = output_of (argv);
  g_assert_cmpstr (prefix, ==, fixture->env_dir);
  g_assert_true (is_there (fixture, "Scripts/activate"));
  g_assert_false (is_there (fixture, "bin"));
}

int
main (int argc, char **argv)
{
  static const Test tests[] = {
    { "/extend/events", test_events, NULL },
    { "/extend/stop", test_stop, NULL },
    { "/extend/template-dir", test_template_dir, NULL },
    { "/extend/create/retry", test_retry, NULL },
    { "/extend/create/retry-later", test_retry_later, NULL },
    { "/extend/create/fail-after", test_fail_after, NULL },
    { "/extend/create/misuse", test_misuse, NULL },
    { "/extend/create/twice", test_twice, NULL },
    { "/extend/create/replace", test_replace, NULL },
    { "/extend/create/nothing", test_nothing, NULL },
    { "/extend/clear/some", test_clear_some, NULL },
    { "/extend/clear/around", test_clear_around, NULL },
    { "/extend/clear/late", test_clear_late, NULL },
    { "/extend/clear/some-undone", test_clear_undone, clear_some },
    { "/extend/clear/around-undone", test_clear_undone, clear_around },
    { "/extend/clear/late-undone", test_clear_undone, clear_late },
    { "/extend/data", test_data, NULL },
    { "/extend/links", test_links, NULL },
    { "/extend/bin-name", test_bin_name, NULL },
  };

  return run_tests (argc, argv, tests, G_N_ELEMENTS (tests));
}
