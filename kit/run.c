/* SPDX-License-Identifier: BSD-2-Clause */

/* The stages of a plugin, in scratch environments: each as a hook, with one
 * around it and one below it that see what it does and make it fail. */

#include "config.h"

#include "kit/room.h"

#include "undo/undo.h"

#include <string.h>
#include <unistd.h>

#define FAILURE "the check wants this to fail"
#define MAX_STAGES 32

/* One stage of the plugin. */
typedef struct
{
  Session *session;
  const Run *run;
  VenvbStage stage;
  VenvbStageFunc func;  /* the plugin's, or NULL */
  guint inner_calls;    /* how often the rest of the chain was run */
  gboolean inner_fails; /* as it did when it was last run */
  gboolean blamed;      /* it failed by itself */
} Stage;

/* The rest of the chain, as far as the plugin knows.  What would use the
 * network is left out. */
static gboolean
inner (VenvbNext *next, VenvbContext *ctx, gpointer data, GError **error)
{
  Stage *stage = data;
  char where[WHERE_SIZE];
  gboolean ok = TRUE;

  stage->inner_calls++;
  if ((int) stage->stage == stage->run->failing)
    {
      g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, FAILURE);
      return FALSE;
    }
  memcpy (where, stage->session->check->where, sizeof where);
  check_where (stage->session->check, "");
  if (stage->stage != VENVB_STAGE_UPGRADE_DEPENDENCIES)
    ok = venvb_next (next, ctx, error);
  check_where (stage->session->check, where);
  stage->inner_fails = !ok;
  return ok;
}

/* Judges how the stage went along with the rest of the chain. */
static void
check_flow (Stage *stage, const char *where, gboolean ok)
{
  Check *check = stage->session->check;
  gboolean has_failed = (int) stage->stage == stage->run->failing && stage->inner_calls > 0;

  if (has_failed && ok)
    check_problem (check, "%s: goes on although venvb_next() failed", where);
  /* The whole run may be tried again. */
  if (stage->inner_calls > 1 && stage->stage != VENVB_STAGE_CREATE)
    check_problem (check, "%s: calls venvb_next() %u times", where, stage->inner_calls);
  else if (stage->inner_calls == 0 && ok && stage->stage != VENVB_STAGE_SYMLINK_OR_COPY
           && stage->stage != VENVB_STAGE_INSTALL_SCRIPT) /* of some files */
    check_note (check, "%s: replaces what is below it: it does not call venvb_next()", where);
}

/* The plugin's own function. */
static gboolean
middle (VenvbNext *next, VenvbContext *ctx, gpointer data, GError **error)
{
  Stage *stage = data;
  Check *check = stage->session->check;
  g_autofree char *where = g_strconcat ("stage ", venvb_stage_name (stage->stage), NULL);
  g_autoptr (GError) local = NULL;
  g_autoptr (GHashTable) linked = left_take (check);
  gboolean ok;

  stage->inner_calls = 0;
  stage->inner_fails = FALSE;
  ok = session_stage (stage->session, where, stage->func, next, ctx, &local);
  left_compare (check, where, linked);
  check_flow (stage, where, ok);
  /* What has failed below it, is told there. */
  if (!ok && !stage->inner_fails && strstr (local->message, FAILURE) == NULL
      && (int) stage->stage != stage->run->failing)
    {
      check_problem (check, "%s: fails: %s", where, local->message);
      stage->blamed = TRUE;
    }
  if (!ok)
    g_propagate_error (error, g_steal_pointer (&local));
  return ok;
}

/* Around the last stage: lets all succeed, and then the run fail. */
static gboolean
outer (VenvbNext *next, VenvbContext *ctx, gpointer data, GError **error)
{
  const Stage *stage = data;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (!stage->run->undone)
    return TRUE;
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, FAILURE);
  return FALSE;
}

/* Puts the plugin's stages in place. */
static void
add_hooks (VenvbBuilder *builder, Stage *stages)
{
  VenvbStage last = venvb_builder_get_flag (builder, VENVB_FLAG_UPGRADE_DEPS)
                        ? VENVB_STAGE_UPGRADE_DEPENDENCIES
                        : VENVB_STAGE_POST_SETUP;

  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    {
      if (stages[i].func != NULL || i == VENVB_STAGE_UPGRADE_DEPENDENCIES)
        venvb_builder_add_hook (builder, i, "the rest", inner, &stages[i], NULL);
      if (stages[i].func != NULL)
        venvb_builder_add_hook (builder, i, "plugin", middle, &stages[i], NULL);
    }
  venvb_builder_add_hook (builder, last, "the end", outer, &stages[last], NULL);
}

static VenvbBuilder *
make_builder (const Check *check, const Run *run)
{
  VenvbBuilder *builder = venvb_builder_new ();
  g_autofree char *cache = check_path (check, "cache");
  guint on = run->on;

  /* pip takes time: it is there in new environments, and once more. */
  if (run->is_new || run->with_pip)
    on |= check->base_on;
  if (run->undone && (check->stages & (1u << VENVB_STAGE_UPGRADE_DEPENDENCIES)) != 0)
    on |= 1u << VENVB_FLAG_UPGRADE_DEPS;
  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_set_flag (builder, VENVB_FLAG_COMPILE, FALSE);
  for (guint i = 0; i < 32; i++)
    if (on & (1u << i))
      venvb_builder_set_flag (builder, i, TRUE);
  venvb_builder_set_cache_dir (builder, cache);
  venvb_builder_set_link_mode (builder, VENVB_LINK_HARDLINK);
  venvb_builder_set_python (builder, check->python != NULL ? check->python : check->what->python);
  venvb_builder_remove_plugin (builder, check->name);
  return builder;
}

/* Tells which Python it was.  One that takes long to find need not be looked
 * for in each run, unless that is the plugin's business. */
static void
on_created (VenvbContext *ctx, double seconds, gpointer check)
{
  if ((((Check *) check)->stages & (1u << VENVB_STAGE_FIND_PYTHON)) == 0)
    check_report (check, REPORT_PYTHON, venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE));
}

static void
on_event (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer session)
{
  session_event (session, ctx, stage, event);
}

/* All is made.  What follows is that the data are freed which the plugin has left. */
static void
on_made (VenvbContext *ctx, double seconds, gpointer data)
{
  Session *session = data;

  if (session->desc->changed != NULL)
    session_changed (session, ctx);
  check_where (session->check, "what it gave venvb_context_set_data() to free data");
}

/* Has the plugin hear of what is no stage. */
static void
add_callbacks (VenvbBuilder *builder, Session *session)
{
  if (session->info == NULL)
    venvb_builder_set_created (builder, on_created, session->check, NULL);
  else
    venvb_builder_set_created (builder, on_made, session, NULL);
  if (session->info != NULL && session->desc->stage_event != NULL)
    venvb_builder_set_stage_event (builder, on_event, session, NULL);
}

/* Creates the environment, with the session's plugin or without any.  Sets
 * blamed to whether the plugin was told that it fails. */
static gboolean
create (Session *session, const Run *run, gboolean *blamed, GError **error)
{
  g_autoptr (VenvbBuilder) builder = make_builder (session->check, run);
  g_autofree char *env_dir = check_path (session->check, "project/env");
  Stage stages[MAX_STAGES] = { 0 };
  gboolean ok;

  for (guint i = 0; i < MAX_STAGES; i++)
    stages[i] = (Stage){ .session = session, .run = run, .stage = i };
  for (guint i = 0; session->info != NULL && i < MAX_STAGES; i++)
    stages[i].func = venvb_plugin_info_get_stage (session->info, i);
  add_hooks (builder, stages);
  add_callbacks (builder, session);
  ok = venvb_builder_create (builder, env_dir, error);
  check_where (session->check, "");
  for (guint i = 0; i < MAX_STAGES; i++)
    *blamed = *blamed || stages[i].blamed;
  return ok;
}

/* Gives the plugin its options.  What it refuses is for the user to hear. */
static gboolean
configure (Session *session)
{
  GPtrArray *options = session->check->options;
  g_autoptr (GError) error = NULL;
  gboolean ok = TRUE;

  for (guint i = 0; i < options->len && ok; i += 2)
    ok = session_set_option (session, g_ptr_array_index (options, i),
                             g_ptr_array_index (options, i + 1), &error);
  if (ok && session_ready (session, &error))
    return TRUE;
  check_report (session->check, REPORT_REFUSAL, error->message);
  return FALSE;
}

/* Notes what the plugin has written into a new environment without venvb's knowing: when a
 * run fails, that is taken for what others may have put there. */
static void
note_doubted (Check *check, const char *message)
{
  const char *names = strstr (message, UNDO_DOUBTED);
  g_autofree char *text = names == NULL ? NULL : g_strdup (names + strlen (UNDO_DOUBTED));

  if (names == NULL)
    return;
  if (strchr (text, ';') != NULL)
    *strchr (text, ';') = '\0';
  check_report (check, REPORT_DOUBTED, text);
}

/* Reports that, where the same was not left in an environment that exists, which is worse. */
static void
report_doubted (Check *check)
{
  if (check->doubted != NULL)
    check_problem (check,
                   "writes %s directly: when the run fails, nobody can tell whether others have "
                   "put it there; venvb_context_write_file() notes it",
                   check->doubted);
}

/* Reports a failure that was not intended, unless the plugin was told already. */
static void
judge (Check *check, const Run *run, gboolean ok, gboolean blamed, const GError *error)
{
  if (!ok && run->undone && run->is_new)
    note_doubted (check, error->message);
  if (!ok && run->failing < 0 && !run->undone && !blamed)
    check_problem (check, "the environment can't be made: %s", error->message);
  if (!ok)
    check_report (check, REPORT_FAILED, "");
}

/* A life of the plugin in which one environment is made, in this process. */
void
run_with_plugin (Check *check, gpointer data)
{
  const Run *run = data;
  g_autofree char *project = check_path (check, "project");
  g_autoptr (GError) error = NULL;
  Session *session = session_open (check, NULL);
  gboolean blamed = FALSE;

  if (session->desc != NULL && session_load (session) && configure (session)
      && chdir (project) == 0)
    {
      gboolean ok = create (session, run, &blamed, &error);
      judge (check, run, ok, blamed, error);
    }
  session_close (session);
}

/* The same without the plugin, to see whether an environment can be made at
 * all. */
void
run_without_plugin (Check *check, gpointer run)
{
  g_autofree char *project = check_path (check, "project");
  g_autoptr (GError) error = NULL;
  Session session = { .check = check };
  gboolean blamed = FALSE;

  if (chdir (project) == 0 && !create (&session, run, &blamed, &error))
    check_report (check, REPORT_REFUSAL, error->message);
}

/* Reports what is left where temporary files are, and removes it. */
static void
check_temporary (Check *check)
{
  g_autofree char *path = check_path (check, "tmp");
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, entry, NULL);

      check_problem (check, "leaves '$TMPDIR/%s' behind", entry);
      tree_remove (file);
    }
}

/* Makes an environment that the plugin had no part in. */
static gboolean
make_others (Check *check)
{
  const Run plain = { .label = "", .failing = -1, .is_new = TRUE };
  gboolean ok;

  tree_reset (check);
  ok = child_run (check, run_without_plugin, (gpointer) &plain) && check->refusal == NULL;
  g_clear_pointer (&check->refusal, g_free);
  return ok;
}

/* Compares what the plugin said of a run over an environment that nobody has touched with
 * what has become of that. */
static void
check_changed (Check *check, GHashTable *before, GHashTable *after)
{
  g_autofree char *path = tree_differs (check, before, after);

  if (check->changed == 'n' && path != NULL)
    check_problem (check, "changed: says that nothing was changed, but '%s' was", path);
  else if (check->changed == 'y' && path == NULL)
    check_note (check,
                "changed: says that something was changed, where the environment is as it was");
}

/* One run; FALSE when there is no sense in another.  One that is undone in an environment
 * that was there before is to leave all of that as it was. */
static gboolean
run (Check *check, const Run *run)
{
  const gboolean is_over = run->undone && !run->is_new, with_env = is_over || run->is_again;
  g_autoptr (GHashTable) before = NULL;
  g_autoptr (GHashTable) after = NULL;
  gboolean ok;

  if (is_over && !make_others (check))
    return FALSE;
  if (run->is_new)
    tree_reset (check);
  check->label = run->label;
  check->has_failed = FALSE;
  check->changed = '\0';
  before = tree_take (check, with_env);
  check->is_watched = TRUE;
  ok = child_run (check, run_with_plugin, (gpointer) run) && check->refusal == NULL;
  check->is_watched = FALSE;
  after = tree_take (check, with_env);
  if (ok && check->has_failed)
    tree_compare (check, "a run that fails", before, after);
  else if (ok)
    left_examine (check, run->is_new);
  if (ok && !check->has_failed && run->is_again)
    check_changed (check, before, after);
  check_temporary (check);
  check->label = "";
  return ok;
}

static gboolean
run_failing (Check *check)
{
  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    {
      g_autofree char *label = g_strdup_printf (" (when %s fails below it)", venvb_stage_name (i));
      Run failing = { .label = label, .failing = i, .is_new = TRUE };

      if (i == VENVB_STAGE_UPGRADE_DEPENDENCIES)
        failing.on = 1u << VENVB_FLAG_UPGRADE_DEPS;
      if ((check->stages & (1u << i)) != 0 && !run (check, &failing))
        return FALSE;
    }
  return TRUE;
}

/* Makes an environment without the plugin, and settles by it whether there is
 * a way to have pip in those that follow. */
static gboolean
try_without_plugin (Check *check)
{
  const guint with_pip = 1u << VENVB_STAGE_POST_SETUP | 1u << VENVB_STAGE_UPGRADE_DEPENDENCIES;
  const guint pip_itself = 1u << VENVB_STAGE_SETUP_PIP;
  Run run = { .label = "", .failing = -1, .is_new = TRUE };

  check->base_on =
      (check->stages & (with_pip | pip_itself)) == with_pip ? 1u << VENVB_FLAG_WITH_PIP : 0;
  if (!child_run (check, run_without_plugin, &run))
    return FALSE;
  check->is_broken = check->refusal != NULL && check->base_on == 0;
  if (check->refusal == NULL || check->is_broken)
    return !check->is_broken;
  check_note (check, "pip can't be installed, so all is checked without: %s", check->refusal);
  g_clear_pointer (&check->refusal, g_free);
  check->base_on = 0;
  check->is_broken = !child_run (check, run_without_plugin, &run) || check->refusal != NULL;
  return !check->is_broken;
}

/* Where there is no pip in the other runs, one in an environment that has files which are
 * linked into the cache: without the plugin first, which may not be blamed for what is
 * missing here. */
static gboolean
run_with_links (Check *check)
{
  const guint after_pip = 1u << VENVB_STAGE_SETUP_SCRIPTS | 1u << VENVB_STAGE_POST_SETUP
                          | 1u << VENVB_STAGE_UPGRADE_DEPENDENCIES | 1u << VENVB_STAGE_FINISH;
  const Run linked = {
    .label = " (with pip)", .failing = -1, .on = 1u << VENVB_FLAG_WITH_PIP, .is_new = TRUE
  };
  gboolean ok;

  if (check->base_on != 0 || (check->stages & after_pip) == 0)
    return TRUE;
  tree_reset (check);
  ok = child_run (check, run_without_plugin, (gpointer) &linked);
  if (ok && check->refusal != NULL)
    check_note (check, "no files are linked where pip can't be installed: %s", check->refusal);
  else
    ok = ok && run (check, &linked);
  g_clear_pointer (&check->refusal, g_free);
  return ok;
}

/* Runs the plugin in all ways there are.  FALSE when it was of no use to go on. */
gboolean
run_all (Check *check)
{
  static const Run runs[] = {
    { .label = "", .failing = -1, .is_new = TRUE },
    { .label = " (in an environment that exists)",
      .failing = -1,
      .with_pip = TRUE,
      .is_again = TRUE },
    { .label = " (with --upgrade)", .failing = -1, .on = 1u << VENVB_FLAG_UPGRADE },
    { .label = " (with --clear)", .failing = -1, .on = 1u << VENVB_FLAG_CLEAR },
    { .label = " (with --system-site-packages)",
      .failing = -1,
      .on = 1u << VENVB_FLAG_SYSTEM_SITE_PACKAGES },
    { .label = " (in a run that fails at its end)", .failing = -1, .is_new = TRUE, .undone = TRUE },
    { .label = " (in a run that fails in an environment that exists)",
      .failing = -1,
      .with_pip = TRUE,
      .undone = TRUE },
  };

  if (!try_without_plugin (check))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    if (!run (check, &runs[i]))
      return FALSE;
  report_doubted (check);
  return run_with_links (check) && run_failing (check);
}
