/* SPDX-License-Identifier: BSD-2-Clause */

/* Files and directories: what more than one room needs. */

#include "base/base.h"

#include "base/beneath.h"
#include "base/regular.h"
#include "base/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Sets error from errno: "cannot WHAT 'PATH': reason".  Returns FALSE. */
gboolean
fs_fail (GError **error, const char *what, const char *path)
{
  int saved = errno;

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path,
               g_strerror (saved));
  return FALSE;
}

/* What mkdir() failed on may be the directory itself, which is fine.  A link
 * or a file in its place is refused, as venv does. */
static gboolean
found_directory (const char *path, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  if (errno != EEXIST || !beneath_at (&at, path)
      || fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return beneath_fail (error, "create directory", path);
  if (S_ISDIR (st.st_mode))
    return TRUE;
  errno = S_ISLNK (st.st_mode) ? ELOOP : ENOTDIR;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "cannot create directory '%s': %s is in the way", path,
               S_ISLNK (st.st_mode) ? "a symbolic link" : "a file");
  return FALSE;
}

/* mkdir(), of which who watches is told before, unless it is there. */
static gboolean
make_directory (const char *path)
{
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  if (!beneath_at (&at, path))
    return errno == ENOENT && changes_spare (path, CHANGE_MKDIR);
  if (changes_are_dry ())
    {
      errno = EEXIST;
      return (changes_are_fresh () || fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
             && changes_spare (path, CHANGE_MKDIR);
    }
  if (changes_are_watched () && fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) < 0
      && errno == ENOENT && !changes_expect (path, CHANGE_MKDIR))
    return FALSE;
  if (mkdirat (at.fd, at.name, 0777) < 0)
    return FALSE;
  changes_done (path);
  return TRUE;
}

/* Makes one directory, or finds it there. */
gboolean
fs_mkdir (const char *path, GError **error)
{
  return make_directory (path) || found_directory (path, error);
}

/* Like fs_mkdir(), making missing parents, too.  Another run that fails may
 * remove a parent again, hence the attempts. */
gboolean
fs_mkdir_parents (const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname (path);

  for (guint attempt = 0; !make_directory (path); attempt++)
    if (errno != ENOENT || attempt == 100)
      return found_directory (path, error);
    else if (!fs_mkdir_parents (parent, error))
      return FALSE;
  return TRUE;
}

/* The umask, which can only be read by setting it. */
mode_t
fs_umask (void)
{
  mode_t mask = umask (022);

  umask (mask);
  return mask;
}

/* Writes all of it, however often that takes. */
gboolean
fs_write_all (int fd, const char *data, gsize length)
{
  return regular_write_all (fd, data, length);
}

/* Tells whether a file holds just that, and is not open to others where it must not be. */
static gboolean
holds (const Beneath *at, const char *contents, gsize length, mode_t mode)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;
  gsize found;

  if (!regular_open (&file, at->fd, at->name, FALSE) || (gsize) file.st.st_size != length
      || ((mode & 077) == 0 && (file.st.st_mode & 077) != 0))
    return FALSE;
  text = regular_read (&file, &found);
  return text != NULL && found == length && memcmp (text, contents, length) == 0;
}

/* Writes a file aside and renames it into place, in the same directory whatever
 * happens to the path meanwhile. */
static gboolean
write_at (const Beneath *at, const char *path, const char *contents, gsize length, mode_t mode)
{
  if (changes_spare (path, CHANGE_REPLACE))
    return TRUE;
  gboolean is_elsewhere = at->fd == AT_FDCWD;
  g_autofree char *dir = is_elsewhere ? g_path_get_dirname (path) : NULL;
  g_autofree char *name = is_elsewhere ? g_path_get_basename (path) : NULL;
  int fd = is_elsewhere ? open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC) : at->fd;
  gboolean ok =
      fd >= 0 && changes_expect (path, CHANGE_REPLACE)
      && regular_replace (fd, is_elsewhere ? name : at->name, contents, length, mode, NULL);

  if (is_elsewhere)
    fs_close (fd);
  if (ok)
    changes_done (path);
  return ok;
}

/* The same.  An existing file keeps its owner, group, access list and mode, or a
 * narrower one; a new one has mode less umask. */
gboolean
fs_write (const char *path, const char *contents, gsize length, mode_t mode, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;

  return (beneath_at (&at, path) && write_at (&at, path, contents, length, mode))
         || (errno == ENOENT && changes_spare (path, CHANGE_REPLACE))
         || beneath_fail (error, "write", path);
}

/* The same for a file in an environment that is being made: where there is
 * none yet, nobody can see half of it, and it is written at once.  In one that
 * was there before, what is right already is left alone. */
gboolean
fs_create (const char *path, const char *contents, gsize length, mode_t mode, GError **error)
{
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW;
  g_auto (Beneath) at = BENEATH_NONE;
  gboolean ok;
  int fd;

  if (!beneath_at (&at, path))
    return (errno == ENOENT && changes_spare (path, CHANGE_REPLACE))
           || beneath_fail (error, "write", path);
  if (changes_are_watched () && !changes_are_fresh () && holds (&at, contents, length, mode))
    return TRUE;
  fd = changes_are_watched () ? -1 : openat (at.fd, at.name, flags, mode);
  if (fd < 0)
    return write_at (&at, path, contents, length, mode) || beneath_fail (error, "write", path);
  ok = fs_write_all (fd, contents, length);
  if (close (fd) == 0 && ok)
    {
      changes_done (path);
      return TRUE;
    }
  fs_fail (error, "write", path);
  unlinkat (at.fd, at.name, 0);
  return FALSE;
}

/* Closes what is open, if anything is, and leaves errno as it is. */
void
fs_close (int fd)
{
  int saved = errno;

  if (fd >= 0)
    close (fd);
  errno = saved;
}

/* As flock(), which may be interrupted. */
gboolean
fs_lock (int fd, int operation)
{
  int result;

  do
    result = flock (fd, operation);
  while (result < 0 && errno == EINTR);
  return result == 0;
}

/* Tells whether a failed look at a path means that nothing is there for this
 * user, and does not leave that open: what is in a directory that may not be
 * entered is as what is not there. */
gboolean
fs_is_missing (int failure)
{
  return failure == ENOENT || failure == ENOTDIR || failure == EACCES || failure == ELOOP
         || failure == ENAMETOOLONG;
}

/* Tells whether a symbolic link that could not be made may not exist there: the
 * file system may have none. */
gboolean
fs_has_no_links (int failure)
{
  return failure == EPERM || failure == EACCES || failure == EOPNOTSUPP || failure == ENOSYS
         || failure == EINVAL;
}

/* Tells whether there is an entry of that name: 1 or 0, and -1 with errno set
 * when that can't be known, for which the same should be done as for 1 where
 * something would be removed or replaced otherwise. */
int
fs_exists_at (int fd, const char *name)
{
  struct stat st;

  if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return 1;
  return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* Tells whether an entry was changed after a time: 1 or 0, which is also that of
 * none, and -1 with errno set when that can't be known. */
int
fs_changed_after (int fd, const char *name, time_t when)
{
  struct stat st;

  if (fstatat (fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return st.st_ctim.tv_sec > when;
  return errno == ENOENT || errno == ENOTDIR ? 0 : -1;
}

/* Sets the mode of what is open, also by O_PATH. */
gboolean
fs_set_mode (int fd, mode_t mode)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);

  return chmod (path, mode) == 0;
}

/* Sets the mode of an entry that can be opened, and is no link. */
static gboolean
chmod_readable (int dir_fd, const char *name, mode_t mode)
{
  int fd = openat (dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  gboolean ok = fd >= 0 && fchmod (fd, mode) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

/* Sets the mode of an entry.  Never that of what a link leads to, as
 * fchmodat() would: it may have taken the place of what was looked at.  Where
 * /proc is not mounted, it has to be readable. */
gboolean
fs_chmod_at (int dir_fd, const char *name, mode_t mode)
{
  int fd = openat (dir_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct stat st;
  gboolean ok;

  if (fd < 0)
    return FALSE;
  ok = fstat (fd, &st) == 0;
  if (ok && S_ISLNK (st.st_mode))
    errno = ELOOP;
  ok = ok && !S_ISLNK (st.st_mode)
       && (fs_set_mode (fd, mode) || (errno == ENOENT && chmod_readable (dir_fd, name, mode)));
  fs_close (fd);
  return ok;
}

/* Gives to/entry the owner and times that st tells; a plain user can't give
 * files away and need not, and some file systems have no such times.  A change
 * of owner takes the set-user-ID bit.  Returns FALSE when a time that could be
 * kept was not. */
gboolean
fs_keep_owner_and_times (int to, const char *entry, const struct stat *st)
{
  if (fchownat (to, entry, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW) == 0
      && (st->st_mode & (S_ISUID | S_ISGID)) != 0)
    fs_chmod_at (to, entry, st->st_mode & 07777);
  return utimensat (to, entry, (struct timespec[]){ st->st_atim, st->st_mtim }, AT_SYMLINK_NOFOLLOW)
             == 0
         || errno == EPERM || errno == EACCES || errno == EINVAL || errno == ENOSYS
         || errno == EOPNOTSUPP;
}

/* Tells whether two paths lead to the same file. */
gboolean
fs_is_same (const char *path, const char *other)
{
  struct stat a, b;

  if (g_str_equal (path, other))
    return TRUE;
  return stat (path, &a) == 0 && stat (other, &b) == 0 && a.st_dev == b.st_dev
         && a.st_ino == b.st_ino;
}

/* A path as the topmost symbolic link on the way to it rewrites it, to be freed
 * with g_free(); NULL when there is none.  Tells which link that is, unless it
 * is not asked. */
char *
fs_follow_link (const char *path, char **link)
{
  for (const char *end = path; *end != '\0';)
    {
      end += strspn (end, "/");
      end += strcspn (end, "/");
      g_autofree char *upto = g_strndup (path, end - path);
      g_autofree char *dir = g_path_get_dirname (upto);
      g_autofree char *target = g_file_read_link (upto, NULL);

      if (target == NULL)
        continue;
      if (link != NULL)
        *link = g_steal_pointer (&upto);
      return target[0] == '/' ? g_strconcat (target, end, NULL)
                              : g_strconcat (dir, "/", target, end, NULL);
    }
  return NULL;
}

/* Tells whether path is a link, and leads out of dir or nowhere, or to what is
 * venvb's own there. */
gboolean
fs_leads_out (const char *path, const char *dir)
{
  char *real = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL) : NULL;
  char *real_dir = realpath (dir, NULL);
  gsize length = real_dir == NULL ? 0 : strlen (real_dir);
  gboolean is_inside = real != NULL && real_dir != NULL && strncmp (real, real_dir, length) == 0
                       && (real[length] == '/' || real[length] == '\0')
                       && !reserved_is_in (real + length);

  free (real);
  free (real_dir);
  return g_file_test (path, G_FILE_TEST_IS_SYMLINK) && !is_inside;
}

/* Makes a file in an open directory and tells how it looks, without leaving a
 * trace.  FALSE when that can't be done. */
gboolean
fs_try_file (int dir_fd, mode_t mode, struct stat *st)
{
  const char name[] = ".venvb-own";
  struct stat dir;
  gboolean is_known = fstat (dir_fd, &dir) == 0, ok;
  int fd = openat (dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);

  if (fd < 0)
    return FALSE;
  ok = fstat (fd, st) == 0;
  close (fd); /* as long as it is open, it has another name on some file systems */
  unlinkat (dir_fd, name, 0);
  if (is_known)
    futimens (dir_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, dir.st_mtim });
  return ok;
}

/* Whose the files are that this process makes here.  Some file systems give
 * all of them to the same user, whoever makes them. */
uid_t
fs_own_uid (int dir_fd, uid_t likely)
{
  struct stat st;

  return likely == geteuid () || !fs_try_file (dir_fd, 0600, &st) ? geteuid () : st.st_uid;
}

/* Tells whether files have the mode here that they are made with. */
gboolean
fs_keeps_modes (int dir_fd)
{
  struct stat st;

  return !fs_try_file (dir_fd, 0600, &st) || (st.st_mode & 07777) == 0600;
}

/* Opens a directory that this user has made for himself.
 * Returns -1 when it is anything else. */
int
fs_open_own (int dir_fd, const char *name, struct stat *st)
{
  int fd = openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0 && fstat (fd, st) == 0 && st->st_uid == fs_own_uid (dir_fd, st->st_uid))
    return fd;
  if (fd >= 0)
    {
      close (fd);
      errno = EPERM;
    }
  return -1;
}
