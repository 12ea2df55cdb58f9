/* SPDX-License-Identifier: BSD-2-Clause */

/* What a plugin that overrides much can get wrong, as hooks of an embedding program: it is
 * told, in its name, and nothing of it is left. */

#include "tests/unit/extend.h"

#include <string.h>
#include <unistd.h>

/* --- Before there is a directory ---------------------------------------------------- */

static gboolean
change_early (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Fixture *fixture = self;
  const char *const paths[] = { "top", "new", fixture->dir, "../outside" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_assert_false (venvb_context_write_file (ctx, paths[i], "changed", -1, 0666, NULL));
      g_assert_false (venvb_context_save_file (ctx, paths[i], NULL));
      g_assert_false (venvb_context_mkdir (ctx, paths[i], NULL));
      g_assert_false (venvb_context_remove (ctx, paths[i], NULL));
      g_assert_false (venvb_context_copy_file (ctx, "/etc/passwd", paths[i], 0, NULL));
      g_assert_false (venvb_context_symlink (ctx, "a", paths[i], NULL));
    }
  return venvb_context_write_file (ctx, "top", "changed", -1, 0666, error);
}

static void
test_early (Fixture *fixture, gconstpointer stage)
{
  fill (fixture);
  hook (fixture, GPOINTER_TO_INT (stage), change_early);
  must_fail (fixture, "cannot write 'top': the environment has no directory yet");
  assert_as_before (fixture);
}

static gboolean
change_after (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GError) first = NULL;

  g_assert_false (venvb_next (next, ctx, &first));
  return change_early (next, ctx, self, error);
}

/* What has failed is taken back: from then on there is none again. */
static void
test_after (Fixture *fixture, gconstpointer data)
{
  fill (fixture);
  hook (fixture, VENVB_STAGE_POST_SETUP, fail);
  hook (fixture, VENVB_STAGE_CREATE, change_after);
  must_fail (fixture, "the environment has no directory yet");
  assert_as_before (fixture);
}

/* --- Elsewhere ---------------------------------------------------------------------- */

static gboolean
write_elsewhere (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *file = g_build_filename (((Fixture *) self)->dir, "second", NULL);

  return venvb_context_write_file (ctx, "../first", "new", -1, 0666, error)
         && venvb_context_write_file (ctx, file, "new", -1, 0666, error)
         && venvb_context_write_file (ctx, "lib/../../third", "new", -1, 0666, error)
         && venvb_next (next, ctx, error);
}

static void
assert_holds (const Fixture *fixture, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (fixture->dir, name + strlen ("../"), NULL);
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

/* It is written, however it is named, and taken back, as in the environment. */
static void
test_elsewhere (Fixture *fixture, gconstpointer is_new)
{
  static const char *const names[] = { "../first", "../second", "../third" };

  if (is_new == NULL)
    must_create (fixture);
  put (fixture, "../first", "old");
  put (fixture, "../third", "old");
  hook (fixture, VENVB_STAGE_POST_SETUP, write_elsewhere);
  hook (fixture, VENVB_STAGE_FINISH, fail);
  must_fail (fixture, "no luck");
  assert_holds (fixture, "../first", "old");
  assert_holds (fixture, "../third", "old");
  g_assert_false (is_there (fixture, "../second"));
  venvb_builder_free (fixture->builder);
  fixture->builder = venvb_builder_new ();
  venvb_builder_set_flag (fixture->builder, VENVB_FLAG_WITH_PIP, FALSE);
  hook (fixture, VENVB_STAGE_POST_SETUP, write_elsewhere);
  must_create (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    assert_holds (fixture, names[i], "new");
}

/* --- Attributes --------------------------------------------------------------------- */

typedef struct
{
  VenvbStage stage;
  VenvbAttr attr;
  const char *value; /* "DIR" is the fixture's directory */
  const char *message;
} Wrong;

static const Wrong *wrong;

static gboolean
set_wrong (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *dir = g_build_filename (((Fixture *) self)->dir, "elsewhere", NULL);
  gboolean is_dir = g_strcmp0 (wrong->value, "DIR") == 0;

  venvb_context_set (ctx, wrong->attr, is_dir ? dir : wrong->value);
  return venvb_next (next, ctx, error);
}

/* The same when the rest of the chain is done. */
static gboolean
set_wrong_after (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *dir = g_build_filename (((Fixture *) self)->dir, "elsewhere", NULL);
  gboolean is_dir = g_strcmp0 (wrong->value, "DIR") == 0;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  venvb_context_set (ctx, wrong->attr, is_dir ? dir : wrong->value);
  return TRUE;
}

static const Wrong wrongs[] = {
  { VENVB_STAGE_CREATE, VENVB_ATTR_ENV_DIR, "DIR", "cannot set 'env_dir'" },
  { VENVB_STAGE_FIND_PYTHON, VENVB_ATTR_ENV_DIR, "DIR", "cannot set 'env_dir'" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_ENV_DIR, NULL, "cannot take 'env_dir' away" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_PROMPT, NULL, "cannot take 'prompt' away" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_VERSION, NULL, "cannot take 'version' away" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_EXECUTABLE, "python3", "cannot set 'executable' to" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_LIB_PATH, NULL, "cannot take 'lib_path' away" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_BIN_NAME, NULL, "cannot take 'bin_name' away" },
  { VENVB_STAGE_SETUP_SCRIPTS, VENVB_ATTR_BIN_PATH, "DIR", "does not lie in the environment" },
  { VENVB_STAGE_SETUP_SCRIPTS, VENVB_ATTR_BIN_PATH, "bin", "'bin_path' to 'bin': it is no abs" },
  { VENVB_STAGE_SETUP_SCRIPTS, VENVB_ATTR_BIN_PATH, "", "'bin_path' to ''" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_ENV_EXE, "DIR", "cannot set 'env_exe'" },
  { VENVB_STAGE_POST_SETUP, VENVB_ATTR_PLATLIB_PATH, "DIR", "cannot set 'platlib_path'" },
  { VENVB_STAGE_SETUP_PYTHON, VENVB_ATTR_CFG_PATH, "/etc/passwd", "cannot set 'cfg_path'" },
  { VENVB_STAGE_SYMLINK_OR_COPY, VENVB_ATTR_LINK_TARGET, "DIR", "cannot set 'link_target'" },
  { VENVB_STAGE_SYMLINK_OR_COPY, VENVB_ATTR_LINK_SOURCE, NULL, "cannot take 'link_source' away" },
  { VENVB_STAGE_INSTALL_SCRIPT, VENVB_ATTR_SCRIPT_TARGET, "DIR", "cannot set 'script_target'" },
};

static void
test_attributes (Fixture *fixture, gconstpointer func)
{
  put (fixture, "../elsewhere/mine", "mine");
  fill (fixture);
  for (wrong = wrongs; wrong < wrongs + G_N_ELEMENTS (wrongs); wrong++)
    {
      g_autofree char *who =
          g_strdup_printf ("plugin '%s', stage %s: cannot ", venvb_stage_name (wrong->stage),
                           venvb_stage_name (wrong->stage));

      venvb_builder_free (fixture->builder);
      fixture->builder = venvb_builder_new ();
      venvb_builder_set_flag (fixture->builder, VENVB_FLAG_WITH_PIP, FALSE);
      venvb_builder_set_flag (fixture->builder, VENVB_FLAG_CLEAR, TRUE);
      hook (fixture, wrong->stage, func);
      must_fail (fixture, wrong->message);
      must_fail (fixture, who);
      assert_as_before (fixture);
    }
}

static gboolean
make_nothing (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return TRUE;
}

/* A stage that is replaced has to leave what it is to leave. */
static void
test_missing (Fixture *fixture, gconstpointer stage)
{
  hook (fixture, GPOINTER_TO_INT (stage), make_nothing);
  must_fail (fixture, "it was to ");
  g_assert_false (is_there (fixture, "."));
}

/* --- A second try ------------------------------------------------------------------- */

static guint freed;

static void
note_freed (gpointer data)
{
  freed++;
}

/* Says all there is to say, and fails. */
static gboolean
say_much (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  if (venvb_context_get (ctx, VENVB_ATTR_PYTHON) == NULL)
    return venvb_next (next, ctx, error);
  venvb_context_set (ctx, VENVB_ATTR_PROMPT, "stray");
  venvb_context_set_flag (ctx, VENVB_FLAG_SYMLINKS, FALSE);
  venvb_context_set_flag (ctx, VENVB_FLAG_RELOCATABLE, TRUE);
  venvb_context_set_data (ctx, "stray", self, note_freed);
  g_assert_true (venvb_context_set_variable (ctx, "STRAY", "stray", error));
  g_assert_true (venvb_context_set_placeholder (ctx, "__VENV_STRAY__", "stray", error));
  return fail (next, ctx, self, error);
}

static gboolean
say_again (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autoptr (GError) first = NULL;

  venvb_context_set (ctx, VENVB_ATTR_PROMPT, "mine");
  venvb_context_set_flag (ctx, VENVB_FLAG_UPGRADE, TRUE);
  venvb_context_set_data (ctx, "early", self, note_freed);
  g_assert_true (venvb_context_set_variable (ctx, "EARLY", "early", error));
  g_assert_false (venvb_next (next, ctx, &first));
  for (guint i = VENVB_ATTR_EXECUTABLE; venvb_attr_name (i) != NULL; i++)
    g_assert_null (venvb_context_get (ctx, i));
  g_assert_cmpstr (venvb_context_get (ctx, VENVB_ATTR_PROMPT), ==, "mine");
  g_assert_true (venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS));
  g_assert_false (venvb_context_get_flag (ctx, VENVB_FLAG_RELOCATABLE));
  g_assert_null (venvb_context_get_data (ctx, "stray"));
  g_assert_nonnull (venvb_context_get_data (ctx, "early"));
  g_assert_cmpuint (freed, ==, 1);
  venvb_context_set_flag (ctx, VENVB_FLAG_UPGRADE, FALSE);
  venvb_context_set (ctx, VENVB_ATTR_PYTHON, NULL);
  return venvb_next (next, ctx, error);
}

static void
test_again (Fixture *fixture, gconstpointer stage)
{
  g_autofree char *script = NULL;
  g_autofree char *cfg = NULL;

  freed = 0;
  venvb_builder_set_python (fixture->builder, "python3");
  hook (fixture, GPOINTER_TO_INT (stage), say_much);
  hook (fixture, VENVB_STAGE_CREATE, say_again);
  must_create (fixture);
  g_assert_cmpuint (freed, ==, 2);
  script = read_file (fixture, "bin/activate");
  cfg = read_file (fixture, "pyvenv.cfg");
  g_assert_nonnull (strstr (script, "EARLY"));
  g_assert_null (strstr (script, "STRAY"));
  g_assert_nonnull (strstr (cfg, "prompt = 'mine'\n"));
  g_assert_null (strstr (cfg, "relocatable"));
}

/* --- Arguments ---------------------------------------------------------------------- */

static gboolean
say_nothing (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_assert_false (venvb_context_write_file (ctx, NULL, "x", -1, 0666, error));
  g_assert_error (*error, VENVB_ERROR, VENVB_ERROR_PLUGIN);
  g_assert_nonnull (strstr ((*error)->message, "venvb_context_write_file() was called with NULL"));
  g_assert_false (venvb_context_write_file (ctx, "x", NULL, -1, 0666, NULL));
  g_assert_false (venvb_context_save_file (ctx, NULL, NULL));
  g_assert_false (venvb_context_mkdir (ctx, NULL, NULL));
  g_assert_false (venvb_context_remove (ctx, NULL, NULL));
  g_assert_false (venvb_context_copy_file (ctx, NULL, "x", 0, NULL));
  g_assert_false (venvb_context_copy_file (ctx, "x", NULL, 0, NULL));
  g_assert_false (venvb_context_symlink (ctx, NULL, "x", NULL));
  g_assert_false (venvb_context_symlink (ctx, "x", NULL, NULL));
  g_assert_false (venvb_context_set_cfg (ctx, NULL, "x", NULL));
  g_assert_false (venvb_context_set_variable (ctx, NULL, "x", NULL));
  g_assert_false (venvb_check_variable (NULL, "x", NULL));
  g_assert_false (venvb_context_set_placeholder (ctx, NULL, "x", NULL));
  g_assert_false (venvb_context_install_scripts (ctx, NULL, NULL));
  g_assert_false (venvb_context_install_wheel (ctx, NULL, FALSE, NULL));
  g_assert_false (venvb_context_check_wheel (ctx, NULL, NULL));
  g_assert_false (venvb_context_run (ctx, NULL, NULL));
  g_assert_false (venvb_context_run_python (ctx, NULL, NULL));
  g_assert_false (venvb_context_run_pip (ctx, NULL, NULL, NULL));
  g_assert_false (venvb_context_check_trusted (ctx, NULL, NULL));
  g_assert_false (venvb_check_trusted (NULL, NULL));
  g_assert_false (venvb_check_root (NULL, NULL));
  g_assert_null (venvb_context_find_data (ctx, NULL, "x", NULL));
  g_assert_null (venvb_context_find_data (ctx, "x", NULL, NULL));
  g_assert_null (venvb_context_get_fact (ctx, NULL));
  g_assert_null (venvb_context_get_data (ctx, NULL));
  g_assert_null (venvb_getenv (NULL));
  venvb_context_set_data (ctx, NULL, self, NULL);
  venvb_context_set_script (ctx, NULL, -1);
  return FALSE;
}

static void
test_nothing (Fixture *fixture, gconstpointer stage)
{
  hook (fixture, GPOINTER_TO_INT (stage), say_nothing);
  must_fail (fixture, "venvb_context_write_file() was called with NULL for its argument 'path'");
}

int
main (int argc, char **argv)
{
#define AT(stage) GINT_TO_POINTER (VENVB_STAGE_##stage)
  static const Test tests[] = {
    { "/wrong/early/create", test_early, AT (CREATE) },
    { "/wrong/early/find_python", test_early, AT (FIND_PYTHON) },
    { "/wrong/early/after", test_after, NULL },
    { "/wrong/elsewhere/new", test_elsewhere, "new" },
    { "/wrong/elsewhere/old", test_elsewhere, NULL },
    { "/wrong/attributes/before", test_attributes, set_wrong },
    { "/wrong/attributes/after", test_attributes, set_wrong_after },
    { "/wrong/missing/ensure_directories", test_missing, AT (ENSURE_DIRECTORIES) },
    { "/wrong/missing/create_configuration", test_missing, AT (CREATE_CONFIGURATION) },
    { "/wrong/missing/symlink_or_copy", test_missing, AT (SYMLINK_OR_COPY) },
    { "/wrong/again/ensure_directories", test_again, AT (ENSURE_DIRECTORIES) },
    { "/wrong/again/finish", test_again, AT (FINISH) },
    { "/wrong/arguments/script", test_nothing, AT (INSTALL_SCRIPT) },
    { "/wrong/arguments/finish", test_nothing, AT (FINISH) },
  };

  return run_tests (argc, argv, tests, G_N_ELEMENTS (tests));
}
