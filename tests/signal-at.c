/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a program, and sends a signal at one moment of it:
 *
 *   signal-at SIGNAL WHOM N RESULT PROGRAM [ARGUMENT...]
 *
 * Moments are the system calls by which the program, or any that it starts,
 * changes something: the signal comes before the Nth of them.  WHOM is "all",
 * the program and those it started, or "one", the process that makes the call.
 * The file RESULT gets the number of calls until then, what the Nth was, and
 * "ended" when there were fewer.  Comes back when the last process is gone,
 * with the status of PROGRAM as a shell tells it; with 77 where this is not
 * possible.
 *
 *   signal-at exchange A:B N RESULT PROGRAM...   in place of a signal: two entries
 *                                                get each other's names, A and B
 *   signal-at flip A:B N RESULT PROGRAM...       and their own before the next moment
 *
 * Then where a file is looked for by openat2() is a moment, too.  Nothing is done
 * where one of them is not there.
 *
 * With =ERRNO behind the first word, openat2() fails with that, always.
 */

#include "config.h"

#include <stdio.h>

#if defined __linux__ && __has_include(<linux/seccomp.h>)

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define SIZE(array) (sizeof (array) / sizeof (array)[0])

/* The calls that change something, or decide who may. */
static const struct
{
  long number;
  const char *name;
} calls[] = {
#define CALL(name)                                                                                 \
  {                                                                                                \
    SYS_##name, #name                                                                              \
  }
#ifdef SYS_mkdir
  CALL (mkdir),    CALL (rmdir),           CALL (rename),    CALL (unlink),   CALL (link),
  CALL (symlink),  CALL (chmod),           CALL (chown),     CALL (lchown),   CALL (creat),
#endif
  CALL (mkdirat),  CALL (renameat2),       CALL (unlinkat),  CALL (linkat),   CALL (symlinkat),
#ifdef SYS_renameat
  CALL (renameat),
#endif
  CALL (fchmod),   CALL (fchmodat),        CALL (fchown),    CALL (fchownat), CALL (utimensat),
  CALL (truncate), CALL (ftruncate),       CALL (fallocate), CALL (write),    CALL (pwrite64),
  CALL (writev),   CALL (copy_file_range), CALL (sendfile),  CALL (ioctl),    CALL (flock),
  CALL (execve),   CALL (exit_group),      CALL (kill),      CALL (sendmsg),
#ifdef SYS_fork
  CALL (fork),     CALL (vfork),
#endif
  CALL (clone),    CALL (clone3),
#undef CALL
};

#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
#define ARG(n) offsetof (struct seccomp_data, args[n])

/* Has the kernel stop this process, and all it becomes and starts, at these
 * calls, and when files are opened for writing; and do with openat2() as it is
 * told. */
static int
watch (unsigned openat2)
{
  struct sock_filter code[2 * SIZE (calls) + 16];
  struct sock_fprog program = { .filter = code };
  unsigned short n = 0;

  code[n++] =
      (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (unsigned i = 0; i < SIZE (calls); i++)
    {
      code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, calls[i].number, 0, 1);
      code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    }
  code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, openat2);
  code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, ARG (2));
  code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, WRITING, 0, 1);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRACE);
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program.len = n;
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

/* Starts the program, watched by this process, in a group of its own. */
static pid_t
start (char **argv, unsigned openat2)
{
  const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK
                       | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  int ends[2];
  char byte;
  pid_t pid;

  if (pipe2 (ends, O_CLOEXEC) < 0 || (pid = fork ()) < 0)
    return -1;
  if (pid == 0)
    {
      setpgid (0, 0);
      if (read (ends[0], &byte, 1) != 1 || !watch (openat2))
        _exit (77);
      execvp (argv[0], argv);
      _exit (127);
    }
  setpgid (pid, pid);
  if (ptrace (PTRACE_SEIZE, pid, NULL, options) < 0 || write (ends[1], "", 1) != 1)
    {
      kill (pid, SIGKILL);
      exit (77);
    }
  close (ends[0]);
  close (ends[1]);
  return pid;
}

/* The name of the call that a stopped process is about to make. */
static const char *
call_name (pid_t pid)
{
  struct __ptrace_syscall_info info = { 0 };

  if (ptrace (PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0)
    for (unsigned i = 0; i < SIZE (calls); i++)
      if (info.seccomp.nr == (uint64_t) calls[i].number)
        return calls[i].name;
  return "open";
}

/* Lets a stopped process go on: what it was stopped for is in status. */
static void
go_on (pid_t pid, int status)
{
  int event = status >> 16, number = WSTOPSIG (status);

  if (event == PTRACE_EVENT_STOP && number != SIGTRAP)
    ptrace (PTRACE_LISTEN, pid, NULL, 0);
  else
    ptrace (PTRACE_CONT, pid, NULL, event == 0 ? (long) number : 0L);
}

static void
tell (const char *path, long count, const char *what)
{
  FILE *file = fopen (path, "w");

  if (file == NULL || fprintf (file, "%ld %s\n", count, what) < 0 || fclose (file) != 0)
    exit (99);
}

/* Exchanges what two paths, "A:B", lead to. */
static void
exchange (const char *pair)
{
  char a[4096];
  const char *colon = strchr (pair, ':');

  if (colon == NULL || (size_t) (colon - pair) >= sizeof a)
    exit (99);
  memcpy (a, pair, colon - pair);
  a[colon - pair] = '\0';
  if (syscall (SYS_renameat2, AT_FDCWD, a, AT_FDCWD, colon + 1, RENAME_EXCHANGE) < 0
      && errno != ENOENT)
    exit (77);
}

/* Tells whether that is what is to be done. */
static int
is_told (char **argv, const char *word)
{
  size_t length = strlen (word);

  return strncmp (argv[1], word, length) == 0
         && (argv[1][length] == '\0' || argv[1][length] == '=');
}

/* What happens at the moment, and at the next one. */
static void
act (char **argv, pid_t group, pid_t at_work, int is_next)
{
  if (is_told (argv, "flip") || (is_told (argv, "exchange") && !is_next))
    exchange (argv[2]);
  else if (!is_next && atoi (argv[1]) > 0)
    kill (strcmp (argv[2], "all") == 0 ? -group : at_work, atoi (argv[1]));
}

/* What the kernel is to do at openat2(). */
static unsigned
at_openat2 (char **argv)
{
  const char *refused = strchr (argv[1], '=');

  if (refused != NULL)
    return SECCOMP_RET_ERRNO | atoi (refused + 1);
  return strchr (argv[2], ':') != NULL ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW;
}

int
main (int argc, char **argv)
{
  long at, count = 0;
  int status, result = 0;
  pid_t pid, at_work;

  if (argc < 6)
    return 99;
  at = atol (argv[3]);
  pid = start (argv + 5, at_openat2 (argv));
  while ((at_work = waitpid (-1, &status, __WALL)) > 0)
    {
      if (!WIFSTOPPED (status))
        {
          if (at_work == pid)
            result = WIFSIGNALED (status) ? 128 + WTERMSIG (status) : WEXITSTATUS (status);
          continue;
        }
      if (status >> 16 == PTRACE_EVENT_SECCOMP && ++count >= at && at > 0 && count <= at + 1)
        {
          if (count == at)
            tell (argv[4], count, call_name (at_work));
          act (argv, pid, at_work, count > at);
        }
      go_on (at_work, status);
    }
  if (at == 0 || count < at)
    tell (argv[4], count, "ended");
  return result;
}

#else

int
main (void)
{
  fputs ("signal-at: not on this system\n", stderr);
  return 77;
}

#endif
