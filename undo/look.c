/* SPDX-License-Identifier: BSD-2-Clause */

/* What a run would find: nothing is made, locked or taken back. */

#include "undo/room.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

/* Fails where the directory could not be made: something else is in the way, or nothing may
 * be made where it would be. */
static gboolean
check_above (const char *env_dir, GError **error)
{
  g_autofree char *at = g_path_get_dirname (env_dir);

  while (access (at, F_OK) < 0 && errno == ENOENT && !g_str_equal (at, "/"))
    {
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
  if (!g_file_test (at, G_FILE_TEST_IS_DIR))
    errno = ENOTDIR;
  else if (access (at, W_OK | X_OK) == 0)
    return TRUE;
  return fs_fail (error, "create directory", env_dir);
}

/* Tells whether a run that was killed has left something that the next one takes back. */
static gboolean
is_torn (const char *env_dir)
{
  g_autoptr (GDir) dir = g_dir_open (env_dir, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, UNDO_DIR))
      return TRUE;
  return FALSE;
}

/* Looks at the environment's directory as undo_begin() would, and fails where that would.
 * *fd is a descriptor of it, to be closed, or -1 where there is none yet. */
gboolean
undo_look (const UndoJob *job, UndoFound *found, int *fd, GError **error)
{
  struct stat st;

  *found = (UndoFound){ .is_empty = TRUE };
  *fd = -1;
  if (job->clear && !envdir_check_clear (job->env_dir, job->force, error))
    return FALSE;
  if (g_file_test (job->env_dir, G_FILE_TEST_IS_SYMLINK)
      && !trust_check_links (job->env_dir, error))
    {
      g_prefix_error (error, "the symbolic link '%s' is not followed: ", job->env_dir);
      return FALSE;
    }
  *fd = envdir_open (job->env_dir);
  if (*fd < 0 && lstat (job->env_dir, &st) < 0)
    return check_above (job->env_dir, error);
  if (*fd < 0 && !S_ISDIR (st.st_mode))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "cannot create directory '%s': %s is in the way", job->env_dir,
                   S_ISLNK (st.st_mode) ? "a symbolic link" : "a file");
      return FALSE;
    }
  if (*fd < 0)
    return fs_fail (error, "open directory", job->env_dir);
  found->is_there = TRUE;
  found->is_empty = dir_is_empty (*fd);
  found->is_torn = is_torn (job->env_dir);
  if (access (job->env_dir, W_OK | X_OK) < 0)
    return fs_fail (error, "write to directory", job->env_dir);
  return found->is_empty || prefix_check (job, *fd, error);
}
