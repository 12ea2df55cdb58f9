/* SPDX-License-Identifier: BSD-2-Clause */

/* entry_points.txt to scripts. */

#include "wheel/room.h"

#include <string.h>

void
entry_points_script_free (WheelScript *script)
{
  g_free (script->name);
  g_free (script->module);
  g_free (script->attr);
  g_free (script);
}

/* Tells whether text is NAME(.NAME)*, each a Python identifier: it becomes
 * part of a program. */
static gboolean
is_dotted_name (const char *text)
{
  gboolean at_start = TRUE;

  for (; *text != '\0'; text = g_utf8_next_char (text))
    {
      gunichar c = g_utf8_get_char (text);

      if (c == '.' ? at_start
                   : c != '_' && !(at_start ? g_unichar_isalpha (c) : g_unichar_isalnum (c)))
        return FALSE;
      at_start = c == '.';
    }
  return !at_start;
}

/* The name of a script is the name of a file, and one word. */
static gboolean
check_name (const char *name, GError **error)
{
  if (!names_check (name, NULL) || strchr (name, '/') != NULL || name[0] == '['
      || strpbrk (name, " \t\v\f") != NULL)
    return refuse (error, "entry_points.txt has a script with an invalid name: '%s'", name);
  return TRUE;
}

/* Reads "MODULE:ATTR [EXTRAS]"; what the extras are does not matter. */
static WheelScript *
parse_reference (const char *name, char *value, gboolean gui, GError **error)
{
  char *extras = strchr (value, '[');
  char *colon = strchr (value, ':');
  WheelScript *script;

  if (extras != NULL && g_str_has_suffix (value, "]"))
    *extras = '\0';
  if (colon != NULL)
    *colon++ = '\0';
  g_strstrip (value);
  if (colon == NULL || !is_dotted_name (value) || !is_dotted_name (g_strstrip (colon)))
    {
      refuse (error, "script '%s' of entry_points.txt does not name a module and a function", name);
      return NULL;
    }
  script = g_new0 (WheelScript, 1);
  script->name = g_strdup (name);
  script->module = g_strdup (value);
  script->attr = g_strdup (colon);
  script->gui = gui;
  return script;
}

/* Reads "NAME = REFERENCE" into a table. */
static gboolean
parse_line (GHashTable *scripts, char *line, gboolean gui, GError **error)
{
  char *value = strchr (line, '=');
  WheelScript *script;

  if (value == NULL)
    return refuse (error, "entry_points.txt has a line without '=': '%s'", line);
  *value++ = '\0';
  g_strstrip (line);
  script = check_name (line, error) ? parse_reference (line, g_strstrip (value), gui, error) : NULL;
  if (script == NULL)
    return FALSE;
  g_hash_table_replace (scripts, script->name, script);
  return TRUE;
}

/* Reads the two sections that scripts are made of. */
static gboolean
parse_sections (GHashTable *console, GHashTable *gui, const char *text, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GHashTable *current = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);

      if (line[0] == '\0' || line[0] == '#' || line[0] == ';')
        continue;
      if (line[0] != '[')
        {
          if (current != NULL && !parse_line (current, line, current == gui, error))
            return FALSE;
        }
      else if (g_str_equal (line, "[console_scripts]"))
        current = console;
      else
        current = g_str_equal (line, "[gui_scripts]") ? gui : NULL;
    }
  return TRUE;
}

static gboolean
matches (gpointer key, gpointer value, gpointer pattern)
{
  return g_regex_match_simple (pattern, key, 0, 0);
}

/* Replaces the scripts of a project that names them after versions: what is
 * in the wheel was made for the Python that built it. */
static void
replace_versioned (GHashTable *scripts, const char *name, const char *pattern,
                   const char *const *names)
{
  WheelScript *script = g_hash_table_lookup (scripts, name);
  g_autofree char *module = NULL;
  g_autofree char *attr = NULL;

  if (script == NULL)
    return;
  module = g_strdup (script->module);
  attr = g_strdup (script->attr);
  g_hash_table_foreach_remove (scripts, matches, (gpointer) pattern);
  for (; *names != NULL; names++)
    {
      script = g_new0 (WheelScript, 1);
      script->name = g_strdup (*names);
      script->module = g_strdup (module);
      script->attr = g_strdup (attr);
      g_hash_table_replace (scripts, script->name, script);
    }
}

static void
apply_special_rules (GHashTable *console, const WheelScheme *scheme)
{
  g_autofree char *pip_x = g_strdup_printf ("pip%u", scheme->major);
  g_autofree char *pip_x_y = g_strdup_printf ("pip%u.%u", scheme->major, scheme->minor);
  g_autofree char *easy_x_y = g_strdup_printf ("easy_install-%u.%u", scheme->major, scheme->minor);

  replace_versioned (console, "pip", "^pip([0-9]+(\\.[0-9]+)?)?$",
                     (const char *[]){ "pip", pip_x, pip_x_y, NULL });
  replace_versioned (console, "easy_install", "^easy_install(-[0-9]+\\.[0-9]+)?$",
                     (const char *[]){ "easy_install", easy_x_y, NULL });
}

static gint
compare_scripts (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(WheelScript *const *) a)->name, (*(WheelScript *const *) b)->name);
}

static void
steal_all (GHashTable *from, GHashTable *to)
{
  GHashTableIter iter;
  gpointer script;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, NULL, &script))
    {
      g_hash_table_iter_steal (&iter);
      g_hash_table_replace (to, ((WheelScript *) script)->name, script);
    }
}

static GHashTable *
table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL,
                                (GDestroyNotify) entry_points_script_free);
}

/* The scripts that pip would generate, sorted by name; NULL with error set
 * when some are not acceptable.  Of two with one name, the graphical one
 * wins. */
GPtrArray *
entry_points_parse (const char *text, const WheelScheme *scheme, GError **error)
{
  g_autoptr (GHashTable) console = table_new ();
  g_autoptr (GHashTable) gui = table_new ();
  GPtrArray *scripts;
  GHashTableIter iter;
  gpointer script;

  if (!g_utf8_validate (text, -1, NULL))
    {
      refuse (error, "entry_points.txt is not UTF-8 text");
      return NULL;
    }
  if (!parse_sections (console, gui, text, error))
    return NULL;
  apply_special_rules (console, scheme);
  steal_all (gui, console);
  scripts = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_points_script_free);
  g_hash_table_iter_init (&iter, console);
  while (g_hash_table_iter_next (&iter, NULL, &script))
    {
      g_hash_table_iter_steal (&iter);
      g_ptr_array_add (scripts, script);
    }
  g_ptr_array_sort (scripts, compare_scripts);
  return scripts;
}
