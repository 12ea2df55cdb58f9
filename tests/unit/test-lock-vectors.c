/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions, specifiers, markers, tags and names of wheels: all that tests/vectors has, which is
 * what PyPA's packaging says of them. */

#include "lock/room.h"

#include "wheel/wheel.h"

#include <stdlib.h>
#include <string.h>

/* Calls func for each row, with its fields; tells how many there are. */
static guint
each_row (const char *name, void (*func) (char **row, gpointer data), gpointer data)
{
  const char *dir = g_getenv ("TEST_VECTORS");
  g_autofree char *path =
      dir != NULL ? g_build_filename (dir, name, NULL)
                  : g_build_filename (g_getenv ("abs_top_srcdir"), "tests", "vectors", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_test_message ("%s", lines[0]);
  for (guint i = 1; lines[i] != NULL && lines[i + 1] != NULL; i++, n++)
    {
      g_auto (GStrv) row = g_strsplit (lines[i], "\t", -1);

      func (row, data);
    }
  return n;
}

static void
check_version (char **row, gpointer data)
{
  g_autoptr (Release) a = release_parse (row[0]);
  g_autoptr (Release) b = NULL;
  int order;

  if (row[2] == NULL)
    {
      if ((a != NULL) != g_str_equal (row[1], "yes"))
        g_error ("'%s' is a version: %s", row[0], row[1]);
      return;
    }
  b = release_parse (row[2]);
  g_assert_nonnull (a);
  g_assert_nonnull (b);
  order = release_compare (a, b);
  if ((order < 0 ? '<' : order > 0 ? '>' : '=') != row[1][0])
    g_error ("not %s %s %s, but %d", row[0], row[1], row[2], order);
  g_assert_cmpint (release_compare (b, a) < 0, ==, order > 0);
}

static void
test_versions (void)
{
  g_assert_cmpint (each_row ("versions.tsv", check_version, NULL), >, 4000);
}

/* What release_spec_has() says, or release_meets() of what begins with "set:". */
static const char *
outcome_of (const char *text, const char *version)
{
  g_autoptr (ReleaseSpec) spec = NULL;
  gboolean met;

  if (g_str_has_prefix (text, "set:"))
    {
      if (!release_meets (text + strlen ("set:"), version, &met, NULL))
        return "invalid";
      return met ? "1" : "0";
    }
  if ((spec = release_spec_parse (text)) == NULL)
    return "invalid";
  return release_spec_has (spec, version) ? "1" : "0";
}

static void
check_specifier (char **row, gpointer data)
{
  const char *outcome = outcome_of (row[0], row[1]);

  if (!g_str_equal (outcome, row[2]))
    g_error ("'%s' has '%s': %s, not %s", row[0], row[1], row[2], outcome);
}

static void
test_specifiers (void)
{
  g_assert_cmpint (each_row ("specifiers.tsv", check_specifier, NULL), >, 4000);
}

/* The environments and sets that markers are tried in, as they were read. */
typedef struct
{
  GPtrArray *environments, *extras, *groups; /* char ** */
} Places;

static void
check_marker (char **row, gpointer data)
{
  Places *places = data;
  MarkerEnv env = { { NULL } };
  gboolean holds;

  if (g_str_equal (row[0], "environment"))
    {
      g_ptr_array_add (places->environments, g_strdupv (row + 2));
      return;
    }
  if (g_str_equal (row[0], "sets"))
    {
      g_ptr_array_add (places->extras, g_strsplit (row[2], " ", -1));
      g_ptr_array_add (places->groups, g_strsplit (row[3], " ", -1));
      return;
    }
  for (guint i = 0; i < MARKER_EXTRAS; i++)
    env.values[i] = ((char **) places->environments->pdata[atoi (row[1])])[i];
  env.extras = (void *) places->extras->pdata[atoi (row[2])];
  env.groups = (void *) places->groups->pdata[atoi (row[2])];
  const char *outcome = !marker_holds (row[3], &env, TRUE, &holds, NULL) ? "error"
                        : holds                                          ? "1"
                                                                         : "0";
  if (!g_str_equal (outcome, row[4]))
    g_error ("environment %s, sets %s: %s: %s, not %s", row[1], row[2], row[3], row[4], outcome);
  g_assert_true (marker_check (row[3], TRUE, NULL) == !g_str_equal (outcome, "error"));
}

static void
test_markers (void)
{
  Places places = {
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev),
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev),
    g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev),
  };

  g_assert_cmpint (each_row ("markers.tsv", check_marker, &places), >, 4000);
  g_ptr_array_unref (places.environments);
  g_ptr_array_unref (places.extras);
  g_ptr_array_unref (places.groups);
}

/* All tags of a Python, as packaging lists them. */
static WheelTags *
check_python (char **row)
{
  g_autofree char *platform_name = g_strconcat ("linux-", row[5], NULL);
  const WheelPlatform platform = {
    .implementation = row[2],
    .major = 3,
    .minor = (guint) atoi (row[3]),
    .abiflags = row[4],
    .platform = platform_name,
    .bits = 64,
    .libc = row[6],
    .libc_major = g_str_equal (row[6], "musl") ? 1 : 2,
    .libc_minor = (guint) atoi (row[7]),
  };
  WheelTags *tags = wheel_tags_new (&platform);
  g_auto (GStrv) list = wheel_tags_list (tags);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; list[i] != NULL; i++)
    {
      g_checksum_update (checksum, (guchar *) list[i], -1);
      g_checksum_update (checksum, (guchar *) "\n", 1);
    }
  g_assert_cmpint (g_strv_length (list), ==, atoi (row[8]));
  g_assert_cmpstr (g_checksum_get_string (checksum), ==, row[9]);
  return tags;
}

static void
check_tags (char **row, gpointer data)
{
  WheelTags **tags = data;
  int best = -1;

  if (g_str_equal (row[0], "python"))
    {
      g_clear_pointer (tags, wheel_tags_free);
      *tags = check_python (row);
      return;
    }
  g_auto (GStrv) sets = g_strsplit (row[3], " ", -1);
  g_auto (GStrv) ranks = g_strsplit (row[4], " ", -1);
  for (int i = 0; sets[i] != NULL; i++)
    {
      g_autofree char *name = g_strdup_printf ("a-1-%s.whl", sets[i]);

      if (wheel_tags_rank (*tags, name, NULL) != atoi (ranks[i]))
        g_error ("Python %s, %s: rank %s, not %d", row[1], name, ranks[i],
                 wheel_tags_rank (*tags, name, NULL));
      g_autofree char *other = g_strdup_printf ("a-1-%s.whl", sets[MAX (best, 0)]);
      if (atoi (ranks[i]) >= 0 && (best < 0 || wheel_tags_compare (*tags, name, other) < 0))
        best = i;
    }
  g_assert_cmpint (best, ==, atoi (row[2]));
}

static void
test_tags (void)
{
  WheelTags *tags = NULL;

  g_assert_cmpint (each_row ("tags.tsv", check_tags, &tags), >, 2000);
  g_clear_pointer (&tags, wheel_tags_free);
}

static void
check_wheel_name (char **row, gpointer data)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_autoptr (GError) error = NULL;

  if (filename_split_wheel (row[0], &name, &version, &error) != !g_str_equal (row[1], "-"))
    g_error ("%s: %s, %s", row[0], row[1], error != NULL ? error->message : "");
  if (name == NULL)
    return;
  g_assert_cmpstr (name, ==, row[1]);
  g_assert_true (release_same (version, row[2]));
}

static void
test_wheel_names (void)
{
  g_assert_cmpint (each_row ("wheel-names.tsv", check_wheel_name, NULL), >, 200);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lock-vectors/versions", test_versions);
  g_test_add_func ("/lock-vectors/specifiers", test_specifiers);
  g_test_add_func ("/lock-vectors/markers", test_markers);
  g_test_add_func ("/lock-vectors/tags", test_tags);
  g_test_add_func ("/lock-vectors/wheel-names", test_wheel_names);
  return g_test_run ();
}
