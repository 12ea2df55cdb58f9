/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions of distributions and specifiers, a line each: what the operators say
 * agrees with the order, and that is one. */

#include "fuzz.h"

#include "lock/room.h"

#include <string.h>

const guint fuzz_mutations = 4000;

static gboolean
has (const char *op, const char *limit, const char *version)
{
  g_autofree char *text = g_strconcat (op, limit, NULL);
  g_autoptr (ReleaseSpec) spec = release_spec_parse (text);

  MUST_OF (spec != NULL, text);
  return release_spec_has (spec, version);
}

static void
check_pair (const char *a, const char *b)
{
  g_autoptr (Release) one = release_parse (a);
  g_autoptr (Release) other = release_parse (b);
  int order = release_compare (one, other);

  MUST_OF ((order < 0) == (release_compare (other, one) > 0), a);
  MUST_OF (release_same (a, b) == (order == 0), a);
  if (strchr (a, '+') != NULL || strchr (b, '+') != NULL)
    return;
  MUST_OF (has ("==", b, a) == (order == 0), a);
  MUST_OF (has ("!=", b, a) == (order != 0), a);
  MUST_OF (has ("<=", b, a) == (order <= 0), a);
  MUST_OF (has (">=", b, a) == (order >= 0), a);
  MUST_OF (!has (">", b, a) || order > 0, a);
  MUST_OF (!has ("<", b, a) || order < 0, a);
}

static void
check_order (char **versions, guint n)
{
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      {
        check_pair (versions[i], versions[j]);
        for (guint k = 0; k < n; k++)
          {
            g_autoptr (Release) a = release_parse (versions[i]);
            g_autoptr (Release) b = release_parse (versions[j]);
            g_autoptr (Release) c = release_parse (versions[k]);

            if (release_compare (a, b) <= 0 && release_compare (b, c) <= 0)
              MUST_OF (release_compare (a, c) <= 0, versions[i]);
          }
      }
}

/* A list of specifiers wants what each of it wants. */
static void
check_specifiers (const char *line, char **versions, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean met, twice = FALSE;
      g_autofree char *both = g_strconcat (line, ",", line, NULL);
      gboolean ok = release_meets (line, versions[i], &met, &error);

      fuzz_outcome (ok, error);
      MUST_OF (!ok || (release_meets (both, versions[i], &twice, NULL) && met == twice), line);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", 32);
  g_autoptr (GPtrArray) versions = g_ptr_array_new ();

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (Release) version = release_parse (lines[i]);

      MUST_OF ((version != NULL) == release_same (lines[i], lines[i]), lines[i]);
      if (version != NULL && versions->len < 6)
        g_ptr_array_add (versions, lines[i]);
    }
  check_order ((char **) versions->pdata, versions->len);
  for (guint i = 0; lines[i] != NULL; i++)
    check_specifiers (lines[i], (char **) versions->pdata, versions->len);
  return 0;
}
