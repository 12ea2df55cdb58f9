/* SPDX-License-Identifier: BSD-2-Clause */

/* How a program is started: with what it reads, and without what is not its own. */

#include "base/launch.h"

#include "base/unnamed.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

/* The end of a pipe in which there is this much, and then nothing; or -1. */
static int
open_pipe (const char *text, gsize length)
{
  int ends[2];
  gboolean ok;

  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) < 0)
    return -1;
  fcntl (ends[1], F_SETPIPE_SZ, (int) MIN (length, G_MAXINT));
  ok = length == 0 || write (ends[1], text, length) == (ssize_t) length;
  fcntl (ends[0], F_SETFL, 0);
  close (ends[1]);
  if (ok)
    return ends[0];
  close (ends[0]);
  errno = ENOSPC;
  return -1;
}

/* The process that ends with its parent, and how many programs run for it. */
static pid_t mortal;
static int waited_for;

static void
set_mortal (gboolean on)
{
#ifdef PR_SET_PDEATHSIG
  if (mortal == getpid ())
    prctl (PR_SET_PDEATHSIG, on ? SIGKILL : 0, 0, 0, 0);
#endif
}

void
launch_end_with_parent (pid_t parent)
{
  pid_t now;

  mortal = getpid ();
  g_atomic_int_set (&waited_for, 0);
  set_mortal (TRUE);
  now = getppid ();
  if (now != parent && now != 0) /* 0: that is outside of our namespace */
    _exit (1);
}

void
launch_begin_waiting (void)
{
  if (g_atomic_int_add (&waited_for, 1) == 0)
    set_mortal (FALSE);
}

void
launch_end_waiting (void)
{
  if (g_atomic_int_dec_and_test (&waited_for))
    set_mortal (TRUE);
}

/* What a program is to read, in a file without a name: unlike a pipe it makes nobody
 * wait, and nobody is killed when the program does not read it.  A pipe will do where
 * there can be no such file, and all has room in it.  -1 with errno set on failure. */
int
launch_input (const char *text, gsize length)
{
  int fd = unnamed_open ();

  if (fd >= 0 && write (fd, text, length) == (ssize_t) length && lseek (fd, 0, SEEK_SET) == 0)
    return fd;
  fs_close (fd);
  return open_pipe (text, length);
}

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

/* What the new process does before it becomes the program. */
typedef struct
{
  const Launch *launch;
  guint ignored; /* bits: which of the signals above */
} Setup;

static void
set_up (gpointer data)
{
  const Setup *setup = data;
  const Launch *launch = setup->launch;

  if (launch->input >= 0)
    dup2 (launch->input, STDIN_FILENO);
  if (launch->err_fd >= 0)
    dup2 (launch->err_fd, STDERR_FILENO);
  if (launch->cwd_fd != NULL && fchdir (*launch->cwd_fd) < 0)
    _exit (127);
  if (launch->group)
    setpgid (0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (reset); i++)
    if (setup->ignored & 1u << i)
      signal (reset[i], SIG_IGN);
}

/* Has GLib start a program; err is NULL where its standard error goes nowhere. */
static gboolean
spawn (const Launch *launch, GPid *pid, int *out, int *err, GError **error)
{
  Setup setup = { launch, ignored_signals () };
  GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_FILE_AND_ARGV_ZERO;
  gboolean has_setup = launch->input >= 0 || launch->err_fd >= 0 || launch->cwd_fd != NULL
                       || launch->group || setup.ignored != 0;

  if (launch->input >= 0)
    flags |= G_SPAWN_CHILD_INHERITS_STDIN;
  if (err == NULL && launch->err_fd < 0)
    flags |= G_SPAWN_STDERR_TO_DEV_NULL;
  /* No function, where there is nothing to do, is faster. */
  return g_spawn_async_with_pipes (launch->cwd, launch->argv, launch->envp, flags,
                                   has_setup ? set_up : NULL, &setup, pid, NULL, out, err, error);
}

/* GLib needs /dev/null for what a program is not to have.  Where there is none it gets an
 * empty pipe, and a file that nobody reads. */
static gboolean
spawn_without_null (const Launch *launch, GPid *pid, int *out, int *err, GError **error)
{
  Launch other = *launch;
  int input = launch->input < 0 ? open_pipe ("", 0) : -1;
  gboolean ok;

  if (input >= 0)
    other.input = input;
  if (err == NULL)
    other.err_fd = unnamed_open ();
  ok = spawn (&other, pid, out, err, error);
  fs_close (input);
  fs_close (other.err_fd);
  return ok;
}

/* Starts a program, which is to be waited for.  Its standard output, and its standard
 * error unless that is to go nowhere, are pipes. */
gboolean
launch_program (const Launch *launch, GPid *pid, int *out, int *err, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean ok;

  children_expect ();
  ok = spawn (launch, pid, out, err, &cause);
  if (!ok && access ("/dev/null", R_OK | W_OK) < 0)
    {
      g_clear_error (&cause);
      ok = spawn_without_null (launch, pid, out, err, &cause);
    }
  if (ok)
    children_started (*pid);
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return ok;
}
