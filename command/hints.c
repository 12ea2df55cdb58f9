/* SPDX-License-Identifier: BSD-2-Clause */

/* What was meant by a command line that can't be meant as it is, and what to type
 * instead: most people come from another tool. */

#include "command/command.h"
#include "base/nearest.h"

#include <string.h>

/* Options of other tools, and what does that here. */
static const struct
{
  const char *option, *instead;
} others[] = {
  { "no-pip", "did you mean '--without-pip'?" },
  { "no-seed", "did you mean '--without-pip'?" },
  { "seed", "pip is installed unless --without-pip is given" },
  { "pip", "pip is installed unless --without-pip is given; -r FILE installs more" },
  { "no-setuptools", "setuptools is installed only for a Python older than 3.12" },
  { "name", "did you mean '--prompt'?" },
  { "always-copy", "did you mean '--copies'?" },
  { "allow-existing", "an environment that is there is updated unless --clear is given" },
  { "recreate", "did you mean '--clear'?" },
  { "overwrite", "did you mean '--clear'?" },
  { "system", "did you mean '--system-site-packages'?" },
  { "relocatable", "did you mean '--plugin=relocatable'?" },
  { "offline", "nothing is fetched unless that is asked for" },
  { "dev", "did you mean '--plugin=requirements,group=dev'?" },
  { "requirements", "did you mean '--requirement'?" },
  { "install", "did you mean '--requirement'?" },
  { "version-info", "did you mean '--version'?" },
  { "usage", "did you mean '--help'?" },
};

/* Commands of other tools, and what does that here.  The rest of a command line is put in
 * place of '*'. */
static const struct
{
  const char *verb, *instead;
} verbs[] = {
  { "create", "to make one: venvb *" },
  { "init", "to make one: venvb *" },
  { "check", "to check one: venvb --check *" },
  { "verify", "to check one: venvb --check *" },
  { "doctor", "to check one: venvb --check *" },
  { "remove", "to remove one: rm -r *" },
  { "delete", "to remove one: rm -r *" },
  { "rm", "to remove one: rm -r *" },
  { "clear", "to make it anew: venvb --clear *" },
  { "clean", "to make it anew: venvb --clear *" },
  { "recreate", "to make it anew: venvb --clear *" },
  { "upgrade", "to adapt one to a newer Python: venvb --upgrade *" },
  { "update", "to update one: venvb *" },
  { "activate", "to activate one: . */bin/activate" },
  { "install", "to install packages: venvb -r requirements.txt .venv" },
  { "sync", "to install what a lock names: venvb --lock .venv" },
  { "run", "to run a program in one: .venv/bin/PROGRAM" },
  { "help", "to see what there is: venvb --help" },
  { "version", "to see which venvb this is: venvb --version" },
  { "list", "to list the Pythons: venvb --list-pythons" },
  { "pythons", "to list the Pythons: venvb --list-pythons" },
  { "plugins", "to list the plugins: venvb --list-plugins" },
  { "cache", "to see what is in the cache: venvb --cache-info" },
  { "explain", "to see what would be done: venvb --explain" },
  { "config", "to see the configuration: venvb --explain" },
};

/* The name of the option that was meant; NULL when none is near.  Free with g_free(). */
static char *
nearest_option (const char *name)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      g_ptr_array_add (names, (gpointer) at->name);
  g_ptr_array_add (names, NULL);
  return nearest_word ((const char *const *) names->pdata, name);
}

/* What to say of an option that there is not: free with g_free(). */
static char *
advice_of_option (const char *name)
{
  g_autofree char *meant = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    if (g_str_equal (others[i].option, name))
      return g_strdup (others[i].instead);
  meant = nearest_option (name);
  return meant != NULL ? g_strdup_printf ("did you mean '--%s'?", meant)
                       : g_strdup ("see venvb --help");
}

/* Tells whether there is an option of one letter. */
static gboolean
is_letter (char letter)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (at->letter != 0 && at->letter == letter)
        return TRUE;
  return FALSE;
}

/* Fails for an option "-X" or "--NAME" that there is not. */
static gboolean
fail_unknown (const char *option, GError **error)
{
  gsize dashes = strspn (option, "-");
  g_autofree char *name = g_strndup (option + dashes, strcspn (option + dashes, "="));
  char lower = g_ascii_tolower (name[0]);
  g_autofree char *advice = NULL;

  if (dashes == 1 && g_str_equal (name, "V"))
    advice = g_strdup ("did you mean '--version'?");
  else if (dashes == 1 && name[0] != '\0' && name[1] == '\0')
    advice = lower != name[0] && is_letter (lower) ? g_strdup_printf ("did you mean '-%c'?", lower)
                                                   : g_strdup ("see venvb --help");
  else
    advice = advice_of_option (name);
  return settings_fail (error, "unknown option %s; %s", option, advice);
}

/* Fails for an option that lacks its value. */
static gboolean
fail_missing (const char *option, GError **error)
{
  gsize dashes = strspn (option, "-");

  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (dashes == 1 ? at->letter == option[1] : g_str_equal (at->name, option + dashes))
        return settings_fail (error, "option %s needs a value: %s%s%s", option, option,
                              dashes == 1 ? " " : "=", at->value);
  return settings_fail (error, "option %s needs a value", option);
}

/* Says what GOption says of an option, and what was meant. */
gboolean
hints_fail_option (const GError *cause, GError **error)
{
  const char *option = strrchr (cause->message, ' ');

  if (option != NULL && g_error_matches (cause, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
    return fail_unknown (
        strchr (cause->message, '-') != NULL ? strchr (cause->message, '-') : option + 1, error);
  if (option != NULL && option[1] == '-'
      && g_error_matches (cause, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE))
    return fail_missing (option + 1, error);
  return settings_fail (error, "%s", cause->message);
}

/* Refuses "-clear": letters that are the name of an option. */
gboolean
hints_check_dash (const char *argument, GError **error)
{
  gsize length = argument[0] == '-' ? strcspn (argument, "=") : 0;

  if (length < 3 || argument[1] == '-' || settings_find (argument + 1, length - 1) == NULL)
    return TRUE;
  return settings_fail (error, "unknown option %s; did you mean '-%s'?", argument, argument);
}

/* A word as it is typed in a shell, in quotes where it needs them: free with g_free(). */
static char *
quote (const char *word)
{
  static const char plain[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "/._-+,@=:";

  return word[0] != '\0' && word[strspn (word, plain)] == '\0' ? g_strdup (word)
                                                               : venvb_quote ("sh", word);
}

/* The words of a command as they are typed, from the second on, with a blank before each:
 * free with g_free(). */
static char *
as_typed (const Options *options)
{
  g_autoptr (GString) line = g_string_new (NULL);

  for (guint i = 1; options->command[0] != NULL && options->command[i] != NULL; i++)
    {
      g_autofree char *quoted = quote (options->command[i]);

      g_string_append_printf (line, " %s", quoted);
    }
  return g_string_free (g_steal_pointer (&line), FALSE);
}

gboolean
hints_fail_no_env_dir (const Options *options, GError **error)
{
  g_autofree char *line = as_typed (options);

  return settings_fail (error, "no ENV_DIR was given; the usual one: venvb%s .venv", line);
}

/* What to type instead of a verb and what follows it: free with g_free(). */
static char *
instead_of_verb (const char *instead, const char *const *rest)
{
  g_auto (GStrv) around = g_strsplit (instead, "*", 2);
  g_autoptr (GString) line = g_string_new (around[0]);

  for (guint i = 0; around[1] != NULL && rest[i] != NULL; i++)
    {
      g_autofree char *quoted = quote (rest[i]);

      g_string_append_printf (line, "%s%s", i > 0 ? " " : "", quoted);
    }
  if (around[1] != NULL && rest[0] == NULL)
    g_string_append (line, ".venv");
  if (around[1] != NULL)
    g_string_append (line, around[1]);
  return g_string_free (g_steal_pointer (&line), FALSE);
}

/* Refuses to make an environment named as a command of other tools: there is one already,
 * or it is written otherwise, when that is meant. */
static gboolean
check_verb (const Options *options, GError **error)
{
  const char *first = options->env_dirs[0];
  g_autofree char *line = NULL;
  guint i = 0;

  while (i < G_N_ELEMENTS (verbs) && !g_str_equal (verbs[i].verb, first))
    i++;
  if (i == G_N_ELEMENTS (verbs) || options->has_dashes || g_file_test (first, G_FILE_TEST_EXISTS))
    return TRUE;
  line = instead_of_verb (verbs[i].instead, (const char *const *) options->env_dirs + 1);
  return settings_fail (error, "'%s' is taken for an ENV_DIR; %s (or for an ENV_DIR: ./%s)", first,
                        line, first);
}

/* Refuses what is a file that an environment is to be filled from. */
static gboolean
check_file (const char *env_dir, GError **error)
{
  g_autofree char *name = g_path_get_basename (env_dir);
  g_autofree char *quoted = quote (env_dir);
  gboolean is_lock = g_str_has_prefix (name, "pylock.") && g_str_has_suffix (name, ".toml");

  if (!g_file_test (env_dir, G_FILE_TEST_IS_REGULAR)
      || (!is_lock && !g_str_has_suffix (name, ".txt")))
    return TRUE;
  return settings_fail (error,
                        "'%s' is a file, no ENV_DIR; to install what it names: venvb %s%s .venv",
                        env_dir, is_lock ? "--lock=" : "-r ", quoted);
}

/* Refuses names that no environment is meant to have. */
gboolean
hints_check_env_dirs (const Options *options, GError **error)
{
  if (options->env_dirs == NULL)
    return TRUE;
  for (guint i = 0; options->env_dirs[i] != NULL; i++)
    if (!check_file (options->env_dirs[i], error))
      return FALSE;
  return check_verb (options, error);
}

G_GNUC_PRINTF (1, 2)
static void
warn (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  output_problem (FALSE, line);
}

/* The variable that was meant by one that there is not; NULL when none is near.  Free with
 * g_free(). */
static char *
nearest_variable (const char *name)
{
  g_autofree char *option = g_ascii_strdown (name + strlen ("VENVB_"), -1);
  g_autofree char *meant = nearest_option (g_strdelimit (option, "_", '-'));
  const Setting *setting = meant == NULL ? NULL : settings_find (meant, strlen (meant));

  return setting == NULL || settings_is_action (setting) ? NULL : settings_variable (setting);
}

/* Warns of variables that are near to one of ours and are none, which says nothing otherwise.
 * Others may be somebody's. */
static void
look_at_variables (void)
{
  /* Those of venvb's that are no options. */
  static const char *const known[] = { "VENVB_PLUGIN_PATH",     "VENVB_PLUGIN_DATA_PATH",
                                       "VENVB_OWN_PLUGIN_PATH", "VENVB_MODULE_DIR",
                                       "VENVB_TEMPLATE_DIR",    "VENVB_KIT_DIR",
                                       "VENVB_SYSCONFDIR",      NULL };
  g_auto (GStrv) names = g_listenv ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *option = NULL, *meant = NULL;

      if (!g_str_has_prefix (names[i], "VENVB_") || g_strv_contains (known, names[i]))
        continue;
      option = g_ascii_strdown (names[i] + strlen ("VENVB_"), -1);
      g_strdelimit (option, "_", '-');
      if (settings_find (option, strlen (option)) != NULL
          || (meant = nearest_variable (names[i])) == NULL)
        continue;
      warn ("%s: there is no such variable; did you mean '%s'?", names[i], meant);
    }
}

/* Adds what is before the first ',' of a text. */
static void
add_name (GPtrArray *names, const char *text)
{
  g_ptr_array_add (names, g_strndup (text, strcspn (text, ",")));
}

/* Warns of a plugin that is to be left out and is not asked for, where one is that has a
 * name near to it. */
static void
look_at_removed (const Options *options)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  add_name (names, "git-ignore");
  add_name (names, "pip");
  for (guint i = 0; i < options->steps->len; i++)
    {
      const PluginStep *step = g_ptr_array_index (options->steps, i);

      if (step->kind == STEP_ADD || step->kind == STEP_ENABLE || step->kind == STEP_REQUIRE)
        add_name (names, step->text);
    }
  g_ptr_array_add (names, NULL);
  for (guint i = 0; i < options->steps->len; i++)
    {
      const PluginStep *step = g_ptr_array_index (options->steps, i);
      g_autofree char *meant = NULL;

      if (step->kind == STEP_REMOVE && step->origin == NULL
          && !g_strv_contains ((const char *const *) names->pdata, step->text)
          && (meant = nearest_word ((const char *const *) names->pdata, step->text)) != NULL)
        warn ("--no-plugin: '%s' is not in use; did you mean '%s'?", step->text, meant);
    }
}

/* Warns of what was said and would have no effect, where something near would. */
void
hints_warn (const Options *options)
{
  if (options->quiet)
    return;
  look_at_variables ();
  look_at_removed (options);
}
