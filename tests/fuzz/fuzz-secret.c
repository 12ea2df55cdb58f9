/* SPDX-License-Identifier: BSD-2-Clause */

/* What is secret in a text that others wrote.  A second look finds nothing more,
 * and a secret that stands in a line of its own is found whatever is around. */

#include "fuzz.h"

#include "base/secret.h"

#include <string.h>

const guint fuzz_mutations = 5000;

#define SECRET "Hidden@Word"

static void
check_stable (const char *text)
{
  g_autofree char *prose = secret_mask (text);
  g_autofree char *prose_again = secret_mask (prose);
  g_autofree char *value = secret_mask_value ("", text);
  g_autofree char *value_again = secret_mask_value ("", value);

  MUST_OF (g_str_equal (prose, prose_again), text);
  MUST_OF (g_str_equal (value, value_again), text);
  MUST_OF (!secret_is_in (value), text);
}

static void
check_found (const char *text, const char *secret)
{
  g_autofree char *around = g_strconcat (text, "\n", secret, "\n", text, NULL);
  g_autofree char *masked = secret_mask (around);

  MUST_OF (strstr (text, SECRET) != NULL || strstr (masked, SECRET) == NULL, text);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);

  check_stable (text);
  check_found (text, "https://" SECRET ":x@host/simple");
  check_found (text, "at https://user:" SECRET "@host/simple, and more");
  check_found (text, "A_TOKEN=" SECRET);
  check_found (text, "'https://host/simple?v=1&password=" SECRET "&x=1'");
  return 0;
}
