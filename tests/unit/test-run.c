/* SPDX-License-Identifier: BSD-2-Clause */

/* Programs that a stage runs: what they are given, and what ends them. */

#include "base/base.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *awaited; /* a file that is made once poll() has found nothing */

/* That of the C library; what is done after it has found nothing, and before that
 * is known, is done here. */
int
poll (struct pollfd *fds, nfds_t n, int milliseconds)
{
  const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000L };
  int ready = syscall (SYS_ppoll, fds, n, milliseconds < 0 ? NULL : &time, NULL, 0);

  if (ready == 0 && awaited != NULL)
    {
      siginfo_t info;

      close (open (awaited, O_CREAT | O_WRONLY, 0600));
      awaited = NULL;
      waitid (P_ALL, 0, &info, WEXITED | WNOWAIT);
    }
  return ready;
}

/* One run of a shell script, in the stage post_setup. */
typedef struct
{
  const char *script;
  const VenvbRunOptions *options;
  const char *awaited; /* see above; or NULL */
  GString *out;        /* its standard output */
  GError *error;
  double seconds; /* what it took */
} Case;

static gboolean
run_case (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  Case *test = self;
  const char *const argv[] = { "/bin/sh", "-c", test->script, NULL };
  gint64 start = g_get_monotonic_time ();

  awaited = test->awaited;
  venvb_context_run_full (ctx, argv, test->options, &test->error);
  test->seconds = (g_get_monotonic_time () - start) / (double) G_USEC_PER_SEC;
  return TRUE;
}

static void
collect (VenvbContext *ctx, VenvbSource source, const char *line, gpointer out)
{
  if (source == VENVB_SOURCE_STDOUT)
    g_string_append_printf (out, "%s|", line);
}

static void
try_case (Case *test)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  g_autofree char *env_dir = g_build_filename (dir, "env", NULL);
  g_autoptr (GError) error = NULL;

  test->out = g_string_new (NULL);
  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_set_progress (builder, collect, test->out, NULL);
  venvb_builder_add_hook (builder, VENVB_STAGE_POST_SETUP, "run", run_case, test, NULL);
  venvb_builder_create (builder, env_dir, &error);
  g_assert_no_error (error);
  dir_remove_at (AT_FDCWD, dir);
}

static void
case_clear (Case *test)
{
  g_string_free (test->out, TRUE);
  g_clear_error (&test->error);
}

static void
assert_prints (const char *script, const VenvbRunOptions *options, const char *expected)
{
  Case test = { .script = script, .options = options };

  try_case (&test);
  g_assert_no_error (test.error);
  g_assert_cmpstr (test.out->str, ==, expected);
  case_clear (&test);
}

static void
test_plain (void)
{
  assert_prints ("echo \"${PWD##*/}\" \"${VIRTUAL_ENV##*/}\"; cat", NULL, "env env|");
}

static void
test_environment (void)
{
  static const char *const changes[] = { "A=1=2", "B=", "VENVB_TEST_GONE", "VIRTUAL_ENV=x", NULL };
  const VenvbRunOptions options = { sizeof options, .environment = changes, .cwd = "/" };

  g_setenv ("VENVB_TEST_GONE", "there", TRUE);
  assert_prints ("echo $A [$B] ${VENVB_TEST_GONE-unset} $VIRTUAL_ENV $PWD", &options,
                 "1=2 [] unset x /|");
}

/* More than a pipe holds, read whole, in part, late or not at all. */
static void
test_input (void)
{
  g_autofree char *input = g_strnfill (1000000, 'x');
  VenvbRunOptions options = { sizeof options, .input = input, .input_length = 1000000 };

  assert_prints ("wc -c", &options, "1000000|");
  assert_prints ("head -c 3; echo", &options, "xxx|");
  assert_prints ("exec <&-; echo no", &options, "no|");
  assert_prints ("head -c 1000000 /dev/zero | tr '\\0' '\\n' | wc -l; wc -c", &options,
                 "1000000|1000000|");
  assert_prints ("head -c 2 /dev/stdin; echo", &options, "xx|");
  options.input_length = 0;
  assert_prints ("wc -c", &options, "0|");
  options = (VenvbRunOptions){ sizeof options, .input = "a\0b", .input_length = 3, .seconds = 60 };
  assert_prints ("od -An -c | tr -s ' '", &options, " a \\0 b|");
}

static void
test_limit (void)
{
  const VenvbRunOptions options = { sizeof options, .seconds = 1 };
  Case slow = { .script = "echo begun; sleep 30", .options = &options };
  Case left = { .script = "sleep 30 & echo done", .options = &options };

  try_case (&slow);
  g_assert_error (slow.error, VENVB_ERROR, VENVB_ERROR_FAILED);
  g_assert_cmpstr (slow.error->message, ==,
                   "'/bin/sh' took longer than 1 second and was ended\n  | begun");
  g_assert_cmpfloat (slow.seconds, >=, 1.0);
  g_assert_cmpfloat (slow.seconds, <, 15.0);
  case_clear (&slow);
  try_case (&left);
  g_assert_no_error (left.error);
  g_assert_cmpstr (left.out->str, ==, "done|");
  g_assert_cmpfloat (left.seconds, <, 15.0);
  case_clear (&left);
}

/* A plugin that was compiled when the structure was smaller. */
static void
test_smaller (void)
{
  const VenvbRunOptions options = { .struct_size = offsetof (VenvbRunOptions, environment),
                                    .cwd = "/",
                                    .environment = (const char *const *) -1,
                                    .input = (const char *) -1 };

  assert_prints ("pwd", &options, "/|");
}

static void
hear_line (VenvbSource source, const char *line, gpointer heard)
{
  g_string_append_printf (heard, "%s%s|", source == VENVB_SOURCE_STDERR ? "!" : "", line);
}

/* The caller hears what the program has written, secrets and all, and the progress
 * callback does, too.  A plugin of 0.1 has no such member. */
static void
test_lines (void)
{
  g_autoptr (GString) heard = g_string_new (NULL);
  VenvbRunOptions options = { sizeof options, .line = hear_line, .line_data = heard };

  assert_prints ("echo token=a; printf b >&2", &options, "token=****|");
  g_assert_true (g_str_equal (heard->str, "token=a|!b|")
                 || g_str_equal (heard->str, "!b|token=a|"));
  options.line = (VenvbLineFunc) -1;
  options.struct_size = offsetof (VenvbRunOptions, line);
  assert_prints ("echo a", &options, "a|");
}

static void
reap_everything (int number)
{
  while (waitpid (-1, NULL, WNOHANG) > 0)
    ;
}

static void
assert_unknown (const char *script)
{
  const VenvbRunOptions options = { sizeof options, .seconds = 60 };
  Case test = { .script = script, .options = &options };

  try_case (&test);
  g_assert_error (test.error, VENVB_ERROR, VENVB_ERROR_FAILED);
  g_assert_cmpstr (test.error->message, ==,
                   "cannot tell how '/bin/sh' ended: this process ignores SIGCHLD, or waits for "
                   "all of its children");
  case_clear (&test);
}

/* A program whose end somebody else is told has not succeeded. */
static void
test_unknown (void)
{
  void (*before) (int);

  assert_prints (":", NULL, ""); /* what is learnt of Python is in the cache now */
  before = signal (SIGCHLD, SIG_IGN);
  assert_unknown ("exit 3");
  assert_unknown (":");
  signal (SIGCHLD, reap_everything);
  assert_unknown ("exec >&- 2>&-; sleep 0.1; exit 3");
  signal (SIGCHLD, before);
}

static gboolean
run_and_fail (VenvbNext *next, VenvbContext *ctx, gpointer script, GError **error)
{
  const char *const argv[] = { "/bin/sh", "-c", script, NULL };

  return venvb_next (next, ctx, error) && venvb_context_run (ctx, argv, error);
}

static gboolean
end_process (VenvbNext *next, VenvbContext *ctx, gpointer data, GError **error)
{
  _exit (0);
}

/* Makes an environment in a child process, with one hook. */
static void
isolate (VenvbStageFunc func, const char *script, GError **error)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  g_autofree char *env_dir = g_build_filename (dir, "env", NULL);

  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_set_flag (builder, VENVB_FLAG_ISOLATE, TRUE);
  venvb_builder_add_hook (builder, VENVB_STAGE_POST_SETUP, "run", func, (gpointer) script, NULL);
  g_assert_true (venvb_builder_create (builder, env_dir, error) == (error == NULL));
  g_assert_true (g_file_test (env_dir, G_FILE_TEST_EXISTS) == (error == NULL));
  dir_remove_at (AT_FDCWD, dir);
}

/* The child process of a run is venvb's own: what its programs do is known. */
static void
assert_isolated (void)
{
  g_autoptr (GError) failed = NULL;
  g_autoptr (GError) ended = NULL;

  isolate (run_and_fail, ":", NULL);
  isolate (run_and_fail, "exit 3", &failed);
  g_assert_true (g_str_has_suffix (failed->message, "'/bin/sh' exited with status 3"));
  isolate (end_process, NULL, &ended);
  g_assert_error (ended, VENVB_ERROR, VENVB_ERROR_PLUGIN);
  g_assert_true (strstr (ended->message, "stage post_setup: ended the process, or crashed; ")
                 != NULL);
}

static void
test_unknown_isolated (void)
{
  void (*before) (int) = signal (SIGCHLD, SIG_IGN);

  assert_isolated ();
  signal (SIGCHLD, before);
}

/* The last words of a program that ends at the wrong moment. */
static void
test_late (void)
{
  const VenvbRunOptions options = { sizeof options, .seconds = 20 };
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (dir, "ended", NULL);
  g_autofree char *script = g_strdup_printf ("until [ -e '%s' ]; do :; done; echo late", file);
  Case test = { .script = script, .options = &options, .awaited = file };

  try_case (&test);
  g_assert_no_error (test.error);
  g_assert_cmpstr (test.out->str, ==, "late|");
  g_assert_null (awaited);
  case_clear (&test);
  dir_remove_at (AT_FDCWD, dir);
}

/* A program that embeds the library, and what it starts in another thread while a run
 * fails: a daemon, whose parent has ended. */
typedef struct
{
  char *begun, *daemon; /* files */
} Embedding;

static void
await (const char *file)
{
  while (access (file, F_OK) < 0)
    g_usleep (1000);
}

static gboolean
fail_late (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Embedding *program = self;

  close (open (program->begun, O_CREAT | O_WRONLY, 0600));
  await (program->daemon);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no luck");
  return FALSE;
}

static gpointer
start_daemon (gpointer data)
{
  const Embedding *program = data;
  g_autofree char *script =
      g_strdup_printf ("sleep 300 >&- 2>&- <&- & echo $! >'%s.new'", program->daemon);
  g_autofree char *made = g_strconcat (program->daemon, ".new", NULL);
  const char *argv[] = { "/bin/sh", "-c", script, NULL };

  await (program->begun);
  g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, NULL, NULL, NULL, NULL);
  rename (made, program->daemon);
  return NULL;
}

static void
test_daemon (void)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autofree char *dir = g_dir_make_tmp ("venvb-test-XXXXXX", NULL);
  g_autofree char *env_dir = g_build_filename (dir, "env", NULL);
  Embedding program = { g_build_filename (dir, "begun", NULL),
                        g_build_filename (dir, "daemon", NULL) };
  GThread *thread = g_thread_new ("daemon", start_daemon, &program);
  g_autoptr (GError) error = NULL;
  g_autofree char *pid = NULL;

  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_set_flag (builder, VENVB_FLAG_ISOLATE, TRUE);
  venvb_builder_add_hook (builder, VENVB_STAGE_POST_SETUP, "fail", fail_late, &program, NULL);
  g_assert_false (venvb_builder_create (builder, env_dir, &error));
  g_assert_nonnull (strstr (error->message, "no luck"));
  g_thread_join (thread);
  g_assert_true (g_file_get_contents (program.daemon, &pid, NULL, NULL));
  g_assert_cmpint (kill (g_ascii_strtoll (pid, NULL, 10), SIGKILL), ==, 0);
  g_free (program.begun);
  g_free (program.daemon);
  dir_remove_at (AT_FDCWD, dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
  g_test_add_func ("/run/plain", test_plain);
  g_test_add_func ("/run/environment", test_environment);
  g_test_add_func ("/run/input", test_input);
  g_test_add_func ("/run/limit", test_limit);
  g_test_add_func ("/run/smaller", test_smaller);
  g_test_add_func ("/run/lines", test_lines);
  g_test_add_func ("/run/late", test_late);
  g_test_add_func ("/run/daemon", test_daemon);
  g_test_add_func ("/run/unknown", test_unknown);
  g_test_add_func ("/run/unknown-isolated", test_unknown_isolated);
  return g_test_run ();
}
