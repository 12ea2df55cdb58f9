/* SPDX-License-Identifier: BSD-2-Clause */

/* Environments, one after the other: each stands or falls as a whole. */

#include "core/room.h"

#include "base/progress.h"

#include <signal.h>

/* Runs a part of the work in a child process.  A signal that ended it ends this
 * process, too. */
gboolean
create_isolated (VenvbBuilder *builder, IsolateFunc func, gpointer data, GError **error)
{
  int interrupted;
  gboolean ok = isolate_run (builder->journal, &builder->forks, func, data, &interrupted, error);

  progress_reset ();
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
      if (builder->callbacks.ended != NULL && error != NULL && *error != NULL)
        builder->callbacks.ended (interrupted, *error, builder->callbacks.ended_data);
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

/* What the stage `clear_directory` does by itself: puts aside all there is. */
gboolean
create_clear (VenvbContext *ctx, GError **error)
{
  return undo_clear (ctx->undo, error);
}

/* Has the directory emptied.  What a plugin leaves there stays, and what it does without
 * a word can be put back only if it was put aside before. */
static gboolean
clear (VenvbContext *ctx, GError **error)
{
  gboolean is_guarded = !pipeline_is_alone (ctx, VENVB_STAGE_CLEAR_DIRECTORY)
                        && plugins_are_strange (&ctx->builder->plugins);

  if ((is_guarded && !undo_expect_program (ctx->undo, error))
      || !pipeline_run (ctx, VENVB_STAGE_CLEAR_DIRECTORY, error))
    return FALSE;
  ctx->is_kept = !undo_is_cleared (ctx->undo);
  return TRUE;
}

/* All is as it was; where it is not, the error says so. */
static void
take_back (VenvbContext *ctx, GError **error)
{
  children_end_ours ();
  undo_rollback (g_steal_pointer (&ctx->undo), error);
}

/* Takes the environment's directory, which is ours from now on, with what is in it put
 * aside. */
static gboolean
begin (VenvbContext *ctx, GError **error)
{
  gboolean is_cleared = venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR);
  const UndoJob job = {
    .env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR],
    .clear = is_cleared,
    .force = venvb_context_get_flag (ctx, VENVB_FLAG_FORCE),
    .no_wait = venvb_context_get_flag (ctx, VENVB_FLAG_NO_WAIT),
    .keep = venvb_context_get_flag (ctx, VENVB_FLAG_KEEP_FAILED),
    .base = base_python (ctx),
    .journal = ctx->builder->journal,
    .listener = context_listener (ctx),
  };

  ctx->undo = undo_begin (&job, error);
  ctx->is_refused = ctx->undo == NULL;
  ctx->is_begun = ctx->undo != NULL;
  if (ctx->is_refused)
    return FALSE;
  ctx->is_new = undo_is_new (ctx->undo);
  if ((ctx->is_new || !is_cleared || clear (ctx, error))
      && (!plugins_are_strange (&ctx->builder->plugins) || undo_expect_program (ctx->undo, error)))
    return TRUE;
  take_back (ctx, error);
  return FALSE;
}

gboolean
venvb_context_is_begun (const VenvbContext *ctx)
{
  return ctx->is_begun;
}

gboolean
venvb_context_begin (VenvbContext *ctx, GError **error)
{
  if (!ctx->is_at_work && !would_is (ctx))
    return ctx->undo != NULL || begin (ctx, error);
  if (would_is (ctx))
    return would_hold (ctx, "create", error);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "the directory is begun by the core's stage create: venvb_context_begin() is for "
               "a plugin that does not call it");
  return FALSE;
}

/* Runs the stages; those that fail leave nothing. */
static gboolean
run_stages (VenvbContext *ctx, GError **error)
{
  if (!pipeline_find_python (ctx, error))
    return would_goes_on (ctx, error);
  const BasePython base = base_python (ctx);
  if (would_is (ctx))
    return dryrun_stages (ctx, &base, error);
  if (!begin (ctx, error))
    return FALSE;
  if (pipeline_create (ctx, error))
    return TRUE;
  take_back (ctx, error);
  return FALSE;
}

/* What the stage `create` does by itself: all others.  When they fail all is as it was,
 * and it may be called once more. */
gboolean
create_stages (VenvbContext *ctx, GError **error)
{
  if (ctx->undo != NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   ctx->is_made ? "the environment is made already: venvb_next() was called twice"
                                : "venvb_next() was called after venvb_context_begin()");
      return FALSE;
    }
  attempt_begin (ctx);
  ctx->is_refused = FALSE;
  ctx->is_at_work = TRUE;
  ctx->is_made = run_stages (ctx, error);
  ctx->is_at_work = FALSE;
  if (!ctx->is_made)
    attempt_forget (ctx);
  return ctx->is_made;
}

/* Refuses a run in which what is mandatory had no part. */
static gboolean
check_made (const VenvbContext *ctx, GError **error)
{
  const char *name = ctx->is_made ? NULL : plugins_passed_over (&ctx->builder->plugins);

  if (name != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "stage create was replaced, and plugin '%s', which is mandatory, had no part in "
                 "it",
                 name);
  return name == NULL;
}

typedef struct
{
  VenvbBuilder *builder;
  const char *const *env_dirs;
} CreateAll;

/* Runs the stage around all; what it did stands or falls as a whole. */
static gboolean
create_one (const CreateAll *all, guint nth, GError **error)
{
  VenvbBuilder *builder = all->builder;
  const char *env_dir = all->env_dirs[nth];
  const Callbacks *callbacks = &builder->callbacks;
  g_autoptr (VenvbContext) ctx = context_new (builder, env_dir, error);

  if (ctx == NULL)
    return FALSE;
  if (!pipeline_run (ctx, VENVB_STAGE_CREATE, error) || !check_made (ctx, error))
    {
      if (ctx->is_refused)
        redirect_explain (env_dir, error);
      if (ctx->undo != NULL)
        take_back (ctx, error);
      journal_note_error (builder->journal, error != NULL ? *error : NULL);
      return FALSE;
    }
  describe_settle (ctx);
  if (ctx->undo != NULL && !undo_commit (g_steal_pointer (&ctx->undo), error))
    return FALSE;
  if (ctx->is_begun)
    undo_note_others (builder->journal, all->env_dirs, nth + 1);
  if (callbacks->created != NULL)
    callbacks->created (ctx, (g_get_monotonic_time () - ctx->start) / (double) G_USEC_PER_SEC,
                        callbacks->created_data);
  isolate_note_output ();
  return TRUE;
}

static gboolean
create_each (const CreateAll *all, GError **error)
{
  guint n = g_strv_length ((char **) all->env_dirs);

  if (!plugins_load (all->builder, all->env_dirs, error))
    return FALSE;
  if (n > 1)
    progress_begin ("environment", n);
  for (guint i = 0; i < n; i++)
    {
      if (n > 1)
        progress_advance (1);
      undo_note_others (all->builder->journal, all->env_dirs, i);
      if (!create_one (all, i, error))
        return FALSE;
    }
  if (n > 1)
    progress_end ();
  return TRUE;
}

static gboolean
create_all (gpointer data, GError **error)
{
  const CreateAll *all = data;
  gboolean ok = create_each (all, error);

  if (!ok)
    progress_reset ();
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
  journal->kept[0] = journal->others[0] = journal->first[0] = '\0';
  /* Nothing has to be taken back of a dry run; plugins are loaded in a child first. */
  if (venvb_builder_get_flag (builder, VENVB_FLAG_DRY_RUN))
    ok = venvb_builder_load (builder, error) && create_all (&all, error);
  else if (!venvb_builder_get_flag (builder, VENVB_FLAG_ISOLATE))
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
