/* SPDX-License-Identifier: BSD-2-Clause */

/* What an interpreter tells of itself, and what the cache has of it. */

#include "fuzz.h"

#include "pythons/pythons.h"

#include <string.h>

const guint fuzz_mutations = 8000;

#define STAMP "stamp 1:2"

static void
check_same (GHashTable *facts, GHashTable *again)
{
  GHashTableIter iter;
  gpointer key, value;

  MUST (g_hash_table_size (facts) == g_hash_table_size (again));
  g_hash_table_iter_init (&iter, facts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    MUST_OF (g_strcmp0 (g_hash_table_lookup (again, key), value) == 0, key);
}

/* A record of the facts holds as long as nothing changes, whole and under its
 * stamp alone. */
static void
check_record (GHashTable *facts, const GString *text)
{
  gsize length;
  g_autofree char *record = pythons_record (STAMP, facts, text, &length);

  MUST ((record != NULL)
        == (g_hash_table_contains (facts, "executable")
            && g_hash_table_contains (facts, "real_executable")
            && g_hash_table_contains (facts, "libpython")
            && g_hash_table_contains (facts, "os_file")));
  if (record == NULL)
    return;
  g_autoptr (GHashTable) again = pythons_parse_record (record, length, STAMP);
  g_autoptr (GHashTable) other = pythons_parse_record (record, length, STAMP "0");
  g_autofree char *cut = g_memdup2 (record, length);

  MUST (again != NULL && other == NULL);
  check_same (facts, again);
  cut[length - 1] = 'x';
  g_autofree char *ended = g_strndup (cut, length);
  g_autoptr (GHashTable) none = pythons_parse_record (ended, length, STAMP);
  MUST (none == NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static const char *const requests[] = { "3.11", ">=3.8", "pypy3.9", "cpython@3.12t-64",
                                          "python" };
  g_autoptr (GString) text = g_string_new_len ((const char *) data, size);
  g_autoptr (GHashTable) facts = facts_parse (text->str, text->len);
  GHashTable *cached = pythons_parse_record (text->str, text->len, STAMP);
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&cached, g_hash_table_unref);
  if (facts == NULL)
    return 0;
  gboolean ok = facts_check (facts, "/x/python", &error);
  fuzz_outcome (ok, error);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      Request *request = request_parse (requests[i], NULL);

      request_matches (request, facts, i % 2 == 0);
      request_free (request);
    }
  g_autoptr (GString) anew = facts_unparse (facts);
  g_autoptr (GHashTable) again = facts_parse (anew->str, anew->len);
  MUST (again != NULL);
  check_same (facts, again);
  check_record (facts, text);
  return 0;
}
