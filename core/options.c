/* SPDX-License-Identifier: BSD-2-Clause */

/* The command line.  Adding an option is adding a row to `groups`, a member
 * to Options, and a line to docs/venvb.pod. */

#include "command.h"

#include <string.h>

static Options parsed;

/* clang-format off */
#define FLAG(name, letter, member, help) \
  { name, letter, 0, G_OPTION_ARG_NONE, &parsed.member, help, NULL }
#define TEXT(name, letter, member, help, value) \
  { name, letter, 0, G_OPTION_ARG_FILENAME, &parsed.member, help, value }
#define LIST(name, letter, member, help, value) \
  { name, letter, 0, G_OPTION_ARG_FILENAME_ARRAY, &parsed.member, help, value }
/* clang-format on */

#define GROUP_MAX 12

static const struct
{
  const char *heading;
  GOptionEntry entries[GROUP_MAX];
} groups[] = {
  { "Environment",
    { TEXT ("python", 'p', python, "base Python: a path, a name, or a version", "PYTHON"),
      FLAG ("system-site-packages", 0, system_site_packages,
            "make the base Python's packages visible"),
      FLAG ("symlinks", 0, symlinks, "link the interpreter (the default)"),
      FLAG ("copies", 0, copies, "copy the interpreter"),
      TEXT ("prompt", 0, prompt, "name in the prompt; '.': that of the cwd", "PROMPT"),
      FLAG ("without-pip", 0, without_pip, "do not install pip"),
      FLAG ("no-compile", 0, no_compile, "leave out the byte code"),
      FLAG ("upgrade-deps", 0, upgrade_deps, "upgrade pip from the index"),
      FLAG ("without-scm-ignore-files", 0, without_scm_ignore_files,
            "do not hide it from version control") } },
  { "Existing directory",
    { FLAG ("clear", 0, clear, "replace all that is in it"),
      FLAG ("force", 0, force, "let --clear empty a project, too"),
      FLAG ("upgrade", 0, upgrade, "adapt it to a Python upgraded in place") } },
  { "Plugins",
    { LIST ("plugin", 0, plugins, "add a plugin, or the file of one", "NAME[,KEY=VALUE...]"),
      LIST ("no-plugin", 0, no_plugins, "leave a plugin out", "NAME"),
      LIST ("plugin-dir", 0, plugin_dirs, "look for plugins here first", "DIR"),
      FLAG ("list-plugins", 0, list_plugins, "list the plugins there are"),
      TEXT ("dump-plugin", 0, dump_plugin, "describe a plugin as key=value lines", "NAME"),
      FLAG ("explain", 0, explain, "print what would run in each stage"),
      TEXT ("check-plugin", 0, check_plugin, "look for mistakes in a plugin", "FILE[,...]"),
      TEXT ("new-plugin", 0, new_plugin, "write a project for a plugin to DIR", "NAME"),
      TEXT ("build-system", 0, build_system, "of the new plugin: make, autotools or meson",
            "SYSTEM") } },
  { "Cache",
    { TEXT ("cache-dir", 0, cache_dir, "where to keep what is costly to make", "DIR"),
      TEXT ("shared-cache-dir", 0, shared_cache_dir, "a second cache, only read", "DIR"),
      FLAG ("no-cache", 0, no_cache, "keep nothing, and use nothing that was kept"),
      TEXT ("link-mode", 0, link_mode, "auto, clone, hardlink or copy", "MODE"),
      FLAG ("cache-info", 0, cache_info, "print where the cache is and how large"),
      FLAG ("cache-clean", 0, cache_clean, "throw the cache away"),
      FLAG ("cache-prune", 0, cache_prune, "remove what was not used for 30 days"),
      FLAG ("cache-warm", 0, cache_warm, "fill the cache, readable for all") } },
  { "Output",
    { FLAG ("quiet", 'q', quiet, "print errors only"),
      FLAG ("verbose", 'v', verbose, "print what is done, and what programs say"),
      FLAG ("json", 0, json, "describe each environment as a line of JSON"),
      FLAG ("timings", 0, timings, "print how long each stage took"),
      FLAG ("version", 0, version, "print the version"),
      FLAG ("help", 'h', help, "print this help") } },
};

static const GOptionEntry remaining[] = {
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &parsed.env_dirs, NULL, NULL },
  { NULL, 0, 0, 0, NULL, NULL, NULL },
};

static void
print_entry (FILE *out, const GOptionEntry *entry)
{
  g_autofree char *name = g_strconcat ("--", entry->long_name, entry->arg_description ? " " : "",
                                       entry->arg_description, NULL);
  char letter[5] = "    ";

  if (entry->short_name != 0)
    g_snprintf (letter, sizeof letter, "-%c, ", entry->short_name);
  if (strlen (name) > 26)
    fprintf (out, "  %s%s\n%34s%s\n", letter, name, "", entry->description);
  else
    fprintf (out, "  %s%-26s  %s\n", letter, name, entry->description);
}

void
options_print_help (FILE *out)
{
  fputs ("Usage: venvb [OPTION...] [--] ENV_DIR [ENV_DIR...]\n"
         "Creates Python virtual environments.\n",
         out);
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      fprintf (out, "\n%s:\n", groups[i].heading);
      for (const GOptionEntry *entry = groups[i].entries; entry->long_name != NULL; entry++)
        print_entry (out, entry);
    }
  fputs ("\nActivate one with \". ENV_DIR/bin/activate\".  More: man venvb\n", out);
}

static gboolean
fail (GError **error, const char *message)
{
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_USAGE, message);
  return FALSE;
}

/* Reads the name of a link mode. */
static gboolean
parse_link_mode (const char *name, VenvbLinkMode *mode, GError **error)
{
  static const char *const names[] = { "auto", "clone", "hardlink", "copy" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i]))
      {
        *mode = (VenvbLinkMode) i;
        return TRUE;
      }
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE,
               "--link-mode '%s' is not auto, clone, hardlink or copy", name);
  return FALSE;
}

/* Refuses what can't be meant together. */
static gboolean
check (const Options *options, GError **error)
{
  gboolean only_asks = options->help || options->version || options->list_plugins
                       || options->dump_plugin != NULL || options->check_plugin != NULL
                       || options->new_plugin != NULL || options->build_system != NULL
                       || options->explain || options->cache_info || options->cache_clean
                       || options->cache_prune || options->cache_warm;

  if (options->symlinks && options->copies)
    return fail (error, "--symlinks and --copies can't be used together");
  if (options->upgrade && options->clear)
    return fail (error, "--upgrade and --clear can't be used together");
  if (options->quiet && options->verbose)
    return fail (error, "--quiet and --verbose can't be used together");
  if (options->env_dirs == NULL && !only_asks)
    return fail (error, "no ENV_DIR was given; see venvb --help");
  return TRUE;
}

/* The arguments without the ENV_DIRs, which stand last as a rule. */
static char **
command_without (char **argv, char **env_dirs)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (guint i = 0; argv[i] != NULL; i++)
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

/* Tells whether "--NAME=..." gives a value to an option that takes none, which
 * GOption lets pass. */
static gboolean
is_flag_with_value (const char *arg)
{
  gsize length = strcspn (arg, "=");

  if (!g_str_has_prefix (arg, "--") || arg[length] == '\0')
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    for (const GOptionEntry *entry = groups[i].entries; entry->long_name != NULL; entry++)
      if (entry->arg == G_OPTION_ARG_NONE && strlen (entry->long_name) == length - 2
          && strncmp (arg + 2, entry->long_name, length - 2) == 0)
        return TRUE;
  return FALSE;
}

/* Copies the arguments, "-p3.12" as "-p" and "3.12", which GOption does not
 * understand otherwise.  Returns NULL with error set on a flag with a value. */
static char **
split_arguments (char **argv, GError **error)
{
  g_autoptr (GPtrArray) args = g_ptr_array_new_with_free_func (g_free);
  gboolean only_names = FALSE;

  for (; *argv != NULL; argv++)
    {
      gboolean is_joined = !only_names && g_str_has_prefix (*argv, "-p") && (*argv)[2] != '\0';

      only_names = only_names || g_str_equal (*argv, "--");
      if (!only_names && is_flag_with_value (*argv))
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "option %.*s takes no value",
                       (int) strcspn (*argv, "="), *argv);
          return NULL;
        }
      if (is_joined)
        g_ptr_array_add (args, g_strdup ("-p"));
      g_ptr_array_add (args, g_strdup (is_joined ? *argv + 2 : *argv));
    }
  g_ptr_array_add (args, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&args), FALSE);
}

/* Reads the arguments.  Errors are of VENVB_ERROR_USAGE.  Free what options
 * holds with options_clear(). */
gboolean
options_parse (char **argv, Options *options, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) args = split_arguments (argv, error);
  g_autoptr (GError) cause = NULL;
  gboolean ok;

  memset (options, 0, sizeof *options);
  if (args == NULL)
    return FALSE;
  memset (&parsed, 0, sizeof parsed);
  g_option_context_set_help_enabled (context, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    g_option_context_add_main_entries (context, groups[i].entries, NULL);
  g_option_context_add_main_entries (context, remaining, NULL);
  ok = g_option_context_parse_strv (context, &args, &cause);
  *options = parsed;
  if (!ok)
    return fail (error, cause->message);
  options->command = command_without (argv, options->env_dirs);
  return check (options, error)
         && (options->link_mode == NULL
             || parse_link_mode (options->link_mode, &options->mode, error));
}

void
options_clear (Options *options)
{
  g_free (options->prompt);
  g_free (options->python);
  g_free (options->dump_plugin);
  g_free (options->check_plugin);
  g_free (options->new_plugin);
  g_free (options->build_system);
  g_free (options->cache_dir);
  g_free (options->shared_cache_dir);
  g_free (options->link_mode);
  g_strfreev (options->plugins);
  g_strfreev (options->no_plugins);
  g_strfreev (options->plugin_dirs);
  g_strfreev (options->env_dirs);
  g_strfreev (options->command);
}
