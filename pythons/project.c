/* SPDX-License-Identifier: BSD-2-Clause */

/* The Python that the project in the current directory asks for: the first
 * line of .python-version, else requires-python in pyproject.toml. */

#include "pythons/pythons.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>

/* The first line of text that is neither empty nor a comment. */
static char *
first_line (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_strstrip (lines[i])[0] != '\0' && lines[i][0] != '#')
      return g_strdup (lines[i]);
  return NULL;
}

/* The value of requires-python in the table [project], a string on one line as
 * the pyproject.toml specification has it; NULL when there is none.  The file may
 * not be UTF-8, which GRegex goes astray on unless it is told to look at bytes. */
static char *
requires_python (const char *text)
{
  g_autoptr (GRegex) pattern =
      g_regex_new ("^\\s*requires-python\\s*=\\s*(\"([^\"\\\\]*)\"|'([^']*)')\\s*(#.*)?$",
                   G_REGEX_OPTIMIZE | G_REGEX_RAW, 0, NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean inside = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);
      g_autoptr (GMatchInfo) match = NULL;

      if (line[0] == '[')
        inside = g_str_has_prefix (line, "[project]");
      if (inside && g_regex_match (pattern, line, 0, &match))
        {
          g_autofree char *quoted = g_match_info_fetch (match, 1);
          return g_strndup (quoted + 1, strlen (quoted) - 2);
        }
    }
  return NULL;
}

/* Reads a request from a file.  Returns NULL without error when the file is
 * missing or asks for nothing. */
static Request *
read_request (const char *name, char *(*extract) (const char *text), GError **error)
{
  g_autofree char *text = regular_contents (name, NULL);
  int failure = errno;
  g_autofree char *path = g_canonicalize_filename (name, NULL);
  g_autofree char *wanted = NULL;
  Request *request;

  if (text == NULL)
    {
      if (failure != ENOENT)
        g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read '%s': %s", path,
                     regular_reason (failure));
      return NULL;
    }
  wanted = extract (text);
  if (wanted == NULL)
    return NULL;
  request = request_parse (wanted, error);
  if (request == NULL)
    g_prefix_error (error, "'%s': ", path);
  return request;
}

/* What the project asks for, which is a version; NULL with error set when it
 * is not, or it asks for nothing.  Free with request_free(). */
Request *
project_request (GError **error)
{
  GError *cause = NULL;
  Request *request = read_request (".python-version", first_line, &cause);

  if (request == NULL && cause == NULL)
    request = read_request ("pyproject.toml", requires_python, &cause);
  if (request != NULL && request->kind == REQUEST_VERSION)
    return request;
  if (request != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "the project asks for '%s', which is not a version", request->text);
  else if (cause != NULL)
    g_propagate_error (error, cause);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "--python project: neither .python-version nor requires-python in pyproject.toml "
                 "is in the current directory");
  request_free (request);
  return NULL;
}

char *
project_find (Pythons *pythons, GError **error)
{
  Request *request = project_request (error);
  char *found = request == NULL ? NULL : discover_find (pythons, request, error);

  request_free (request);
  return found;
}
