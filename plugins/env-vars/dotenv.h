/* SPDX-License-Identifier: BSD-2-Clause */

/* Files of variables, one NAME=VALUE a line.  The manual page has the format;
 * nothing in it is expanded or run. */

#pragma once

#include <glib.h>

typedef gboolean (*DotenvFunc) (const char *name, const char *value, gpointer data, GError **error);

/* Calls func for each variable of a text, in order.  FALSE with error set,
 * which begins with the number of the line, when the text is malformed or func
 * fails. */
gboolean dotenv_parse (const char *text, DotenvFunc func, gpointer data, GError **error);
