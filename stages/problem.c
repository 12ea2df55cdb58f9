/* SPDX-License-Identifier: BSD-2-Clause */

/* What is wrong with an environment. */

#include "stages/check.h"

/* For programs.  They are promised in command/venvb.schema.json. */
static const char *const codes[] = {
  [CAUSE_UNSETTLED] = "unsettled",
  [CAUSE_PYTHON] = "python",
  [CAUSE_HOME] = "home",
  [CAUSE_NAMED] = "named",
  [CAUSE_BASE] = "base",
  [CAUSE_SERIES] = "series",
  [CAUSE_VERSION] = "version",
  [CAUSE_LIBRARY] = "library",
  [CAUSE_ACTIVATION] = "activation",
  [CAUSE_MOVED] = "moved",
  [CAUSE_SCRIPT] = "script",
  [CAUSE_LOCK] = "lock",
  [CAUSE_FIT] = "fit",
  [CAUSE_PACKAGE] = "package",
};

void
venvb_problem_free (VenvbProblem *problem)
{
  if (problem == NULL)
    return;
  g_free (problem->what);
  g_free (problem->mend);
  g_free (problem->item);
  g_free (problem);
}

const char *
venvb_problem_get_what (const VenvbProblem *problem)
{
  return problem->what;
}

const char *
venvb_problem_get_mend (const VenvbProblem *problem)
{
  return problem->mend;
}

const char *
venvb_problem_get_code (const VenvbProblem *problem)
{
  return codes[problem->cause];
}

gboolean
venvb_problem_is_remark (const VenvbProblem *problem)
{
  return problem->is_remark;
}

/* Notes a problem, which belongs to the check. */
VenvbProblem *
problem_note (const Check *check, Cause cause, const char *mend, const char *format, ...)
{
  VenvbProblem *problem = g_new0 (VenvbProblem, 1);
  va_list args;

  va_start (args, format);
  problem->what = g_strdup_vprintf (format, args);
  va_end (args);
  problem->cause = cause;
  problem->mend = g_strdup (mend);
  problem->by_lock = check->lock != NULL;
  g_ptr_array_add (check->problems, problem);
  return problem;
}

/* Names one more path of which the same can be said, before the others. */
void
problem_add_path (VenvbProblem *problem, const char *path)
{
  g_autofree char *what = g_steal_pointer (&problem->what);

  problem->what = g_strdup_printf ("'%s', %s", path, what);
}

/* Says which package it is, by the path of its .dist-info. */
void
problem_set_item (VenvbProblem *problem, const char *item)
{
  problem->item = g_strdup (item);
}

/* Tells whether something with this cause was noted. */
gboolean
problem_is_noted (const Check *check, Cause cause)
{
  for (guint i = 0; i < check->problems->len; i++)
    if (((const VenvbProblem *) g_ptr_array_index (check->problems, i))->cause == cause)
      return TRUE;
  return FALSE;
}
