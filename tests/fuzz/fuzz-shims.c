/* SPDX-License-Identifier: BSD-2-Clause */

/* The shims of pyenv, asdf and mise.  Whatever a project's files say, what a
 * shim stands for is an interpreter that its tool has installed.  Parts: the
 * shim root/shims/python, installations below root, and files of the project
 * below work. */

#include "fuzz.h"

#include "pythons/pythons.h"

#include <string.h>
#include <unistd.h>

const guint fuzz_mutations = 800;

/* An interpreter that no tool has installed. */
static void
plant_strangers (void)
{
  static const char *const places[] = { "python", "bin/python", "work/bin/python",
                                        "work/evil/bin/python", "root/bin/python" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    fuzz_write (places[i], "#!", 2, 0755);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GPtrArray) parts = fuzz_parts (data, size);
  g_autofree char *shim = g_build_filename (fuzz_scratch (), "root", "shims", "python", NULL);
  g_autofree char *root = g_build_filename (fuzz_scratch (), "root", NULL);
  g_autofree char *shims = g_build_filename (root, "shims", NULL);
  g_autofree char *work = g_build_filename (fuzz_scratch (), "work", NULL);
  g_autofree char *resolved = NULL;

  plant_strangers ();
  fuzz_write ("root/versions/3.12.1/bin/python", "x", 1, 0755);
  fuzz_write ("root/versions/3.11.9/bin/python", "x", 1, 0755);
  fuzz_write ("root/installs/python/3.12.1/bin/python", "x", 1, 0755);
  fuzz_write_parts (parts, "", 8);
  MUST (g_mkdir_with_parents (work, 0777) == 0 && chdir (work) == 0);
  /* Where there is no script, it is mise's: a link. */
  G_GNUC_UNUSED gboolean is_link =
      g_mkdir_with_parents (shims, 0777) == 0 && symlink ("../mise", shim) == 0;
  shims_is_one (shim);
  resolved = shims_resolve (shim);
  MUST (resolved == NULL || shims_is_known (shim));
  if (resolved != NULL)
    {
      g_autofree char *path = g_canonicalize_filename (resolved, "/");
      g_autofree char *versions = g_strconcat (root, "/versions/", NULL);
      g_autofree char *installs = g_strconcat (root, "/installs/python/", NULL);

      MUST_OF (g_str_has_prefix (path, versions) || g_str_has_prefix (path, installs), resolved);
    }
  MUST (chdir (fuzz_scratch ()) == 0);
  fuzz_clean ();
  return 0;
}
