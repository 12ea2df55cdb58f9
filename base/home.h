/* SPDX-License-Identifier: BSD-2-Clause */

/* Where a user has things of his own.  Not everybody has a home directory: HOME may be
 * missing or name no directory, the user database may not know him, or HOME be that of
 * somebody else, neither his nor root's (sudo that keeps HOME).  Then nothing in it
 * counts, and nothing is made there: who has it could put there what he likes, to be run
 * by root.  Where others may put things into HOME, as in /tmp, what theirs is does not
 * count.  Part of the core, and compiled into others. */

#pragma once

#include <glib.h>

/* The home directory; NULL where there is none.  Of GLib; may not be freed. */
const char *home_dir (void);

/* A path below the home directory: free with g_free(); NULL where there is none, or somebody
 * else has put it there. */
char *home_path (const char *below);

/* HOME where it is another user's, and does not count; else NULL. */
const char *home_foreign (void);

/* The same as words that say what to do, free with g_free(); NULL where HOME counts. */
char *home_advice (void);

/* Tells whether a path lies in such a HOME, under this name or another. */
gboolean home_disowns (const char *path);

/* Has a list of variables, which is taken over, name a home directory of the user
 * instead of such a HOME: what a program is given, which would read there, or leave
 * root's files.  Free with g_strfreev(). */
char **home_environ (char **variables);

/* The user's directories by the XDG Base Directory Specification, absolute; NULL
 * where HOME is not set, or they lie in one that does not count.  Of GLib; may not be freed. */
const char *home_config_dir (void);
const char *home_data_dir (void);
const char *home_cache_dir (void);
