/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Starts the program: the filter that has the kernel ask about its calls is of
 * the process itself that becomes it, so the descriptor to answer by has to be
 * handed over by that.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "inject.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The descriptor that the program to be hands the listener over by. */
#define HAND_OVER 900

/* Ends this process: what was to be done is not possible, as errno tells. */
void
filter_die (const char *what)
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
    if (call_known[i].kind == '-')
      {
        code[n++] =
            (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, call_known[i].nr, 0, 1);
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
    filter_die ("sendmsg");
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
    filter_die ("dup3");
  listener = install_filter ();
  if (listener < 0)
    filter_die ("seccomp");
  send_descriptor (HAND_OVER, listener);
  fcntl (listener, F_SETFD, FD_CLOEXEC);
  execv (argv[0], argv);
  filter_die (argv[0]);
}

/* Starts a program, of which *pid is the process.  Returns the descriptor that
 * the kernel asks by about its calls. */
int
filter_start (char **argv, pid_t *pid)
{
  int sockets[2], listener;

  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets) < 0)
    filter_die ("socketpair");
  *pid = fork ();
  if (*pid == 0)
    become (argv, sockets[1]);
  close (sockets[1]);
  listener = receive_descriptor (sockets[0]);
  if (*pid < 0 || listener < 0)
    _exit (IMPOSSIBLE);
  return listener;
}
