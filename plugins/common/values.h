/* SPDX-License-Identifier: BSD-2-Clause */

/* What plugins say of the values of their options.  Compiled into each of them. */

#pragma once

#include "venvb-plugin.h"

/* What is wrong with a file, of what GLib says of it: "No such file or directory". */
const char *values_reason (const GError *cause);
