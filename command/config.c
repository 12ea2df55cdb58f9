/* SPDX-License-Identifier: BSD-2-Clause */

/* What is in a configuration file, see venvb.conf(5). */

#include "command/command.h"

#include <string.h>

#define SETTINGS_GROUP "venvb"
#define PLUGIN_GROUP "plugin "

/* Keys of the group [venvb] that are no options. */
#define MANDATORY "mandatory"
#define ALLOW_UNKNOWN "allow-unknown"

/* A file being read. */
typedef struct
{
  Options *options;
  GKeyFile *keys;
  const ConfigFile *file;
  const char *text;
  gboolean allow_unknown; /* what is not known is passed over */
} Config;

/* Notes what is wrong, so that the rest can be read, too. */
static void
note (const Config *config, GError *error)
{
  problems_add (config->options, config->file->path, FALSE, error);
}

/* "FILE:LINE", to be freed with g_free(). */
static char *
place (const Config *config, const char *group, const char *key)
{
  return g_strdup_printf ("%s:%u", config->file->path, lines_find (config->text, group, key));
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

/* Notes what this version does not know: as a problem, or a remark where the file says
 * that it may be there. */
static void
note_unknown (const Config *config, const char *group, const char *key, const char *message)
{
  GError *error = NULL;

  fail_at (config, group, key, &error, message);
  problems_add (config->options, config->file->path, config->allow_unknown, error);
}

static const Setting *
find_setting (const Config *config, const char *key)
{
  const Setting *setting = settings_find (key, strlen (key));

  if (setting != NULL && !settings_is_action (setting) && !g_str_equal (key, "no-config"))
    return setting;
  const char *const ours[] = { MANDATORY, ALLOW_UNKNOWN, NULL };
  g_autofree char *meant = meant_key (key, ours);
  g_autofree char *message =
      g_strdup_printf ("unknown key '%s' in [" SETTINGS_GROUP "]%s", key, meant);
  note_unknown (config, SETTINGS_GROUP, key, message);
  return NULL;
}

/* The values of a key: free with g_strfreev(). */
static char **
get_values (const Config *config, const Setting *setting, GError **error)
{
  g_autofree char *text = NULL;

  if (settings_is_list (setting))
    return get_items (config, SETTINGS_GROUP, setting->name, error);
  text = get_text (config, SETTINGS_GROUP, setting->name, error);
  return text == NULL ? NULL : g_strdupv ((char *[]){ text, NULL });
}

/* Makes what a list names mandatory, or that it is left out: as [plugin NAME] would. */
static gboolean
lock_list (const Config *config, const Setting *setting, char **items, const Origin *origin,
           GError **error)
{
  gboolean is_wanted = g_str_equal (setting->name, "plugin");

  for (guint i = 0; items[i] != NULL; i++)
    {
      g_autofree char *name = g_strndup (items[i], strcspn (items[i], ","));

      if (name[0] == '\0' || (strchr (name, '/') != NULL && name[0] != '/'))
        return fail_at (config, SETTINGS_GROUP, setting->name, error,
                        "what is mandatory needs a name, or an absolute path");
      locks_add_plugin (config->options, name, is_wanted, origin);
      if (is_wanted && config->file->only_locks)
        settings_add_step (config->options, STEP_ADD, items[i], origin);
    }
  return TRUE;
}

/* Reads a key, which may be one that nobody is to change. */
static gboolean
read_setting (const Config *config, const Setting *setting, gboolean is_locked, GError **error)
{
  g_autofree char *at = place (config, SETTINGS_GROUP, setting->name);
  const Origin origin = { config->file->rank, at };
  g_auto (GStrv) items = get_values (config, setting, error);

  if (items == NULL)
    return FALSE;
  if (is_locked && g_str_equal (setting->name, "plugin-dir"))
    return fail_at (config, SETTINGS_GROUP, setting->name, error,
                    "this key can't be mandatory: what is mandatory is looked for where venvb has "
                    "its own plugins");
  if (is_locked && setting->kind == SETTING_LIST
      && !lock_list (config, setting, items, &origin, error))
    return FALSE;
  for (guint i = 0; items[i] != NULL && !config->file->only_locks; i++)
    if (!settings_assign (config->options, setting, items[i], &origin, error))
      {
        g_prefix_error (error, "%s: %s: ", at, setting->name);
        return FALSE;
      }
  if (is_locked && setting->kind != SETTING_LIST)
    locks_add (config->options, setting, items, at, config->file->only_locks);
  return TRUE;
}

/* Notes keys that stand twice: one of the values would be lost. */
static void
check_twice (const Config *config, const char *group, char **keys)
{
  for (guint i = 0; keys[i] != NULL; i++)
    for (guint j = 0; j < i; j++)
      if (g_str_equal (keys[i], keys[j]))
        {
          g_autofree char *message = g_strdup_printf (
              "'%s' stands twice in [%s]; an option that may be repeated is numbered: %s[1]",
              keys[i], group, keys[i]);
          GError *error = NULL;

          fail_at (config, group, keys[i], &error, message);
          note (config, error);
        }
}

/* Reads a key that is yes or no, and ours. */
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

/* Tells whether what is mandatory here holds: where only root can have written it. */
static gboolean
check_may_lock (const Config *config, const char *group, GError **error)
{
  g_autofree char *at = place (config, group, MANDATORY);

  if (!config->file->is_system)
    return settings_fail (error, "%s: only the system's configuration can make anything mandatory",
                          at);
  if (venvb_check_root (config->file->path, error))
    return TRUE;
  g_prefix_error (error, "%s: what is mandatory only root may be able to write: ", at);
  return FALSE;
}

/* What the key "mandatory" of the settings says: "yes", "no", or which keys.  NULL with
 * error set when that can't hold.  Free with g_strfreev(). */
static char **
read_mandatory (const Config *config, gboolean *all, GError **error)
{
  g_auto (GStrv) items = NULL;

  *all = FALSE;
  if (!g_key_file_has_key (config->keys, SETTINGS_GROUP, MANDATORY, NULL))
    return g_new0 (char *, 1);
  items = get_items (config, SETTINGS_GROUP, MANDATORY, error);
  if (items == NULL)
    return NULL;
  if (g_strv_length (items) == 1 && settings_parse_boolean (items[0], all))
    g_clear_pointer (&items[0], g_free);
  if (!*all && items[0] == NULL)
    return g_steal_pointer (&items);
  for (guint i = 0; items[i] != NULL; i++)
    if (!g_key_file_has_key (config->keys, SETTINGS_GROUP, items[i], NULL))
      {
        g_autofree char *message =
            g_strdup_printf (MANDATORY ": '%s' is not a key of this group here", items[i]);
        fail_at (config, SETTINGS_GROUP, MANDATORY, error, message);
        return NULL;
      }
  return check_may_lock (config, SETTINGS_GROUP, error) ? g_steal_pointer (&items) : NULL;
}

static void
read_settings (const Config *config)
{
  g_auto (GStrv) keys = g_key_file_get_keys (config->keys, SETTINGS_GROUP, NULL, NULL);
  GError *error = NULL;
  gboolean all;
  g_auto (GStrv) locked = read_mandatory (config, &all, &error);

  if (locked == NULL)
    note (config, g_steal_pointer (&error));
  check_twice (config, SETTINGS_GROUP, keys);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      gboolean is_ours = g_str_equal (keys[i], MANDATORY) || g_str_equal (keys[i], ALLOW_UNKNOWN);
      const Setting *setting = is_ours ? NULL : find_setting (config, keys[i]);
      gboolean is_locked =
          all || (locked != NULL && g_strv_contains ((const char *const *) locked, keys[i]));

      if (setting != NULL && (is_locked || !config->file->only_locks)
          && !read_setting (config, setting, is_locked, &error))
        note (config, g_steal_pointer (&error));
    }
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
      last = lines_find (config->text, group, keys[i]);
      first = first == 0 ? last : first;
    }
  return first == last ? g_strdup_printf ("%s:%u", config->file->path, first)
                       : g_strdup_printf ("%s:%u-%u", config->file->path, first, last);
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

/* Tells whether a key of a plugin's group is ours and not the plugin's. */
static gboolean
is_ours (const char *key)
{
  return g_str_equal (key, "enabled") || g_str_equal (key, "optional")
         || g_str_equal (key, MANDATORY);
}

/* Reads the options of a plugin, all values of one at its first key. */
static void
read_plugin_options (const Config *config, const char *group, const char *name)
{
  g_auto (GStrv) keys = g_key_file_get_keys (config->keys, group, NULL, NULL);

  check_twice (config, group, keys);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autofree char *base = base_key (keys[i]);
      g_autofree char *at = places (config, group, keys, base);
      const Origin origin = { config->file->rank, at };
      GError *error = NULL;
      GPtrArray *values;
      PluginStep *step;

      if (is_ours (base) || !is_first (keys, i, base))
        continue;
      values = gather_values (config, group, keys, base, &error);
      if (values == NULL)
        {
          note (config, error);
          continue;
        }
      step = settings_add_step (config->options, STEP_OPTION, name, &origin);
      step->key = g_steal_pointer (&base);
      step->allow_unknown = config->allow_unknown;
      step->values = (char **) g_ptr_array_free (values, FALSE);
    }
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

/* What our own keys of a plugin's group say. */
typedef struct
{
  gboolean enabled, optional, mandatory;
} Switches;

static gboolean
read_switches (const Config *config, const char *group, Switches *switches, GError **error)
{
  *switches = (Switches){ TRUE, FALSE, FALSE };
  if (!read_switch (config, group, "enabled", &switches->enabled, error)
      || !read_switch (config, group, "optional", &switches->optional, error)
      || !read_switch (config, group, MANDATORY, &switches->mandatory, error))
    return FALSE;
  if (switches->mandatory && switches->optional)
    return fail_at (config, group, MANDATORY, error, "what is optional can't be mandatory");
  return !switches->mandatory || check_may_lock (config, group, error);
}

static gboolean
read_plugin (const Config *config, const char *group, GError **error)
{
  g_autofree char *name = plugin_of (config, group, error);
  g_autofree char *at = place (config, group, NULL);
  const Origin origin = { config->file->rank, at };
  gboolean ok = name != NULL;
  Switches switches;
  PluginStep *step;

  ok = ok && read_switches (config, group, &switches, error);
  if (name == NULL || (config->file->only_locks && (!ok || !switches.mandatory)))
    return ok;
  read_plugin_options (config, group, name); /* each mistake is told, not the first alone */
  if (!ok)
    return FALSE;
  step = settings_add_step (config->options, switches.enabled ? STEP_ENABLE : STEP_REMOVE, name,
                            &origin);
  step->optional = switches.optional;
  if (switches.mandatory)
    locks_add_plugin (config->options, name, switches.enabled, &origin);
  return TRUE;
}

static void
read_groups (const Config *config)
{
  g_auto (GStrv) groups = g_key_file_get_groups (config->keys, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_autofree char *meant = meant_group (groups[i]);
      g_autofree char *message = g_strdup_printf ("unknown group [%s]%s", groups[i], meant);
      GError *error = NULL;

      if (g_str_equal (groups[i], SETTINGS_GROUP))
        read_settings (config);
      else if (!g_str_has_prefix (groups[i], PLUGIN_GROUP))
        note_unknown (config, groups[i], NULL, message);
      else if (!read_plugin (config, groups[i], &error))
        note (config, error);
    }
}

/* Tells of a line that GKeyFile does not understand. */
static void
note_line (guint line, gpointer data)
{
  const Config *config = data;
  GError *error = NULL;

  settings_fail (&error, "%s:%u: neither a [group] nor a key=value", config->file->path, line);
  note (config, error);
}

/* Reads the text of a file.  What is wrong with it is noted, and passed over. */
void
config_parse (Options *options, const ConfigFile *file, const char *text)
{
  g_autoptr (GKeyFile) keys = g_key_file_new ();
  Config config = { options, keys, file, text, FALSE };
  g_autofree char *mended = NULL;
  GError *error = NULL;

  if (g_str_has_prefix (text, "\xef\xbb\xbf"))
    config.text = text += strlen ("\xef\xbb\xbf");
  if (!g_key_file_load_from_data (keys, text, strlen (text), G_KEY_FILE_KEEP_TRANSLATIONS, NULL))
    {
      config.text = mended = lines_mend (text, note_line, &config);
      g_key_file_unref (keys);
      config.keys = keys = g_key_file_new ();
      g_key_file_load_from_data (keys, mended, strlen (mended), G_KEY_FILE_KEEP_TRANSLATIONS, NULL);
    }
  if (!read_switch (&config, SETTINGS_GROUP, ALLOW_UNKNOWN, &config.allow_unknown, &error))
    note (&config, error);
  read_groups (&config);
}
