/* SPDX-License-Identifier: BSD-2-Clause */

/* How an environment differs from a lock, and what would be taken of it: nothing is
 * changed. */

#include "lock/room.h"

#include <string.h>

/* The directories where wheels are: those that were named, and that of the lock.  The
 * list is the caller's, and the last of it. */
const char **
compare_wheel_dirs (const LockJob *job, char *own)
{
  GPtrArray *dirs = g_ptr_array_new ();

  for (guint i = 0; job->wheel_dirs != NULL && job->wheel_dirs[i] != NULL; i++)
    g_ptr_array_add (dirs, (gpointer) job->wheel_dirs[i]);
  g_ptr_array_add (dirs, own);
  g_ptr_array_add (dirs, NULL);
  return (const char **) g_ptr_array_free (dirs, FALSE);
}

static void G_GNUC_PRINTF (3, 4) tell (LockDiffers func, gpointer data, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  func (line, data);
}

/* --- What differs ------------------------------------------------------- */

/* Tells in what a distribution is not as its choice has it, as far as that is known without
 * the file. */
static void
compare_one (const Lock *lock, const LockChoice *choice, Installed *installed, LockDiffers func,
             gpointer data)
{
  g_autofree char *version = plan_version (choice);
  gboolean is_of_index =
      choice->package->source == LOCK_WHEELS || choice->package->source == LOCK_PINNED;

  installed_look (installed);
  if (version != NULL && !installed_is_version (installed, version))
    tell (func, data, "%s is of version %s, and the lock has %s", installed->name,
          installed->version, version);
  else if (installed->direct_url != NULL && is_of_index && choice->outcome == LOCK_TAKEN)
    tell (func, data,
          "%s %s was installed from an URL or a directory, where the lock has it from an index",
          installed->name, installed->version);
  else if (choice->package->source == LOCK_DIRECTORY && choice->package->is_editable
           && (!installed->is_editable
               || !direct_is_of_directory (lock, choice->package, installed->direct_url)))
    tell (func, data, "%s %s is not the editable '%s' that the lock has", installed->name,
          installed->version, choice->package->where);
  else if (!installed->has_record)
    tell (func, data, "%s %s has no RECORD, so that nobody knows whether it was changed",
          installed->name, installed->version);
}

static void
compare_installed (const Lock *lock, const LockJob *job, const GPtrArray *installed,
                   GHashTable *choices, LockDiffers func, gpointer data)
{
  for (guint i = 0; i < installed->len; i++)
    {
      Installed *one = installed->pdata[i];
      const LockChoice *choice = g_hash_table_lookup (choices, one->name);

      if (choice != NULL)
        compare_one (lock, choice, one, func, data);
      else if (!job->keep_extras && !name_is_among (one->name, job->keep_seeds))
        tell (func, data, "%s %s is not in the lock", one->name, one->version);
    }
}

static gboolean
has_name (const GPtrArray *installed, const char *name)
{
  for (guint i = 0; i < installed->len; i++)
    if (g_str_equal (((Installed *) installed->pdata[i])->name, name))
      return TRUE;
  return FALSE;
}

/* Selects; without dirs nobody looks whether files are here. */
GPtrArray *
compare_choose (const Lock *lock, const LockJob *job, GHashTable *facts, const WheelTags *tags,
                const char *const *dirs, GError **error)
{
  LockWanted wanted = { .tags = tags };

  env_fill (&wanted.env, facts);
  wanted.extras = job->extras;
  wanted.groups = job->groups;
  wanted.no_default_groups = job->no_default_groups;
  wanted.wheel_dirs = dirs;
  wanted.find_files = dirs != NULL;
  wanted.build_with_pip = job->build_with_pip;
  wanted.may_fetch = job->fetch != NULL;
  wanted.newest = job->newest;
  return select_run (lock, &wanted, error);
}

/* Tells func what is missing, what is of another version, and what is too much. */
gboolean
compare_run (const LockJob *job, GHashTable *facts, const char *purelib, const char *platlib,
             LockDiffers func, gpointer data, GError **error)
{
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  g_autoptr (Lock) lock = read_lock (job->file, error);
  g_autoptr (GPtrArray) choices =
      lock == NULL ? NULL : compare_choose (lock, job, facts, tags, NULL, error);
  g_autoptr (GPtrArray) installed =
      choices == NULL ? NULL : installed_list (purelib, platlib, NULL, error);
  g_autoptr (GHashTable) by_name = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; installed != NULL && i < choices->len; i++)
    {
      LockChoice *choice = choices->pdata[i];
      g_autofree char *version = plan_version (choice);

      if (choice->outcome == LOCK_SKIPPED)
        continue;
      g_hash_table_insert (by_name, choice->package->name, choice);
      if (choice->outcome == LOCK_REFUSED)
        func (choice->why, data);
      else if (!has_name (installed, choice->package->name))
        tell (func, data, "%s%s%s is missing", choice->package->name, version != NULL ? " " : "",
              version != NULL ? version : "");
    }
  if (installed != NULL)
    compare_installed (lock, job, installed, by_name, func, data);
  return installed != NULL;
}

/* --- What would be taken ------------------------------------------------ */

static const char *
where_of (const LockChoice *choice)
{
  const char *where = choice->path != NULL ? choice->path : choice->name;

  return where != NULL ? where : "(fetched)";
}

static char *
explain_one (const LockChoice *choice)
{
  g_autofree char *version = plan_version (choice);
  g_autofree char *name =
      g_strconcat (choice->package->name, version != NULL ? " " : NULL, version, NULL);

  switch (choice->outcome)
    {
    case LOCK_TAKEN:
      return g_strdup_printf ("%-24s  %s  %s", name, where_of (choice), choice->why);
    case LOCK_SKIPPED:
      return g_strdup_printf ("%-24s  (left out)  %s", name, choice->why);
    case LOCK_BUILT:
      return g_strdup_printf ("%-24s  (built)  %s", name, choice->why);
    default:
      return g_strdup_printf ("%-24s  (refused)  %s", name, choice->why);
    }
}

GPtrArray *
compare_explain (const LockJob *job, GHashTable *facts, GError **error)
{
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  g_autofree char *own = g_path_get_dirname (job->file);
  g_autofree const char **dirs = compare_wheel_dirs (job, own);
  g_autoptr (Lock) lock = read_lock (job->file, error);
  g_autoptr (GPtrArray) choices =
      lock == NULL ? NULL : compare_choose (lock, job, facts, tags, dirs, error);
  GPtrArray *lines;

  if (choices == NULL)
    return NULL;
  lines = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < choices->len; i++)
    g_ptr_array_add (lines, explain_one (choices->pdata[i]));
  return lines;
}
