/* SPDX-License-Identifier: BSD-2-Clause */

/* What has to be done so that an environment is as a lock has it. */

#include "lock/room.h"

#include <string.h>

void
plan_free (Plan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref (plan->remove);
  g_ptr_array_unref (plan->install);
  g_ptr_array_unref (plan->build);
  g_ptr_array_unref (plan->left);
  g_free (plan);
}

static Plan *
plan_new (void)
{
  Plan *plan = g_new0 (Plan, 1);

  plan->remove = g_ptr_array_new ();
  plan->install = g_ptr_array_new ();
  plan->build = g_ptr_array_new ();
  plan->left = g_ptr_array_new_with_free_func (g_free);
  return plan;
}

/* Making one. */
typedef struct
{
  const Lock *lock;
  const LockJob *job;
  const LockWanted *wanted;
  const State *state;
  GHashTable *choices; /* name -> LockChoice, of what is to be there */
  GHashTable *met;     /* names of those that are */
  Plan *plan;
} Planner;

static void G_GNUC_PRINTF (2, 3) leave (const Planner *planner, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (planner->plan->left, g_strdup_vprintf (format, args));
  va_end (args);
}

/* The version that a choice is of, or NULL where nobody knows it before it is built. */
char *
plan_version (const LockChoice *choice)
{
  char *version = NULL;
  g_autofree char *name = NULL;

  if (choice->package->version != NULL)
    return g_strdup (choice->package->version);
  if (choice->outcome == LOCK_TAKEN && choice->name != NULL
      && filename_split_wheel (choice->name, &name, &version, NULL))
    return version;
  return NULL;
}

/* Tells whether a wheel is one of those that a choice may be; one that is not known is. */
static gboolean
may_be (const LockChoice *choice, const char *wheel)
{
  const GPtrArray *hashes = choice->file != NULL && choice->file->hashes->len > 0
                                ? choice->file->hashes
                                : choice->package->hashes;
  gboolean has_any = FALSE;

  for (guint i = 0; wheel != NULL && hashes != NULL && i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];

      if (!g_str_equal (hash->algorithm, "sha256"))
        continue;
      has_any = TRUE;
      if (g_str_equal (hash->value, wheel))
        return TRUE;
    }
  return !has_any;
}

/* Tells whether direct_url.json has a commit, which a lock may have shortened. */
static gboolean
is_of_commit (const char *json, const char *commit)
{
  g_autofree char *quoted = g_strdup_printf ("\"%s%s", commit, strlen (commit) < 7 ? "\"" : "");

  return strstr (json, quoted) != NULL;
}

/* Tells whether a distribution came from where the choice does. */
static gboolean
is_from (const Planner *planner, Installed *installed, const LockChoice *choice)
{
  const LockPackage *package = choice->package;
  const char *url;

  installed_look (installed);
  url = installed->direct_url;
  if (choice->outcome == LOCK_TAKEN && !choice->is_direct)
    return url == NULL;
  if (package->source == LOCK_VCS)
    return url != NULL && is_of_commit (url, package->commit);
  if (package->source == LOCK_DIRECTORY)
    return package->is_editable && installed->is_editable
           && direct_is_of_directory (planner->lock, package, url);
  if (!choice->is_direct)
    {
      const char *built = build_sha256 (choice);

      return url == NULL ? package->source != LOCK_ARCHIVE
                         : built != NULL && strstr (url, built) != NULL;
    }
  g_autofree char *sha256 = choice->path == NULL
                                ? g_strdup (build_sha256 (choice))
                                : select_check_file (planner->lock, choice, planner->wanted, NULL);
  g_autofree char *text = sha256 == NULL ? NULL : direct_text (planner->lock, package, sha256);
  return g_strcmp0 (url, text) == 0;
}

/* Tells whether an installed distribution is what a lock wants. */
static gboolean
fits (const Planner *planner, Installed *installed, const LockChoice *choice)
{
  g_autofree char *version = plan_version (choice);

  return (version == NULL ? choice->outcome == LOCK_BUILT
                          : installed_is_version (installed, version))
         && may_be (choice, state_wheel (planner->state, installed))
         && is_from (planner, installed, choice);
}

/* What becomes of a distribution that the lock does not want, or not as it is.  FALSE with
 * error set when it is in the way. */
static gboolean
plan_removal (const Planner *planner, Installed *installed, const LockChoice *choice,
              GError **error)
{
  const char *name = installed->name;

  installed_look (installed);
  if (installed->is_editable && (choice == NULL || !choice->package->is_editable))
    {
      leave (planner, "'%s' is editable, and stays as it is", name);
      if (choice != NULL)
        g_hash_table_add (planner->met, (gpointer) choice->package->name);
    }
  else if (installed->has_record)
    g_ptr_array_add (planner->plan->remove, installed);
  else if (choice == NULL)
    leave (planner, "'%s' has no RECORD, so that nobody knows what is its: it stays",
           installed->path);
  else
    {
      const Place place = { planner->lock->path, choice->package->line, name, NULL };

      return refusal_set (error, &place, NULL, "remove it, or make the environment anew (--clear)",
                          "'%s' has no RECORD, so that it can't be exchanged", installed->path);
    }
  return TRUE;
}

static gboolean
plan_installed (const Planner *planner, Installed *installed, GError **error)
{
  const LockChoice *choice = g_hash_table_lookup (planner->choices, installed->name);

  if (choice != NULL && !g_hash_table_contains (planner->met, installed->name)
      && fits (planner, installed, choice))
    {
      if (!installed->has_record)
        leave (planner, "'%s' has no RECORD, and is taken for what it says", installed->path);
      return g_hash_table_add (planner->met, installed->name), TRUE;
    }
  if (choice == NULL
      && (planner->job->keep_extras || name_is_among (installed->name, planner->job->keep_seeds)))
    return TRUE;
  return plan_removal (planner, installed, choice, error);
}

/* What is not there as the lock wants it. */
static void
plan_choices (const Planner *planner, const GPtrArray *choices)
{
  for (guint i = 0; i < choices->len; i++)
    {
      LockChoice *choice = choices->pdata[i];
      gboolean is_wanted = choice->outcome == LOCK_TAKEN || choice->outcome == LOCK_BUILT;

      if (is_wanted && !g_hash_table_contains (planner->met, choice->package->name))
        g_ptr_array_add (
            choice->outcome == LOCK_TAKEN ? planner->plan->install : planner->plan->build, choice);
    }
}

/* Compares what is installed with what was chosen, of which nothing is refused.  NULL with
 * error set when what is there is in the way. */
Plan *
plan_make (const Lock *lock, const GPtrArray *choices, const LockJob *job, const LockWanted *wanted,
           const GPtrArray *installed, const State *state, GError **error)
{
  g_autoptr (Plan) plan = plan_new ();
  g_autoptr (GHashTable) wanted_choices = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) met = g_hash_table_new (g_str_hash, g_str_equal);
  const Planner planner = { lock, job, wanted, state, wanted_choices, met, plan };

  for (guint i = 0; i < choices->len; i++)
    {
      LockChoice *choice = choices->pdata[i];

      if (choice->outcome == LOCK_TAKEN || choice->outcome == LOCK_BUILT)
        g_hash_table_insert (wanted_choices, choice->package->name, choice);
    }
  for (guint i = 0; i < installed->len; i++)
    if (!plan_installed (&planner, installed->pdata[i], error))
      return NULL;
  plan_choices (&planner, choices);
  return g_steal_pointer (&plan);
}
