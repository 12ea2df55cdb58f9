/* SPDX-License-Identifier: BSD-2-Clause */

/* Where lines go: a file that others append to, too, and the system's log. */

#pragma once

#include <glib.h>
#include <sys/types.h>

/* Appends a line, whole or not at all, to a file that is made with this mode
 * when it is not there. */
gboolean sink_append (const char *path, mode_t mode, const char *line, GError **error);

/* Sends a line to the system's log.  Unlike syslog(3), tells when nobody takes
 * it. */
gboolean sink_send (int facility, const char *line, GError **error);

/* The number of a facility of syslog; -1 for a name that is none. */
int sink_facility (const char *name);
