/* SPDX-License-Identifier: BSD-2-Clause */

/* Runs a part of the check in a process of its own, which a plugin may
 * crash, end, or keep waiting. */

#include "config.h"

#include "kit/room.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEFAULT_SECONDS 60
#define TICK 20 /* milliseconds */

static const int caught_signals[] = { SIGINT, SIGTERM, SIGHUP };
static volatile sig_atomic_t caught;

static void
on_signal (int number)
{
  caught = number;
}

/* While the check runs, a signal ends it in good order; then it is raised
 * again. */
void
child_catch_signals (gboolean on)
{
  static struct sigaction old[G_N_ELEMENTS (caught_signals)];
  struct sigaction action = { .sa_handler = on_signal };

  for (guint i = 0; i < G_N_ELEMENTS (caught_signals); i++)
    if (!on)
      sigaction (caught_signals[i], &old[i], NULL);
    else if (sigaction (caught_signals[i], NULL, &old[i]) == 0 && old[i].sa_handler != SIG_IGN)
      sigaction (caught_signals[i], &action, NULL);
  if (!on && caught != 0)
    raise (caught);
}

gboolean
child_interrupted (void)
{
  return caught != 0;
}

/* How long a part may take. */
guint
child_seconds (void)
{
  const char *text = g_getenv ("VENVB_CHECK_SECONDS");
  guint64 seconds = DEFAULT_SECONDS;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, 86400, &seconds, NULL))
    return DEFAULT_SECONDS;
  return seconds;
}

/* Opens a file as one of the standard files. */
static void
redirect (int to, const char *path, int flags)
{
  int fd = open (path, flags, 0600);

  if (fd >= 0 && fd != to)
    {
      dup2 (fd, to);
      close (fd);
    }
}

/* Has everything that belongs to the user in the scratch directory. */
static void
enter_scratch (const Check *check)
{
  static const char *const homes[][2] = {
    { "HOME", "home" },
    { "XDG_CONFIG_HOME", "home/.config" },
    { "XDG_DATA_HOME", "home/.local/share" },
    { "XDG_STATE_HOME", "home/.local/state" },
    { "XDG_CACHE_HOME", "cache" },
    { "TMPDIR", "tmp" },
  };
  g_autofree char *out = check_path (check, "stdout");
  g_autofree char *err = check_path (check, "stderr");

  for (guint i = 0; i < G_N_ELEMENTS (homes); i++)
    {
      g_autofree char *dir = check_path (check, homes[i][1]);
      g_setenv (homes[i][0], dir, TRUE);
    }
  redirect (STDIN_FILENO, "/dev/null", O_RDONLY);
  redirect (STDOUT_FILENO, out, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  redirect (STDERR_FILENO, err, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
}

typedef union
{
  struct cmsghdr header;
  char space[CMSG_SPACE (sizeof (int))];
} Control;

/* Has this process watched by its parent: hands over what that is asked by, or nothing. */
static void
be_watched (Check *check, int socket)
{
  Control control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };
  int listener = outside_begin ();

  if (listener < 0)
    check_note (check, "what is changed outside of HOME can't be seen here: %s",
                g_strerror (errno));
  else
    {
      message.msg_control = &control;
      message.msg_controllen = sizeof control;
      control.header.cmsg_len = CMSG_LEN (sizeof listener);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      memcpy (CMSG_DATA (&control.header), &listener, sizeof listener);
    }
  (void) !sendmsg (socket, &message, 0);
  if (listener >= 0)
    close (listener);
  close (socket);
}

/* Takes what a child process hands over; -1 where that is nothing, or it has died. */
static int
take_listener (int socket)
{
  Control control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  int listener = -1;

  if (recvmsg (socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR (&message) != NULL)
    memcpy (&listener, CMSG_DATA (&control.header), sizeof listener);
  return listener;
}

G_GNUC_NORETURN static void
live (Check *check, ChildFunc func, gpointer data)
{
  pid_t pid = getpid ();

  for (guint i = 0; i < G_N_ELEMENTS (caught_signals); i++)
    signal (caught_signals[i], SIG_DFL);
  children_adopt (1);
  enter_scratch (check);
  func (check, data);
  if (getpid () != pid)
    check_problem (check, "a process that it forked came back from its function");
  else
    check_report (check, REPORT_DONE, "");
  fflush (NULL);
  _exit (0);
}

/* Hands on the complete lines of what a child reports; tells whether it said
 * that it is done. */
static gboolean
read_reports (Check *check, int fd, GString *pending)
{
  char buffer[4096];
  gboolean done = FALSE;
  ssize_t n;
  char *end;

  while ((n = read (fd, buffer, sizeof buffer)) > 0)
    g_string_append_len (pending, buffer, n);
  while ((end = memchr (pending->str, '\0', pending->len)) != NULL)
    {
      done = done || pending->str[0] == REPORT_DONE;
      if (pending->str[0] != REPORT_DONE)
        check_report (check, pending->str[0], pending->str + 1);
      g_string_erase (pending, 0, end + 1 - pending->str);
    }
  return done;
}

/* Waits until the child has ended; sets in_time to whether it did by itself. */
static gboolean
attend (Check *check, pid_t pid, int fd, int *status, gboolean *in_time)
{
  gint64 deadline = g_get_monotonic_time () + child_seconds () * G_USEC_PER_SEC;
  g_autoptr (GString) pending = g_string_new (NULL);
  gboolean done = FALSE;
  pid_t ended = 0;

  *in_time = TRUE;
  while (ended == 0)
    {
      struct pollfd polled[2] = { { fd, POLLIN, 0 }, { check->listener, POLLIN, 0 } };
      int ready = poll (polled, 2, done ? 1 : TICK);

      /* What a child left running keeps the pipe open: only its end counts. */
      if (ready > 0 && (polled[1].revents & POLLIN))
        outside_answer (check);
      else if (ready > 0 && !(polled[0].revents & POLLIN))
        g_usleep (1000);
      ended = waitpid (pid, status, WNOHANG);
      done = read_reports (check, fd, pending) || done;
      if (ended == 0 && (caught != 0 || g_get_monotonic_time () > deadline))
        {
          *in_time = FALSE;
          children_signal (pid, SIGKILL);
          waitpid (pid, status, 0);
          return FALSE;
        }
    }
  return done;
}

/* Says how a child ended that did not say itself that it was done. */
static void
explain (Check *check, int status, gboolean in_time)
{
  const char *where = check->where[0] != '\0' ? check->where : "the check";

  if (caught != 0)
    return;
  if (!in_time)
    check_problem (check, "%s: does not come back within %u seconds", where, child_seconds ());
  else if (WIFSIGNALED (status))
    check_problem (check, "%s: crashes with signal %d (%s)", where, WTERMSIG (status),
                   strsignal (WTERMSIG (status)));
  else
    check_problem (check, "%s: ends the process with exit status %d", where, WEXITSTATUS (status));
}

/* Reports what was printed by code that has no business with the terminal. */
static void
report_output (Check *check, const char *file, const char *stream)
{
  g_autofree char *path = check_path (check, file);
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL) || text[0] == '\0')
    return;
  text[strcspn (text, "\n")] = '\0';
  check_problem (check, "writes to standard %s, where venvb_context_message() would do: '%s'",
                 stream, text);
}

/* Runs func in a child process.  What it reports is reported here.  TRUE when
 * it came to its end. */
gboolean
child_run (Check *check, ChildFunc func, gpointer data)
{
  volatile sig_atomic_t watched;
  gboolean done = FALSE, in_time = TRUE;
  Brood brood = { .always = TRUE };
  int fds[2], sockets[2] = { -1, -1 }, status = 0;
  pid_t pid;

  check_where (check, "");
  if (caught != 0 || pipe2 (fds, O_CLOEXEC) < 0)
    return FALSE;
  brood.report_fd = fds[0];
  fcntl (fds[0], F_SETFL, O_NONBLOCK);
  fflush (NULL);
  if (check->is_watched && socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
    sockets[0] = sockets[1] = -1;
  pid = children_fork (&brood, &watched, NULL, 0);
  if (pid == 0)
    {
      close (fds[0]);
      check->report_fd = fds[1];
      if (sockets[0] >= 0)
        {
          close (sockets[0]);
          be_watched (check, sockets[1]);
        }
      live (check, func, data);
    }
  close (fds[1]);
  if (sockets[1] >= 0)
    close (sockets[1]);
  if (pid > 0 && sockets[0] >= 0)
    check->listener = take_listener (sockets[0]);
  if (sockets[0] >= 0)
    close (sockets[0]);
  if (pid > 0)
    done = attend (check, pid, fds[0], &status, &in_time);
  if (check->listener >= 0)
    close (check->listener);
  check->listener = -1;
  close (fds[0]);
  children_reaped (&brood, !done);
  if (!done && pid > 0)
    explain (check, status, in_time);
  report_output (check, "stdout", "output");
  report_output (check, "stderr", "error");
  return done;
}
