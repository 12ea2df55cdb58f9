/* SPDX-License-Identifier: BSD-2-Clause */

/* The beginning of a script, which says what runs it. */

#pragma once

#include <glib.h>

typedef struct
{
  char *interpreter; /* absolute path */
  char *args;        /* what it gets before the script's name, or "" */
  gsize length;      /* of the beginning, in bytes */
} Launcher;

/* Reads the beginning of a script: "#!INTERPRETER ARGS", or the lines for the
 * shell that installers write where that is not possible.  NULL for a file
 * that has neither, or that finds its interpreter by itself. */
Launcher *launcher_read (const char *text, gsize length);
void launcher_free (Launcher *launcher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Launcher, launcher_free)

/* The text of a script with a beginning that runs the interpreter of the same
 * name in the script's own directory, found through symbolic links to the
 * script.  NULL when its name or its arguments can't be put there. */
GString *launcher_make_relative (const Launcher *launcher, const char *text, gsize length);
