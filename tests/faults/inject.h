/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What the files of tests/faults/inject share: see inject.c for what it does.
 *
 *   filter.c  starts the program so that the kernel asks about its calls
 *   call.c    what a call is, what it is about, and the memory it speaks of
 *   inject.c  decides what becomes of a call, and answers the kernel
 */

#pragma once

#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* The exit status where none of this is possible. */
#define IMPOSSIBLE 99

/* A system call: a line of calls.h. */
typedef struct
{
  const char *name;
  int nr;
  char kind;
  int path, dir;
} Call;

/* How many of them there are: calls.h asks SYS_... which ones this machine has. */
enum
{
#define CALL(name, kind, path, dir) CALL_##name,
#include "calls.h"
#undef CALL
  N_CALLS
};

extern const Call call_known[N_CALLS];

_Noreturn void filter_die (const char *what);
int filter_start (char **argv, pid_t *pid);

const Call *call_find (int nr);
void call_describe (const Call *call, const struct seccomp_notif *request, char *text, size_t size);
int call_is_written (uint32_t pid, int fd);
ssize_t call_memory (uint32_t pid, uint64_t at, void *data, size_t length, int write);
int call_borrow (uint32_t pid, int fd);
