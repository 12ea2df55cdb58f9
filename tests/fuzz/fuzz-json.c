/* SPDX-License-Identifier: BSD-2-Clause */

/* JSON of any text is JSON, which a reader of its own says; and is UTF-8, on
 * one line. */

#include "fuzz.h"

#include "base/json.h"

#include <string.h>

const guint fuzz_mutations = 8000;

/* Reads a string of JSON; NULL when it is none. */
static const char *
skip_string (const char *at)
{
  if (*at++ != '"')
    return NULL;
  for (; *at != '"'; at++)
    if ((guchar) *at < ' ')
      return NULL;
    else if (*at == '\\')
      {
        at++;
        if (*at == 'u')
          for (guint i = 0; i < 4; i++)
            if (!g_ascii_isxdigit (*++at))
              return NULL;
        if (*at == '\0' || strchr ("\"\\/bfnrtu0123456789abcdefABCDEF", *at) == NULL)
          return NULL;
      }
  return at + 1;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at;

  json_open (out, NULL, '{');
  json_string (out, text, text);
  json_close (out, '}');
  MUST_OF (g_utf8_validate (out->str, out->len, NULL), out->str);
  MUST (strlen (out->str) == out->len);
  MUST_OF (out->str[0] == '{', out->str);
  at = skip_string (out->str + 1 + strspn (out->str + 1, " "));
  MUST_OF (at != NULL && *at == ':', out->str);
  at = skip_string (at + 1 + strspn (at + 1, " "));
  MUST_OF (at != NULL && at[strspn (at, " ")] == '}', out->str);
  return 0;
}
