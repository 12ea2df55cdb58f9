/* SPDX-License-Identifier: BSD-2-Clause */

/* An environment becomes what a lock says: what fits stays, all else is exchanged,
 * removed or installed. */

#include "lock/room.h"

#include <string.h>

/* What is known of a run. */
typedef struct
{
  VenvbContext *ctx;
  const LockJob *job;
  LockWanted wanted;
  GHashTable *wheels; /* name -> SHA-256 of the wheel that was installed */
} Sync;

static char *
known_hash (const char *path, gpointer ctx)
{
  return venvb_context_hash_wheel (ctx, path, NULL);
}

/* Says what is refused: FALSE with error set to the first of it, and the rest told. */
static gboolean
check_choices (VenvbContext *ctx, const GPtrArray *choices, GError **error)
{
  const char *first = NULL;

  for (guint i = 0; i < choices->len; i++)
    {
      const LockChoice *choice = choices->pdata[i];

      if (choice->outcome != LOCK_REFUSED)
        continue;
      if (first == NULL)
        first = choice->why;
      else
        venvb_context_message (ctx, VENVB_SOURCE_WARNING, "%s", choice->why);
    }
  if (first != NULL)
    g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, first);
  return first == NULL;
}

/* Compares all files that are to be installed with their hashes, before anything is
 * changed. */
static gboolean
check_files (const Sync *sync, const Lock *lock, const Plan *plan, GError **error)
{
  for (guint i = 0; i < plan->install->len; i++)
    {
      LockChoice *choice = plan->install->pdata[i];

      if (choice->sha256 == NULL)
        choice->sha256 = select_check_file (lock, choice, &sync->wanted, error);
      if (choice->sha256 == NULL)
        return FALSE;
    }
  return TRUE;
}

static gboolean
remove_all (const Sync *sync, const Plan *plan, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new ();

  for (guint i = 0; i < plan->remove->len; i++)
    {
      const Installed *installed = plan->remove->pdata[i];

      venvb_context_message (sync->ctx, VENVB_SOURCE_MAIN, "lock: removing %s %s", installed->name,
                             installed->version);
      g_ptr_array_add (entries, installed->entry);
    }
  g_ptr_array_add (entries, NULL);
  return plan->remove->len == 0
         || venvb_context_remove_distributions (sync->ctx, (const char *const *) entries->pdata,
                                                error);
}

static gboolean
install_one (const Sync *sync, const Lock *lock, const LockChoice *choice, GError **error)
{
  g_autofree char *direct =
      choice->is_direct ? direct_text (lock, choice->package, choice->sha256) : NULL;
  const VenvbWheelOptions options = {
    .struct_size = sizeof options, .requested = TRUE, .sha256 = choice->sha256, .direct_url = direct
  };

  venvb_context_message (sync->ctx, VENVB_SOURCE_MAIN, "lock: installing '%s' (%s)", choice->path,
                         choice->why);
  g_hash_table_insert (sync->wheels, choice->package->name, choice->sha256);
  return venvb_context_install_wheel_full (sync->ctx, choice->path, &options, error);
}

/* Has what is not in the cache unpacked and compiled on all processors. */
static void
expect_wheels (const Sync *sync, const GPtrArray *install)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();

  for (guint i = 0; i < install->len; i++)
    g_ptr_array_add (paths, ((const LockChoice *) install->pdata[i])->path);
  g_ptr_array_add (paths, NULL);
  venvb_context_expect_wheels (sync->ctx, (const char *const *) paths->pdata);
}

static gboolean
carry_out (const Sync *sync, const Lock *lock, const Plan *plan, GPtrArray *builds, GError **error)
{
  for (guint i = 0; i < plan->left->len; i++)
    venvb_context_message (sync->ctx, VENVB_SOURCE_WARNING, "lock: %s",
                           (char *) plan->left->pdata[i]);
  for (guint i = 0; i < plan->build->len; i++)
    if (!build_argument (lock, plan->build->pdata[i], sync->job, builds, error))
      return FALSE;
  if (!check_files (sync, lock, plan, error) || !remove_all (sync, plan, error))
    return FALSE;
  expect_wheels (sync, plan->install);
  for (guint i = 0; i < plan->install->len; i++)
    if (!install_one (sync, lock, plan->install->pdata[i], error))
      return FALSE;
  if (plan->remove->len + plan->install->len + plan->build->len == 0)
    venvb_context_message (sync->ctx, VENVB_SOURCE_MAIN, "lock: all is as '%s' has it",
                           sync->job->file);
  return TRUE;
}

/* Reads the lock, and does what it says. */
static gboolean
apply (const Sync *sync, const GPtrArray *installed, const State *state, const State *seen,
       GPtrArray *builds, GError **error)
{
  g_autoptr (Lock) lock = read_lock (sync->job->file, error);
  g_autoptr (GPtrArray) choices = NULL;
  g_autoptr (Plan) plan = NULL;

  if (lock == NULL)
    return FALSE;
  for (guint i = 0; i < lock->warnings->len; i++)
    venvb_context_message (sync->ctx, VENVB_SOURCE_WARNING, "%s",
                           (char *) lock->warnings->pdata[i]);
  choices = select_run (lock, &sync->wanted, error);
  if (choices == NULL || !check_choices (sync->ctx, choices, error))
    return FALSE;
  plan = plan_make (lock, choices, sync->job, &sync->wanted, installed, state, error);
  if (plan == NULL || !carry_out (sync, lock, plan, builds, error))
    return FALSE;
  return plan->build->len > 0 || state_write (sync->ctx, state, seen, sync->wheels, error);
}

/* What is wanted by a job, for what a context's Python has told. */
static void
want (LockWanted *wanted, VenvbContext *ctx, const LockJob *job, const char *const *dirs,
      GHashTable *facts)
{
  env_fill (&wanted->env, facts);
  wanted->extras = job->extras;
  wanted->groups = job->groups;
  wanted->no_default_groups = job->no_default_groups;
  wanted->wheel_dirs = dirs;
  wanted->find_files = TRUE;
  wanted->build_with_pip = job->build_with_pip;
  wanted->hash = known_hash;
  wanted->data = ctx;
}

/* Has the environment be as the lock has it.  Its files are compared with their hashes,
 * and what is installed of them has these. */
gboolean
sync_run (VenvbContext *ctx, const LockJob *job, GPtrArray *builds, GError **error)
{
  g_autoptr (GHashTable) facts = env_facts (ctx);
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  g_autofree char *own = g_path_get_dirname (job->file);
  g_autofree const char **dirs = compare_wheel_dirs (job, own);
  g_autoptr (GHashTable) wheels = g_hash_table_new (g_str_hash, g_str_equal);
  Sync sync = { ctx, job, { .tags = tags }, wheels };
  g_autoptr (GPtrArray) installed =
      installed_list (venvb_context_get (ctx, VENVB_ATTR_LIB_PATH),
                      venvb_context_get (ctx, VENVB_ATTR_PLATLIB_PATH), error);
  g_autoptr (State) state = state_read (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));
  g_autoptr (State) seen = NULL;

  if (installed == NULL)
    return FALSE;
  want (&sync.wanted, ctx, job, dirs, facts);
  seen = state_look (job, &sync.wanted);
  if (!state_holds (state, seen, job, installed))
    return apply (&sync, installed, state, seen, builds, error);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN,
                         "lock: nothing has changed since '%s' was installed", job->file);
  return TRUE;
}

/* Tells whether all that the lock wants is here, and is what was locked. */
gboolean
sync_fits (VenvbContext *ctx, const LockJob *job, GError **error)
{
  g_autoptr (GHashTable) facts = env_facts (ctx);
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  g_autofree char *own = g_path_get_dirname (job->file);
  g_autofree const char **dirs = compare_wheel_dirs (job, own);
  LockWanted wanted = { .tags = tags };
  g_autoptr (Lock) lock = read_lock (job->file, error);
  g_autoptr (GPtrArray) choices = NULL;

  want (&wanted, ctx, job, dirs, facts);
  choices = lock == NULL ? NULL : select_run (lock, &wanted, error);
  for (guint i = 0; choices != NULL && i < choices->len; i++)
    {
      LockChoice *choice = choices->pdata[i];

      if (choice->outcome == LOCK_REFUSED)
        {
          g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, choice->why);
          return FALSE;
        }
      if (choice->outcome == LOCK_TAKEN && choice->sha256 == NULL
          && (choice->sha256 = select_check_file (lock, choice, &wanted, error)) == NULL)
        return FALSE;
    }
  return choices != NULL;
}
