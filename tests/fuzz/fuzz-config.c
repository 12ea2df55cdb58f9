/* SPDX-License-Identifier: BSD-2-Clause */

/* The configuration files, and what becomes of them for a builder.  Parts:
 * etc/venvb.conf, etc/venvb.d/X.conf, share/venvb.d/X.conf; what has no name is
 * the user's. */

#include "fuzz.h"

#include "command/command.h"

#include <string.h>

const guint fuzz_mutations = 2000;

/* Each value that is told can be told; each has an origin or is the default. */
static void
read_values (const Options *options)
{
  for (const SettingGroup *group = settings_groups; group->heading != NULL; group++)
    for (const Setting *setting = group->settings; setting->name != NULL; setting++)
      {
        g_autofree char *value = settings_value (options, setting);

        settings_origin (options, setting);
        MUST (value == NULL || strchr (value, '\n') == NULL || setting->kind != SETTING_LINES);
      }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static char *argv[] = { (char *) "venvb", (char *) "env", NULL };
  g_autoptr (GPtrArray) parts = fuzz_parts (data, size);
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autoptr (GError) error = NULL;
  Options options;
  gboolean ok;

  for (guint i = 0; i < parts->len; i++)
    {
      const FuzzPart *part = parts->pdata[i];

      if (part->name[0] == '\0')
        fuzz_write ("home/.config/venvb/venvb.conf", part->data, part->length, 0644);
    }
  fuzz_write_parts (parts, "", 8);
  ok = options_parse (argv, &options, &error);
  fuzz_outcome (ok, error);
  if (ok)
    {
      read_values (&options);
      ok = steps_apply (&options, builder, &error);
      fuzz_outcome (ok, error);
    }
  if (error != NULL)
    MUST_OF (g_error_matches (error, VENVB_ERROR, VENVB_ERROR_USAGE), error->message);
  options_clear (&options);
  fuzz_clean ();
  return 0;
}
