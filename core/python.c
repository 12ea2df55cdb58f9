/* SPDX-License-Identifier: BSD-2-Clause */

/* Finds the base Python, and learns from it what an environment needs. */

#include "core.h"
#include "facts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define QUERY_SECONDS 30
#define OLDEST_MAJOR 3
#define OLDEST_MINOR 6

/* Finds a program where a shell would without PATH.  GLib would also look in
 * the current directory. */
static char *
find_without_path (const char *name)
{
  g_autofree char *path = g_build_filename ("/usr/bin", name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer (&path) : NULL;
}

/* Finds a command on PATH; "3.12" stands for "python3.12". */
static char *
find_command (const char *name)
{
  g_autofree char *versioned = g_strconcat ("python", name, NULL);
  gboolean is_version = name[strspn (name, "0123456789.t")] == '\0';
  const char *command = is_version ? versioned : name;
  g_autofree char *found = NULL;

  if (name[0] == '\0')
    return NULL;
  found =
      g_getenv ("PATH") == NULL ? find_without_path (command) : g_find_program_in_path (command);
  return found == NULL ? NULL : g_canonicalize_filename (found, NULL);
}

static char *
find_default (GError **error)
{
  char *found = find_command ("python3");

  if (found == NULL)
    found = find_command ("python");
  if (found == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "no python3 on PATH; name one with --python");
  return found;
}

/* Finds the program that was asked for: a path, a command name, or NULL for
 * python3.  Returns an absolute path, or NULL with error set. */
char *
python_find (const char *request, GError **error)
{
  g_autofree char *path = NULL;

  if (request == NULL)
    return find_default (error);
  if (strchr (request, '/') == NULL)
    path = find_command (request);
  else
    path = g_canonicalize_filename (request, NULL);
  if (path == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no Python interpreter '%s' on PATH",
                 request);
  else if (access (path, F_OK) < 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no Python interpreter '%s': %s", request,
                 g_strerror (errno));
  else if (g_file_test (path, G_FILE_TEST_IS_DIR) || access (path, X_OK) < 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not an executable file", request);
  else
    return g_steal_pointer (&path);
  return NULL;
}

/* Reads the records of facts.py; NULL when they are something else.  Release
 * with g_hash_table_unref(). */
GHashTable *
python_parse (const char *text, gsize length)
{
  static const char magic[] = "venvb-facts=1";
  g_autoptr (GHashTable) facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  const char *end = text + length;

  if (length < sizeof magic || memcmp (text, magic, sizeof magic) != 0 || end[-1] != '\0')
    return NULL;
  for (const char *at = text + sizeof magic; at < end; at += strlen (at) + 1)
    {
      const char *equals = strchr (at, '=');

      if (equals == NULL)
        return NULL;
      g_hash_table_insert (facts, g_strndup (at, equals - at), g_strdup (equals + 1));
    }
  return g_steal_pointer (&facts);
}

/* Refuses an interpreter that environments can't be made of. */
static gboolean
check (GHashTable *facts, const char *program, GError **error)
{
  const char *implementation = g_hash_table_lookup (facts, "implementation");
  const char *version = g_hash_table_lookup (facts, "version");
  const char *executable = g_hash_table_lookup (facts, "executable");
  int major = 0, minor = 0;

  if (version == NULL || sscanf (version, "%d.%d", &major, &minor) != 2)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' does not tell its version", program);
  else if (major < OLDEST_MAJOR || (major == OLDEST_MAJOR && minor < OLDEST_MINOR))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is Python %s; an environment needs %d.%d or newer", program, version,
                 OLDEST_MAJOR, OLDEST_MINOR);
  else if (g_strcmp0 (implementation, "cpython") != 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is %s; only CPython is supported",
                 program, implementation);
  else if (executable == NULL || strpbrk (executable, "\n\r") != NULL
           || !g_utf8_validate (executable, -1, NULL))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "the path of '%s' can't be written to pyvenv.cfg", program);
  else
    return TRUE;
  return FALSE;
}

/* Runs a Python and returns what facts.py tells of its base: key -> value,
 * to be released with g_hash_table_unref().  The records themselves are added
 * to text, which is empty. */
GHashTable *
python_query (const char *program, GString *text, GError **error)
{
  const char *const argv[] = { program, "-E", "-s", "-S", "-c", facts_py, NULL };
  g_autoptr (GError) cause = NULL;
  g_autoptr (GHashTable) facts = NULL;

  if (proc_capture (argv, QUERY_SECONDS, text, &cause))
    facts = python_parse (text->str, text->len);
  if (facts == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not a Python interpreter%s%s",
                 program, cause != NULL ? ": " : "", cause != NULL ? cause->message : "");
  if (facts == NULL || !check (facts, program, error))
    return NULL;
  return g_steal_pointer (&facts);
}
