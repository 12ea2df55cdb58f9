/* SPDX-License-Identifier: BSD-2-Clause */

/* The fields of a RECORD. */

#include "base/csv.h"

static void
test_field (void)
{
  static const struct
  {
    const char *text, *field, *rest; /* NULL: it is refused */
  } cases[] = {
    { "a/b.py,sha256=x,1\r\n", "a/b.py", ",sha256=x,1\r\n" },
    { "a\r\nb", "a", "\r\nb" },
    { "a", "a", "" },
    { "", "", "" },
    { ",,", "", ",," },
    { "\"a,b\",,", "a,b", ",," },
    { "\"a\"\"b\",", "a\"b", "," },
    { "\"\"\"\",", "\"", "," },
    { "\"\"", "", "" },
    { "\"a\nb\"\n", "a\nb", "\n" },
    { " a ,", " a ", "," },
    { "\"a", NULL, NULL },
    { "\"", NULL, NULL },
    { "\"a\"b,", NULL, NULL },
    { "\"a\" ,", NULL, NULL },
    { "a\"b,", NULL, NULL },
  };
  g_autoptr (GString) field = g_string_new ("of before");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *rest = csv_field (cases[i].text, field);

      g_assert_cmpstr (rest, ==, cases[i].rest);
      if (rest != NULL)
        g_assert_cmpstr (field->str, ==, cases[i].field);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/csv/field", test_field);
  return g_test_run ();
}
