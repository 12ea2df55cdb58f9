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

int launch_input (const char *text, gsize length);
gboolean launch_program (const Launch *launch, GPid *pid, int *out, int *err,
                         GError **error) MUST_CHECK;
