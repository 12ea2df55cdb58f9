/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/csv.h"

#include <string.h>

/* Reads a field in quotation marks, which may hold anything; returns what
 * follows it, or NULL when the marks don't match. */
static const char *
quoted_field (const char *at, GString *field)
{
  for (at++; *at != '\0'; at++)
    if (*at != '"')
      g_string_append_c (field, *at);
    else if (at[1] != '"')
      return at + 1;
    else
      g_string_append_c (field, *at++);
  return NULL;
}

const char *
csv_field (const char *at, GString *field)
{
  gsize length;

  g_string_truncate (field, 0);
  if (*at == '"')
    {
      at = quoted_field (at, field);
      return at == NULL || strchr (",\r\n", *at) == NULL ? NULL : at;
    }
  length = strcspn (at, ",\r\n\"");
  g_string_append_len (field, at, length);
  return at[length] == '"' ? NULL : at + length;
}
