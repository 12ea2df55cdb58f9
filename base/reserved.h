/* SPDX-License-Identifier: BSD-2-Clause */

/* The names in an environment that are venvb's own: those that begin with
 * ".venvb-".  What it needs to undo a run lies under them.  Part of the core, and
 * compiled into plugins. */

#pragma once

#include <glib.h>

/* Tells whether some component of a path is such a name, or another spelling by
 * which some file system finds it: in capital letters, with characters in it that
 * nobody sees, or VENVB-~1 as that of old. */
gboolean reserved_is_in (const char *path);

/* The same of what a path does not have in common with dir, as the directory of
 * an environment may itself have any name, or lie below it. */
gboolean reserved_is_beyond (const char *path, const char *dir);
