/* SPDX-License-Identifier: BSD-2-Clause */

/* Files outside the environment that a stage is about to change: kept in the
 * snapshot as outside/N, their names in outside/N.path. */

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTSIDE "outside"

/* Reads which file the entry N.path is about; FALSE when it is none. */
static gboolean
read_name (int outside, const char *entry, char *path, gsize size)
{
  int fd = g_str_has_suffix (entry, ".path") ? openat (outside, entry, O_RDONLY | O_CLOEXEC) : -1;
  ssize_t n = fd < 0 ? -1 : read (fd, path, size - 1);

  if (fd >= 0)
    close (fd);
  path[MAX (n, 0)] = '\0';
  return n > 0;
}

/* Looks for path; FALSE ends the search. */
static gboolean
is_other (int outside, const char *entry, gpointer path, GError **error)
{
  char saved[PATH_MAX];

  return !read_name (outside, entry, saved, sizeof saved) || !g_str_equal (saved, path);
}

/* Saves path as outside/N, if it exists, and then its name as outside/N.path. */
static gboolean
save_outside (int outside, const char *path)
{
  g_autofree char *number = NULL;
  g_autofree char *named = NULL;
  guint n = 0;
  int fd;

  do
    {
      g_free (number);
      g_free (named);
      number = g_strdup_printf ("%u", n++);
      named = g_strconcat (number, ".path", NULL);
    }
  while (fs_exists_at (outside, named));
  unlinkat (outside, number, 0);
  if (fs_exists_at (AT_FDCWD, path) && !fs_copy_exactly (AT_FDCWD, path, outside, number))
    return FALSE;
  fd = openat (outside, named, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  return fd >= 0 && write (fd, path, strlen (path)) == (ssize_t) strlen (path) && close (fd) == 0;
}

/* Opens the directory for files elsewhere; -1 on failure. */
static int
open_outside (int env_fd)
{
  int snapshot = snapshot_open (env_fd);
  int fd = -1;

  if (snapshot >= 0 && (mkdirat (snapshot, OUTSIDE, 0700) == 0 || errno == EEXIST))
    fd = openat (snapshot, OUTSIDE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (snapshot >= 0)
    close (snapshot);
  return fd;
}

/* Saves a file outside the environment, once.  Of a link both it and the file
 * it leads to are saved: who changes it may replace it, or write through it. */
gboolean
elsewhere_save (int env_fd, const char *path, GError **error)
{
  g_autofree char *target =
      g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL) : NULL;
  gboolean ok;
  int fd;

  if (target != NULL && !elsewhere_save (env_fd, target, error))
    return FALSE;
  fd = open_outside (env_fd);
  ok = fd >= 0 && (!fs_each (fd, ".", is_other, (gpointer) path, NULL) || save_outside (fd, path));
  if (!ok)
    fs_fail (error, "remember", path);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Puts one file outside the environment back, or removes it again. */
static gboolean
restore_outside (int outside, const char *entry, gpointer data, GError **error)
{
  char path[PATH_MAX];

  if (!read_name (outside, entry, path, sizeof path))
    return TRUE;
  if (fs_changed_after (AT_FDCWD, path, *(time_t *) data))
    return TRUE;
  g_autofree char *number = g_strndup (entry, strlen (entry) - strlen (".path"));
  if (!fs_exists_at (outside, number))
    return unlink (path) == 0 || errno == ENOENT;
  g_autofree char *temp = g_strconcat (path, SNAPSHOT_DIR, NULL);
  unlink (temp);
  return fs_copy_exactly (outside, number, AT_FDCWD, temp) && rename (temp, path) == 0;
}

/* Puts all of them back from an open snapshot, but those that somebody has
 * changed since the given time. */
gboolean
elsewhere_restore (int snapshot, time_t somebodys_after)
{
  return fs_each (snapshot, OUTSIDE, restore_outside, &somebodys_after, NULL);
}
