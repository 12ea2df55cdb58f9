/* SPDX-License-Identifier: BSD-2-Clause */

/* What a copy of an interpreter needs beside it.  PyPy that can be put anywhere
 * finds its main library in the directory of the program, and others in lib
 * beside that one. */

#include "stages/stages.h"

#include "base/beneath.h"
#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Sets the mode of what was copied. */
static gboolean
set_mode (const char *path, mode_t mode)
{
  g_auto (Beneath) at = BENEATH_NONE;

  return beneath_at (&at, path)
         && (fs_chmod_at (at.fd, at.name, mode) || regular_has_no_modes (errno));
}

static gboolean
copy_file (const char *from, const char *to, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;

  return beneath_at (&at, to) ? copy_regular (AT_FDCWD, from, at.fd, at.name, error)
                              : beneath_fail (error, "create", to);
}

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
    return copy_file (from, to, error);
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
  return set_mode (to, st.st_mode & 07777) || beneath_fail (error, "create directory", to);
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
  return g_file_test (copy, G_FILE_TEST_IS_DIR) || set_mode (copy, mode)
         || beneath_fail (error, "create", copy);
}

/* The entries of the base's lib that a copy may need: newer PyPys have a list of
 * them, and older ones take all.  NULL on failure. */
static GStrv
list_lib (const char *lib, GError **error)
{
  g_autofree char *path = g_build_filename (lib, "PYPY_PORTABLE_DEPS.txt", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) failure = NULL;
  g_autoptr (GPtrArray) names = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (g_file_get_contents (path, &text, NULL, &failure))
    return g_strsplit_set (text, "\r\n", -1);
  if (!g_error_matches (failure, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return NULL;
    }
  names = g_ptr_array_new ();
  dir = g_dir_open (lib, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_add (names, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

/* Tells whether it is the name of something in the directory, and leads nowhere
 * else. */
static gboolean
is_entry (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return name[0] != '\0' && !g_str_equal (name, ".") && !g_str_equal (name, "..")
         && strchr (name, '/') == NULL && g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Copies what is needed of the base's lib, but not the standard library: that is
 * found by way of pyvenv.cfg, and its place is taken. */
static gboolean
copy_lib (VenvbContext *ctx, GError **error)
{
  g_autofree char *from =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR), "..", "lib", NULL);
  g_autofree char *to = g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "lib", NULL);
  g_auto (GStrv) names = list_lib (from, error);

  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    if (is_entry (from, names[i]) && !copy_one (from, to, names[i], 0666 & ~fs_umask (), error))
      return FALSE;
  return names != NULL;
}

/* Links an entry; copies it where there are no links. */
static gboolean
link_one (const char *target, const char *path, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;

  if (beneath_at (&at, path) && (symlinkat (target, at.fd, at.name) == 0 || errno == EEXIST))
    return TRUE;
  if (!fs_has_no_links (errno))
    return beneath_fail (error, "create link", path);
  return g_file_test (path, G_FILE_TEST_EXISTS) || copy_tree (target, path, error);
}

/* Links to what copy_lib() copies, in an environment of this base in the
 * directory dir: it has not more of the standard library than any other. */
gboolean
beside_link (VenvbContext *ctx, const char *dir, GError **error)
{
  g_autofree char *from =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR), "..", "lib", NULL);
  g_autofree char *purelib = g_build_filename (dir, venvb_context_get_fact (ctx, "purelib"), NULL);
  g_auto (GStrv) names = list_lib (from, error);

  if (names == NULL || !fs_mkdir_parents (purelib, error))
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *target = g_build_filename (from, names[i], NULL);
      g_autofree char *path = g_build_filename (dir, "lib", names[i], NULL);

      if (is_entry (from, names[i]) && !link_one (target, path, error))
        return FALSE;
    }
  return TRUE;
}

/* Copies what the base Python needs beside it, unless it is linked; what is known of most
 * is that this is nothing. */
gboolean
beside_copy (VenvbContext *ctx, GError **error)
{
  const char *library = venvb_context_get_fact (ctx, "library");

  if (library == NULL || library[0] == '\0'
      || g_file_test (venvb_context_get (ctx, VENVB_ATTR_ENV_EXE), G_FILE_TEST_IS_SYMLINK))
    return TRUE;
  return copy_one (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR),
                   venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), library, 0755, error)
         && copy_lib (ctx, error);
}
