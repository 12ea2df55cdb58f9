/* SPDX-License-Identifier: BSD-2-Clause */

/* Wheels in directories, and what is installed: for plugins that install
 * wheels.  Compiled into each of them. */

#pragma once

#include "venvb-plugin.h"

/* Compares two versions by the order of PEP 440, as far as plain releases,
 * pre-releases, post-releases and local versions go. */
int wheels_compare_versions (const char *a, const char *b);

/* Tells whether a version is the one asked for: 68 is 68.0.0, and 68.1+local
 * unless a local version is asked for. */
gboolean wheels_is_version (const char *asked, const char *found);

/* The wheel of a project in a directory, of those that fit the environment's
 * Python: of the version asked for, or the newest that is not a pre-release, or
 * the newest.  NULL when there is none, or no directory, and with error set when
 * that can't be read.  Unless unfit is NULL, it receives what is wrong with the
 * newest that does not fit, if it was NULL: free with g_free(). */
char *wheels_find (VenvbContext *ctx, const char *dir, const char *project, const char *asked,
                   char **unfit, GError **error);

/* Says that in the directory which the user named there is only what does not
 * fit, for the reason that wheels_find() gave. */
void wheels_refuse (const char *unfit, const char *wheel_dir, GError **error);

/* The versions of a project in a directory: "65.5.0, 66.1.1"; NULL for none. */
char *wheels_list (VenvbContext *ctx, const char *dir, const char *project);

/* The version that a wheel's file name tells. */
char *wheels_version (const char *path);

/* The version of a project that is installed in the environment, or NULL. */
char *wheels_installed (VenvbContext *ctx, const char *project);

/* What an installed project says of itself: the text of METADATA, or NULL. */
char *wheels_metadata (VenvbContext *ctx, const char *project);

/* Where the base Python has the wheels that ensurepip installs; NULL when it
 * has none of its own. */
char *wheels_bundled_dir (VenvbContext *ctx);

/* Where the base Python's distributor keeps wheels, borrowed; NULL when he
 * says nothing of it. */
const char *wheels_shared_dir (VenvbContext *ctx);
