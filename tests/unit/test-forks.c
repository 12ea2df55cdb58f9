/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A program with threads that creates environments in a child process: it is told of
 * each fork, so that no lock is held there which nobody releases.
 */

#include "base/base.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define RUNS 25

/* A lock that another thread holds nearly always. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile gint is_over;

/* What parent and child were told, shared between them. */
typedef struct
{
  gint before, in_parent, in_child;
  gint freed;
  gboolean is_blocked; /* signals were, while the child was told */
} Told;

static gpointer
be_busy (gpointer unused)
{
  while (!g_atomic_int_get (&is_over))
    {
      pthread_mutex_lock (&lock);
      g_usleep (2000);
      pthread_mutex_unlock (&lock);
    }
  return NULL;
}

static void
before (gpointer told)
{
  g_atomic_int_inc (&((Told *) told)->before);
  pthread_mutex_lock (&lock);
}

static void
in_parent (gpointer told)
{
  pthread_mutex_unlock (&lock);
  g_atomic_int_inc (&((Told *) told)->in_parent);
}

static void
in_child (gpointer told)
{
  sigset_t blocked;

  pthread_mutex_unlock (&lock);
  sigprocmask (SIG_BLOCK, NULL, &blocked);
  ((Told *) told)->is_blocked =
      sigismember (&blocked, SIGINT) == 1 && sigismember (&blocked, SIGUSR1) == 1;
  g_atomic_int_inc (&((Told *) told)->in_child);
}

static void
destroy (gpointer told)
{
  g_atomic_int_inc (&((Told *) told)->freed);
}

/* A hook of the program, and a callback, that want the lock. */
static gboolean
want_lock (VenvbNext *next, VenvbContext *ctx, gpointer unused, GError **error)
{
  sigset_t blocked;

  pthread_mutex_lock (&lock);
  pthread_mutex_unlock (&lock);
  sigprocmask (SIG_BLOCK, NULL, &blocked);
  return venvb_next (next, ctx, error) && sigismember (&blocked, SIGINT) == 0;
}

static void
hear (VenvbContext *ctx, VenvbSource source, const char *line, gpointer unused)
{
  pthread_mutex_lock (&lock);
  pthread_mutex_unlock (&lock);
}

static gboolean
fail (VenvbNext *next, VenvbContext *ctx, gpointer unused, GError **error)
{
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "about to fail");
  g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no luck");
  return FALSE;
}

static Told *
told_new (void)
{
  Told *told = mmap (NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  g_assert_true (told != MAP_FAILED);
  return told;
}

static VenvbBuilder *
builder_new_isolated (Told *told)
{
  VenvbBuilder *builder = venvb_builder_new ();

  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_set_flag (builder, VENVB_FLAG_ISOLATE, TRUE);
  venvb_builder_set_progress (builder, hear, NULL, NULL);
  venvb_builder_add_hook (builder, VENVB_STAGE_POST_SETUP, "lock", want_lock, NULL, NULL);
  venvb_builder_set_fork_hooks (builder, before, in_parent, in_child, told, destroy);
  return builder;
}

static void
test_threads (void)
{
  Told *told = told_new ();
  VenvbBuilder *builder = builder_new_isolated (told);
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  GThread *threads[3];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("busy", be_busy, NULL);
  for (guint i = 0; i < RUNS; i++)
    {
      g_autofree char *env_dir = g_strdup_printf ("%s/%u", dir, i);
      g_autoptr (GError) error = NULL;

      venvb_builder_create (builder, env_dir, &error);
      g_assert_no_error (error);
    }
  g_atomic_int_set (&is_over, 1);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpint (told->before, ==, RUNS);
  g_assert_cmpint (told->in_parent, ==, RUNS);
  g_assert_cmpint (told->in_child, ==, RUNS);
  g_assert_true (told->is_blocked);
  venvb_builder_free (builder);
  g_assert_cmpint (told->freed, ==, 1);
  munmap (told, sizeof *told);
  dir_remove_at (AT_FDCWD, dir);
}

/* Each fork is told: of a run that fails, of loading; and none where there is none. */
static void
test_each (void)
{
  Told *told = told_new ();
  VenvbBuilder *builder = builder_new_isolated (told);
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  g_autofree char *env_dir = g_build_filename (dir, "env", NULL);
  g_autoptr (GError) error = NULL;

  venvb_builder_load (builder, &error);
  g_assert_no_error (error);
  g_assert_cmpint (told->before, ==, 1);
  venvb_builder_add_hook (builder, VENVB_STAGE_FINISH, "fail", fail, NULL, NULL);
  g_assert_false (venvb_builder_create (builder, env_dir, &error));
  g_assert_true (g_str_has_suffix (error->message, "no luck"));
  g_clear_error (&error);
  venvb_builder_set_flag (builder, VENVB_FLAG_ISOLATE, FALSE);
  g_assert_false (venvb_builder_create (builder, env_dir, &error));
  g_assert_cmpint (told->before, ==, 2);
  g_assert_cmpint (told->in_parent, ==, 2);
  g_assert_cmpint (told->in_child, ==, 2);
  venvb_builder_set_fork_hooks (builder, NULL, NULL, NULL, NULL, NULL);
  g_assert_cmpint (told->freed, ==, 1);
  venvb_builder_set_flag (builder, VENVB_FLAG_ISOLATE, TRUE);
  g_clear_error (&error);
  g_assert_false (venvb_builder_create (builder, env_dir, &error));
  g_assert_cmpint (told->before, ==, 2);
  venvb_builder_free (builder);
  g_assert_cmpint (told->freed, ==, 1);
  munmap (told, sizeof *told);
  dir_remove_at (AT_FDCWD, dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  alarm (300); /* a child that waits for a lock waits for ever */
  g_test_add_func ("/forks/threads", test_threads);
  g_test_add_func ("/forks/each", test_each);
  return g_test_run ();
}
