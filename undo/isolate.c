/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a function in a child process.  A plugin that crashes, exits or is
 * killed takes the child down; the parent then tells from the journal whose
 * code was running, ends what it left running, and undoes its work.
 */

#include "undo/undo.h"
#include "base/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

/* What the child says when it ends in good order. */
typedef struct
{
  char done;           /* 1 */
  char ok;             /* what the function returned */
  int code;            /* of the error */
  char message[16000]; /* of the error */
} Report;

/* A wait status that nobody told: the process has SIGCHLD ignored, or waits for
 * all of its children. */
#define UNKNOWN (-1)

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile sig_atomic_t child_pid;
static volatile sig_atomic_t caught;

static void
forward_signal (int number)
{
  int saved = errno;

  caught = number;
  if (child_pid > 0)
    kill (child_pid, number);
  errno = saved;
}

/* Passes signals on to the child; one that is ignored stays ignored. */
static void
catch_signals (struct sigaction *old)
{
  struct sigaction action = { .sa_handler = forward_signal };

  caught = 0;
  for (guint i = 0; i < G_N_ELEMENTS (forwarded); i++)
    {
      sigaction (forwarded[i], NULL, &old[i]);
      if (old[i].sa_handler != SIG_IGN)
        sigaction (forwarded[i], &action, NULL);
    }
}

static void
restore_signals (const struct sigaction *old)
{
  for (guint i = 0; i < G_N_ELEMENTS (forwarded); i++)
    sigaction (forwarded[i], &old[i], NULL);
}

/* Why standard output could not be written to, as an errno. */
static int output_failure;

/* Writes out what was printed of one environment. */
void
isolate_note_output (void)
{
  if (fflush (stdout) != 0 && output_failure == 0)
    output_failure = errno;
}

/* Writes out what is buffered.  That a result did not get there is told apart from what
 * it is the result of. */
gboolean
isolate_flush (GError **error)
{
  isolate_note_output ();
  if (fflush (NULL) == 0 && !ferror (stdout))
    return TRUE;
  if (output_failure != 0)
    errno = output_failure;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OUTPUT, "cannot write to standard output: %s",
               g_strerror (errno));
  return FALSE;
}

/* The child's life: runs func, reports, and ends without the handlers that
 * the embedding program may have registered for its own exit. */
G_GNUC_NORETURN static void
run_child (int report_fd, IsolateFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;
  Report report = { .done = 1 };
  gsize length = offsetof (Report, message) + 1;

  report.ok = func (data, &error) && isolate_flush (&error);
  if (!report.ok)
    {
      report.code = error->code;
      length += g_strlcpy (report.message, error->message, sizeof report.message);
      length = MIN (length, sizeof report);
    }
#if defined __SANITIZE_ADDRESS__
  g_clear_error (&error);
  __lsan_do_leak_check ();
#endif
  _exit (fs_write_all (report_fd, (const char *) &report, length) && report.ok ? 0 : 1);
}

/* The child is ours alone.  Nobody else waits for its children there, so that
 * it learns how programs end. */
static void
start_child_life (const struct sigaction *old, sigset_t *mask)
{
  restore_signals (old);
  signal (SIGCHLD, SIG_DFL);
  sigdelset (mask, SIGCHLD);
  sigprocmask (SIG_SETMASK, mask, NULL);
  children_are_ours ();
  children_adopt (1);
}

static void
tell_fork (VenvbForkFunc func, gpointer data)
{
  if (func != NULL)
    func (data);
}

/* Forks, and tells so: the child first of all, as long as no handler can run there that
 * relies on what is put right then. */
static pid_t
start_child (const Forks *forks, Brood *brood, const int *pipe_fds, IsolateFunc func, gpointer data,
             const struct sigaction *old)
{
  sigset_t all, mask;
  pid_t pid, parent = getpid ();

  tell_fork (forks->before, forks->data);
  fflush (NULL);
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &mask);
  pid = children_fork (brood, &child_pid, forwarded, G_N_ELEMENTS (forwarded));
  if (pid == 0)
    {
      tell_fork (forks->in_child, forks->data);
      if (!brood->has_keeper)
        launch_end_with_parent (parent);
      start_child_life (old, &mask);
      close (pipe_fds[0]);
      run_child (pipe_fds[1], func, data);
    }
  if (pid > 0 && caught != 0)
    kill (pid, caught);
  sigprocmask (SIG_SETMASK, &mask, NULL);
  tell_fork (forks->in_parent, forks->data);
  return pid;
}

/* "plugin 'x', stage post_setup", as far as the journal knows. */
static char *
culprit (const Journal *journal)
{
  const char *what = journal->stage[0] == '\0' ? "loading" : journal->stage;

  if (journal->plugin[0] == '\0' || g_str_equal (journal->plugin, "core"))
    return g_strdup (journal->stage[0] == '\0' ? "the run" : journal->stage);
  return g_strdup_printf ("plugin '%s', %s%s", journal->plugin, journal->in_stage ? "stage " : "",
                          what);
}

/* Sets the error of a child that ended so.  Where the run had failed by then, and only
 * freed what it had, that comes first: it is what the user has asked for. */
static void
set_death (Journal *journal, int status, GError **error)
{
  g_autofree char *who = culprit (journal);
  g_autofree char *how = NULL;

  if (WIFSIGNALED (status))
    how = g_strdup_printf ("%s: crashed with signal %d (%s)", who, WTERMSIG (status),
                           strsignal (WTERMSIG (status)));
  else if (status == UNKNOWN)
    how = g_strdup_printf ("%s: ended the process, or crashed; which, can't be told where SIGCHLD "
                           "is ignored",
                           who);
  else
    how = g_strdup_printf ("%s: ended the process with exit status %d", who, WEXITSTATUS (status));
  if (journal->first[0] == '\0')
    {
      g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, how);
      return;
    }
  g_set_error_literal (error, VENVB_ERROR, journal->first_code, journal->first);
  errors_add (error, "; then %s", how);
}

/* Says how a child ended that did not report, and undoes its work. */
static void
explain_death (Journal *journal, int status, GError **error)
{
  g_autofree char *env_dir = g_strdup (journal->env_dir);
  g_autoptr (GString) said = g_string_new (NULL);
  gboolean stands, is_undone;

  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE && journal->stage[0] == '\0')
    caught = SIGPIPE; /* nobody reads what is printed */
  if (caught != 0 && (status == UNKNOWN || (WIFSIGNALED (status) && WTERMSIG (status) == caught)))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "interrupted");
  else
    set_death (journal, status, error);
  temp_remove (journal);
  is_undone = undo_after_crash (journal, said);
  stands = journal->stood;
  journal->is_odd = !is_undone || said->len > 0;
  if (env_dir[0] != '\0' && (stands || is_undone))
    errors_add (error, stands ? "; the environment in '%s' stands" : "; '%s' is as it was",
                env_dir);
  errors_add (error, "%s", said->str);
  if (journal->kept[0] != '\0')
    errors_add (error, "; what was made is in '%s'", journal->kept);
}

/* Says how a run in this process ended, by which signal, and undoes it.  Ends
 * its programs, which are listed (see base/children.c).  Returns the signal that the
 * process is to end with, or 0. */
int
isolate_clear_up (Journal *journal, int number, const char *programs, GError **error)
{
  caught = 0;
  for (guint i = 0; i < G_N_ELEMENTS (forwarded); i++)
    if (number == forwarded[i])
      caught = number;
  children_end_listed (programs);
  explain_death (journal, number, error);
  return caught;
}

/* Waits for the child, and reads what it reported into report: that is what
 * counts, its status tells only why there is none. */
static int
wait_for_child (pid_t pid, int report_fd, Report *report)
{
  int status = 0;
  pid_t ended;
  ssize_t n;

  while ((ended = waitpid (pid, &status, 0)) < 0 && errno == EINTR)
    ;
  child_pid = 0;
  fcntl (report_fd, F_SETFL, O_NONBLOCK);
  while ((n = read (report_fd, report, sizeof *report - 1)) < 0 && errno == EINTR)
    ;
  if (n < (ssize_t) offsetof (Report, message))
    report->done = 0;
  return ended < 0 ? UNKNOWN : status;
}

/* Runs func in a child process.  Its result is as if it had been called
 * here; when the child dies, or ends without returning from func, that is an
 * error.  A signal that ended it is told, to be raised again by the caller:
 * its work is undone. */
gboolean
isolate_run (Journal *journal, const Forks *forks, IsolateFunc func, gpointer data,
             int *interrupted, GError **error)
{
  g_autofree Report *report = NULL;
  struct sigaction old[G_N_ELEMENTS (forwarded)];
  int pipe_fds[2];
  int status = 0;
  Brood brood = { .always = FALSE };
  pid_t pid;

  *interrupted = 0;
  journal->first[0] = '\0';
  if (!journal_share (journal) || pipe2 (pipe_fds, O_CLOEXEC) < 0)
    return fs_fail (error, "start", "child process");
  journal_open_drawer (journal);
  brood.report_fd = pipe_fds[0];
  catch_signals (old);
  pid = start_child (forks, &brood, pipe_fds, func, data, old);
  report = g_new0 (Report, 1); /* of no use to the child */
  close (pipe_fds[1]);
  if (pid > 0)
    status = wait_for_child (pid, pipe_fds[0], report);
  else
    fs_fail (error, "start", "child process");
  children_reaped (&brood, pid > 0 && !report->ok);
  if (pid > 0 && !report->done)
    explain_death (journal, status, error);
  else if (pid > 0 && !report->ok)
    g_set_error_literal (error, VENVB_ERROR, report->code, report->message);
  close (pipe_fds[0]);
  journal_close_drawer (journal);
  restore_signals (old);
  if (!report->done)
    *interrupted = caught;
  return report->ok;
}
