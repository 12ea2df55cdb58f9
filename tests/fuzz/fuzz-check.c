/* SPDX-License-Identifier: BSD-2-Clause */

/* venvb --check on any environment.  The parts of the input are its files; its
 * interpreter is not there, since it would be run. */

#include "fuzz.h"

#include "core/core.h"

#include <string.h>

const guint fuzz_mutations = 1000;

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) parts = fuzz_parts (data, size);
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autofree char *dir = g_build_filename (fuzz_scratch (), "env", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = NULL;

  for (guint i = 0; i < parts->len; i++)
    if (g_str_equal (((FuzzPart *) parts->pdata[i])->name, "bin/python"))
      return 0;
  fuzz_write_parts (parts, "env", 16);
  problems = venvb_builder_check (builder, dir, &error);
  fuzz_outcome (problems != NULL, error);
  for (guint i = 0; problems != NULL && i < problems->len; i++)
    {
      MUST (venvb_problem_get_what (problems->pdata[i])[0] != '\0');
      MUST (venvb_problem_get_mend (problems->pdata[i])[0] != '\0');
    }
  fuzz_clean ();
  return 0;
}
