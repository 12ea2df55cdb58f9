/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Room for some 500 entries of an access list. */
#define LIST_SIZE 4096

void
regular_close (Regular *file)
{
  int saved = errno;

  if (file->fd >= 0)
    close (file->fd);
  file->fd = -1;
  errno = saved;
}

/* Tells whether it is a regular file, and sets errno when it is not. */
static gboolean
is_regular (const struct stat *st)
{
  errno = S_ISDIR (st->st_mode) ? EISDIR : S_ISLNK (st->st_mode) ? ELOOP : ENXIO;
  return S_ISREG (st->st_mode);
}

/* What a link leads to is looked at before it is opened: that alone would do
 * something to some devices. */
gboolean
regular_open (Regular *file, int dir_fd, const char *name, gboolean follow)
{
  const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;

  file->fd = -1;
  if (follow && (fstatat (dir_fd, name, &file->st, 0) < 0 || !is_regular (&file->st)))
    return FALSE;
  file->fd = openat (dir_fd, name, flags | (follow ? 0 : O_NOFOLLOW));
  if (file->fd < 0)
    return FALSE;
  if (fstat (file->fd, &file->st) == 0 && is_regular (&file->st))
    return TRUE;
  regular_close (file);
  return FALSE;
}

gboolean
regular_open_path (Regular *file, const char *path)
{
  return regular_open (file, AT_FDCWD, path, TRUE);
}

char *
regular_read (const Regular *file, gsize *length)
{
  g_autofree char *text = NULL;
  gsize size = file->st.st_size, done = 0;

  errno = EFBIG;
  if (file->st.st_size > REGULAR_MOST)
    return NULL;
  text = g_malloc (size + 1);
  while (done < size)
    {
      ssize_t n = read (file->fd, text + done, size - done);

      if (n < 0 && errno != EINTR)
        return NULL;
      if (n == 0)
        break;
      done += MAX (n, 0);
    }
  text[done] = '\0';
  if (length != NULL)
    *length = done;
  return g_steal_pointer (&text);
}

char *
regular_contents (const char *path, gsize *length)
{
  g_auto (Regular) file = { .fd = -1 };

  return regular_open_path (&file, path) ? regular_read (&file, length) : NULL;
}

const char *
regular_reason (int failure)
{
  return failure == ELOOP   ? "it is a symbolic link"
         : failure == ENXIO ? "it is not a regular file"
                            : g_strerror (failure);
}

/* One directory after the other: a link in the place of one is ENOTDIR. */
int
regular_open_dir (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  int fd = open ("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

  for (guint i = 0; fd >= 0 && names[i + 1] != NULL; i++)
    if (names[i][0] != '\0')
      {
        int above = fd, saved;

        fd = openat (above, names[i], O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        saved = errno;
        close (above);
        errno = saved;
      }
  return fd;
}

gboolean
regular_write_all (int fd, const char *data, gsize length)
{
  while (length > 0)
    {
      ssize_t n = write (fd, data, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      data += n;
      length -= n;
    }
  return TRUE;
}

/* Gives the file a list of the old one, or takes away what it has got from its
 * directory.  FALSE with errno set when it differs. */
static gboolean
keep_list (int fd, int old, const char *name)
{
  char list[LIST_SIZE];
  ssize_t n;

  errno = EPERM;
  if (old < 0)
    return FALSE;
  n = fgetxattr (old, name, list, sizeof list);
  if (n >= 0)
    return fsetxattr (fd, name, list, n, 0) == 0;
  if (errno == ENODATA && fremovexattr (fd, name) == 0)
    return TRUE;
  return errno == ENOTSUP || errno == ENOSYS || errno == ENODATA;
}

/* Gives the file its owner and group, and takes from the mode what must not be
 * had by others than before: who was in the old group may not be in the new
 * one, and the other way round, so that both get what both had. */
static mode_t
keep_owner (int fd, const struct stat *st)
{
  mode_t mode = st->st_mode & 07777, both = (mode >> 3) & mode & 07;

  if (fchown (fd, st->st_uid, st->st_gid) == 0)
    return mode;
  if (fchown (fd, -1, st->st_gid) == 0)
    return mode & 0777;
  return (mode & 0700) | both << 3 | both;
}

/* Whose it is, may set them. */
gboolean
regular_has_no_modes (int failure)
{
  return failure == EPERM || failure == EOPNOTSUPP || failure == ENOSYS;
}

gboolean
regular_keep_access (int fd, int old, const struct stat *st)
{
  mode_t mode;

  /* Who made the directory may, and soon it may be another's. */
  if (S_ISDIR (st->st_mode) && !keep_list (fd, old, REGULAR_DEFAULT_LIST) && errno != EPERM
      && errno != EINVAL)
    return FALSE;
  mode = keep_owner (fd, st);
  if (!keep_list (fd, old, REGULAR_LIST))
    {
      if (errno != EPERM && errno != EINVAL)
        return FALSE;
      mode &= 0700;
    }
  return fchmod (fd, mode) == 0 || regular_has_no_modes (errno);
}

/* Names of extended attributes, and their values, are at most as long as that. */
#define ATTRIBUTES_MOST 65536

/* Gives the file one extended attribute of the old one, if it may: that of a security
 * module, or a capability, only root can give. */
static void
keep_attribute (int fd, int old, const char *name)
{
  g_autofree char *value = g_malloc (ATTRIBUTES_MOST);
  ssize_t n = fgetxattr (old, name, value, ATTRIBUTES_MOST);

  if (n >= 0 && fsetxattr (fd, name, value, n, 0) < 0)
    g_debug ("cannot keep the attribute '%s': %s", name, g_strerror (errno));
}

gboolean
regular_keep_attributes (int fd, int old, gboolean of_user)
{
  char names[LIST_SIZE];
  ssize_t n = old < 0 ? 0 : flistxattr (old, names, sizeof names);

  for (const char *name = names; n > 0 && name < names + n; name += strlen (name) + 1)
    if (!g_str_has_prefix (name, "system.") && g_str_has_prefix (name, "user.") == of_user)
      keep_attribute (fd, old, name);
  return n > 0;
}

/* Looks at what has the name: 1 for a regular file, also one that can't be read,
 * whose mode is known nevertheless; 0 for nothing or what is no such file; and
 * -1 with errno set when that can't be known. */
static int
look (Regular *old, int dir_fd, const char *name)
{
  if (regular_open (old, dir_fd, name, FALSE))
    return 1;
  if (errno == EACCES)
    return fstatat (dir_fd, name, &old->st, AT_SYMLINK_NOFOLLOW) == 0 ? S_ISREG (old->st.st_mode)
                                                                      : -1;
  return errno == ENOENT || errno == ELOOP || errno == EISDIR || errno == ENXIO ? 0 : -1;
}

/* Writes the new file.  Nobody else has anything of it before all is set. */
static gboolean
write_aside (int dir_fd, const char *temp, const char *contents, gsize length, mode_t mode,
             const Regular *old)
{
  const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  gboolean is_new = old == NULL || !S_ISREG (old->st.st_mode);
  int fd = openat (dir_fd, temp, flags, is_new ? mode : 0600);
  gboolean ok;

  if (fd < 0)
    return FALSE;
  if (!is_new)
    regular_keep_attributes (fd, old->fd, TRUE);
  ok = regular_write_all (fd, contents, length)
       && (is_new || regular_keep_access (fd, old->fd, &old->st));
  if (ok && is_new && old != NULL && geteuid () == 0)
    ok = fchown (fd, old->st.st_uid, old->st.st_gid) == 0 || errno == EPERM || errno == EINVAL;
  return close (fd) == 0 && ok;
}

gboolean
regular_rename (int dir_fd, const char *from, const char *to)
{
  struct stat st;

  if (renameat (dir_fd, from, dir_fd, to) == 0)
    return TRUE;
  return errno == EEXIST && fstatat (dir_fd, from, &st, AT_SYMLINK_NOFOLLOW) == 0
         && unlinkat (dir_fd, to, 0) == 0 && renameat (dir_fd, from, dir_fd, to) == 0;
}

gboolean
regular_replace (int dir_fd, const char *name, const char *contents, gsize length, mode_t mode,
                 const Regular *old)
{
  static guint counter;
  g_autofree char *temp = g_strdup_printf ("%s.venvb-%d-%u", name, (int) getpid (), counter++);
  g_auto (Regular) found = { .fd = -1 };
  int saved, exists = old == NULL ? look (&found, dir_fd, name) : 0;

  if (exists < 0)
    return FALSE;
  if (exists > 0 && (mode & 077) == 0)
    found.st.st_mode &= ~077;
  if (write_aside (dir_fd, temp, contents, length, mode, exists > 0 ? &found : old)
      && regular_rename (dir_fd, temp, name))
    return TRUE;
  saved = errno;
  if (saved != EEXIST)
    unlinkat (dir_fd, temp, 0);
  errno = saved;
  return FALSE;
}
