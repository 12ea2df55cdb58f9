/* SPDX-License-Identifier: BSD-2-Clause */

/* What is secret in a text, and what is not. */

#include "core/room.h"
#include "base/secret.h"

/* In prose, and then again. */
static void
assert_prose (const char *text, const char *expected)
{
  g_autofree char *masked = secret_mask (text);
  g_autofree char *again = secret_mask (masked);

  g_assert_cmpstr (masked, ==, expected);
  g_assert_cmpstr (again, ==, expected);
}

/* As the value of something that is not secret as a whole. */
static void
assert_value (const char *text, const char *expected)
{
  g_autofree char *masked = secret_mask_value ("x", text);
  g_autofree char *again = secret_mask_value ("x", masked);

  g_assert_cmpstr (masked, ==, expected);
  g_assert_cmpstr (again, ==, expected);
  g_assert_true (secret_is_in (text) == !g_str_equal (text, expected));
}

static void
assert_both (const char *text, const char *expected)
{
  assert_prose (text, expected);
  assert_value (text, expected);
}

static void
test_urls (void)
{
  assert_both ("https://me:secret@host/simple", "https://****@host/simple");
  assert_both ("https://token@host/simple", "https://****@host/simple");
  assert_both ("https://token:@host:80/simple", "https://****@host:80/simple");
  assert_both ("https://:secret@host", "https://****@host");
  assert_both ("git+ssh://a%40b:se%2Fcret@host/x@v1", "git+ssh://****@host/x@v1");
  assert_both ("HTTP://u:p@s'\"s@host", "HTTP://****@host");
  assert_both ("socks5h://u:p@host:1080", "socks5h://****@host:1080");
  assert_both ("https://u:p@[::1]:80/", "https://****@[::1]:80/");
  assert_both ("a https://u:p@h and ssh://v:q@i/", "a https://****@h and ssh://****@i/");
  assert_both ("https://u:p@h,https://v:q@i/,x", "https://****@h,https://****@i/,x");
  assert_both ("pip-conf,index-url=https://u:p\\,q@h/s,timeout=3",
               "pip-conf,index-url=https://****@h/s,timeout=3");
  assert_both ("pkg @ git+https://tok@h/r@main#egg=x", "pkg @ git+https://****@h/r@main#egg=x");
}

/* Passwords that should have been encoded. */
static void
test_wrong_urls (void)
{
  assert_both ("https://u:p/w@host/simple", "https://****@host/simple");
  assert_both ("https://u:p#w@host/simple", "https://****@host/simple");
  assert_both ("https://u:p?w@host/simple", "https://****@host/simple");
  assert_both ("https://u:my pass@host/simple", "https://****@host/simple");
  assert_prose ("https://u:p/w\nme@host", "https://u:p/w\nme@host");
}

static void
test_no_secret (void)
{
  static const char *const texts[] = {
    "",
    "https://index.example/simple",
    "https://@host/",
    "https://host:8080/@scope/x@v1",
    "https://[::1]:80/x@y",
    "file:///home/me@work/wheels",
    "git+https://host/repo@v1.0",
    "me@example.org",
    "tokenizers==1.0",
    "package=secrets==1.0",
    "Collecting token==1.0 (from https://index.example/simple)",
    "tokenizers=1",
    "compass=north",
    "author=me,authors=you",
    "PWD=/home/me",
    "OLDPWD=/home/me",
    "/srv/token=x/env",
    "key=value,timeout=3",
    "password=",
    "signatures>=2",
    "a = b",
    "token-file=/run/token",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_both (texts[i], texts[i]);
  assert_prose ("use --token and wait", "use --token and wait");
}

static void
test_names (void)
{
  static const char *const names[] = {
    "password",       "PASSWORD",         "db_password", "dbPassword", "passwords", "password2",
    "API_TOKEN",      "access-token",     "accessToken", "api_key",    "apikey",    "API-KEY",
    "client_secret",  "X-Amz-Signature",  "sig",         "db_pass",    "pwd",       "DB_PWD",
    "AWS_SECRET_KEY", "global.password",  "_auth",       "passphrase", "credentials",
    "PIP_AUTH",       "SECRET_ACCESS_KEY"
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *option = g_strdup_printf ("x,%s=s3,y=1", names[i]);
      g_autofree char *masked = g_strdup_printf ("x,%s=****,y=1", names[i]);
      g_autofree char *parameter = g_strdup_printf ("https://h/?%s=s3&y=1#z", names[i]);
      g_autofree char *without = g_strdup_printf ("https://h/?%s=****&y=1#z", names[i]);

      g_assert_true (secret_is_name (names[i]));
      assert_both (option, masked);
      assert_both (parameter, without);
    }
}

static void
test_values (void)
{
  assert_value ("x,password=a b'c\"d\\,e&f;g,timeout=3", "x,password=****,timeout=3");
  assert_value ("x,password='a'b", "x,password=****");
  assert_value ("x,password==a", "x,password=****");
  assert_value ("x,password=a,b, c", "x,password=****");
  assert_value ("--token=a,b=c d", "--token=****");
  assert_value ("--token abc --user me", "--token **** --user me");
  assert_value ("--token 'a b' c", "--token **** c");
  assert_value ("install-script,args=-q --password=a b", "install-script,args=-q --password=****");
  assert_value ("x,password=https://u:p@h", "x,password=****");
  assert_value ("password = a\nb", "password = ****");
}

static void
test_prose (void)
{
  assert_prose ("the password=abc is wrong", "the password=**** is wrong");
  assert_prose ("password=abc, user=me", "password=**** user=me");
  assert_prose ("it has password=abc, user=me", "it has password=****, user=me");
  assert_prose ("token = abc", "token = ****");
  assert_prose ("token = 'a b' is", "token = **** is");
  assert_prose ("plugin ',password=a b' has no name", "plugin ',password=****' has no name");
  assert_prose ("'https://h/x?token=a&y=1': 404", "'https://h/x?token=****&y=1': 404");
  assert_prose ("A_TOKEN=a\n  | PASSWORD=b\nx", "A_TOKEN=****\n  | PASSWORD=****\nx");
}

static void
test_words (void)
{
  static const char *const words[] = {
    "venvb", "--plugin",     "x,token=a,index-url=https://u:p@h",
    "--token", "b c", "--password=d", "-q", "e", NULL,
  };
  g_auto (GStrv) masked = secret_mask_words (words);
  g_autofree char *joined = g_strjoinv ("|", masked);
  g_autofree char *whole = secret_mask_value ("token", "a");
  g_autofree char *empty = secret_mask_value ("token", "");

  g_assert_cmpstr (joined, ==,
                   "venvb|--plugin|x,token=****,index-url=https://****@h|--token|****"
                   "|--password=****|-q|e");
  g_assert_cmpstr (whole, ==, "****");
  g_assert_cmpstr (empty, ==, "");
}

static gboolean
refuse (gpointer self, const char *key, const char *value, GError **error)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "the %s is not '%s', nor %s", key, value,
               "https://u:p@h");
  return FALSE;
}

/* What a plugin says of its option, in whatever words. */
static void
assert_refused (const char *spec, const char *expected)
{
  Plugin plugin = { .name = (char *) "x" };
  g_autoptr (GError) error = NULL;
  Journal *journal = journal_new ();
  const Asker nobody = { .origin = NULL };
  PluginRequest *request = plugin_request_parse (spec, &nobody, NULL);

  plugin.desc.set_option = refuse;
  g_assert_false (plugin_load (&plugin, request, journal, &error));
  g_assert_cmpstr (error->message, ==, expected);
  plugin_request_free (request);
  journal_free (journal);
}

static void
test_options (void)
{
  assert_refused ("x,password=hunter2",
                  "plugin 'x': the password is not '****', nor https://****@h");
  assert_refused ("x,word=hunter2", "plugin 'x': the word is not 'hunter2', nor https://****@h");
}

/* What was learnt is found however it is written.  That a part of it looks secret by
 * itself, or that it is a part of what does, leaves nothing of either. */
static void
test_learnt (void)
{
  static const char *const words[] = {
    "d,pin=geh\\,eim",       "geh,eim",        "d,pin=l\\m\\\\n", "d,pin=l\\\\m\\n",
    "'o'\\''hara'",          "nl\\nx\\u0001y", "nl\nx\1y",        "d,pin=qq\\,token=zz",
    "password=pre qqq post", "pin=end\\\\",    "geh.eim",         NULL,
  };
  g_auto (GStrv) masked = NULL;

  secret_learn ("geh,eim");
  secret_learn ("l\\m\\n");
  secret_learn ("o'hara");
  secret_learn ("nl\nx\1y");
  secret_learn ("qq,token=zz");
  secret_learn ("qqq");
  secret_learn ("end\\");
  masked = secret_mask_words (words);
  g_autofree char *joined = g_strjoinv ("|", masked);
  g_assert_cmpstr (joined, ==,
                   "d,pin=****|****|d,pin=****|d,pin=****|'****'|****|****|d,pin=****"
                   "|password=****|pin=****|geh.eim");
  g_assert_true (secret_is_in ("a geh\\,eim b"));
  g_assert_false (secret_is_in ("a geheim b"));
  /* One of a letter or two, where it stands alone. */
  secret_learn ("7%");
  g_assert_true (secret_is_in ("--plugin=d,pin=7%"));
  g_assert_true (secret_is_in ("d,pin=7%,x=1"));
  g_assert_true (secret_is_in ("the pin '7%' is wrong"));
  g_assert_false (secret_is_in ("17% of it"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/secret/urls", test_urls);
  g_test_add_func ("/secret/wrong-urls", test_wrong_urls);
  g_test_add_func ("/secret/none", test_no_secret);
  g_test_add_func ("/secret/names", test_names);
  g_test_add_func ("/secret/values", test_values);
  g_test_add_func ("/secret/prose", test_prose);
  g_test_add_func ("/secret/words", test_words);
  g_test_add_func ("/secret/options", test_options);
  g_test_add_func ("/secret/learnt", test_learnt);
  return g_test_run ();
}
