/* SPDX-License-Identifier: BSD-2-Clause */

/* How this room says no: one line, which names the file, the package and the key,
 * why it is refused, and what can be done. */

#include "lock/room.h"

#include <string.h>

/* That line: free with g_free(). */
static char *
line_of (const Place *place, const char *key, const char *todo, const char *reason)
{
  GString *out = g_string_new (place->file);

  if (place->line > 0)
    g_string_append_printf (out, ":%u", place->line);
  g_string_append (out, ": ");
  if (place->package != NULL)
    g_string_append_printf (out, "package '%s': ", place->package);
  if (key != NULL)
    g_string_append_printf (out, "%s%s: ", place->prefix != NULL ? place->prefix : "", key);
  g_string_append (out, reason);
  if (todo != NULL)
    g_string_append_printf (out, "; %s", todo);
  /* What is quoted may be of several lines. */
  for (char *at = out->str; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = ' ';
  return g_string_free (out, FALSE);
}

/* Sets error to a reason alone: who knows what it is about says the rest.  Returns
 * FALSE. */
gboolean
refusal_reason (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (VENVB_ERROR, VENVB_ERROR_FAILED, format, args);
  va_end (args);
  return FALSE;
}

/* Sets error to it.  Returns FALSE. */
gboolean
refusal_set (GError **error, const Place *place, const char *key, const char *todo,
             const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *reason = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *line = line_of (place, key, todo, reason);
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, line);
  return FALSE;
}

/* The same with a reason that another function gave, which is freed. */
gboolean
refusal_because (GError **error, const Place *place, const char *key, const char *todo,
                 GError *reason)
{
  refusal_set (error, place, key, todo, "%s", reason->message);
  g_error_free (reason);
  return FALSE;
}

/* The same as a line, of what is no failure yet. */
char *
refusal_text (const Place *place, const char *key, const char *todo, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *reason = g_strdup_vprintf (format, args);
  va_end (args);
  return line_of (place, key, todo, reason);
}
