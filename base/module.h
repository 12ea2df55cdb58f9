/* SPDX-License-Identifier: BSD-2-Clause */

/* Modules of venvb's own, which are loaded when there is something for them to do. */

#pragma once

#include "base/base.h"

gconstpointer module_load (const char *file, const char *symbol, GError **error);
