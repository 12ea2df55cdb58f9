/* SPDX-License-Identifier: BSD-2-Clause */

/* Links and copies put in their place in one step, of which the undoing is told. */

#include "base/put.h"

#include "base/beneath.h"
#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* symlink(), of which the undoing is told.  Where that fails, tells whether it may be
 * since there are no links here; which is not what it means that nothing can be undone. */
gboolean
put_new_link (const char *target, const char *path, gboolean *no_links)
{
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  *no_links = FALSE;
  if (!beneath_at (&at, path))
    return errno == ENOENT && changes_spare (path, CHANGE_REPLACE);
  errno = EEXIST;
  if (changes_are_watched () && !changes_are_fresh ()
      && fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return FALSE;
  if (changes_spare (path, CHANGE_REPLACE))
    return TRUE;
  if (!changes_expect (path, CHANGE_REPLACE))
    return FALSE;
  if (symlinkat (target, at.fd, at.name) < 0)
    {
      *no_links = fs_has_no_links (errno);
      return FALSE;
    }
  changes_done (path);
  return TRUE;
}

/* Tells whether it is a link with exactly this target. */
static gboolean
is_link_to (const Beneath *at, const char *target)
{
  char found[4096];
  ssize_t n = readlinkat (at->fd, at->name, found, sizeof found - 1);

  if (n < 0)
    return FALSE;
  found[n] = '\0';
  return g_str_equal (found, target);
}

/* The name of what is then renamed into its place, in the same directory. */
static char *
temp_name (const Beneath *at)
{
  return g_strdup_printf ("%s.venvb-%d-0", at->name, (int) getpid ());
}

/* Makes path a link, replacing what is there in one step; no_links as above. */
gboolean
put_link (const char *target, const char *path, gboolean *no_links)
{
  g_auto (Beneath) at = BENEATH_NONE;
  g_autofree char *temp = NULL;
  int failure;

  if (put_new_link (target, path, no_links))
    return TRUE;
  if (errno != EEXIST || !beneath_at (&at, path))
    return FALSE;
  if (is_link_to (&at, target) || changes_spare (path, CHANGE_REPLACE))
    return TRUE;
  if (!changes_expect (path, CHANGE_REPLACE))
    return FALSE;
  temp = temp_name (&at);
  unlinkat (at.fd, temp, 0);
  if (symlinkat (target, at.fd, temp) == 0 && regular_rename (at.fd, temp, at.name))
    {
      changes_done (path);
      return TRUE;
    }
  failure = errno;
  *no_links = fs_has_no_links (failure);
  unlinkat (at.fd, temp, 0);
  errno = failure;
  return FALSE;
}

/* Tells whether it is what put_copy() would make of source. */
static gboolean
is_copy_of (const Beneath *at, const char *source, mode_t mode)
{
  struct stat st, from;

  return fstatat (at->fd, at->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && stat (source, &from) == 0
         && S_ISREG (st.st_mode) && (st.st_mode & 07777) == mode && st.st_size == from.st_size
         && st.st_mtim.tv_sec == from.st_mtim.tv_sec && st.st_mtim.tv_nsec == from.st_mtim.tv_nsec;
}

/* Makes path a copy of this mode, replacing what is there in one step. */
gboolean
put_copy (const char *source, const char *path, mode_t mode, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;
  g_autofree char *temp = NULL;

  if (!beneath_at (&at, path))
    return (errno == ENOENT && changes_spare (path, CHANGE_REPLACE))
           || beneath_fail (error, "create", path);
  if (changes_are_watched () && !changes_are_fresh () && is_copy_of (&at, source, mode))
    return TRUE;
  if (changes_spare (path, CHANGE_REPLACE))
    return TRUE;
  if (!changes_expect (path, CHANGE_REPLACE))
    return beneath_fail (error, "create", path);
  temp = temp_name (&at);
  unlinkat (at.fd, temp, 0);
  if (!copy_regular (AT_FDCWD, source, at.fd, temp, error))
    {
      unlinkat (at.fd, temp, 0);
      return FALSE;
    }
  if ((fs_chmod_at (at.fd, temp, mode) || regular_has_no_modes (errno))
      && regular_rename (at.fd, temp, at.name))
    {
      changes_done (path);
      return TRUE;
    }
  fs_fail (error, "create", path);
  unlinkat (at.fd, temp, 0);
  return FALSE;
}
