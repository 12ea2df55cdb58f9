/* SPDX-License-Identifier: BSD-2-Clause */

/* What the module exports. */

#include "lock/room.h"

extern const LockModule venvb_lock;

__attribute__ ((visibility ("default"))) const LockModule venvb_lock = {
  .version = LOCK_MODULE_VERSION,
  .read = read_lock,
  .free = lock_free,
  .select = select_run,
  .fill_env = env_fill,
  .check_file = select_check_file,
  .prepare = run_prepare,
  .forget = run_free,
  .sync = sync_run,
  .compare = compare_run,
  .explain = compare_explain,
  .download = kit_make,
};
