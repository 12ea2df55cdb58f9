/* SPDX-License-Identifier: BSD-2-Clause */

/* The stages, their order, their chains. */

#include "core/room.h"
#include "base/beneath.h"
#include "base/secret.h"

#include <string.h>

/* Where a stage has its place. */
typedef enum
{
  STEP,   /* in the row of the others: see steps */
  BEFORE, /* in what goes before them */
  AROUND, /* around all of them: how long it takes is how long the run does */
  WITHIN, /* in one of them, for each file: nobody is told */
} Place;

/* One row for each stage: its name, where VenvbPlugin holds its function, and where it
 * has its place.
 * Adding a stage is adding a row here, a member there, a step below, and the
 * core's own function in builtin.c. */
/* clang-format off */
#define STAGE(member, ...) { #member, G_STRUCT_OFFSET (VenvbPlugin, member), __VA_ARGS__ }
/* clang-format on */

static const struct
{
  const char *name;
  glong offset;
  Place place;
} stages[N_STAGES] = {
  [VENVB_STAGE_FIND_PYTHON] = STAGE (find_python, STEP),
  [VENVB_STAGE_ENSURE_DIRECTORIES] = STAGE (ensure_directories, STEP),
  [VENVB_STAGE_CREATE_IGNORE_FILES] = STAGE (create_ignore_files, STEP),
  [VENVB_STAGE_CREATE_CONFIGURATION] = STAGE (create_configuration, STEP),
  [VENVB_STAGE_SETUP_PYTHON] = STAGE (setup_python, STEP),
  [VENVB_STAGE_SETUP_PIP] = STAGE (setup_pip, STEP),
  [VENVB_STAGE_SETUP_SCRIPTS] = STAGE (setup_scripts, STEP),
  [VENVB_STAGE_POST_SETUP] = STAGE (post_setup, STEP),
  [VENVB_STAGE_UPGRADE_DEPENDENCIES] = STAGE (upgrade_dependencies, STEP),
  [VENVB_STAGE_FINISH] = STAGE (finish, STEP),
  [VENVB_STAGE_CREATE] = STAGE (create, AROUND),
  [VENVB_STAGE_CLEAR_DIRECTORY] = STAGE (clear_directory, BEFORE),
  [VENVB_STAGE_SYMLINK_OR_COPY] = STAGE (symlink_or_copy, WITHIN),
  [VENVB_STAGE_INSTALL_SCRIPT] = STAGE (install_script, WITHIN),
};

const char *
venvb_stage_name (VenvbStage stage)
{
  return (guint) stage < N_STAGES ? stages[stage].name : NULL;
}

VenvbStageFunc
pipeline_stage_func (const VenvbPlugin *desc, VenvbStage stage)
{
  return (guint) stage < N_STAGES ? G_STRUCT_MEMBER (VenvbStageFunc, desc, stages[stage].offset)
                                  : NULL;
}

/* One function of a stage's chain. */
typedef struct
{
  const char *name;
  VenvbStageFunc func;
  gpointer self;
} Link;

typedef struct
{
  VenvbStage stage;
  GArray *links;       /* Link, outermost first */
  VenvbStageFunc base; /* the innermost, whose errors speak for themselves; or NULL */
  char *blamed;        /* an error that already names its plugin */
  guint deepest;       /* the innermost that was called */
} Chain;

struct _VenvbNext
{
  Chain *chain;
  guint at;
};

static void
add_link (GArray *links, const char *name, VenvbStageFunc func, gpointer self)
{
  Link link = { name, func, self };

  if (func != NULL)
    g_array_append_val (links, link);
}

/* The chain of a stage: hooks, then plugins, the last added first, then the
 * base.  Those that a dry run leaves out are not in that of one; ctx may be NULL.  Free with
 * g_array_unref(). */
static GArray *
build_chain (const Plugins *plugins, const VenvbContext *ctx, VenvbStage stage)
{
  GArray *links = g_array_new (FALSE, FALSE, sizeof (Link));

  for (guint i = plugins->hooks->len; i-- > 0;)
    {
      Hook *hook = g_ptr_array_index (plugins->hooks, i);
      if (hook->stage == stage && (ctx == NULL || !would_is (ctx)))
        add_link (links, hook->name, hook->func, hook->data);
    }
  for (guint i = plugins->loaded != NULL ? plugins->loaded->len : 0; i-- > 0;)
    {
      Plugin *plugin = g_ptr_array_index (plugins->loaded, i);
      if (ctx != NULL && would_leave_out (ctx, &plugin->desc))
        continue;
      add_link (links, plugin->name, pipeline_stage_func (&plugin->desc, stage), plugin->self);
    }
  add_link (links, plugins->base->name, pipeline_stage_func (plugins->base, stage), NULL);
  return links;
}

/* Says in an error whose it is, unless that was said further in the chain.
 * The base's
 * errors speak for themselves. */
static void
blame (Chain *chain, const Link *link, GError *error)
{
  if (chain->blamed != NULL && strstr (error->message, chain->blamed) != NULL)
    return;
  if (link->func != chain->base)
    {
      g_autofree char *message = error->message;
      error->message = g_strdup_printf ("plugin '%s', stage %s: %s", link->name,
                                        stages[chain->stage].name, message);
    }
  g_free (chain->blamed);
  chain->blamed = g_strdup (error->message);
}

/* Fails a link that has set an attribute to what it can't be: it may have succeeded. */
static gboolean
check_set (VenvbContext *ctx, gboolean ok, GError **error)
{
  ok = (*error != NULL || attrs_are_sound (ctx, error)) && ok;
  g_clear_pointer (&ctx->fault, g_free);
  return ok;
}

/* Turns what a link returned into a well-formed error, which other plugins may
 * see and note: there is nothing secret in it. */
static gboolean
check_result (Chain *chain, const Link *link, gboolean ok, GError *local, GError **error)
{
  if (ok && local == NULL)
    return TRUE;
  if (local == NULL)
    g_set_error (&local, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "failed without saying why, which is a bug of the plugin");
  else if (ok)
    g_prefix_error (&local, "returned TRUE with an error set, which is a bug of the plugin: ");
  secret_mask_error (local);
  blame (chain, link, local);
  if (local->domain != VENVB_ERROR)
    {
      g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, local->message);
      g_error_free (local);
    }
  else
    g_propagate_error (error, local);
  return FALSE;
}

gboolean
venvb_next (VenvbNext *next, VenvbContext *ctx, GError **error)
{
  Journal *journal = ctx->builder->journal;
  Chain *chain = next->chain;
  VenvbNext rest = { chain, next->at + 1 };
  char caller[sizeof journal->plugin];
  GError *local = NULL;
  const Link *link;
  gboolean ok;

  if (!attrs_are_sound (ctx, error))
    return FALSE;
  if (next->at >= chain->links->len)
    return TRUE;
  chain->deepest = MAX (chain->deepest, next->at);
  link = &g_array_index (chain->links, Link, next->at);
  memcpy (caller, journal->plugin, sizeof caller);
  g_strlcpy (journal->plugin, link->name, sizeof journal->plugin);
  if (ctx->undo != NULL)
    undo_note (ctx->undo, FALSE);
  beneath_forget ();
  ok = link->func (&rest, ctx, link->self, &local);
  if (ctx->fault != NULL)
    ok = check_set (ctx, ok, &local);
  memcpy (journal->plugin, caller, sizeof caller);
  if (ctx->undo != NULL)
    undo_note (ctx->undo, TRUE);
  return check_result (chain, link, ok, local, error);
}

/* Tells whether nobody but the base has a function for a stage. */
gboolean
pipeline_is_alone (const VenvbContext *ctx, VenvbStage stage)
{
  const Plugins *plugins = &ctx->builder->plugins;

  for (guint i = 0; i < plugins->hooks->len; i++)
    if (((const Hook *) g_ptr_array_index (plugins->hooks, i))->stage == stage)
      return FALSE;
  for (guint i = 0; plugins->loaded != NULL && i < plugins->loaded->len; i++)
    if (pipeline_stage_func (&((const Plugin *) g_ptr_array_index (plugins->loaded, i))->desc,
                             stage)
        != NULL)
      return FALSE;
  return TRUE;
}

/* Tells whether it has to be looked whether the directory still has its path: before the
 * first stages that have it, it was just locked. */
static gboolean
is_to_be_looked (VenvbStage stage)
{
  return stages[stage].place == STEP && stage != VENVB_STAGE_ENSURE_DIRECTORIES;
}

/* Fails a stage that does not leave what it has to, since a plugin has replaced it. */
static gboolean
check_left (VenvbContext *ctx, const Chain *chain, GError **error)
{
  const Link *link = &g_array_index (chain->links, Link, chain->deepest);
  const char *missing = would_is (ctx) ? NULL : attrs_missing (ctx, chain->stage);

  if (link->func == chain->base)
    link = &g_array_index (chain->links, Link, 0);
  if (missing != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "plugin '%s', stage %s: it was to %s '%s', and has not", link->name,
                 stages[chain->stage].name, missing[0] == '/' ? "make" : "set", missing);
  return missing == NULL;
}

/* Runs a stage's chain.  The journal tells of it, and afterwards of the stage around it
 * again. */
static gboolean
run_chain (VenvbContext *ctx, VenvbStage stage, GError **error)
{
  VenvbBuilder *builder = ctx->builder;
  Journal *journal = builder->journal;
  g_autoptr (GArray) links = build_chain (&builder->plugins, ctx, stage);
  Chain chain = { stage, links, pipeline_stage_func (builder->plugins.base, stage), NULL, 0 };
  VenvbNext first = { &chain, 0 };
  char around[sizeof journal->stage];
  gboolean ok;

  memcpy (around, journal->stage, sizeof around);
  g_strlcpy (journal->stage, stages[stage].name, sizeof journal->stage);
  journal->in_stage = TRUE;
  ok = (!is_to_be_looked (stage) || context_is_still (ctx, error))
       && venvb_next (&first, ctx, error) && check_left (ctx, &chain, error);
  memcpy (journal->stage, around, sizeof around);
  journal->in_stage = around[0] != '\0';
  g_free (chain.blamed);
  return ok;
}

/* Tells a plugin, who is blamed should it not come back, or set what it may not. */
static gboolean
tell_plugin (VenvbContext *ctx, const Plugin *plugin, VenvbStage stage, VenvbStageEvent event,
             GError **error)
{
  Journal *journal = ctx->builder->journal;
  JournalPlace caller;
  gboolean ok;

  journal_enter (journal, &caller, plugin->name, "stage_event");
  plugin->desc.stage_event (ctx, stage, event, plugin->self);
  journal_leave (journal, &caller);
  ok = attrs_are_sound (ctx, error);
  if (!ok)
    g_prefix_error (error, "plugin '%s', stage_event: ", plugin->name);
  g_clear_pointer (&ctx->fault, g_free);
  return ok;
}

/* Tells of a stage, first him who has the builder, then the plugins. */
static gboolean
tell (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, GError **error)
{
  const VenvbBuilder *builder = ctx->builder;
  const Callbacks *callbacks = &builder->callbacks;
  const GPtrArray *loaded = builder->plugins.loaded;
  gboolean ok = TRUE;

  if (stages[stage].place == WITHIN)
    return TRUE;
  if (callbacks->stage_event != NULL)
    callbacks->stage_event (ctx, stage, event, callbacks->stage_event_data);
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (loaded, i);

      if (plugin->desc.stage_event != NULL && !would_leave_out (ctx, &plugin->desc))
        ok = tell_plugin (ctx, plugin, stage, event, ok ? error : NULL) && ok;
    }
  return ok;
}

/* Notes how long a stage took, and tells. */
static void
note_time (VenvbContext *ctx, VenvbStage stage, double seconds)
{
  const Callbacks *callbacks = &ctx->builder->callbacks;

  if (stages[stage].place != STEP && stages[stage].place != BEFORE)
    return;
  ctx->timings[stage] += seconds;
  ctx->stages_done |= 1u << stage;
  if (callbacks->timing != NULL)
    callbacks->timing (ctx, stages[stage].name, seconds, callbacks->timing_data);
}

void
venvb_context_stop (VenvbContext *ctx, const char *why)
{
  if (ctx->stopped == NULL)
    ctx->stopped = g_strdup (why);
}

/* Fails where somebody has stopped the run. */
static gboolean
goes_on (const VenvbContext *ctx, GError **error)
{
  if (ctx->stopped != NULL)
    g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, ctx->stopped);
  return ctx->stopped == NULL;
}

/* Runs a stage.  One that is not in the row, and that nobody has anything to do with but
 * the base, costs nothing. */
gboolean
pipeline_run (VenvbContext *ctx, VenvbStage stage, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  gboolean ok = tell (ctx, stage, VENVB_EVENT_BEGINS, error) && goes_on (ctx, error);

  if (!ok)
    ; /* who is to be told has stopped it, or set what he may not */
  else if (stages[stage].place != STEP && pipeline_is_alone (ctx, stage))
    ok = pipeline_stage_func (ctx->builder->plugins.base, stage) (NULL, ctx, NULL, error);
  else
    ok = run_chain (ctx, stage, error);
  note_time (ctx, stage, (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC);
  return tell (ctx, stage, ok ? VENVB_EVENT_ENDS : VENVB_EVENT_FAILS, ok ? error : NULL) && ok
         && goes_on (ctx, error);
}

gboolean
pipeline_find_python (VenvbContext *ctx, GError **error)
{
  return pipeline_run (ctx, VENVB_STAGE_FIND_PYTHON, error);
}

static gboolean
with_ignore_files (guint flags)
{
  return flags_has (flags, VENVB_FLAG_SCM_IGNORE_FILES);
}

static gboolean
with_pip (guint flags)
{
  return flags_has (flags, VENVB_FLAG_WITH_PIP);
}

static gboolean
not_upgrading (guint flags)
{
  return !flags_has (flags, VENVB_FLAG_UPGRADE);
}

static gboolean
with_system_site_packages (guint flags)
{
  return flags_has (flags, VENVB_FLAG_SYSTEM_SITE_PACKAGES);
}

static gboolean
upgrading_deps (guint flags)
{
  return flags_has (flags, VENVB_FLAG_UPGRADE_DEPS);
}

/* The order of EnvBuilder.create(), the search for Python first, and at the
 * end what must see every run. */
static const struct
{
  VenvbStage stage;
  gboolean (*condition) (guint flags);
} steps[] = {
  { VENVB_STAGE_FIND_PYTHON, NULL },
  { VENVB_STAGE_ENSURE_DIRECTORIES, NULL },
  { VENVB_STAGE_CREATE_IGNORE_FILES, with_ignore_files },
  { VENVB_STAGE_CREATE_CONFIGURATION, NULL },
  { VENVB_STAGE_SETUP_PYTHON, NULL },
  { VENVB_STAGE_SETUP_PIP, with_pip },
  { VENVB_STAGE_SETUP_SCRIPTS, not_upgrading },
  { VENVB_STAGE_POST_SETUP, not_upgrading },
  { VENVB_STAGE_CREATE_CONFIGURATION, with_system_site_packages },
  { VENVB_STAGE_UPGRADE_DEPENDENCIES, upgrading_deps },
  { VENVB_STAGE_FINISH, NULL },
};

/* Tells whether a stage has its place in a run with these settings. */
static gboolean
is_run (VenvbStage stage, guint flags)
{
  if ((guint) stage < N_STAGES && stages[stage].place != STEP)
    return stages[stage].place != BEFORE || flags_has (flags, VENVB_FLAG_CLEAR);
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    if (steps[i].stage == stage && (steps[i].condition == NULL || steps[i].condition (flags)))
      return TRUE;
  return FALSE;
}

const char **
venvb_builder_get_chain (VenvbBuilder *builder, VenvbStage stage)
{
  g_autoptr (GArray) links = build_chain (&builder->plugins, NULL, stage);
  const char **names = g_new0 (const char *, links->len + 1);

  for (guint i = 0; i < links->len && is_run (stage, builder->settings.flags); i++)
    names[i] = g_array_index (links, Link, i).name;
  return names;
}

static gboolean
run_steps (VenvbContext *ctx, GError **error)
{
  for (guint i = 1; i < G_N_ELEMENTS (steps); i++)
    {
      ctx->is_held = FALSE; /* a stage that goes on without the program does not fail for it */
      if (steps[i].condition == with_system_site_packages && ctx->shows_base)
        venvb_context_set_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES, TRUE);
      if ((steps[i].condition == NULL || steps[i].condition (ctx->flags))
          && !pipeline_run (ctx, steps[i].stage, error) && !would_goes_on (ctx, error))
        return FALSE;
    }
  return TRUE;
}

/* Runs the stages after find_python.  The base Python's packages stay hidden
 * until the stages before the second create_configuration are done: pip would
 * find itself installed there. */
gboolean
pipeline_create (VenvbContext *ctx, GError **error)
{
  gboolean ok;

  ctx->shows_base = with_system_site_packages (ctx->flags);
  venvb_context_set_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES, FALSE);
  ok = run_steps (ctx, error);
  if (!ok)
    venvb_context_set_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES, ctx->shows_base);
  return ok;
}
