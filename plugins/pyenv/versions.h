/* SPDX-License-Identifier: BSD-2-Clause */

/* What pyenv has installed, and what is asked of it: the rules of its commands
 * version-file and which; core/installs.c has those of version-file-read and
 * latest. */

#pragma once

#include <glib.h>

/* The nearest .python-version: of the directory, absolute, or of one above;
 * NULL when there is none. */
char *versions_find_file (const char *dir);

/* The installed version that a name means, relative to the folder versions:
 * itself, a virtual environment, or the latest of those that it begins.
 * NULL when there is none. */
char *versions_resolve (const char *root, const char *name);

/* The python3 of an installed version; NULL when it has none, or is no
 * CPython. */
char *versions_python (const char *root, const char *version);

/* The first python3 on PATH that is not one of pyenv's shims, or NULL. */
char *versions_system_python (const char *root);

/* What is installed, for a message: "3.9.18, 3.10.13"; NULL for nothing. */
char *versions_list (const char *root);
