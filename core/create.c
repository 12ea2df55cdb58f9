/* SPDX-License-Identifier: BSD-2-Clause */

/* Environments, one after the other: each stands or falls as a whole. */

#include "core/room.h"

#include <signal.h>

/* Runs a part of the work in a child process.  A signal that ended it ends this
 * process, too. */
gboolean
create_isolated (VenvbBuilder *builder, IsolateFunc func, gpointer data, GError **error)
{
  int interrupted;
  gboolean ok = isolate_run (builder->journal, &builder->forks, func, data, &interrupted, error);

  if (interrupted != 0)
    {
      const Listener listener = builder_listener (builder);

      if (builder->journal->is_odd && error != NULL && *error != NULL)
        errors_tell (&listener, VENVB_SOURCE_WARNING, "%s", (*error)->message);
      else if (builder->journal->kept[0] != '\0')
        {
          errors_tell (&listener, VENVB_SOURCE_WARNING, "what was made is in '%s'",
                       builder->journal->kept);
        }
      raise (interrupted);
    }
  return ok;
}

static gboolean
try_load (gpointer builder, GError **error)
{
  gboolean ok = plugins_load (builder, NULL, error);

  plugins_unload (&((VenvbBuilder *) builder)->plugins);
  return ok;
}

/* A plugin that crashes is first found in a child process. */
gboolean
venvb_builder_load (VenvbBuilder *builder, GError **error)
{
  if (builder->plugins.loaded == NULL && venvb_builder_get_flag (builder, VENVB_FLAG_ISOLATE)
      && !create_isolated (builder, try_load, builder, error))
    return FALSE;
  return plugins_load (builder, NULL, error);
}

/* What must not be lost when an environment is made of it. */
static BasePython
base_python (const VenvbContext *ctx)
{
  return (BasePython){
    .executable = ctx->attrs[VENVB_ATTR_EXECUTABLE],
    .real_executable = venvb_context_get_fact (ctx, "real_executable"),
    .stdlib = venvb_context_get_fact (ctx, "stdlib"),
    .scripts = venvb_context_get_fact (ctx, "scripts"),
    .purelib = venvb_context_get_fact (ctx, "purelib"),
  };
}

/* Puts aside what is in the environment's directory, which is ours from now on. */
static gboolean
begin (VenvbContext *ctx, GError **error)
{
  const UndoJob job = {
    .env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR],
    .clear = venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR),
    .force = venvb_context_get_flag (ctx, VENVB_FLAG_FORCE),
    .no_wait = venvb_context_get_flag (ctx, VENVB_FLAG_NO_WAIT),
    .keep = venvb_context_get_flag (ctx, VENVB_FLAG_KEEP_FAILED),
    .base = base_python (ctx),
    .journal = ctx->builder->journal,
    .listener = context_listener (ctx),
  };

  ctx->undo = undo_begin (&job, error);
  if (ctx->undo == NULL)
    return FALSE;
  ctx->is_new = undo_is_new (ctx->undo);
  if (ctx->is_new || !plugins_are_strange (&ctx->builder->plugins)
      || undo_expect_program (ctx->undo, error))
    return TRUE;
  undo_rollback (ctx->undo, error);
  return FALSE;
}

/* Runs the stages; what they did stands or falls as a whole. */
static gboolean
create_one (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  const Callbacks *callbacks = &builder->callbacks;
  g_autoptr (VenvbContext) ctx = context_new (builder, env_dir, error);

  if (ctx == NULL || !pipeline_find_python (ctx, error))
    return FALSE;
  if (!begin (ctx, error))
    {
      redirect_explain (env_dir, error);
      return FALSE;
    }
  if (!pipeline_create (ctx, error))
    {
      children_end_ours ();
      undo_rollback (ctx->undo, error);
      return FALSE;
    }
  describe_settle (ctx);
  if (!undo_commit (ctx->undo, error))
    return FALSE;
  if (callbacks->created != NULL)
    callbacks->created (ctx, (g_get_monotonic_time () - ctx->start) / (double) G_USEC_PER_SEC,
                        callbacks->created_data);
  isolate_note_output ();
  return TRUE;
}

typedef struct
{
  VenvbBuilder *builder;
  const char *const *env_dirs;
} CreateAll;

static gboolean
create_each (const CreateAll *all, GError **error)
{
  if (!plugins_load (all->builder, all->env_dirs, error))
    return FALSE;
  for (guint i = 0; all->env_dirs[i] != NULL; i++)
    {
      undo_note_others (all->builder->journal, all->env_dirs, i);
      if (!create_one (all->builder, all->env_dirs[i], error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
create_all (gpointer data, GError **error)
{
  const CreateAll *all = data;
  gboolean ok = create_each (all, error);

  parts_rest (all->builder->parts);
  return ok;
}

/* Where this is a child process it ends without freeing the builder: the
 * plugins are to hear of the end even so. */
static gboolean
create_all_and_unload (gpointer data, GError **error)
{
  const CreateAll *all = data;
  gboolean ok = create_all (data, error);

  plugins_unload (&all->builder->plugins);
  return ok;
}

/* The settings that contradict each other. */
static gboolean
check_settings (VenvbBuilder *builder, GError **error)
{
  if (!venvb_builder_get_flag (builder, VENVB_FLAG_UPGRADE)
      || !venvb_builder_get_flag (builder, VENVB_FLAG_CLEAR))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE,
               "--upgrade and --clear can't be used together");
  return FALSE;
}

/* Tells whether nothing but venvb's own code will run, and whether the program
 * may do so without a child process.  Where pip is left to a program, which
 * takes long and writes to the environment, a child process is better: its
 * parent ends the program even when the child is killed; and where something is
 * to be kept, the parent tells where. */
static gboolean
is_safe_here (const VenvbBuilder *builder)
{
  return builder->successor != NULL && !venvb_builder_get_flag (builder, VENVB_FLAG_UPGRADE_DEPS)
         && !venvb_builder_get_flag (builder, VENVB_FLAG_KEEP_FAILED)
         && plugins_are_own (&builder->settings, &builder->plugins);
}

/* The directories that are meant: release with g_strfreev(). */
static char **
follow_all (const VenvbBuilder *builder, const char *const *env_dirs, GError **error)
{
  g_autoptr (GPtrArray) meant = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; env_dirs[i] != NULL; i++)
    {
      char *dir = redirect_follow (builder, env_dirs[i], error);

      if (dir == NULL)
        return NULL;
      g_ptr_array_add (meant, dir);
    }
  g_ptr_array_add (meant, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&meant), FALSE);
}

/* Tells whether all was made, and only what was printed of it got lost. */
static gboolean
is_only_output (GError **error)
{
  return error != NULL && g_error_matches (*error, VENVB_ERROR, VENVB_ERROR_OUTPUT);
}

gboolean
venvb_builder_create_all (VenvbBuilder *builder, const char *const *env_dirs, GError **error)
{
  g_auto (GStrv) meant = NULL;
  CreateAll all = { builder, NULL };
  Journal *journal = builder->journal;
  gboolean ok;

  if (!check_settings (builder, error) || (meant = follow_all (builder, env_dirs, error)) == NULL)
    return FALSE;
  all.env_dirs = (const char *const *) meant;
  journal->kept[0] = journal->others[0] = '\0';
  if (!venvb_builder_get_flag (builder, VENVB_FLAG_ISOLATE))
    ok = create_all (&all, error);
  else if (is_safe_here (builder))
    ok = handover_run (journal, builder->successor, create_all_and_unload, &all, error);
  else
    ok = create_isolated (builder, create_all_and_unload, &all, error);
  if (!ok && journal->others[0] != '\0' && !is_only_output (error))
    errors_add (error, " (%s)", journal->others);
  return ok;
}

gboolean
venvb_builder_create (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  const char *const env_dirs[] = { env_dir, NULL };

  return venvb_builder_create_all (builder, env_dirs, error);
}
