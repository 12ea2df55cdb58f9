/* SPDX-License-Identifier: BSD-2-Clause */

/* The script that a running Python takes the environment on with. */

#include "../common/scripts.h"

SCRIPTS_PLUGIN ("activate-this", "activate_this.py, for a Python that is running")
