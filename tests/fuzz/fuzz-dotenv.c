/* SPDX-License-Identifier: BSD-2-Clause */

/* Files of variables: what was read is the same when it is written between
 * quotes and read again. */

#include "fuzz.h"

#include "../../plugins/env-vars/dotenv.h"
#include "stages/stages.h"

#include <string.h>

const guint fuzz_mutations = 8000;

static gboolean
collect (const char *name, const char *value, gpointer data, GError **error)
{
  if (!venvb_check_variable (name, value, error))
    return FALSE;
  g_ptr_array_add (data, g_strdup (name));
  g_ptr_array_add (data, g_strdup (value));
  return TRUE;
}

static void
append_quoted (GString *out, const char *value)
{
  g_string_append_c (out, '"');
  for (; *value != '\0'; value++)
    {
      if (strchr ("\"\\$`", *value) != NULL)
        g_string_append_c (out, '\\');
      g_string_append_c (out, *value);
    }
  g_string_append (out, "\"\n");
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) again = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GString) written = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean ok = dotenv_parse (text, collect, found, &error);

  fuzz_outcome (ok, error);
  if (!ok)
    {
      MUST_OF (g_str_has_prefix (error->message, "line "), error->message);
      return 0;
    }
  for (guint i = 0; i < found->len; i += 2)
    {
      g_string_append_printf (written, "%s=", (char *) found->pdata[i]);
      append_quoted (written, found->pdata[i + 1]);
    }
  MUST_OF (dotenv_parse (written->str, collect, again, &error), written->str);
  MUST_OF (found->len == again->len, written->str);
  for (guint i = 0; i < found->len; i++)
    MUST_OF (g_str_equal (found->pdata[i], again->pdata[i]), found->pdata[i]);
  return 0;
}
