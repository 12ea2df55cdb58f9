/* SPDX-License-Identifier: BSD-2-Clause */

/* What is secret in a text, and the text without it: for all that is printed,
 * logged or handed on.  It needs GLib alone, so that a plugin can have it
 * compiled in.
 *
 * Secret is, in a URL of any scheme, what stands before the host, with or
 * without a password (a token may be the user); and the value of whatever has a
 * name that says so: password, token, api_key, client-secret and the like, be it
 * an option, a variable or a parameter of a URL; and what was learnt to be. */

#pragma once

#include <glib.h>

/* Tells whether something of that name is secret. */
gboolean secret_is_name (const char *name);

/* Tells whether there is anything secret in the text of a value. */
gboolean secret_is_in (const char *value);

/* Has a text count as secret from now on, wherever it stands and however it is escaped
 * there, as in an option, a shell's word or JSON: what a plugin says is.
 * One of a letter or two does only where it stands alone, as between '=' and ',': else
 * hardly anything would be left. */
void secret_learn (const char *value);

/* A copy of the text, such as a line of a program's output or the message of an
 * error, with what is secret blotted out.  Doing it again changes nothing. */
char *secret_mask (const char *text);

/* The same for the value of what has that name: nothing but the value is there,
 * so that blanks and quotes in it don't end a secret. */
char *secret_mask_value (const char *name, const char *value);

/* The same for the words of a command: free with g_strfreev(). */
char **secret_mask_words (const char *const *words);

/* The same for the message of an error, if there is one. */
void secret_mask_error (GError *error);
