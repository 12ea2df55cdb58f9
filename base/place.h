/* SPDX-License-Identifier: BSD-2-Clause */

/* Where venvb's own files are: beside the library, wherever that was put since it was
 * built.  Part of the library, and compiled into others. */

#pragma once

#include <glib.h>

/* Where a file or a directory is that was to be installed as path.  Free with g_free(). */
char *place_find (const char *path);

/* Where a module of venvb's own is, a file as "lock.so": with the library, or in one of the
 * directories that a program which was not installed names.  Free with g_free(). */
char *place_module (const char *file);
