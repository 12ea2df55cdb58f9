/* SPDX-License-Identifier: BSD-2-Clause */

/* Where plugins are, and what is said of one that is not there. */

#include "core/room.h"

static void
test_package (void)
{
  static const struct
  {
    const char *prefix;
    const char *own;
    const char *name;
    const char *package; /* or NULL */
  } rows[] = {
    { "venvb-plugin-", "pip hg-ignore xonsh", "hg-ignore", "venvb-plugin-hg-ignore" },
    { "venvb-plugin-", "pip hg-ignore xonsh", "pip", "venvb-plugin-pip" },
    { "venvb-plugin-", "pip hg-ignore xonsh", "xonsh", "venvb-plugin-xonsh" },
    { "venvb-plugin-", "pip hg-ignore xonsh", "ignore", NULL },
    { "venvb-plugin-", "pip hg-ignore xonsh", "pip hg-ignore", NULL },
    { "venvb-plugin-", "pip hg-ignore xonsh", "", NULL },
    { "venvb-plugin-", "", "pip", NULL },
    { "", "pip hg-ignore xonsh", "pip", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *package = search_package (rows[i].prefix, rows[i].own, rows[i].name);

      g_assert_cmpstr (package, ==, rows[i].package);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/search/package", test_package);
  return g_test_run ();
}
