/* SPDX-License-Identifier: BSD-2-Clause */

/* What a plugin says of itself: its description, and its options. */

#include "config.h"

#include "kit/room.h"

#include "core/table.h"

#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define UNKNOWN "no-such-option"

static gboolean
is_missing (const char *text)
{
  return text == NULL || text[0] == '\0';
}

/* The option that a line of the option help is about: "key=VALUE  what it
 * does", "key  ..." or "key[=VALUE]  ..."; NULL when the line has another form. */
static char *
option_of (const char *line)
{
  gsize length = strspn (line, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
  const char *rest = line + length;

  if (length == 0 || strchr ("=[ ", *rest) == NULL
      || (*rest == '=' && strchr (" ", rest[1]) != NULL)
      || (*rest == '[' && !g_str_has_prefix (rest, "[=")))
    return NULL;
  return g_strndup (line, length);
}

/* Tells whether a key stands for any: NAME, SECTION.KEY. */
static gboolean
is_placeholder (const char *key)
{
  return key[strspn (key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ.")] == '\0';
}

static char **
help_lines (const VenvbPlugin *desc)
{
  g_autofree char *text = g_strdup (desc->options_help != NULL ? desc->options_help : "");

  return g_strsplit (g_strchomp (text), "\n", -1);
}

/* A key that configuration files have for themselves never gets to the plugin. */
static void
check_key (Check *check, const char *key)
{
  static const char *const ours[] = { "enabled", "optional", "mandatory", NULL };

  if (g_strv_contains (ours, key))
    check_problem (check,
                   "its option '%s' can't be set by a configuration file, where that is a key of "
                   "venvb's: it needs another name",
                   key);
}

static void
check_help (Check *check, const VenvbPlugin *desc)
{
  g_auto (GStrv) lines = help_lines (desc);

  if (desc->set_option != NULL && is_missing (desc->options_help))
    check_problem (check, "it has set_option, but no options_help");
  if (desc->set_option == NULL && desc->n_options == 0 && !is_missing (desc->options_help))
    check_problem (check, "it has options_help, but no set_option");
  for (gsize i = 0; i < desc->n_options; i++)
    {
      check_key (check, desc->options[i].key);
      if (is_missing (desc->options[i].help))
        check_problem (check, "its option '%s' has no help", desc->options[i].key);
    }
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *key = option_of (lines[i]);

      if (key == NULL)
        check_problem (check,
                       "options_help: the line '%s' has not the form "
                       "\"key=VALUE  what it does\"",
                       lines[i]);
      else if (table_find (desc, key) == NULL)
        check_key (check, key);
    }
}

/* Tells whether a word can be the name of a plugin: none names a file, and blanks alone
 * stand between two. */
static gboolean
is_name (const char *word)
{
  return strpbrk (word, ",;:/") == NULL && !g_str_has_suffix (word, ".so");
}

/* What a plugin comes after: a word that is nobody's name has no effect, without a word. */
static void
check_after (Check *check, const VenvbPlugin *desc)
{
  g_auto (GStrv) words = g_strsplit_set (desc->after != NULL ? desc->after : "", " \t\n", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (g_str_equal (words[i], check->name) || g_str_equal (words[i], desc->name))
      check_problem (check, "after: it names itself");
    else if (!is_name (words[i]))
      check_problem (check,
                     "after: '%s' can't be a plugin's name: names are as --plugin takes them, "
                     "without folder and '.so', and have blanks between them",
                     words[i]);
}

/* Reports in which stages the plugin takes part. */
static void
report_stages (Check *check, const VenvbPluginInfo *info)
{
  guint stages = 0;

  for (guint i = 0; venvb_stage_name (i) != NULL; i++)
    if (venvb_plugin_info_get_stage (info, i) != NULL)
      stages |= 1u << i;
  if (stages == 0 && venvb_plugin_info_get_plugin (info)->stage_event == NULL)
    check_problem (check, "it takes part in no stage");
  g_autofree char *number = g_strdup_printf ("%u", stages);
  check_report (check, REPORT_STAGES, number);
}

/* Opens the plugin, in a child process, and checks its file and its
 * description. */
void
desc_check (Check *check, gpointer unused)
{
  g_autoptr (GError) error = NULL;
  Session *session = session_open (check, &error);
  const VenvbPlugin *desc = session->desc;

  if (desc == NULL)
    check_problem (check, "can't be loaded: %s", error->message);
  else
    {
      elf_check (check, desc->struct_size);
      if (!g_str_equal (desc->name, check->name))
        check_problem (check, "its name is '%s', but its file is '%s.so'", desc->name, check->name);
      if (is_missing (desc->version))
        check_problem (check, "it has no version");
      if (is_missing (desc->summary))
        check_problem (check, "it has no summary");
      else if (strpbrk (desc->summary, "\n\r\t") != NULL)
        check_problem (check, "its summary is not one line");
      if (desc->struct_size < sizeof *desc)
        check_note (check, "it was compiled for an older venvb, which will do");
      check_help (check, desc);
      check_after (check, desc);
      report_stages (check, session->info);
    }
  session_close (session);
}

/* What the plugin says to an option, in a life of its own; NULL when it takes
 * it. */
GError *
desc_try_option (Check *check, const char *key, const char *value)
{
  Session *session = session_open (check, NULL);
  GError *error = NULL;

  if (session_load (session))
    session_set_option (session, key, value, &error);
  session_close (session);
  return error;
}

/* An option that the help names, but gets the same answer as an unknown one. */
static void
check_known (Check *check, const char *key, const char *unknown)
{
  g_autoptr (GError) error = desc_try_option (check, key, "");
  g_auto (GStrv) parts = g_strsplit (unknown, UNKNOWN, -1);
  g_autofree char *expected = g_strjoinv (key, parts);

  if (error != NULL && g_str_equal (error->message, expected))
    check_problem (check, "set_option: does not know the option '%s', which options_help names",
                   key);
}

/* Offers an option that there can't be, in a child process, and those that
 * there should be. */
void
desc_check_options (Check *check, gpointer unused)
{
  g_autofree char *project = check_path (check, "project");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) lines = NULL;
  Session *session = NULL;

  if (chdir (project) < 0)
    return;
  session = session_open (check, NULL);
  lines = help_lines (session->desc);
  gboolean has_options = session->desc->set_option != NULL || session->desc->n_options > 0;
  session_close (session);
  error = desc_try_option (check, UNKNOWN, "value");
  if (!has_options)
    return;
  if (error == NULL)
    {
      check_problem (check, "set_option: accepts an option that there is not ('" UNKNOWN "')");
      return;
    }
  if (!g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION))
    check_problem (check, "set_option: refuses an unknown option, but not with VENVB_ERROR_OPTION");
  if (strstr (error->message, UNKNOWN) == NULL)
    check_problem (check, "set_option: does not name the option that it refuses: '%s'",
                   error->message);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *key = option_of (lines[i]);

      if (key != NULL && !is_placeholder (key))
        check_known (check, key, error->message);
    }
}
