/* SPDX-License-Identifier: BSD-2-Clause */

/* Versions, demands and requests: a line each. */

#include "fuzz.h"

#include "pythons/pythons.h"

#include <stdio.h>
#include <string.h>

const guint fuzz_mutations = 4000;

/* A version as it is written: free with g_free(). */
static char *
write_version (const Version *version)
{
  static const char *const phases[] = { ".dev", "a", "b", "rc", "", ".post" };
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < version->n_release; i++)
    g_string_append_printf (out, "%s%u", i > 0 ? "." : "", version->release[i]);
  g_string_append (out, phases[version->phase]);
  if (version->phase != VERSION_FINAL)
    g_string_append_printf (out, "%u", version->serial);
  return g_string_free (out, FALSE);
}

static gboolean
read_whole (const char *text, Version *version)
{
  return version_read (&text, version) && *text == '\0';
}

static gboolean
meets (const Version *version, const char *op, const char *text)
{
  g_autofree char *demand = g_strconcat (op, text, NULL);
  g_autoptr (GArray) demands = version_parse_demands (demand, NULL);

  MUST_OF (demands != NULL, demand);
  return version_meets (version, demands);
}

/* What the operators say agrees with the order. */
static void
check_pair (const Version *a, const Version *b)
{
  g_autofree char *text = write_version (b);
  int order = version_compare (a, b);

  MUST_OF (order == -version_compare (b, a), text);
  MUST_OF (meets (a, "==", text) == (order == 0), text);
  MUST_OF (meets (a, "!=", text) == (order != 0), text);
  MUST_OF (meets (a, "<=", text) == (order <= 0), text);
  MUST_OF (meets (a, ">=", text) == (order >= 0), text);
  MUST_OF (meets (a, ">", text) == (order > 0), text);
  MUST_OF (!meets (a, "<", text) || order < 0, text);
}

static void
check_version (const char *line)
{
  Version version, again, seen = { .release = { 3, 11, 2 }, 3, VERSION_FINAL, 0 };

  if (!read_whole (line, &version))
    return;
  MUST_OF (version.n_release >= 1 && version.n_release <= G_N_ELEMENTS (version.release), line);
  g_autofree char *text = write_version (&version);
  MUST_OF (read_whole (text, &again), text);
  MUST_OF (version_compare (&version, &again) == 0, text);
  check_pair (&version, &again);
  check_pair (&version, &seen);
  check_pair (&seen, &version);
}

static GHashTable *
make_facts (void)
{
  static const char text[] =
      "venvb-facts=1\0full_version=3.12.1\0abiflags=\0bits=64\0implementation=cpython";

  return facts_parse (text, sizeof text);
}

static void
check_request (const char *line)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) facts = make_facts ();
  Request *request = request_parse (line, &error);
  const Version named = { .release = { 3, 12 }, 2, VERSION_FINAL, 0 };

  MUST (facts != NULL);
  fuzz_outcome (request != NULL, error);
  if (request == NULL)
    {
      MUST_OF (error->code == VENVB_ERROR_USAGE, line);
      return;
    }
  MUST_OF (g_str_equal (request->text, line), line);
  MUST_OF ((request->kind == REQUEST_PATH) == (strchr (line, '/') != NULL), line);
  if (request->kind == REQUEST_VERSION && request_matches (request, facts, TRUE))
    MUST_OF (!request_rules_out (request, &named), line);
  request_free (request);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL && i < 32; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) demands = version_parse_demands (lines[i], &error);

      fuzz_outcome (demands != NULL, error);
      check_version (lines[i]);
      check_request (lines[i]);
    }
  return 0;
}
