/* SPDX-License-Identifier: BSD-2-Clause */

/* What a Python would tell of itself that is not here: by its version, and by the name of a
 * platform as wheels have it. */

#include "stages/stages.h"

#include <stdio.h>
#include <string.h>

/* Tells whether a request is a version and nothing else: 3.12, 3.12.1, 3.13t. */
gboolean
platform_is_version (const char *request)
{
  guint major, minor;
  int end = 0;

  if (sscanf (request, "%u.%u%n", &major, &minor, &end) != 2 || major != 3)
    return FALSE;
  request += end;
  if (*request == '.' && g_ascii_isdigit (request[1]))
    request += 1 + strspn (request + 1, "0123456789");
  return *request == '\0' || g_str_equal (request, "t");
}

static void
set (GHashTable *facts, const char *key, const char *value)
{
  g_hash_table_insert (facts, g_strdup (key), g_strdup (value));
}

static void
set_version (GHashTable *facts, const char *request)
{
  gboolean is_threaded = g_str_has_suffix (request, "t");
  g_autofree char *version = g_strndup (request, strlen (request) - is_threaded);
  gboolean has_micro = strchr (strchr (version, '.') + 1, '.') != NULL;
  g_autofree char *full = has_micro ? g_strdup (version) : g_strconcat (version, ".0", NULL);

  set (facts, "implementation", "cpython");
  set (facts, "version", full);
  set (facts, "full_version", full);
  set (facts, "implementation_version", full);
  set (facts, "abiflags", is_threaded ? "t" : "");
}

/* Takes linux_aarch64, with this machine's libc, manylinux_2_28_aarch64 or
 * musllinux_1_2_aarch64. */
static gboolean
set_platform (GHashTable *facts, const char *platform, GError **error)
{
  static const struct
  {
    const char *prefix, *libc;
  } kinds[] = { { "manylinux_", "glibc" }, { "musllinux_", "musl" } };
  guint major, minor;
  int end = 0;
  const char *machine = g_str_has_prefix (platform, "linux_") ? platform + 6 : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_str_has_prefix (platform, kinds[i].prefix)
        && sscanf (platform + strlen (kinds[i].prefix), "%u.%u", &major, &minor) == 1
        && sscanf (platform + strlen (kinds[i].prefix), "%u_%u_%n", &major, &minor, &end) == 2
        && end > 0)
      {
        g_autofree char *version = g_strdup_printf ("%u.%u", major, minor);

        machine = platform + strlen (kinds[i].prefix) + end;
        set (facts, "libc", kinds[i].libc);
        set (facts, "libc_version", version);
      }
  if (machine == NULL || machine[0] == '\0')
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE,
                   "--platform: '%s' is none; it is linux_aarch64, manylinux_2_28_x86_64, "
                   "musllinux_1_2_aarch64 or the like",
                   platform);
      return FALSE;
    }
  g_autofree char *name = g_strconcat ("linux-", machine, NULL);
  set (facts, "platform", name);
  set (facts, "other_machine", machine);
  set (facts, "bits",
       strstr (machine, "64") != NULL || g_str_equal (machine, "s390x") ? "64" : "32");
  g_hash_table_remove (facts, "elf_machine");
  g_hash_table_remove (facts, "elf_flags");
  g_hash_table_remove (facts, "no_manylinux");
  return TRUE;
}

/* The end of the names of modules in C, which tells of the ABI. */
static void
set_suffix (GHashTable *facts)
{
  const char *platform = g_hash_table_lookup (facts, "platform");
  const char *flags = g_hash_table_lookup (facts, "abiflags");
  const char *machine = platform == NULL ? "" : platform + strcspn (platform, "-");
  guint major = 3, minor = 0;

  sscanf (g_hash_table_lookup (facts, "version"), "%u.%u", &major, &minor);
  g_autofree char *suffix = g_strdup_printf (".cpython-%u%u%s-%s-linux-gnu.so", major, minor,
                                             flags != NULL ? flags : "", machine + 1);
  set (facts, "ext_suffix", suffix);
}

/* The facts of a Python of that version on that platform; NULL for that of own, which are
 * what one that is here tells, or NULL.  Free with g_hash_table_unref(); NULL with error set
 * when there is no such platform. */
GHashTable *
platform_facts (GHashTable *own, const char *version, const char *platform, GError **error)
{
  g_autoptr (GHashTable) facts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;

  if (own != NULL)
    g_hash_table_iter_init (&iter, own);
  while (own != NULL && g_hash_table_iter_next (&iter, &key, &value))
    set (facts, key, value);
  if (version != NULL)
    set_version (facts, version);
  if (platform != NULL && !set_platform (facts, platform, error))
    return NULL;
  if (g_hash_table_lookup (facts, "version") == NULL
      || g_hash_table_lookup (facts, "platform") == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE,
                   "there is no Python here: say for which, and for which platform "
                   "(-p 3.12 --platform=manylinux_2_28_x86_64)");
      return NULL;
    }
  set_suffix (facts);
  return g_steal_pointer (&facts);
}
