/* SPDX-License-Identifier: BSD-2-Clause */

/* An environment becomes what a lock says: what fits stays, all else is exchanged,
 * removed or installed. */

#include "lock/room.h"

#include <string.h>

/* What is being carried out. */
typedef struct
{
  VenvbContext *ctx;
  const LockRun *run;
  GHashTable *wheels; /* name -> SHA-256 of the wheel that was installed */
} Sync;

static gboolean
remove_all (const Sync *sync, GError **error)
{
  const Plan *plan = sync->run->plan;
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();

  for (guint i = 0; i < plan->remove->len; i++)
    {
      const Installed *installed = plan->remove->pdata[i];

      venvb_context_message (sync->ctx, VENVB_SOURCE_MAIN, "lock: removing %s %s", installed->name,
                             installed->version);
      g_ptr_array_add (entries, installed->path);
    }
  g_ptr_array_add (entries, NULL);
  return plan->remove->len == 0
         || venvb_context_remove_distributions (sync->ctx, (const char *const *) entries->pdata,
                                                error);
}

/* Tells whether a wheel's own RECORD is not to be looked at. */
static gboolean
is_taken_as_it_is (const Sync *sync, const LockChoice *choice)
{
  return name_is_among (choice->package->name, sync->run->job.any_record);
}

/* Says which package it is that can't be installed, and what can be done where its RECORD is
 * the reason.  Returns FALSE. */
static gboolean
fail (const Sync *sync, const LockChoice *choice, GError *reason, GError **error)
{
  const char *name = choice->package->name;
  gboolean has_file = choice->file != NULL;
  const Place place = { sync->run->lock->path,
                        has_file ? choice->file->line : choice->package->line, name, NULL };
  g_autofree char *todo =
      strstr (reason->message, "RECORD") == NULL
          ? NULL
          : g_strdup_printf ("have the wheel mended, or take it as it is (any-record=%s)", name);

  return refusal_because (error, &place, has_file ? choice->file->key : NULL, todo, reason);
}

static gboolean
install_one (const Sync *sync, const LockChoice *choice, GError **error)
{
  g_autofree char *direct =
      choice->is_direct ? direct_text (sync->run->lock, choice->package, choice->sha256) : NULL;
  const VenvbWheelOptions options = { .struct_size = sizeof options,
                                      .requested = TRUE,
                                      .sha256 = choice->sha256,
                                      .direct_url = direct,
                                      .any_record = is_taken_as_it_is (sync, choice) };
  GError *reason = NULL;

  venvb_context_message (sync->ctx, VENVB_SOURCE_MAIN, "lock: installing '%s' (%s)", choice->path,
                         choice->why);
  g_hash_table_insert (sync->wheels, choice->package->name, choice->sha256);
  return venvb_context_install_wheel_full (sync->ctx, choice->path, &options, &reason)
         || fail (sync, choice, reason, error);
}

/* Has what is not in the cache unpacked and compiled on all processors. */
static void
expect_wheels (const Sync *sync, const GPtrArray *install)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; i < install->len; i++)
    if (!is_taken_as_it_is (sync, install->pdata[i]))
      g_ptr_array_add (paths, ((const LockChoice *) install->pdata[i])->path);
  g_ptr_array_add (paths, NULL);
  venvb_context_expect_wheels (sync->ctx, (const char *const *) paths->pdata);
}

/* The version of a package that is to be removed, or NULL. */
static const char *
removed_version (const Plan *plan, const char *name)
{
  for (guint i = 0; i < plan->remove->len; i++)
    {
      const Installed *installed = plan->remove->pdata[i];

      if (g_str_equal (installed->name, name))
        return installed->version;
    }
  return NULL;
}

/* What a dry run tells of a package that the lock wants and that is not there as it wants
 * it. */
static void
rehearse_one (const Sync *sync, const LockChoice *choice)
{
  const char *name = choice->package->name;
  const char *before = removed_version (sync->run->plan, name);
  g_autofree char *version = plan_version (choice);
  const char *after = version != NULL ? version : "(a version that is not known)";
  g_autofree char *what = before == NULL ? g_strjoin (" ", name, after, NULL)
                                         : g_strjoin (" ", name, before, "by", after, NULL);

  venvb_context_would (sync->ctx, before == NULL ? "install" : "exchange", what);
}

/* What a dry run tells of all. */
static void
rehearse (const Sync *sync)
{
  const Plan *plan = sync->run->plan;
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < plan->install->len + plan->build->len; i++)
    {
      const LockChoice *choice = i < plan->install->len
                                     ? plan->install->pdata[i]
                                     : plan->build->pdata[i - plan->install->len];

      g_hash_table_add (wanted, choice->package->name);
      rehearse_one (sync, choice);
    }
  for (guint i = 0; i < plan->remove->len; i++)
    {
      const Installed *installed = plan->remove->pdata[i];
      g_autofree char *what = g_strjoin (" ", installed->name, installed->version, NULL);

      if (!g_hash_table_contains (wanted, installed->name))
        venvb_context_would (sync->ctx, "uninstall", what);
    }
}

static gboolean
carry_out (const Sync *sync, GPtrArray *builds, GError **error)
{
  const LockRun *run = sync->run;
  const Plan *plan = run->plan;

  for (guint i = 0; i < plan->left->len; i++)
    venvb_context_message (sync->ctx, VENVB_SOURCE_WARNING, "lock: %s",
                           (char *) plan->left->pdata[i]);
  if (venvb_context_get_flag (sync->ctx, VENVB_FLAG_DRY_RUN))
    return rehearse (sync), TRUE;
  for (guint i = 0; i < plan->build->len; i++)
    if (!build_argument (run->lock, plan->build->pdata[i], &run->job, builds, error))
      return FALSE;
  if (!remove_all (sync, error))
    return FALSE;
  expect_wheels (sync, plan->install);
  for (guint i = 0; i < plan->install->len; i++)
    if (!install_one (sync, plan->install->pdata[i], error))
      return FALSE;
  if (plan->remove->len + plan->install->len + plan->build->len == 0)
    venvb_context_message (sync->ctx, VENVB_SOURCE_MAIN, "lock: all is as '%s' has it",
                           run->job.file);
  return TRUE;
}

static void
warn (VenvbContext *ctx, const GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "%s", (char *) lines->pdata[i]);
}

/* Does what is left to be done. */
static gboolean
apply (VenvbContext *ctx, LockRun *run, GPtrArray *builds, GError **error)
{
  g_autoptr (GHashTable) wheels = g_hash_table_new (g_str_hash, g_str_equal);
  const Sync sync = { ctx, run, wheels };

  if (run->plan == NULL)
    {
      venvb_context_message (ctx, VENVB_SOURCE_MAIN,
                             "lock: nothing has changed since '%s' was installed", run->job.file);
      return TRUE;
    }
  warn (ctx, run->lock->warnings);
  return carry_out (&sync, builds, error)
         && (run->plan->build->len > 0 || state_write (ctx, run->state, run->seen, wheels, error));
}

/* Has the environment be as the lock has it.  Its files are compared with their hashes,
 * and what is installed of them has these. */
gboolean
sync_run (VenvbContext *ctx, const LockJob *job, LockRun *run, GPtrArray *builds, GError **error)
{
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (LockRun) own = NULL;

  if (run == NULL || !run_is_for (run, ctx, job))
    run = own = run_prepare (ctx, job, others, error);
  if (run != NULL && run_renew (run, others, error))
    return apply (ctx, run, builds, error);
  warn (ctx, others);
  return FALSE;
}
