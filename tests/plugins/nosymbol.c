/* SPDX-License-Identifier: BSD-2-Clause */

/* A shared object that is no plugin. */

int venvb_plugin_of_another_name (void);

__attribute__ ((visibility ("default"))) int
venvb_plugin_of_another_name (void)
{
  return 0;
}
