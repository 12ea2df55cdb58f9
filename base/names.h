/* SPDX-License-Identifier: BSD-2-Clause */

/* The names of what is in a directory. */

#pragma once

#include <glib.h>

GPtrArray *names_in (const char *path, const char *suffix);
