/* SPDX-License-Identifier: BSD-2-Clause */

/* A file of settings in the format of Python's configparser, as pip reads it:
 * changed line by line, so that all else in it stays as it is. */

#pragma once

#include <glib.h>

/* Sets a key to one or more values; the array is NULL-terminated.  The key
 * counts as pip counts it: index_url is index-url.  Returns the new text. */
char *conf_set (const char *text, const char *section, const char *key, const char *const *values);
