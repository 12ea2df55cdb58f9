/* SPDX-License-Identifier: BSD-2-Clause */

/* The variables that activation sets. */

#include "stages/stages.h"

#include <string.h>

/* What activation itself sets or goes by, in any case, since Windows does not
 * tell "Path" from "PATH".  A star stands for any end. */
static const char *const managed[] = {
  "PATH",   "PROMPT", "PS1",     "PSVAR",        "PYTHONHOME",   "VIRTUAL_ENV*", "_VIRTUAL_ENV*",
  "_OLD_*", "OSTYPE", "MSYSTEM", "BASH_VERSION", "FISH_VERSION", "KSH_VERSION",  "ZSH_VERSION",
};

/* What some shell keeps for itself: it can't be set there, or not to any text,
 * or does not come back.  The lower case is zsh's, save four of fish. */
static const char *const reserved[] = {
  "_",          "BASHOPTS",  "BASHPID",       "BASH_VERSINFO",
  "DIRSTACK",   "EGID",      "EPOCHREALTIME", "EPOCHSECONDS",
  "ERRNO",      "EUID",      "FUNCNAME",      "GID",
  "GROUPS",     "HISTCMD",   "IFS",           "KEYBOARD_HACK",
  "LINENO",     "OLDPWD",    "OPTARG",        "OPTIND",
  "PIPESTATUS", "PPID",      "PWD",           "RANDOM",
  "SECONDS",    "SHELLOPTS", "SHLVL",         "SRANDOM",
  "TTYIDLE",    "UID",       "USERNAME",      "aliases",
  "argv",       "builtins",  "cdpath",        "commands",
  "dirstack",   "fignore",   "fpath",         "functions",
  "galiases",   "histchars", "history",       "historywords",
  "hostname",   "jobdirs",   "jobstates",     "jobtexts",
  "mailpath",   "manpath",   "module_path",   "modules",
  "nameddirs",  "options",   "parameters",    "patchars",
  "pipestatus", "reswords",  "saliases",      "signals",
  "status",     "umask",     "userdirs",      "usergroups",
  "version",    "watch",
};

/* Tells whether activation sets a variable of this name by itself. */
static gboolean
is_managed (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (managed); i++)
    {
      gsize length = strcspn (managed[i], "*");

      if (g_ascii_strncasecmp (name, managed[i], length) == 0
          && (name[length] == '\0' || managed[i][length] == '*'))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_reserved (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (reserved); i++)
    if (g_str_equal (name, reserved[i]))
      return TRUE;
  return FALSE;
}

/* A name as POSIX has it: all shells take it, and none can take it for
 * anything else. */
static gboolean
is_name (const char *name)
{
  return name[0] != '\0' && !g_ascii_isdigit (name[0])
         && name[strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_")] == '\0';
}

gboolean
venvb_check_variable (const char *name, const char *value, GError **error)
{
  if (!errors_given (name, __func__, "name", error))
    return FALSE;
  if (!is_name (name))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "'%s' is not the name of a variable",
                 name);
  else if (is_managed (name))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "the variable '%s' is set by activation itself", name);
  else if (is_reserved (name))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "the variable '%s' belongs to the shells themselves", name);
  else if (value != NULL && !g_utf8_validate (value, -1, NULL))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "the value of the variable '%s' is not UTF-8 text", name);
  else
    return TRUE;
  return FALSE;
}

static void
variable_free (Variable *variable)
{
  g_free (variable->name);
  g_free (variable->value);
  g_free (variable);
}

static gpointer
make (gpointer ctx)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) variable_free);
}

/* What the stages of a try that has failed have set, its successor's set again. */
static void
forget (gpointer data)
{
  GPtrArray *all = data;

  for (guint i = all->len; i-- > 0;)
    if (!((const Variable *) g_ptr_array_index (all, i))->is_early)
      g_ptr_array_remove_index (all, i);
}

static GPtrArray *
variables (VenvbContext *ctx)
{
  static const PartKind kind = { make, (GDestroyNotify) g_ptr_array_unref, .forget = forget };

  return context_part (ctx, &kind);
}

/* The variables of an environment, Variable, in the order in which activation
 * sets them.  Borrowed. */
const GPtrArray *
variables_of (VenvbContext *ctx)
{
  return variables (ctx);
}

/* The variable of a name, or NULL. */
static Variable *
find (const GPtrArray *all, const char *name)
{
  for (guint i = 0; i < all->len; i++)
    {
      Variable *variable = g_ptr_array_index (all, i);

      if (g_str_equal (variable->name, name))
        return variable;
    }
  return NULL;
}

gboolean
venvb_context_set_variable (VenvbContext *ctx, const char *name, const char *value, GError **error)
{
  Variable *variable;

  if (!venvb_check_variable (name, value, error))
    return FALSE;
  variable = find (variables (ctx), name);
  if (variable == NULL)
    {
      variable = g_new0 (Variable, 1);
      variable->name = g_strdup (name);
      g_ptr_array_add (variables (ctx), variable);
    }
  g_free (variable->value);
  variable->value = g_strdup (value);
  variable->is_early = variable->is_early || !context_is_at_work (ctx);
  return TRUE;
}
