/* SPDX-License-Identifier: BSD-2-Clause */

/* The values of options, verified: for plugins that hand them on to pip.
 * Compiled into each of them.  What fails sets VENVB_ERROR_OPTION, and names
 * key and value; a URL with what is secret in it left out. */

#pragma once

#include "venvb-plugin.h"

/* Reads yes, no, true, false, on, off, 1 or 0; nothing at all means yes. */
gboolean values_flag (const char *key, const char *value, gboolean *flag, GError **error);

/* The absolute path of a file that exists and can be read. */
char *values_file (const char *key, const char *value, GError **error);

/* The absolute path of a directory that exists. */
char *values_dir (const char *key, const char *value, GError **error);

/* A value as an error may show it: of a URL that was written wrongly, a user
 * and a password before the host count all the same.  Free with g_free(). */
char *values_shown (const char *value);

/* What is wrong with a file, of what GLib says of it: "No such file or directory". */
const char *values_reason (const GError *cause);

/* Tells whether this is a URL of the kind https, http or file. */
gboolean values_check_url (const char *key, const char *value, GError **error);
