/* SPDX-License-Identifier: BSD-2-Clause */

/* What is in a configuration file, see venvb.conf(5). */

#include "command/command.h"

#include <string.h>

#define SETTINGS_GROUP "venvb"
#define PLUGIN_GROUP "plugin "

/* A file being read. */
typedef struct
{
  Options *options;
  GKeyFile *keys;
  const char *path;
  const char *text;
  guint rank;
} Config;

/* Tells whether a line, less the space around it, is the header of group. */
static gboolean
is_header (const char *line, const char *group)
{
  gsize length = strlen (group);

  return line[0] == '[' && strncmp (line + 1, group, length) == 0 && line[length + 1] == ']';
}

static gboolean
is_key (const char *line, const char *key)
{
  gsize length = strlen (key);

  return strncmp (line, key, length) == 0 && line[length + strspn (line + length, " \t")] == '=';
}

/* The line that a key stands in, from 1; that of the group without a key.
 * GKeyFile doesn't tell.  Where one stands twice the last counts. */
static guint
find_line (const Config *config, const char *group, const char *key)
{
  g_auto (GStrv) lines = g_strsplit (config->text, "\n", -1);
  gboolean inside = FALSE;
  guint found = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);

      if (line[0] == '[')
        inside = is_header (line, group);
      if (inside && (key == NULL ? line[0] == '[' : is_key (line, key)))
        found = i + 1;
    }
  return found;
}

/* "FILE:LINE", to be freed with g_free(). */
static char *
place (const Config *config, const char *group, const char *key)
{
  return g_strdup_printf ("%s:%u", config->path, find_line (config, group, key));
}

/* Sets an error that begins with the place of a key. */
static gboolean
fail_at (const Config *config, const char *group, const char *key, GError **error,
         const char *message)
{
  g_autofree char *at = place (config, group, key);

  return settings_fail (error, "%s: %s", at, message);
}

/* The name of a key without the number of "key[2]": free with g_free(). */
static char *
base_key (const char *key)
{
  return g_strndup (key, strcspn (key, "["));
}

/* What is wrong with a value that GKeyFile does not understand. */
static const char malformed[] =
    "the value is not UTF-8, or has a backslash that stands for nothing";

/* Tells whether a value ends within an escape: after another one that is wrong,
 * GKeyFile would print a warning. */
static gboolean
is_cut (const Config *config, const char *group, const char *key)
{
  g_autofree char *value = g_key_file_get_value (config->keys, group, key, NULL);

  return strspn (g_strreverse (value), "\\") % 2 == 1;
}

/* The text of a key.  Returns NULL with error set when it is none. */
static char *
get_text (const Config *config, const char *group, const char *key, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *value =
      is_cut (config, group, key) ? NULL : g_key_file_get_string (config->keys, group, key, &cause);

  if (value != NULL && cause == NULL)
    return g_steal_pointer (&value);
  fail_at (config, group, key, error, malformed);
  return NULL;
}

/* The items of a list: free with g_strfreev(). */
static char **
get_items (const Config *config, const char *group, const char *key, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_auto (GStrv) items = is_cut (config, group, key)
                             ? NULL
                             : g_key_file_get_string_list (config->keys, group, key, NULL, &cause);

  if (items != NULL && cause == NULL)
    return g_steal_pointer (&items);
  fail_at (config, group, key, error, malformed);
  return NULL;
}

static const Setting *
find_setting (const Config *config, const char *key, GError **error)
{
  const Setting *setting = settings_find (key, strlen (key));

  if (setting != NULL && !settings_is_action (setting) && !g_str_equal (key, "no-config"))
    return setting;
  g_autofree char *message = g_strdup_printf ("unknown key '%s' in [" SETTINGS_GROUP "]", key);
  fail_at (config, SETTINGS_GROUP, key, error, message);
  return NULL;
}

static gboolean
read_setting (const Config *config, const char *key, GError **error)
{
  g_autofree char *at = place (config, SETTINGS_GROUP, key);
  const Origin origin = { config->rank, at };
  const Setting *setting = find_setting (config, key, error);
  g_auto (GStrv) items = NULL;

  if (setting == NULL)
    return FALSE;
  if (settings_is_list (setting))
    items = get_items (config, SETTINGS_GROUP, key, error);
  else
    {
      g_autofree char *text = get_text (config, SETTINGS_GROUP, key, error);

      items = text == NULL ? NULL : g_strdupv ((char *[]){ text, NULL });
    }
  for (guint i = 0; items != NULL && items[i] != NULL; i++)
    if (!settings_assign (config->options, setting, items[i], &origin, error))
      {
        g_prefix_error (error, "%s: %s: ", at, key);
        return FALSE;
      }
  return items != NULL;
}

/* Refuses a key that stands twice: one of its values would be lost. */
static gboolean
check_twice (const Config *config, const char *group, char **keys, GError **error)
{
  for (guint i = 0; keys[i] != NULL; i++)
    for (guint j = 0; j < i; j++)
      if (g_str_equal (keys[i], keys[j]))
        {
          g_autofree char *message = g_strdup_printf (
              "'%s' stands twice in [%s]; an option that may be repeated is numbered: %s[1]",
              keys[i], group, keys[i]);
          return fail_at (config, group, keys[i], error, message);
        }
  return TRUE;
}

static gboolean
read_settings (const Config *config, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (config->keys, SETTINGS_GROUP, NULL, NULL);

  if (!check_twice (config, SETTINGS_GROUP, keys, error))
    return FALSE;
  for (guint i = 0; keys[i] != NULL; i++)
    if (!read_setting (config, keys[i], error))
      return FALSE;
  return TRUE;
}

/* Reads one of the two keys that are ours and not the plugin's. */
static gboolean
read_switch (const Config *config, const char *group, const char *key, gboolean *value,
             GError **error)
{
  g_autofree char *text = NULL;

  if (!g_key_file_has_key (config->keys, group, key, NULL))
    return TRUE;
  text = get_text (config, group, key, error);
  if (text == NULL)
    return FALSE;
  if (settings_parse_boolean (text, value))
    return TRUE;
  g_autofree char *message = g_strdup_printf ("%s: '%s' is neither yes nor no", key, text);
  return fail_at (config, group, key, error, message);
}

/* Gathers the values of an option: of "key", "key[1]", "key[2]", ... in the
 * order they stand in.  Free with g_ptr_array_unref(). */
static GPtrArray *
gather_values (const Config *config, const char *group, char **keys, const char *wanted,
               GError **error)
{
  g_autoptr (GPtrArray) values = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *base = base_key (keys[i]);
      g_autofree char *value = NULL;

      if (!g_str_equal (base, wanted))
        continue;
      value = get_text (config, group, keys[i], error);
      if (value == NULL)
        return NULL;
      g_ptr_array_add (values, settings_expand_home (value));
    }
  g_ptr_array_add (values, NULL);
  return g_steal_pointer (&values);
}

/* "FILE:LINE" of an option, or "FILE:FIRST-LAST" where it has several lines. */
static char *
places (const Config *config, const char *group, char **keys, const char *wanted)
{
  guint first = 0, last = 0;

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *base = base_key (keys[i]);

      if (!g_str_equal (base, wanted))
        continue;
      last = find_line (config, group, keys[i]);
      first = first == 0 ? last : first;
    }
  return first == last ? g_strdup_printf ("%s:%u", config->path, first)
                       : g_strdup_printf ("%s:%u-%u", config->path, first, last);
}

/* Tells whether the i-th key is the first of those with its name. */
static gboolean
is_first (char **keys, guint i, const char *base)
{
  for (guint j = 0; j < i; j++)
    {
      g_autofree char *other = base_key (keys[j]);

      if (g_str_equal (other, base))
        return FALSE;
    }
  return TRUE;
}

/* Reads the options of a plugin, all values of one at its first key. */
static gboolean
read_plugin_options (const Config *config, const char *group, const char *name, GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (config->keys, group, NULL, NULL);

  if (!check_twice (config, group, keys, error))
    return FALSE;
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *base = base_key (keys[i]);
      g_autofree char *at = places (config, group, keys, base);
      const Origin origin = { config->rank, at };
      GPtrArray *values;
      PluginStep *step;

      if (g_str_equal (base, "enabled") || g_str_equal (base, "optional")
          || !is_first (keys, i, base))
        continue;
      values = gather_values (config, group, keys, base, error);
      if (values == NULL)
        return FALSE;
      step = settings_add_step (config->options, STEP_OPTION, name, &origin);
      step->key = g_steal_pointer (&base);
      step->values = (char **) g_ptr_array_free (values, FALSE);
    }
  return TRUE;
}

/* The name in "[plugin NAME]"; a path has to be absolute. */
static char *
plugin_of (const Config *config, const char *group, GError **error)
{
  g_autofree char *name = g_strstrip (g_strdup (group + strlen (PLUGIN_GROUP)));

  if (name[0] == '\0')
    fail_at (config, group, NULL, error, "a plugin without a name");
  else if (strchr (name, '/') != NULL && name[0] != '/')
    fail_at (config, group, NULL, error, "the path of a plugin is relative");
  else
    return g_steal_pointer (&name);
  return NULL;
}

static gboolean
read_plugin (const Config *config, const char *group, GError **error)
{
  g_autofree char *name = plugin_of (config, group, error);
  g_autofree char *at = place (config, group, NULL);
  const Origin origin = { config->rank, at };
  gboolean enabled = TRUE, optional = FALSE;
  PluginStep *step;

  if (name == NULL || !read_switch (config, group, "enabled", &enabled, error)
      || !read_switch (config, group, "optional", &optional, error)
      || !read_plugin_options (config, group, name, error))
    return FALSE;
  step = settings_add_step (config->options, enabled ? STEP_ENABLE : STEP_REMOVE, name, &origin);
  step->optional = optional;
  return TRUE;
}

static gboolean
read_groups (const Config *config, GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->keys, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      if (g_str_has_prefix (groups[i], PLUGIN_GROUP))
        {
          if (!read_plugin (config, groups[i], error))
            return FALSE;
        }
      else if (!g_str_equal (groups[i], SETTINGS_GROUP))
        {
          g_autofree char *message = g_strdup_printf ("unknown group [%s]", groups[i]);
          return fail_at (config, groups[i], NULL, error, message);
        }
      else if (!read_settings (config, error))
        return FALSE;
    }
  return TRUE;
}

/* The number of the first line that GKeyFile does not understand. */
static guint
find_wrong_line (const char *text)
{
  guint number = 0;

  for (const char *end = text; *end != '\0'; end += *end == '\n')
    {
      g_autoptr (GKeyFile) keys = g_key_file_new ();

      number++;
      end += strcspn (end, "\n");
      if (end > text && !g_key_file_load_from_data (keys, text, end - text, 0, NULL))
        return number;
    }
  return number;
}

/* Reads the text of a file, whose settings have this rank. */
gboolean
config_parse (Options *options, const char *path, const char *text, guint rank, GError **error)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  const Config config = { options, keys, path, text, rank };

  if (g_str_has_prefix (text, "\xef\xbb\xbf"))
    return config_parse (options, path, text + strlen ("\xef\xbb\xbf"), rank, error);
  if (text[strspn (text, " \t\r\n")] == '\0')
    return TRUE;
  if (!g_key_file_load_from_data (keys, text, -1, G_KEY_FILE_KEEP_TRANSLATIONS, NULL))
    return settings_fail (error, "%s:%u: neither a [group] nor a key=value", path,
                          find_wrong_line (text));
  return read_groups (&config, error);
}
