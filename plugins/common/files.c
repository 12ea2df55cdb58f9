/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "files.h"

#include "base/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gboolean
fail (GError **error, const char *what, const char *path, int failure)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path,
               regular_reason (failure));
  return FALSE;
}

/* Tells whether path, which has no links in it, is below dir, and nothing of
 * venvb's own. */
static gboolean
lies_in (const char *path, const char *dir)
{
  gsize length = g_str_equal (dir, "/") ? 0 : strlen (dir);

  return strncmp (path, dir, length) == 0 && path[length] == '/' && !reserved_is_in (path + length);
}

/* As realpath() for what may not be there, in a directory that has to be. */
static char *
real_path (const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  char *real = realpath (path, NULL), *dir;
  char *found = g_strdup (real);
  struct stat st;

  free (real);
  if (found != NULL || errno != ENOENT || lstat (path, &st) == 0)
    return found;
  dir = realpath (above, NULL);
  if (dir != NULL)
    found = g_build_filename (dir, name, NULL);
  free (dir);
  return found;
}

char *
file_resolve (const char *tree, const char *relative, GError **error)
{
  g_autofree char *path = g_build_filename (tree, relative, NULL);
  g_autofree char *found = real_path (path);
  struct stat st;

  if (found != NULL && lies_in (found, tree))
    return g_steal_pointer (&found);
  if (found != NULL)
    g_set_error (
        error, VENVB_ERROR, VENVB_ERROR_FAILED,
        "'%s' is not used: a symbolic link leads out of '%s', to '%s'; remove the link, or "
        "leave this plugin out",
        path, tree, found);
  else if (lstat (path, &st) == 0 && S_ISLNK (st.st_mode))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is not used: it is a symbolic link that leads nowhere; remove it", path);
  else
    fail (error, "look at", path, errno);
  return NULL;
}

/* Reads what is open. */
static gboolean
read_text (File *file, GError **error)
{
  gsize length = 0;

  file->text = regular_read (&file->old, &length);
  if (file->text == NULL)
    return fail (error, "read", file->path, errno);
  if (strlen (file->text) == length)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is not a text file", file->path);
  return FALSE;
}

gboolean
file_open (File *file, const char *tree, const char *relative, GError **error)
{
  char *real = realpath (tree, NULL);
  g_autofree char *root = g_strdup (real != NULL ? real : tree);
  g_autofree char *path = g_build_filename (root, relative, NULL);

  free (real);
  file->path = file_resolve (root, relative, error);
  if (file->path == NULL)
    return FALSE;
  file->is_linked = !g_str_equal (file->path, path);
  file->dir = regular_open_dir (file->path);
  if (file->dir < 0)
    return fail (error, "open the directory of", file->path, errno);
  if (regular_open (&file->old, file->dir, strrchr (file->path, '/') + 1, FALSE))
    return read_text (file, error);
  return (errno == ENOENT && fstat (file->dir, &file->old.st) == 0)
         || fail (error, "read", file->path, errno);
}

gboolean
file_write (const File *file, const char *text, guint mode, gboolean for_owner, GError **error)
{
  const Regular *old = file->text != NULL || for_owner ? &file->old : NULL;

  return regular_replace (file->dir, strrchr (file->path, '/') + 1, text, strlen (text), mode, old)
         || fail (error, "write", file->path, errno);
}

void
file_clear (File *file)
{
  g_clear_pointer (&file->path, g_free);
  g_clear_pointer (&file->text, g_free);
  regular_close (&file->old);
  if (file->dir >= 0)
    close (file->dir);
  file->dir = -1;
}
