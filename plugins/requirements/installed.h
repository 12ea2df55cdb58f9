/* SPDX-License-Identifier: BSD-2-Clause */

/* What is installed in the environment, before and after. */

#pragma once

#include "venvb-plugin.h"

/* The projects that are installed: name -> version. */
GHashTable *installed_list (VenvbContext *ctx);

/* Says which projects are there, or are there in another version, or are
 * there no more, compared with before. */
void installed_tell_changes (VenvbContext *ctx, GHashTable *before);
