/* SPDX-License-Identifier: BSD-2-Clause */

/* A directory, a builder with hooks, and what is there after its run. */

#include "tests/unit/extend.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
char *
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

char *
read_file (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->env_dir, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

gboolean
is_there (const Fixture *fixture, const char *name)
{
  g_autofree char *path = g_build_filename (fixture->env_dir, name, NULL);
  struct stat st;

  return lstat (path, &st) == 0;
}

void
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
char *
look (const Fixture *fixture)
{
  const char *const argv[] = {
    "sh", "-c", "cd \"$0\" && find . -mindepth 1 -printf '%p %i %m %s %T@ %l\\n' | LC_ALL=C sort",
    fixture->dir, NULL
  };

  return output_of (argv);
}

void
hook (Fixture *fixture, VenvbStage stage, VenvbStageFunc func)
{
  venvb_builder_add_hook (fixture->builder, stage, venvb_stage_name (stage), func, fixture, NULL);
}

void
must_create (Fixture *fixture)
{
  venvb_builder_create (fixture->builder, fixture->env_dir, &fixture->error);
  g_assert_no_error (fixture->error);
}

void
must_fail (Fixture *fixture, const char *message)
{
  g_assert_false (venvb_builder_create (fixture->builder, fixture->env_dir, &fixture->error));
  g_assert_nonnull (fixture->error);
  if (strstr (fixture->error->message, message) == NULL)
    g_error ("'%s' is not in: %s", message, fixture->error->message);
  g_clear_error (&fixture->error);
}

/* From now on a run is to leave all as it is. */
void
remember (Fixture *fixture)
{
  g_free (fixture->before);
  fixture->before = look (fixture);
}

void
assert_as_before (const Fixture *fixture)
{
  g_autofree char *now = look (fixture);

  g_assert_cmpstr (now, ==, fixture->before);
}

gboolean
fail (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_set_error_literal (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "no luck");
  return FALSE;
}

/* What was there before, files, directories and a link, and is to be cleared. */
void
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

int
run_tests (int argc, char **argv, const Test *tests, gsize n_tests)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  for (gsize i = 0; i < n_tests; i++)
    g_test_add (tests[i].name, Fixture, tests[i].data, setup, tests[i].func, teardown);
  return g_test_run ();
}
