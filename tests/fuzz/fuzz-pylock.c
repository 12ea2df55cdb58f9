/* SPDX-License-Identifier: BSD-2-Clause */

/* A pylock.toml: TOML, and what it says. */

#include "lock.h"

const guint fuzz_mutations = 3000;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *reason = NULL;
  guint line;
  g_autoptr (Node) root = toml_read ((const char *) data, size, &reason, &line);

  MUST ((root == NULL) == (reason != NULL));
  if (root == NULL)
    return 0;
  g_autoptr (Lock) lock = pylock_parse ("lock", root, &error);
  lock_outcome (lock, error);
  return 0;
}
