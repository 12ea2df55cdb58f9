/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * The version of venvb that these headers belong to.
 */

#pragma once

/** The version as text, for messages.  Since 0.1. */
#define VENVB_VERSION "0.1.0"

/**
 * The version of the plugin interface.  A plugin carries the number it was
 * compiled with; a core refuses a plugin whose number is higher than its own.
 * It rises only when an old core could not run a new plugin correctly; new
 * members at the end of VenvbPlugin do not raise it.  Since 0.1.
 */
#define VENVB_PLUGIN_API 1
