/* SPDX-License-Identifier: BSD-2-Clause */

/* The pieces of an activation script that this environment needs, filled in. */

#include "stages/stages.h"

#include <string.h>

/* Appends a text of a set, which may lack it, with its markers replaced. */
static void
append (GString *out, const char *format, const char *name, const char *value)
{
  for (const char *at = format; at != NULL && *at != '\0';)
    if (g_str_has_prefix (at, "@NAME@"))
      {
        g_string_append (out, name);
        at += strlen ("@NAME@");
      }
    else if (g_str_has_prefix (at, "@VALUE@"))
      {
        g_string_append (out, value);
        at += strlen ("@VALUE@");
      }
    else
      g_string_append_c (out, *at++);
}

/* Appends a text for each variable. */
static void
append_each (GString *out, const GPtrArray *variables, const char *format)
{
  for (guint i = 0; i < variables->len; i++)
    {
      const Variable *variable = g_ptr_array_index (variables, i);

      append (out, format, variable->name, NULL);
    }
}

void
fill_set (GString *out, VenvbContext *ctx, const char *script_name)
{
  const Blocks *blocks = quote_blocks (script_name);
  const GPtrArray *variables = variables_of (ctx);

  if (variables->len == 0)
    return;
  append (out, blocks->set_begin, NULL, NULL);
  append_each (out, variables, blocks->save);
  for (guint i = 0; i < variables->len; i++)
    {
      const Variable *variable = g_ptr_array_index (variables, i);
      g_autofree char *quoted =
          variable->value == NULL ? NULL : quote_for_script (script_name, variable->value);

      append (out, quoted == NULL ? blocks->unset : blocks->set, variable->name, quoted);
    }
  append (out, blocks->set_end, NULL, NULL);
}

void
fill_restore (GString *out, VenvbContext *ctx, const char *script_name)
{
  const Blocks *blocks = quote_blocks (script_name);
  const GPtrArray *variables = variables_of (ctx);

  if (variables->len == 0)
    return;
  append (out, blocks->restore_begin, NULL, NULL);
  append_each (out, variables, blocks->restore);
  append (out, blocks->restore_end, NULL, NULL);
}

void
fill_relocate (GString *out, VenvbContext *ctx, const char *script_name)
{
  if (venvb_context_get_flag (ctx, VENVB_FLAG_RELOCATABLE))
    append (out, quote_blocks (script_name)->relocate, NULL, NULL);
}
