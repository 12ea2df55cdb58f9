/* SPDX-License-Identifier: BSD-2-Clause */

/* The command line, read by GOption from the table in settings.c. */

#include "command/command.h"

#include <string.h>

/* The rank of the command line: above all else. */
#define COMMAND_LINE_RANK G_MAXUINT16

/* What is on the command line, in its order: it is assigned last, but tells
 * whether there is anything to be read before. */
typedef struct
{
  const Setting *setting;
  char *value;
} Argument;

/* The options of `python -m venv`.  A prefix will do that stands for one of them
 * only, as there; venvb's own do not count, so that no new one ever changes what
 * a prefix stands for. */
static const char *const venvs_options[] = {
  "help",    "system-site-packages", "symlinks", "copies",       "clear",
  "upgrade", "without-pip",          "prompt",   "upgrade-deps", "without-scm-ignore-files",
};

static void
argument_free (Argument *argument)
{
  g_free (argument->value);
  g_free (argument);
}

static void
add_argument (GPtrArray *arguments, const Setting *setting, const char *value)
{
  Argument *argument = g_new0 (Argument, 1);

  *argument = (Argument){ setting, g_strdup (value) };
  g_ptr_array_add (arguments, argument);
}

static gboolean
takes_no_value (const Setting *setting)
{
  return setting->kind == SETTING_FLAG || setting->kind == SETTING_ACTION;
}

/* Finds the option that "NAME" or "NAME=VALUE" stands for: in full, or as a
 * prefix.  NULL when there is none, and with error set when that is no name, or
 * one of several. */
static const Setting *
find_option (const char *name, GError **error)
{
  gsize length = strcspn (name, "=");
  const Setting *found = settings_find (name, length);
  g_autoptr (GString) candidates = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; found == NULL && i < G_N_ELEMENTS (venvs_options); i++)
    if (strncmp (venvs_options[i], name, length) == 0)
      g_string_append_printf (candidates, "%s--%s", n++ > 0 ? ", " : "", venvs_options[i]);
  if (length == 0)
    settings_fail (error, "unknown option --%s; see venvb --help", name);
  else if (n > 1)
    settings_fail (error, "option --%.*s is ambiguous: %s", (int) length, name, candidates->str);
  else if (n == 1)
    found = settings_find (candidates->str + 2, candidates->len - 2);
  return found;
}

/* Appends an option written out, with its value where that is the next argument,
 * and returns how many arguments these are.  A prompt becomes one word with its
 * option, as venv records it. */
static guint
append_option (GPtrArray *words, const Setting *setting, char **argv)
{
  const char *value = strchr (*argv, '=');
  gboolean takes_next =
      !takes_no_value (setting) && value == NULL && setting->bare == NULL && argv[1] != NULL;

  if (value == NULL && setting->bare != NULL)
    g_ptr_array_add (words, g_strconcat ("--", setting->name, "=", setting->bare, NULL));
  else if (takes_next && g_str_equal (setting->name, "prompt"))
    g_ptr_array_add (words, g_strconcat ("--prompt=", argv[1], NULL));
  else
    {
      g_ptr_array_add (words, g_strconcat ("--", setting->name, value, NULL));
      if (takes_next)
        g_ptr_array_add (words, g_strdup (argv[1]));
    }
  return takes_next ? 2 : 1;
}

/* Tells whether a letter stands for an option that has a value. */
static gboolean
letter_takes_value (char letter)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (at->letter != 0 && at->letter == letter)
        return !takes_no_value (at);
  return FALSE;
}

/* The same of anything else: of letters, -p and -r may have their value in the next
 * argument. */
static guint
append_other (GPtrArray *words, char **argv)
{
  const char *letters = **argv == '-' && (*argv)[1] != '-' ? *argv + 1 : "";
  gsize first = 0;

  while (letters[first] != '\0' && !letter_takes_value (letters[first]))
    first++;
  gboolean takes_next =
      argv[1] != NULL && letters[first] != '\0' && (first > 0 || letters[1] == '\0');

  g_ptr_array_add (words, g_strdup (*argv));
  if (takes_next)
    g_ptr_array_add (words, g_strdup (argv[1]));
  return takes_next ? 2 : 1;
}

/* The arguments with all options written out: free with g_strfreev().  What is
 * unknown is left for GOption to refuse. */
static char **
write_out (char **argv, GError **error)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  if (*argv != NULL)
    g_ptr_array_add (words, g_strdup (*argv++));
  while (*argv != NULL && !g_str_equal (*argv, "--"))
    {
      gboolean is_long = g_str_has_prefix (*argv, "--");
      g_autoptr (GError) cause = NULL;
      const Setting *setting = is_long ? find_option (*argv + 2, &cause) : NULL;

      if (cause != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
      if (setting != NULL)
        argv += append_option (words, setting, argv);
      else
        argv += append_other (words, argv);
    }
  for (; *argv != NULL; argv++)
    g_ptr_array_add (words, g_strdup (*argv));
  g_ptr_array_add (words, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

static void
print_entry (FILE *out, const Setting *setting)
{
  g_autofree char *name =
      g_strconcat ("--", setting->name, setting->value != NULL ? " " : "", setting->value, NULL);
  char letter[5] = "    ";

  if (setting->bare != NULL)
    name[strlen (setting->name) + 2] = '=';
  if (setting->letter != 0)
    g_snprintf (letter, sizeof letter, "-%c, ", setting->letter);
  if (strlen (name) > 26)
    fprintf (out, "  %s%s\n%34s%s\n", letter, name, "", setting->help);
  else
    fprintf (out, "  %s%-26s  %s\n", letter, name, setting->help);
}

void
options_print_help (FILE *out)
{
  fputs ("Usage: venvb [OPTION...] [--] ENV_DIR [ENV_DIR...]\n"
         "Creates Python virtual environments.\n",
         out);
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    {
      fprintf (out, "%s%s:\n", group == settings_groups ? "\n" : "", group->heading);
      for (const Setting *at = group->settings; at->name != NULL; at++)
        print_entry (out, at);
    }
  fputs ("\nActivate one with \". ENV_DIR/bin/activate\".  More: man venvb\n", out);
}

/* How many words of the arguments are an option that says how a run is told, and nothing of
 * what it makes: 0 for another one. */
static guint
tells_only (char **word)
{
  static const char *const flags[] = { "--dry-run", "--json",    "--timings",
                                       "--quiet",   "--verbose", NULL };
  static const char *const choices[] = { "--progress", "--color", NULL };
  gsize length = strcspn (word[0], "=");
  g_autofree char *name = g_strndup (word[0], length);

  if (g_strv_contains (flags, word[0]))
    return 1;
  if (g_strv_contains (choices, name))
    return word[0][length] == '\0' && word[1] != NULL ? 2 : 1;
  return word[0][0] == '-' && word[0][1] != '\0' && word[0][1 + strspn (word[0] + 1, "qv")] == '\0';
}

/* The arguments without the ENV_DIRs, which stand last as a rule, and without what makes no
 * other environment: pyvenv.cfg has them. */
static char **
command_without (char **argv, char **env_dirs)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0, told; argv[i] != NULL; i += MAX (told, 1))
    if ((told = tells_only (argv + i)) == 0)
      g_ptr_array_add (words, argv[i]);
  for (guint left = env_dirs == NULL ? 0 : g_strv_length (env_dirs); left-- > 0;)
    for (guint i = words->len; i-- > 1;)
      if (g_str_equal (g_ptr_array_index (words, i), env_dirs[left]))
        {
          g_ptr_array_remove_index (words, i);
          break;
        }
  while (words->len > 1 && g_str_equal (g_ptr_array_index (words, words->len - 1), "--"))
    g_ptr_array_set_size (words, words->len - 1);
  g_ptr_array_add (words, NULL);
  return g_strdupv ((char **) words->pdata);
}

/* Finds the flag that "--FLAG=VALUE" gives a value to, which GOption has no
 * place for; NULL for any other argument. */
static const Setting *
flag_with_value (const char *arg)
{
  gsize length = strcspn (arg, "=");
  const Setting *setting;

  if (!g_str_has_prefix (arg, "--") || arg[length] == '\0')
    return NULL;
  setting = settings_find (arg + 2, length - 2);
  return setting != NULL && takes_no_value (setting) ? setting : NULL;
}

/* Copies the arguments for GOption, "-p3.12" as "-p" and "3.12".  Takes out the
 * flags that have a value.  Returns NULL with error set when one can't have
 * any. */
static char **
split_arguments (char **argv, GPtrArray *arguments, GError **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  gboolean only_names = FALSE;

  for (; *argv != NULL; argv++)
    {
      const Setting *flag = only_names ? NULL : flag_with_value (*argv);
      gboolean is_joined =
          !only_names && **argv == '-' && letter_takes_value ((*argv)[1]) && (*argv)[2] != '\0';

      only_names = only_names || g_str_equal (*argv, "--");
      if (!only_names && !hints_check_dash (*argv, error))
        return NULL;
      if (flag != NULL && flag->kind == SETTING_ACTION)
        {
          settings_fail (error, "option --%s takes no value", flag->name);
          return NULL;
        }
      if (flag != NULL)
        {
          add_argument (arguments, flag, strchr (*argv, '=') + 1);
          continue;
        }
      if (is_joined)
        g_ptr_array_add (args, g_strndup (*argv, 2));
      g_ptr_array_add (args, g_strdup (is_joined ? *argv + 2 : *argv));
    }
  g_ptr_array_add (args, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&args), FALSE);
}

/* Called by GOption with "--name" or "-n". */
static gboolean
on_option (const char *name, const char *value, gpointer data, GError **error)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      if (g_str_has_prefix (name, "--") ? g_str_equal (at->name, name + 2) : at->letter == name[1])
        {
          add_argument (data, at, value != NULL ? value : "yes");
          return TRUE;
        }
  g_assert_not_reached ();
}

/* What GOption is to know of the options. */
static GOptionGroup *
option_group_new (GPtrArray *arguments, char ***env_dirs)
{
  GOptionGroup *result = g_option_group_new ("", "", "", arguments, NULL);
  const GOptionEntry remaining[] = {
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, env_dirs, NULL, NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };

  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *at = group->settings; at->name != NULL; at++)
      {
        const GOptionEntry entry[] = {
          { at->name, at->letter,
            takes_no_value (at) ? G_OPTION_FLAG_NO_ARG : G_OPTION_FLAG_FILENAME,
            G_OPTION_ARG_CALLBACK, (gpointer) on_option, at->help, at->value },
          { NULL, 0, 0, 0, NULL, NULL, NULL },
        };
        g_option_group_add_entries (result, entry);
      }
  g_option_group_add_entries (result, remaining);
  return result;
}

/* Reads the command line into arguments and ENV_DIRs. */
static gboolean
read_arguments (char **argv, GPtrArray *arguments, char ***env_dirs, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) args = split_arguments (argv, arguments, error);
  g_autoptr (GError) cause = NULL;

  if (args == NULL)
    return FALSE;
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_main_group (context, option_group_new (arguments, env_dirs));
  return g_option_context_parse_strv (context, &args, &cause) || hints_fail_option (cause, error);
}

/* Refuses an empty value on the command line, as of a variable of a script that is not set: it
 * would count for nothing, or for the current directory.  Where a file or a variable says
 * something, it takes that out. */
static gboolean
check_empty (const Options *options, const Setting *setting, const char *value, GError **error)
{
  gboolean may_be = setting->kind == SETTING_FLAG || setting->kind == SETTING_ACTION
                    || setting->kind == SETTING_CHOICE || g_str_equal (setting->name, "prompt");

  if (value[0] != '\0' || may_be || settings_asker (options, setting->name) != NULL)
    return TRUE;
  return settings_fail (error, "it is empty; leave it out, or give it %s",
                        setting->value != NULL ? setting->value : "a value");
}

static gboolean
assign_arguments (Options *options, const GPtrArray *arguments, GError **error)
{
  const Origin origin = { COMMAND_LINE_RANK, NULL };
  gboolean was_verbose = FALSE;

  for (guint i = 0; i < arguments->len; i++)
    {
      const Argument *argument = g_ptr_array_index (arguments, i);
      g_autoptr (GError) cause = NULL;

      options->very_verbose |= was_verbose && argument->setting->letter == 'v';
      was_verbose = was_verbose || argument->setting->letter == 'v';
      if (check_empty (options, argument->setting, argument->value, &cause)
          && settings_assign (options, argument->setting, argument->value, &origin, &cause))
        continue;
      return g_str_has_prefix (cause->message, "--")
                 ? settings_fail (error, "%s", cause->message)
                 : settings_fail (error, "--%s: %s", argument->setting->name, cause->message);
    }
  return TRUE;
}

/* Tells whether an argument decides that nothing else need be read. */
static gboolean
only_describes (const GPtrArray *arguments)
{
  for (guint i = 0; i < arguments->len; i++)
    {
      const char *name = ((const Argument *) g_ptr_array_index (arguments, i))->setting->name;

      if (g_str_equal (name, "help") || g_str_equal (name, "version"))
        return TRUE;
    }
  return FALSE;
}

/* Whether no-config was said, by the last who said anything of it. */
static gboolean
wants_no_config (const GPtrArray *arguments)
{
  const char *said = venvb_getenv ("VENVB_NO_CONFIG");
  gboolean value = FALSE;

  for (guint i = 0; i < arguments->len; i++)
    {
      const Argument *argument = g_ptr_array_index (arguments, i);

      if (g_str_equal (argument->setting->name, "no-config"))
        said = argument->value;
    }
  return said != NULL && settings_parse_boolean (said, &value) && value;
}

/* Reads all there is to read, the strongest last. */
static gboolean
read_all (Options *options, const GPtrArray *arguments, GError **error)
{
  guint rank = 1;

  if (!only_describes (arguments))
    {
      files_read (options, wants_no_config (arguments), &rank);
      envvars_read (options, rank);
    }
  return assign_arguments (options, arguments, error)
         && locks_apply (options, COMMAND_LINE_RANK + 1, error)
         && (settings_add_installers (options), TRUE);
}

/* Tells whether nothing is made or removed, so that an answer without what could not be
 * understood is better than none. */
static gboolean
only_asks (const Options *options)
{
  if (options->list_plugins || options->list_pythons || options->dump_plugin != NULL
      || options->check_plugin != NULL || options->new_plugin != NULL || options->check
      || options->explain)
    return TRUE;
  return options->cache_info && !options->cache_clean && !options->cache_prune
         && !options->cache_warm && options->env_dirs == NULL;
}

static void
plugin_step_free (PluginStep *step)
{
  g_free (step->text);
  g_free (step->key);
  g_strfreev (step->values);
  g_free (step->origin);
  g_free (step);
}

/* Reads the configuration, the variables and the arguments.  Where only something is
 * asked, what is wrong with files and variables is left to be told.  Errors are of
 * VENVB_ERROR_USAGE.  Free what options holds with options_clear(). */
gboolean
options_parse (char **argv, Options *options, GError **error)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func ((GDestroyNotify) argument_free);
  g_auto (GStrv) words = NULL;

  memset (options, 0, sizeof *options);
  options->steps = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_step_free);
  options->problems = g_ptr_array_new_with_free_func ((GDestroyNotify) problems_free);
  options->files = g_ptr_array_new_with_free_func (g_free);
  words = write_out (argv, error);
  if (words == NULL || !read_arguments (words, arguments, &options->env_dirs, error)
      || !read_all (options, arguments, error))
    return FALSE;
  options->command = command_without (words, options->env_dirs);
  options->has_dashes = g_strv_contains ((const char *const *) words, "--");
  return refused_check (options, error)
         && (options->check_config || only_asks (options) || problems_fail (options, error));
}

void
options_clear (Options *options)
{
  g_free (options->prompt);
  g_free (options->python);
  g_free (options->dump_plugin);
  g_free (options->download);
  g_free (options->platform);
  g_free (options->check_plugin);
  g_free (options->new_plugin);
  g_free (options->build_system);
  g_free (options->lock);
  g_free (options->requirement);
  g_free (options->cache_dir);
  g_free (options->shared_cache_dir);
  g_clear_pointer (&options->steps, g_ptr_array_unref);
  g_clear_pointer (&options->origins, g_hash_table_unref);
  g_clear_pointer (&options->locks, g_ptr_array_unref);
  g_clear_pointer (&options->problems, g_ptr_array_unref);
  g_clear_pointer (&options->files, g_ptr_array_unref);
  g_clear_pointer (&options->overruled, g_ptr_array_unref);
  g_strfreev (options->env_dirs);
  g_strfreev (options->command);
}
