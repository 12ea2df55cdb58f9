/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Runs a function in this process, at no cost: a child process takes as long
 * as half an environment.  That is for venvb's own code, in a program that
 * does nothing else.  When a signal ends it, the handler replaces it by a
 * program that undoes its work: by execv(), which a handler may call while
 * the heap is in any state.  That program knows nothing but the journal; it
 * still has the lock, and the programs that were started as its children.
 */

#include "undo/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The signals that end a process and that it can do something about. */
static const int deadly[] = { SIGINT,  SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGSEGV, SIGBUS,
                              SIGABRT, SIGILL,  SIGFPE, SIGTRAP, SIGSYS,  SIGXFSZ };

static Journal *running; /* that of the run in this process */
static const char *const *successor;

/* A stack that overflows can't be what the handler runs on. */
static char handler_stack[32 * 1024];

/* Gives the journal to the successor as its standard input.  Comes back only
 * when that can't be done. */
static void
hand_over (Journal *journal)
{
  int ends[2];

  if (journal->lock >= 0)
    fcntl (journal->lock, F_SETFD, 0);
  if (pipe2 (ends, O_CLOEXEC | O_NONBLOCK) == 0
      && write (ends[1], journal, sizeof *journal) == (ssize_t) sizeof *journal
      && dup2 (ends[0], STDIN_FILENO) == STDIN_FILENO)
    execv (successor[0], (char *const *) successor);
}

/* A process that was forked off to become a program has no part in this. */
static void
end (int number)
{
  Journal *journal = running;

  if (journal != NULL && journal->pid == getpid ())
    {
      running = NULL;
      journal->signal = number;
      hand_over (journal);
    }
  signal (number, SIG_DFL);
  raise (number);
}

/* Sets handlers where there are none: a signal that is ignored stays so, and
 * a sanitizer sees what it wants to see.  Returns for which, as a bit set. */
static guint
set_handlers (void)
{
  struct sigaction old, action = { .sa_handler = end, .sa_flags = SA_ONSTACK };
  guint set = 0;

  sigfillset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (deadly); i++)
    if (sigaction (deadly[i], NULL, &old) == 0 && old.sa_handler == SIG_DFL
        && sigaction (deadly[i], &action, NULL) == 0)
      set |= 1u << i;
  return set;
}

static void
reset_handlers (guint set)
{
  for (guint i = 0; i < G_N_ELEMENTS (deadly); i++)
    if (set & 1u << i)
      signal (deadly[i], SIG_DFL);
}

/* Runs func here, and writes out what it printed.  A signal that ends it makes
 * the process execute argv, which is to call venvb_take_over(). */
gboolean
handover_run (Journal *journal, const char *const *argv, IsolateFunc func, gpointer data,
              GError **error)
{
  const stack_t stack = { .ss_sp = handler_stack, .ss_size = sizeof handler_stack };
  stack_t old_stack;
  guint set;
  gboolean ok;

  journal->pid = getpid ();
  journal->children[0] = '\0';
  successor = argv;
  running = journal;
  children_watch (journal->children, sizeof journal->children);
  sigaltstack (&stack, &old_stack);
  set = set_handlers ();
  ok = func (data, error) && isolate_flush (error);
  reset_handlers (set);
  sigaltstack (&old_stack, NULL);
  children_watch (NULL, 0);
  running = NULL;
  return ok;
}

/* Says what is not as one would expect, since nobody else will: the process is about
 * to end with the signal.  Names of files are made visible. */
static void
say_last (const Journal *journal, const GError *error)
{
  g_autofree char *text = NULL;

  if (error == NULL || (!journal->is_odd && journal->kept[0] == '\0'))
    return;
  text = g_strescape (error->message, "\"");
  fprintf (stderr, "venvb: %s\n", text);
}

gboolean
venvb_take_over (GError **error)
{
  return venvb_take_over_full (NULL, NULL, error);
}

gboolean
venvb_take_over_full (VenvbEndedFunc func, gpointer data, GError **error)
{
  Journal *journal = journal_new ();
  sigset_t none;

  if (read (STDIN_FILENO, journal, sizeof *journal) != (ssize_t) sizeof *journal
      || journal->pid != getpid ())
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE, "there is nothing to take over");
  else
    {
      int number = isolate_clear_up (journal, journal->signal, journal->children, error);

      if (journal->others[0] != '\0')
        errors_add (error, " (%s)", journal->others);
      sigemptyset (&none);
      sigprocmask (SIG_SETMASK, &none, NULL);
      if (number != 0)
        {
          say_last (journal, error != NULL ? *error : NULL);
          if (func != NULL && error != NULL && *error != NULL)
            func (number, *error, data);
          raise (number);
        }
    }
  journal_free (journal);
  return FALSE;
}
