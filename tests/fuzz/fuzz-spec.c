/* SPDX-License-Identifier: BSD-2-Clause */

/* How plugins are asked for: each line is a --plugin, or with "-" in front a
 * --no-plugin.  What is written with escapes reads the same. */

#include "fuzz.h"

#include "core/room.h"
#include "core/spec.h"

#include <string.h>

const guint fuzz_mutations = 3000;

static void
append_escaped (GString *out, const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (*text == ',' || *text == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, *text);
    }
}

static void
check_round_trip (const char *spec)
{
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) again = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = spec_parse (spec, options);
  g_autoptr (GString) written = g_string_new (NULL);
  g_autofree char *other = NULL;

  append_escaped (written, name);
  for (guint i = 0; i < options->len; i += 2)
    {
      g_string_append_c (written, ',');
      append_escaped (written, options->pdata[i]);
      g_string_append_c (written, '=');
      append_escaped (written, options->pdata[i + 1]);
    }
  other = spec_parse (written->str, again);
  MUST_OF (g_str_equal (name, other), spec);
  MUST_OF (options->len == again->len && options->len % 2 == 0, spec);
  for (guint i = 0; i < options->len; i++)
    MUST_OF (g_str_equal (options->pdata[i], again->pdata[i]), spec);
}

/* No plugin is known twice, by a path or a name. */
static void
check_requests (const VenvbBuilder *builder)
{
  for (guint i = 0; i < builder->plugins.requests->len; i++)
    for (guint j = 0; j < i; j++)
      {
        const PluginRequest *a = builder->plugins.requests->pdata[i], *b = builder->plugins.requests->pdata[j];
        g_autofree char *one = plugin_name (a->name);
        g_autofree char *two = plugin_name (b->name);

        MUST_OF (!g_str_equal (one, two), one);
      }
}

static void
ask_for (VenvbBuilder *builder, const char *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) options = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *name = spec_parse (spec, options);
  gboolean ok = venvb_builder_add_plugin (builder, spec, &error);
  const char *key, *value, *origin;

  fuzz_outcome (ok, error);
  MUST (ok == (name[0] != '\0'));
  if (!ok)
    return;
  for (guint i = 0; i < options->len / 2; i++)
    MUST_OF (venvb_builder_get_plugin_option (builder, name, i, &key, &value, &origin), spec);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  const char *const values[] = { "one", "two", NULL };

  for (guint i = 0; lines[i] != NULL && i < 32; i++)
    {
      check_round_trip (lines[i]);
      if (lines[i][0] == '-')
        venvb_builder_remove_plugin (builder, lines[i] + 1);
      else if (lines[i][0] == '+')
        venvb_builder_enable_plugin (builder, lines[i] + 1, i % 2 == 0);
      else if (lines[i][0] == '*')
        venvb_builder_set_plugin_option (builder, lines[i] + 1, "key", values);
      else
        ask_for (builder, lines[i]);
      check_requests (builder);
    }
  return 0;
}
