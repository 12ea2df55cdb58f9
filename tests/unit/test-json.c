/* SPDX-License-Identifier: BSD-2-Clause */

/* The writer of JSON, judged by Python's reader; what is told of an
 * environment. */

#include "core/core.h"

#include "base/json.h"

#include <fcntl.h>
#include <locale.h>
#include <string.h>

/* What Python reads in the text, as ascii() of it. */
static char *
read_by_python (const char *text)
{
  static const char code[] = "import json, sys; print(ascii(json.loads(sys.argv[1])))";
  const char *argv[] = { "python3", "-I", "-X", "utf8", "-c", code, text, NULL };
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  int status = 1;

  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, &status,
                &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
  return g_strchomp (out);
}

static void
assert_reads (GString *json, const char *expected)
{
  g_autofree char *got = read_by_python (json->str);

  g_assert_null (strchr (json->str, '\n'));
  g_assert_cmpstr (got, ==, expected);
}

static void
test_strings (void)
{
  static const struct
  {
    const char *text;
    const char *python;
  } rows[] = {
    { "", "''" },
    { "plain", "'plain'" },
    { "\"q\\u0041\"\\", "'\"q\\\\u0041\"\\\\'" },
    { "\x01\x02\x07\x08\t\n\v\f\r\x1b\x1f\x7f",
      "'\\x01\\x02\\x07\\x08\\t\\n\\x0b\\x0c\\r\\x1b\\x1f\\x7f'" },
    { "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x90\x8d", "'\\xe4 \\u20ac \\U0001f40d'" },
    { "\xe2\x80\xa8\xe2\x80\xa9", "'\\u2028\\u2029'" },
    { "a\xff\xc3", "'a\\ufffd\\ufffd'" },
    { "\xed\xa0\x80", "'\\ufffd\\ufffd\\ufffd'" },
    { "{[,]}", "'{[,]}'" },
    { "</script>", "'</script>'" },
    { NULL, "None" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GString) out = g_string_new (NULL);

      json_string (out, NULL, rows[i].text);
      assert_reads (out, rows[i].python);
    }
}

static void
test_structure (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  json_open (out, NULL, '{');
  json_string (out, "ends with [", "{");
  json_open (out, "empty", '{');
  json_close (out, '}');
  json_open (out, "list", '[');
  json_open (out, NULL, '[');
  json_close (out, ']');
  json_integer (out, NULL, G_MININT64);
  json_boolean (out, NULL, TRUE);
  json_value (out, NULL, "{\"a\": 1}");
  json_close (out, ']');
  json_boolean (out, "k\"ey", FALSE);
  json_close (out, '}');
  assert_reads (out, "{'ends with [': '{', 'empty': {}, 'list': [[], -9223372036854775808, "
                     "True, {'a': 1}], 'k\"ey': False}");
}

/* A program that uses the library may have a locale with another point. */
static void
test_locale (void)
{
  static const char *const locales[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR" };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *before = g_strdup (setlocale (LC_NUMERIC, NULL));
  gboolean found = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (locales) && !found; i++)
    found = setlocale (LC_NUMERIC, locales[i]) != NULL;
  json_seconds (out, NULL, 1234.5);
  setlocale (LC_NUMERIC, before);
  g_assert_cmpstr (out->str, ==, "1234.500000");
  if (!found)
    g_test_skip ("no locale with a decimal comma");
}

static gboolean
tell (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  *(char **) self = venvb_context_to_json (ctx);
  return venvb_next (next, ctx, error);
}

/* Every attribute and every setting is there, as it is while a stage runs. */
static void
test_context (void)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  g_autofree char *env_dir = g_build_filename (dir, "a \"b\"\xff", NULL);
  g_autofree char *json = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *read = NULL;

  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_remove_plugin (builder, "git-ignore");
  venvb_builder_add_hook (builder, VENVB_STAGE_POST_SETUP, "tell", tell, &json, NULL);
  g_assert_true (venvb_builder_create (builder, env_dir, &error));
  g_assert_no_error (error);
  dir_remove_at (AT_FDCWD, dir);
  for (guint i = 0; i < N_ATTRS; i++)
    {
      g_autofree char *key = g_strdup_printf ("\"%s\": ", venvb_attr_name (i));
      g_assert_nonnull (strstr (json, key));
    }
  for (guint i = 0; i < N_FLAGS; i++)
    g_assert_nonnull (venvb_flag_name (i));
  g_assert_null (venvb_flag_name (N_FLAGS));
  g_assert_nonnull (strstr (json, "\"with_pip\": false, \"upgrade_deps\": false, "
                                  "\"scm_ignore_files\": true, "));
  g_assert_nonnull (strstr (json, "/a \\\"b\\\"\xef\xbf\xbd\""));
  g_assert_nonnull (strstr (json, "\"stage\": \"post_setup\", \"is_new\": true, "));
  g_assert_nonnull (strstr (json, "\"command\": [\"venvb\", \"/"));
  g_assert_nonnull (strstr (json, "\"plugins\": [], \"wheels\": [], \"facts\": {\"abiflags\": "));
  g_assert_null (strstr (json, "\"venvb-facts\""));
  g_assert_nonnull (strstr (json, "\"timings\": {\"find_python\": "));
  g_assert_null (strstr (json, "\"post_setup\": "));
  read = read_by_python (json);
  g_assert_true (g_str_has_prefix (read, "{'env_dir': '/"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/json/strings", test_strings);
  g_test_add_func ("/json/structure", test_structure);
  g_test_add_func ("/json/locale", test_locale);
  g_test_add_func ("/json/context", test_context);
  return g_test_run ();
}
