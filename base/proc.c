/* SPDX-License-Identifier: BSD-2-Clause */

/* Programs: run one, and hand its output on line by line. */

#include "base/base.h"

#include "base/programs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#ifdef HAVE_MEMFD_CREATE
#include <sys/mman.h>
#endif
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
      int ready = poll (polled, 2, deadline == 0 ? BEAT : TICK);

      changes_alive ();
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

/* A file without a name that holds what a program is to read: unlike a pipe it
 * makes nobody wait, and nobody is killed when the program does not read it. */
static int
open_input (const Proc *proc, GError **error)
{
#ifdef HAVE_MEMFD_CREATE
  int fd = memfd_create ("venvb-input", MFD_CLOEXEC);
#else
  g_autofree char *name = NULL;
  int fd = g_file_open_tmp ("venvb-XXXXXX", &name, NULL);

  if (fd >= 0)
    unlink (name);
#endif
  if (fd >= 0 && write (fd, proc->input, proc->input_length) == (ssize_t) proc->input_length
      && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  fs_fail (error, "write input for", proc->argv[0]);
  if (fd >= 0)
    close (fd);
  return -1;
}

/* What the new process does before it becomes the program. */
typedef struct
{
  int input;         /* or -1 */
  const int *cwd_fd; /* or NULL */
  gboolean group;    /* lead a process group */
  guint ignored;     /* bits: which of the signals below */
} Setup;

/* The signals that GLib has a new program obey, even where we ignore them. */
static const int reset[] = { SIGINT, SIGTERM, SIGHUP };

/* Which of these this process ignores, as nohup(1) has it: a run that goes on
 * is of no use without the programs it waits for. */
static guint
ignored_signals (void)
{
  struct sigaction action;
  guint set = 0;

  for (guint i = 0; i < G_N_ELEMENTS (reset); i++)
    if (sigaction (reset[i], NULL, &action) == 0 && action.sa_handler == SIG_IGN)
      set |= 1u << i;
  return set;
}

static void
set_up (gpointer data)
{
  const Setup *setup = data;

  if (setup->input >= 0)
    dup2 (setup->input, STDIN_FILENO);
  if (setup->cwd_fd != NULL && fchdir (*setup->cwd_fd) < 0)
    _exit (127);
  if (setup->group)
    setpgid (0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (reset); i++)
    if (setup->ignored & 1u << i)
      signal (reset[i], SIG_IGN);
}

/* The function for GLib: none, where there is nothing to do, is faster. */
static GSpawnChildSetupFunc
setup_func (const Setup *setup)
{
  return setup->input >= 0 || setup->cwd_fd != NULL || setup->group || setup->ignored != 0 ? set_up
                                                                                           : NULL;
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

static gboolean
start (const Proc *proc, GPid *pid, int *out, int *err, GError **error)
{
  Setup setup = {
    .input = -1, .cwd_fd = proc->cwd_fd, .group = proc->seconds > 0, .ignored = ignored_signals ()
  };
  g_autofree char *path = programs_find (proc->argv[0]);
  g_auto (GStrv) argv = argv_for (proc->argv, path);
  g_auto (GStrv) envp =
      programs_environ (proc->envp != NULL ? g_strdupv (proc->envp) : g_get_environ ());
  g_autoptr (GError) cause = NULL;
  gboolean ok;

  if (path == NULL && strchr (proc->argv[0], '/') == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot run '%s': it is not on PATH",
                   proc->argv[0]);
      return FALSE;
    }
  if (proc->input != NULL && (setup.input = open_input (proc, error)) < 0)
    return FALSE;
  children_expect ();
  ok = g_spawn_async_with_pipes (proc->cwd, argv, envp,
                                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_FILE_AND_ARGV_ZERO,
                                 setup_func (&setup), &setup, pid, NULL, out, err, &cause);
  if (setup.input >= 0)
    close (setup.input);
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

/* Waits for a program that may take until the deadline, and ends it and what
 * it started then; what it leaves running ends with it. */
static gboolean
reap_limited (const Proc *proc, GPid pid, gint64 deadline, GError **error)
{
  gboolean in_time = has_ended (pid, deadline);
  gboolean ok;

  if (!in_time)
    kill (-pid, SIGTERM);
  if (!in_time && !has_ended (pid, g_get_monotonic_time () + GRACE))
    kill (-pid, SIGKILL);
  ok = reap (pid, proc->argv[0], in_time ? error : NULL);
  end_group (pid);
  if (!in_time)
    fail_late (error, proc->argv[0], proc->seconds);
  return ok && in_time;
}

/* Runs a program to its end.  Each line of its output goes to proc->line as
 * it comes; the error of one that fails holds the last of them.  One that is
 * limited leads a process group, which ends with it. */
gboolean
proc_run (const Proc *proc, GError **error)
{
  gint64 deadline =
      proc->seconds == 0 ? 0 : g_get_monotonic_time () + proc->seconds * G_USEC_PER_SEC;
  Output output = { .proc = proc, .tail = G_QUEUE_INIT };
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) err = g_string_new (NULL);
  Stream streams[2] = { { -1, VENVB_SOURCE_STDOUT, out }, { -1, VENVB_SOURCE_STDERR, err } };
  GPid pid;
  gboolean ok;

  if (!start (proc, &pid, &streams[0].fd, &streams[1].fd, error))
    return FALSE;
  read_all (&output, streams, pid, deadline);
  ok = deadline == 0 ? reap (pid, proc->argv[0], error) : reap_limited (proc, pid, deadline, error);
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
  Setup setup = { .input = -1, .ignored = ignored_signals () };
  g_auto (GStrv) envp = programs_environ (g_get_environ ());
  g_autoptr (GError) cause = NULL;
  GPid pid;
  int fd;
  gboolean in_time, ok;

  children_expect ();
  if (!g_spawn_async_with_pipes (NULL, (char **) argv, envp,
                                 G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_STDERR_TO_DEV_NULL,
                                 setup_func (&setup), &setup, &pid, NULL, &fd, NULL, &cause))
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
