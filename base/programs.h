/* SPDX-License-Identifier: BSD-2-Clause */

/* Programs on PATH.  To a shell an empty entry is the current directory, and a
 * relative one lies below that: in a directory which others may have filled, or that
 * a program is started in, that would be theirs.  So neither counts.  Part of the
 * core, and compiled into others. */

#pragma once

#include <glib.h>

/* The absolute directories of PATH; with the rights of others, those of the system.
 * Free with g_strfreev(). */
char **programs_dirs (void);

/* The path of a program: a name with a slash is one, any other is looked for in these
 * directories.  NULL when there is none that could be run; free with g_free(). */
char *programs_find (const char *name);

/* Has a list of variables, which is taken over, name these directories and no other
 * in its PATH, if it has one: what a program is given.  Free with g_strfreev(). */
char **programs_environ (char **variables);
