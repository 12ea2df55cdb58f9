/* SPDX-License-Identifier: BSD-2-Clause */

/* What a project needs, as its METADATA tells: see the specifications "core
 * metadata" and "version specifiers". */

#pragma once

#include <glib.h>

/* One line Requires-Dist. */
typedef struct
{
  char *name;       /* as in the names of wheels: typing_extensions */
  char *specifiers; /* >=4.0,<5; may be empty */
} Requirement;

/* The projects that it needs under all circumstances, an array of
 * Requirement.  Those of extras are left out, and those with other markers. */
GPtrArray *requirement_projects (const char *metadata);

/* Tells whether a version is one of those that the specifiers allow. */
gboolean requirement_is_met (const char *specifiers, const char *version);
