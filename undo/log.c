/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The log of a run, a file in the environment's directory: what it is about to
 * change there, and what it has made of it.  By it the run, the process that
 * watches it, or a later run takes all of that back.
 *
 *   venvb-undo-2 KIND INODE MADE PATH TIME TIME IDENTITY
 *                                            the first line: the directory, how many
 *                                            of its path were made for it, a number
 *                                            for that path, when it was changed last,
 *                                            and the log was begun
 *   KIND NUMBER INODE SIZE TIME TIME SINCE PATH
 *                                            SINCE: how many milliseconds the run had
 *                                            gone on; the log's own times anybody sets
 *                                            who touches all there is
 *
 * The identity is the file's own: its inode, and the time when that was made,
 * which neither an archive nor another user can set.  Where the file system has
 * no such time, it is that of the last change of another file, of which nothing
 * is changed any more.  Since a file may have names in other directories, too, the
 * log counts in that directory alone.  One that has a line that ends it is settled, whatever
 * becomes of its name: others may give that to another file.  Where what has its name can't be removed, the
 * next one has another name, with a number.  A line is complete with its newline; what it tells of is
 * done after it was written.
 */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAGIC "venvb-undo-2"

/* As many logs may be there that can't be removed. */
#define NUMBER_MOST 1000

/* More than this is no log. */
#define LOG_MOST (256 << 20)

Seen
log_seen (const struct stat *st)
{
  return (Seen){ st->st_ino, st->st_size, st->st_mtim, st->st_ctim };
}

/* Tells whether a line says how something looks, and not only whose it is. */
gboolean
log_is_seen (const Seen *seen)
{
  return seen->size != 0 || seen->inode != 0 || seen->ctime.tv_sec != 0;
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

/* Tells whether it is as it was noted.  A directory's times change with what is in
 * it, and a file's last change with each of its names. */
gboolean
log_is_as_seen (const Seen *seen, const struct stat *st)
{
  if (seen->inode != st->st_ino || S_ISDIR (st->st_mode))
    return seen->inode == st->st_ino;
  return seen->size == st->st_size && log_is_same_time (seen->mtime, st->st_mtim)
         && (st->st_nlink > 1 || log_is_same_time (seen->ctime, st->st_ctim));
}

/* The name of a log, or of its mark, with this number: free with g_free(). */
char *
log_name (const char *first, guint number)
{
  return number == 0 ? g_strdup (first) : g_strdup_printf ("%s.%u", first, number);
}

/* Tells whether an entry has the name of a log, or of its mark, and the number. */
gboolean
log_has_name (const char *entry, const char *first, guint *number)
{
  const char *rest = entry + strlen (first);
  char *end;

  if (!g_str_has_prefix (entry, first) || (rest[0] != '\0' && rest[0] != '.'))
    return FALSE;
  *number = rest[0] == '\0' ? 0 : (guint) strtoul (rest + 1, &end, 10);
  return rest[0] == '\0' || (g_ascii_isdigit (rest[1]) && *end == '\0' && strlen (rest) < 6);
}

/* The first number that no log has, nor a mark: the last one there is, if all are taken. */
guint
log_unused (int env_fd)
{
  for (guint number = 0; number < NUMBER_MOST; number++)
    {
      g_autofree char *name = log_name (LOG_NAME, number);
      g_autofree char *mark = log_name (LOG_MARK, number);

      if (fs_exists_at (env_fd, name) == 0 && fs_exists_at (env_fd, mark) == 0)
        return number;
    }
  return NUMBER_MOST;
}

/* Writes the first line. */
static gboolean
write_first (int fd, LogKind kind, const Journal *journal, const struct stat *dir,
             const Identity *who)
{
  char line[256];
  int length =
      g_snprintf (line, sizeof line, MAGIC " %c %ju %u %jx %jd.%09ld %jd.%09ld %c %ju %jd.%09ld\n",
                  kind, (uintmax_t) dir->st_ino, journal_count_made (journal),
                  (uintmax_t) journal_hash (journal->env_dir), (intmax_t) dir->st_mtim.tv_sec,
                  dir->st_mtim.tv_nsec, (intmax_t) who->begun.tv_sec, who->begun.tv_nsec, who->kind,
                  (uintmax_t) who->inode, (intmax_t) who->time.tv_sec, who->time.tv_nsec);

  return who->kind != 0 && fs_write_all (fd, line, length);
}

/* Begins the log of a run on an open directory.  Returns a file descriptor to
 * append to, or -1 with errno set, and nothing there. */
int
log_begin (int env_fd, Journal *journal, LogKind kind, gboolean *has_mark)
{
  const int flags = O_WRONLY | O_APPEND | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  g_autofree char *name = log_name (LOG_NAME, journal->log_number);
  g_autofree char *mark = log_name (LOG_MARK, journal->log_number);
  Identity who;
  struct stat st;
  int fd, failure;

  if (fstat (env_fd, &st) < 0)
    return -1;
  fd = openat (env_fd, name, flags, 0600);
  if (fd < 0)
    return -1;
  who = identity_choose (env_fd, mark, fd);
  journal->log = who.log;
  journal->log_born = who.time;
  journal->log_started = since_begin (who.begun);
  *has_mark = who.kind == 'm';
  if (write_first (fd, kind, journal, &st, &who))
    return fd;
  failure = errno;
  close (fd);
  log_remove (env_fd, journal->log_number);
  errno = failure;
  return -1;
}

/* Opens a log that was begun, to append to it; -1 with errno set on failure, as when
 * another file has its name. */
int
log_open (int env_fd, guint number, const Own *own)
{
  g_autofree char *name = log_name (LOG_NAME, number);
  int fd = openat (env_fd, name, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  struct stat st;

  if (fd < 0 || (fstat (fd, &st) == 0 && identity_is_own (own, &st)))
    return fd;
  close (fd);
  errno = EEXIST;
  return -1;
}

/* Writes a line, or nothing of it: what is written after half a line would be part of that,
 * and the log nobody's. */
static gboolean
write_line (int fd, const char *line, gsize length)
{
  gsize done = 0;
  struct stat st;
  int failure;

  while (done < length)
    {
      ssize_t n = write (fd, line + done, length - done);

      if (n > 0)
        done += n;
      else if (n == 0 || errno != EINTR)
        break;
    }
  if (done == length)
    return TRUE;
  failure = errno;
  if (done > 0 && (fstat (fd, &st) < 0 || ftruncate (fd, st.st_size - (off_t) done) < 0))
    g_debug ("half a line stays in the log");
  errno = failure;
  return FALSE;
}

/* Appends an entry; seen may be NULL.  started is when the run began, by the journal. */
gboolean
log_append (int fd, gint64 started, LogEvent event, int number, const Seen *seen, const char *path)
{
  const Seen none = { 0 }, *s = seen != NULL ? seen : &none;
  g_autofree char *escaped = g_strescape (path, NULL);
  g_autofree char *line = g_strdup_printf (
      "%c %d %ju %jd %jd.%09ld %jd.%09ld %jd %s\n", event, number, (uintmax_t) s->inode,
      (intmax_t) s->size, (intmax_t) s->mtime.tv_sec, s->mtime.tv_nsec, (intmax_t) s->ctime.tv_sec,
      s->ctime.tv_nsec, (intmax_t) since_passed (started), escaped);

  return write_line (fd, line, strlen (line));
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
  fs_close (log->fd);
  g_free (log);
}

/* Reads an entry, and after how many milliseconds it was written; NULL when it is none. */
static LogEntry *
parse (const char *line, gint64 *since)
{
  LogEntry entry = { 0 };
  uintmax_t inode;
  intmax_t size, mtime, ctime, passed;
  char event;
  int end = 0;

  if (sscanf (line, "%c %d %ju %jd %jd.%9ld %jd.%9ld %jd%n", &event, &entry.number, &inode, &size,
              &mtime, &entry.seen.mtime.tv_nsec, &ctime, &entry.seen.ctime.tv_nsec, &passed, &end)
          != 9
      || end == 0 || line[end] != ' ' || line[end + 1] == '\0')
    return NULL;
  entry.event = event;
  entry.seen.inode = inode;
  entry.seen.size = size;
  entry.seen.mtime.tv_sec = mtime;
  entry.seen.ctime.tv_sec = ctime;
  *since = passed;
  entry.path = g_strcompress (line + end + 1);
  return g_memdup2 (&entry, sizeof entry);
}

/* Reads the first line, and what file it says that it is the beginning of. */
static gboolean
parse_first (Log *log, const char *line, Identity *named)
{
  intmax_t seconds, begun, time;
  uintmax_t inode, dir, path;
  char kind;
  int end = 0;

  if (sscanf (line, MAGIC " %c %ju %u %jx %jd.%9ld %jd.%9ld %c %ju %jd.%9ld%n", &kind, &dir,
              &log->made, &path, &seconds, &log->mtime.tv_nsec, &begun, &log->begun.tv_nsec,
              &named->kind, &inode, &time, &named->time.tv_nsec, &end)
          != 12
      || end == 0 || line[end] != '\0')
    return FALSE;
  log->kind = kind;
  log->dir = dir;
  log->path_hash = path;
  log->mtime.tv_sec = seconds;
  log->begun.tv_sec = begun;
  named->inode = inode;
  named->time.tv_sec = time;
  return kind == LOG_NEW || kind == LOG_CLEAR || kind == LOG_WORK;
}

/* Notes how long the run has gone on, by when a line was written, and by when what it tells
 * of was changed in the environment. */
static void
go_on (Log *log, const LogEntry *entry, gint64 since)
{
  struct timespec end = log->begun;
  const Seen *seen = &entry->seen;

  since = CLAMP (since, 0, G_MAXINT32) * 1000000 + end.tv_nsec;
  end.tv_sec += since / 1000000000;
  end.tv_nsec = since % 1000000000;
  if (log_is_before (log->end, end))
    log->end = end;
  if (entry->event == LOG_WRITTEN && seen->size >= 0 && entry->path[0] != '/'
      && log_is_before (log->end, seen->ctime))
    log->end = seen->ctime;
}

/* Reads all of it.  What is not complete was not done. */
static LogState
parse_all (Log *log, char *text, Identity *named)
{
  LogState state = LOG_OURS;
  char *end = strchr (text, '\n');
  gint64 since;

  if (end == NULL)
    return LOG_EMPTY;
  *end = '\0';
  if (!parse_first (log, text, named))
    return LOG_FOREIGN;
  log->end = log->begun;
  for (text = end + 1; (end = strchr (text, '\n')) != NULL; text = end + 1)
    {
      LogEntry *entry;

      *end = '\0';
      entry = parse (text, &since);
      if (entry == NULL)
        return LOG_FOREIGN;
      g_ptr_array_add (log->entries, entry);
      go_on (log, entry, since);
      if (entry->event == LOG_END)
        state = LOG_ENDED;
    }
  return state;
}

/* Tells whether nobody but this user can have written to what he has made. */
gboolean
log_is_own (int env_fd, const struct stat *st)
{
  return ((st->st_mode & 077) == 0 || ((st->st_mode & 022) == 0 && !fs_keeps_modes (env_fd)))
         && st->st_uid == fs_own_uid (env_fd, st->st_uid);
}

/* Tells whether a log that was read is the file that it names, and is of this directory.
 * Of one that was settled, the mark is no more. */
static gboolean
is_of (int env_fd, const Log *log, gboolean is_settled, int fd, const Identity *named)
{
  g_autofree char *mark = log_name (LOG_MARK, log->number);
  struct stat st;

  return fstat (env_fd, &st) == 0 && st.st_ino == log->dir
         && ((named->kind != 'b' && is_settled) || identity_is (env_fd, mark, fd, named));
}

/* Tells whether a file is the log to be read: that of this very run, or one to which nobody
 * else can have written.  A run that was ended as soon as it had made the file does not know
 * it yet. */
static gboolean
is_to_be_read (int env_fd, const struct stat *st, const Journal *journal)
{
  return st->st_size <= LOG_MOST
         && (journal != NULL && journal->log.is_known
                 ? identity_is_own (&journal->log, st)
                 : st->st_nlink == 1 && log_is_own (env_fd, st));
}

/* Reads the log that has this name in an open directory: that of the journal's run, or, where
 * that is NULL, an earlier one's.  It stays open, so that it can be ended whatever becomes of
 * its name. */
static LogState
read_named (int env_fd, int dir, const char *name, guint number, const Journal *journal, Log **log)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;
  Identity named = { 0 };
  LogState state;

  *log = NULL;
  if (!regular_open (&file, dir, name, FALSE))
    return errno == ENOENT ? LOG_NONE : LOG_FOREIGN;
  if (!is_to_be_read (env_fd, &file.st, journal) || (text = regular_read (&file, NULL)) == NULL)
    return LOG_FOREIGN;
  *log = g_new0 (Log, 1);
  (*log)->number = number;
  identity_note (&(*log)->own, &file.st);
  (*log)->fd = dir == env_fd ? log_open (env_fd, number, &(*log)->own) : -1;
  (*log)->entries = g_ptr_array_new_with_free_func (entry_free);
  if ((*log)->fd < 0 && errno == EEXIST && dir == env_fd)
    g_clear_pointer (log, log_free); /* it is exchanged at this moment */
  if (*log == NULL)
    return LOG_FOREIGN;
  state = parse_all (*log, text, &named);
  (*log)->born = named.time;
  if ((state == LOG_OURS || state == LOG_ENDED)
      && (!is_of (env_fd, *log, dir != env_fd, file.fd, &named)
          || (journal != NULL
              && (!journal->log.is_known || !log_is_same_time (journal->log_born, named.time)))))
    state = LOG_FOREIGN;
  if (state != LOG_OURS && state != LOG_ENDED)
    g_clear_pointer (log, log_free);
  return state;
}

/* Reads the log that is in an open directory.  Of this very run, whose journal that is, it
 * has to be the file that it has made; NULL for an earlier one's. */
LogState
log_read (int env_fd, guint number, const Journal *journal, Log **log)
{
  g_autofree char *name = log_name (LOG_NAME, number);

  return read_named (env_fd, env_fd, name, number, journal, log);
}

/* What is known of a log that somebody has removed, of a run in a directory that was empty: when
 * it was begun, by which tells what is older.  NULL where there was none. */
Log *
log_lost (const Journal *journal)
{
  Log *log;

  if (!journal->is_new || !journal->log.is_known)
    return NULL;
  log = g_new0 (Log, 1);
  log->kind = LOG_NEW;
  log->born = log->begun = log->end = journal->log_born;
  log->fd = -1;
  log->entries = g_ptr_array_new_with_free_func (entry_free);
  return log;
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

  if (fstat (aside, &st) < 0 || !log_is_own (env_fd, &st))
    return FALSE;
  read_named (env_fd, aside, UNDO_DONE, 0, NULL, &log);
  if (log == NULL)
    return FALSE;
  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);

      is_named = is_named || (entry->event == LOG_ASIDE && entry->seen.inode == st.st_ino);
    }
  return is_named;
}

/* Ends a log that is open: from here on, it is never obeyed.  Where not even a line can be
 * written, nothing of it is left.  It is closed, since some file systems keep what is removed
 * as long as it is open, beside where it was. */
gboolean
log_end (int *fd)
{
  gboolean ok =
      *fd >= 0 && (log_append (*fd, 0, LOG_END, -1, NULL, ".") || ftruncate (*fd, 0) == 0);

  fs_close (*fd);
  *fd = -1;
  return ok;
}

/* Removes the log, by which all that it tells of is settled. */
gboolean
log_remove (int env_fd, guint number)
{
  g_autofree char *name = log_name (LOG_NAME, number);
  g_autofree char *mark = log_name (LOG_MARK, number);
  gboolean ok = unlinkat (env_fd, name, 0) == 0;
  int failure = errno;

  unlinkat (env_fd, mark, 0);
  errno = failure;
  return ok;
}
