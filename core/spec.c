/* SPDX-License-Identifier: BSD-2-Clause */

/* Reads how a plugin and its options are asked for. */

#include "core/spec.h"

#include <string.h>

/* Splits at commas; "\," and "\\" stand for themselves. */
static GPtrArray *
split (const char *spec)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) part = g_string_new (NULL);

  for (const char *at = spec;; at++)
    {
      if (*at == '\\' && (at[1] == ',' || at[1] == '\\'))
        g_string_append_c (part, *++at);
      else if (*at != ',' && *at != '\0')
        g_string_append_c (part, *at);
      else
        {
          g_ptr_array_add (parts, g_strdup (part->str));
          g_string_truncate (part, 0);
          if (*at == '\0')
            return parts;
        }
    }
}

/* Reads "NAME,key=value,...".  Adds key, value, key, value, ... to options,
 * which frees its elements, and returns the name, which may be empty. */
char *
spec_parse (const char *spec, GPtrArray *options)
{
  g_autoptr (GPtrArray) parts = split (spec);

  for (guint i = 1; i < parts->len; i++)
    {
      const char *option = g_ptr_array_index (parts, i);
      const char *equals = strchr (option, '=');
      gsize length = equals != NULL ? (gsize) (equals - option) : strlen (option);

      g_ptr_array_add (options, g_strndup (option, length));
      g_ptr_array_add (options, g_strdup (equals != NULL ? equals + 1 : ""));
    }
  return g_strdup (g_ptr_array_index (parts, 0));
}
