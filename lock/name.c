/* SPDX-License-Identifier: BSD-2-Clause */

/* Names of distributions, extras and groups: the "names and normalization"
 * specification (PEP 503, PEP 685, PEP 735). */

#include "lock/room.h"

#include <string.h>

/* The name that all its spellings have: free with g_free(). */
char *
name_normalise (const char *name)
{
  GString *out = g_string_sized_new (strlen (name));

  for (const char *at = name; *at != '\0';)
    {
      gsize run = strspn (at, "-_.");

      g_string_append_c (out, run > 0 ? '-' : g_ascii_tolower (*at));
      at += run > 0 ? run : 1;
    }
  return g_string_free (out, FALSE);
}

/* Tells whether a text can be a name: ASCII letters and digits, between which
 * '-', '_' and '.' may be. */
gboolean
name_is_valid (const char *name)
{
  gsize length = strlen (name);

  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isalnum (name[i]) && strchr ("-_.", name[i]) == NULL)
      return FALSE;
  return length > 0 && g_ascii_isalnum (name[0]) && g_ascii_isalnum (name[length - 1]);
}

/* Tells whether it is spelt the one way that counts. */
gboolean
name_is_normal (const char *name)
{
  g_autofree char *normal = name_normalise (name);

  return name_is_valid (name) && g_str_equal (normal, name);
}

gboolean
name_same (const char *a, const char *b)
{
  g_autofree char *one = name_normalise (a);
  g_autofree char *other = name_normalise (b);

  return g_str_equal (one, other);
}

gboolean
name_is_among (const char *name, const char *const *names)
{
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (name_same (name, names[i]))
      return TRUE;
  return FALSE;
}
