/* SPDX-License-Identifier: BSD-2-Clause */

/* What packages an environment has, whoever installed them. */

#pragma once

#include "venvb-plugin.h"

/* Appends the member "packages" to the object: name and version of each by the name
 * of its directory, and what its INSTALLER says, or null; sorted by name. */
void packages_add (GString *out, VenvbContext *ctx);
