/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The log of a run, a file in the environment's directory: what it is about to
 * change there, and what it has made of it.  By it the run, the process that
 * watches it, or a later run takes all of that back.
 *
 *   venvb-undo-1 KIND TIME TIME IDENTITY     the first line: when the directory
 *                                            was changed last, and it was begun
 *   KIND NUMBER INODE SIZE TIME TIME PATH
 *
 * The identity is the file's own: its inode, and the time when that was made,
 * which neither an archive nor another user can set.  Where the file system has
 * no such time, it is that of the last change of another file, of which nothing
 * is changed any more.  A line is complete with its newline; what it tells of is
 * done after it was written.
 */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "venvb-undo-1"

/* More than this is no log. */
#define LOG_MOST (256 << 20)

Seen
log_seen (const struct stat *st)
{
  return (Seen){ st->st_ino, st->st_size, st->st_mtim, st->st_ctim };
}

gboolean
log_is_same_time (struct timespec a, struct timespec b)
{
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

gboolean
log_is_before (struct timespec a, struct timespec b)
{
  return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* What a log is known by: see above. */
typedef struct
{
  char kind; /* 'b' for birth, 'm' for the mark; 0 for nothing */
  guint64 inode;
  struct timespec time;
  struct timespec begun; /* when something was last written */
} Identity;

/* What the log is known by itself. */
static Identity
identity_by_birth (int fd)
{
#ifdef STATX_BTIME
  struct statx st;

  if (statx (fd, "", AT_EMPTY_PATH, STATX_INO | STATX_MTIME | STATX_BTIME, &st) == 0
      && (st.stx_mask & STATX_BTIME) != 0)
    return (Identity){ 'b',
                       st.stx_ino,
                       { st.stx_btime.tv_sec, st.stx_btime.tv_nsec },
                       { st.stx_mtime.tv_sec, st.stx_mtime.tv_nsec } };
#endif
  return (Identity){ 0 };
}

/* The same by another file, which is made when the log is. */
static Identity
identity_by_mark (int env_fd, gboolean is_new)
{
  const int flags = O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC;
  struct stat st;
  gboolean ok;
  int fd;

  if (is_new)
    unlinkat (env_fd, LOG_MARK, 0);
  fd = openat (env_fd, LOG_MARK, is_new ? flags | O_CREAT | O_EXCL : flags, 0600);
  ok = fd >= 0 && fstat (fd, &st) == 0;
  fs_close (fd);
  return ok ? (Identity){ 'm', st.st_ino, st.st_ctim, st.st_mtim } : (Identity){ 0 };
}

/* What a new log is to be known by. */
static Identity
identity_choose (int env_fd, int fd)
{
  Identity who = identity_by_birth (fd);

  return who.kind != 0 ? who : identity_by_mark (env_fd, TRUE);
}

/* Tells whether a log is the file that it names, by whichever of these it names. */
static gboolean
identity_is (int env_fd, int fd, const Identity *named)
{
  Identity who = named->kind == 'b' ? identity_by_birth (fd) : identity_by_mark (env_fd, FALSE);

  return who.kind != 0 && who.kind == named->kind && who.inode == named->inode
         && log_is_same_time (who.time, named->time);
}

/* Writes the first line. */
static gboolean
write_first (int fd, LogKind kind, struct timespec mtime, const Identity *who)
{
  char line[256];
  int length = g_snprintf (line, sizeof line, MAGIC " %c %jd.%09ld %jd.%09ld %c %ju %jd.%09ld\n",
                           kind, (intmax_t) mtime.tv_sec, mtime.tv_nsec,
                           (intmax_t) who->begun.tv_sec, who->begun.tv_nsec, who->kind,
                           (uintmax_t) who->inode, (intmax_t) who->time.tv_sec, who->time.tv_nsec);

  return who->kind != 0 && fs_write_all (fd, line, length);
}

/* Begins the log of a run on an open directory.  Returns a file descriptor to
 * append to, or -1 with errno set, and nothing there. */
int
log_begin (int env_fd, LogKind kind, gboolean *has_mark)
{
  Identity who;
  struct stat st;
  int fd, failure;

  if (fstat (env_fd, &st) < 0)
    return -1;
  fd = openat (env_fd, LOG_NAME, O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
               0600);
  if (fd < 0)
    return -1;
  who = identity_choose (env_fd, fd);
  *has_mark = who.kind == 'm';
  if (write_first (fd, kind, st.st_mtim, &who))
    return fd;
  failure = errno;
  close (fd);
  log_remove (env_fd);
  errno = failure;
  return -1;
}

/* Opens a log that was begun, to append to it; -1 with errno set on failure. */
int
log_open (int env_fd)
{
  return openat (env_fd, LOG_NAME, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);
}

/* Appends an entry; seen may be NULL. */
gboolean
log_append (int fd, LogEvent event, int number, const Seen *seen, const char *path)
{
  const Seen none = { 0 }, *s = seen != NULL ? seen : &none;
  g_autofree char *escaped = g_strescape (path, NULL);
  g_autofree char *line =
      g_strdup_printf ("%c %d %ju %jd %jd.%09ld %jd.%09ld %s\n", event, number,
                       (uintmax_t) s->inode, (intmax_t) s->size, (intmax_t) s->mtime.tv_sec,
                       s->mtime.tv_nsec, (intmax_t) s->ctime.tv_sec, s->ctime.tv_nsec, escaped);

  return fs_write_all (fd, line, strlen (line));
}

static void
entry_free (gpointer data)
{
  LogEntry *entry = data;

  g_free (entry->path);
  g_free (entry);
}

void
log_free (Log *log)
{
  if (log == NULL)
    return;
  g_ptr_array_unref (log->entries);
  g_free (log);
}

/* Reads an entry; NULL when it is none. */
static LogEntry *
parse (const char *line)
{
  LogEntry entry = { 0 };
  uintmax_t inode;
  intmax_t size, mtime, ctime;
  char event;
  int end = 0;

  if (sscanf (line, "%c %d %ju %jd %jd.%9ld %jd.%9ld%n", &event, &entry.number, &inode, &size,
              &mtime, &entry.seen.mtime.tv_nsec, &ctime, &entry.seen.ctime.tv_nsec, &end)
          != 8
      || end == 0 || line[end] != ' ' || line[end + 1] == '\0')
    return NULL;
  entry.event = event;
  entry.seen.inode = inode;
  entry.seen.size = size;
  entry.seen.mtime.tv_sec = mtime;
  entry.seen.ctime.tv_sec = ctime;
  entry.path = g_strcompress (line + end + 1);
  return g_memdup2 (&entry, sizeof entry);
}

/* Reads the first line, and what file it says that it is the beginning of. */
static gboolean
parse_first (Log *log, const char *line, Identity *named)
{
  intmax_t seconds, begun, time;
  uintmax_t inode;
  char kind;
  int end = 0;

  if (sscanf (line, MAGIC " %c %jd.%9ld %jd.%9ld %c %ju %jd.%9ld%n", &kind, &seconds,
              &log->mtime.tv_nsec, &begun, &log->begun.tv_nsec, &named->kind, &inode, &time,
              &named->time.tv_nsec, &end)
          != 9
      || end == 0 || line[end] != '\0')
    return FALSE;
  log->kind = kind;
  log->mtime.tv_sec = seconds;
  log->begun.tv_sec = begun;
  named->inode = inode;
  named->time.tv_sec = time;
  return kind == LOG_NEW || kind == LOG_CLEAR || kind == LOG_WORK;
}

/* Reads all of it.  What is not complete was not done. */
static LogState
parse_all (Log *log, char *text, Identity *named)
{
  char *end = strchr (text, '\n');

  if (end == NULL)
    return LOG_EMPTY;
  *end = '\0';
  if (!parse_first (log, text, named))
    return LOG_FOREIGN;
  for (text = end + 1; (end = strchr (text, '\n')) != NULL; text = end + 1)
    {
      LogEntry *entry;

      *end = '\0';
      entry = parse (text);
      if (entry == NULL)
        return LOG_FOREIGN;
      g_ptr_array_add (log->entries, entry);
    }
  return LOG_OURS;
}

/* Tells whether nobody but this user can have written to what he has made. */
gboolean
log_is_own (int env_fd, const struct stat *st)
{
  return ((st->st_mode & 077) == 0 || ((st->st_mode & 022) == 0 && !fs_keeps_modes (env_fd)))
         && st->st_uid == fs_own_uid (env_fd, st->st_uid);
}

/* Reads the log that has this name in an open directory. */
static LogState
read_named (int env_fd, int dir, const char *name, gboolean is_own_run, Log **log)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;
  Identity named = { 0 };
  LogState state;

  *log = NULL;
  if (!regular_open (&file, dir, name, FALSE))
    return errno == ENOENT ? LOG_NONE : LOG_FOREIGN;
  if (file.st.st_size > LOG_MOST
      || (!is_own_run && (file.st.st_nlink != 1 || !log_is_own (env_fd, &file.st)))
      || (text = regular_read (&file, NULL)) == NULL)
    return LOG_FOREIGN;
  *log = g_new0 (Log, 1);
  (*log)->entries = g_ptr_array_new_with_free_func (entry_free);
  (*log)->end = file.st.st_mtim;
  state = parse_all (*log, text, &named);
  (*log)->born = named.time;
  /* Of a log that was settled, the mark is no more. */
  if (state == LOG_OURS && (named.kind == 'b' || dir == env_fd)
      && !identity_is (env_fd, file.fd, &named))
    state = LOG_FOREIGN;
  if (state != LOG_OURS)
    g_clear_pointer (log, log_free);
  return state;
}

/* Reads the log that is in an open directory.  Where this very run has made it
 * (is_own_run), its mode and owner are what the file system makes of them. */
LogState
log_read (int env_fd, gboolean is_own_run, Log **log)
{
  return read_named (env_fd, env_fd, LOG_NAME, is_own_run, log);
}

/* Tells whether an open directory is what a run of this user had put aside that has
 * ended.  The run's log says so, which lies in it then, and names this very
 * directory: anything may have the name, and hold a file of that name. */
gboolean
log_is_ended (int env_fd, int aside)
{
  g_autoptr (Log) log = NULL;
  gboolean is_named = FALSE;
  struct stat st;

  if (fstat (aside, &st) < 0 || !log_is_own (env_fd, &st)
      || read_named (env_fd, aside, UNDO_DONE, FALSE, &log) != LOG_OURS)
    return FALSE;
  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);

      is_named = is_named || (entry->event == LOG_ASIDE && entry->seen.inode == st.st_ino);
    }
  return is_named;
}

/* Removes the log, by which all that it tells of is settled. */
gboolean
log_remove (int env_fd)
{
  gboolean ok = unlinkat (env_fd, LOG_NAME, 0) == 0;
  int failure = errno;

  unlinkat (env_fd, LOG_MARK, 0);
  errno = failure;
  return ok;
}
