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

struct _Workers
{
  guint jobs;
  WorkersFunc func, end;
  gpointer data;
  gint *next;   /* the next job, or how many were taken: they share it */
  int alive[2]; /* a pipe, of which each has the one end until it is over */
  int given[2]; /* another, by which they get the jobs; or -1 */
  pid_t parent;
  sigset_t mask; /* what it was before the fork */
  pid_t pids[WORKERS_MOST];
  guint started;
};

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

/* Takes the next job; one that is given comes by a pipe, which ends when there are no
 * more. */
static gboolean
take (const Workers *shared, guint *job)
{
  ssize_t n;

  if (shared->given[0] < 0)
    return (*job = (guint) g_atomic_int_add (shared->next, 1)) < shared->jobs;
  while ((n = read (shared->given[0], job, sizeof *job)) < 0 && errno == EINTR)
    ;
  /* What is given up has a number that no job has. */
  return n == sizeof *job && (guint) g_atomic_int_add (shared->next, 1) < shared->jobs;
}

/* A worker's life: takes one job after the other.  It does not outlive its parent, which
 * may be killed. */
G_GNUC_NORETURN static void
work (const Workers *shared)
{
  guint job = shared->jobs;

#ifdef PR_SET_PDEATHSIG
  prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
  if (getppid () != shared->parent && getppid () != 0) /* 0: that is outside of our namespace */
    _exit (1);
  forget_handlers ();
  signal (SIGCHLD, SIG_DFL);
  sigprocmask (SIG_SETMASK, &shared->mask, NULL);
  close (shared->alive[0]);
  fs_close (shared->given[1]);
  children_are_ours ();
  changes_watch (NULL);
  progress_forget ();
  while (take (shared, &job))
    shared->func (job, shared->data);
  shared->end (job, shared->data);
  _exit (0);
}

/* Forks a worker; -1 when that is not possible. */
static pid_t
start (Workers *shared)
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
wait_for (const Workers *shared)
{
  struct pollfd polled = { shared->alive[0], POLLIN, 0 };
  gint n = (gint) shared->started;
  int ready;

  while ((ready = poll (&polled, 1, progress_pause (BEAT))) == 0 || (ready < 0 && errno == EINTR))
    {
      changes_alive ();
      progress_set ((guint64) MAX (g_atomic_int_get (shared->next) - n, 0));
    }
  for (guint i = 0; i < shared->started; i++)
    {
      while (waitpid (shared->pids[i], NULL, 0) < 0 && errno == EINTR)
        ;
      children_ended (shared->pids[i]);
    }
}

static void
release (Workers *workers)
{
  fs_close (workers->alive[0]);
  fs_close (workers->alive[1]);
  fs_close (workers->given[0]);
  fs_close (workers->given[1]);
  if (workers->next != MAP_FAILED)
    munmap (workers->next, sizeof *workers->next);
  g_free (workers);
}

/* Starts as many processes as there are processors, which take the jobs one after the
 * other.  NULL where there is one processor, or no forking. */
static Workers *
begin (guint jobs, gboolean are_given, WorkersFunc func, WorkersFunc end, gpointer data)
{
  guint n = MIN (MIN (g_get_num_processors (), WORKERS_MOST), jobs);
  Workers *shared;

  if (n < 2 || !is_single ())
    return NULL;
  shared = g_new0 (Workers, 1);
  *shared = (Workers){ jobs, func, end, data, MAP_FAILED, { -1, -1 }, { -1, -1 }, getpid () };
  shared->next =
      mmap (NULL, sizeof *shared->next, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared->next != MAP_FAILED && pipe2 (shared->alive, O_CLOEXEC) == 0
      && (!are_given || pipe2 (shared->given, O_CLOEXEC) == 0))
    while (shared->started < n && (shared->pids[shared->started] = start (shared)) > 0)
      shared->started++;
  if (shared->started == 0)
    return (release (shared), NULL);
  fs_close (shared->alive[1]); /* but not where jobs are read: none is written to nobody */
  shared->alive[1] = -1;
  return shared;
}

/* Starts processes that wait for jobs: what they are to do is known, as data, but not when
 * it can be done, which workers_give() says.  No thread may be there yet.  NULL where there
 * is one processor, or no forking: then nothing is done. */
Workers *
workers_start (guint jobs, WorkersFunc func, WorkersFunc end, gpointer data)
{
  return begin (jobs, TRUE, func, end, data);
}

/* Has a job be done, which is a number below jobs: once, by one of them. */
void
workers_give (Workers *workers, guint job)
{
  while (workers != NULL && write (workers->given[1], &job, sizeof job) < 0 && errno == EINTR)
    ;
}

/* No more jobs come: waits until all that were given are done, or only those that were
 * begun.  None of the processes is left. */
void
workers_finish (Workers *workers, gboolean all)
{
  if (workers == NULL)
    return;
  if (!all)
    g_atomic_int_set (workers->next, (gint) workers->jobs);
  fs_close (workers->given[1]);
  workers->given[1] = -1;
  wait_for (workers);
  release (workers);
}

/* Has func called for each number below jobs, the lower ones first, in as many processes as
 * there are processors; each calls end when there are no more.  Where there is one
 * processor, or no forking, it is called for none; nor is it sure that it comes back.
 * None of the processes is left. */
void
workers_run (guint jobs, WorkersFunc func, WorkersFunc end, gpointer data)
{
  workers_finish (begin (jobs, FALSE, func, end, data), TRUE);
}
