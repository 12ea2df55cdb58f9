/* SPDX-License-Identifier: BSD-2-Clause */

/* Which word was meant. */

#pragma once

#include <glib.h>

char *nearest_word (const char *const *words, const char *given);
char *nearest_entry (const char *path);
