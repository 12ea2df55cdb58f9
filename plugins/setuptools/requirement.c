/* SPDX-License-Identifier: BSD-2-Clause */

#include "requirement.h"

#include "../common/wheels.h"

#include <string.h>

/* The values of a header, in order; the array is NULL-terminated.  The text
 * after the headers is not looked at. */
static char **
header_values (const char *metadata, const char *header)
{
  g_auto (GStrv) lines = g_strsplit (metadata, "\n", -1);
  GPtrArray *values = g_ptr_array_new ();

  for (guint i = 0; lines[i] != NULL && g_strchomp (lines[i])[0] != '\0'; i++)
    if (g_ascii_strncasecmp (lines[i], header, strlen (header)) == 0
        && lines[i][strlen (header)] == ':')
      g_ptr_array_add (values, g_strdup (g_strstrip (lines[i] + strlen (header) + 1)));
  g_ptr_array_add (values, NULL);
  return (char **) g_ptr_array_free (values, FALSE);
}

static void
requirement_free (gpointer data)
{
  Requirement *requirement = data;

  g_free (requirement->name);
  g_free (requirement->specifiers);
  g_free (requirement);
}

/* Reads "name[extra] (>=1.0,<2)", with or without the parentheses. */
static Requirement *
parse (const char *text)
{
  static const char name_chars[] =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
  Requirement *requirement = g_new0 (Requirement, 1);
  gsize length = strspn (text, name_chars);
  const char *rest = text + length;

  requirement->name = g_strndup (text, length);
  g_strdelimit (requirement->name, "-.", '_');
  rest += strspn (rest, " ");
  if (*rest == '[')
    rest += strcspn (rest, "]") + (strchr (rest, ']') != NULL);
  requirement->specifiers = g_strdup (rest);
  g_strstrip (g_strdelimit (requirement->specifiers, "()", ' '));
  return requirement;
}

GPtrArray *
requirement_projects (const char *metadata)
{
  GPtrArray *projects = g_ptr_array_new_with_free_func (requirement_free);
  g_auto (GStrv) values = header_values (metadata, "Requires-Dist");

  for (guint i = 0; values[i] != NULL; i++)
    if (strchr (values[i], ';') == NULL && strchr (values[i], '@') == NULL)
      g_ptr_array_add (projects, parse (values[i]));
  return projects;
}

/* Tells whether a version begins with these parts: 3.1.4 with 3.1, but not
 * 3.14. */
static gboolean
begins_with (const char *version, const char *parts, gsize length)
{
  return strncmp (version, parts, length) == 0 && !g_ascii_isdigit (version[length]);
}

/* Tells whether a version is allowed by "==3.1.*" or "==3.1". */
static gboolean
is_equal (const char *wanted, const char *version)
{
  if (g_str_has_suffix (wanted, ".*"))
    return begins_with (version, wanted, strlen (wanted) - 2);
  return wheels_is_version (wanted, version);
}

/* Tells whether a version is allowed by "~=3.1.4": >=3.1.4, ==3.1.*. */
static gboolean
is_compatible (const char *wanted, const char *version)
{
  const char *last = strrchr (wanted, '.');

  return wheels_compare_versions (version, wanted) >= 0 && last != NULL
         && begins_with (version, wanted, last - wanted);
}

/* Tells whether a version is allowed by one specifier.  One that can't be
 * read allows all: it is not for us to judge. */
static gboolean
allows (const char *specifier, const char *version)
{
  gsize length = strspn (specifier, "=<>!~");
  g_autofree char *operator= g_strndup (specifier, length);
  g_autofree char *wanted = g_strstrip (g_strdup (specifier + length));
  int order = wheels_compare_versions (version, wanted);

  if (g_str_equal (operator, ">="))
    return order >= 0;
  if (g_str_equal (operator, ">"))
    return order > 0;
  if (g_str_equal (operator, "<="))
    return order <= 0;
  if (g_str_equal (operator, "<"))
    return order < 0;
  if (g_str_equal (operator, "~="))
    return is_compatible (wanted, version);
  if (g_str_equal (operator, "=="))
    return is_equal (wanted, version);
  return !g_str_equal (operator, "!=") || !is_equal (wanted, version);
}

gboolean
requirement_is_met (const char *specifiers, const char *version)
{
  g_auto (GStrv) parts = g_strsplit (specifiers, ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (!allows (g_strstrip (parts[i]), version))
      return FALSE;
  return TRUE;
}
