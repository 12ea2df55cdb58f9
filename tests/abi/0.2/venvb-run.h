/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * Programs, run for an environment: its Python, its pip, any other.  What
 * venvb-context.h says of all its functions holds for these.
 */

#pragma once

#include "venvb-context.h"

G_BEGIN_DECLS

/**
 * Runs the environment's Python.  The environment variables are those of
 * venv: VIRTUAL_ENV set, PYTHONHOME and PYTHONPATH taken away, the working
 * directory is the environment's.  Each line of its output goes to the
 * progress callback as it comes.  With `-c` and `-m` Python imports what lies in
 * the working directory, too, which in an environment that was there before may be
 * anybody's: `-I` before them has it import the installed modules alone.
 *
 * @param ctx    the context; `setup_python` must have run
 * @param args   arguments after the interpreter, NULL-terminated, borrowed
 * @param error  why it could not start, how it ended, and the end of its
 *               output
 * @return FALSE with error set unless it exits with 0
 *
 * Since 0.1.
 */
gboolean venvb_context_run_python (VenvbContext *ctx, const char *const *args, GError **error);

/**
 * Runs a program like venvb_context_run_python().
 *
 * @param ctx    the context
 * @param argv   the program, a path or a command name found on PATH, and its
 *               arguments, NULL-terminated, borrowed
 * @param error  as for venvb_context_run_python()
 * @return FALSE with error set unless it exits with 0
 *
 * Since 0.1.
 */
gboolean venvb_context_run (VenvbContext *ctx, const char *const *argv, GError **error);

/**
 * Hears a line that a program has written.
 *
 * @param source  VENVB_SOURCE_STDOUT or VENVB_SOURCE_STDERR
 * @param line    the line as it was written, without its end; borrowed
 * @param data    `line_data` of VenvbRunOptions
 *
 * Since 0.2.
 */
typedef void (*VenvbLineFunc) (VenvbSource source, const char *line, gpointer data);

/**
 * How venvb_context_run_full() runs a program.  A member that is left out, 0
 * or NULL, changes nothing.  New ones are only ever added at the end.
 * Since 0.1.
 */
typedef struct
{
  gsize struct_size; /**< sizeof (VenvbRunOptions) */
  const char *cwd;   /**< the working directory; NULL for the environment's */
  const char *const
      *environment;  /**< variables, NULL-terminated: `NAME=VALUE` sets one, `NAME` takes it away */
  const char *input; /**< what it reads from standard input; NULL for nothing */
  gsize input_length; /**< how many bytes that are */
  /** How long it may take, in seconds; 0 for no limit.  A program with a limit
   * leads a process group of its own.  When its time is over, all that is in
   * the group is asked to end (SIGTERM) and after 2 seconds made to (SIGKILL).
   * What it leaves running in the group when it ends by itself ends, too. */
  guint seconds;
  /** Hears each line of its output as it comes, besides the progress callback, which
   * hears it less what is secret in it; NULL for nobody.  Since 0.2 */
  VenvbLineFunc line;
  gpointer line_data; /**< given to `line`.  Since 0.2 */
  /** It only looks, and changes nothing of the environment: then nothing of that is put
   * aside before it runs, which takes time and touches what is there.  Since 0.2 */
  gboolean only_looks;
} VenvbRunOptions;

/**
 * Runs a program like venvb_context_run(), with more to choose.  The input is
 * given as a file, so a program may read all, some or nothing of it, at its
 * own speed.
 *
 * @param ctx      the context
 * @param argv     as for venvb_context_run()
 * @param options  what is to be different, borrowed; NULL for nothing
 * @param error    as for venvb_context_run(); a program that took too long is
 *                 told as such
 * @return FALSE with error set unless it exits with 0, in time
 *
 * Since 0.1.
 */
gboolean venvb_context_run_full (VenvbContext *ctx, const char *const *argv,
                                 const VenvbRunOptions *options, GError **error);

/**
 * Runs the environment's pip, so that it installs into this environment and
 * nowhere else.  Of what the user has set, in any pip.conf and in variables,
 * pip learns what says where packages come from and how to get and to build
 * them; not what would have them installed elsewhere, for another Python or
 * not at all.  With `--isolated` it learns nothing of it, and with
 * `--no-index` it connects to no server, whoever names one.  It starts in the
 * root directory, unless options name another: nothing is imported from there.
 * Relative paths in what the user has set are then in the current directory.
 *
 * @param ctx      the context; there has to be a pip
 * @param args     arguments of pip, from `install` on, NULL-terminated, borrowed
 * @param options  as for venvb_context_run_full()
 * @param error    as for venvb_context_run_full()
 * @return FALSE with error set unless it exits with 0, in time
 *
 * Since 0.1.
 */
gboolean venvb_context_run_pip (VenvbContext *ctx, const char *const *args,
                                const VenvbRunOptions *options, GError **error);

G_END_DECLS
