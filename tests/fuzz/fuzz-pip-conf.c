/* SPDX-License-Identifier: BSD-2-Clause */

/* pip.conf: setting a key twice is setting it once, and no other line is
 * lost. */

#include "fuzz.h"

#include "../../plugins/pip-conf/conf.h"
#include "core/core.h"

#include <string.h>

const guint fuzz_mutations = 3000;

/* Checks that the lines of a text that are none of the key's are all there, in
 * their order. */
static void
check_kept (const char *before, const char *after)
{
  g_auto (GStrv) lines = g_strsplit (before, "\n", -1);
  const char *at = after;

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_str_has_prefix (lines[i], "keep") && strchr (lines[i], '\r') == NULL)
      {
        at = strstr (at, lines[i]);
        MUST_OF (at != NULL, lines[i]);
        at += strlen (lines[i]);
      }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const one[] = { "https://x/simple", NULL };
  static const char *const two[] = { "https://y", "https://z", NULL };
  g_autofree char *text = fuzz_text (data, size);
  g_autofree char *first = conf_set (text, "global", "index-url", one);
  g_autofree char *second = conf_set (first, "global", "index-url", one);
  g_autofree char *other = conf_set (first, "global", "extra-index-url", two);
  g_autofree char *again = conf_set (other, "global", "extra-index-url", two);
  g_autofree char *back = conf_set (again, "global", "index-url", one);
  g_autofree char *still = conf_set (back, "global", "extra-index-url", two);
  g_autofree char *settled = conf_set (still, "global", "index-url", one);

  MUST_OF (g_str_equal (first, second), first);
  MUST_OF (g_str_equal (other, again), other);
  /* A key is indented as what follows it, which may be another by now. */
  MUST_OF (g_str_equal (settled, still), still);
  MUST_OF (strstr (first, "index-url = https://x/simple\n") != NULL, first);
  check_kept (text, first);
  return 0;
}
