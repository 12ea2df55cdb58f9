/* SPDX-License-Identifier: BSD-2-Clause */

/* Finds the base Python. */

#include "pythons/pythons.h"
#include "pythons/instead.h"

#include "base/nearest.h"
#include "base/programs.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Finds a command on PATH; a shim stands for what it would run. */
static char *
find_command (const char *name)
{
  g_auto (GStrv) dirs = programs_dirs ();

  for (guint i = 0; name[0] != '\0' && dirs[i] != NULL; i++)
    {
      g_autofree char *file = g_build_filename (dirs[i], name, NULL);
      g_autofree char *full = g_canonicalize_filename (file, NULL);
      g_autofree char *real = shims_resolve (full);

      if (access (full, X_OK) < 0 || g_file_test (full, G_FILE_TEST_IS_DIR))
        continue;
      if (real != NULL)
        return g_steal_pointer (&real);
      if (!shims_is_known (full))
        return g_steal_pointer (&full);
    }
  return NULL;
}

static char *
find_default (GError **error)
{
  char *found = find_command ("python3");

  if (found == NULL)
    found = find_command ("python");
  if (found == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "no python3 on PATH; name one with --python, see --list-pythons");
  return found;
}

/* The interpreter where CPython was built, which pybuilddir.txt marks; NULL for
 * any other directory. */
char *
python_in_build_tree (const char *dir)
{
  g_autofree char *mark = g_build_filename (dir, "pybuilddir.txt", NULL);
  g_autofree char *path = g_build_filename (dir, "python", NULL);

  return access (mark, F_OK) == 0 && access (path, X_OK) == 0 ? g_steal_pointer (&path) : NULL;
}

/* The interpreter of an installation, an environment or a build tree; NULL when
 * there is none. */
static char *
find_in_directory (const char *dir)
{
  static const char *const names[] = { "python3", "python", "pypy3", "pypy", "graalpy" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, "bin", names[i], NULL);

      if (access (path, X_OK) == 0)
        return g_steal_pointer (&path);
    }
  return python_in_build_tree (dir);
}

/* Says that there is nothing at a path, and what is beside it. */
static void
fail_missing (const char *request, const char *path, int failed, GError **error)
{
  g_autofree char *meant = failed == ENOENT ? nearest_entry (path) : NULL;

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no Python interpreter '%s': %s%s%s%s",
               request, g_strerror (failed), meant != NULL ? "; did you mean '" : "",
               meant != NULL ? meant : "", meant != NULL ? "'?" : "");
}

/* Finds what a path leads to, with error set when that is no program. */
static char *
find_path (const char *request, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (request, NULL);
  gboolean is_dir = g_file_test (path, G_FILE_TEST_IS_DIR);
  g_autofree char *inside = is_dir ? find_in_directory (path) : NULL;

  if (inside != NULL)
    return g_steal_pointer (&inside);
  if (is_dir)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "no Python interpreter in '%s': it is no installation, environment or build tree",
                 request);
  else if (access (path, F_OK) < 0)
    fail_missing (request, path, errno, error);
  else if (access (path, X_OK) < 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not an executable file", request);
  else
    return g_steal_pointer (&path);
  return NULL;
}

/* Tells whether the command that a request is the name of is of that kind:
 * nothing hinders a python3.9 from being another one. */
static gboolean
is_of_kind (Pythons *pythons, const char *path, const Request *request)
{
  g_autoptr (GHashTable) facts = pythons_get (pythons, path, QUERY_SECONDS, NULL);

  return facts != NULL && request_matches (request, facts, TRUE);
}

/* Finds an interpreter of a kind: the command of that name, "python3.12" for
 * "3.12", or any that fits. */
static char *
find_kind (Pythons *pythons, const Request *request, GError **error)
{
  g_autofree char *prefixed = g_strconcat ("python", request->text, NULL);
  g_autofree char *found =
      find_command (g_ascii_isdigit (request->text[0]) ? prefixed : request->text);

  if (found != NULL && is_of_kind (pythons, found, request))
    return g_steal_pointer (&found);
  return discover_find (pythons, request, error);
}

/* Finds what one request asks for. */
static char *
find_one (Pythons *pythons, const char *text, GError **error)
{
  Request *request;
  char *found = NULL;

  if (g_str_equal (text, "project"))
    return project_find (pythons, error);
  request = request_parse (text, error);
  if (request == NULL)
    return NULL;
  if (request->kind == REQUEST_PATH)
    found = find_path (text, error);
  else if (request->kind == REQUEST_VERSION)
    found = find_kind (pythons, request, error);
  else if ((found = find_command (text)) == NULL && g_file_test (text, G_FILE_TEST_IS_DIR))
    found = find_path (text, error);
  else if (found == NULL)
    {
      g_autofree char *meant = instead_command (text);

      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no Python interpreter '%s' on PATH%s",
                   text, meant);
    }
  request_free (request);
  return found;
}

/* Finds the program that was asked for: the first of these requests that one
 * is found for, each a line; NULL stands for python3.  Returns an absolute
 * path, or NULL with error set. */
static char *
find (Pythons *pythons, const char *requests, GError **error)
{
  g_auto (GStrv) lines = g_strsplit (requests != NULL ? requests : "", "\n", -1);
  g_autoptr (GString) problems = g_string_new (NULL);

  if (requests == NULL)
    return find_default (error);
  if (requests[0] == '\0')
    return find_one (pythons, "", error);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (GError) cause = NULL;
      char *found = find_one (pythons, lines[i], &cause);

      if (found != NULL)
        return found;
      if (lines[1] == NULL || g_error_matches (cause, VENVB_ERROR, VENVB_ERROR_USAGE))
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
      g_string_append_printf (problems, "%s%s", i > 0 ? "; " : "", cause->message);
    }
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, problems->str);
  return NULL;
}

/* What the Python that is asked for tells of its base; for many environments it
 * is asked once.  Release with g_hash_table_unref(). */
GHashTable *
python_facts (Pythons *pythons, const char *request, GError **error)
{
  const char *key = request != NULL ? request : "";
  GHashTable *known = g_hash_table_lookup (pythons->by_request, key);
  g_autoptr (GHashTable) facts = NULL;
  g_autofree char *program = NULL;

  if (known != NULL)
    return g_hash_table_ref (known);
  program = find (pythons, request, error);
  facts = program == NULL ? NULL : pythons_get (pythons, program, QUERY_SECONDS, error);
  if (facts == NULL || !facts_check (facts, program, error))
    return NULL;
  g_hash_table_insert (pythons->by_request, g_strdup (key), g_hash_table_ref (facts));
  return g_steal_pointer (&facts);
}

char *
venvb_builder_find_python (VenvbBuilder *builder, char **version, GError **error)
{
  GHashTable *facts = python_facts (pythons_of (builder), builder_python (builder), error);
  char *path;

  if (facts == NULL)
    return NULL;
  path = g_strdup (g_hash_table_lookup (facts, "executable"));
  if (version != NULL)
    *version = g_strdup (g_hash_table_lookup (facts, "full_version"));
  g_hash_table_unref (facts);
  return path;
}
