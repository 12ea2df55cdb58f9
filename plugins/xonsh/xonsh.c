/* SPDX-License-Identifier: BSD-2-Clause */

/* The activation script for xonsh. */

#include "../common/scripts.h"

SCRIPTS_PLUGIN ("xonsh", "activate.xsh, for xonsh")
