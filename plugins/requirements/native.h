/* SPDX-License-Identifier: BSD-2-Clause */

/* Files of requirements whose lines are all pinned with hashes: without an installer, as the
 * plugin lock would, but that all else stays. */

#pragma once

#include "venvb-plugin.h"

/* What is to be installed, and where wheels are had; lists end in NULL. */
typedef struct
{
  char *const *files, *const *find_links;
  const char *index_url; /* or NULL: that of pip's settings */
  gboolean offline;
} Native;

/* Finds out what is to be done, and has all that is not here fetched, before anything is
 * installed.  NULL, or why it is an installer's job: kept by the context. */
const char *native_prepare (VenvbContext *ctx, const Native *native);

/* The same answer once more. */
const char *native_why (VenvbContext *ctx);

/* Installs what was prepared. */
gboolean native_install (VenvbContext *ctx, const Native *native, GError **error);

/* Notes that it is an installer's job, as something says that is not in these files. */
const char *native_refuse (VenvbContext *ctx, const char *why);
