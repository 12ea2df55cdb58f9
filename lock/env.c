/* SPDX-License-Identifier: BSD-2-Clause */

/* What the variables of markers are for an interpreter, by what it has told of itself
 * (pythons/facts.py), and for the system as it is now: a kernel changes without any
 * interpreter doing so. */

#include "lock/room.h"

#include <string.h>
#include <sys/utsname.h>

static const char *
fact (GHashTable *facts, const char *key)
{
  const char *value = g_hash_table_lookup (facts, key);

  return value != NULL ? g_intern_string (value) : "";
}

/* What an implementation calls itself in platform.python_implementation(). */
static const char *
implementation_of (const char *name)
{
  static const char *const names[][2] = {
    { "cpython", "CPython" },
    { "pypy", "PyPy" },
    { "graalpy", "GraalVM" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i][0]))
      return names[i][1];
  return name;
}

/* sys.platform, of "linux-x86_64". */
static const char *
platform_of (const char *platform)
{
  g_autofree char *name = g_strndup (platform, strcspn (platform, "-"));

  return g_intern_string (name);
}

/* X.Y of X.Y.Z. */
static const char *
series_of (const char *version)
{
  gsize major = strcspn (version, ".");
  gsize minor = version[major] == '.' ? 1 + strcspn (version + major + 1, ".") : 0;
  g_autofree char *series = g_strndup (version, major + minor);

  return g_intern_string (series);
}

/* What the base Python of a context has told that counts: free with
 * g_hash_table_unref(); the values are the context's. */
GHashTable *
env_facts (VenvbContext *ctx)
{
  static const char *const keys[] = {
    "implementation", "version",      "full_version", "implementation_version",
    "abiflags",       "ext_suffix",   "platform",     "bits",
    "libc",           "libc_version", "elf_machine",  "elf_flags",
    "no_manylinux",
  };
  GHashTable *facts = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    g_hash_table_insert (facts, (gpointer) keys[i],
                         (gpointer) venvb_context_get_fact (ctx, keys[i]));
  return facts;
}

/* Fills in all but extras and groups; the values hold for ever. */
void
env_fill (MarkerEnv *env, GHashTable *facts)
{
  const char *name = fact (facts, "implementation");
  gboolean is_cpython = g_str_equal (name, "cpython");
  struct utsname system;

  memset (env, 0, sizeof *env);
  env->values[MARKER_OS_NAME] = "posix";
  env->values[MARKER_SYS_PLATFORM] = platform_of (fact (facts, "platform"));
  env->values[MARKER_PLATFORM_PYTHON_IMPLEMENTATION] = implementation_of (name);
  env->values[MARKER_PYTHON_VERSION] = series_of (fact (facts, "version"));
  env->values[MARKER_PYTHON_FULL_VERSION] = fact (facts, "full_version");
  env->values[MARKER_IMPLEMENTATION_NAME] = name;
  env->values[MARKER_IMPLEMENTATION_VERSION] =
      fact (facts, is_cpython ? "full_version" : "implementation_version");
  if (g_hash_table_lookup (facts, "other_machine") != NULL)
    {
      /* Another one than this, of whose kernel nothing is known. */
      env->values[MARKER_PLATFORM_MACHINE] = fact (facts, "other_machine");
      env->values[MARKER_PLATFORM_SYSTEM] = "Linux";
      return;
    }
  if (uname (&system) < 0)
    return;
  env->values[MARKER_PLATFORM_MACHINE] = g_intern_string (system.machine);
  env->values[MARKER_PLATFORM_RELEASE] = g_intern_string (system.release);
  env->values[MARKER_PLATFORM_SYSTEM] = g_intern_string (system.sysname);
  env->values[MARKER_PLATFORM_VERSION] = g_intern_string (system.version);
}
