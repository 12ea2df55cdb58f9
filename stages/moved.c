/* SPDX-License-Identifier: BSD-2-Clause */

/* What an environment is like that was moved or copied: what names its directory names
 * another.  That is one problem, however many files do. */

#include "stages/check.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRIPTS_NAMED 3

/* The Python of another place that a script runs with: free with g_free(); NULL where it
 * is this environment's, which was looked at before, or there is none. */
static char *
strange_program (const Check *check, const char *path)
{
  g_autofree char *program = NULL;
  g_autofree char *dir = NULL;
  struct stat st;

  if (lstat (path, &st) < 0 || !S_ISREG (st.st_mode) || !(st.st_mode & S_IXUSR))
    return NULL;
  program = shebang_program (path);
  if (program == NULL || !shebang_is_python (program))
    return NULL;
  dir = g_path_get_dirname (program);
  return fs_is_same (dir, check->bin) ? NULL : g_steal_pointer (&program);
}

/* The scripts that run with a Python of another place: that -> GPtrArray of their paths. */
static GHashTable *
strange_scripts (const Check *check)
{
  g_autoptr (GPtrArray) names = names_in (check->bin, "");
  GHashTable *found =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < names->len; i++)
    {
      char *path = g_build_filename (check->bin, g_ptr_array_index (names, i), NULL);
      char *program = strange_program (check, path);
      GPtrArray *paths = program == NULL ? NULL : g_hash_table_lookup (found, program);

      if (program == NULL)
        {
          g_free (path);
          continue;
        }
      if (paths == NULL)
        g_hash_table_insert (found, g_strdup (program),
                             paths = g_ptr_array_new_with_free_func (g_free));
      g_ptr_array_add (paths, path);
      g_free (program);
    }
  return found;
}

/* The others of the scripts, as they are named behind the first; free with g_free(). */
static char *
others (const GPtrArray *paths)
{
  GString *text = g_string_new (NULL);

  for (guint i = 1; i < paths->len && i < SCRIPTS_NAMED; i++)
    g_string_append_printf (text, ", '%s'", (char *) g_ptr_array_index (paths, i));
  if (paths->len > SCRIPTS_NAMED)
    g_string_append_printf (text, " and %u more", paths->len - SCRIPTS_NAMED);
  return g_string_free (text, FALSE);
}

/* Tells whether a RECORD lists a script, so that somebody has installed it. */
static gboolean
is_listed (const Check *check, const char *path)
{
  const char *purelib = check->facts == NULL ? NULL : g_hash_table_lookup (check->facts, "purelib");
  g_autofree char *lib = g_build_filename (check->env_dir, purelib != NULL ? purelib : "", NULL);
  g_autoptr (GPtrArray) infos = names_in (lib, ".dist-info");
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *bin = g_path_get_basename (check->bin);
  g_autofree char *row = g_strdup_printf ("/%s/%s,", bin, name);
  gboolean found = purelib == NULL;

  for (guint i = 0; i < infos->len && !found; i++)
    {
      g_autofree char *record =
          g_build_filename (lib, g_ptr_array_index (infos, i), "RECORD", NULL);
      g_autofree char *text = regular_contents (record, NULL);

      found = text != NULL && strstr (text, row) != NULL;
    }
  return found;
}

static void
note_scripts (const Check *check, const char *program, const GPtrArray *paths)
{
  const char *first = g_ptr_array_index (paths, 0);
  gboolean is_gone = access (program, X_OK) < 0;
  const char *why = is_gone ? g_strerror (errno) : NULL;
  g_autofree char *rest = others (paths);
  g_autofree char *own =
      g_strdup_printf ("have it begin with #!%s/python, or remove it", check->bin);
  const char *mend = is_listed (check, first) ? mend_repair : own;

  if (is_gone)
    problem_note (check, CAUSE_SCRIPT, mend, "'%s'%s runs with '%s': %s", first, rest, program,
                  why);
  else
    problem_note (check, CAUSE_SCRIPT, mend,
                  "'%s'%s runs with '%s', which is not this environment's", first, rest, program);
}

/* The directory that the activation script names, if it is another one's: free with
 * g_free().  One of an environment that can be moved finds out. */
static char *
activated (const Check *check, const char *text)
{
  g_autoptr (GRegex) pattern = g_regex_new ("^\\s*VIRTUAL_ENV=(['\"]?)(/[^'\"\\n$]*)\\1\\s*$",
                                            G_REGEX_MULTILINE | G_REGEX_RAW, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *named = NULL;

  if (g_strcmp0 (g_hash_table_lookup (check->cfg, "relocatable"), "true") == 0
      || !g_regex_match (pattern, text, 0, &match))
    return NULL;
  named = g_match_info_fetch (match, 2);
  return fs_is_same (named, check->env_dir) ? NULL : g_steal_pointer (&named);
}

/* Notes that the environment was moved, and which scripts say so as well: they are no
 * other problem. */
static void
note_moved (const Check *check, const char *script, const char *named, GHashTable *strange)
{
  GHashTableIter iter;
  gpointer program, paths;
  guint n = 0;

  g_hash_table_iter_init (&iter, strange);
  while (g_hash_table_iter_next (&iter, &program, &paths))
    {
      g_autofree char *bin = g_path_get_dirname (program);
      g_autofree char *dir = g_path_get_dirname (bin);

      if (!g_str_equal (dir, named))
        continue;
      n += ((GPtrArray *) paths)->len;
      g_hash_table_iter_remove (&iter);
    }
  g_autofree char *scripts =
      n > 0 ? g_strdup_printf (", and %u scripts run with what is there", n) : g_strdup ("");
  problem_note (check, CAUSE_MOVED, mend_repair,
                "'%s' activates '%s': the environment was moved or copied%s", script, named,
                scripts);
}

/* Looks whether the activation script is there and names this directory, and what
 * scripts would run with: a Python of another place is what is left after a move. */
void
moved_check (const Check *check)
{
  g_autofree char *path = g_build_filename (check->bin, "activate", NULL);
  g_autofree char *text = regular_contents (path, NULL);
  int failure = errno;
  g_autofree char *named = text == NULL ? NULL : activated (check, text);
  g_autoptr (GHashTable) strange = strange_scripts (check);
  g_autoptr (GList) programs = NULL;

  if (text == NULL && failure == ENOENT)
    problem_note (check, CAUSE_ACTIVATION, mend_repair, "'%s' is missing", path);
  else if (text == NULL)
    problem_note (check, CAUSE_ACTIVATION, mend_repair, "'%s' can't be read: %s", path,
                  regular_reason (failure));
  else if (strstr (text, "VIRTUAL_ENV") == NULL)
    problem_note (check, CAUSE_ACTIVATION, mend_repair, "'%s' activates nothing", path);
  if (named != NULL)
    note_moved (check, path, named, strange);
  programs = g_list_sort (g_hash_table_get_keys (strange), (GCompareFunc) strcmp);
  for (const GList *at = programs; at != NULL; at = at->next)
    note_scripts (check, at->data, g_hash_table_lookup (strange, at->data));
}
