/* SPDX-License-Identifier: BSD-2-Clause */

/* What is put aside: moved where that works, else linked, else copied.  A
 * directory that can't be moved is made anew, and what is in it moved. */

#include "undo/room.h"

#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* After so many names that are taken, one that nobody will have guessed is tried, as often. */
#define ASIDE_MOST 100

/* Opens a directory below another one, following no link.  "" is that itself.
 * Returns a descriptor for *AT functions, or -1 with errno set. */
int
aside_open_dir (int env_fd, const char *path)
{
  const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  int fd = openat (env_fd, ".", flags);

  for (guint i = 0; fd >= 0 && names[i] != NULL; i++)
    if (names[i][0] != '\0')
      {
        int above = fd;

        fd = openat (above, names[i], flags);
        fs_close (above);
      }
  return fd;
}

/* Tells whether something is mounted on the way to a path below a directory. */
gboolean
aside_is_mounted (int env_fd, const char *path)
{
  for (const char *end = strchr (path, '/'); end != NULL; end = strchr (end + 1, '/'))
    {
      g_autofree char *above = g_strndup (path, end - path);

      if (dir_is_mount_point (env_fd, above))
        return TRUE;
    }
  return FALSE;
}

/* Tells whether a directory is what was made a moment ago, and nobody has put another one
 * in its place: whose the log is, that is, and empty. */
static gboolean
is_as_made (int env_fd, int fd, const Journal *journal, struct stat *st)
{
  return fstat (fd, st) == 0 && st->st_uid == journal->log.owner
         && ((st->st_mode & 022) == 0 || !fs_keeps_modes (env_fd)) && dir_is_empty (fd);
}

/* Opens the directory of this name that was just made, and notes it.  Returns -1 with errno
 * set on failure, EEXIST when it is another one. */
static int
open_made (int env_fd, const char *name, Journal *journal)
{
  int fd = openat (env_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  int failure = errno;
  struct stat st;

  if (fd >= 0 && is_as_made (env_fd, fd, journal, &st))
    {
      identity_note (&journal->aside, &st);
      return fd;
    }
  if (fd >= 0 || failure == ELOOP || failure == ENOTDIR || failure == ENOENT)
    failure = EEXIST;
  unlinkat (env_fd, name, AT_REMOVEDIR); /* it may be ours, and could not be looked at */
  fs_close (fd);
  errno = failure;
  return -1;
}

/* Makes the directory for what is put aside: another one where a former could
 * not be removed, or others have taken its name.  The log has to be begun.  Returns a
 * descriptor, or -1 with errno set. */
int
aside_make (int env_fd, Journal *journal, char **name)
{
  int fd = -1;

  *name = NULL;
  for (guint i = 0; fd < 0 && i <= 2 * ASIDE_MOST; i++)
    {
      g_free (*name);
      *name = i == 0 ? g_strdup (UNDO_DIR)
                     : g_strdup_printf (UNDO_DIR ".%u", i <= ASIDE_MOST ? i : g_random_int ());
      fd = mkdirat (env_fd, *name, 0700) < 0 ? -1 : open_made (env_fd, *name, journal);
      if (fd < 0 && errno != EEXIST)
        return -1;
    }
  return fd;
}

/* Opens the one that a log names, and tells its name, borrowed; NULL when it names
 * none.  journal is that of this run, where the log is its own: then it has to be the one
 * that it has made.  -1 with errno set on failure: ENOENT when it is not there, or another
 * one is. */
int
aside_open (int env_fd, const Log *log, const Journal *journal, const char **name)
{
  int failure = ENOENT;

  *name = NULL;
  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);
      struct stat st;
      int fd;

      if (entry->event != LOG_ASIDE || strchr (entry->path, '/') != NULL)
        continue;
      *name = entry->path;
      fd = openat (env_fd, entry->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
      if (fd < 0 || fstat (fd, &st) < 0)
        failure = errno == ENOTDIR || errno == ELOOP ? ENOENT : errno;
      else if (st.st_ino != entry->seen.inode)
        failure = ENOENT;
      else if (journal != NULL ? identity_is_own (&journal->aside, &st) : log_is_own (env_fd, &st))
        return fd;
      else
        failure = EPERM;
      fs_close (fd);
    }
  errno = failure;
  return -1;
}

#define READ_DIR (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Has a directory that was made with no access for others be as the old one, which is open:
 * to them, and by its times, which are in st.  FALSE with errno set when that can't be. */
gboolean
aside_keep_dir (int to_fd, const char *to, int old, const struct stat *st)
{
  int fd = openat (to_fd, to, READ_DIR);
  gboolean ok = fd >= 0 && copy_access (fd, old, st)
                && (futimens (fd, (struct timespec[]){ st->st_atim, st->st_mtim }) == 0
                    || regular_has_no_modes (errno));

  fs_close (fd);
  return ok;
}

/* Makes a directory that is as another one, but empty. */
static gboolean
put_dir (int dir_fd, const char *name, int aside, const char *number)
{
  int from = openat (dir_fd, name, READ_DIR);
  struct stat st;
  gboolean ok = from >= 0 && fstat (from, &st) == 0 && mkdirat (aside, number, 0700) == 0
                && aside_keep_dir (aside, number, from, &st);

  fs_close (from);
  return ok;
}

/* Has what is there under another name, too: another file where it may be
 * edited in place, the same where it is replaced as a whole.  Of a directory that is
 * empty there is another one. */
gboolean
aside_put (int dir_fd, const char *name, int aside, const char *number, Change change)
{
  if (change == CHANGE_RMDIR)
    return put_dir (dir_fd, name, aside, number);
  return (change != CHANGE_EDIT && linkat (dir_fd, name, aside, number, 0) == 0)
         || copy_exactly (dir_fd, name, aside, number);
}

/* Renames an entry.  A directory that its owner may not write to, and that
 * can't be given another parent therefore, is made writable for the moment. */
static gboolean
rename_entry (int from_fd, const char *from, int to_fd, const char *to)
{
  struct stat st;
  gboolean ok;
  int failure;

  if (renameat (from_fd, from, to_fd, to) == 0)
    return TRUE;
  if (errno != EACCES || fstatat (from_fd, from, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !S_ISDIR (st.st_mode) || !fs_chmod_at (from_fd, from, st.st_mode | 0700))
    return FALSE;
  ok = renameat (from_fd, from, to_fd, to) == 0;
  failure = errno;
  fs_chmod_at (ok ? to_fd : from_fd, ok ? to : from, st.st_mode & 07777);
  errno = failure;
  return ok;
}

/* Moves a file that can't be renamed. */
static gboolean
move_file (int from_fd, const char *from, int to_fd, const char *to)
{
  int failure;

  if (!aside_put (from_fd, from, to_fd, to, CHANGE_REPLACE))
    return FALSE;
  if (unlinkat (from_fd, from, 0) == 0)
    return TRUE;
  failure = errno;
  unlinkat (to_fd, to, 0);
  errno = failure;
  return FALSE;
}

static gboolean
move_below (int fd, const char *entry, gpointer to, GError **error)
{
  return aside_move (fd, entry, GPOINTER_TO_INT (to), entry) || fs_fail (error, "move", entry);
}

/* The new directory is as the old one, also when only a part of that was moved to it; and
 * the old one goes.  FALSE with errno set when that can't be, or not all was moved. */
static gboolean
end_move (int from_fd, const char *from, int to_fd, const char *to, int old, const struct stat *st,
          gboolean is_whole)
{
  int failure = errno;

  if (!is_whole && unlinkat (to_fd, to, AT_REMOVEDIR) == 0)
    {
      errno = failure;
      return FALSE;
    }
  if (aside_keep_dir (to_fd, to, old, st) && is_whole
      && unlinkat (from_fd, from, AT_REMOVEDIR) == 0)
    return TRUE;
  failure = is_whole ? errno : failure;
  unlinkat (to_fd, to, AT_REMOVEDIR);
  errno = failure;
  return FALSE;
}

/* Moves what is in a directory that can't be renamed to a new one.  When that
 * fails both hold a part of it. */
static gboolean
move_dir (int from_fd, const char *from, int to_fd, const char *to, const struct stat *st)
{
  int old = openat (from_fd, from, READ_DIR);
  int fd = old < 0 || (mkdirat (to_fd, to, 0700) < 0 && errno != EEXIST)
               ? -1
               : openat (to_fd, to, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  gboolean ok;

  if (fd >= 0)
    {
      errno = 0;
      ok = dir_each_in (old, move_below, GINT_TO_POINTER (fd), NULL);
      errno = errno != 0 ? errno : EACCES;
      fs_close (fd);
      ok = end_move (from_fd, from, to_fd, to, old, st, ok);
    }
  else
    ok = FALSE;
  fs_close (old);
  return ok;
}

/* Tells whether it may be the way that does not work here. */
static gboolean
is_worth_another_try (int failure)
{
  return failure == EXDEV || failure == EPERM || failure == EACCES || failure == EINVAL
         || failure == EOPNOTSUPP || failure == ENOSYS || failure == EBUSY;
}

/* Moves an entry to where nothing is, but that a directory may be there which a
 * move that was broken off has made.  FALSE with errno set on failure: it is
 * where it was then, or a part of it in both places. */
gboolean
aside_move (int from_fd, const char *from, int to_fd, const char *to)
{
  struct stat st;
  int failure;

  if (rename_entry (from_fd, from, to_fd, to))
    return TRUE;
  failure = errno;
  if (!is_worth_another_try (failure) || dir_is_mount_point (from_fd, from)
      || fstatat (from_fd, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      errno = failure;
      return FALSE;
    }
  return S_ISDIR (st.st_mode) ? move_dir (from_fd, from, to_fd, to, &st)
                              : move_file (from_fd, from, to_fd, to);
}

/* Where what is cleared goes, and what is not. */
typedef struct
{
  int tree;
  const GPtrArray *kept;
} ClearTo;

static gboolean
move_in (int fd, const char *entry, gpointer data, GError **error)
{
  const ClearTo *to = data;

  return g_str_has_prefix (entry, UNDO_DIR)
         || g_ptr_array_find_with_equal_func ((GPtrArray *) to->kept, entry, g_str_equal, NULL)
         || aside_move (fd, entry, to->tree, entry) || fs_fail (error, "move aside", entry);
}

/* Moves all that is in a directory to the one for what is put aside, but what was
 * kept a moment ago, which nobody has seen. */
gboolean
aside_clear (int env_fd, int aside, const GPtrArray *kept, GError **error)
{
  ClearTo to = { -1, kept };
  gboolean ok;

  if (mkdirat (aside, UNDO_TREE, 0700) == 0)
    to.tree = openat (aside, UNDO_TREE, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  ok = to.tree < 0 ? fs_fail (error, "write to", UNDO_DIR)
                   : dir_each (env_fd, ".", move_in, &to, error);
  fs_close (to.tree);
  return ok;
}

/* Has a directory be to others what another one is, but that its owner may write to it. */
void
aside_open_to (int fd, int like_fd, const char *like)
{
  int dir = aside_open_dir (like_fd, like);
  int old = dir < 0 ? -1 : openat (dir, ".", READ_DIR);
  struct stat st;

  if (old >= 0 && fstat (old, &st) == 0)
    {
      st.st_mode |= 0700;
      if (!copy_access (fd, old, &st))
        g_debug ("'%s' is for nobody else", like);
    }
  fs_close (dir);
  fs_close (old);
}

/* Makes a directory of our own, and opens it.  -1 with errno set; EEXIST also for another one. */
int
aside_make_dir (int dir_fd, const char *name)
{
  struct stat st;
  int fd = mkdirat (dir_fd, name, 0700) < 0 ? -1 : fs_open_own (dir_fd, name, &st);

  if (fd < 0 || dir_is_empty (fd))
    return fd;
  close (fd);
  errno = EEXIST;
  return -1;
}

/* Opens a directory, which is made where it is not there, as open as that of the path like. */
static int
enter (int dir_fd, const char *name, int like_fd, const char *like)
{
  int fd = aside_make_dir (dir_fd, name);

  if (fd >= 0)
    aside_open_to (fd, like_fd, like);
  else if (errno == EEXIST)
    fd = openat (dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  return fd;
}

/* The name, or the first with a number behind it that no file has: free with g_free(). */
static char *
unused (int dir_fd, const char *name)
{
  char *found = g_strdup (name);
  struct stat st;
  guint i = 1;

  while (fstatat (dir_fd, found, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (st.st_mode))
    {
      g_free (found);
      found = g_strdup_printf ("%s.%u", name, i++);
    }
  return found;
}

/* Moves an entry to a place of that path below another directory, whose
 * directories are made: to be to others what those of that path in like_fd are. */
gboolean
aside_put_below (int from_fd, const char *name, int to_fd, int like_fd, const char *path)
{
  int dir = openat (to_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  const char *end, *last = path;
  gboolean ok;

  for (; dir >= 0 && (end = strchr (last, '/')) != NULL; last = end + 1)
    {
      g_autofree char *like = g_strndup (path, end - path);
      g_autofree char *below = g_strndup (last, end - last);
      int above = dir;

      dir = enter (above, below, like_fd, like);
      fs_close (above);
    }
  g_autofree char *to = dir < 0 ? NULL : unused (dir, last);
  ok = dir >= 0 && aside_move (from_fd, name, dir, to);
  fs_close (dir);
  return ok;
}

/* Tells whether a file has other names, and how it looks. */
gboolean
aside_is_linked (int dir_fd, const char *name, Seen *seen)
{
  struct stat st;

  if (fstatat (dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode)
      || st.st_nlink == 1)
    return FALSE;
  *seen = log_seen (&st);
  return TRUE;
}

/* Writes what is aside into a file in place, which has other names: all of these lead to it
 * then, and its mode and times are as before.  FALSE with errno set on failure. */
gboolean
aside_write_back (int aside, const char *number, int to_fd, const char *to)
{
  g_auto (Regular) from = { .fd = -1 };
  g_autofree char *text = NULL;
  gsize length;
  gboolean ok;
  int fd, failure;

  if (!regular_open (&from, aside, number, FALSE) || (text = regular_read (&from, &length)) == NULL)
    return FALSE;
  fd = openat (to_fd, to, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return FALSE;
  ok = regular_write_all (fd, text, length) && ftruncate (fd, (off_t) length) == 0
       && (fchmod (fd, from.st.st_mode & 07777) == 0 || regular_has_no_modes (errno))
       && (futimens (fd, (struct timespec[]){ from.st.st_atim, from.st.st_mtim }) == 0
           || regular_has_no_modes (errno));
  failure = errno;
  close (fd);
  errno = failure;
  return ok;
}

static gboolean
leads_to_the_same (int a_dir, const char *a, int b_dir, const char *b)
{
  char target[4096], other[4096];
  ssize_t length = readlinkat (a_dir, a, target, sizeof target);

  return length >= 0 && readlinkat (b_dir, b, other, sizeof other) == length
         && memcmp (target, other, length) == 0;
}

/* Tells whether two files hold the same, or two links lead to the same. */
gboolean
aside_is_same (int a_dir, const char *a, int b_dir, const char *b)
{
  g_auto (Regular) file = { .fd = -1 }, other = { .fd = -1 };
  g_autofree char *text = NULL;
  g_autofree char *other_text = NULL;
  gsize length;

  if (!regular_open (&file, a_dir, a, FALSE))
    return leads_to_the_same (a_dir, a, b_dir, b);
  if (!regular_open (&other, b_dir, b, FALSE) || file.st.st_size != other.st.st_size
      || (text = regular_read (&file, &length)) == NULL
      || (other_text = regular_read (&other, NULL)) == NULL)
    return FALSE;
  return memcmp (text, other_text, length) == 0;
}

/* Tells whether what was put aside under a number, or was not there, is as it is now in a
 * directory; now is NULL where nothing is there.  What was written anew with the same in it
 * is the same. */
gboolean
aside_is_as (int aside, int number, int dir, const char *name, const struct stat *now)
{
  g_autofree char *text = g_strdup_printf ("%d", number);
  struct stat was;

  if (aside < 0 || number < 0 || fstatat (aside, text, &was, AT_SYMLINK_NOFOLLOW) < 0)
    return now == NULL;
  return now != NULL && was.st_size == now->st_size && was.st_mode == now->st_mode
         && (log_is_same_time (was.st_mtim, now->st_mtim)
             || (!S_ISDIR (was.st_mode) && aside_is_same (aside, text, dir, name)));
}
