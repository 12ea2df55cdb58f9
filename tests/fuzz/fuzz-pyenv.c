/* SPDX-License-Identifier: BSD-2-Clause */

/* The plugin pyenv: whatever a project's .python-version says, what comes of
 * it is a Python that pyenv has installed. */

#include "fuzz.h"

#include "pythons/installs.h"
#include "../../plugins/pyenv/versions.h"

#include <string.h>

const guint fuzz_mutations = 800;

/* pyenv's root, and Pythons beside it. */
static void
install (void)
{
  static const char *const places[] = {
    "root/versions/3.12.1/bin/python3",
    "root/versions/3.11.9/bin/python3",
    "root/versions/3.13.0t/bin/python3",
    "root/versions/3.12.1/envs/work/bin/python3",
    "root/versions/python3",
    "root/versions-not/3.12.1/bin/python3",
    "root/bin/python3",
    "work/bin/python3",
  };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    MUST (fuzz_write (places[i], "x", 1, 0755));
}

static void
check_name (const char *root, const char *name)
{
  g_autofree char *version = versions_resolve (root, name);
  g_autofree char *python = version == NULL ? NULL : versions_python (root, version);
  g_autofree char *path = python == NULL ? NULL : g_canonicalize_filename (python, "/");
  g_autofree char *versions = g_strconcat (root, "/versions/", NULL);

  MUST_OF (path == NULL || g_str_has_prefix (path, versions), name);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *root = g_build_filename (fuzz_scratch (), "root", NULL);
  g_autofree char *text = fuzz_text (data, size);
  g_auto (GStrv) names = installs_parse (text);

  install ();
  for (guint i = 0; names[i] != NULL && i < 16; i++)
    check_name (root, names[i]);
  fuzz_clean ();
  return 0;
}
