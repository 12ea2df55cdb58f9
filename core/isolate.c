/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a function in a child process.  A plugin that crashes, exits or is
 * killed takes the child down; the parent then tells from the journal whose
 * code was running, ends what it left running, and undoes its work.
 */

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

#if defined __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

/* What the child says when it ends in good order. */
typedef struct
{
  char done;                /* 1 */
  char ok;                  /* what the function returned */
  int code;                 /* of the error */
  char message[16000];      /* of the error */
} Report;

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile sig_atomic_t child_pid;
static volatile sig_atomic_t caught;

Journal *
isolate_journal_new (void)
{
  void *memory = mmap (NULL, sizeof (Journal), PROT_READ | PROT_WRITE,
                       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  return memory == MAP_FAILED ? NULL : memory;
}

void
isolate_journal_free (Journal *journal)
{
  munmap (journal, sizeof (Journal));
}

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

/* The child's life: runs func, reports, and ends without the handlers that
 * the embedding program may have registered for its own exit. */
G_GNUC_NORETURN static void
run_child (int report_fd, IsolateFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;
  Report report = { .done = 1 };
  gsize length = offsetof (Report, message) + 1;

  report.ok = func (data, &error);
  if (!report.ok)
    {
      report.code = error->code;
      length += g_strlcpy (report.message, error->message, sizeof report.message);
      length = MIN (length, sizeof report);
    }
  fflush (NULL);
#if defined __SANITIZE_ADDRESS__
  g_clear_error (&error);
  __lsan_do_leak_check ();
#endif
  _exit (write (report_fd, &report, length) == (ssize_t) length && report.ok ? 0 : 1);
}

/* Ends the programs that a dead child left running: they became children of
 * this process.  Those it had before are not touched. */
static void
kill_orphans (const char *before)
{
  for (guint round = 0; round < 1000; round++)
    {
      g_autofree char *list = NULL;
      g_auto (GStrv) pids = NULL;
      gboolean found = FALSE;

      if (!g_file_get_contents ("/proc/thread-self/children", &list, NULL, NULL))
        return;
      pids = g_strsplit (list, " ", -1);
      for (guint i = 0; pids[i] != NULL; i++)
        {
          g_autofree char *word = g_strdup_printf (" %s ", pids[i]);

          if (pids[i][0] == '\0' || strstr (before, word) != NULL)
            continue;
          found = TRUE;
          kill (atoi (pids[i]), SIGKILL);
          waitpid (atoi (pids[i]), NULL, 0);
        }
      if (!found)
        return;
    }
}

/* Lists the children there are, each between spaces. */
static char *
list_children (void)
{
  g_autofree char *list = NULL;

  if (!g_file_get_contents ("/proc/thread-self/children", &list, NULL, NULL))
    return NULL;
  return g_strconcat (" ", list, " ", NULL);
}

/* Whether orphans of the child come to this process; returns what was set. */
static int
adopt_orphans (int on)
{
  int before = 0;

#ifdef PR_SET_CHILD_SUBREAPER
  prctl (PR_GET_CHILD_SUBREAPER, &before, 0, 0, 0);
  prctl (PR_SET_CHILD_SUBREAPER, on, 0, 0, 0);
#endif
  return before;
}

static pid_t
start_child (int *pipe_fds, IsolateFunc func, gpointer data,
             const struct sigaction *old)
{
  sigset_t all, mask;
  pid_t pid;

  fflush (NULL);
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &mask);
  pid = fork ();
  if (pid == 0)
    {
      restore_signals (old);
      sigprocmask (SIG_SETMASK, &mask, NULL);
      close (pipe_fds[0]);
      run_child (pipe_fds[1], func, data);
    }
  child_pid = pid;
  sigprocmask (SIG_SETMASK, &mask, NULL);
  return pid;
}

/* "plugin 'x', stage post_setup", as far as the journal knows. */
static char *
culprit (const Journal *journal)
{
  if (journal->plugin[0] == '\0' || g_str_equal (journal->plugin, "core"))
    return g_strdup (journal->stage[0] == '\0' ? "the run" : journal->stage);
  return g_strdup_printf ("plugin '%s', %s%s", journal->plugin,
                          strchr (journal->stage, '_') ? "stage " : "",
                          journal->stage);
}

/* Says how a child ended that did not report, and undoes its work. */
static void
explain_death (Journal *journal, int status, GError **error)
{
  g_autofree char *who = culprit (journal);
  g_autofree char *env_dir = g_strdup (journal->env_dir);

  if (WIFSIGNALED (status) && WTERMSIG (status) == caught)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "interrupted");
  else if (WIFSIGNALED (status))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "%s: crashed with signal %d (%s)", who, WTERMSIG (status),
                 strsignal (WTERMSIG (status)));
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "%s: ended the process with exit status %d", who,
                 WEXITSTATUS (status));
  undo_after_crash (journal);
  if (env_dir[0] != '\0' && error != NULL)
    {
      g_autofree char *message = g_steal_pointer (&(*error)->message);
      (*error)->message = g_strdup_printf ("%s; '%s' is as it was", message, env_dir);
    }
}

/* Waits for the child, and reads what it reported into report. */
static int
wait_for_child (pid_t pid, int report_fd, Report *report)
{
  int status = 0;

  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  child_pid = 0;
  fcntl (report_fd, F_SETFL, O_NONBLOCK);
  if (read (report_fd, report, sizeof *report - 1) < (ssize_t) offsetof (Report, message))
    report->done = 0;
  return status;
}

/* Runs func in a child process.  Its result is as if it had been called
 * here; when the child dies, or ends without returning from func, that is an
 * error.  A signal that ended it is raised again once its work is undone. */
gboolean
isolate_run (Journal *journal, IsolateFunc func, gpointer data, GError **error)
{
  g_autofree char *before = list_children ();
  g_autofree Report *report = g_new0 (Report, 1);
  struct sigaction old[G_N_ELEMENTS (forwarded)];
  int pipe_fds[2];
  int adopted, status = 0;
  pid_t pid;

  if (pipe2 (pipe_fds, O_CLOEXEC) < 0)
    return fs_fail (error, "start", "child process");
  adopted = adopt_orphans (1);
  catch_signals (old);
  pid = start_child (pipe_fds, func, data, old);
  close (pipe_fds[1]);
  if (pid > 0)
    status = wait_for_child (pid, pipe_fds[0], report);
  else
    fs_fail (error, "start", "child process");
  if (pid > 0 && !report->done)
    {
      if (before != NULL)
        kill_orphans (before);
      explain_death (journal, status, error);
    }
  else if (pid > 0 && !report->ok)
    g_set_error_literal (error, VENVB_ERROR, report->code, report->message);
  close (pipe_fds[0]);
  restore_signals (old);
  adopt_orphans (adopted);
  if (caught != 0 && !report->done)
    raise (caught);
  return report->ok;
}
