/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins may set an attribute to.  What venvb writes, and takes back, goes by them:
 * so they are looked at in one place, when they are set, and nothing else has to. */

#include "core/room.h"

#include <string.h>
#include <sys/stat.h>

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
  [VENVB_ATTR_SCRIPT_TARGET] = "script_target",
  [VENVB_ATTR_LINK_SOURCE] = "link_source",
  [VENVB_ATTR_LINK_TARGET] = "link_target",
};

const char *
venvb_attr_name (VenvbAttr attr)
{
  return (guint) attr < N_ATTRS ? attr_names[attr] : NULL;
}

typedef enum
{
  ANY,
  TEXT,     /* not to be taken away again */
  ABSOLUTE, /* a path, likewise */
  INSIDE,   /* the same, in the environment */
  TARGET,   /* the same, but relative to the environment will do */
  FIXED,    /* not a plugin's to decide */
} Rule;

static const Rule rules[N_ATTRS] = {
  [VENVB_ATTR_ENV_DIR] = FIXED,        [VENVB_ATTR_ENV_NAME] = TEXT,
  [VENVB_ATTR_PROMPT] = TEXT,          [VENVB_ATTR_EXECUTABLE] = ABSOLUTE,
  [VENVB_ATTR_PYTHON_DIR] = ABSOLUTE,  [VENVB_ATTR_PYTHON_EXE] = TEXT,
  [VENVB_ATTR_VERSION] = TEXT,         [VENVB_ATTR_INC_PATH] = INSIDE,
  [VENVB_ATTR_LIB_PATH] = INSIDE,      [VENVB_ATTR_PLATLIB_PATH] = INSIDE,
  [VENVB_ATTR_BIN_PATH] = INSIDE,      [VENVB_ATTR_BIN_NAME] = TEXT,
  [VENVB_ATTR_ENV_EXE] = INSIDE,       [VENVB_ATTR_ENV_EXEC_CMD] = ABSOLUTE,
  [VENVB_ATTR_CFG_PATH] = INSIDE,      [VENVB_ATTR_SCRIPT_TARGET] = TARGET,
  [VENVB_ATTR_LINK_SOURCE] = ABSOLUTE, [VENVB_ATTR_LINK_TARGET] = FIXED,
};

/* What a stage leaves, that others go by. */
static const VenvbAttr directories[] = {
  VENVB_ATTR_BIN_PATH, VENVB_ATTR_BIN_NAME, VENVB_ATTR_ENV_EXE,      VENVB_ATTR_ENV_EXEC_CMD,
  VENVB_ATTR_INC_PATH, VENVB_ATTR_LIB_PATH, VENVB_ATTR_PLATLIB_PATH,
};
static const VenvbAttr configuration[] = { VENVB_ATTR_CFG_PATH };

/* Tells whether a path, as it is written, lies below the environment. */
static gboolean
is_inside (const VenvbContext *ctx, const char *path)
{
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];
  g_autofree char *full = g_canonicalize_filename (path, env_dir);

  return g_str_has_prefix (full, env_dir) && full[strlen (env_dir)] == '/';
}

/* Where scripts are may be left to the base Python again, as long as nothing is made. */
static gboolean
may_be_taken_away (const VenvbContext *ctx, VenvbAttr attr)
{
  return rules[attr] == ANY || ctx->attrs[attr] == NULL
         || (attr == VENVB_ATTR_BIN_NAME && ctx->attrs[VENVB_ATTR_BIN_PATH] == NULL);
}

/* Why an attribute can't have this value, or NULL. */
static const char *
why_not (const VenvbContext *ctx, VenvbAttr attr, const char *value)
{
  const Rule rule = rules[attr];

  if (rule == FIXED)
    return g_strcmp0 (value, ctx->attrs[attr]) == 0 ? NULL : "no plugin can change that";
  if (value == NULL)
    return may_be_taken_away (ctx, attr) ? NULL : "what follows goes by it";
  if ((rule == ABSOLUTE || rule == INSIDE) && !g_path_is_absolute (value))
    return "it is no absolute path";
  return (rule == INSIDE || rule == TARGET) && !is_inside (ctx, value)
             ? "it does not lie in the environment"
             : NULL;
}

/* Tells whether a plugin may set an attribute to a value.  What it may not is remembered,
 * and fails its stage: the function that sets it has no error of its own. */
gboolean
attrs_check (VenvbContext *ctx, VenvbAttr attr, const char *value)
{
  const char *why = why_not (ctx, attr, value);

  if (why != NULL && ctx->fault == NULL)
    ctx->fault =
        value == NULL
            ? g_strdup_printf ("cannot take '%s' away: %s", venvb_attr_name (attr), why)
            : g_strdup_printf ("cannot set '%s' to '%s': %s", venvb_attr_name (attr), value, why);
  return why == NULL;
}

/* Fails where a plugin has set what it may not. */
gboolean
attrs_are_sound (const VenvbContext *ctx, GError **error)
{
  if (ctx->fault != NULL)
    g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, ctx->fault);
  return ctx->fault == NULL;
}

/* The name of an attribute that a stage had to set and has not, or the file that it had to
 * make; NULL when all are there. */
const char *
attrs_missing (const VenvbContext *ctx, VenvbStage stage)
{
  const gboolean is_cfg = stage == VENVB_STAGE_CREATE_CONFIGURATION;
  const VenvbAttr *wanted = is_cfg ? configuration : directories;
  guint n = is_cfg                                    ? G_N_ELEMENTS (configuration)
            : stage == VENVB_STAGE_ENSURE_DIRECTORIES ? G_N_ELEMENTS (directories)
                                                      : 0;
  struct stat st;

  if (stage == VENVB_STAGE_SYMLINK_OR_COPY && lstat (ctx->attrs[VENVB_ATTR_LINK_TARGET], &st) < 0)
    return ctx->attrs[VENVB_ATTR_LINK_TARGET];
  for (guint i = 0; i < n; i++)
    if (ctx->attrs[wanted[i]] == NULL)
      return venvb_attr_name (wanted[i]);
  return NULL;
}
