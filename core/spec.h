/* SPDX-License-Identifier: BSD-2-Clause */

/* "NAME,key=value,...": how a plugin and its options are asked for. */

#pragma once

#include <glib.h>

char *spec_parse (const char *spec, GPtrArray *options);
