/* SPDX-License-Identifier: BSD-2-Clause */

/* What root has made mandatory: it counts above all else, the command line included. */

#include "command/command.h"

#include <string.h>

/* A key that nobody below root may change. */
typedef struct
{
  const Setting *setting;
  char **values;
  char *origin;
  gboolean is_built_in; /* of a file that no variable has a say in */
} Lock;

static void
lock_free (gpointer data)
{
  Lock *lock = data;

  g_strfreev (lock->values);
  g_free (lock->origin);
  g_free (lock);
}

/* Notes that a key is to have these values, whoever says otherwise. */
void
locks_add (Options *options, const Setting *setting, char **values, const char *origin,
           gboolean is_built_in)
{
  Lock *lock = g_new0 (Lock, 1);

  *lock = (Lock){ setting, g_strdupv (values), g_strdup (origin), is_built_in };
  if (options->locks == NULL)
    options->locks = g_ptr_array_new_with_free_func (lock_free);
  g_ptr_array_add (options->locks, lock);
}

/* Notes that a plugin has to be used, or must not be.  A later file of the system's is
 * the stronger one. */
void
locks_add_plugin (Options *options, const char *name, gboolean wanted, const Origin *origin)
{
  for (guint i = options->steps->len; i-- > 0;)
    {
      const PluginStep *step = g_ptr_array_index (options->steps, i);

      if ((step->kind == STEP_REQUIRE || step->kind == STEP_FORBID) && step->rank == LOCKS_PENDING
          && g_str_equal (step->text, name))
        g_ptr_array_remove_index (options->steps, i);
    }
  settings_add_step (options, wanted ? STEP_REQUIRE : STEP_FORBID, name,
                     &(Origin){ LOCKS_PENDING, origin->name });
}

/* All of the system's files were read: its plugins are locked from here on, so that
 * nothing that comes later has a say in them. */
void
locks_close (Options *options, guint *rank)
{
  for (guint i = 0; i < options->steps->len; i++)
    {
      PluginStep *step = g_ptr_array_index (options->steps, i);

      if (step->rank == LOCKS_PENDING)
        step->rank = *rank;
    }
  (*rank)++;
}

/* Who locked an option: NULL when nobody did. */
const char *
locks_origin (const Options *options, const Setting *setting)
{
  const char *origin = NULL;
  gboolean is_built_in = FALSE;

  for (guint i = 0; options->locks != NULL && i < options->locks->len; i++)
    {
      const Lock *lock = g_ptr_array_index (options->locks, i);

      if (lock->setting != setting || (is_built_in && !lock->is_built_in))
        continue;
      origin = lock->origin;
      is_built_in = lock->is_built_in;
    }
  return origin;
}

/* Tells the builder what no plugin may change either, nor the user's hooks. */
void
locks_tell (const Options *options, VenvbBuilder *builder)
{
  static const struct
  {
    const char *name;
    VenvbAttr attr;
  } rows[] = { { "prompt", VENVB_ATTR_PROMPT }, { "python", VENVB_ATTR_PYTHON } };

  for (guint i = 0; options->locks != NULL && i < G_N_ELEMENTS (rows); i++)
    {
      const char *origin =
          locks_origin (options, settings_find (rows[i].name, strlen (rows[i].name)));

      if (origin == NULL)
        continue;
      venvb_builder_set_origin (builder, origin);
      venvb_builder_require_attr (builder, rows[i].attr);
    }
}

/* Who has locked this option, or one that excludes it. */
static const char *
find_culprit (const Options *options, const Setting *setting)
{
  const char *origin = locks_origin (options, setting);

  for (guint i = 0; origin == NULL && i < options->locks->len; i++)
    {
      const Lock *lock = g_ptr_array_index (options->locks, i);

      if (g_strcmp0 (lock->setting->exclusive, setting->exclusive) == 0)
        origin = lock->origin;
    }
  return origin;
}

/* The values that the command line gave, each of which is to be obeyed or refused. */
static GHashTable *
values_said (const Options *options)
{
  GHashTable *said = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (at->kind != SETTING_LIST && settings_is_said (options, at))
        g_hash_table_insert (said, (gpointer) at, settings_value (options, at));
  return said;
}

/* Refuses what was said on the command line and does not count. */
static gboolean
check_said (const Options *options, GHashTable *said, GError **error)
{
  GHashTableIter iter;
  gpointer setting, value;

  g_hash_table_iter_init (&iter, said);
  while (g_hash_table_iter_next (&iter, &setting, &value))
    {
      g_autofree char *now = settings_value (options, setting);

      if (g_strcmp0 (now, value) != 0)
        return settings_fail (error, "--%s: that is decided by %s, which is mandatory",
                              ((const Setting *) setting)->name, find_culprit (options, setting));
    }
  return TRUE;
}

/* Sets what one lock says.  What it can't be is a problem of its file. */
static void
assign (Options *options, const Lock *lock, guint rank)
{
  const Origin origin = { rank, lock->origin };
  g_autofree char *path = g_strndup (lock->origin, strrchr (lock->origin, ':') - lock->origin);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; lock->values[i] != NULL && error == NULL; i++)
    settings_assign (options, lock->setting, lock->values[i], &origin, &error);
  if (error == NULL)
    return;
  g_prefix_error (&error, "%s: %s: ", lock->origin, lock->setting->name);
  problems_add (options, path, FALSE, g_steal_pointer (&error));
}

/* Sets what is locked, after all else was said: FALSE with error set where the command
 * line asks for something else.  Files that no variable can move come last. */
gboolean
locks_apply (Options *options, guint rank, GError **error)
{
  g_autoptr (GHashTable) said = options->locks == NULL ? NULL : values_said (options);

  if (options->locks == NULL)
    return TRUE;
  for (gboolean built_in = FALSE; built_in <= TRUE; built_in++)
    for (guint i = 0; i < options->locks->len; i++)
      {
        const Lock *lock = g_ptr_array_index (options->locks, i);

        if (lock->is_built_in == built_in)
          assign (options, lock, rank++);
      }
  return check_said (options, said, error);
}
