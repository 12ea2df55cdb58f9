/* SPDX-License-Identifier: BSD-2-Clause */

/* What pyproject.toml files require, read by the environment's Python. */

#pragma once

#include "venvb-plugin.h"

/* One thing that is wanted of a file. */
typedef struct
{
  const char *kind; /* "project", "extra" or "group" */
  char *path;
  char *name; /* of the extra or group; empty for the project */
} Wanted;

Wanted *wanted_new (const char *kind, const char *path, const char *name);
void wanted_free (gpointer wanted);

/* The requirements of all that is wanted, as strings for pip; NULL with error
 * set, naming the file and what is wrong with it. */
GPtrArray *pyproject_read (VenvbContext *ctx, const GPtrArray *wanted, GError **error);
