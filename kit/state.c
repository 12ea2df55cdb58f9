/* SPDX-License-Identifier: BSD-2-Clause */

/* The state of the process that a plugin runs in, which is not its own. */

#include "config.h"

#include "kit/room.h"

#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SIGNALS 65

struct _State
{
  char *cwd;
  char *locale;
  char **environment;
  mode_t umask;
  struct sigaction actions[SIGNALS];
  sigset_t blocked;
};

static mode_t
current_umask (void)
{
  mode_t mask = umask (077);

  umask (mask);
  return mask;
}

State *
state_take (void)
{
  State *state = g_new0 (State, 1);
  char *cwd = realpath (".", NULL);

  state->cwd = g_strdup (cwd);
  free (cwd);
  state->locale = g_strdup (setlocale (LC_ALL, NULL));
  state->environment = g_get_environ ();
  state->umask = current_umask ();
  for (int i = 1; i < SIGNALS; i++)
    sigaction (i, NULL, &state->actions[i]);
  sigprocmask (SIG_BLOCK, NULL, &state->blocked);
  return state;
}

void
state_free (State *state)
{
  g_free (state->cwd);
  g_free (state->locale);
  g_strfreev (state->environment);
  g_free (state);
}

/* Reports the variables of one environment that the other has not, or has with
 * another value. */
static void
compare_environment (Check *check, const char *where, char **before, char **after)
{
  for (guint i = 0; after[i] != NULL; i++)
    {
      g_autofree char *name = g_strndup (after[i], strcspn (after[i], "="));

      if (g_strcmp0 (g_environ_getenv (before, name), g_environ_getenv (after, name)) != 0)
        check_problem (check, "%s: sets the environment variable '%s'", where, name);
    }
  for (guint i = 0; before[i] != NULL; i++)
    {
      g_autofree char *name = g_strndup (before[i], strcspn (before[i], "="));

      if (g_environ_getenv (after, name) == NULL)
        check_problem (check, "%s: removes the environment variable '%s'", where, name);
    }
}

static void
compare_signals (Check *check, const char *where, const State *before, const State *after)
{
  for (int i = 1; i < SIGNALS; i++)
    {
      if (before->actions[i].sa_handler != after->actions[i].sa_handler)
        check_problem (check, "%s: changes how signal %d (%s) is handled", where, i, strsignal (i));
      if (sigismember (&before->blocked, i) != sigismember (&after->blocked, i))
        check_problem (check, "%s: changes whether signal %d (%s) is blocked", where, i,
                       strsignal (i));
    }
}

/* Reports what a plugin's function has changed. */
void
state_compare (Check *check, const char *where, const State *before, const State *after,
               gboolean with_signals)
{
  if (g_strcmp0 (before->cwd, after->cwd) != 0)
    check_problem (check, "%s: changes the current directory to '%s'", where,
                   after->cwd != NULL ? after->cwd : "?");
  if (before->umask != after->umask)
    check_problem (check, "%s: changes the umask to %03o", where, (guint) after->umask);
  if (g_strcmp0 (before->locale, after->locale) != 0)
    check_problem (check, "%s: changes the locale to '%s'", where,
                   after->locale != NULL ? after->locale : "?");
  compare_environment (check, where, before->environment, after->environment);
  if (with_signals)
    compare_signals (check, where, before, after);
}

/* Adds what is there and not known yet: where says who made it. */
static void
own (GHashTable *owners, char *what, const char *where)
{
  if (g_hash_table_contains (owners, what))
    g_free (what);
  else
    g_hash_table_insert (owners, what, g_strdup (where));
}

/* Notes the open files and child processes that there are, and for those that
 * were not there before that they came up in where. */
void
state_note_resources (GHashTable *owners, const char *where)
{
  g_autofree char *children = children_list ();
  g_auto (GStrv) pids = g_strsplit (children, " ", -1);
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  const char *fd;

  for (guint i = 0; pids[i] != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("/proc/%s/comm", pids[i]);
      g_autofree char *name = NULL;

      if (pids[i][0] != '\0' && g_file_get_contents (path, &name, NULL, NULL))
        own (owners, g_strdup_printf ("process %s ('%s') running", pids[i], g_strchomp (name)),
             where);
    }
  while (dir != NULL && (fd = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_strconcat ("/proc/self/fd/", fd, NULL);
      g_autofree char *target = g_file_read_link (path, NULL);

      /* The last is the directory being read. */
      if (target != NULL
          && !(g_str_has_prefix (target, "/proc/") && g_str_has_suffix (target, "/fd")))
        own (owners, g_strdup_printf ("file descriptor %s ('%s') open", fd, target), where);
    }
}

/* What is there now and was not before.  Free with g_hash_table_unref(). */
static GHashTable *
left (GHashTable *before)
{
  GHashTable *now = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer what;

  state_note_resources (now, "");
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &what, NULL))
    g_hash_table_remove (now, what);
  return now;
}

/* Reports what is left, unless it goes by itself in a moment: another thread
 * may be at work.  What came with loading is a language's run-time system's. */
void
state_report_resources (Check *check, GHashTable *owners, GHashTable *before)
{
  g_autoptr (GHashTable) now = left (before);
  GHashTableIter iter;
  gpointer what;

  for (guint i = 0; i < 20 && g_hash_table_size (now) > 0; i++)
    {
      g_usleep (10000);
      g_hash_table_unref (now);
      now = left (before);
    }
  g_hash_table_iter_init (&iter, now);
  while (g_hash_table_iter_next (&iter, &what, NULL))
    {
      const char *where = g_hash_table_lookup (owners, what);

      if (g_strcmp0 (where, "loading") == 0)
        check_note (check, "loading: leaves %s", (char *) what);
      else
        check_problem (check, "%s: leaves %s", where != NULL ? where : "unload", (char *) what);
    }
}
