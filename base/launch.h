/* SPDX-License-Identifier: BSD-2-Clause */

/* How a program is started. */

#pragma once

#include "base/base.h"

typedef struct
{
  char **argv;       /* the file, and what it is called by, and the arguments */
  char **envp;       /* NULL-terminated */
  const char *cwd;   /* or NULL */
  const int *cwd_fd; /* the same, open; or NULL */
  int input;         /* what it reads; or -1: nothing */
  int err_fd;        /* in place of its standard error; or -1 */
  gboolean group;    /* lead a process group */
} Launch;

/* Has this process end when its parent does, which may be killed, but not while a program runs
 * for it: that would go on, and nobody would keep its directory locked. */
void launch_end_with_parent (pid_t parent);
void launch_begin_waiting (void);
void launch_end_waiting (void);

int launch_input (const char *text, gsize length);
gboolean launch_program (const Launch *launch, GPid *pid, int *out, int *err,
                         GError **error) MUST_CHECK;
