/* SPDX-License-Identifier: BSD-2-Clause */

/* Comma-separated values, as Python's csv writes them: RECORD.  Part of the core, and
 * compiled into plugins. */

#pragma once

#include <glib.h>

/* Reads a field, without its quotation marks, into field.  Returns the comma, line end
 * or NUL that follows it, or NULL when something else does, or the marks don't match. */
const char *csv_field (const char *at, GString *field);
