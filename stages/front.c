/* SPDX-License-Identifier: BSD-2-Clause */

/* The front of the library: builders whose environments have the core's stages. */

#include "stages/stages.h"

VenvbBuilder *
venvb_builder_new (void)
{
  return builder_new (&builtin_plugin);
}
