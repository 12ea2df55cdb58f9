/* SPDX-License-Identifier: BSD-2-Clause */

/* The context: what is known of one environment. */

#include "core/core.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const attr_names[N_ATTRS] = {
  [VENVB_ATTR_ENV_DIR] = "env_dir",
  [VENVB_ATTR_ENV_NAME] = "env_name",
  [VENVB_ATTR_PROMPT] = "prompt",
  [VENVB_ATTR_PYTHON] = "python",
  [VENVB_ATTR_EXECUTABLE] = "executable",
  [VENVB_ATTR_PYTHON_DIR] = "python_dir",
  [VENVB_ATTR_PYTHON_EXE] = "python_exe",
  [VENVB_ATTR_VERSION] = "version",
  [VENVB_ATTR_INC_PATH] = "inc_path",
  [VENVB_ATTR_LIB_PATH] = "lib_path",
  [VENVB_ATTR_PLATLIB_PATH] = "platlib_path",
  [VENVB_ATTR_SCRIPT_PATH] = "script_path",
  [VENVB_ATTR_BIN_PATH] = "bin_path",
  [VENVB_ATTR_BIN_NAME] = "bin_name",
  [VENVB_ATTR_ENV_EXE] = "env_exe",
  [VENVB_ATTR_ENV_EXEC_CMD] = "env_exec_cmd",
  [VENVB_ATTR_CFG_PATH] = "cfg_path",
};

static const char *const flag_names[N_FLAGS] = {
  [VENVB_FLAG_SYSTEM_SITE_PACKAGES] = "system_site_packages",
  [VENVB_FLAG_CLEAR] = "clear",
  [VENVB_FLAG_SYMLINKS] = "symlinks",
  [VENVB_FLAG_UPGRADE] = "upgrade",
  [VENVB_FLAG_WITH_PIP] = "with_pip",
  [VENVB_FLAG_UPGRADE_DEPS] = "upgrade_deps",
  [VENVB_FLAG_SCM_IGNORE_FILES] = "scm_ignore_files",
  [VENVB_FLAG_FORCE] = "force",
  [VENVB_FLAG_ISOLATE] = "isolate",
  [VENVB_FLAG_COMPILE] = "compile",
  [VENVB_FLAG_CACHE] = "cache",
  [VENVB_FLAG_RELOCATABLE] = "relocatable",
  [VENVB_FLAG_KEEP_FAILED] = "keep_failed",
  [VENVB_FLAG_NO_WAIT] = "no_wait",
};

const char *
venvb_attr_name (VenvbAttr attr)
{
  return (guint) attr < N_ATTRS ? attr_names[attr] : NULL;
}

const char *
venvb_flag_name (VenvbFlag flag)
{
  return (guint) flag < N_FLAGS ? flag_names[flag] : NULL;
}

const char *
venvb_context_get (const VenvbContext *ctx, VenvbAttr attr)
{
  return (guint) attr < N_ATTRS ? ctx->attrs[attr] : NULL;
}

void
venvb_context_set (VenvbContext *ctx, VenvbAttr attr, const char *value)
{
  if ((guint) attr >= N_ATTRS)
    return;
  char *old = g_steal_pointer (&ctx->attrs[attr]);
  ctx->attrs[attr] = g_strdup (value);
  g_free (old);
}

gboolean
context_has_flag (guint flags, VenvbFlag flag)
{
  return (guint) flag < N_FLAGS && (flags & (1u << flag)) != 0;
}

/* Returns flags with one of them switched. */
guint
context_with_flag (guint flags, VenvbFlag flag, gboolean value)
{
  guint bit = (guint) flag < N_FLAGS ? 1u << flag : 0;

  return value ? flags | bit : flags & ~bit;
}

gboolean
venvb_context_get_flag (const VenvbContext *ctx, VenvbFlag flag)
{
  return context_has_flag (ctx->flags, flag);
}

void
venvb_context_set_flag (VenvbContext *ctx, VenvbFlag flag, gboolean value)
{
  ctx->flags = context_with_flag (ctx->flags, flag, value);
}

gboolean
venvb_context_is_new (const VenvbContext *ctx)
{
  return ctx->is_new || venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR);
}

/* A fact about the base Python, as facts.py tells it; NULL when unknown. */
const char *
context_fact (const VenvbContext *ctx, const char *key)
{
  return ctx->facts == NULL ? NULL : g_hash_table_lookup (ctx->facts, key);
}

const char *
venvb_context_get_fact (const VenvbContext *ctx, const char *key)
{
  return context_fact (ctx, key);
}

void
venvb_context_message (VenvbContext *ctx, VenvbSource source, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  builder_message (ctx->builder, ctx, source, line);
}

/* Tells whether path begins with dir. */
static gboolean
lies_below (const char *path, const char *dir)
{
  return g_str_has_prefix (path, dir) && path[strlen (dir)] == '/';
}

gboolean
venvb_context_write_file (VenvbContext *ctx, const char *path, const char *contents, gssize length,
                          guint mode, GError **error)
{
  g_autofree char *full = g_path_is_absolute (path)
                              ? g_strdup (path)
                              : g_build_filename (ctx->attrs[VENVB_ATTR_ENV_DIR], path, NULL);

  gsize size = length < 0 ? strlen (contents) : (gsize) length;

  if (venvb_context_is_new (ctx) && lies_below (full, ctx->attrs[VENVB_ATTR_ENV_DIR]))
    return fs_create (full, contents, size, mode, error);
  return fs_write (full, contents, size, mode, error);
}

gboolean
venvb_context_save_file (VenvbContext *ctx, const char *path, GError **error)
{
  if (ctx->undo != NULL && g_path_is_absolute (path))
    return undo_save_file (ctx->undo, path, error);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot remember '%s': %s", path,
               ctx->undo == NULL ? "the environment has no directory yet"
                                 : "the path is not absolute");
  return FALSE;
}

gboolean
venvb_context_check_trusted (VenvbContext *ctx, const char *path, GError **error)
{
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];

  if (!trust_lies_in (path, env_dir))
    return venvb_check_trusted (path, error);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "'%s' lies in the environment to be created",
               path);
  return FALSE;
}

/* The prompt: as given, "." standing for the current directory's name, or
 * the environment's name. */
static char *
resolve_prompt (const VenvbBuilder *builder, const char *env_name)
{
  g_autofree char *cwd = NULL;

  if (builder->prompt == NULL)
    return g_strdup (env_name);
  if (!g_str_equal (builder->prompt, "."))
    return g_strdup (builder->prompt);
  cwd = envdir_current (NULL);
  return cwd == NULL ? g_strdup (".") : g_path_get_basename (cwd);
}

/* Makes the context of env_dir, in which only what the command line says is
 * known. */
VenvbContext *
context_new (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  g_autofree char *path = envdir_absolute (env_dir, error);
  VenvbContext *ctx;

  if (path == NULL)
    return NULL;
  ctx = g_new0 (VenvbContext, 1);
  ctx->builder = builder;
  ctx->start = g_get_monotonic_time ();
  ctx->flags = builder->flags;
  ctx->prompt_given = builder->prompt != NULL;
  ctx->variables = g_ptr_array_new_with_free_func ((GDestroyNotify) variables_free);
  ctx->attrs[VENVB_ATTR_ENV_NAME] = g_path_get_basename (path);
  ctx->attrs[VENVB_ATTR_PROMPT] = resolve_prompt (builder, ctx->attrs[VENVB_ATTR_ENV_NAME]);
  ctx->attrs[VENVB_ATTR_PYTHON] = g_strdup (builder->python);
  ctx->attrs[VENVB_ATTR_ENV_DIR] = g_steal_pointer (&path);
  return ctx;
}

void
context_free (VenvbContext *ctx)
{
  if (ctx == NULL)
    return;
  for (guint i = 0; i < N_ATTRS; i++)
    g_free (ctx->attrs[i]);
  g_clear_pointer (&ctx->facts, g_hash_table_unref);
  g_clear_pointer (&ctx->wheels, g_ptr_array_unref);
  g_ptr_array_unref (ctx->variables);
  g_free (ctx);
}
