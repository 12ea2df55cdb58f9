/* SPDX-License-Identifier: BSD-2-Clause */

/* What venvb does by itself: an ordinary plugin, at the end of every chain. */

#include "stages/stages.h"

#include "base/secret.h"

/* Says who asked for a Python that can't be had, if anybody is known. */
static GHashTable *
facts_for (VenvbContext *ctx, const char *request, GError **error)
{
  VenvbBuilder *builder = context_builder (ctx);
  GHashTable *facts = python_facts (pythons_of (builder), request, error);
  const char *plugin = context_setter (ctx, VENVB_ATTR_PYTHON);
  const char *origin = plugin != NULL ? NULL : builder_python_origin (builder, request);

  if (facts == NULL && origin != NULL)
    g_prefix_error (error, "%s: ", origin);
  if (facts == NULL && plugin != NULL && request != NULL)
    g_prefix_error (error, "plugin '%s' has set python: ", plugin);
  return facts;
}

/* An environment that is upgraded keeps its base unless another is asked for. */
static gboolean
request_for (VenvbContext *ctx, char **request, GError **error)
{
  *request = g_strdup (venvb_context_get (ctx, VENVB_ATTR_PYTHON));
  return *request != NULL || !venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE)
         || home_request (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), request, error);
}

/* Warns of packages that are lost from sight, where there is an environment of
 * another series: as venv does, it becomes one of this, but they stay. */
static void
warn_of_series (VenvbContext *ctx)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  const char *is = venvb_context_get (ctx, VENVB_ATTR_VERSION);
  gboolean is_new = venvb_context_is_new (ctx);
  g_autoptr (GHashTable) cfg = is_new ? NULL : cfg_read (env_dir, NULL);
  const char *was = cfg == NULL ? NULL : g_hash_table_lookup (cfg, "version");
  g_autofree char *dir = g_shell_quote (env_dir);

  if (was == NULL && cfg != NULL)
    was = g_hash_table_lookup (cfg, "version_info");
  if (was != NULL && !cfg_same_series (was, is))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "'%s' was made for Python %s: its packages stay where %s does not look; "
                           "to make it anew: venvb --clear %s",
                           env_dir, was, is, dir);
}

/* Tells of an environment of another series, and refuses to upgrade one.  Where one is to be
 * made, that is looked at under its lock, when what an earlier run had left unfinished was
 * taken back: till then another may be at work on what lies there. */
static gboolean
fits_series (VenvbContext *ctx, GError **error)
{
  const char *is = venvb_context_get (ctx, VENVB_ATTR_VERSION);

  if (is == NULL)
    return TRUE;
  if (venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE)
      && !cfg_check_series (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), is, error))
    return FALSE;
  warn_of_series (ctx);
  return TRUE;
}

static gboolean
create (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return create_stages (ctx, error);
}

static gboolean
clear_directory (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return create_clear (ctx, error);
}

static gboolean
find_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  g_autofree char *request = NULL;
  g_autoptr (GHashTable) facts =
      request_for (ctx, &request, error) ? facts_for (ctx, request, error) : NULL;

  if (facts == NULL)
    return FALSE;
  context_take_facts (ctx, g_steal_pointer (&facts));
  const char *executable = venvb_context_get_fact (ctx, "executable");
  g_autofree char *dir = g_path_get_dirname (executable);
  g_autofree char *exe = g_path_get_basename (executable);
  venvb_context_set (ctx, VENVB_ATTR_EXECUTABLE, executable);
  venvb_context_set (ctx, VENVB_ATTR_PYTHON_DIR, dir);
  venvb_context_set (ctx, VENVB_ATTR_PYTHON_EXE, exe);
  venvb_context_set (ctx, VENVB_ATTR_VERSION, venvb_context_get_fact (ctx, "version"));
  return context_is_at_work (ctx) || fits_series (ctx, error);
}

static gboolean
ensure_directories (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return (!context_is_at_work (ctx) || fits_series (ctx, error)) && layout_directories (ctx, error);
}

static gboolean
nothing (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return TRUE;
}

static gboolean
create_configuration (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return cfg_write (ctx, error);
}

/* Warns of a prompt that has a secret in it: it is there to be shown, and is not blotted
 * out. */
static void
warn_of_secret (VenvbContext *ctx)
{
  const char *prompt = venvb_context_get (ctx, VENVB_ATTR_PROMPT);

  if (context_has_prompt (ctx) && secret_is_in (prompt))
    venvb_context_message (
        ctx, VENVB_SOURCE_WARNING,
        "the prompt has what looks like a secret in it: everybody may read it in "
        "'%s/pyvenv.cfg' and in the activation scripts",
        venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));
}

/* By now the prompt is settled, and this comes once, as the configuration need not. */
static gboolean
setup_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  warn_of_secret (ctx);
  return layout_python (ctx, error);
}

static gboolean
setup_pip (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return seed_ensurepip (ctx, error);
}

static gboolean
setup_scripts (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return scripts_setup (ctx, error);
}

static gboolean
symlink_or_copy (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return layout_link (ctx, error);
}

static gboolean
install_script (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return scripts_install (ctx, error);
}

static gboolean
upgrade_dependencies (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return seed_upgrade (ctx, error);
}

const VenvbPlugin builtin_plugin = {
  .struct_size = sizeof (VenvbPlugin),
  .api_version = VENVB_PLUGIN_API,
  .name = "core",
  .version = VENVB_VERSION,
  .summary = "What venvb does by itself",
  .find_python = find_python,
  .ensure_directories = ensure_directories,
  .create_ignore_files = nothing,
  .create_configuration = create_configuration,
  .setup_python = setup_python,
  .setup_pip = setup_pip,
  .setup_scripts = setup_scripts,
  .post_setup = nothing,
  .upgrade_dependencies = upgrade_dependencies,
  .finish = nothing,
  .create = create,
  .clear_directory = clear_directory,
  .symlink_or_copy = symlink_or_copy,
  .install_script = install_script,
};
