/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "sink.h"

#include "venvb-plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#ifndef VENVB_SYSLOG_SOCKET
#define VENVB_SYSLOG_SOCKET "/dev/log"
#endif

/* How long another writer may hold the lock. */
#ifndef LOCK_SECONDS
#define LOCK_SECONDS 10
#endif

static gboolean
fail (GError **error, const char *what, const char *path, const char *why)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path, why);
  return FALSE;
}

/* Opens the file, making it with exactly this mode.  No link is followed, which
 * somebody may have put there to have another file written to. */
static int
open_log (const char *path, mode_t mode)
{
  const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  int fd = open (path, flags | O_CREAT | O_EXCL, mode);

  if (fd >= 0)
    fchmod (fd, mode);
  else if (errno == EEXIST)
    fd = open (path, flags);
  return fd;
}

/* Waits for the lock, not for ever. */
static gboolean
lock (int fd)
{
  gint64 deadline = g_get_monotonic_time () + LOCK_SECONDS * G_USEC_PER_SEC;

  while (flock (fd, LOCK_EX | LOCK_NB) < 0)
    {
      if (errno != EWOULDBLOCK && errno != EINTR)
        return FALSE;
      if (g_get_monotonic_time () >= deadline)
        return FALSE;
      g_usleep (10000);
    }
  return TRUE;
}

/* Writes all of the text, or takes back the part that was written. */
static gboolean
write_all (int fd, const char *text, gsize length)
{
  gsize done = 0;
  struct stat st;
  int saved;

  while (done < length)
    {
      ssize_t n = write (fd, text + done, length - done);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        break;
      done += n;
    }
  if (done == length)
    return TRUE;
  saved = errno;
  if (done > 0 && (fstat (fd, &st) < 0 || ftruncate (fd, st.st_size - done) < 0))
    g_debug ("a part of a line stays in the log");
  errno = saved;
  return FALSE;
}

static gboolean
append (int fd, const char *path, const char *line, GError **error)
{
  g_autofree char *text = g_strconcat (line, "\n", NULL);
  struct stat st;

  if (fstat (fd, &st) < 0)
    return fail (error, "open log", path, g_strerror (errno));
  if (!S_ISREG (st.st_mode))
    return fail (error, "open log", path, "it is not a regular file");
  if ((st.st_mode & S_IWOTH) != 0)
    return fail (error, "use log", path, "everybody may write to it");
  if (!lock (fd))
    return fail (error, "lock log", path,
                 errno == EWOULDBLOCK ? "another program holds it" : g_strerror (errno));
  return write_all (fd, text, strlen (text)) || fail (error, "write log", path, g_strerror (errno));
}

gboolean
sink_append (const char *path, mode_t mode, const char *line, GError **error)
{
  int fd = open_log (path, mode);
  gboolean ok;

  if (fd < 0)
    return fail (error, "open log", path,
                 errno == ELOOP    ? "it is a symbolic link"
                 : errno == ENXIO  ? "it is not a regular file"
                 : errno == ENOENT ? "its directory does not exist"
                                   : g_strerror (errno));
  ok = append (fd, path, line, error);
  if (close (fd) < 0 && ok)
    return fail (error, "write log", path, g_strerror (errno));
  return ok;
}

/* The line as syslog(3) sends it: priority, local time, program, process. */
static char *
format_line (int facility, const char *line)
{
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  time_t now = time (NULL);
  struct tm tm;

  localtime_r (&now, &tm);
  return g_strdup_printf ("<%d>%s %2d %02d:%02d:%02d venvb[%d]: %s", facility | LOG_NOTICE,
                          months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                          (int) getpid (), line);
}

/* Sends text over a socket of this type: a datagram, or ended by a NUL. */
static gboolean
send_by (int type, const char *text)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = VENVB_SYSLOG_SOCKET };
  gsize length = strlen (text) + (type == SOCK_STREAM);
  gboolean ok = FALSE;
  int fd = socket (AF_UNIX, type | SOCK_CLOEXEC, 0);
  int saved;

  if (fd < 0)
    return FALSE;
  if (connect (fd, (const struct sockaddr *) &address, sizeof address) == 0)
    ok = send (fd, text, length, MSG_NOSIGNAL) == (ssize_t) length;
  saved = errno;
  close (fd);
  errno = saved;
  return ok;
}

gboolean
sink_send (int facility, const char *line, GError **error)
{
  g_autofree char *text = format_line (facility, line);

  return send_by (SOCK_DGRAM, text) || (errno == EPROTOTYPE && send_by (SOCK_STREAM, text))
         || fail (error, "write to the system's log", VENVB_SYSLOG_SOCKET, g_strerror (errno));
}

int
sink_facility (const char *name)
{
  static const struct
  {
    const char *name;
    int facility;
  } rows[] = {
    { "auth", LOG_AUTH },     { "authpriv", LOG_AUTHPRIV }, { "daemon", LOG_DAEMON },
    { "user", LOG_USER },     { "local0", LOG_LOCAL0 },     { "local1", LOG_LOCAL1 },
    { "local2", LOG_LOCAL2 }, { "local3", LOG_LOCAL3 },     { "local4", LOG_LOCAL4 },
    { "local5", LOG_LOCAL5 }, { "local6", LOG_LOCAL6 },     { "local7", LOG_LOCAL7 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    if (g_str_equal (rows[i].name, name))
      return rows[i].facility;
  return -1;
}
