/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Work that is done by several processes at once, one for each processor: forked, so that
 * what one of them does to the heap, to umask or to the current directory is its own, and
 * one that crashes takes nothing down.  What they find out they leave in files.
 */

#include "base/base.h"
#include "base/progress.h"
#include "base/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

/* So many at most: each takes memory. */
#define WORKERS_MOST 8

/* How often, in milliseconds, to tell that they are at work. */
#define BEAT 1000

typedef struct
{
  guint jobs;
  WorkersFunc func, end;
  gpointer data;
  gint *next;   /* the next job, which they share */
  int alive[2]; /* a pipe, of which each has the one end until it is over */
  pid_t parent;
  sigset_t mask; /* what it was before the fork */
} Work;

/* Tells whether there is but this thread: another one might hold a lock, which would
 * be held in a fork for ever. */
static gboolean
is_single (void)
{
  struct stat st;

  return stat ("/proc/self/task", &st) == 0 && st.st_nlink == 3;
}

/* What handlers there are is for the process that set them. */
static void
forget_handlers (void)
{
  struct sigaction action;

  for (int number = 1; number < NSIG; number++)
    if (sigaction (number, NULL, &action) == 0 && action.sa_handler != SIG_DFL
        && action.sa_handler != SIG_IGN)
      signal (number, SIG_DFL);
}

/* A worker's life: takes one job after the other.  It does not outlive its parent, which
 * may be killed. */
G_GNUC_NORETURN static void
work (const Work *shared)
{
  guint job;

#ifdef PR_SET_PDEATHSIG
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
  if (getppid () != shared->parent)
    _exit (1);
  forget_handlers ();
  signal (SIGCHLD, SIG_DFL);
  sigprocmask (SIG_SETMASK, &shared->mask, NULL);
  close (shared->alive[0]);
  children_are_ours ();
  changes_watch (NULL);
  progress_forget ();
  while ((job = (guint) g_atomic_int_add (shared->next, 1)) < shared->jobs)
    shared->func (job, shared->data);
  shared->end (job, shared->data);
  _exit (0);
}

/* Forks a worker; -1 when that is not possible. */
static pid_t
start (Work *shared)
{
  sigset_t all;
  pid_t pid;

  children_expect ();
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &shared->mask);
  pid = fork ();
  if (pid == 0)
    work (shared);
  if (pid > 0)
    children_started (pid);
  sigprocmask (SIG_SETMASK, &shared->mask, NULL);
  return pid;
}

/* Waits until all are over, however they end. */
static void
wait_for (const pid_t *pids, guint n, int alive, const Work *shared)
{
  struct pollfd polled = { alive, POLLIN, 0 };
  int ready;

  while ((ready = poll (&polled, 1, progress_pause (BEAT))) == 0 || (ready < 0 && errno == EINTR))
    {
      changes_alive ();
      if (shared->next != MAP_FAILED)
        progress_set (MAX (g_atomic_int_get (shared->next), (gint) n) - n);
    }
  for (guint i = 0; i < n; i++)
    {
      while (waitpid (pids[i], NULL, 0) < 0 && errno == EINTR)
        ;
      children_ended (pids[i]);
    }
}

/* Has func called for each number below jobs, the lower ones first, in as many processes as
 * there are processors; each calls end when there are no more.  Where there is one
 * processor, or no forking, it is called for none; nor is it sure that it comes back.
 * None of the processes is left. */
void
workers_run (guint jobs, WorkersFunc func, WorkersFunc end, gpointer data)
{
  guint n = MIN (MIN (g_get_num_processors (), WORKERS_MOST), jobs), started = 0;
  Work shared = { jobs, func, end, data, MAP_FAILED, { -1, -1 }, getpid () };
  pid_t pids[WORKERS_MOST];

  if (n < 2 || !is_single () || pipe2 (shared.alive, O_CLOEXEC) < 0)
    return;
  shared.next =
      mmap (NULL, sizeof *shared.next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  while (shared.next != MAP_FAILED && started < n && (pids[started] = start (&shared)) > 0)
    started++;
  fs_close (shared.alive[1]);
  wait_for (pids, started, shared.alive[0], &shared);
  fs_close (shared.alive[0]);
  if (shared.next != MAP_FAILED)
    munmap (shared.next, sizeof *shared.next);
}
