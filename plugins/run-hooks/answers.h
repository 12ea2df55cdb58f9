/* SPDX-License-Identifier: BSD-2-Clause */

/* What hooks answer.  A hook finds the name of a file in VENVB_HOOK_ANSWER, and what it
 * writes there is obeyed, line by line: VENVB_SET_PROMPT=text.  What it prints is not,
 * since much of that is not its own: it lists files, it runs programs that print what
 * others have written. */

#pragma once

#include "venvb.h"

/* How the lines begin. */
#define ANSWERS_BEGIN "VENVB_SET_"

/* What was answered for one environment. */
typedef struct _Answers Answers;

Answers *answers_new (void);
void answers_free (Answers *answers);

/* A text of a hook's as a message may have it, with escapes: free with g_free(). */
char *answers_plain (const char *text);

/* A moment in a run: before a stage, or after it. */
guint answers_moment (VenvbStage stage, gboolean is_done);

/* Opens a file for the answer of a hook, which has to be closed; -1 with error set.
 * name is what the hook opens: free with g_free(). */
int answers_open (char **name, GError **error);

/* Does what a hook wants.  FALSE with error set when a line is not understood, or comes
 * too early or too late to have an effect: the hook, the line, and what to do. */
gboolean answers_take (Answers *answers, VenvbContext *ctx, guint moment, const char *hook, int fd,
                       GError **error);

/* The variables of later hooks, NAME=VALUE, or NAME to take one away: borrowed. */
const GPtrArray *answers_variables (const Answers *answers);

/* The hook that has asked for the Python, borrowed; NULL when none has. */
const char *answers_python_from (const Answers *answers);
