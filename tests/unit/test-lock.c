/* SPDX-License-Identifier: BSD-2-Clause */

/* What the vectors of tests/vectors leave out: where the specifications say
 * something else than packaging, or leave it open. */

#include "lock/room.h"

static const char *const extras[] = { "Web_UI", "cli", NULL };
static const char *const groups[] = { "dev", NULL };
static const MarkerEnv linux_env = {
  .values = {
    [MARKER_OS_NAME] = "posix",
    [MARKER_SYS_PLATFORM] = "linux",
    [MARKER_PLATFORM_MACHINE] = "x86_64",
    [MARKER_PLATFORM_RELEASE] = "6.18.44-fc-v595",
    [MARKER_PLATFORM_VERSION] = "10.0.19041",
    [MARKER_PYTHON_VERSION] = "3.11",
    [MARKER_PYTHON_FULL_VERSION] = "3.11.7",
    [MARKER_IMPLEMENTATION_NAME] = "cpython",
  },
  .extras = extras,
  .groups = groups,
};

static const struct
{
  const char *marker, *outcome; /* 1, 0, or what is said */
} markers[] = {
  /* Version | String: versions where both are, else texts. */
  { "platform_release >= '20'", "0" },
  { "platform_release != '20'", "1" },
  { "platform_release == '6.18.44-fc-v595'", "1" },
  { "platform_version >= '9'", "1" },
  { "platform_version < '10.0.20000'", "1" },
  { "'10.0' in platform_version", "1" },
  /* The order of texts has no meaning. */
  { "sys_platform >= 'linux'", "1" },
  { "sys_platform <= 'linus'", "0" },
  { "sys_platform > 'a'", "0" },
  { "sys_platform < 'z'", "0" },
  { "sys_platform ~= 'linux'", "1" },
  { "sys_platform === 'linux'", "1" },
  { "sys_platform === 'Linux'", "0" },
  /* A value that is not known. */
  { "implementation_version == '0'", "1" },
  { "implementation_version < '1'", "1" },
  { "platform_system == ''", "1" },
  { "platform_python_implementation != 'CPython'", "1" },
  /* Variables on both sides. */
  { "python_version == python_full_version", "0" },
  { "python_version <= python_full_version", "1" },
  { "os_name == sys_platform", "0" },
  /* Sets. */
  { "'web-ui' in extras", "1" },
  { "'WEB.UI' in extras", "1" },
  { "'dev' in extras", "0" },
  { "'dev' in dependency_groups", "1" },
  { "'dev' not in dependency_groups", "0" },
  { "'cli' == extras", "0" },
  { "extras == 'cli'", "0" },
  { "extras != 'other'", "0" },
  { "extras in 'cli'", "0" },
  { "'cli' >= extras", "0" },
  { "extras in dependency_groups", "0" },
  /* Precedence. */
  { "os_name == 'nt' and os_name == 'nt' or os_name == 'posix'", "1" },
  { "os_name == 'nt' and (os_name == 'nt' or os_name == 'posix')", "0" },
  { "os_name == 'posix' or os_name == 'nt' and os_name == 'nt'", "1" },
  /* What is none. */
  { "", "'' ends where variable or quoted text is expected" },
  { "extra == 'cli'", "'extra == 'cli'' has the variable extra, which only the metadata of a "
                      "distribution may have (in a lock it is extras)" },
  { "os_name == 'posix' or extra == 'x'", "'os_name == 'posix' or extra == 'x'' has the variable "
                                          "extra, which only the metadata of a distribution may "
                                          "have (in a lock it is extras)" },
  { "os_nam == 'posix'", "'os_nam == 'posix'' has the variable os_nam, which is not known" },
  { "'a' == 'a'", "''a' == 'a'' compares a text with a text" },
  { "os_name == 'a\\'", "'os_name == 'a\\'' has a backslash or a control character in quotes" },
  { "os_name == 'a\n'", "'os_name == 'a\n'' has a backslash or a control character in quotes" },
  { "os_name == 'a", "'os_name == 'a' has a quote that is not closed" },
  { "os_name = 'a'", "'os_name = 'a'' has no operator (<=, <, !=, ===, ==, >=, >, ~=, in, not "
                     "in) at character 9" },
  { "os_name not 'a'", "'os_name not 'a'' has no 'in' after 'not' at character 13" },
  { "os_name == 'a' os_name == 'b'", "'os_name == 'a' os_name == 'b'' has no 'and', 'or' or end at "
                                     "character 16" },
  { "(os_name == 'a'", "'(os_name == 'a'' ends where ')' is expected" },
};

static void
test_markers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (markers); i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean holds, ok = marker_holds (markers[i].marker, &linux_env, TRUE, &holds, &error);

      g_test_message ("%s", markers[i].marker);
      g_assert_cmpstr (!ok ? error->message : holds ? "1" : "0", ==, markers[i].outcome);
    }
}

/* Outside of the packages of a lock, sets are not known. */
static void
test_context (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (marker_check ("'a' in extras", FALSE, &error));
  g_assert_cmpstr (
      error->message, ==,
      "''a' in extras' has the variable extras, which is not known outside of a lock's "
      "packages");
  g_assert_false (marker_check ("extra == 'a'", FALSE, NULL));
  g_assert_true (marker_check ("os_name == 'a'", FALSE, NULL));
}

static void
test_names (void)
{
  g_autofree char *name = name_normalise ("Foo.-_Bar__baz");

  g_assert_cmpstr (name, ==, "foo-bar-baz");
  g_assert_true (name_is_normal ("foo-bar2"));
  g_assert_false (name_is_normal ("foo_bar"));
  g_assert_false (name_is_normal ("foo--bar"));
  g_assert_false (name_is_normal ("Foo"));
  g_assert_false (name_is_normal (""));
  g_assert_false (name_is_normal ("-a"));
  g_assert_true (name_is_valid ("A.B_c"));
  g_assert_false (name_is_valid ("a b"));
  g_assert_false (name_is_valid ("a."));
  g_assert_false (name_is_valid ("\xc3\xa9"));
  g_assert_true (name_same ("A.B", "a_b"));
  g_assert_false (name_same ("ab", "a-b"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lock/markers", test_markers);
  g_test_add_func ("/lock/context", test_context);
  g_test_add_func ("/lock/names", test_names);
  return g_test_run ();
}
