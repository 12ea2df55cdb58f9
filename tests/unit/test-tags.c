/* SPDX-License-Identifier: BSD-2-Clause */

/* Which wheels which Python can use.  tests/cli/wheel-tags.sh compares with pip,
 * for the Pythons of this machine; here are those that it has not. */

#include "cache/cache.h"

#include "wheel/room.h"

#include <string.h>

/* Machines, as core/facts.py tells of them. */
static const WheelPlatform cpython311 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-x86_64",
  .ext_suffix = ".cpython-311-x86_64-linux-gnu.so",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 36,
};
static const WheelPlatform cpython37 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 7,
  .abiflags = "m",
  .platform = "linux-x86_64",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 12,
};
static const WheelPlatform debug37 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 7,
  .abiflags = "dm",
  .platform = "linux-x86_64",
  .bits = 64,
};
static const WheelPlatform free_threaded = {
  .implementation = "cpython",
  .major = 3,
  .minor = 14,
  .abiflags = "t",
  .platform = "linux-aarch64",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 18,
};
static const WheelPlatform debug_free = {
  .implementation = "cpython",
  .major = 3,
  .minor = 13,
  .abiflags = "td",
  .platform = "linux-x86_64",
  .bits = 64,
};
static const WheelPlatform debug312 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 12,
  .abiflags = "d",
  .platform = "linux-x86_64",
  .bits = 64,
};
static const WheelPlatform musl = {
  .implementation = "cpython",
  .major = 3,
  .minor = 12,
  .platform = "linux-x86_64",
  .bits = 64,
  .libc = "musl",
  .libc_major = 1,
  .libc_minor = 2,
};
static const WheelPlatform pypy = {
  .implementation = "pypy",
  .major = 3,
  .minor = 9,
  .platform = "linux-x86_64",
  .ext_suffix = ".pypy39-pp73-x86_64-linux-gnu.so",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 5,
};
static const WheelPlatform graalpy = {
  .implementation = "graalpy",
  .major = 3,
  .minor = 11,
  .platform = "linux-x86_64",
  .ext_suffix = ".graalpy242-311-native-x86_64-linux.so",
  .bits = 64,
};
static const WheelPlatform narrow_x86 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-x86_64",
  .bits = 32,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 6,
  .elf_machine = 3,
};
static const WheelPlatform x32 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-x86_64",
  .bits = 32,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 6,
  .elf_machine = 62,
};
static const WheelPlatform hard_float = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-aarch64",
  .bits = 32,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 17,
  .elf_machine = 40,
  .elf_flags = 0x5000400,
};
static const WheelPlatform soft_float = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-armv7l",
  .bits = 32,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 17,
  .elf_machine = 40,
  .elf_flags = 0x5000200,
};
static const WheelPlatform old_arm = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-armv6l",
  .bits = 32,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 36,
  .elf_machine = 40,
  .elf_flags = 0x5000400,
};
static const WheelPlatform vetoed = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-x86_64",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 2,
  .libc_minor = 6,
  .no_manylinux = "2_5_x86_64",
};
static const WheelPlatform glibc3 = {
  .implementation = "cpython",
  .major = 3,
  .minor = 11,
  .platform = "linux-riscv64",
  .bits = 64,
  .libc = "glibc",
  .libc_major = 3,
  .libc_minor = 1,
};
static const WheelPlatform nothing = { .implementation = "cpython", .major = 3, .minor = 11 };

/* The first tags, or those from the first with this prefix, up to as many as
 * are expected. */
static void
check_list (const WheelPlatform *platform, const char *from, const char *expected)
{
  g_autoptr (WheelTags) tags = wheel_tags_new (platform);
  g_auto (GStrv) list = wheel_tags_list (tags);
  g_auto (GStrv) words = g_strsplit (expected, " ", -1);
  guint at = 0;

  while (from[0] != '\0' && list[at] != NULL && !g_str_has_prefix (list[at], from))
    at++;
  for (guint i = 0; words[i] != NULL; i++, at++)
    g_assert_cmpstr (list[at], ==, words[i]);
}

static const struct
{
  const WheelPlatform *platform;
  const char *from, *expected;
} orders[] = {
  { &cpython311, "",
    "cp311-cp311-linux_x86_64 cp311-cp311-manylinux_2_36_x86_64 "
    "cp311-cp311-manylinux_2_35_x86_64" },
  { &cpython311, "cp311-cp311-manylinux_2_18_",
    "cp311-cp311-manylinux_2_18_x86_64 cp311-cp311-manylinux_2_17_x86_64 "
    "cp311-cp311-manylinux2014_x86_64 cp311-cp311-manylinux_2_16_x86_64" },
  { &cpython311, "cp311-cp311-manylinux_2_5_",
    "cp311-cp311-manylinux_2_5_x86_64 cp311-cp311-manylinux1_x86_64 "
    "cp311-abi3-linux_x86_64" },
  { &cpython311, "cp311-none-any", "cp311-none-any py311-none-any py3-none-any py310-none-any" },
  { &cpython37, "",
    "cp37-cp37m-linux_x86_64 cp37-cp37m-manylinux_2_12_x86_64 cp37-cp37m-manylinux2010_x86_64" },
  { &debug37, "", "cp37-cp37dm-linux_x86_64 cp37-abi3-linux_x86_64 cp37-none-linux_x86_64" },
  { &debug312, "",
    "cp312-cp312d-linux_x86_64 cp312-cp312-linux_x86_64 cp312-abi3-linux_x86_64 "
    "cp312-none-linux_x86_64 cp311-abi3-linux_x86_64" },
  { &debug312, "cp32-",
    "cp32-abi3-linux_x86_64 py312-none-linux_x86_64 py3-none-linux_x86_64 "
    "py311-none-linux_x86_64" },
  { &debug_free, "",
    "cp313-cp313td-linux_x86_64 cp313-cp313t-linux_x86_64 cp313-abi3t-linux_x86_64 "
    "cp313-none-linux_x86_64 cp312-abi3t-linux_x86_64" },
  { &free_threaded, "",
    "cp314-cp314t-linux_aarch64 cp314-cp314t-manylinux_2_18_aarch64 "
    "cp314-cp314t-manylinux_2_17_aarch64 cp314-cp314t-manylinux2014_aarch64 "
    "cp314-abi3t-linux_aarch64" },
  { &musl, "",
    "cp312-cp312-linux_x86_64 cp312-cp312-musllinux_1_2_x86_64 "
    "cp312-cp312-musllinux_1_1_x86_64 cp312-cp312-musllinux_1_0_x86_64 "
    "cp312-abi3-linux_x86_64" },
  { &pypy, "",
    "pp39-pypy39_pp73-linux_x86_64 pp39-pypy39_pp73-manylinux_2_5_x86_64 "
    "pp39-pypy39_pp73-manylinux1_x86_64 pp39-none-linux_x86_64" },
  { &pypy, "pp39-none-any", "pp39-none-any pp3-none-any py39-none-any py3-none-any" },
  { &graalpy, "",
    "graalpy311-graalpy242_311_native-linux_x86_64 graalpy311-none-linux_x86_64 "
    "py311-none-linux_x86_64" },
  { &narrow_x86, "",
    "cp311-cp311-linux_i686 cp311-cp311-manylinux_2_6_i686 cp311-cp311-manylinux_2_5_i686 "
    "cp311-cp311-manylinux1_i686 cp311-abi3-linux_i686" },
  { &x32, "", "cp311-cp311-linux_i686 cp311-abi3-linux_i686" },
  { &hard_float, "",
    "cp311-cp311-linux_armv8l cp311-cp311-linux_armv7l cp311-cp311-manylinux_2_17_armv8l "
    "cp311-cp311-manylinux2014_armv8l cp311-cp311-manylinux_2_17_armv7l "
    "cp311-cp311-manylinux2014_armv7l cp311-abi3-linux_armv8l" },
  { &soft_float, "", "cp311-cp311-linux_armv7l cp311-abi3-linux_armv7l" },
  { &old_arm, "", "cp311-cp311-linux_armv6l cp311-abi3-linux_armv6l" },
  { &vetoed, "",
    "cp311-cp311-linux_x86_64 cp311-cp311-manylinux_2_6_x86_64 cp311-abi3-linux_x86_64" },
  { &glibc3, "cp311-cp311-manylinux_3_1_",
    "cp311-cp311-manylinux_3_1_riscv64 cp311-cp311-manylinux_3_0_riscv64 "
    "cp311-cp311-manylinux_2_50_riscv64" },
  { &nothing, "", "cp311-none-any py311-none-any py3-none-any py310-none-any" },
};

static void
test_order (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (orders); i++)
    check_list (orders[i].platform, orders[i].from, orders[i].expected);
}

static const struct
{
  const WheelPlatform *platform;
  const char *name;
  const char *why; /* NULL when it fits */
} fits[] = {
  { &cpython311, "a-1-py3-none-any.whl", NULL },
  { &cpython311, "a-1-py2.py3-none-any.whl", NULL },
  { &cpython311, "A-1-PY3-None-ANY.whl", NULL },
  { &cpython311, "a-1-7-py3-none-any.whl", NULL },
  { &cpython311, "a-1-cp38-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", NULL },
  { &cpython311, "a-1-py30-none-any.whl", NULL },
  { &cpython311, "a-1-py2-none-any.whl",
    "its tag py2-none-any is not for CPython 3.11 on linux-x86_64 with glibc 2.36" },
  { &cpython311, "a-1-py312-none-any.whl", "its tag py312-" },
  { &cpython311, "a-1-cp310-cp310-linux_x86_64.whl", "its tag cp310-" },
  { &cpython311, "a-1-cp312-abi3-linux_x86_64.whl", "its tag cp312-" },
  { &cpython311, "a-1-cp311-abi3t-linux_x86_64.whl", "its tag cp311-abi3t-" },
  { &cpython311, "a-1-cp311-cp311-any.whl", "its tag cp311-cp311-any" },
  { &cpython311, "a-1-cp311-cp311-win_amd64.whl", "its tag cp311-cp311-win_amd64 " },
  { &cpython311, "a-1-cp311-cp311-macosx_11_0_arm64.whl", "its tag" },
  { &cpython311, "a-1-cp311-cp311-manylinux_2_37_x86_64.whl", "its tag" },
  { &cpython311, "a-1-cp311-cp311-manylinux_2_17_aarch64.whl", "its tag" },
  { &cpython311, "a-1-cp311-cp311-musllinux_1_1_x86_64.whl", "its tag" },
  { &cpython311, "a-1-py3.-none-.any.whl", NULL },
  { &cpython311, "a-1---.whl", "its tag -- is" },
  { &cpython311, "a-1-x-py3-none-any.whl", "its build number 'x' does not begin with a digit" },
  { &cpython311, "a-1-py3-none-any.zip", "its name does not end in .whl" },
  { &cpython311, "a-1-py3-any.whl", "its name is not NAME-" },
  { &free_threaded, "a-1-cp314-cp314t-manylinux2014_aarch64.whl", NULL },
  { &free_threaded, "a-1-cp312-abi3t-linux_aarch64.whl", NULL },
  { &free_threaded, "a-1-cp314-cp314-manylinux2014_aarch64.whl",
    "its tag cp314-cp314-manylinux2014_aarch64 is not for CPython 3.14t on linux-aarch64 with "
    "glibc 2.18" },
  { &free_threaded, "a-1-cp312-abi3-linux_aarch64.whl", "its tag" },
  { &musl, "a-1-cp312-cp312-musllinux_1_1_x86_64.whl", NULL },
  { &musl, "a-1-cp312-cp312-musllinux_1_3_x86_64.whl", "its tag" },
  { &musl, "a-1-cp312-cp312-manylinux2014_x86_64.whl",
    "its tag cp312-cp312-manylinux2014_x86_64 is not for CPython 3.12 on linux-x86_64 with "
    "musl 1.2" },
  { &pypy, "a-1-pp39-pypy39_pp73-manylinux1_x86_64.whl", NULL },
  { &pypy, "a-1-pp3-none-any.whl", NULL },
  { &pypy, "a-1-cp39-none-any.whl",
    "its tag cp39-none-any is not for PyPy 3.9 on linux-x86_64 with glibc 2.5" },
  { &graalpy, "a-1-graalpy311-graalpy242_311_native-linux_x86_64.whl", NULL },
  { &graalpy, "a-1-cp311-cp311-linux_x86_64.whl",
    "its tag cp311-cp311-linux_x86_64 is not for "
    "GraalPy 3.11 on linux-x86_64" },
  { &nothing, "a-1-cp311-none-any.whl", NULL },
  { &nothing, "a-1-cp311-cp311-linux_x86_64.whl",
    "its tag cp311-cp311-linux_x86_64 is not for CPython 3.11 on another system" },
};

static void
test_fits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (fits); i++)
    {
      g_autoptr (WheelTags) tags = wheel_tags_new (fits[i].platform);
      g_autoptr (GError) error = NULL;
      int rank = wheel_tags_rank (tags, fits[i].name, &error);

      g_test_message ("%s", fits[i].name);
      g_assert_cmpint (rank >= 0, ==, fits[i].why == NULL);
      if (fits[i].why == NULL)
        g_assert_no_error (error);
      else
        g_assert_true (g_str_has_prefix (error->message, fits[i].why));
    }
}

/* A wheel has the rank of its best tag, which is where that stands in the list. */
static void
test_rank (void)
{
  g_autoptr (WheelTags) tags = wheel_tags_new (&cpython311);
  g_auto (GStrv) list = wheel_tags_list (tags);

  for (guint i = 0; list[i] != NULL; i++)
    g_assert_cmpint (wheel_tags_rank_tag (tags, list[i], NULL), ==, (int) i);
  g_assert_cmpint (wheel_tags_rank_tag (tags, "py3.cp311-none.abi3-any.linux_x86_64", NULL), ==,
                   wheel_tags_rank_tag (tags, "cp311-abi3-linux_x86_64", NULL));
  g_assert_cmpint (wheel_tags_rank_tag (tags, "py3-none", NULL), ==, -1);
  g_assert_cmpint (wheel_tags_rank_tag (tags, "py3-none-any-x", NULL), ==, -1);
}

static void
test_compare (void)
{
  /* The first is to be taken. */
  static const char *const pairs[][2] = {
    { "a-1-cp311-cp311-linux_x86_64.whl", "a-1-cp311-cp311-manylinux_2_36_x86_64.whl" },
    { "a-1-cp311-cp311-manylinux2014_x86_64.whl", "a-1-cp39-abi3-linux_x86_64.whl" },
    { "a-1-cp39-abi3-linux_x86_64.whl", "a-1-py3-none-any.whl" },
    { "a-1-py3-none-any.whl", "a-1-9-py2-none-any.whl" },
    { "a-1-py3-none-any.whl", "a-1-py3-none-any.zip" },
    { "a-1-1-py3-none-any.whl", "a-1-py3-none-any.whl" },
    { "a-1-2-py3-none-any.whl", "a-1-1-py3-none-any.whl" },
    { "a-1-10-py3-none-any.whl", "a-1-9-py3-none-any.whl" },
    { "a-1-010-py3-none-any.whl", "a-1-9-py3-none-any.whl" },
    { "a-1-1b-py3-none-any.whl", "a-1-1a-py3-none-any.whl" },
    { "a-1-1a-py3-none-any.whl", "a-1-1-py3-none-any.whl" },
    { "a-1-99999999999999999999999-py3-none-any.whl", "a-1-9-py3-none-any.whl" },
  };
  g_autoptr (WheelTags) tags = wheel_tags_new (&cpython311);

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_test_message ("%s before %s", pairs[i][0], pairs[i][1]);
      g_assert_cmpint (wheel_tags_compare (tags, pairs[i][0], pairs[i][1]), <, 0);
      g_assert_cmpint (wheel_tags_compare (tags, pairs[i][1], pairs[i][0]), >, 0);
      g_assert_cmpint (wheel_tags_compare (tags, pairs[i][0], pairs[i][0]), ==, 0);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tags/order", test_order);
  g_test_add_func ("/tags/fits", test_fits);
  g_test_add_func ("/tags/rank", test_rank);
  g_test_add_func ("/tags/compare", test_compare);
  return g_test_run ();
}
