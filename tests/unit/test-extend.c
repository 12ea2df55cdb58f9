/* SPDX-License-Identifier: BSD-2-Clause */

/* What a subclass of venv.EnvBuilder overrides, and what plugins leave for each other,
 * as hooks of an embedding program. */

#include "venvb.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  char *dir, *env_dir;
  VenvbBuilder *builder;
  GString *log;
  char *before; /* all there was in dir, where a run is to leave that */
  GError *error;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->dir = g_dir_make_tmp ("venvb-extend-XXXXXX", NULL);
  fixture->env_dir = g_build_filename (fixture->dir, "env", NULL);
  fixture->builder = venvb_builder_new ();
  fixture->log = g_string_new (NULL);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_WITH_PIP, FALSE);
}

/* What a program prints. */
static char *
output_of (const char *const *argv)
{
  char *text = NULL;

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &text,
                               NULL, NULL, NULL));
  return text;
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  const char *const argv[] = { "rm", "-rf", fixture->dir, NULL };

  venvb_builder_free (fixture->builder);
  g_free (output_of (argv));
  g_string_free (fixture->log, TRUE);
  g_clear_error (&fixture->error);
  g_free (fixture->before);
  g_free (fixture->env_dir);
  g_free (fixture->dir);
}

static char *
read_file (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->env_dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static gboolean
is_there (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->env_dir, name, NULL);
  struct stat st;

  return lstat (path, &st) == 0;
}

static void
put (const Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (fixture->env_dir, name, NULL);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* All names in the directory, with inode, mode, size and time, and where links lead. */
static char *
look (const Fixture *fixture)
{
  const char *const argv[] = {
    "sh", "-c", "cd \"$0\" && find . -mindepth 1 -printf '%p %i %m %s %T@ %l\\n' | LC_ALL=C sort",
    fixture->dir, NULL
  };

  return output_of (argv);
}

static void
hook (Fixture *fixture, VenvbStage stage, VenvbStageFunc func)
{
  venvb_builder_add_hook (fixture->builder, stage, venvb_stage_name (stage), func, fixture, NULL);
}

static void
must_create (Fixture *fixture)
{
  venvb_builder_create (fixture->builder, fixture->env_dir, &fixture->error);
  g_assert_no_error (fixture->error);
}

static void
must_fail (Fixture *fixture, const char *message)
{
  g_assert_false (venvb_builder_create (fixture->builder, fixture->env_dir, &fixture->error));
  g_assert_nonnull (fixture->error);
  if (strstr (fixture->error->message, message) == NULL)
    g_error ("'%s' is not in: %s", message, fixture->error->message);
  g_clear_error (&fixture->error);
}

/* From now on a run is to leave all as it is. */
static void
remember (Fixture *fixture)
{
  g_free (fixture->before);
  fixture->before = look (fixture);
}

static void
assert_as_before (const Fixture *fixture)
{
  g_autofree char *now = look (fixture);

  g_assert_cmpstr (now, ==, fixture->before);
}

static gboolean
fail (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "no luck");
  return FALSE;
}

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
fill (Fixture *fixture)
{
  g_autofree char *link = g_build_filename (fixture->env_dir, "link", NULL);

  must_create (fixture);
  put (fixture, "kept/file", "kept");
  put (fixture, "other/deep/file", "other");
  put (fixture, "top", "top");
  g_assert_cmpint (symlink ("nowhere", link), ==, 0);
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, TRUE);
  remember (fixture);
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
  static const char *const wrong[][2] = { { "", "x" },     { "a b", "x" },  { "a=b", "x" },
                                          { "a", "x\ny" }, { "a", "\xff" }, { "#a", "x" } };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_assert_false (venvb_context_set_cfg (ctx, wrong[i][0], wrong[i][1], error));
      g_assert_error (*error, VENVB_ERROR, VENVB_ERROR_OPTION);
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
      g_assert_error (*error, VENVB_ERROR, VENVB_ERROR_OPTION);
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
      must_fail (fixture, "a plugin has set bin_name");
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
  static const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer data);
    gconstpointer data;
  } tests[] = {
    { "/extend/events", test_events, NULL },
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
    { "/extend/files/changed", test_files, NULL },
    { "/extend/files/undone", test_files_undone, NULL },
    { "/extend/files/run-between", test_run_between, NULL },
    { "/extend/files/outside", test_outside, NULL },
    { "/extend/cfg/set", test_cfg, NULL },
    { "/extend/cfg/again", test_cfg_again, NULL },
    { "/extend/scripts/placeholders", test_placeholders, NULL },
    { "/extend/scripts/filter", test_filter, NULL },
    { "/extend/data", test_data, NULL },
    { "/extend/links", test_links, NULL },
    { "/extend/bin-name", test_bin_name, NULL },
  };

  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, tests[i].data, setup, tests[i].func, teardown);
  return g_test_run ();
}
