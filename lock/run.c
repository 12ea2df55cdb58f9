/* SPDX-License-Identifier: BSD-2-Clause */

/* What is to be done for a lock, and whether it can be: found out before anything is made
 * or removed, and looked at once more where something has changed since.  The lock is read
 * once. */

#include "lock/room.h"

#include <string.h>
#include <unistd.h>

/* --- Whom it is for ----------------------------------------------------- */

static void
add_words (GString *out, const char *const *words)
{
  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    g_string_append_printf (out, "%s/", words[i]);
  g_string_append_c (out, '\n');
}

/* What is known of a context that counts: another plugin may have changed it meanwhile. */
static char *
given_of (VenvbContext *ctx, const LockJob *job)
{
  static const char *const keys[] = {
    "implementation", "version",      "full_version", "implementation_version",
    "abiflags",       "ext_suffix",   "platform",     "bits",
    "libc",           "libc_version", "elf_machine",  "elf_flags",
    "no_manylinux",   "purelib",      "platlib",
  };
  GString *out = g_string_new (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const char *fact = venvb_context_get_fact (ctx, keys[i]);

      g_string_append_printf (out, "\n%s", fact != NULL ? fact : "");
    }
  g_string_append_printf (out, "\n%s\n", job->file);
  add_words (out, job->keep_seeds);
  return g_string_free (out, FALSE);
}

/* Tells whether a run was made for this. */
gboolean
run_is_for (const LockRun *run, VenvbContext *ctx, const LockJob *job)
{
  g_autofree char *given = given_of (ctx, job);

  return g_str_equal (given, run->given);
}

static char *
known_hash (const char *path, gpointer ctx)
{
  return venvb_context_hash_wheel (ctx, path, NULL);
}

/* A place in the environment, of which the Python tells where it is. */
static char *
place_of (VenvbContext *ctx, const char *fact)
{
  const char *relative = venvb_context_get_fact (ctx, fact);

  return g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR),
                           relative != NULL ? relative : fact, NULL);
}

static void
want (LockRun *run, VenvbContext *ctx, GHashTable *facts)
{
  const LockJob *job = &run->job;
  LockWanted *wanted = &run->wanted;

  env_fill (&wanted->env, facts);
  wanted->tags = run->tags;
  wanted->extras = job->extras;
  wanted->groups = job->groups;
  wanted->no_default_groups = job->no_default_groups;
  wanted->wheel_dirs = run->dirs;
  wanted->find_files = TRUE;
  wanted->build_with_pip = job->build_with_pip;
  wanted->may_fetch = job->fetch != NULL;
  wanted->newest = job->newest;
  wanted->hash = known_hash;
  wanted->data = ctx;
}

static void
forget_fetched (gpointer fetched)
{
  fetch_forget (fetched);
}

static LockRun *
run_new (VenvbContext *ctx, const LockJob *job)
{
  g_autoptr (GHashTable) facts = env_facts (ctx);
  LockRun *run = g_new0 (LockRun, 1);

  run->job = *job;
  run->given = given_of (ctx, job);
  run->seeds = g_strdupv ((char **) job->keep_seeds);
  run->job.keep_seeds = (const char *const *) run->seeds;
  run->tags = wheel_tags_of_facts (facts);
  run->lock_dir = g_path_get_dirname (job->file);
  run->dirs = compare_wheel_dirs (job, run->lock_dir);
  run->env_dir = g_strdup (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));
  run->purelib = place_of (ctx, "purelib");
  run->platlib = place_of (ctx, "platlib");
  want (run, ctx, facts);
  run->seen = state_look (job, &run->wanted);
  run->fetched = g_ptr_array_new_with_free_func (forget_fetched);
  return run;
}

void
run_free (LockRun *run)
{
  if (run == NULL)
    return;
  g_free (run->given);
  g_strfreev (run->seeds);
  g_free (run->lock_dir);
  g_free (run->dirs);
  g_free (run->env_dir);
  g_free (run->purelib);
  g_free (run->platlib);
  plan_free (run->plan);
  g_clear_pointer (&run->choices, g_ptr_array_unref);
  g_clear_pointer (&run->lock, lock_free);
  g_clear_pointer (&run->installed, g_ptr_array_unref);
  g_clear_pointer (&run->state, state_free);
  g_clear_pointer (&run->seen, state_free);
  g_clear_pointer (&run->tags, wheel_tags_free);
  g_ptr_array_unref (run->fetched);
  g_free (run);
}

/* --- What can be done --------------------------------------------------- */

/* Says what is refused: FALSE with error set to the first of it; others receives the
 * rest. */
static gboolean
check_choices (const GPtrArray *choices, GPtrArray *others, GError **error)
{
  const char *first = NULL;

  for (guint i = 0; i < choices->len; i++)
    {
      const LockChoice *choice = choices->pdata[i];

      if (choice->outcome != LOCK_REFUSED)
        continue;
      if (first == NULL)
        first = choice->why;
      else if (others != NULL)
        g_ptr_array_add (others, g_strdup (choice->why));
    }
  if (first != NULL)
    g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, first);
  return first == NULL;
}

/* Has what is not here fetched, which is kept as long as the run. */
static gboolean
fetch (const LockRun *run, GError **error)
{
  Fetched *fetched = fetch_missing (run->wanted.data, run->lock, run->plan->install, &run->job,
                                    &run->wanted, error);

  if (fetched != NULL)
    g_ptr_array_add (run->fetched, fetched);
  return fetched != NULL;
}

/* Has all files here that are to be installed, compares them with their hashes, and looks
 * whether pip can be told what to build. */
static gboolean
check_plan (const LockRun *run, GError **error)
{
  const Plan *plan = run->plan;
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < plan->build->len; i++)
    if (!build_argument (run->lock, plan->build->pdata[i], &run->job, args, error))
      return FALSE;
  if ((!fetch_is_dry (&run->wanted) || run->job.offline) && !fetch (run, error))
    return FALSE;
  for (guint i = 0; i < plan->install->len; i++)
    {
      LockChoice *choice = plan->install->pdata[i];

      if (fetch_is_dry (&run->wanted) && choice->path == NULL)
        continue;
      if (choice->sha256 == NULL)
        choice->sha256 = select_check_file (run->lock, choice, &run->wanted, error);
      if (choice->sha256 == NULL)
        return FALSE;
    }
  return TRUE;
}

/* What is named to be taken as it is has to be there, or it is mistyped. */
static gboolean
check_names (const LockRun *run, GError **error)
{
  const Place place = { run->lock->path, 0, NULL, NULL };
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < run->lock->packages->len; i++)
    g_hash_table_add (names, ((LockPackage *) run->lock->packages->pdata[i])->name);
  for (guint i = 0; run->job.any_record != NULL && run->job.any_record[i] != NULL; i++)
    {
      g_autofree char *name = name_normalise (run->job.any_record[i]);

      if (!g_hash_table_contains (names, name))
        return refusal_set (error, &place, NULL, "name a package of the lock with any-record",
                            "there is no package '%s' in it", name);
    }
  return TRUE;
}

/* Reads the lock; where its text is the one that is remembered, none of it. */
static gboolean
read_it (LockRun *run, GError **error)
{
  gsize length;
  g_autofree char *text = read_text (run->job.file, &length, error);

  if (text == NULL)
    return FALSE;
  g_free (run->seen->digest);
  run->seen->digest = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (guchar *) text, length);
  if (state_holds (run->state, run->seen, run->installed))
    return TRUE;
  run->lock = read_parse (run->job.file, text, length, error);
  return run->lock != NULL && check_names (run, error);
}

/* Reads the lock, and chooses what is taken of it. */
static gboolean
choose (LockRun *run, GPtrArray *others, GError **error)
{
  if (run->lock == NULL && !read_it (run, error))
    return FALSE;
  if (run->lock != NULL && run->choices == NULL)
    run->choices = select_run (run->lock, &run->wanted, error);
  return run->lock == NULL || (run->choices != NULL && check_choices (run->choices, others, error));
}

/* Finds out what is to be done now: no plan says that it is nothing. */
static gboolean
resolve (LockRun *run, GPtrArray *others, GError **error)
{
  g_clear_pointer (&run->plan, plan_free);
  if (state_holds (run->state, run->seen, run->installed))
    return TRUE;
  if (!choose (run, others, error))
    return FALSE;
  if (run->lock == NULL)
    return TRUE;
  run->plan = plan_make (run->lock, run->choices, &run->job, &run->wanted, run->installed,
                         run->state, error);
  return run->plan != NULL && check_plan (run, error);
}

/* --- What there is ------------------------------------------------------ */

static void
forget (LockRun *run)
{
  g_clear_pointer (&run->plan, plan_free);
  g_clear_pointer (&run->installed, g_ptr_array_unref);
  g_clear_pointer (&run->state, state_free);
  memset (run->places, 0, sizeof run->places);
}

/* Looks at what is installed, and what is remembered of it. */
static gboolean
look (LockRun *run, GError **error)
{
  forget (run);
  run->state = state_read (run->env_dir);
  run->installed = installed_list (run->purelib, run->platlib, run->places, error);
  return run->installed != NULL;
}

/* Tells whether another run is at work there, or was interrupted. */
static gboolean
is_unsettled (const LockRun *run)
{
  g_autofree char *log = g_build_filename (run->env_dir, ".venvb-undo.log", NULL);

  return access (log, F_OK) == 0;
}

/* Finds out what is to be done for a job.  Nobody keeps others from changing the environment
 * before it is begun: run_renew() looks whether they have.  What is seen of one that another
 * run has left half changed, which then is taken back, says nothing. */
LockRun *
run_prepare (VenvbContext *ctx, const LockJob *job, GPtrArray *others, GError **error)
{
  g_autoptr (LockRun) run = run_new (ctx, job);
  g_autoptr (GError) reason = NULL;
  gboolean is_cleared = venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR);
  gboolean is_read = is_cleared || look (run, &reason);
  gboolean is_half_done = !is_cleared && is_unsettled (run);

  if (is_cleared || is_half_done)
    {
      forget (run);
      run->installed = installed_list (NULL, NULL, NULL, NULL);
    }
  else if (!is_read)
    return (g_propagate_error (error, g_steal_pointer (&reason)), NULL);
  return (is_half_done ? choose (run, others, error) : resolve (run, others, error))
             ? g_steal_pointer (&run)
             : NULL;
}

static gboolean
is_same (const struct stat *a, const struct stat *b)
{
  return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Tells whether a place is as it was. */
static gboolean
is_as_it_was (const char *path, const struct stat *before)
{
  struct stat st = { 0 };

  return stat (path, &st) == 0
             ? is_same (&st, before) && st.st_mtim.tv_sec == before->st_mtim.tv_sec
                   && st.st_mtim.tv_nsec == before->st_mtim.tv_nsec
                   && st.st_ctim.tv_sec == before->st_ctim.tv_sec
                   && st.st_ctim.tv_nsec == before->st_ctim.tv_nsec
             : before->st_ino == 0;
}

/* Tells whether nothing was installed or removed since it was looked: that changes the
 * directories, but where a run that was interrupted is taken back. */
static gboolean
is_still (const LockRun *run)
{
  return is_as_it_was (run->purelib, &run->places[0])
         && (is_same (&run->places[1], &run->places[0])
             || is_as_it_was (run->platlib, &run->places[1]));
}

/* Finds out what is to be done now that the environment is ours, and others have done their
 * part. */
gboolean
run_renew (LockRun *run, GPtrArray *others, GError **error)
{
  return fetch_is_dry (&run->wanted) || is_still (run)
         || (look (run, error) && resolve (run, others, error));
}
