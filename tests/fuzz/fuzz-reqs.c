/* SPDX-License-Identifier: BSD-2-Clause */

/* A file of requirements that are pinned with hashes. */

#include "lock.h"

const guint fuzz_mutations = 4000;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (Lock) lock = NULL;

  memcpy (text, data, size);
  lock = reqs_parse ("lock", text, size, &error);
  lock_outcome (lock, error);
  for (guint i = 0; lock != NULL && i < lock->packages->len; i++)
    {
      const LockPackage *package = lock->packages->pdata[i];

      MUST (package->source == LOCK_VCS || package->hashes->len > 0);
      MUST (package->source != LOCK_PINNED || release_same (package->version, package->version));
    }
  return 0;
}
