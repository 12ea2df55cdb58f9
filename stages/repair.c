/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Mending an environment: a run with the settings that it was made with, in which what is
 * broken is removed before it is installed again.  What would be lost by that stays.
 */

#include "stages/check.h"

#include "undo/undo.h"

#include <fcntl.h>
#include <string.h>

/* What is to be done. */
typedef struct
{
  gboolean is_run;   /* anything */
  gboolean is_whole; /* scripts, and what comes after them, too */
  gboolean is_moved;
  gboolean is_named; /* the user has said which Python */
  GPtrArray *infos;  /* char *, the .dist-info of what is to be installed again */
  GPtrArray *specs;  /* char *, of each: what pip is to install, "demo==1.0"; or "" */
  GHashTable *cfg;
} Repair;

static void
repair_free (gpointer data)
{
  Repair *repair = data;

  g_ptr_array_unref (repair->infos);
  g_ptr_array_unref (repair->specs);
  g_clear_pointer (&repair->cfg, g_hash_table_unref);
  g_free (repair);
}

static gboolean
exists (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

/* --- What there is to do ------------------------------------------------ */

/* Tells whether an environment has a pip, or what is left of one. */
static gboolean
has_pip (const char *env_dir, const Repair *repair)
{
  g_autofree char *name = envdir_bin (AT_FDCWD, env_dir);
  g_autofree char *bin = g_build_filename (env_dir, name, NULL);

  for (guint i = 0; i < repair->infos->len; i++)
    if (mend_is_pip (g_ptr_array_index (repair->infos, i)))
      return TRUE;
  return exists (bin, "pip") || exists (bin, "pip3");
}

/* Tells whether it is what pip has left of a package that it was about to remove. */
static gboolean
is_rest (const char *dist_info)
{
  g_autofree char *name = g_path_get_basename (dist_info);

  return name[0] == '~';
}

/* Tells whether a run with what is known of the base can mend it. */
static gboolean
has_base (const Repair *repair, const VenvbProblem *problem)
{
  return repair->is_named || g_str_has_prefix (problem->mend, mend_repair);
}

/* Adds a package that is not as it was installed.  What nobody could install again stays
 * as it is. */
static void
add_package (Repair *repair, const VenvbProblem *problem, gboolean has_pip_now)
{
  g_autofree char *spec = mend_spec (problem->item);
  gboolean is_native = problem->by_lock || problem->is_rest || mend_is_pip (problem->item)
                       || is_rest (problem->item);

  if (!is_native && (spec == NULL || !has_pip_now))
    return;
  repair->is_run = TRUE;
  repair->is_whole = repair->is_whole || problem->by_lock;
  if (g_ptr_array_find_with_equal_func (repair->infos, problem->item, g_str_equal, NULL))
    return;
  g_ptr_array_add (repair->infos, g_strdup (problem->item));
  g_ptr_array_add (repair->specs, is_native ? g_strdup ("") : g_steal_pointer (&spec));
}

/* Notes what has to be done for one problem.  FALSE where nothing may be, since packages
 * would be lost. */
static gboolean
plan (Repair *repair, const VenvbProblem *problem, gboolean has_pip_now)
{
  if (problem->is_by_hand)
    return FALSE;
  switch (problem->cause)
    {
    case CAUSE_SERIES:
      return FALSE;
    case CAUSE_NAMED:
      repair->is_run = repair->is_run || has_base (repair, problem);
      return TRUE;
    case CAUSE_BASE:
      return TRUE;
    case CAUSE_FIT:
    case CAUSE_PACKAGE:
      add_package (repair, problem, has_pip_now);
      return TRUE;
    case CAUSE_MOVED:
    case CAUSE_SCRIPT:
      repair->is_moved = TRUE;
      /* fall through */
    case CAUSE_ACTIVATION:
    case CAUSE_LOCK:
      repair->is_whole = TRUE;
      /* fall through */
    default:
      repair->is_run = TRUE;
      return TRUE;
    }
}

static Repair *
repair_new (const VenvbBuilder *builder, const char *env_dir, const GPtrArray *problems,
            GError **error)
{
  Repair *repair = g_new0 (Repair, 1);

  repair->infos = g_ptr_array_new_with_free_func (g_free);
  repair->specs = g_ptr_array_new_with_free_func (g_free);
  repair->cfg = cfg_read (env_dir, error);
  repair->is_named = builder_python (builder) != NULL;
  gboolean is_with_pip = has_pip (env_dir, repair);
  for (guint i = 0; i < problems->len; i++)
    {
      const VenvbProblem *problem = g_ptr_array_index (problems, i);

      if (problem->is_remark || plan (repair, problem, is_with_pip))
        continue;
      repair->is_run = FALSE;
      break;
    }
  if (repair->cfg != NULL)
    return repair;
  repair_free (repair);
  return NULL;
}

/* --- With which settings ------------------------------------------------ */

/* Tells whether its interpreter is a copy. */
static gboolean
is_copied (const char *env_dir)
{
  g_autofree char *name = envdir_bin (AT_FDCWD, env_dir);
  g_autofree char *bin = g_build_filename (env_dir, name, NULL);
  g_autoptr (GPtrArray) names = names_in (bin, "");
  gboolean found = FALSE;

  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (bin, g_ptr_array_index (names, i), NULL);

      if (!shebang_is_name (g_ptr_array_index (names, i)))
        continue;
      found = found || !g_file_test (path, G_FILE_TEST_IS_SYMLINK);
    }
  return found;
}

/* The prompt as it was given: free with g_free(); NULL for none.  It stands there as
 * Python's repr(). */
static char *
prompt_of (GHashTable *cfg)
{
  const char *text = g_hash_table_lookup (cfg, "prompt");
  gsize length = text == NULL ? 0 : strlen (text);
  g_autofree char *inner = NULL;

  if (length < 2 || strchr ("'\"", text[0]) == NULL || text[length - 1] != text[0])
    return g_strdup (text);
  inner = g_strndup (text + 1, length - 2);
  return strstr (inner, "\\x") == NULL && strstr (inner, "\\u") == NULL ? g_strcompress (inner)
                                                                        : g_strdup (inner);
}

static gboolean
cfg_says (const Repair *repair, const char *key)
{
  const char *value = g_hash_table_lookup (repair->cfg, key);

  return value != NULL && g_ascii_strcasecmp (value, "true") == 0;
}

/* The command that would have made it, as it is recorded. */
static void
set_command (VenvbBuilder *builder, const char *prompt)
{
  const struct
  {
    gboolean is_said;
    const char *word;
  } words[] = {
    { venvb_builder_get_flag (builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES), "--system-site-packages" },
    { !venvb_builder_get_flag (builder, VENVB_FLAG_SYMLINKS), "--copies" },
    { !venvb_builder_get_flag (builder, VENVB_FLAG_WITH_PIP), "--without-pip" },
  };
  g_autofree char *named = prompt == NULL ? NULL : g_strconcat ("--prompt=", prompt, NULL);
  const char *argv[G_N_ELEMENTS (words) + 3] = { "venvb" };
  guint n = 1;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (words[i].is_said)
      argv[n++] = words[i].word;
  argv[n] = named;
  venvb_builder_set_command (builder, argv);
}

/* Has the environment stay what it is. */
static gboolean
configure (const Repair *repair, VenvbBuilder *builder, const char *env_dir, GError **error)
{
  gboolean is_relocatable = cfg_says (repair, "relocatable") || repair->is_moved;
  g_autofree char *prompt = prompt_of (repair->cfg);
  g_autofree char *request = NULL;

  venvb_builder_set_flag (builder, VENVB_FLAG_CLEAR, FALSE);
  venvb_builder_set_flag (builder, VENVB_FLAG_UPGRADE, !repair->is_whole);
  venvb_builder_set_flag (builder, VENVB_FLAG_UPGRADE_DEPS, FALSE);
  venvb_builder_set_flag (builder, VENVB_FLAG_RELOCATABLE, is_relocatable);
  venvb_builder_set_flag (builder, VENVB_FLAG_SYMLINKS, !is_copied (env_dir));
  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, has_pip (env_dir, repair));
  venvb_builder_set_flag (builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES,
                          cfg_says (repair, "include-system-site-packages"));
  if (!exists (env_dir, ".gitignore"))
    venvb_builder_set_flag (builder, VENVB_FLAG_SCM_IGNORE_FILES, FALSE);
  if (is_relocatable)
    venvb_builder_enable_plugin (builder, "relocatable", FALSE);
  if (prompt != NULL)
    venvb_builder_set_prompt (builder, prompt);
  set_command (builder, prompt);
  if (builder_python (builder) != NULL)
    return TRUE;
  if (!home_request (env_dir, &request, error))
    return FALSE;
  venvb_builder_set_python (builder, request);
  return TRUE;
}

/* --- The run ------------------------------------------------------------ */

/* Keys of pyvenv.cfg that a run writes itself, or that tell of another time. */
static const char *const known_keys[] = {
  "home",
  "include-system-site-packages",
  "version",
  "version_info",
  "prompt",
  "executable",
  "command",
  "relocatable",
  "base-prefix",
  "base-exec-prefix",
  "base-executable",
  NULL,
};

/* Keeps what others have put into pyvenv.cfg. */
static gboolean
keep_keys (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Repair *repair = self;
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (repair->cfg), (GCompareFunc) strcmp);

  for (const GList *at = keys; at != NULL; at = at->next)
    if (!g_strv_contains (known_keys, at->data))
      venvb_context_set_cfg (ctx, at->data, g_hash_table_lookup (repair->cfg, at->data), NULL);
  return venvb_next (next, ctx, error);
}

/* Keeps scripts where they are, unless a plugin wants them elsewhere. */
static gboolean
keep_bin (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *name = envdir_bin (AT_FDCWD, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));

  if (!g_str_equal (name, "bin") && venvb_context_get (ctx, VENVB_ATTR_BIN_NAME) == NULL)
    venvb_context_set (ctx, VENVB_ATTR_BIN_NAME, name);
  return venvb_next (next, ctx, error);
}

/* Removes what a RECORD lists, if it can be read, and the .dist-info: what is left of half
 * a package is written over. */
static gboolean
remove_one (VenvbContext *ctx, const char *dist_info, GError **error)
{
  g_autofree char *name = g_path_get_basename (dist_info);
  const char *const names[] = { name, NULL };
  g_autoptr (GError) cause = NULL;

  if (!is_rest (dist_info) && !venvb_context_remove_distributions (ctx, names, &cause))
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "repair: %s", cause->message);
  return venvb_context_remove (ctx, dist_info, error);
}

/* When there is an interpreter, and before anything is installed. */
static gboolean
remove_broken (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Repair *repair = self;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  for (guint i = 0; i < repair->infos->len; i++)
    if (!remove_one (ctx, g_ptr_array_index (repair->infos, i), error))
      return FALSE;
  return TRUE;
}

/* Tells whether a package is there again, of whichever version: it comes with pip. */
static gboolean
is_there (const char *dist_info)
{
  g_autofree char *lib = g_path_get_dirname (dist_info);
  g_autofree char *was = g_path_get_basename (dist_info);
  g_autoptr (GPtrArray) names = names_in (lib, ".dist-info");
  gsize length = strcspn (was, "-");

  for (guint i = 0; i < names->len; i++)
    if (g_ascii_strncasecmp (g_ptr_array_index (names, i), was, length + 1) == 0)
      return TRUE;
  return FALSE;
}

/* Has pip install what is missing now. */
static gboolean
install_again (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Repair *repair = self;
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  guint n;

  g_ptr_array_add (args, "install");
  g_ptr_array_add (args, "--no-deps");
  g_ptr_array_add (args, "--ignore-installed");
  g_ptr_array_add (args, "--progress-bar=off");
  n = args->len;
  for (guint i = 0; i < repair->specs->len; i++)
    if (((const char *) g_ptr_array_index (repair->specs, i))[0] != '\0'
        && !is_there (g_ptr_array_index (repair->infos, i)))
      g_ptr_array_add (args, g_ptr_array_index (repair->specs, i));
  gboolean is_all = args->len == n;
  g_ptr_array_add (args, NULL);
  if (is_all || venvb_context_run_pip (ctx, (const char *const *) args->pdata, NULL, error))
    return venvb_next (next, ctx, error);
  g_prefix_error (error, "cannot install packages again: ");
  return FALSE;
}

gboolean
venvb_builder_repair (VenvbBuilder *builder, const char *env_dir, const GPtrArray *problems,
                      GError **error)
{
  g_autofree char *meant = redirect_follow (builder, env_dir, error);
  g_autofree char *path = meant == NULL ? NULL : envdir_absolute (meant, error);
  Repair *repair = path == NULL ? NULL : repair_new (builder, path, problems, error);
  gboolean is_run = repair != NULL && repair->is_run;

  if (repair == NULL)
    return FALSE;
  if (is_run && !configure (repair, builder, path, error))
    {
      repair_free (repair);
      return FALSE;
    }
  /* The first of them frees it, with the builder. */
  venvb_builder_add_hook (builder, VENVB_STAGE_ENSURE_DIRECTORIES, "repair", keep_bin, repair,
                          NULL);
  venvb_builder_add_hook (builder, VENVB_STAGE_CREATE_CONFIGURATION, "repair", keep_keys, repair,
                          repair_free);
  venvb_builder_add_hook (builder, VENVB_STAGE_SETUP_PYTHON, "repair", remove_broken, repair, NULL);
  venvb_builder_add_hook (builder, VENVB_STAGE_FINISH, "repair", install_again, repair, NULL);
  return !is_run || venvb_builder_create (builder, path, error);
}
