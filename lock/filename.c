/* SPDX-License-Identifier: BSD-2-Clause */

/* Names of files: what that of a wheel or a source distribution says by the
 * specification of its format, and which name a path or an URL ends in. */

#include "lock/room.h"

#include <string.h>

/* Tells whether a name can be that of one file, wherever it is put. */
gboolean
filename_is_plain (const char *name)
{
  for (const char *at = name; *at != '\0'; at++)
    if (*at == '/' || *at == '\\' || g_ascii_iscntrl (*at))
      return FALSE;
  return name[0] != '\0' && name[0] != '.';
}

/* The name of a project as a file's name has it: letters, digits, '_', and for what
 * was made before that was fixed, '.' and capitals. */
static gboolean
is_project (const char *text)
{
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '_' && *at != '.')
      return FALSE;
  return text[0] != '\0' && strstr (text, "__") == NULL;
}

/* Tells whether it is a set as py2.py3, of words of which none is empty; those of
 * Pythons are identifiers. */
static gboolean
is_tag_set (const char *set, gboolean of_pythons)
{
  g_auto (GStrv) words = g_strsplit (set, ".", -1);

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] == '\0' || (of_pythons && g_ascii_isdigit (words[i][0])))
      return FALSE;
  for (const char *at = set; *at != '\0'; at++)
    if (!g_ascii_isalnum (*at) && *at != '_' && *at != '.')
      return FALSE;
  return words[0] != NULL;
}

/* Refuses wheels for a variant of a machine (PEP 825): what a build tag is begins
 * with a digit, and there are no more parts. */
static gboolean
check_count (char **parts, guint n, GError **error)
{
  if (n == 7 || (n == 6 && !g_ascii_isdigit (parts[2][0])))
    return refusal_reason (
        error, "it is for the variant '%s' of a machine, and variants are not known here",
        n == 7 ? parts[6] : parts[5]);
  return n == 5 || n == 6
         || refusal_reason (error, "its name is not NAME-VERSION(-BUILD)-PYTHON-ABI-PLATFORM.whl");
}

/* Takes NAME-VERSION(-BUILD)?-PYTHON-ABI-PLATFORM.whl apart: what is wanted is to be
 * freed with g_free().  FALSE with error set, to the reason alone. */
gboolean
filename_split_wheel (const char *file, char **name, char **version, GError **error)
{
  g_autofree char *stem = NULL;
  g_autoptr (Release) release = NULL;
  g_auto (GStrv) parts = NULL;
  guint n;

  if (!g_str_has_suffix (file, ".whl"))
    return refusal_reason (error, "its name does not end in .whl");
  stem = g_strndup (file, strlen (file) - strlen (".whl"));
  parts = g_strsplit (stem, "-", -1);
  n = g_strv_length (parts);
  if (!check_count (parts, n, error))
    return FALSE;
  if (!is_project (parts[0]))
    return refusal_reason (error, "'%s' in its name is not the name of a project", parts[0]);
  if ((release = release_parse (parts[1])) == NULL)
    return refusal_reason (error, "'%s' in its name is not a version", parts[1]);
  if (!is_tag_set (parts[n - 3], TRUE) || !is_tag_set (parts[n - 2], FALSE)
      || !is_tag_set (parts[n - 1], FALSE))
    return refusal_reason (error, "'%s-%s-%s' in its name is not a tag", parts[n - 3], parts[n - 2],
                           parts[n - 1]);
  *name = name_normalise (parts[0]);
  *version = g_strdup (parts[1]);
  return TRUE;
}

/* Takes NAME-VERSION.tar.gz apart in the same way. */
gboolean
filename_split_sdist (const char *file, char **name, char **version, GError **error)
{
  const char *suffix = g_str_has_suffix (file, ".zip") ? ".zip" : ".tar.gz";
  g_autofree char *stem = NULL;
  g_autoptr (Release) release = NULL;
  char *dash;

  if (!g_str_has_suffix (file, suffix))
    return refusal_reason (error, "its name does not end in .tar.gz or .zip");
  stem = g_strndup (file, strlen (file) - strlen (suffix));
  dash = strrchr (stem, '-');
  if (dash == NULL || dash == stem)
    return refusal_reason (error, "its name is not NAME-VERSION%s", suffix);
  if ((release = release_parse (dash + 1)) == NULL)
    return refusal_reason (error, "'%s' in its name is not a version", dash + 1);
  *dash = '\0';
  *name = name_normalise (stem);
  *version = g_strdup (dash + 1);
  return TRUE;
}

/* The last part of a path, whatever system it was written on: free with g_free(). */
char *
filename_of_path (const char *path)
{
  const char *last = path;

  for (const char *at = path; *at != '\0'; at++)
    if (*at == '/' || *at == '\\')
      last = at + 1;
  return g_strdup (last);
}

/* The last part of an URL's path, decoded: free with g_free().  NULL when what is
 * decoded is no text. */
char *
filename_of_url (const char *url)
{
  gsize length = strcspn (url, "?#");
  g_autofree char *path = g_strndup (url, length);
  const char *start = strstr (path, "://");
  const char *slash = strrchr (path, '/');

  /* The host is no file. */
  if (start != NULL && (slash == NULL || slash < start + strlen ("://")))
    return g_strdup ("");
  return g_uri_unescape_string (slash != NULL ? slash + 1 : path, NULL);
}
