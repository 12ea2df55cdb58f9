/* SPDX-License-Identifier: BSD-2-Clause */

/* Writes JSON (RFC 8259) on one line, in order, with nothing kept besides the
 * text.  It needs GLib alone, so that a plugin can have it compiled in. */

#pragma once

#include <glib.h>

/* Each appends a member of the object, or with a NULL key an element of the
 * array, that was opened last; or the whole value, to an empty string. */
void json_open (GString *out, const char *key, char bracket);
void json_string (GString *out, const char *key, const char *value);
void json_boolean (GString *out, const char *key, gboolean value);
void json_integer (GString *out, const char *key, gint64 value);
void json_seconds (GString *out, const char *key, double value);
void json_value (GString *out, const char *key, const char *json);

/* Ends what json_open() began. */
void json_close (GString *out, char bracket);
