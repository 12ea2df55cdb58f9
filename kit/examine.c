/* SPDX-License-Identifier: BSD-2-Clause */

/* Checks a plugin: what would go wrong with it, its author sees at once. */

#include "config.h"

#include "kit/room.h"

#include "core/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Offers options to the plugin, which is to touch no file by that. */
static gboolean
check_options (Check *check)
{
  g_autoptr (GHashTable) before = tree_take (check, FALSE);
  g_autoptr (GHashTable) after = NULL;
  gboolean ok =
      child_run (check, desc_check_options, NULL) && child_run (check, values_check, NULL);

  after = tree_take (check, FALSE);
  tree_compare (check, "loading", before, after);
  return ok;
}

/* The check itself. */
static void
examine (Check *check)
{
  gboolean ok;

  ok = child_run (check, desc_check, NULL);
  if (check->stages == 0)
    {
      if (ok)
        child_run (check, elf_explain, NULL);
      return;
    }
  ok = ok && check_options (check) && run_all (check);
  if (ok)
    memory_check (check);
  else if (check->refusal == NULL && !child_interrupted ())
    check_note (check, "what comes after that was not checked");
}

/* Finds the file: a name without a slash is one in the current directory. */
static gboolean
find_file (Check *check, GError **error)
{
  g_autofree char *file = spec_parse (check->what->spec, check->options);
  g_autofree char *base = g_path_get_basename (file);

  if (file[0] == '\0')
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "plugin '%s' has no name",
                   check->what->spec);
      return FALSE;
    }
  check->path = g_canonicalize_filename (file, NULL);
  if (g_str_has_suffix (base, ".so"))
    base[strlen (base) - strlen (".so")] = '\0';
  check->name = g_steal_pointer (&base);
  if (access (check->path, R_OK) == 0)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read plugin '%s': %s", file,
               g_strerror (errno));
  return FALSE;
}

static gboolean
make_scratch (Check *check, GError **error)
{
  g_autofree char *template = g_build_filename (g_get_tmp_dir (), "venvb-check-XXXXXX", NULL);
  char *real;

  if (g_mkdtemp (template) == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot create directory '%s': %s",
                   template, g_strerror (errno));
      return FALSE;
    }
  real = realpath (template, NULL);
  check->scratch = g_strdup (real != NULL ? real : template);
  free (real);
  return tree_make (check->scratch, error);
}

/* What the check has found, as the command's result. */
static gboolean
conclude (const Check *check, GError **error)
{
  if (check->problems > 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "plugin '%s': %u problem%s", check->name,
                 check->problems, check->problems == 1 ? " was found" : "s were found");
  else if (check->refusal != NULL)
    g_set_error (error, VENVB_ERROR, check->is_broken ? VENVB_ERROR_FAILED : VENVB_ERROR_OPTION,
                 "plugin '%s' can't be checked: %s%s", check->name,
                 check->is_broken ? "there is no environment without it: " : "", check->refusal);
  else if (child_interrupted ())
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "interrupted");
  else if (!check->what->quiet)
    check->what->print (check->name, ": no problem was found");
  return error == NULL || *error == NULL;
}

static gboolean
check_in_scratch (Check *check, GError **error)
{
  gboolean ok;

  child_catch_signals (TRUE);
  ok = make_scratch (check, error);
  if (ok)
    examine (check);
  if (check->scratch != NULL)
    tree_remove (check->scratch);
  ok = ok && conclude (check, error);
  child_catch_signals (FALSE);
  return ok;
}

/* Checks a plugin, and tells a line for each problem.
 * FALSE with error set when there are any. */
gboolean
kit_check_plugin (const KitCheck *what, GError **error)
{
  Check check = { .what = what, .label = "", .report_fd = -1, .listener = -1 };
  gboolean ok;

  check.options = g_ptr_array_new_with_free_func (g_free);
  check.said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  check.where = mmap (NULL, WHERE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (check.where == MAP_FAILED)
    g_error ("no memory to share with a child process");
  ok = find_file (&check, error);
  if (ok && memory_is_asked_for (&check))
    memory_measure (&check);
  else if (ok)
    ok = check_in_scratch (&check, error);
  munmap (check.where, WHERE_SIZE);
  g_hash_table_unref (check.said);
  g_ptr_array_unref (check.options);
  g_free (check.refusal);
  g_free (check.python);
  g_free (check.doubted);
  g_free (check.scratch);
  g_free (check.path);
  g_free (check.name);
  return ok;
}
