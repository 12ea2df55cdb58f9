/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The programs that a run has started, and what these leave running: all of it
 * ends with the run, and nothing else does.  A process that was forked for the run
 * knows that all its children are the run's.  So does one that has no children when it
 * starts the first, is not that to which all orphans come (init of a container), and
 * does nothing else meanwhile: it is "alone".  Any other may be given orphans that
 * are not the run's: what it had started before, as a service below an entry point
 * that then executes venvb, leaves these to the next process above it that adopts
 * orphans.  Such a process adopts none; between it and the run is a keeper, which
 * does nothing but that.
 */

#include "base/base.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef HAVE_SYS_PRCTL_H
#include <sys/prctl.h>
#endif

/* In place of a list of children: all there are. */
#define ALL "*"

static gboolean all_are_ours;
static char *ours; /* where to note which children are; or NULL */
static gsize ours_size;

/* Lists the children of all threads of a process, "self" for this one, each with a space
 * on both sides: free with g_free(). */
static char *
list_of (const char *process)
{
  g_autofree char *path = g_build_filename ("/proc", process, "task", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  GString *list = g_string_new (" ");
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *thread = g_build_filename (path, entry, "children", NULL);
      g_autofree char *pids = NULL;

      if (g_file_get_contents (thread, &pids, NULL, NULL))
        g_string_append (list, pids);
    }
  return g_string_free (list, FALSE);
}

/* The processes of a list that another one does not have. */
static GArray *
others (const char *list, const char *except)
{
  g_auto (GStrv) words = g_strsplit (list, " ", -1);
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));

  for (guint i = 0; words[i] != NULL; i++)
    {
      g_autofree char *word = g_strdup_printf (" %s ", words[i]);
      pid_t pid = atoi (words[i]);

      if (words[i][0] != '\0' && strstr (except, word) == NULL)
        g_array_append_val (pids, pid);
    }
  return pids;
}

/* Signals a process and all that it has started and that is below it still. */
void
children_signal (pid_t pid, int number)
{
  g_autofree char *process = g_strdup_printf ("%d", (int) pid);
  g_autofree char *list = list_of (process);
  g_autoptr (GArray) pids = others (list, "");

  kill (pid, number);
  for (guint i = 0; i < pids->len; i++)
    children_signal (g_array_index (pids, pid_t, i), number);
}

/* Lists the children of this process, each with a space on both sides. */
char *
children_list (void)
{
  return list_of ("self");
}

/* The children of this process but those listed in except. */
static GArray *
children_but (const char *except)
{
  g_autofree char *list = children_list ();

  return others (list, except);
}

/* Ends children of this process but those listed in except, and the children
 * that these leave to it, until there are none. */
void
children_end (const char *except)
{
  gboolean found = TRUE;

  for (guint round = 0; found && round < 1000; round++)
    {
      g_autoptr (GArray) pids = children_but (except);

      found = pids->len > 0;
      for (guint i = 0; i < pids->len; i++)
        {
          kill (g_array_index (pids, pid_t, i), SIGKILL);
          waitpid (g_array_index (pids, pid_t, i), NULL, 0);
        }
    }
}

/* The same, each being asked to end first, which may take so many microseconds. */
void
children_end_gently (const char *except, gint64 grace)
{
  gint64 deadline = g_get_monotonic_time () + grace;
  gboolean found = TRUE;

  for (int number = SIGTERM; found && g_get_monotonic_time () < deadline; number = 0)
    {
      g_autoptr (GArray) pids = children_but (except);

      found = FALSE;
      for (guint i = 0; i < pids->len; i++)
        {
          children_signal (g_array_index (pids, pid_t, i), number);
          found = waitpid (g_array_index (pids, pid_t, i), NULL, WNOHANG) == 0 || found;
        }
      if (found)
        g_usleep (2000);
    }
  children_end (except);
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

/* Tells whether no other process than this and the run's can leave it an orphan. */
static gboolean
is_alone (void)
{
  siginfo_t info;
  struct stat st;

  return getpid () != 1 && waitid (P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0
         && errno == ECHILD && stat ("/proc/self/task", &st) == 0 && st.st_nlink == 3;
}

/* Has a process end as a child of it did. */
G_GNUC_NORETURN static void
end_as (int status)
{
  sigset_t one;
  int number = WIFSIGNALED (status) ? WTERMSIG (status) : 0;

  if (number != 0)
    {
#ifdef PR_SET_DUMPABLE
      prctl (PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
      signal (number, SIG_DFL);
      sigemptyset (&one);
      sigaddset (&one, number);
      sigprocmask (SIG_UNBLOCK, &one, NULL);
      raise (number);
    }
  _exit (WEXITSTATUS (status));
}

/* The keeper's life: passes signals on to the child, as the handlers do that it
 * has from its parent, ends what the child leaves when it fails, and then as it did. */
G_GNUC_NORETURN static void
keep (const Brood *brood, pid_t pid, const int *passed, guint n_passed)
{
  int status = 0, said = 0;
  sigset_t mask;

  sigfillset (&mask);
  for (guint i = 0; i < n_passed; i++)
    sigdelset (&mask, passed[i]);
  sigprocmask (SIG_SETMASK, &mask, NULL);
  while (pid > 0 && waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  sigfillset (&mask);
  sigprocmask (SIG_SETMASK, &mask, NULL);
  if (pid < 0)
    _exit (EXIT_FAILURE);
  ioctl (brood->report_fd, FIONREAD, &said);
  if (status != 0 || said == 0 || brood->always)
    children_end ("");
  end_as (status);
}

/* As fork(), with all signals blocked, for a child that writes to a pipe and ends with 0
 * unless it fails: what it leaves running then ends, too, before children_reaped() comes
 * back.  passed are the signals that this process passes on, by a handler, to the
 * process in *watched. */
pid_t
children_fork (Brood *brood, volatile sig_atomic_t *watched, const int *passed, guint n_passed)
{
  pid_t pid;

  brood->has_keeper = !is_alone ();
  brood->adopted = brood->has_keeper ? 0 : children_adopt (1);
  pid = fork ();
  if (pid != 0 || !brood->has_keeper)
    {
      *watched = pid;
      return pid;
    }
  signal (SIGCHLD, SIG_DFL);
  children_adopt (1);
  pid = fork ();
  if (pid == 0)
    {
#ifdef PR_SET_PDEATHSIG
      prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
#endif
      return 0;
    }
  *watched = pid;
  keep (brood, pid, passed, n_passed);
}

/* The child has ended, and was waited for. */
void
children_reaped (const Brood *brood, gboolean has_failed)
{
  if (brood->has_keeper)
    return;
  if (has_failed || brood->always)
    children_end ("");
  children_adopt (brood->adopted);
}

/* This process was forked for the run: whatever children it has are the run's. */
void
children_are_ours (void)
{
  all_are_ours = TRUE;
  ours = NULL;
}

/* From now on this process works on a run: which children it starts for it is noted in
 * memory of this size, which is empty.  NULL: no more. */
void
children_watch (char *memory, gsize size)
{
  ours = memory;
  ours_size = size;
}

/* To be called before a program is started.  Where this process is alone before the
 * first, all its children are the run's from then on. */
void
children_expect (void)
{
  if (ours == NULL || ours[0] != '\0')
    return;
  if (is_alone ())
    {
      children_adopt (1);
      g_strlcpy (ours, ALL, ours_size);
    }
  else
    g_strlcpy (ours, " ", ours_size);
}

/* A program was started: where this process is not alone, it alone is the run's. */
void
children_started (pid_t pid)
{
  g_autofree char *word = g_strdup_printf ("%d ", (int) pid);

  if (ours != NULL && ours[0] == ' ' && strlen (ours) + strlen (word) < ours_size)
    strcat (ours, word);
}

/* It was waited for; another may get its number. */
void
children_ended (pid_t pid)
{
  g_autofree char *word = g_strdup_printf (" %d ", (int) pid);
  char *found = ours == NULL ? NULL : strstr (ours, word);

  if (found != NULL)
    memmove (found + 1, found + strlen (word), strlen (found + strlen (word)) + 1);
}

/* Ends the children that such a list names, and what has come from them. */
void
children_end_listed (const char *list)
{
  g_auto (GStrv) pids = g_strsplit (list, " ", -1);

  if (g_str_equal (list, ALL))
    children_end ("");
  else
    for (guint i = 0; pids[i] != NULL; i++)
      if (pids[i][0] != '\0')
        {
          children_signal (atoi (pids[i]), SIGKILL);
          waitpid (atoi (pids[i]), NULL, 0);
        }
}

/* Ends what the run has left running, so that it does not write to an
 * environment while that is undone. */
void
children_end_ours (void)
{
  if (all_are_ours)
    children_end ("");
  else if (ours != NULL)
    children_end_listed (ours);
}

/* Tells whether all children that this process has are the run's. */
gboolean
children_are_all_ours (void)
{
  return all_are_ours || (ours != NULL && g_str_equal (ours, ALL));
}
