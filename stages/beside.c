/* SPDX-License-Identifier: BSD-2-Clause */

/* What a copy of an interpreter needs beside it.  PyPy that can be put anywhere
 * finds its main library in the directory of the program, and others in lib
 * beside that one. */

#include "stages/stages.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* Copies a file, or a directory with all that is in it, following links. */
static gboolean
copy_tree (const char *from, const char *to, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;
  struct stat st;

  if (stat (from, &st) < 0)
    return fs_fail (error, "copy", from);
  if (!S_ISDIR (st.st_mode))
    return fs_copy (AT_FDCWD, from, AT_FDCWD, to, error);
  dir = g_dir_open (from, 0, error);
  if (dir == NULL || !fs_mkdir (to, error))
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *copy = g_build_filename (to, name, NULL);

      if (!copy_tree (source, copy, error))
        return FALSE;
    }
  return chmod (to, st.st_mode & 07777) == 0 || fs_fail (error, "create directory", to);
}

/* Copies FROM/NAME to the directory TO, where it gets these permissions if it
 * is a file.  What is there already stays. */
static gboolean
copy_one (const char *from, const char *to, const char *name, mode_t mode, GError **error)
{
  g_autofree char *source = g_build_filename (from, name, NULL);
  g_autofree char *copy = g_build_filename (to, name, NULL);

  if (g_file_test (copy, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!copy_tree (source, copy, error))
    return FALSE;
  return g_file_test (copy, G_FILE_TEST_IS_DIR) || chmod (copy, mode) == 0
         || fs_fail (error, "create", copy);
}

/* Copies what is in the base's lib but the standard library, which is found by
 * way of pyvenv.cfg. */
static gboolean
copy_lib (VenvbContext *ctx, GError **error)
{
  g_autofree char *from =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR), "..", "lib", NULL);
  g_autofree char *to = g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "lib", NULL);
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (!copy_one (from, to, name, 0666 & ~fs_umask (), error))
      return FALSE;
  return TRUE;
}

/* Links to what copy_lib() copies, in an environment of this base in the
 * directory dir: it has not more of the standard library than any other. */
gboolean
beside_link (VenvbContext *ctx, const char *dir, GError **error)
{
  g_autofree char *from =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR), "..", "lib", NULL);
  g_autofree char *purelib = g_build_filename (dir, venvb_context_get_fact (ctx, "purelib"), NULL);
  g_autoptr (GDir) files = g_dir_open (from, 0, NULL);
  const char *name;

  if (!fs_mkdir_parents (purelib, error))
    return FALSE;
  while (files != NULL && (name = g_dir_read_name (files)) != NULL)
    {
      g_autofree char *target = g_build_filename (from, name, NULL);
      g_autofree char *path = g_build_filename (dir, "lib", name, NULL);

      if (symlink (target, path) < 0 && errno != EEXIST)
        return fs_fail (error, "create link", path);
    }
  return TRUE;
}

/* Copies what the base Python needs beside it; what is known of most is that
 * this is nothing. */
gboolean
beside_copy (VenvbContext *ctx, GError **error)
{
  const char *library = venvb_context_get_fact (ctx, "library");

  if (library == NULL || library[0] == '\0')
    return TRUE;
  return copy_one (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR),
                   venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), library, 0755, error)
         && copy_lib (ctx, error);
}
