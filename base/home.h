/* SPDX-License-Identifier: BSD-2-Clause */

/* Where a user has things of his own.  Not everybody has a home directory: HOME may be
 * missing or name no directory, the user database may not know him, or HOME be that of
 * somebody else, which he may not enter (sudo -u that keeps HOME).  Then nothing in it
 * counts, and nothing is made there.  Part of the core, and compiled into others. */

#pragma once

#include <glib.h>

/* The home directory; NULL where there is none.  Of GLib; may not be freed. */
const char *home_dir (void);

/* A path below the home directory: free with g_free(); NULL where there is none. */
char *home_path (const char *below);

/* The user's directories by the XDG Base Directory Specification, absolute; NULL
 * where HOME is not set, or they lie in one that does not count.  Of GLib; may not be freed. */
const char *home_config_dir (void);
const char *home_data_dir (void);
const char *home_cache_dir (void);
