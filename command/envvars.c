/* SPDX-License-Identifier: BSD-2-Clause */

/* The environment variables: VENVB_NO_COMPILE stands for --no-compile.  One
 * that is empty counts as not set. */

#include "command/command.h"

/* Splits the value of a list as a shell splits words, nothing expanded. */
static gboolean
assign_words (Options *options, const Setting *setting, const char *value, const Origin *origin,
              GError **error)
{
  g_auto (GStrv) words = NULL;
  g_autoptr (GError) cause = NULL;

  if (!g_shell_parse_argv (value, NULL, &words, &cause))
    return g_error_matches (cause, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING)
           || settings_fail (error, "%s", cause->message);
  for (guint i = 0; words[i] != NULL; i++)
    if (!settings_assign (options, setting, words[i], origin, error))
      return FALSE;
  return TRUE;
}

static void
read_variable (Options *options, const Setting *setting, guint rank)
{
  g_autofree char *name = settings_variable (setting);
  const Origin origin = { rank, name };
  const char *value = venvb_getenv (name);
  GError *error = NULL;

  if (value == NULL || value[0] == '\0')
    return;
  if (settings_is_list (setting) ? assign_words (options, setting, value, &origin, &error)
                                 : settings_assign (options, setting, value, &origin, &error))
    return;
  g_prefix_error (&error, "%s: ", name);
  problems_add (options, name, FALSE, error);
}

/* Reads the variable of each option.  What is wrong with one is noted. */
void
envvars_read (Options *options, guint rank)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (!settings_is_action (at))
        read_variable (options, at, rank);
}
