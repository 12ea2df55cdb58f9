/* SPDX-License-Identifier: BSD-2-Clause */

/* Markers, a line each. */

#include "fuzz.h"

#include "lock/room.h"

#include <string.h>

const guint fuzz_mutations = 6000;

static const char *const extras[] = { "cli", "Web_UI", NULL };
static const char *const groups[] = { "dev", NULL };
static const MarkerEnv env = {
  { "posix", "linux", "x86_64", "CPython", "6.18.44-fc-v595", "Linux", "#1 SMP", "3.13", "3.13.0+",
    "cpython", "" },
  extras,
  groups,
};

/* What holds, holds together with itself and in parentheses. */
static void
check_marker (const char *line)
{
  static const char *const forms[] = { "(%s) and (%s)", "(%s) or %s", " ( %s )  or ( %s ) " };
  g_autoptr (GError) error = NULL;
  gboolean holds = FALSE, again = FALSE, ok = marker_holds (line, &env, TRUE, &holds, &error);

  fuzz_outcome (ok, error);
  MUST_OF (marker_check (line, TRUE, NULL) == ok, line);
  MUST_OF (ok || !marker_check (line, FALSE, NULL), line);
  if (!ok || strstr (line, "((((((((((((((((((((((((") != NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_auto (GStrv) parts = g_strsplit (forms[i], "%s", -1);
      g_autofree char *text = g_strconcat (parts[0], line, parts[1], line, parts[2], NULL);

      MUST_OF (marker_holds (text, &env, TRUE, &again, NULL), text);
      MUST_OF (again == holds, text);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 32);

  for (guint i = 0; lines[i] != NULL; i++)
    check_marker (lines[i]);
  return 0;
}
