/* SPDX-License-Identifier: BSD-2-Clause */

/* Files outside the environment that a stage is about to change: kept in the
 * snapshot as outside/N, their names in outside/N.path.  The directories of such
 * a name are no links: one that has become one since is not followed, neither to
 * save a file nor to put it back. */

#include "undo/undo.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OUTSIDE "outside"

/* Reads which file the entry N.path is about, "" when it is none.  FALSE, with
 * errno set, when that can't be read. */
static gboolean
read_name (int outside, const char *entry, char *path, gsize size)
{
  ssize_t n = 0;
  int fd;

  path[0] = '\0';
  if (!g_str_has_suffix (entry, ".path"))
    return TRUE;
  fd = openat (outside, entry, O_RDONLY | O_CLOEXEC);
  while (fd >= 0 && (n = read (fd, path, size - 1)) < 0 && errno == EINTR)
    ;
  if (fd >= 0)
    close (fd);
  path[MAX (n, 0)] = '\0';
  return fd >= 0 && n >= 0;
}

typedef struct
{
  const char *path;
  gboolean is_saved;
} Search;

/* Looks for a path among those that were saved. */
static gboolean
compare (int outside, const char *entry, gpointer data, GError **error)
{
  Search *search = data;
  char saved[PATH_MAX];

  if (!read_name (outside, entry, saved, sizeof saved))
    return FALSE;
  search->is_saved = search->is_saved || g_str_equal (saved, search->path);
  return TRUE;
}

/* Writes the name of the file that N was saved from. */
static gboolean
write_name (int outside, const char *named, const char *path)
{
  int fd = openat (outside, named, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  gboolean ok = fd >= 0 && fs_write_all (fd, path, strlen (path));

  if (fd >= 0)
    ok = close (fd) == 0 && ok;
  if (!ok)
    {
      int failure = errno;
      unlinkat (outside, named, 0);
      errno = failure;
    }
  return ok;
}

/* Copies the file to outside/N, if it exists.  Without its directory it does
 * not. */
static gboolean
copy_file (int outside, const char *number, const char *path)
{
  const char *name = strrchr (path, '/') + 1;
  int dir = regular_open_dir (path);
  int exists = dir < 0 ? (errno == ENOENT ? 0 : -1) : fs_exists_at (dir, name);
  gboolean ok = exists == 0 || (exists > 0 && fs_copy_exactly (dir, name, outside, number));

  fs_close (dir);
  return ok;
}

/* Saves path as outside/N, if it exists, and then its name as outside/N.path. */
static gboolean
save_outside (int outside, const char *path)
{
  g_autofree char *number = NULL;
  g_autofree char *named = NULL;
  guint n = 0;
  int exists;

  do
    {
      g_free (number);
      g_free (named);
      number = g_strdup_printf ("%u", n++);
      named = g_strconcat (number, ".path", NULL);
    }
  while ((exists = fs_exists_at (outside, named)) == 1);
  if (exists < 0)
    return FALSE;
  unlinkat (outside, number, 0);
  return copy_file (outside, number, path) && write_name (outside, named, path);
}

/* Opens the directory for files elsewhere; -1 on failure. */
static int
open_outside (int env_fd)
{
  int snapshot = stamp_open (env_fd);
  int fd = -1;

  if (snapshot >= 0 && (mkdirat (snapshot, OUTSIDE, 0700) == 0 || errno == EEXIST))
    fd = openat (snapshot, OUTSIDE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (snapshot >= 0)
    close (snapshot);
  return fd;
}

/* The path without links, as far as it exists. */
static char *
resolve (const char *path)
{
  char *real = realpath (path, NULL);

  if (real != NULL || g_str_equal (path, "/"))
    return real != NULL ? real : g_strdup (path);
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *dir = resolve (above);
  return g_build_filename (dir, name, NULL);
}

/* Saves a file outside the environment, once.  Of a link both it and the file
 * it leads to are saved: who changes it may replace it, or write through it. */
gboolean
elsewhere_save (int env_fd, const char *given, GError **error)
{
  g_autofree char *name = g_path_get_basename (given);
  g_autofree char *above = g_path_get_dirname (given);
  g_autofree char *dir = resolve (above);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autofree char *target =
      g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL) : NULL;
  Search search = { path, FALSE };
  gboolean ok;
  int fd;

  if (target != NULL && !elsewhere_save (env_fd, target, error))
    return FALSE;
  fd = open_outside (env_fd);
  ok = fd >= 0 && dir_each (fd, ".", compare, &search, NULL)
       && (search.is_saved || save_outside (fd, path));
  if (!ok)
    fs_fail (error, "remember", path);
  if (fd >= 0)
    close (fd);
  return ok;
}

/* Tells whether a process is no more, or waits to be buried: in a container,
 * there may be nobody who does that. */
static gboolean
is_dead (pid_t pid)
{
  g_autofree char *program = g_strdup_printf ("/proc/%d/exe", (int) pid);
  char target[1];

  return (kill (pid, 0) < 0 && errno == ESRCH)
         || (readlink (program, target, sizeof target) < 0 && errno == ENOENT
             && access ("/proc/self/exe", F_OK) == 0);
}

/* Removes what fs_write() has left aside that a killed run was writing; prefix
 * is what such names begin with.  Other runs may be writing the same file. */
static gboolean
remove_aside (int dir, const char *entry, gpointer prefix, GError **error)
{
  int pid, end = 0;

  if (g_str_has_prefix (entry, prefix)
      && sscanf (entry + strlen (prefix), "%d-%*u%n", &pid, &end) == 1 && end > 0
      && entry[strlen (prefix) + end] == '\0' && (pid == getpid () || is_dead (pid)))
    unlinkat (dir, entry, 0);
  return TRUE;
}

static void
remove_half_written (int dir, const char *name)
{
  g_autofree char *prefix = g_strconcat (name, ".venvb-", NULL);

  if (!dir_each (dir, ".", remove_aside, prefix, NULL))
    g_debug ("cannot look for what is half written beside '%s'", name);
}

/* Puts back what is saved, or removes what is not: in the open directory, what
 * has this name. */
static gboolean
restore_at (int dir, const char *name, int outside, const char *number, gboolean is_saved)
{
  g_autofree char *temp = g_strconcat (name, SNAPSHOT_DIR, NULL);

  if (!is_saved)
    return unlinkat (dir, name, 0) == 0 || errno == ENOENT;
  unlinkat (dir, temp, 0);
  return fs_copy_exactly (outside, number, dir, temp) && renameat (dir, temp, dir, name) == 0;
}

/* Puts one file outside the environment back, or removes it again.  Where its
 * directory is no more, there is nothing to be removed. */
static gboolean
restore_outside (int outside, const char *entry, gpointer data, GError **error)
{
  char path[PATH_MAX];
  int is_changed, is_saved, dir;
  gboolean ok;

  if (!read_name (outside, entry, path, sizeof path))
    return FALSE;
  if (path[0] != '/')
    return TRUE;
  g_autofree char *number = g_strndup (entry, strlen (entry) - strlen (".path"));
  const char *name = strrchr (path, '/') + 1;
  is_saved = fs_exists_at (outside, number);
  dir = regular_open_dir (path);
  if (is_saved < 0 || dir < 0)
    {
      ok = is_saved == 0 && (errno == ENOENT || errno == ENOTDIR);
      fs_close (dir);
      return ok;
    }
  remove_half_written (dir, name);
  is_changed = fs_changed_after (dir, name, *(time_t *) data);
  ok = is_changed != 0 ? is_changed > 0 : restore_at (dir, name, outside, number, is_saved);
  close (dir);
  return ok;
}

/* Puts all of them back from an open snapshot, but those that somebody has
 * changed since the given time. */
gboolean
elsewhere_restore (int snapshot, time_t somebodys_after)
{
  return dir_each (snapshot, OUTSIDE, restore_outside, &somebodys_after, NULL);
}
