/* SPDX-License-Identifier: BSD-2-Clause */

/* Was something there before the run, and is here because somebody has moved it?  The
 * time of birth tells; where there is none, the others do, as far as they can. */

#include "base/newer.h"
#include "undo/room.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* How much older, in seconds, something has to be: what is in a wheel is unpacked with a
 * time of some seconds ago. */
#define SURELY 10

/* What is made for a moment, to look at it. */
#define UNDO_TRY ".venvb-own"

/* When something was made; FALSE where that can't be known. */
gboolean
older_birth (int dir_fd, const char *name, struct timespec *birth)
{
#ifdef STATX_BTIME
  struct statx st;

  if (statx (dir_fd, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BTIME, &st) == 0
      && (st.stx_mask & STATX_BTIME) != 0)
    {
      *birth = (struct timespec){ st.stx_btime.tv_sec, st.stx_btime.tv_nsec };
      return TRUE;
    }
#endif
  return FALSE;
}

/* Makes a file that is said to have been changed last in 1970, and tells how it looks,
 * without leaving a trace.  FALSE when that can't be done. */
static gboolean
try_old_file (int env_fd, struct stat *st)
{
  const struct timespec old[] = { { .tv_nsec = UTIME_OMIT }, { 0 } };
  int fd = -1;
  gboolean has_name, ok;

#ifdef O_TMPFILE
  fd = openat (env_fd, ".", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600); /* a run may be killed here */
#endif
  has_name = fd < 0;
  if (has_name)
    fd = openat (env_fd, UNDO_TRY, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  ok = fd >= 0 && futimens (fd, old) == 0 && fstat (fd, st) == 0;
  if (fd >= 0 && has_name)
    unlinkat (env_fd, UNDO_TRY, 0);
  fs_close (fd);
  return ok;
}

/* Looks at what the times of files tell here, also of those that have no time of birth: a new one
 * is given an old time.  Where that can't be tried, they are believed: what nobody knows
 * stays. */
void
older_look (TakeBack *back)
{
  struct timespec birth;
  struct stat st;

  gboolean has_birth = older_birth (back->env_fd, ".", &birth);

  back->has_changed = back->has_read = TRUE;
  if (!try_old_file (back->env_fd, &st))
    return;
  back->has_changed = has_birth || !log_is_before (st.st_ctim, back->log->begun);
  back->has_read = !log_is_before (st.st_atim, back->log->begun);
}

/* Tells whether something was changed last before the run began, and no program can
 * have had it look so: it is here because a directory above it was moved. */
static gboolean
is_unchanged (const TakeBack *back, const struct stat *st)
{
  return back->has_changed && log_is_before (st->st_ctim, back->log->begun);
}

typedef struct
{
  const TakeBack *back;
  gboolean is_found;
} Look;

static gboolean
look_for_unchanged (int fd, const char *entry, gpointer data, GError **error)
{
  Look *look = data;
  struct stat st;

  look->is_found =
      fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_unchanged (look->back, &st);
  return !look->is_found;
}

/* Tells whether a directory holds what nobody can have put there but with it. */
static gboolean
holds_unchanged (const TakeBack *back, int dir_fd, const char *name)
{
  Look look = { back, FALSE };

  return back->has_changed && !dir_each (dir_fd, name, look_for_unchanged, &look, NULL)
         && look.is_found;
}

/* Tells whether a file was neither changed nor read since before the run, which no copy of ours
 * was: it was moved here from another file system, or from a lower layer of an overlay, so that
 * it was born but now. */
static gboolean
is_untouched (const TakeBack *back, const struct stat *st)
{
  struct timespec old = back->log->begun;

  old.tv_sec -= SURELY;
  return back->has_read && S_ISREG (st->st_mode) && st->st_nlink == 1
         && log_is_before (st->st_mtim, old) && log_is_before (st->st_atim, old);
}

/* Tells whether a file, a link or a directory that has no time of birth was there
 * before the run.  When it is renamed, or its directory is, no time changes but that of
 * its own last change; what was not renamed itself is in a directory that was.  One
 * that we have made as a copy has an old time, too, but was not read before. */
static gboolean
is_older_by_times (const TakeBack *back, int dir_fd, const char *name, const struct stat *st)
{
  struct timespec old = back->log->begun;

  old.tv_sec -= SURELY;
  if (is_unchanged (back, st))
    return TRUE;
  if (S_ISDIR (st->st_mode))
    return (back->has_changed && log_is_before (st->st_mtim, old))
           || holds_unchanged (back, dir_fd, name);
  return back->has_read && st->st_nlink == 1 && log_is_before (st->st_atim, old);
}

/* Tells whether something in a directory that the run has made can't be the run's: it
 * was there before that began, and somebody has moved it since, or a directory around
 * it.  A link to what was there before may be the run's; while there are others,
 * nothing is lost with it. */
gboolean
older_is (const TakeBack *back, int dir_fd, const char *name, const struct stat *st)
{
  struct timespec birth;

  if (!older_birth (dir_fd, name, &birth))
    return is_older_by_times (back, dir_fd, name, st);
  return is_untouched (back, st)
         || (log_is_before (birth, back->log->born)
             && (S_ISDIR (st->st_mode) || st->st_nlink == 1
                 || log_is_before (st->st_ctim, back->log->begun)));
}
