/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a program and makes system calls of it fail:
 *
 *   inject [-l LOG] [-n N] [-e ERRNO] [-m MODE] PROGRAM ARGUMENT...
 *
 * Each call of PROGRAM that can fail is a point; they are counted from 1.  What
 * other programs call, that it starts, is none.  LOG gets a line for each:
 *
 *   NUMBER KIND NAME ARGUMENTS... PATH       separated by tabs
 *
 * with 0 and "?" as NUMBER and KIND for a call that calls.h does not know.
 * MODE:
 *   once      the N-th point fails with ERRNO, a number (the default)
 *   from      so do all changes of files from the N-th point on
 *   short     the N-th point reads or writes less than it could
 *   all-short so do all
 *   twice     each call that may be interrupted is, every other time
 *   clone     FICLONE works, by copying (may be added to another: "once,clone")
 *
 * Exits as PROGRAM does, 128 and the signal's number when that ended it.  99:
 * not possible here.
 *
 * The kernel tells this process of each call and waits for the answer:
 * seccomp_unotify(2).  So libc's own calls are seen, too, no debugger is in the
 * way of another one, as those of sanitizers are, and it takes little time.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* How much is read or written at once when that is to be short: half, but not
 * more than this. */
#define SHORT 997

typedef struct
{
  FILE *log;
  unsigned long wanted, count;
  int error;
  const char *mode;
  struct stat exe;
  int listener;
  int has_begun;                      /* main() was called */
  unsigned char interrupted[N_CALLS]; /* whether that was the last of its name */
} Run;

static int
has_mode (const Run *run, const char *mode)
{
  return strstr (run->mode, mode) != NULL;
}

/* Tells whether a process runs the program, and not one that it has started. */
static int
is_program (const Run *run, uint32_t pid)
{
  char path[64];
  struct stat st;

  snprintf (path, sizeof path, "/proc/%u/exe", pid);
  return stat (path, &st) == 0 && st.st_dev == run->exe.st_dev && st.st_ino == run->exe.st_ino;
}

/* Does a little of what a call asks for.  Returns how much, -1 when it can't be
 * done so. */
static ssize_t
do_shortly (const Call *call, const struct seccomp_notif *request)
{
  const __u64 *args = request->data.args;
  size_t size = call->nr != SYS_copy_file_range && args[2] / 2 < SHORT ? args[2] / 2 : SHORT;
  char buffer[SHORT];
  ssize_t n = -1;

  if (call->nr == SYS_write || call->nr == SYS_read || call->nr == SYS_copy_file_range)
    {
      int fd = size > 0 ? call_borrow (request->pid, args[0]) : -1;

      if (fd >= 0 && call->nr == SYS_read && (n = read (fd, buffer, size)) > 0)
        n = call_memory (request->pid, args[1], buffer, n, 1);
      else if (fd >= 0 && call->nr == SYS_write)
        n = call_memory (request->pid, args[1], buffer, size, 0) == (ssize_t) size
                ? write (fd, buffer, size)
                : -1;
      else if (fd >= 0 && call->nr == SYS_copy_file_range && args[1] == 0 && args[3] == 0)
        {
          int out = call_borrow (request->pid, args[2]);

          n = copy_file_range (fd, NULL, out, NULL, size, 0);
          close (out);
        }
      if (fd >= 0)
        close (fd);
    }
  return n;
}

/* Does what FICLONE would do on another file system. */
static int
do_clone (const struct seccomp_notif *request)
{
  int out = call_borrow (request->pid, request->data.args[0]);
  int in = call_borrow (request->pid, request->data.args[2]);
  char buffer[65536];
  off_t at = 0;
  ssize_t n;

  while ((n = pread (in, buffer, sizeof buffer, at)) > 0 && pwrite (out, buffer, n, at) == n)
    at += n;
  close (in);
  close (out);
  return n == 0;
}

/* Tells whether a call changes a file: writing to a pipe does not. */
static int
is_change (const Call *call, const struct seccomp_notif *request, const char *path)
{
  const int flags = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

  if (call->kind == 'o')
    return call->nr != SYS_openat2 && (request->data.args[call->path + 1] & flags) != 0
           && strncmp (path, "/dev/", 5) != 0;
  return call->kind == 'c' && path[0] == '/' && strncmp (path, "/dev/", 5) != 0
         && call->nr != SYS_close && call->nr != SYS_flock && call->nr != SYS_ioctl;
}

/* Tells whether a call may say EINTR.  The loader of libraries and the reader of
 * zip files take that for an error, as they may of a file; and of a message on
 * stderr nobody would see more. */
static int
is_slow (const Call *call, const struct seccomp_notif *request, const char *path)
{
  static const int slow[] = {
    SYS_read,    SYS_write,   SYS_flock, SYS_wait4, SYS_waitid, SYS_copy_file_range,
    SYS_sendmsg, SYS_recvmsg, SYS_ppoll,
#ifdef SYS_poll
    SYS_poll,
#endif
  };

  if (strstr (path, ".so") != NULL || strstr (path, ".whl") != NULL
      || (call->nr == SYS_write && request->data.args[0] == STDERR_FILENO))
    return 0;
  for (size_t i = 0; i < sizeof slow / sizeof slow[0]; i++)
    if (call->nr == slow[i])
      return 1;
  return 0;
}

/* Decides about a call.  What is left alone, the kernel does. */
static void
decide (Run *run, const Call *call, const struct seccomp_notif *request, const char *path,
        struct seccomp_notif_resp *response)
{
  int is_it = run->count == run->wanted;
  ssize_t n = -1;

  /* What the dynamic loader does is none of ours.  This is the first that
   * main() does. */
  if (call->nr == SYS_fcntl && request->data.args[0] == 0 && request->data.args[1] == F_GETFD)
    run->has_begun = 1;

  response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if ((has_mode (run, "once") && is_it)
      || (has_mode (run, "from") && run->wanted > 0 && run->count >= run->wanted
          && is_change (call, request, path))
      || (has_mode (run, "twice") && run->has_begun && is_slow (call, request, path)
          && (run->interrupted[call - call_known] ^= 1)))
    {
      response->flags = 0;
      response->error = -(has_mode (run, "twice") ? EINTR : run->error);
      return;
    }
  if (has_mode (run, "all-short") || (has_mode (run, "short") && is_it))
    n = do_shortly (call, request);
  if (n >= 0)
    *response = (struct seccomp_notif_resp){ .id = request->id, .val = n };
  else if (has_mode (run, "clone") && call->nr == SYS_ioctl && request->data.args[1] == FICLONE
           && do_clone (request))
    response->flags = 0;
}

/* Answers one question. */
static void
answer (Run *run)
{
  struct seccomp_notif request = { 0 };
  struct seccomp_notif_resp response = { 0 };
  char path[2 * PATH_MAX];
  const Call *call;

  if (ioctl (run->listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0)
    return;
  response.id = request.id;
  response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  if (is_program (run, request.pid))
    {
      call = call_find (request.data.nr);
      if (call == NULL)
        fprintf (run->log, "0\t?\t%d\n", request.data.nr);
      else if (call->nr != SYS_close || call_is_written (request.pid, request.data.args[0]))
        {
          run->count++;
          call_describe (call, &request, path, sizeof path);
          fprintf (run->log, "%lu\t%c\t%s\t%lld\t%lld\t%lld\t%s\n", run->count, call->kind,
                   call->name, (long long) (int) request.data.args[0],
                   (long long) request.data.args[1], (long long) request.data.args[2], path);
          decide (run, call, &request, path, &response);
        }
    }
  ioctl (run->listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

/* Answers until nobody asks any more; returns how the program ended. */
static int
serve (Run *run, pid_t pid)
{
  struct pollfd polled = { run->listener, POLLIN, 0 };
  int status = 0, is_over = 0;

  while (poll (&polled, 1, 20) >= 0 || errno == EINTR)
    {
      if (polled.revents & POLLIN)
        answer (run);
      else if (polled.revents & (POLLHUP | POLLERR))
        break;
      if (!is_over && (polled.revents & POLLIN) == 0)
        is_over = waitpid (pid, &status, WNOHANG) == pid;
    }
  if (!is_over)
    waitpid (pid, &status, 0);
  return status;
}

static char **
parse (Run *run, int argc, char **argv)
{
  int option;

  while ((option = getopt (argc, argv, "+l:n:e:m:")) != -1)
    switch (option)
      {
      case 'l':
        run->log = fopen (optarg, "we");
        break;
      case 'n':
        run->wanted = strtoul (optarg, NULL, 10);
        break;
      case 'e':
        run->error = atoi (optarg);
        break;
      case 'm':
        run->mode = optarg;
        break;
      default:
        exit (IMPOSSIBLE);
      }
  if (run->log == NULL && (run->log = fopen ("/dev/null", "we")) == NULL)
    filter_die ("/dev/null");
  if (optind == argc || stat (argv[optind], &run->exe) < 0)
    filter_die ("program");
  return argv + optind;
}

int
main (int argc, char **argv)
{
  Run run = { .mode = "once", .error = EIO };
  char **program = parse (&run, argc, argv);
  pid_t pid;
  int status;

  run.listener = filter_start (program, &pid);
  status = serve (&run, pid);
  fclose (run.log);
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}
