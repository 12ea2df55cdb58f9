/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Checking an environment, and mending it, for those in this room.
 *
 *   problem.c   what is wrong, one for each cause
 *   check.c     looking for it
 *   interpreter.c  the names of its interpreter
 *   twice.c     packages that are recorded twice
 *   moved.c     what an environment is like that was moved
 *   repair.c    mending it
 */

#pragma once

#include "stages/stages.h"

#include "base/names.h"

/* Why an environment is not sound. */
typedef enum
{
  CAUSE_UNSETTLED,  /* a run has not ended */
  CAUSE_PYTHON,     /* a name of its interpreter leads nowhere */
  CAUSE_HOME,       /* its base is not where pyvenv.cfg says */
  CAUSE_NAMED,      /* its base is not run unless it is named */
  CAUSE_BASE,       /* its base is dead */
  CAUSE_SERIES,     /* its packages are for another Python */
  CAUSE_VERSION,    /* its base was upgraded */
  CAUSE_LIBRARY,    /* where packages have to be is nothing */
  CAUSE_ACTIVATION, /* it can't be activated */
  CAUSE_MOVED,      /* it was moved, or copied */
  CAUSE_SCRIPT,     /* scripts run with another Python */
  CAUSE_LOCK,       /* it is not as a lock has it */
  CAUSE_FIT,        /* a package is for another Python */
  CAUSE_PACKAGE,    /* a package is not as its RECORD has it */
} Cause;

struct _VenvbProblem
{
  Cause cause;
  char *what;
  char *mend;
  char *item; /* the .dist-info of the package; or NULL */
  gboolean is_remark;
  gboolean by_lock;    /* a lock says what has to be there */
  gboolean is_by_hand; /* no run can mend it */
  gboolean is_rest;    /* its item is what is left of a package, or of another version */
};

/* A check in progress. */
typedef struct
{
  const char *env_dir;
  const char *named; /* the Python that the user asks for, or NULL */
  char *bin;
  char *base;        /* the interpreter that was asked, or NULL */
  GHashTable *cfg;   /* key -> value of pyvenv.cfg */
  GHashTable *facts; /* about its interpreter, or NULL */
  VenvbBuilder *builder;
  char *lock; /* that it is compared with, or NULL */
  GPtrArray *problems;
} Check;

/* problem.c */

VenvbProblem *problem_note (const Check *check, Cause cause, const char *mend, const char *format,
                            ...) G_GNUC_PRINTF (4, 5);
void problem_add_path (VenvbProblem *problem, const char *path);
void problem_set_item (VenvbProblem *problem, const char *item);
gboolean problem_is_noted (const Check *check, Cause cause);

/* check.c */

/* venvb_builder_check() */

/* interpreter.c */

void interpreter_check (const Check *check);
void interpreter_check_same (const Check *check);

/* moved.c */

void moved_check (const Check *check);

/* twice.c */

void twice_check (const Check *check, const char *lib, GPtrArray *names);

/* repair.c */

/* venvb_builder_repair() */
