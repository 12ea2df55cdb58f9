/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions, demands on them, and requests. */

#include "pythons/pythons.h"

static Version
version (const char *text)
{
  Version result;

  g_assert_true (version_read (&text, &result));
  g_assert_cmpstr (text, ==, "");
  return result;
}

static void
test_order (void)
{
  static const char *const sorted[] = { "2.7.18",    "3",       "3.8.1",    "3.9.dev2",  "3.9.0a1",
                                        "3.9.0a2",   "3.9.0b1", "3.9.0rc1", "3.9.0rc10", "3.9.0",
                                        "3.9.post1", "3.9.1",   "3.10.0a1", "3.10.0",    "3.100" };

  for (guint i = 0; i < G_N_ELEMENTS (sorted); i++)
    for (guint j = 0; j < G_N_ELEMENTS (sorted); j++)
      {
        Version a = version (sorted[i]), b = version (sorted[j]);
        int order = version_compare (&a, &b);

        g_assert_cmpint ((order > 0) - (order < 0), ==, (i > j) - (i < j));
      }
}

static void
test_equal (void)
{
  Version a = version ("3"), b = version ("3.0.0");

  g_assert_cmpint (version_compare (&a, &b), ==, 0);
}

static void
test_demands (void)
{
  /* What packaging.specifiers says of them. */
  static const struct
  {
    const char *demands, *met, *unmet;
  } cases[] = {
    { ">=3.8", "3.8 3.8.0 3.8.1 3.10.2 4", "3.7.9 3 3.8.0rc1" },
    { ">3.8", "3.8.1 3.9", "3.8.0 3.8 3.7" },
    { "<3.10", "3.9.18 3.8 2.7", "3.10 3.10.0a1 3.10.0rc2 3.11" },
    { "<3.10.0rc1", "3.10.0a1 3.10.0b4 3.9", "3.10.0rc1 3.10" },
    { "<=3.10", "3.10.0 3.10.0rc1 3.9", "3.10.1 3.11" },
    { "==3.9", "3.9 3.9.0", "3.9.1 3.9.0rc1 3.8" },
    { "==3.9.*", "3.9 3.9.0 3.9.18 3.9.0rc1", "3.8 3.10 4" },
    { "==3.*", "3.0 3.99.1", "2.7 4" },
    { "!=3.9.*", "3.8 3.10", "3.9 3.9.18" },
    { "!=3.9.1", "3.9 3.9.2", "3.9.1" },
    { "~=3.8", "3.8 3.9.1 3.99", "3.7 4" },
    { "~=3.8.2", "3.8.2 3.8.99", "3.8.1 3.9" },
    { "===3.9.1", "3.9.1", "3.9.2" },
    { ">=3.8,<3.11", "3.8 3.10.9", "3.7 3.11" },
    { ">=3.8.dev0,<3.13.0.dev0", "3.8.0a1 3.8 3.12.9", "3.7.17 3.13.0a1 3.13" },
    { ">3.8.post1", "3.8.1 3.9", "3.8.0" },
    { " >= 3.8 , != 3.9.* , < 4 , ", "3.8 3.10", "3.9.1 4" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GArray) demands = version_parse_demands (cases[i].demands, NULL);
      g_auto (GStrv) met = g_strsplit (cases[i].met, " ", -1);
      g_auto (GStrv) unmet = g_strsplit (cases[i].unmet, " ", -1);

      g_assert_nonnull (demands);
      for (guint j = 0; met[j] != NULL; j++)
        {
          Version tried = version (met[j]);
          g_test_message ("%s meets %s", met[j], cases[i].demands);
          g_assert_true (version_meets (&tried, demands));
        }
      for (guint j = 0; unmet[j] != NULL; j++)
        {
          Version tried = version (unmet[j]);
          g_test_message ("%s does not meet %s", unmet[j], cases[i].demands);
          g_assert_false (version_meets (&tried, demands));
        }
    }
}

static void
test_nonsense (void)
{
  static const char *const wrong[] = {
    "",           "3.8",       ">=",     ">= ",      "=3.8",    "~=3",         ">=3.8.*",
    "==3.8.*.1",  ">=3.8,,<4", ",>=3.8", ">=3.8 <4", ">=3.8rc", ">=1.2.3.4.5", ">=3.8.post",
    ">=99999999", "==3.8rc1.*"
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("'%s'", wrong[i]);
      g_assert_null (version_parse_demands (wrong[i], &error));
      g_assert_error (error, VENVB_ERROR, VENVB_ERROR_USAGE);
    }
}

/* An interpreter: implementation, version, abiflags, bits. */
static GHashTable *
facts_new (const char *text)
{
  static const char *const keys[] = { "implementation", "full_version", "abiflags", "bits" };
  GHashTable *facts = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_auto (GStrv) words = g_strsplit (text, " ", -1);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_hash_table_insert (facts, (gpointer) keys[i],
                         g_strdup (g_str_equal (words[i], "-") ? "" : words[i]));
  return facts;
}

static void
test_requests (void)
{
  static const struct
  {
    const char *request;
    const char *met, *unmet; /* separated by commas */
  } cases[] = {
    { "3", "cpython 3.12.1 - 64,pypy 3.9.16 - 64,cpython 3.6.15 m 64", "cpython 3.13.0 t 64" },
    { "3.12", "cpython 3.12.0 - 64,cpython 3.12.9 - 32,pypy 3.12.1 - 64",
      "cpython 3.1.2 - 64,cpython 3.13.0 - 64" },
    { "312", "cpython 3.12.0 - 64", "cpython 3.1.2 - 64" },
    { "38", "cpython 3.8.0 - 64", "cpython 3.7.2 - 64" },
    { "3.12.4", "cpython 3.12.4 - 64", "cpython 3.12.5 - 64" },
    { "3.14.0rc1", "cpython 3.14.0rc1 - 64", "cpython 3.14.0 - 64" },
    { "3.13t", "cpython 3.13.1 t 64,cpython 3.13.1 td 64", "cpython 3.13.1 - 64" },
    { "3.13d", "cpython 3.13.1 d 64", "cpython 3.13.1 - 64,cpython 3.13.1 td 64" },
    { "3.13td", "cpython 3.13.1 td 64", "cpython 3.13.1 t 64" },
    { "3.12-32", "cpython 3.12.1 - 32", "cpython 3.12.1 - 64" },
    { "python3.12", "cpython 3.12.1 - 64,pypy 3.12.1 - 64", "cpython 3.11.1 - 64" },
    { "cpython@3.12", "cpython 3.12.1 - 64", "pypy 3.12.1 - 64" },
    { "cp312", "cpython 3.12.1 - 64", "pypy 3.12.1 - 64" },
    { "pypy", "pypy 3.9.16 - 64", "cpython 3.9.16 - 64" },
    { "pypy3.9", "pypy 3.9.16 - 64", "pypy 3.10.1 - 64" },
    { "pypy@3", "pypy 3.9.16 - 64", "cpython 3.9.16 - 64" },
    { "graalpy", "graalpy 3.11.7 - 64", "cpython 3.11.7 - 64" },
    { ">=3.10,<3.13", "cpython 3.12.1 - 64,pypy 3.10.1 - 64", "cpython 3.13.0 - 64" },
    { "pypy>=3.9", "pypy 3.10.1 - 64", "cpython 3.10.1 - 64" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Request *request = request_parse (cases[i].request, NULL);
      g_auto (GStrv) met = g_strsplit (cases[i].met, ",", -1);
      g_auto (GStrv) unmet = g_strsplit (cases[i].unmet, ",", -1);

      g_assert_nonnull (request);
      g_assert_cmpint (request->kind, ==, REQUEST_VERSION);
      for (guint j = 0; met[j] != NULL; j++)
        {
          g_autoptr (GHashTable) facts = facts_new (met[j]);
          g_test_message ("%s is met by %s", cases[i].request, met[j]);
          g_assert_true (request_matches (request, facts, TRUE));
        }
      for (guint j = 0; unmet[j] != NULL; j++)
        {
          g_autoptr (GHashTable) facts = facts_new (unmet[j]);
          g_test_message ("%s is not met by %s", cases[i].request, unmet[j]);
          g_assert_false (request_matches (request, facts, TRUE));
        }
      request_free (request);
    }
}

static void
test_kinds (void)
{
  static const struct
  {
    const char *request;
    guint kind;
  } cases[] = {
    { "./python", REQUEST_PATH },       { "/usr/bin/python3", REQUEST_PATH },
    { "env/", REQUEST_PATH },           { "my-python", REQUEST_COMMAND },
    { "3.12.1.2.3", REQUEST_COMMAND },  { "3.12x", REQUEST_COMMAND },
    { "python3-dbg", REQUEST_COMMAND }, { "pythonw", REQUEST_COMMAND },
    { "python", REQUEST_VERSION },      { "python@3", REQUEST_VERSION },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Request *request = request_parse (cases[i].request, NULL);

      g_test_message ("%s", cases[i].request);
      g_assert_cmpint (request->kind, ==, cases[i].kind);
      request_free (request);
    }
}

static void
test_pre_releases (void)
{
  Request *request = request_parse (">=3.10", NULL);
  g_autoptr (GHashTable) facts = facts_new ("cpython 3.15.0a1 - 64");

  g_assert_false (request_matches (request, facts, FALSE));
  g_assert_true (request_matches (request, facts, TRUE));
  request_free (request);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/version/order", test_order);
  g_test_add_func ("/version/equal", test_equal);
  g_test_add_func ("/version/demands", test_demands);
  g_test_add_func ("/version/nonsense", test_nonsense);
  g_test_add_func ("/request/matches", test_requests);
  g_test_add_func ("/request/kinds", test_kinds);
  g_test_add_func ("/request/pre-releases", test_pre_releases);
  return g_test_run ();
}
