/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The programs that a run has started, and what these leave running: all of it
 * ends with the run.  A process that was forked for the run knows that all its
 * children are the run's; another one notes, before the first program, which
 * children it had already.
 */

#include "base/base.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

static gboolean all_are_ours;
static char *before; /* where to note the children there were; or NULL */
static gsize before_size;

static void
add_children (GString *list, const char *thread)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/children", thread);
  g_autofree char *pids = NULL;

  if (g_file_get_contents (path, &pids, NULL, NULL))
    g_string_append (list, pids);
}

/* Lists the children of this thread, or of all threads of this process, each
 * with a space on both sides. */
char *
children_list (gboolean of_all_threads)
{
  GString *list = g_string_new (" ");
  g_autoptr (GDir) dir = of_all_threads ? g_dir_open ("/proc/self/task", 0, NULL) : NULL;
  const char *entry;

  if (!of_all_threads)
    add_children (list, "thread-self");
  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *thread = g_build_filename ("self", "task", entry, NULL);
      add_children (list, thread);
    }
  return g_string_free (list, FALSE);
}

/* Ends children of this process but those listed in except, and the children
 * that these leave to it, until there are none. */
void
children_end (const char *except, gboolean of_all_threads)
{
  gboolean found = TRUE;

  for (guint round = 0; found && round < 1000; round++)
    {
      g_autofree char *list = children_list (of_all_threads);
      g_auto (GStrv) pids = g_strsplit (list, " ", -1);

      found = FALSE;
      for (guint i = 0; pids[i] != NULL; i++)
        {
          g_autofree char *word = g_strdup_printf (" %s ", pids[i]);

          if (pids[i][0] == '\0' || strstr (except, word) != NULL)
            continue;
          found = TRUE;
          kill (atoi (pids[i]), SIGKILL);
          waitpid (atoi (pids[i]), NULL, 0);
        }
    }
}

/* Whether orphans of the child come to this process; returns what was set. */
int
children_adopt (int on)
{
  int was_set = 0;

#ifdef PR_SET_CHILD_SUBREAPER
  prctl (PR_GET_CHILD_SUBREAPER, &was_set, 0, 0, 0);
  prctl (PR_SET_CHILD_SUBREAPER, on, 0, 0, 0);
#endif
  return was_set;
}

/* This process was forked for the run: whatever children it has are the run's. */
void
children_are_ours (void)
{
  all_are_ours = TRUE;
  before = NULL;
}

/* From now on this process works on a run: before the first program is started,
 * the children that it has then are listed in memory of this size, which is
 * empty.  NULL: no more. */
void
children_watch (char *memory, gsize size)
{
  before = memory;
  before_size = size;
}

/* To be called before a program is started. */
void
children_expect (void)
{
  g_autofree char *list = NULL;

  if (before == NULL || before[0] != '\0')
    return;
  list = children_list (TRUE);
  if (strlen (list) >= before_size)
    return;
  children_adopt (1);
  strcpy (before, list);
}

/* Ends what the run has left running, so that it does not write to an
 * environment while that is undone. */
void
children_end_ours (void)
{
  if (all_are_ours)
    children_end ("", TRUE);
  else if (before != NULL && before[0] != '\0')
    children_end (before, TRUE);
}
