/* SPDX-License-Identifier: BSD-2-Clause */

/* Programs: run one, and hand its output on line by line. */

#include "base/base.h"
#include "base/progress.h"

#include "base/home.h"
#include "base/launch.h"
#include "base/programs.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_LINES 20
#define CAPTURE_MAX (1024 * 1024)

/* How often a program that is limited is looked at, in milliseconds. */
#define TICK 50

/* How long what was asked to end may take to do so. */
#define GRACE (2 * G_USEC_PER_SEC)

/* One of the two pipes that a program writes to. */
typedef struct
{
  int fd;
  VenvbSource source;
  GString *pending; /* the start of a line */
} Stream;

typedef struct
{
  const Proc *proc;
  GQueue tail; /* the last lines, for an error message */
} Output;

static void
deliver_line (Output *output, VenvbSource source, const char *line)
{
  if (output->proc->line != NULL)
    output->proc->line (source, line, output->proc->data);
  g_queue_push_tail (&output->tail, g_strdup (line));
  if (output->tail.length > TAIL_LINES)
    g_free (g_queue_pop_head (&output->tail));
}

/* Delivers the lines that are complete; all that is left at the end. */
static void
deliver_pending (Output *output, Stream *stream, gboolean at_end)
{
  char *end;

  while ((end = strchr (stream->pending->str, '\n')) != NULL)
    {
      *end = '\0';
      g_strchomp (stream->pending->str);
      deliver_line (output, stream->source, stream->pending->str);
      g_string_erase (stream->pending, 0, end + 1 - stream->pending->str);
    }
  if (at_end && stream->pending->len > 0)
    deliver_line (output, stream->source, stream->pending->str);
}

/* Reads what there is.  Closes the stream at its end. */
static void
read_stream (Output *output, Stream *stream)
{
  char buffer[8192];
  ssize_t n = read (stream->fd, buffer, sizeof buffer);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return;
  for (ssize_t i = 0; i < n; i++)
    g_string_append_c (stream->pending, buffer[i] == '\0' ? ' ' : buffer[i]);
  deliver_pending (output, stream, n <= 0);
  if (n <= 0)
    {
      close (stream->fd);
      stream->fd = -1;
    }
}

/* Tells whether the program has ended; it is not reaped. */
static gboolean
is_over (GPid pid)
{
  siginfo_t info = { .si_pid = 0 };

  return waitid (P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid != 0;
}

/* Waits until the program has ended, or the deadline. */
static gboolean
has_ended (GPid pid, gint64 deadline)
{
  for (gulong pause = 250; !is_over (pid); pause = MIN (pause * 2, 20000))
    {
      if (g_get_monotonic_time () >= deadline)
        return FALSE;
      g_usleep (pause);
    }
  return TRUE;
}

/* How often, in milliseconds, to tell that one that is not limited still runs. */
#define BEAT 1000

/* Reads all that a program writes.  With a deadline that is until then, or
 * until nothing is left after it has ended: what it started may still hold its
 * output open. */
static void
read_all (Output *output, Stream *streams, GPid pid, gint64 deadline)
{
  gboolean was_over = FALSE;

  while (streams[0].fd >= 0 || streams[1].fd >= 0)
    {
      struct pollfd polled[2] = { { streams[0].fd, POLLIN, 0 }, { streams[1].fd, POLLIN, 0 } };
      int ready = poll (polled, 2, deadline == 0 ? progress_pause (BEAT) : TICK);

      changes_alive ();
      progress_beat ();
      if (ready < 0 && errno != EINTR)
        return;
      for (guint i = 0; ready > 0 && i < 2; i++)
        if (polled[i].revents != 0)
          read_stream (output, &streams[i]);
      if (deadline != 0 && (g_get_monotonic_time () >= deadline || (ready == 0 && was_over)))
        return;
      was_over = deadline != 0 && ready == 0 && is_over (pid);
    }
}

/* Delivers what is left of the lines of streams that were not read to their
 * end. */
static void
close_streams (Output *output, Stream *streams)
{
  for (guint i = 0; i < 2; i++)
    if (streams[i].fd >= 0)
      {
        deliver_pending (output, &streams[i], TRUE);
        close (streams[i].fd);
      }
}

/* Waits for a program; sets error unless it exits with 0.  One whose end nobody
 * tells has failed: whoever calls the library may have SIGCHLD ignored, or wait
 * for all children of the process. */
static gboolean
reap (GPid pid, const char *name, GError **error)
{
  int status = 0;
  pid_t ended;

  while ((ended = waitpid (pid, &status, 0)) < 0 && errno == EINTR)
    ;
  children_ended (pid);
  if (ended < 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot tell how '%s' ended: %s", name,
                 errno == ECHILD ? "this process ignores SIGCHLD, or waits for all of its children"
                                 : g_strerror (errno));
  else if (WIFSIGNALED (status))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' was ended by signal %d (%s)", name,
                 WTERMSIG (status), strsignal (WTERMSIG (status)));
  else if (WEXITSTATUS (status) != 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' exited with status %d", name,
                 WEXITSTATUS (status));
  return ended == pid && status == 0;
}

/* Adds the last lines of output to an error, each after "\n  | ". */
static void
append_tail (GError **error, GQueue *tail)
{
  g_autoptr (GString) text = NULL;

  if (error == NULL || *error == NULL)
    return;
  text = g_string_new ((*error)->message);
  for (GList *at = tail->head; at != NULL; at = at->next)
    g_string_append_printf (text, "\n  | %s", (char *) at->data);
  g_free ((*error)->message);
  (*error)->message = g_string_free (g_steal_pointer (&text), FALSE);
}

/* Tells whether this process has a terminal, on which a program may ask something: only
 * the group of processes in the foreground may, which is ours. */
static gboolean
has_terminal (void)
{
  int fd = open ("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);

  fs_close (fd);
  return fd >= 0;
}

/* The file to run, and the arguments of it: a name is found on PATH here, not where
 * the program is to start. */
static char **
argv_for (const char *const *argv, const char *path)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  g_ptr_array_add (list, g_strdup (path != NULL ? path : argv[0]));
  for (guint i = 0; argv[i] != NULL; i++)
    g_ptr_array_add (list, g_strdup (argv[i]));
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

/* What a program gets to see of these variables, which are taken over. */
static char **
given (char **variables)
{
  return home_environ (programs_environ (variables));
}

static gboolean
start (const Proc *proc, gboolean group, GPid *pid, int *out, int *err, GError **error)
{
  g_autofree char *path = programs_find (proc->argv[0]);
  g_auto (GStrv) argv = argv_for (proc->argv, path);
  g_auto (GStrv) envp = given (proc->envp != NULL ? g_strdupv (proc->envp) : g_get_environ ());
  Launch launch = { argv, envp, proc->cwd, proc->cwd_fd, -1, -1, group };
  g_autoptr (GError) cause = NULL;
  gboolean ok;

  if (path == NULL && strchr (proc->argv[0], '/') == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot run '%s': it is not on PATH",
                   proc->argv[0]);
      return FALSE;
    }
  if (proc->input != NULL && (launch.input = launch_input (proc->input, proc->input_length)) < 0)
    return fs_fail (error, "write input for", proc->argv[0]);
  ok = launch_program (&launch, pid, out, err, &cause);
  fs_close (launch.input);
  if (!ok)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot run '%s': %s", proc->argv[0],
                 cause->message);
  return ok;
}

/* Ends what is left of a process group whose leader was reaped: what does not
 * obey is killed.  Orphans may have come to this process, and count as long as
 * they are not reaped. */
static void
end_group (GPid group)
{
  gint64 start = g_get_monotonic_time ();
  gboolean killed = FALSE;
  int number = SIGTERM;

  while (kill (-group, number) == 0)
    {
      gint64 waited = g_get_monotonic_time () - start;

      while (waitpid (-group, NULL, WNOHANG) > 0)
        ;
      if (waited >= 2 * GRACE)
        return;
      number = waited >= GRACE && !killed ? SIGKILL : 0;
      killed = killed || number == SIGKILL;
      g_usleep (2000);
    }
}

/* Says that a program was ended since it took so long. */
static void
fail_late (GError **error, const char *program, guint seconds)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "'%s' took longer than %u second%s and was ended", program, seconds,
               seconds == 1 ? "" : "s");
}

/* Signals a program that is limited, and what it started. */
static void
signal_all (GPid pid, const char *before, int number)
{
  if (before == NULL)
    kill (-pid, number);
  else
    children_signal (pid, number);
}

/* Waits for a program that may take until the deadline, and ends it and what
 * it started then; what it leaves running ends with it.  before are the children that
 * there were, where it does not lead a group. */
static gboolean
reap_limited (const Proc *proc, GPid pid, gint64 deadline, const char *before, GError **error)
{
  gboolean in_time = has_ended (pid, deadline);
  gboolean ok;

  if (!in_time)
    signal_all (pid, before, SIGTERM);
  if (!in_time && !has_ended (pid, g_get_monotonic_time () + GRACE))
    signal_all (pid, before, SIGKILL);
  ok = reap (pid, proc->argv[0], in_time ? error : NULL);
  if (before == NULL)
    end_group (pid);
  else
    children_end_gently (before, GRACE);
  if (!in_time)
    fail_late (error, proc->argv[0], proc->seconds);
  return ok && in_time;
}

/* Runs a program to its end.  Each line of its output goes to proc->line as
 * it comes; the error of one that fails holds the last of them.  One that is
 * limited leads a process group, which ends with it; where there is a terminal, all
 * children that are new end. */
gboolean
proc_run (const Proc *proc, GError **error)
{
  gint64 deadline =
      proc->seconds == 0 ? 0 : g_get_monotonic_time () + proc->seconds * G_USEC_PER_SEC;
  g_autofree char *before =
      proc->seconds > 0 && children_are_all_ours () && has_terminal () ? children_list () : NULL;
  Output output = { .proc = proc, .tail = G_QUEUE_INIT };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) err = g_string_new (NULL);
  Stream streams[2] = { { -1, VENVB_SOURCE_STDOUT, out }, { -1, VENVB_SOURCE_STDERR, err } };
  GPid pid = 0;
  gboolean ok;

  launch_begin_waiting ();
  if (!start (proc, proc->seconds > 0 && before == NULL, &pid, &streams[0].fd, &streams[1].fd,
              error))
    {
      launch_end_waiting ();
      return FALSE;
    }
  read_all (&output, streams, pid, deadline);
  ok = deadline == 0 ? reap (pid, proc->argv[0], error)
                     : reap_limited (proc, pid, deadline, before, error);
  launch_end_waiting ();
  close_streams (&output, streams);
  if (!ok)
    append_tail (error, &output.tail);
  g_queue_clear_full (&output.tail, g_free);
  return ok;
}

/* Reads from fd into out until its end, the deadline, or too much. */
static gboolean
capture (int fd, gint64 deadline, GString *out)
{
  char buffer[8192];
  struct pollfd polled = { fd, POLLIN, 0 };

  while (out->len < CAPTURE_MAX)
    {
      int left = (deadline - g_get_monotonic_time ()) / 1000;
      ssize_t n;

      if (left <= 0 || (poll (&polled, 1, left) < 0 && errno != EINTR))
        return FALSE;
      n = polled.revents == 0 ? -1 : read (fd, buffer, sizeof buffer);
      if (n == 0)
        return TRUE;
      if (n > 0)
        g_string_append_len (out, buffer, n);
    }
  return FALSE;
}

/* Runs a program, its standard output going to out and its standard error to
 * nowhere.  One that takes longer than the given time, or writes without end,
 * is killed. */
gboolean
proc_capture (const char *const *argv, guint seconds, GString *out, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  g_auto (GStrv) envp = given (g_get_environ ());
  g_auto (GStrv) words = argv_for (argv, NULL);
  const Launch launch = { .argv = words, .envp = envp, .input = -1, .err_fd = -1 };
  g_autoptr (GError) cause = NULL;
  GPid pid;
  int fd;
  gboolean in_time, ok;

  if (!launch_program (&launch, &pid, &fd, NULL, &cause))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s", cause->message);
      return FALSE;
    }
  in_time = capture (fd, deadline, out) && has_ended (pid, deadline);
  close (fd);
  if (!in_time)
    kill (pid, SIGKILL);
  ok = reap (pid, argv[0], in_time ? error : NULL);
  if (!in_time && out->len >= CAPTURE_MAX)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' wrote too much and was ended",
                 argv[0]);
  else if (!in_time)
    fail_late (error, argv[0], seconds);
  return ok && in_time;
}
