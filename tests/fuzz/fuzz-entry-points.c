/* SPDX-License-Identifier: BSD-2-Clause */

/* entry_points.txt: each script has the name of one file, what it runs is made
 * of identifiers alone, and the program that comes of it has the lines it
 * should have and no more. */

#include "fuzz.h"

#include "wheel/room.h"

#include <string.h>

const guint fuzz_mutations = 6000;

static guint
count_lines (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == '\n';
  return n;
}

static void
check_script (const WheelScript *script)
{
  const WheelScript plain = { .name = "x", .module = "m", .attr = "f" };
  static const char *const pips[] = { "", "25.2", "20.0", "19.0" };

  MUST_OF (names_check (script->name, NULL), script->name);
  MUST_OF (strpbrk (script->name, "/ \n\r") == NULL, script->name);
  for (guint i = 0; i < G_N_ELEMENTS (pips); i++)
    {
      g_autofree char *text = launcher_text (script, "/e/bin/python", pips[i]);
      g_autofree char *usual = launcher_text (&plain, "/e/bin/python", pips[i]);

      MUST_OF (count_lines (text) == count_lines (usual), text);
      MUST_OF (g_utf8_validate (text, -1, NULL), text);
    }
  MUST_OF (strpbrk (script->module, " ;()'\"\\#=:,[]\t\r") == NULL, script->module);
  MUST_OF (strpbrk (script->attr, " ;()'\"\\#=:,[]\t\r") == NULL, script->attr);
}

/* The same again, of what was read. */
static void
check_round_trip (const GPtrArray *scripts, const WheelScheme *scheme)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GPtrArray) again = NULL;

  for (guint i = 0; i < scripts->len; i++)
    {
      const WheelScript *script = scripts->pdata[i];

      g_string_append_printf (text, "[%s_scripts]\n%s=%s:%s\n", script->gui ? "gui" : "console",
                              script->name, script->module, script->attr);
    }
  again = entry_points_parse (text->str, scheme, NULL);
  MUST_OF (again != NULL && again->len == scripts->len, text->str);
  for (guint i = 0; i < scripts->len; i++)
    {
      const WheelScript *one = scripts->pdata[i], *two = again->pdata[i];

      MUST_OF (g_str_equal (one->name, two->name), one->name);
      MUST_OF (g_str_equal (one->module, two->module), one->module);
      MUST_OF (g_str_equal (one->attr, two->attr), one->attr);
      MUST_OF (one->gui == two->gui, one->name);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const WheelScheme scheme = { .major = 3, .minor = 11 };
  g_autofree char *text = fuzz_text (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) scripts = entry_points_parse (text, &scheme, &error);

  fuzz_outcome (scripts != NULL, error);
  for (guint i = 0; scripts != NULL && i < scripts->len; i++)
    {
      const WheelScript *script = scripts->pdata[i];

      check_script (script);
      MUST_OF (i == 0 || strcmp (((WheelScript *) scripts->pdata[i - 1])->name, script->name) < 0,
               script->name);
    }
  if (scripts != NULL)
    check_round_trip (scripts, &scheme);
  return 0;
}
