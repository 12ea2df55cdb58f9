/* SPDX-License-Identifier: BSD-2-Clause */

/* The activation script for Nushell. */

#include "../common/scripts.h"

SCRIPTS_PLUGIN ("nushell", "activate.nu, for Nushell")
