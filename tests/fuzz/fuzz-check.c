/* SPDX-License-Identifier: BSD-2-Clause */

/* venvb --check on any environment.  The parts of the input are its files; its
 * interpreter is not there, since it would be run. */

#include "fuzz.h"

#include "pythons/pythons.h"

#include "../../wheel/wheel.h"

#include <string.h>

const guint fuzz_mutations = 1000;

/* What the files of a distribution tell of whom it is for. */
static void
check_fit (const char *dir)
{
  static const char text[] = "venvb-facts=1\0implementation=cpython\0version=3.11.2";
  g_autofree char *info =
      g_build_filename (dir, "lib/python3.11/site-packages/demo-1.0.dist-info", NULL);
  g_autoptr (GHashTable) facts = facts_parse (text, sizeof text);
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  g_autoptr (GError) error = NULL;
  gboolean ok = fit_check_installed (facts, tags, info, &error);

  fuzz_outcome (ok, error);
}

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
  check_fit (dir);
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
