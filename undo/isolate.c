/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a function in a child process.  A plugin that crashes, exits or is
 * killed takes the child down; the parent then tells from the journal whose
 * code was running, ends what it left running, and undoes its work.
 */

#include "core/core.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
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
  char done;           /* 1 */
  char ok;             /* what the function returned */
  int code;            /* of the error */
  char message[16000]; /* of the error */
} Report;

static const int forwarded[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };

static volatile sig_atomic_t child_pid;
static volatile sig_atomic_t caught;
static gboolean is_child; /* this is the process that does the work */

/* Shared memory costs more than other memory, so the journal becomes that only
 * when there is somebody to share it with. */
Journal *
isolate_journal_new (void)
{
  void *memory =
      mmap (NULL, sizeof (Journal), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    g_error ("no memory for the journal");
  memcpy (((Journal *) memory)->drawer, (int[]){ -1, -1 }, sizeof (int[2]));
  ((Journal *) memory)->lock = -1;
  return memory;
}

/* Notes the lock of the environment.  Leaves a duplicate of fd in a socket of
 * which parent and child have both ends.  So a lock on it outlives the child:
 * no other run comes in before its work is undone. */
void
isolate_put_lock (Journal *journal, int fd)
{
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof fd)];
  } control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };

  journal->lock = fd;
  if (journal->drawer[0] < 0)
    return;
  control.header.cmsg_len = CMSG_LEN (sizeof fd);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
  while (sendmsg (journal->drawer[0], &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
    ;
}

/* Takes out what isolate_put_lock() left; -1 when there is nothing.  A process
 * that took over has the lock itself. */
int
isolate_take_lock (Journal *journal)
{
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  int fd = journal->signal != 0 ? journal->lock : -1;

  journal->lock = -1;
  if (journal->drawer[1] >= 0
      && recvmsg (journal->drawer[1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) > 0
      && CMSG_FIRSTHDR (&message) != NULL)
    memcpy (&fd, CMSG_DATA (CMSG_FIRSTHDR (&message)), sizeof fd);
  return fd;
}

/* Makes the journal one that a child process shares, under the same address. */
static gboolean
share (Journal *journal)
{
  g_autofree Journal *copy = g_new (Journal, 1);

  *copy = *journal;
  if (mmap (journal, sizeof *journal, PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      == MAP_FAILED)
    return FALSE;
  *journal = *copy;
  return TRUE;
}

static void
open_drawer (Journal *journal)
{
  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, journal->drawer) < 0)
    journal->drawer[0] = journal->drawer[1] = -1;
}

static void
close_drawer (Journal *journal)
{
  for (guint i = 0; i < 2; i++)
    {
      if (journal->drawer[i] >= 0)
        close (journal->drawer[i]);
      journal->drawer[i] = -1;
    }
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

/* Writes out what is buffered; a result that did not get there is none. */
gboolean
isolate_flush (GError **error)
{
  if (fflush (NULL) == 0 && !ferror (stdout))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot write to standard output: %s",
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

static void
add_children (GString *list, const char *thread)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/children", thread);
  g_autofree char *pids = NULL;

  if (g_file_get_contents (path, &pids, NULL, NULL))
    g_string_append (list, pids);
}

/* Lists the children of this thread, or of all threads of this process, each
 * with a space on both sides. */
static char *
list_children (gboolean of_all_threads)
{
  GString *list = g_string_new (" ");
  g_autoptr (GDir) dir = of_all_threads ? g_dir_open ("/proc/self/task", 0, NULL) : NULL;
  const char *entry;

  if (!of_all_threads)
    add_children (list, "thread-self");
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *thread = g_build_filename ("self", "task", entry, NULL);
      add_children (list, thread);
    }
  return g_string_free (list, FALSE);
}

/* Ends children of this process but those listed in except, and the children
 * that these leave to it, until there are none. */
static void
kill_children (const char *except, gboolean of_all_threads)
{
  gboolean found = TRUE;

  for (guint round = 0; found && round < 1000; round++)
    {
      g_autofree char *list = list_children (of_all_threads);
      g_auto (GStrv) pids = g_strsplit (list, " ", -1);

      found = FALSE;
      for (guint i = 0; pids[i] != NULL; i++)
        {
          g_autofree char *word = g_strdup_printf (" %s ", pids[i]);

          if (pids[i][0] == '\0' || strstr (except, word) != NULL)
            continue;
          found = TRUE;
          kill (atoi (pids[i]), SIGKILL);
          waitpid (atoi (pids[i]), NULL, 0);
        }
    }
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

/* Ends what plugins left running, so that it does not write to an environment
 * while that is undone.  A child process of isolate_run() knows that all its
 * children are theirs. */
void
isolate_end_programs (void)
{
  const Journal *journal = handover_journal ();

  if (is_child)
    kill_children ("", TRUE);
  else if (journal != NULL && journal->children[0] != '\0')
    kill_children (journal->children, TRUE);
}

/* To be called before a program is started.  A run in this process notes then
 * which children it had before: they are not its own. */
void
isolate_expect_program (void)
{
  Journal *journal = handover_journal ();
  g_autofree char *children = NULL;

  if (journal == NULL || journal->children[0] != '\0')
    return;
  children = list_children (TRUE);
  if (strlen (children) >= sizeof journal->children)
    return;
  adopt_orphans (1);
  strcpy (journal->children, children);
}

static pid_t
start_child (int *pipe_fds, IsolateFunc func, gpointer data, const struct sigaction *old)
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
      is_child = TRUE;
      adopt_orphans (1);
      run_child (pipe_fds[1], func, data);
    }
  child_pid = pid;
  if (pid > 0 && caught != 0)
    kill (pid, caught);
  sigprocmask (SIG_SETMASK, &mask, NULL);
  return pid;
}

static gboolean
is_stage (const char *name)
{
  for (guint i = 0; i < N_STAGES; i++)
    if (g_str_equal (venvb_stage_name (i), name))
      return TRUE;
  return FALSE;
}

/* "plugin 'x', stage post_setup", as far as the journal knows. */
static char *
culprit (const Journal *journal)
{
  const char *what = journal->stage[0] == '\0' ? "loading" : journal->stage;

  if (journal->plugin[0] == '\0' || g_str_equal (journal->plugin, "core"))
    return g_strdup (journal->stage[0] == '\0' ? "the run" : journal->stage);
  return g_strdup_printf ("plugin '%s', %s%s", journal->plugin, is_stage (what) ? "stage " : "",
                          what);
}

/* Says how a child ended that did not report, and undoes its work. */
static void
explain_death (Journal *journal, int status, GError **error)
{
  g_autofree char *who = culprit (journal);
  g_autofree char *env_dir = g_strdup (journal->env_dir);
  gboolean stands = journal->stands, is_undone;

  if (WIFSIGNALED (status) && WTERMSIG (status) == SIGPIPE && journal->stage[0] == '\0')
    caught = SIGPIPE; /* nobody reads what is printed */
  if (WIFSIGNALED (status) && WTERMSIG (status) == caught)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "interrupted");
  else if (WIFSIGNALED (status))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "%s: crashed with signal %d (%s)", who,
                 WTERMSIG (status), strsignal (WTERMSIG (status)));
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "%s: ended the process with exit status %d", who, WEXITSTATUS (status));
  is_undone = undo_after_crash (journal);
  if (env_dir[0] != '\0')
    undo_add (error,
              stands      ? "; the environment in '%s' stands"
              : is_undone ? "; '%s' is as it was"
                          : "; what was in '%s' could not be put back",
              env_dir);
  if (journal->kept[0] != '\0')
    undo_add (error, "; what was made is in '%s'", journal->kept);
}

/* Says how a run in this process ended, by which signal, and undoes it.  Ends
 * its programs: all children but those in except, or none when that is "".
 * Returns the signal that the process is to end with, or 0. */
int
isolate_clear_up (Journal *journal, int number, const char *except, GError **error)
{
  caught = 0;
  for (guint i = 0; i < G_N_ELEMENTS (forwarded); i++)
    if (number == forwarded[i])
      caught = number;
  if (except[0] != '\0')
    kill_children (except, TRUE);
  explain_death (journal, number, error);
  return caught;
}

/* Waits for the child, and reads what it reported into report. */
static int
wait_for_child (pid_t pid, int report_fd, Report *report)
{
  int status = 0;
  ssize_t n;

  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  child_pid = 0;
  fcntl (report_fd, F_SETFL, O_NONBLOCK);
  while ((n = read (report_fd, report, sizeof *report - 1)) < 0 && errno == EINTR)
    ;
  if (n < (ssize_t) offsetof (Report, message))
    report->done = 0;
  return status;
}

/* Runs func in a child process.  Its result is as if it had been called
 * here; when the child dies, or ends without returning from func, that is an
 * error.  A signal that ended it is told, to be raised again by the caller:
 * its work is undone. */
gboolean
isolate_run (Journal *journal, IsolateFunc func, gpointer data, int *interrupted, GError **error)
{
  g_autofree char *before = list_children (FALSE);
  g_autofree Report *report = g_new0 (Report, 1);
  struct sigaction old[G_N_ELEMENTS (forwarded)];
  int pipe_fds[2];
  int adopted, status = 0;
  pid_t pid;

  *interrupted = 0;
  if (!share (journal) || pipe2 (pipe_fds, O_CLOEXEC) < 0)
    return fs_fail (error, "start", "child process");
  open_drawer (journal);
  adopted = adopt_orphans (1);
  catch_signals (old);
  pid = start_child (pipe_fds, func, data, old);
  close (pipe_fds[1]);
  if (pid > 0)
    status = wait_for_child (pid, pipe_fds[0], report);
  else
    fs_fail (error, "start", "child process");
  if (pid > 0 && !report->ok)
    kill_children (before, FALSE);
  if (pid > 0 && !report->done)
    explain_death (journal, status, error);
  else if (pid > 0 && !report->ok)
    g_set_error_literal (error, VENVB_ERROR, report->code, report->message);
  close (pipe_fds[0]);
  close_drawer (journal);
  restore_signals (old);
  adopt_orphans (adopted);
  if (!report->done)
    *interrupted = caught;
  return report->ok;
}
