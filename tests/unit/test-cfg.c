/* SPDX-License-Identifier: BSD-2-Clause */

#include "stages/stages.h"

/* Each pair was printed by Python's repr(). */
static void
test_repr (void)
{
  static const struct
  {
    const char *text, *repr;
  } cases[] = {
    { "", "''" },
    { "plain", "'plain'" },
    { "it's", "\"it's\"" },
    { "\"a\"", "'\"a\"'" },
    { "'\"", "'\\'\"'" },
    { "a\nb\t\\", "'a\\nb\\t\\\\'" },
    { "\x1b[1m", "'\\x1b[1m'" },
    { "h\xc3\xa9 \xe2\x82\xac", "'h\xc3\xa9 \xe2\x82\xac'" },
    { "\xc2\xa0\xc2\xad", "'\\xa0\\xad'" },
    { "\xe2\x80\xa8\xe2\x80\x8b", "'\\u2028\\u200b'" },
    { "\xf0\x9f\x90\x8d", "'\xf0\x9f\x90\x8d'" },
    { "\xff"
      "a",
      "'\\udcffa'" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *repr = cfg_python_repr (cases[i].text);
      g_assert_cmpstr (repr, ==, cases[i].repr);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/cfg/repr", test_repr);
  return g_test_run ();
}
