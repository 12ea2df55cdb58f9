/* SPDX-License-Identifier: BSD-2-Clause */

/* The command: does what the arguments say, prints, and exits. */

#include "command/report.h"
#include "command/told.h"

#include "base/home.h"
#include "base/secret.h"

#include "kit/kit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* How long something in the cache may be unused before --cache-prune takes it. */
#define CACHE_DAYS 30

/* The exit status where all that was to be made is there, but not what was to be told. */
#define EXIT_NOT_TOLD 3

/* What a run becomes that a signal ends. */
static const char *const successor[] = { "/proc/self/exe", "--take-over", NULL };
static const char *const json_successor[] = { "/proc/self/exe", "--take-over", "--json", NULL };

static void
on_progress (VenvbContext *ctx, VenvbSource source, const char *line, gpointer data)
{
  const Options *options = data;
  gboolean is_notice = source == VENVB_SOURCE_NOTICE;
  gboolean is_warning = is_notice || source == VENVB_SOURCE_WARNING;
  gboolean is_program = source == VENVB_SOURCE_STDOUT || source == VENVB_SOURCE_STDERR;
  gboolean is_told = is_warning || source == VENVB_SOURCE_NOTE;

  if (is_program)
    progress_hear_line (line);
  if (is_warning)
    report_warning (line);
  if (is_told ? options->quiet && !is_notice : !options->verbose)
    return;
  if (is_program && !options->very_verbose && progress_is_line ())
    return;
  if (source == VENVB_SOURCE_MAIN && !decisions_is_new (line))
    return;
  if (is_warning)
    output_problem (FALSE, line);
  else
    output_line (stderr, is_told || source == VENVB_SOURCE_MAIN ? "venvb: " : "  | ", line);
}

static void
print_finding (const char *prefix, const char *text)
{
  output_line (stdout, prefix, text);
}

static void
on_timing (VenvbContext *ctx, const char *stage, double seconds, gpointer data)
{
  timings_add (stage, seconds);
}

/* Whose stages are heard of. */
static VenvbBuilder *heard;

static void
on_stage (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event, gpointer data)
{
  const Options *options = data;

  if (options->json)
    report_stage (ctx, stage, event);
  if (options->timings)
    timings_hear (stage, event);
  if (options->verbose)
    decisions_hear (ctx, stage, event, heard, options);
}

/* The last word of a process that is about to end with a signal. */
static void
on_ended (int number, const GError *error, gpointer data)
{
  g_autoptr (GError) masked = g_error_copy (error);

  secret_mask_error (masked);
  report_failure (masked, 0, number, stdout);
  output_flush ();
}

/* Tells whether a person is to read what has been done. */
static gboolean
is_to_be_told (const Options *options)
{
  return !options->json
         && (options->verbose || (!options->quiet && (options->dry_run || isatty (STDOUT_FILENO))));
}

static void
on_created (VenvbContext *ctx, double seconds, gpointer data)
{
  const Options *options = data;

  if (options->json)
    report_context (ctx, stdout);
  else if (is_to_be_told (options))
    summary_print (ctx);
  if (options->timings)
    timings_print (seconds);
}

/* Tells whether --force counts: not when a file or a variable says so, and a
 * file or a variable says --clear, too.  Of what empties a project something has
 * to be said by the one who runs it. */
static gboolean
is_forced (const Options *options)
{
  return options->force
         && (settings_asker (options, "force") == NULL
             || settings_asker (options, "clear") == NULL);
}

/* Hands the settings on to the builder. */
static gboolean
configure (VenvbBuilder *builder, const Options *options, GError **error)
{
  const struct
  {
    VenvbFlag flag;
    gboolean value;
  } flags[] = {
    { VENVB_FLAG_SYSTEM_SITE_PACKAGES, options->system_site_packages },
    { VENVB_FLAG_CLEAR, options->clear },
    { VENVB_FLAG_SYMLINKS, !options->copies },
    { VENVB_FLAG_UPGRADE, options->upgrade },
    { VENVB_FLAG_WITH_PIP, !options->without_pip },
    { VENVB_FLAG_UPGRADE_DEPS, options->upgrade_deps },
    { VENVB_FLAG_SCM_IGNORE_FILES, !options->without_scm_ignore_files },
    { VENVB_FLAG_FORCE, is_forced (options) },
    { VENVB_FLAG_COMPILE, !options->no_compile },
    { VENVB_FLAG_CACHE, !options->no_cache },
    { VENVB_FLAG_KEEP_FAILED, options->keep_failed },
    { VENVB_FLAG_NO_WAIT, options->no_wait },
    { VENVB_FLAG_FOLLOW_REDIRECT, options->follow_redirect },
    { VENVB_FLAG_DRY_RUN, options->dry_run },
    { VENVB_FLAG_ISOLATE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    venvb_builder_set_flag (builder, flags[i].flag, flags[i].value);
  venvb_builder_set_prompt (builder, options->prompt);
  venvb_builder_set_origin (builder, settings_asker (options, "python"));
  venvb_builder_set_python (builder, options->python);
  locks_tell (options, builder);
  venvb_builder_set_cache_dir (builder, options->cache_dir);
  venvb_builder_set_shared_cache_dir (builder, options->shared_cache_dir);
  venvb_builder_set_link_mode (builder, (VenvbLinkMode) options->link_mode);
  venvb_builder_set_command (builder, (const char *const *) options->command);
  venvb_builder_set_successor (builder, options->json ? json_successor : successor);
  return steps_apply (options, builder, error);
}

/* Lets a builder tell what is said in any case. */
static void
hear (VenvbBuilder *builder, const Options *options)
{
  venvb_builder_set_progress (builder, on_progress, (gpointer) options, NULL);
  if (!options->json)
    return;
  venvb_builder_set_stage_event (builder, on_stage, (gpointer) options, NULL);
  venvb_builder_set_ended (builder, on_ended, NULL, NULL);
}

/* Lets the builder tell what it does. */
static void
listen (VenvbBuilder *builder, const Options *options)
{
  hear (builder, options);
  venvb_builder_set_created (builder, on_created, (gpointer) options, NULL);
  if (options->timings)
    venvb_builder_set_timing (builder, on_timing, (gpointer) options, NULL);
  if (options->json)
    report_begin ();
  heard = builder;
  progress_watch (options);
  if (options->timings || options->verbose)
    venvb_builder_set_stage_event (builder, on_stage, (gpointer) options, NULL);
}

/* A builder with the settings, for one run more: NULL with error set on failure. */
static VenvbBuilder *
new_builder (const Options *options, GError **error)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();

  hear (builder, options);
  return configure (builder, options, error) ? g_steal_pointer (&builder) : NULL;
}

/* Looks after the cache, as far as that was asked for. */
static gboolean
tend_cache (VenvbBuilder *builder, const Options *options, GError **error)
{
  guint removed = 0;

  if (options->cache_clean && !venvb_builder_cache_clean (builder, error))
    return FALSE;
  if (options->cache_prune && !venvb_builder_cache_prune (builder, CACHE_DAYS, &removed, error))
    return FALSE;
  if (options->cache_prune && !options->quiet && !options->json)
    printf ("removed %u entries\n", removed);
  if (options->cache_warm
      && (!venvb_builder_load (builder, error)
          || !venvb_builder_download_lock (builder, NULL, options->platform, &removed, error)
          || !venvb_builder_cache_warm (builder, error)))
    return FALSE;
  if (options->cache_info && options->json)
    answers_cache (builder, stdout);
  else if (options->cache_info)
    show_cache (builder, stdout);
  return TRUE;
}

/* Puts what a lock names into a directory. */
static gboolean
download (VenvbBuilder *builder, const Options *options, GError **error)
{
  guint n = 0;

  if (!venvb_builder_load (builder, error)
      || !venvb_builder_download_lock (builder, options->download, options->platform, &n, error))
    return FALSE;
  if (!options->quiet)
    printf ("%u wheel%s in '%s'\n", n, n == 1 ? "" : "s", options->download);
  return TRUE;
}

/* Whether environments were to be made, and all of them stand. */
static gboolean stands;

/* Answers what is asked as JSON that is printed as text otherwise; *ok is how that went.
 * FALSE for all else. */
static gboolean
answer (VenvbBuilder *builder, const Options *options, gboolean *ok, GError **error)
{
  *ok = TRUE;
  if (!options->json || options->list_pythons)
    return FALSE;
  if (options->list_plugins)
    return answers_plugins (builder, stdout), TRUE;
  if (options->dump_plugin != NULL)
    return *ok = answers_plugin (builder, options->dump_plugin, stdout, error), TRUE;
  if (options->check || options->repair || !options->explain)
    return FALSE;
  return *ok = answers_pipeline (builder, options, stdout, error), TRUE;
}

/* Does what was asked for. */
static gboolean
obey (VenvbBuilder *builder, const Options *options, GError **error)
{
  gboolean ok;

  if (answer (builder, options, &ok, error))
    return ok;
  if (options->list_plugins)
    return show_plugins (builder, stdout), TRUE;
  if (options->list_pythons)
    return show_pythons (builder, options->json, stdout), TRUE;
  if (options->dump_plugin != NULL)
    return show_plugin (builder, options->dump_plugin, stdout, error);
  if (options->repair && !options->dry_run)
    return check_repair (builder, options, new_builder, stdout, error);
  if (options->check || options->repair)
    return check_show (builder, options, stdout, error);
  if (options->explain)
    return explain_pipeline (builder, options, stdout, error);
  if (options->download != NULL)
    return download (builder, options, error);
  if (!tend_cache (builder, options, error))
    return FALSE;
  if (options->env_dirs == NULL)
    return TRUE;
  if (is_to_be_told (options))
    summary_look ((const char *const *) options->env_dirs);
  ok = venvb_builder_create_all (builder, (const char *const *) options->env_dirs, error);
  stands = ok || g_error_matches (*error, VENVB_ERROR, VENVB_ERROR_OUTPUT);
  return ok;
}

/* Says that what root's or another user's HOME holds does not count, to who wants to
 * hear of what is done. */
static void
tell_of_home (const Options *options)
{
  g_autofree char *advice = options->verbose ? home_advice () : NULL;

  if (advice != NULL)
    output_line (stderr, "venvb: ", advice);
}

/* Writes a project, and tells what to type next. */
static gboolean
write_plugin (const Options *options, GError **error)
{
  const char *const *dirs = (const char *const *) options->env_dirs;

  if (!kit_new_plugin (options->new_plugin, dirs, options->build_system, error))
    return FALSE;
  g_autofree char *step = kit_next_step (dirs[0], options->build_system);
  g_autofree char *line =
      g_strdup_printf ("'%s' has a plugin; build and test it with: %s", dirs[0], step);
  if (!options->quiet)
    output_line (stdout, "", line);
  return TRUE;
}

static gboolean
run (Options *options, GError **error)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();

  if (options->check_config)
    return checkconfig_show (options, stdout, error);
  if (options->explain && !checkconfig_settle (options, error))
    return FALSE;
  checkconfig_warn (options);
  hints_warn (options);
  if (options->new_plugin != NULL || options->build_system != NULL)
    return write_plugin (options, error);
  if (options->check_plugin != NULL)
    return kit_check_plugin (
        &(KitCheck){ options->check_plugin, options->python, options->quiet, print_finding },
        error);
  tell_of_home (options);
  for (guint i = 0; options->verbose && options->overruled != NULL && i < options->overruled->len;
       i++)
    output_line (stderr, "venvb: ", g_ptr_array_index (options->overruled, i));
  listen (builder, options);
  return configure (builder, options, error) && obey (builder, options, error);
}

/* Says that what was printed could not be written.  Where the environments stand, that
 * is no failure of theirs: a line for a person to read is missed by nobody then, and what
 * was asked for with --json, or of the cache, has an exit status of its own. */
static int
fail_output (const Options *options, const char *problem)
{
  g_autofree char *line =
      g_strconcat (problem, stands ? "; what was to be made is there" : "", NULL);
  gboolean is_asked_for = !stands || options->json || options->cache_info || options->cache_prune;

  if (is_asked_for || !options->quiet)
    output_problem (is_asked_for, line);
  gboolean is_done = stands || options->cache_info || options->cache_prune;

  return !is_asked_for ? EXIT_SUCCESS : is_done ? EXIT_NOT_TOLD : EXIT_FAILURE;
}

/* Says what has failed, if anything. */
static int
fail (const GError *error)
{
  if (error == NULL)
    return EXIT_SUCCESS;
  output_problem (TRUE, error->message);
  return g_error_matches (error, VENVB_ERROR, VENVB_ERROR_USAGE)
                 || g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION)
             ? 2
             : EXIT_FAILURE;
}

/* Fills in what the caller closed of the standard files: another file in that
 * place would receive the messages.  Writing to these fails, as does reading the first;
 * with the root directory, too, where there is no /dev/null. */
static void
open_standard_files (void)
{
  for (int fd = 0; fd <= STDERR_FILENO; fd++)
    if (fcntl (fd, F_GETFD) < 0
        && open ("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd
        && open ("/", O_RDONLY | O_DIRECTORY) != fd)
      _exit (EXIT_FAILURE);
}

/* A parent that does not care for its children leaves that to us, and how our
 * programs end would not be told.  What else it has ignored or blocked stays so:
 * nohup(1) means it, and nothing of ours depends on it. */
static void
reset_sigchld (void)
{
  sigset_t set;

  signal (SIGCHLD, SIG_DFL);
  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  sigprocmask (SIG_UNBLOCK, &set, NULL);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Options options = { .prompt = NULL };
  gboolean ok = TRUE;
  int status;

  open_standard_files ();
  reset_sigchld ();
  if (argc >= 2 && g_str_equal (argv[1], successor[1]))
    {
      progress_clear ();
      options.json = argc > 2;
      venvb_take_over_full (options.json ? on_ended : NULL, NULL, &error);
    }
  else if (options_parse (argv, &options, &error))
    {
      output_set_color (options.color);
      if (options.help)
        options_print_help (stdout);
      else if (options.version)
        printf ("venvb %s\n", VENVB_VERSION);
      else
        ok = run (&options, &error);
    }
  else
    options.json = options.json || report_is_wanted (argv);
  output_flush ();
  if (error == NULL && output_failure () != 0)
    g_set_error (&error, VENVB_ERROR, VENVB_ERROR_OUTPUT, "cannot write to standard output: %s",
                 g_strerror (output_failure ()));
  if (!ok && error == NULL)
    g_set_error (&error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "failed without a reason, which is a bug of venvb or a plugin");
  /* What a plugin says of its options has its help in it, and was masked before
   * that was added. */
  if (!g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OPTION))
    secret_mask_error (error);
  if (g_error_matches (error, VENVB_ERROR, VENVB_ERROR_OUTPUT))
    status = fail_output (&options, error->message);
  else
    status = fail (error);
  if (error != NULL && options.json && output_failure () == 0)
    report_failure (error, status, 0, stdout);
  options_clear (&options);
  return status;
}
