/* SPDX-License-Identifier: BSD-2-Clause */

/* Which packages of a lock are installed: the steps of the pylock.toml
 * specification ("Installation"), in their order. */

#include "lock/room.h"

#include <string.h>

static void
choice_free (gpointer data)
{
  LockChoice *choice = data;

  g_free (choice->name);
  g_free (choice->path);
  g_free (choice->sha256);
  g_free (choice->why);
  g_free (choice);
}

static char *
list_of (char **names)
{
  return names != NULL && names[0] != NULL ? g_strjoinv (", ", names) : g_strdup ("none");
}

/* --- The whole lock ----------------------------------------------------- */

/* Extras or groups that the lock does not have are an error. */
static gboolean
check_names (const Lock *lock, const char *key, const char *const *wanted, char **has,
             char **hidden, GError **error)
{
  const Place place = { lock->path, 0, NULL, NULL };
  g_autofree char *list = list_of (has);

  for (guint i = 0; wanted != NULL && wanted[i] != NULL; i++)
    if (!name_is_among (wanted[i], (void *) has) && !name_is_among (wanted[i], (void *) hidden))
      return refusal_set (error, &place, key, "ask for what is there",
                          "'%s' is not among what it has (%s)", wanted[i], list);
  return TRUE;
}

/* Tells whether a Python is one of those that specifiers want. */
static gboolean
check_python (const Place *place, const char *specifiers, const MarkerEnv *env, GError **error)
{
  g_autofree char *version = marker_value (env, MARKER_PYTHON_FULL_VERSION);
  gboolean met;
  GError *reason = NULL;

  if (specifiers == NULL)
    return TRUE;
  if (!release_meets (specifiers, version, &met, &reason))
    return refusal_because (error, place, "requires-python", LOCK_ANEW, reason);
  return met
         || refusal_set (error, place, "requires-python",
                         "take another Python, or have it locked for this one",
                         "Python %s is not of '%s'", version, specifiers);
}

/* One of the environments has to be this one. */
static gboolean
check_environments (const Lock *lock, const MarkerEnv *env, GError **error)
{
  const Place place = { lock->path, 0, NULL, NULL };
  GError *reason = NULL;

  for (guint i = 0; lock->environments != NULL && lock->environments[i] != NULL; i++)
    {
      gboolean holds;

      if (!marker_holds (lock->environments[i], env, FALSE, &holds, &reason))
        return refusal_because (error, &place, "environments", LOCK_ANEW, reason);
      if (holds)
        return TRUE;
    }
  if (lock->environments != NULL && lock->environments[0] == NULL)
    return refusal_set (error, &place, "environments", LOCK_ANEW,
                        "the list is empty, so that no Python is meant");
  return lock->environments == NULL
         || refusal_set (error, &place, "environments",
                         "take another Python, or have the project locked for this one",
                         "this Python on this system is none of them");
}

/* The groups that are meant: the default ones, unless they are not wanted, and those
 * that are asked for.  To be freed with g_free(); the names are not. */
static const char **
groups_of (const Lock *lock, const LockWanted *wanted)
{
  GPtrArray *groups = g_ptr_array_new ();

  for (guint i = 0; !wanted->no_default_groups && lock->default_groups != NULL
                    && lock->default_groups[i] != NULL;
       i++)
    g_ptr_array_add (groups, lock->default_groups[i]);
  for (guint i = 0; wanted->groups != NULL && wanted->groups[i] != NULL; i++)
    g_ptr_array_add (groups, (gpointer) wanted->groups[i]);
  g_ptr_array_add (groups, NULL);
  return (const char **) g_ptr_array_free (groups, FALSE);
}

static gboolean
check_lock (const Lock *lock, const LockWanted *wanted, GError **error)
{
  const Place place = { lock->path, 0, NULL, NULL };

  return check_names (lock, "extras", wanted->extras, lock->extras, NULL, error)
         && check_names (lock, "dependency-groups", wanted->groups, lock->groups,
                         lock->default_groups, error)
         && check_python (&place, lock->requires_python, &wanted->env, error)
         && check_environments (lock, &wanted->env, error);
}

/* --- Each package ------------------------------------------------------- */

static void
refuse (LockChoice *choice, GError *reason)
{
  choice->outcome = LOCK_REFUSED;
  choice->why = g_strdup (reason->message);
  g_error_free (reason);
}

/* Decides whether a package is to be installed; FALSE when it is not, or can't. */
static gboolean
is_wanted (const Chooser *chooser, const MarkerEnv *env, LockChoice *choice, GHashTable *seen)
{
  const LockPackage *package = choice->package;
  const LockPackage *other = g_hash_table_lookup (seen, package->name);
  const Place place = { chooser->lock->path, package->line, package->name, NULL };
  gboolean holds = TRUE;
  GError *reason = NULL;

  if (package->marker != NULL
      && !marker_holds (package->marker, env, !chooser->lock->is_requirements, &holds, &reason))
    return (refuse (choice, reason), FALSE);
  if (!holds)
    {
      choice->outcome = LOCK_SKIPPED;
      choice->why = g_strdup_printf ("its marker does not hold: %s", package->marker);
      return FALSE;
    }
  if (!check_python (&place, package->requires_python, env, &reason))
    return (refuse (choice, reason), FALSE);
  if (other == NULL)
    return g_hash_table_insert (seen, package->name, (gpointer) package);
  refusal_set (&reason, &place, "name", "have one of them excluded by its marker",
               "it is to be installed twice here: line %u has it, too", other->line);
  return (refuse (choice, reason), FALSE);
}

/* --- Wheels in directories ---------------------------------------------- */

static void
add_wheels (GHashTable *wheels, const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *entry;

  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *name = NULL;
      g_autofree char *version = NULL;
      GPtrArray *list;

      if (!filename_split_wheel (entry, &name, &version, NULL))
        continue;
      if ((list = g_hash_table_lookup (wheels, name)) == NULL)
        {
          list = g_ptr_array_new_with_free_func (g_free);
          g_hash_table_insert (wheels, g_strdup (name), list);
        }
      g_ptr_array_add (list, g_build_filename (dir, entry, NULL));
    }
}

/* All that there are, by their projects: name -> paths. */
static GHashTable *
list_wheels (const Lock *lock, const LockWanted *wanted)
{
  GHashTable *wheels =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; lock->is_requirements && wanted->find_files && wanted->wheel_dirs != NULL
                    && wanted->wheel_dirs[i] != NULL;
       i++)
    add_wheels (wheels, wanted->wheel_dirs[i]);
  return wheels;
}

/* What is taken of a lock: LockChoice, one for each package, in the lock's order.
 * What is refused of a package is in its choice; NULL with error set when the lock
 * as a whole is. */
GPtrArray *
select_run (const Lock *lock, const LockWanted *wanted, GError **error)
{
  g_autofree const char **groups = NULL;
  g_autoptr (GHashTable) wheels = NULL;
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  MarkerEnv env = wanted->env;
  GPtrArray *choices;

  if (!check_lock (lock, wanted, error))
    return NULL;
  groups = groups_of (lock, wanted);
  env.extras = wanted->extras;
  env.groups = groups;
  wheels = list_wheels (lock, wanted);
  const Chooser chooser = { lock, wanted, wheels };
  choices = g_ptr_array_new_with_free_func (choice_free);
  for (guint i = 0; i < lock->packages->len; i++)
    {
      LockChoice *choice = g_new0 (LockChoice, 1);

      choice->package = lock->packages->pdata[i];
      g_ptr_array_add (choices, choice);
      if (is_wanted (&chooser, &env, choice, seen))
        choose_source (&chooser, choice);
    }
  return choices;
}

/* Compares the file that was taken with its size and its hashes.  Returns its SHA-256, or
 * NULL with error set. */
char *
select_check_file (const Lock *lock, const LockChoice *choice, const LockWanted *wanted,
                   GError **error)
{
  const LockPackage *package = choice->package;
  const LockFile *file = choice->file;
  gboolean has_own = file != NULL && file->hashes->len > 0;
  const GPtrArray *hashes = has_own ? file->hashes : package->hashes;
  const Place place = { lock->path, file != NULL ? file->line : package->line, package->name,
                        NULL };
  GError *reason = NULL;

  char *sha256 = digest_check (choice->path, file != NULL ? file->size : -1, hashes, !has_own,
                               wanted, &reason);

  if (sha256 != NULL)
    return sha256;
  g_prefix_error (&reason, "'%s': ", choice->path);
  refusal_because (error, &place, file != NULL ? file->key : NULL, "get the file that was locked",
                   reason);
  return NULL;
}
