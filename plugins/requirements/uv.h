/* SPDX-License-Identifier: BSD-2-Clause */

/* What uv has been told by others. */

#pragma once

#include "venvb-plugin.h"

/* Asks uv itself, before `uv pip install ...`, whether its configuration would have
 * it install to another place, which no option contradicts.  FALSE with error set
 * if so. */
gboolean uv_check (const char *const *argv, GError **error);
