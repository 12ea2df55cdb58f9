/* SPDX-License-Identifier: BSD-2-Clause */

/* Errors and messages, wherever they come up. */

#include "base/base.h"

#include <string.h>

/* clang-format off */
G_DEFINE_QUARK (venvb-error-quark, venvb_error)
/* clang-format on */

/* Adds to the first line of an error, which the output of a program may follow. */
void
errors_add (GError **error, const char *format, ...)
{
  va_list args;
  gsize length;

  if (error == NULL || *error == NULL)
    return;
  va_start (args, format);
  g_autofree char *added = g_strdup_vprintf (format, args);
  g_autofree char *message = g_steal_pointer (&(*error)->message);
  va_end (args);
  length = strcspn (message, "\n");
  (*error)->message = g_strdup_printf ("%.*s%s%s", (int) length, message, added, message + length);
}

/* Says something to him who wants to hear of it, if anybody does. */
void
errors_tell (const Listener *listener, VenvbSource source, const char *format, ...)
{
  va_list args;

  if (listener->func == NULL)
    return;
  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  listener->func (source, line, listener->data);
}

/* Fails where a plugin has not said what is to be done to what: with the name of its
 * function, whose arguments they are. */
gboolean
errors_given (const void *argument, const char *func, const char *name, GError **error)
{
  if (argument == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "%s() was called with NULL for its argument '%s'", func, name);
  return argument != NULL;
}
