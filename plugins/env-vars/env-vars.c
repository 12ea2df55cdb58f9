/* SPDX-License-Identifier: BSD-2-Clause */

/* Has the activation scripts set variables, which are given one by one or in
 * files. */

#include "dotenv.h"

#include "venvb-plugin.h"

#include "../common/values.h"

#include <string.h>

typedef struct
{
  GPtrArray *variables; /* char *: name, value or NULL, name, ... */
  gboolean has_options;
} EnvVars;

static const VenvbOption rows[] = {
  { .key = "*", .kind = VENVB_KIND_STRING, .help = "set NAME to VALUE", .value = "NAME=VALUE" },
  { .key = "file", .kind = VENVB_KIND_PATH, .repeated = TRUE, .help = "set the variables of FILE" },
  { .key = "unset",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "take NAME away",
    .value = "NAME",
    .may_be_empty = TRUE },
};

static void
env_vars_unload (gpointer self)
{
  g_ptr_array_unref (((EnvVars *) self)->variables);
}

static gboolean
env_vars_load (gpointer *self, GError **error)
{
  ((EnvVars *) *self)->variables = g_ptr_array_new_with_free_func (g_free);
  return TRUE;
}

/* Notes a variable; without a value it is to be unset. */
static gboolean
add (const char *name, const char *value, gpointer data, GError **error)
{
  EnvVars *plugin = data;

  if (!venvb_check_variable (name, value, error))
    return FALSE;
  g_ptr_array_add (plugin->variables, g_strdup (name));
  g_ptr_array_add (plugin->variables, g_strdup (value));
  return TRUE;
}

/* Notes the variables of a file. */
static gboolean
add_file (EnvVars *plugin, const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &cause))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "cannot read '%s': %s", path,
                   values_reason (cause));
      return FALSE;
    }
  if (strlen (text) != length)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "'%s' is not a text file", path);
      return FALSE;
    }
  if (dotenv_parse (text, add, plugin, error))
    return TRUE;
  g_prefix_error (error, "'%s', ", path);
  return FALSE;
}

static gboolean
env_vars_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  EnvVars *plugin = self;

  plugin->has_options = TRUE;
  if (g_str_equal (key, "file"))
    return add_file (self, value, error);
  if (g_str_equal (key, "unset"))
    return add (value, NULL, self, error);
  return add (key, value, self, error);
}

static gboolean
env_vars_ready (gpointer self, GError **error)
{
  const EnvVars *plugin = self;

  if (!plugin->has_options)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "no variable is given");
  return plugin->has_options;
}

/* Tells the core, before any script can have been made of a template. */
static gboolean
env_vars_ensure_directories (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const EnvVars *plugin = self;

  for (guint i = 0; i < plugin->variables->len; i += 2)
    if (!venvb_context_set_variable (ctx, g_ptr_array_index (plugin->variables, i),
                                     g_ptr_array_index (plugin->variables, i + 1), error))
      return FALSE;
  return venvb_next (next, ctx, error);
}

VENVB_PLUGIN (.name = "env-vars", .version = VENVB_VERSION,
              .summary = "have activation set variables of the environment", .load = env_vars_load,
              .set_option = env_vars_set_option, .ready = env_vars_ready, .unload = env_vars_unload,
              .ensure_directories = env_vars_ensure_directories, .changed = venvb_changed_as_seen,
              .dry_run = TRUE, VENVB_OPTIONS (EnvVars, rows))
