/* SPDX-License-Identifier: BSD-2-Clause */

/* METADATA, WHEEL, the name of a wheel, and what a project requires: the
 * readers of the wheel room and those of the plugins. */

#include "fuzz.h"

#include "../../plugins/common/wheels.h"
#include "../../plugins/setuptools/requirement.h"
#include "wheel/room.h"

#include <string.h>

const guint fuzz_mutations = 4000;

static void
check_header (const char *text, const char *key)
{
  g_autofree char *value = metadata_header (text, key);

  if (value == NULL)
    return;
  MUST_OF (strchr (value, '\n') == NULL, value);
  g_autofree char *stripped = g_strstrip (g_strdup (value));
  MUST_OF (g_str_equal (value, stripped), value);
  MUST_OF (metadata_same (value, value), value);
}

static void
check_file_name (const char *line)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_autoptr (GError) error = NULL;
  gboolean ok = metadata_split (line, &name, &version, &error);

  fuzz_outcome (ok, error);
  MUST (!ok || (name[0] != '\0' && g_ascii_isdigit (version[0])));
}

/* The lines that may be versions, eight at most. */
static GPtrArray *
find_versions (char **lines)
{
  GPtrArray *versions = g_ptr_array_new ();

  for (; *lines != NULL && versions->len < 8; lines++)
    if (g_ascii_isdigit ((*lines)[0])
        && (*lines)[strspn (*lines, G_CSET_DIGITS G_CSET_a_2_z G_CSET_A_2_Z ".+_-")] == '\0')
      g_ptr_array_add (versions, *lines);
  return versions;
}

/* An order of versions has to be one, or sorting by it may do anything. */
static void
check_order (char **all_lines)
{
  g_autoptr (GPtrArray) versions = find_versions (all_lines);
  const char **lines = (const char **) versions->pdata;
  guint n = versions->len;

  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      {
        int ij = wheels_compare_versions (lines[i], lines[j]);

        MUST_OF (i != j || ij == 0, lines[i]);
        MUST_OF ((ij < 0) == (wheels_compare_versions (lines[j], lines[i]) > 0), lines[i]);
        for (guint k = 0; k < n && ij < 0; k++)
          if (wheels_compare_versions (lines[j], lines[k]) < 0)
            MUST_OF (wheels_compare_versions (lines[i], lines[k]) < 0, lines[i]);
      }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_text (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) projects = requirement_projects (text);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  check_header (text, "Name");
  check_header (text, "Version");
  gboolean ok = metadata_check_version (text, &error);
  fuzz_outcome (ok, error);
  for (guint i = 0; i < projects->len; i++)
    {
      const Requirement *requirement = projects->pdata[i];

      requirement_is_met (requirement->specifiers, "4.0.post1");
    }
  for (guint i = 0; lines[i] != NULL && i < 16; i++)
    check_file_name (lines[i]);
  check_order (lines);
  return 0;
}
