/* SPDX-License-Identifier: BSD-2-Clause */

#include "stages/stages.h"

#include <string.h>

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
    { "\xee\x80\x80\xf3\xb0\x80\x80", "'\\ue000\\U000f0000'" },
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

/* Has python3 print the category and the repr() of each character. */
static gboolean
ask_python (char **text)
{
  static const char script[] =
      "import sys, unicodedata\n"
      "out = open(sys.stdout.fileno(), 'w', encoding='utf-8', newline='')\n"
      "for c in range(1, 0x110000):\n"
      "    if not 0xd800 <= c < 0xe000:\n"
      "        out.write(unicodedata.category(chr(c)) + repr(chr(c)) + '\\n')\n";
  char *argv[] = { (char *) "python3", (char *) "-I",   (char *) "-S",
                   (char *) "-c",      (char *) script, NULL };
  int status = -1;

  return g_spawn_sync (NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, text, NULL, &status, NULL)
         && status == 0;
}

/* Every character is shown as python3 shows it.  Only of one that is assigned in
 * the Unicode of either, and not yet in that of the other, nothing can be said. */
static void
test_repr_of_all (void)
{
  g_autofree char *text = NULL;
  guint compared = 0, newer = 0;

  if (!ask_python (&text))
    {
      g_test_skip ("no python3");
      return;
    }
  char *line = text;
  for (gunichar c = 1; c < 0x110000; c += c == 0xd7ff ? 0x801 : 1)
    {
      char character[7] = "", *end = strchr (line, '\n');
      gboolean is_assigned = g_unichar_type (c) != G_UNICODE_UNASSIGNED;

      g_assert_nonnull (end);
      *end = '\0';
      g_unichar_to_utf8 (c, character);
      g_autofree char *repr = cfg_python_repr (character);
      if (is_assigned == !g_str_has_prefix (line, "Cn"))
        g_assert_cmpstr (repr, ==, line + 2);
      compared += is_assigned == !g_str_has_prefix (line, "Cn");
      newer += is_assigned != !g_str_has_prefix (line, "Cn");
      line = end + 1;
    }
  g_assert_cmpstr (line, ==, "");
  g_test_message ("%u compared, %u of another Unicode", compared, newer);
  g_assert_cmpuint (compared, >, 1000000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/cfg/repr", test_repr);
  g_test_add_func ("/cfg/repr-of-all", test_repr_of_all);
  return g_test_run ();
}
