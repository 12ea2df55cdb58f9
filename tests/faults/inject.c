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

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define IMPOSSIBLE 99

/* The descriptor that the program to be hands the listener over by. */
#define HAND_OVER 900

/* How much is read or written at once when that is to be short: half, but not
 * more than this. */
#define SHORT 997

typedef struct
{
  const char *name;
  int nr;
  char kind;
  int path, dir;
} Call;

static const Call calls[] = {
#define CALL(name, kind, path, dir) { #name, SYS_##name, kind, path, dir },
#include "calls.h"
#undef CALL
};

#define N_CALLS (sizeof calls / sizeof calls[0])

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

static void
die (const char *what)
{
  fprintf (stderr, "inject: %s: %s\n", what, strerror (errno));
  _exit (IMPOSSIBLE);
}

/* Has the kernel ask about all calls but those that are no points.  sendmsg()
 * on one descriptor is how the listener gets out. */
static int
install_filter (void)
{
  static struct sock_filter code[2 * N_CALLS + 8];
  struct sock_fprog program = { .filter = code };
  size_t n = 0;

  code[n++] =
      (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (size_t i = 0; i < N_CALLS; i++)
    if (calls[i].kind == '-')
      {
        code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, calls[i].nr, 0, 1);
        code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
      }
  code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_sendmsg, 0, 3);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS,
                                             offsetof (struct seccomp_data, args));
  code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, HAND_OVER, 0, 1);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  program.len = n;
  if (geteuid () != 0 && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return -1;
  return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

typedef union
{
  struct cmsghdr header;
  char space[CMSG_SPACE (sizeof (int))];
} Control;

static void
send_descriptor (int socket, int fd)
{
  Control control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };

  control.header.cmsg_len = CMSG_LEN (sizeof fd);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
  if (sendmsg (socket, &message, 0) != 1)
    die ("sendmsg");
}

static int
receive_descriptor (int socket)
{
  Control control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  int fd = -1;

  if (recvmsg (socket, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR (&message) != NULL)
    memcpy (&fd, CMSG_DATA (&control.header), sizeof fd);
  return fd;
}

/* Becomes the program. */
static void
become (char **argv, int socket)
{
  int listener;

  if (dup3 (socket, HAND_OVER, O_CLOEXEC) < 0)
    die ("dup3");
  listener = install_filter ();
  if (listener < 0)
    die ("seccomp");
  send_descriptor (HAND_OVER, listener);
  fcntl (listener, F_SETFD, FD_CLOEXEC);
  execv (argv[0], argv);
  die (argv[0]);
}

static const Call *
find_call (int nr)
{
  for (size_t i = 0; i < N_CALLS; i++)
    if (calls[i].nr == nr)
      return &calls[i];
  return NULL;
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

static ssize_t
memory (uint32_t pid, uint64_t at, void *data, size_t length, int write)
{
  char path[64];
  ssize_t n;
  int fd;

  snprintf (path, sizeof path, "/proc/%u/mem", pid);
  fd = open (path, O_RDWR | O_CLOEXEC);
  n = write ? pwrite (fd, data, length, at) : pread (fd, data, length, at);
  close (fd);
  return n;
}

/* Tells whether a descriptor is of a file that is written to: only there it
 * matters whether close() says that all is well. */
static int
is_written (uint32_t pid, int fd)
{
  char path[64], link[PATH_MAX];
  unsigned flags = O_RDONLY;
  ssize_t n;
  FILE *info;

  snprintf (path, sizeof path, "/proc/%u/fd/%d", pid, fd);
  n = readlink (path, link, sizeof link);
  snprintf (path, sizeof path, "/proc/%u/fdinfo/%d", pid, fd);
  info = fopen (path, "re");
  if (info == NULL)
    return 0;
  if (fscanf (info, "pos: %*d flags: %o", &flags) != 1)
    flags = O_RDONLY;
  fclose (info);
  return n > 0 && link[0] == '/' && (flags & O_ACCMODE) != O_RDONLY;
}

/* What a descriptor of a process leads to. */
static void
describe_fd (uint32_t pid, int fd, char *text, size_t size)
{
  char path[64];
  ssize_t n;

  if (fd == AT_FDCWD)
    snprintf (path, sizeof path, "/proc/%u/cwd", pid);
  else
    snprintf (path, sizeof path, "/proc/%u/fd/%d", pid, fd);
  n = readlink (path, text, size - 1);
  text[n < 0 ? 0 : n] = '\0';
}

/* The path that a call is about. */
static void
describe (const Call *call, const struct seccomp_notif *request, char *text, size_t size)
{
  char name[PATH_MAX] = "";
  char dir[PATH_MAX] = "";

  if (call->path >= 0)
    memory (request->pid, request->data.args[call->path], name, sizeof name - 1, 0);
  if (name[0] != '/' && (call->dir >= 0 || call->path >= 0))
    describe_fd (request->pid, call->dir < 0 ? AT_FDCWD : (int) request->data.args[call->dir], dir,
                 sizeof dir);
  snprintf (text, size, "%s%s%s", dir, dir[0] != '\0' && name[0] != '\0' ? "/" : "", name);
  for (char *c = text; *c != '\0'; c++)
    if (*c == '\n' || *c == '\t')
      *c = ' ';
}

/* A duplicate of a descriptor of a process, or -1.  Only of a file: reading
 * from a pipe might wait for somebody who waits for an answer. */
static int
borrow (uint32_t pid, int fd)
{
  int process = syscall (SYS_pidfd_open, pid, 0);
  int borrowed = syscall (SYS_pidfd_getfd, process, fd, 0);
  struct stat st;

  close (process);
  if (borrowed >= 0 && fstat (borrowed, &st) == 0 && S_ISREG (st.st_mode))
    return borrowed;
  close (borrowed);
  return -1;
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
      int fd = size > 0 ? borrow (request->pid, args[0]) : -1;

      if (fd >= 0 && call->nr == SYS_read && (n = read (fd, buffer, size)) > 0)
        n = memory (request->pid, args[1], buffer, n, 1);
      else if (fd >= 0 && call->nr == SYS_write)
        n = memory (request->pid, args[1], buffer, size, 0) == (ssize_t) size
                ? write (fd, buffer, size)
                : -1;
      else if (fd >= 0 && call->nr == SYS_copy_file_range && args[1] == 0 && args[3] == 0)
        {
          int out = borrow (request->pid, args[2]);

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
  int out = borrow (request->pid, request->data.args[0]);
  int in = borrow (request->pid, request->data.args[2]);
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
          && (run->interrupted[call - calls] ^= 1)))
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
      call = find_call (request.data.nr);
      if (call == NULL)
        fprintf (run->log, "0\t?\t%d\n", request.data.nr);
      else if (call->nr != SYS_close || is_written (request.pid, request.data.args[0]))
        {
          run->count++;
          describe (call, &request, path, sizeof path);
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
    die ("/dev/null");
  if (optind == argc || stat (argv[optind], &run->exe) < 0)
    die ("program");
  return argv + optind;
}

int
main (int argc, char **argv)
{
  Run run = { .mode = "once", .error = EIO };
  char **program = parse (&run, argc, argv);
  int sockets[2], status;
  pid_t pid;

  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets) < 0)
    die ("socketpair");
  pid = fork ();
  if (pid == 0)
    become (program, sockets[1]);
  close (sockets[1]);
  run.listener = receive_descriptor (sockets[0]);
  if (pid < 0 || run.listener < 0)
    _exit (IMPOSSIBLE);
  status = serve (&run, pid);
  fclose (run.log);
  return WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
}
