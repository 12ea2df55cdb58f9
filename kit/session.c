/* SPDX-License-Identifier: BSD-2-Clause */

/* One life of the plugin: opened, loaded, configured, used, unloaded.  Each of
 * its functions is watched while it runs. */

#include "config.h"

#include "kit/room.h"

#include "core/table.h"

#include <string.h>

/* An error is one line; the output of a program may follow, each line after
 * "\n  | ". */
static gboolean
is_one_line (const char *message)
{
  static const char mark[] = "\n  | ";

  for (const char *at = message; *at != '\0'; at++)
    if (g_str_has_prefix (at, mark))
      at += strlen (mark) - 1;
    else if (g_ascii_iscntrl (*at) && *at != '\t')
      return FALSE;
  return TRUE;
}

/* Reports an ill-formed result. */
static void
check_result (Check *check, const char *where, gboolean ok, const GError *error)
{
  if (ok && error != NULL)
    check_problem (check, "%s: returns TRUE with an error set: '%s'", where, error->message);
  if (!ok && error == NULL)
    check_problem (check, "%s: returns FALSE without setting an error", where);
  if (error == NULL)
    return;
  if (error->message == NULL || error->message[0] == '\0')
    check_problem (check, "%s: its error has no text", where);
  else if (!is_one_line (error->message))
    check_problem (check, "%s: its error is not one line of plain text: '%s'", where,
                   error->message);
}

/* Looks at what a function of the plugin has done to the process, and at its
 * result; where names the function. */
static gboolean
end_call (Session *session, const char *where, State *before, gboolean ok, GError *local,
          GError **error)
{
  g_autoptr (State) state = before;
  g_autoptr (State) after = state_take ();

  check_where (session->check, "");
  state_compare (session->check, where, state, after, TRUE);
  state_note_resources (session->owners, where);
  check_result (session->check, where, ok, local);
  if (!ok && local == NULL)
    g_set_error (&local, VENVB_ERROR, VENVB_ERROR_PLUGIN, "%s: failed", where);
  if (ok)
    g_clear_error (&local);
  else
    g_propagate_error (error, local);
  return ok;
}

static State *
begin_call (Session *session, const char *where)
{
  check_where (session->check, where);
  return state_take ();
}

/* Opens the plugin in this process.  Close it with session_close(), even when
 * `desc` is NULL, with error set, as it can't be opened. */
Session *
session_open (Check *check, GError **error)
{
  Session *session = g_new0 (Session, 1);
  g_autoptr (State) before = state_take ();
  g_autoptr (State) after = NULL;

  session->check = check;
  session->before = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  session->owners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  session->given = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  session->builder = venvb_builder_new ();
  state_note_resources (session->before, "");
  check_where (check, "loading");
  session->info = venvb_builder_describe_plugin (session->builder, check->path, error);
  check_where (check, "");
  if (session->info == NULL)
    return session;
  session->desc = venvb_plugin_info_get_plugin (session->info);
  after = state_take ();
  /* The run-time system of a language may handle signals. */
  state_compare (check, "loading", before, after, FALSE);
  state_note_resources (session->owners, "loading");
  return session;
}

gboolean
session_load (Session *session)
{
  g_autoptr (GError) error = NULL;
  GError *local = NULL;
  gboolean ok = TRUE;

  session->self = session->data = typed_new (session->desc);
  if (session->desc->load != NULL)
    {
      State *before = begin_call (session, "load");

      ok = session->desc->load (&session->self, &local);
      if (ok && session->data != NULL && session->self != session->data)
        check_problem (session->check,
                       "load: has put its data in the place of those that venvb has made");
      ok = end_call (session, "load", before, ok, local, &error);
    }
  session->is_loaded = ok;
  if (!ok)
    check_problem (session->check, "load: fails: %s", error->message);
  return ok;
}

/* Gives the plugin an option, as a user in the current directory would. */
gboolean
session_set_option (Session *session, const char *key, const char *value, GError **error)
{
  GError *local = NULL;
  State *before = NULL;
  gboolean ok;

  g_hash_table_add (session->given, g_strdup (key));
  before = begin_call (session, "set_option");
  ok = typed_set (session->desc, session->self, key, value, NULL, &local);
  return end_call (session, "set_option", before, ok, local, error);
}

gboolean
session_ready (Session *session, GError **error)
{
  GError *local = NULL;
  State *before = NULL;
  gboolean ok;

  if (!typed_finish (session->desc, session->self, session->given, error))
    return FALSE;
  if (session->desc->ready == NULL)
    return TRUE;
  before = begin_call (session, "ready");
  ok = session->desc->ready (session->self, &local);
  return end_call (session, "ready", before, ok, local, error);
}

/* Calls the plugin's function for a stage. */
gboolean
session_stage (Session *session, const char *where, VenvbStageFunc func, VenvbNext *next,
               VenvbContext *ctx, GError **error)
{
  GError *local = NULL;
  State *before = begin_call (session, where);
  gboolean ok = func (next, ctx, session->self, &local);

  return end_call (session, where, before, ok, local, error);
}

/* Tells the plugin of a stage. */
void
session_event (Session *session, VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event)
{
  State *before = begin_call (session, "stage_event");

  session->desc->stage_event (ctx, stage, event, session->self);
  end_call (session, "stage_event", before, TRUE, NULL, NULL);
}

/* Asks the plugin whether it has changed anything. */
void
session_changed (Session *session, VenvbContext *ctx)
{
  State *before = begin_call (session, "changed");
  VenvbChanged changed = session->desc->changed (ctx, session->self);

  end_call (session, "changed", before, TRUE, NULL, NULL);
  if (changed != VENVB_CHANGED_NO && changed != VENVB_CHANGED_YES
      && changed != VENVB_CHANGED_UNKNOWN)
    check_problem (session->check,
                   "changed: returns %d, which is none of VENVB_CHANGED_NO, "
                   "VENVB_CHANGED_YES and VENVB_CHANGED_UNKNOWN",
                   (int) changed);
  if (changed == VENVB_CHANGED_YES)
    check_report (session->check, REPORT_CHANGED, "y");
  else if (changed == VENVB_CHANGED_NO
           && venvb_context_get_changed (ctx) != VENVB_CHANGED_YES) /* seen by venvb */
    check_report (session->check, REPORT_CHANGED, "n");
}

/* Ends the plugin's life, and reports what outlives it. */
void
session_close (Session *session)
{
  if (session->is_loaded && session->desc->unload != NULL)
    {
      State *before = begin_call (session, "unload");

      session->desc->unload (session->self);
      end_call (session, "unload", before, TRUE, NULL, NULL);
    }
  if (session->data != NULL)
    typed_free (session->desc, session->data);
  venvb_plugin_info_free (session->info);
  venvb_builder_free (session->builder);
  state_report_resources (session->check, session->owners, session->before);
  g_hash_table_unref (session->given);
  g_hash_table_unref (session->before);
  g_hash_table_unref (session->owners);
  g_free (session);
}
