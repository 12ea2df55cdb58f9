/* SPDX-License-Identifier: BSD-2-Clause */

/* Each quoter against what its language says.  That the shells agree is
 * tested by starting them: tests/cli/activate-*.sh. */

#include "stages/stages.h"

typedef struct
{
  const char *script, *text, *quoted;
} Case;

static const Case cases[] = {
  { "activate", "", "''" },
  { "activate", "it's $(x) `y` \\", "'it'\\''s $(x) `y` \\'" },
  { "activate", "new\nline", "'new\nline'" },

  { "activate.fish", "", "''" },
  { "activate.fish", "plain $HOME \"", "'plain $HOME \"'" },
  { "activate.fish", "it's", "'it\\'s'" },
  { "activate.fish", "back\\slash\\", "'back\\\\slash\\\\'" },
  { "activate.fish", "\\'$(x)'\\", "'\\\\\\'$(x)\\'\\\\'" },

  { "activate.csh", "", "''" },
  { "activate.csh", "plain $HOME `x` \"", "'plain $HOME `x` \"'" },
  { "activate.csh", "it's", "'it'\\''s'" },
  { "activate.csh", "py!env", "'py'\\!'env'" },
  { "activate.csh", "back\\slash", "'back'\\\\'slash'" },
  { "activate.csh", "new\nline", "'new\\\nline'" },

  { "Activate.ps1", "", "''" },
  { "Activate.ps1", "plain $HOME `x \" \\", "'plain $HOME `x \" \\'" },
  { "Activate.ps1", "it's", "'it''s'" },
  { "Activate.ps1", "\u2018\u2019\u201A\u201B",
    "'\u2018\u2018\u2019\u2019\u201A\u201A\u201B\u201B'" },
  { "Activate.ps1", "\u2017\u201C\u201D", "'\u2017\u201C\u201D'" },
  { "Activate.ps1", "\xff'\xe2", "'\xff''\xe2'" },

  { "activate.bat", "", "" },
  { "activate.bat", "C:\\two words!", "C:\\two words!" },
  { "activate.bat", "100% %PATH%", "100%% %%PATH%%" },
  { "activate.bat", "a&b|c<d>e^f\"g(h)", "a^&b^|c^<d^>e^^f^\"g^(h^)" },
  { "activate.bat", "new\r\nline\x1a", "new  line " },

  { "activate.nu", "", "\"\"" },
  { "activate.nu", "plain $HOME (x) `y` 'z' #", "\"plain $HOME (x) `y` 'z' #\"" },
  { "activate.nu", "say \"so\"", "\"say \\\"so\\\"\"" },
  { "activate.nu", "back\\slash\\", "\"back\\\\slash\\\\\"" },
  { "activate.nu", "new\nline\t\x1b\x7f", "\"new\\u{a}line\\u{9}\\u{1b}\\u{7f}\"" },
  { "activate.nu", "gr\u00fcn\xff", "\"gr\u00fcn\xff\"" },

  { "activate_this.py", "", "''" },
  { "activate_this.py", "plain $HOME {x} \"", "'plain $HOME {x} \"'" },
  { "activate_this.py", "it's", "\"it's\"" },
  { "activate_this.py", "it's \"so\"", "'it\\'s \"so\"'" },
  { "activate_this.py", "back\\slash\\", "'back\\\\slash\\\\'" },
  { "activate_this.py", "new\nline\xff", "'new\\nline\\udcff'" },
  { "activate.xsh", "$(x) `y` it's", "\"$(x) `y` it's\"" },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;
  g_autofree char *quoted = quote_for_script (c->script, c->text);
  g_autofree char *by_api = venvb_quote (c->script, c->text);

  g_assert_cmpstr (quoted, ==, c->quoted);
  g_assert_cmpstr (by_api, ==, c->quoted);
}

/* The language is told by the end of the name; a path does as well. */
static void
test_names (void)
{
  const char *const names[][2] = {
    { "/env/bin/activate.fish", "'\\''" },
    { "activate.csh", "''\\'''" },
    { "Activate.ps1", "''''" },
    { "activate.bat", "'" },
    { "activate.nu", "\"'\"" },
    { "activate.xsh", "\"'\"" },
    { "activate_this.py", "\"'\"" },
    { "activate", "''\\'''" },
    { "activate.fish.in", "''\\'''" },
    { "fish", "''\\'''" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *quoted = quote_for_script (names[i][0], "'");
      g_assert_cmpstr (quoted, ==, names[i][1]);
    }
}

/* A POSIX shell's word is what GLib reads it as, for each byte there is. */
static void
test_posix_round_trip (void)
{
  char text[256];

  for (int i = 0; i < 255; i++)
    text[i] = i + 1;
  text[255] = '\0';

  g_autofree char *quoted = quote_for_script ("activate", text);
  g_autofree char *back = g_shell_unquote (quoted, NULL);
  g_assert_cmpstr (back, ==, text);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/quote/%s/%" G_GSIZE_FORMAT, cases[i].script, i);
      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/quote/names", test_names);
  g_test_add_func ("/quote/posix-round-trip", test_posix_round_trip);

  return g_test_run ();
}
