/* SPDX-License-Identifier: BSD-2-Clause */

/* The context: what is known of one environment. */

#include "core/room.h"

#include "base/beneath.h"
#include "base/reserved.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *
venvb_context_get (const VenvbContext *ctx, VenvbAttr attr)
{
  return (guint) attr < N_ATTRS ? ctx->attrs[attr] : NULL;
}

const char *
venvb_context_get_lock (const VenvbContext *ctx, VenvbAttr attr)
{
  return (guint) attr < N_ATTRS ? ctx->builder->settings.locks[attr] : NULL;
}

/* Tells whether a stage may give an attribute this value; who can't is told. */
static gboolean
may_set (VenvbContext *ctx, VenvbAttr attr, const char *value)
{
  const char *lock = venvb_context_get_lock (ctx, attr);

  if (lock == NULL || g_strcmp0 (ctx->attrs[attr], value) == 0)
    return TRUE;
  venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                         "passed over: a plugin sets the attribute '%s', which is decided by %s, "
                         "which is mandatory",
                         venvb_attr_name (attr), lock);
  return FALSE;
}

/* Sets an attribute: venvb itself knows what it may be. */
void
context_put (VenvbContext *ctx, VenvbAttr attr, const char *value)
{
  char *old = g_steal_pointer (&ctx->attrs[attr]);

  ctx->attrs[attr] = g_strdup (value);
  g_free (old);
}

void
venvb_context_set (VenvbContext *ctx, VenvbAttr attr, const char *value)
{
  const char *plugin = ctx->builder->journal->plugin;

  if ((guint) attr >= N_ATTRS || !may_set (ctx, attr, value) || !attrs_check (ctx, attr, value))
    return;
  if (attr == VENVB_ATTR_PROMPT)
    ctx->prompt_given = TRUE;
  ctx->setters[attr] = g_str_equal (plugin, "core") ? NULL : g_intern_string (plugin);
  context_put (ctx, attr, value);
}

/* The plugin that has set an attribute, or the hook; NULL when it was venvb, or nobody. */
const char *
context_setter (const VenvbContext *ctx, VenvbAttr attr)
{
  return ctx->setters[attr];
}

gboolean
venvb_context_get_flag (const VenvbContext *ctx, VenvbFlag flag)
{
  return flags_has (ctx->flags, flag);
}

void
venvb_context_set_flag (VenvbContext *ctx, VenvbFlag flag, gboolean value)
{
  ctx->flags = flags_with (ctx->flags, flag, value);
}

gboolean
venvb_context_is_new (const VenvbContext *ctx)
{
  return ctx->is_new || (venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR) && !ctx->is_kept);
}

const char *
venvb_context_get_fact (const VenvbContext *ctx, const char *key)
{
  return ctx->facts == NULL || key == NULL ? NULL : g_hash_table_lookup (ctx->facts, key);
}

static void
hear (VenvbSource source, const char *line, gpointer ctx)
{
  builder_tell (((VenvbContext *) ctx)->builder, ctx, source, line);
}

/* Who hears what there is to say of this environment. */
Listener
context_listener (VenvbContext *ctx)
{
  return (Listener){ hear, ctx };
}

void
venvb_context_message (VenvbContext *ctx, VenvbSource source, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  hear (source, line, ctx);
}

VenvbBuilder *
context_builder (const VenvbContext *ctx)
{
  return ctx->builder;
}

gpointer
context_part (VenvbContext *ctx, const PartKind *kind)
{
  return parts_get (&ctx->parts, kind, ctx);
}

/* The command that makes such an environment, without its directory, borrowed;
 * NULL when that is not known. */
char **
context_command (const VenvbContext *ctx)
{
  return ctx->builder->settings.command;
}

/* Tells whether the prompt was asked for. */
gboolean
context_has_prompt (const VenvbContext *ctx)
{
  return ctx->prompt_given;
}

/* Tells whether nothing was in the directory before; venvb_context_is_new() also
 * tells so of one that was cleared. */
gboolean
context_was_empty (const VenvbContext *ctx)
{
  return ctx->is_new;
}

/* Tells whether pyvenv.cfg is to show the base Python's packages when all is done, even
 * if they are still hidden. */
gboolean
context_will_show_base (const VenvbContext *ctx)
{
  return ctx->shows_base || venvb_context_get_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES);
}

/* Tells whether the core's stage `create` runs the others. */
gboolean
context_is_at_work (const VenvbContext *ctx)
{
  return ctx->is_at_work;
}

/* Tells whether the environment's directory, if there is one yet, still has its path. */
gboolean
context_is_still (VenvbContext *ctx, GError **error)
{
  return ctx->undo == NULL || undo_is_still (ctx->undo, error);
}

/* To be called before a program runs that may change the environment. */
gboolean
context_expect_program (VenvbContext *ctx, GError **error)
{
  beneath_forget ();
  ctx->is_unsure = TRUE;
  return ctx->undo == NULL
         || (undo_is_still (ctx->undo, error) && undo_expect_program (ctx->undo, error));
}

/* A directory for what a program writes while it runs, borrowed; NULL where there can't be
 * one, or is one already. */
const char *
context_make_temp (const VenvbContext *ctx)
{
  return temp_make (ctx->builder->journal);
}

/* The program has ended. */
void
context_remove_temp (const VenvbContext *ctx)
{
  temp_remove (ctx->builder->journal);
}

/* What is known of the base Python, borrowed; NULL before it was found. */
GHashTable *
context_facts (const VenvbContext *ctx)
{
  return ctx->facts;
}

/* Sets what is known of the base Python; takes the table over. */
void
context_take_facts (VenvbContext *ctx, GHashTable *facts)
{
  g_clear_pointer (&ctx->facts, g_hash_table_unref);
  ctx->facts = facts;
}

/* Refuses a file under a name that is venvb's own, there or in any environment: for all that
 * writes what somebody else has named. */
gboolean
context_check_name (const VenvbContext *ctx, const char *what, const char *path, GError **error)
{
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];

  if (g_path_is_absolute (path) ? !reserved_is_beyond (path, env_dir) : !reserved_is_in (path))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "cannot %s '%s': names that begin with '.venvb-' are kept for venvb itself", what,
               path);
  return FALSE;
}

gboolean
venvb_context_check_trusted (VenvbContext *ctx, const char *path, GError **error)
{
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];

  if (!errors_given (path, __func__, "path", error))
    return FALSE;
  if (!trust_lies_in (path, env_dir))
    return venvb_check_trusted (path, error);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "'%s' lies in the environment to be created",
               path);
  return FALSE;
}

char *
venvb_context_find_data (VenvbContext *ctx, const char *plugin, const char *name, GError **error)
{
  const char *file;
  gboolean is_locked;

  if (!errors_given (plugin, __func__, "plugin", error)
      || !errors_given (name, __func__, "name", error))
    return NULL;
  file = venvb_builder_get_plugin_path (ctx->builder, plugin);
  is_locked = venvb_builder_get_plugin_lock (ctx->builder, plugin, NULL) != NULL;
  return search_find_data (file, plugin, name, !is_locked, error);
}

/* The prompt: as given, "." standing for the current directory's name, or
 * the environment's name.  NULL with error set when that can't be told. */
static char *
resolve_prompt (const char *prompt, const char *env_name, GError **error)
{
  g_autofree char *cwd = NULL;

  if (prompt == NULL)
    return g_strdup (env_name);
  if (!g_str_equal (prompt, "."))
    return g_strdup (prompt);
  cwd = envdir_current (error);
  if (cwd != NULL)
    return g_path_get_basename (cwd);
  g_prefix_error (error, "the prompt '.' is the name of the current directory: ");
  return NULL;
}

/* Makes the context of env_dir, in which only what the command line says is
 * known. */
VenvbContext *
context_new (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  g_autofree char *path = envdir_absolute (env_dir, error);
  const Settings *settings = &builder->settings;
  g_autofree char *name = path == NULL ? NULL : g_path_get_basename (path);
  g_autofree char *prompt = name == NULL ? NULL : resolve_prompt (settings->prompt, name, error);
  VenvbContext *ctx;

  if (prompt == NULL)
    return NULL;
  ctx = g_new0 (VenvbContext, 1);
  ctx->builder = builder;
  ctx->start = g_get_monotonic_time ();
  ctx->flags = settings->flags;
  ctx->prompt_given = settings->prompt != NULL;
  ctx->attrs[VENVB_ATTR_ENV_NAME] = g_steal_pointer (&name);
  ctx->attrs[VENVB_ATTR_PROMPT] = g_steal_pointer (&prompt);
  ctx->attrs[VENVB_ATTR_PYTHON] = g_strdup (settings->python);
  ctx->attrs[VENVB_ATTR_ENV_DIR] = g_steal_pointer (&path);
  return ctx;
}

void
context_free (VenvbContext *ctx)
{
  if (ctx == NULL)
    return;
  data_free (ctx);
  g_free (ctx->stopped);
  attempt_end (ctx);
  g_free (ctx->fault);
  for (guint i = 0; i < N_ATTRS; i++)
    g_free (ctx->attrs[i]);
  parts_free (ctx->parts);
  g_clear_pointer (&ctx->facts, g_hash_table_unref);
  g_clear_pointer (&ctx->wheels, g_ptr_array_unref);
  g_clear_pointer (&ctx->would, g_ptr_array_unref);
  g_free (ctx);
}
