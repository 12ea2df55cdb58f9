/* SPDX-License-Identifier: BSD-2-Clause */

/* Checksums: GLib's and the module's are the same. */

#include "base/sum.h"

#include <string.h>

static const struct
{
  const char *name;
  GChecksumType type;
} algorithms[] = { { "sha256", G_CHECKSUM_SHA256 },
                   { "sha384", G_CHECKSUM_SHA384 },
                   { "sha512", G_CHECKSUM_SHA512 },
                   { "sha1", G_CHECKSUM_SHA1 },
                   { "md5", G_CHECKSUM_MD5 } };

/* Sums of every length up to two blocks and more, in one piece and in two, are what GLib
 * says of them. */
static void
compare_all (void)
{
  guint8 data[300];

  for (guint i = 0; i < sizeof data; i++)
    data[i] = i * 7;
  for (guint which = 0; which < G_N_ELEMENTS (algorithms); which++)
    for (gsize length = 0; length <= sizeof data; length++)
      {
        g_autofree char *expected =
            g_compute_checksum_for_data (algorithms[which].type, data, length);
        g_autoptr (Sum) sum = sum_new (algorithms[which].name, -1);

        sum_update (sum, data, length / 3);
        sum_update (sum, data + length / 3, length - length / 3);
        g_assert_cmpstr (sum_hex (sum), ==, expected);
        g_assert_cmpstr (sum_hex (sum), ==, expected);
        g_assert_cmpuint (sum_size (algorithms[which].name, -1) * 2, ==, strlen (expected));
      }
}

static void
test_glib (void)
{
  compare_all ();
}

/* What was begun before the module was there ends as it began. */
static void
test_module (void)
{
  g_autoptr (Sum) before = sum_new ("sha256", -1);
  g_autoptr (Sum) dropped = NULL;
  g_autoptr (Sum) after = NULL;
  g_autofree char *built =
      g_test_build_filename (G_TEST_BUILT, "..", "..", "base", ".libs", "sums.so", NULL);
  g_autofree char *path = g_canonicalize_filename (built, NULL);
  g_autofree char *dir = g_path_get_dirname (path);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("built without libcrypto");
      return;
    }
  g_setenv ("VENVB_MODULE_DIR", dir, TRUE);
  sum_update (before, "ab", 2);
  sum_hurry ();
  g_assert_true (sum_is_fast ());
  sum_update (before, "c", 1);
  compare_all ();
  after = sum_new ("sha256", -1);
  sum_update (after, "abc", 3);
  g_assert_cmpstr (sum_hex (before), ==, sum_hex (after));
  dropped = sum_new ("sha512", -1);
  sum_update (dropped, "abc", 3);
}

static void
test_names (void)
{
  g_autoptr (Sum) sum = sum_new ("sha256=rest", 6);
  g_autofree char *record = NULL;

  g_assert_null (sum_new ("sha3_256", -1));
  g_assert_null (sum_new ("SHA256", -1));
  g_assert_null (sum_new ("sha", -1));
  g_assert_null (sum_new ("", -1));
  g_assert_null (sum_new ("sha256", 5));
  g_assert_cmpuint (sum_size ("sha224", -1), ==, 0);
  g_assert_true (sum_is_good ("sha384=x", 6));
  g_assert_false (sum_is_good ("sha1", -1));
  g_assert_false (sum_is_good ("md5", -1));
  g_assert_false (sum_is_good ("none", -1));
  record = sum_record (sum);
  g_assert_cmpstr (record, ==, "sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/sum/glib", test_glib);
  g_test_add_func ("/sum/names", test_names);
  g_test_add_func ("/sum/module", test_module);
  return g_test_run ();
}
