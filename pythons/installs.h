/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions of Python side by side, for shims.c and for the plugin pyenv: with
 * nothing but GLib. */

#pragma once

#include <glib.h>

char **installs_parse (const char *text);
char *installs_directory (const char *folder, const char *version);
GPtrArray *installs_list (const char *folder);
char *installs_resolve (const char *folder, const char *name);
