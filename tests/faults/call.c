/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a call is, and what it is about: its arguments point into the memory of
 * the process that made it, and number that one's descriptors.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "inject.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

const Call call_known[N_CALLS] = {
#define CALL(name, kind, path, dir) { #name, SYS_##name, kind, path, dir },
#include "calls.h"
#undef CALL
};

/* The call of a number, or NULL when calls.h does not know it. */
const Call *
call_find (int nr)
{
  for (size_t i = 0; i < N_CALLS; i++)
    if (call_known[i].nr == nr)
      return &call_known[i];
  return NULL;
}

/* Reads memory of a process, or writes to it.  Returns how much, -1 for none. */
ssize_t
call_memory (uint32_t pid, uint64_t at, void *data, size_t length, int write)
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
int
call_is_written (uint32_t pid, int fd)
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

/* The path that a call is about, with no tabs and newlines in it. */
void
call_describe (const Call *call, const struct seccomp_notif *request, char *text, size_t size)
{
  char name[PATH_MAX] = "";
  char dir[PATH_MAX] = "";

  if (call->path >= 0)
    call_memory (request->pid, request->data.args[call->path], name, sizeof name - 1, 0);
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
int
call_borrow (uint32_t pid, int fd)
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
