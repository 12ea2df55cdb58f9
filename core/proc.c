/* SPDX-License-Identifier: BSD-2-Clause */

/* Programs: run one, and hand its output on line by line. */

#include "core.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_LINES 20
#define CAPTURE_MAX (1024 * 1024)

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

static void
read_all (Output *output, Stream *streams)
{
  while (streams[0].fd >= 0 || streams[1].fd >= 0)
    {
      struct pollfd polled[2] = { { streams[0].fd, POLLIN, 0 }, { streams[1].fd, POLLIN, 0 } };

      if (poll (polled, 2, -1) < 0 && errno != EINTR)
        return;
      for (guint i = 0; i < 2; i++)
        if (polled[i].revents != 0)
          read_stream (output, &streams[i]);
    }
}

/* Waits for a program; sets error unless it exits with 0. */
static gboolean
reap (GPid pid, const char *name, GError **error)
{
  int status = 0;

  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (WIFSIGNALED (status))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' was ended by signal %d (%s)", name,
                 WTERMSIG (status), strsignal (WTERMSIG (status)));
  else if (WEXITSTATUS (status) != 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' exited with status %d", name,
                 WEXITSTATUS (status));
  return status == 0;
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

static gboolean
start (const char *const *argv, const char *cwd, char **envp, GPid *pid, int *out, int *err,
       GError **error)
{
  g_autoptr (GError) cause = NULL;

  isolate_expect_program ();
  if (g_spawn_async_with_pipes (cwd, (char **) argv, envp,
                                G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_SEARCH_PATH, NULL, NULL, pid,
                                NULL, out, err, &cause))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot run '%s': %s", argv[0],
               cause->message);
  return FALSE;
}

/* Runs a program to its end.  Each line of its output goes to proc->line as
 * it comes; the error of one that fails holds the last of them. */
gboolean
proc_run (const Proc *proc, GError **error)
{
  Output output = { .proc = proc, .tail = G_QUEUE_INIT };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) err = g_string_new (NULL);
  Stream streams[2] = { { -1, VENVB_SOURCE_STDOUT, out }, { -1, VENVB_SOURCE_STDERR, err } };
  GPid pid;
  gboolean ok;

  if (!start (proc->argv, proc->cwd, proc->envp, &pid, &streams[0].fd, &streams[1].fd, error))
    return FALSE;
  read_all (&output, streams);
  ok = reap (pid, proc->argv[0], error);
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

/* Waits until the program has ended, or the deadline. */
static gboolean
has_ended (GPid pid, gint64 deadline)
{
  siginfo_t info = { .si_pid = 0 };

  while (waitid (P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == 0)
    {
      if (g_get_monotonic_time () >= deadline)
        return FALSE;
      g_usleep (500);
    }
  return TRUE;
}

/* Runs a program, its standard output going to out and its standard error to
 * nowhere.  One that takes longer than the given time, or writes without end,
 * is killed. */
gboolean
proc_capture (const char *const *argv, guint seconds, GString *out, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  g_autoptr (GError) cause = NULL;
  GPid pid;
  int fd;
  gboolean in_time;

  isolate_expect_program ();
  if (!g_spawn_async_with_pipes (NULL, (char **) argv, NULL,
                                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL,
                                 &pid, NULL, &fd, NULL, &cause))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s", cause->message);
      return FALSE;
    }
  in_time = capture (fd, deadline, out) && has_ended (pid, deadline);
  close (fd);
  if (!in_time)
    kill (pid, SIGKILL);
  return reap (pid, argv[0], error);
}
