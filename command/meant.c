/* SPDX-License-Identifier: BSD-2-Clause */

/* What was meant by a key or a group of a configuration file that there is not. */

#include "command/command.h"
#include "base/nearest.h"

#include <string.h>

/* "; did you mean 'X'?" of what is to be named, or nothing: free with g_free(). */
static char *
ask (const char *before, const char *meant, const char *after)
{
  return meant == NULL ? g_strdup ("")
                       : g_strdup_printf ("; did you mean '%s%s%s'?", before, meant, after);
}

/* What to add to an error about a key of the settings: free with g_free(). */
char *
meant_key (const char *key, const char *const *ours)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *meant = NULL;

  for (guint i = 0; ours[i] != NULL; i++)
    g_ptr_array_add (names, (gpointer) ours[i]);
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (!settings_is_action (at) && !g_str_equal (at->name, "no-config"))
        g_ptr_array_add (names, (gpointer) at->name);
  g_ptr_array_add (names, NULL);
  meant = nearest_word ((const char *const *) names->pdata, key);
  return ask ("", meant, "");
}

/* The same about a group: free with g_free(). */
char *
meant_group (const char *group)
{
  static const char *const settings[] = { "venvb", NULL };
  static const char *const plugin[] = { "plugin", NULL };
  gsize length = strcspn (group, " :./\"'");
  g_autofree char *word = g_strndup (group, length);
  g_autofree char *rest =
      g_strstrip (g_strdup (group + length + strspn (group + length, " :./\"'")));
  g_autofree char *whole = nearest_word (settings, group);
  g_autofree char *first =
      g_str_equal (word, "plugin") ? g_strdup (word) : nearest_word (plugin, word);

  g_strdelimit (rest, "\"'", ' ');
  if (whole != NULL || g_ascii_strcasecmp (group, settings[0]) == 0)
    return ask ("[", settings[0], "]");
  return first == NULL ? g_strdup ("")
                       : ask ("[plugin ", rest[0] != '\0' ? g_strchomp (rest) : "NAME", "]");
}
