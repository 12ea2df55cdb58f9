/* SPDX-License-Identifier: BSD-2-Clause */

/* What to say where no Python is as it was asked for. */

#pragma once

#include <glib.h>

char *instead_list (const char *const *pairs);
char *instead_way (const char *request);
char *instead_command (const char *name);
