/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * What plugins add to an environment and leave for each other: files, keys of pyvenv.cfg,
 * placeholders, data.  What venvb-context.h says of all its functions holds for these;
 * all of them are since 0.2.
 *
 * Paths are absolute, or relative to the environment, and lie in it.  As for
 * venvb_context_write_file(), no part of them may begin with `.venvb-`, no directory is
 * found by its path, and what is exchanged for a link out of the environment meanwhile
 * makes the call fail.  All changes are noted before, so that a run that fails takes them
 * back.  Before the directory is begun, as in `find_python`, they fail.
 */

#pragma once

#include "venvb-context.h"

G_BEGIN_DECLS

/**
 * Makes the environment's directory where it is missing, locks it, and has what is done
 * to it taken back if the run fails; with VENVB_FLAG_CLEAR it is cleared.  The core's
 * `create` does so after `find_python`: this is for a plugin that replaces that stage.
 *
 * @param ctx    the context, in the stage `create`
 * @param error  why the directory can't be used, or that `create` is at work on it
 * @return FALSE with error set on failure; TRUE, too, when it was begun before
 *
 * Since 0.2.
 */
gboolean venvb_context_begin (VenvbContext *ctx, GError **error);

/**
 * Tells whether the run has taken the environment's directory, so that it may be changed.
 *
 * @param ctx  the context
 * @return FALSE before the core's `create` has found Python, or venvb_context_begin() was
 *         called; FALSE again when that try has failed; and at the end of a run in which a
 *         plugin has replaced `create` and made nothing
 *
 * Since 0.2.
 */
gboolean venvb_context_is_begun (const VenvbContext *ctx);

/**
 * Makes a directory, with its parents, unless it is there.
 *
 * @param ctx    the context
 * @param path   the directory
 * @param error  the path and what failed: that a file or a link is in the way, say
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_mkdir (VenvbContext *ctx, const char *path, GError **error);

/**
 * Removes a file, a link, or a directory with all that is in it.  Links are removed, not
 * followed; something that is mounted is not removed.
 *
 * @param ctx    the context
 * @param path   what is to be removed; it need not be there
 * @param error  the path and what failed
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_remove (VenvbContext *ctx, const char *path, GError **error);

/**
 * Copies a regular file: aside first, then renamed into place.  Its times are kept; where
 * a copy of the same size, time and mode is there, nothing is done.
 *
 * @param ctx     the context
 * @param source  the file, anywhere; a link is followed
 * @param path    the copy; what is there is replaced, but no directory is
 * @param mode    permission bits of the copy, such as 0755, less umask(2); 0 for those of
 *                the source
 * @param error   the path and what failed
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_copy_file (VenvbContext *ctx, const char *source, const char *path,
                                  guint mode, GError **error);

/**
 * Makes a symbolic link: aside first, then renamed into place.  One that says the same is
 * left alone.
 *
 * @param ctx     the context
 * @param target  what the link says, as symlink(2) takes it
 * @param path    the link; what is there is replaced, but no directory is
 * @param error   the path and what failed
 * @return FALSE with error set on failure, as on a file system that has no links
 *
 * Since 0.2.
 */
gboolean venvb_context_symlink (VenvbContext *ctx, const char *target, const char *path,
                                GError **error);

/**
 * Sets a key of pyvenv.cfg, in place of one that is there.  Before the core's
 * `create_configuration` it is remembered, and written with the rest, so that a second
 * run changes nothing; afterwards the file is changed at once, and each time that
 * `create_configuration` runs.  Everybody may read the file.
 *
 * @param ctx    the context
 * @param key    the key, copied: letters, digits, '-', '_' and '.'; small and capital
 *               letters are the same
 * @param value  its value, copied: one line of UTF-8; NULL takes the key away
 * @param error  what is wrong with the key or the value; or what could
 *               not be read or written
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_set_cfg (VenvbContext *ctx, const char *key, const char *value,
                                GError **error);

/**
 * Has a placeholder of one's own replaced in the scripts that are installed afterwards,
 * in all that venvb_context_install_scripts() and `setup_scripts` install.
 *
 * @param ctx    the context
 * @param name   `__VENV_X__`, copied: capital letters, digits and single '_' between the
 *               ends.  None that venvb has itself; with the plugin's name in it, it will
 *               never be.
 * @param value  what takes its place, copied, quoted by the rules of the script's
 *               language; NULL for no such placeholder
 * @param error  what is wrong with the name
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_context_set_placeholder (VenvbContext *ctx, const char *name, const char *value,
                                        GError **error);

/**
 * Returns what is in the file that `install_script` is about to install: before
 * venvb_next() as it is in the template directory, or was set by
 * venvb_context_set_script(); afterwards as it was installed.
 *
 * @param ctx     the context, in that stage
 * @param length  receives how many bytes that are, or NULL; a NUL follows
 * @return the bytes, borrowed, valid until they are set or the stage ends; NULL in all
 *         other stages
 *
 * Since 0.2.
 */
const char *venvb_context_get_script (VenvbContext *ctx, gsize *length);

/**
 * Puts something in the place of what `install_script` is about to install, before
 * venvb_next().  Placeholders in it are replaced.  In other stages it does nothing.
 *
 * @param ctx       the context, in that stage
 * @param contents  the bytes, copied
 * @param length    how many; -1 when contents ends with a NUL
 *
 * Since 0.2.
 */
void venvb_context_set_script (VenvbContext *ctx, const char *contents, gssize length);

/**
 * Leaves something on the context for later stages, and for other plugins.  It is there
 * until it is set again, or the context is freed: after the last stage, or the one that
 * failed, and before `unload`.
 *
 * @param ctx      the context
 * @param key      a name, copied; with the plugin's name in front: `acme.token`
 * @param data     what is left; NULL for nothing
 * @param destroy  frees data, also what this replaces; or NULL
 *
 * Since 0.2.
 */
void venvb_context_set_data (VenvbContext *ctx, const char *key, gpointer data,
                             GDestroyNotify destroy);

/**
 * Returns what was left on the context.
 *
 * @param ctx  the context
 * @param key  its name
 * @return what venvb_context_set_data() was given, borrowed; NULL when there is nothing
 *
 * Since 0.2.
 */
gpointer venvb_context_get_data (VenvbContext *ctx, const char *key);

/**
 * Has the run fail: for those who hear of it and can't fail themselves, as a progress
 * callback.  No stage is begun any more; what runs at the moment is not interrupted.  All
 * is taken back.  Of several calls the first counts; after the last stage it does nothing.
 *
 * @param ctx  the context
 * @param why  the error's message, copied: one line
 *
 * Since 0.2.
 */
void venvb_context_stop (VenvbContext *ctx, const char *why);

/**
 * Notes what a run with VENVB_FLAG_DRY_RUN would do: for a plugin that has `dry_run` in its
 * description, of what it does not do by venvb's own functions.  Without the flag it does
 * nothing.
 *
 * @param ctx     the environment's context
 * @param action  what would be done: `create`, `change` or `remove` of a path, `install`,
 *                `exchange` or `uninstall` of a distribution, `run` of a program; `unknown`
 *                of what can't be told.  After the last two nobody knows what else changes
 * @param what    to what: copied
 *
 * Since 0.2.
 */
void venvb_context_would (VenvbContext *ctx, const char *action, const char *what);

/**
 * Tells where the activation scripts are that the core's `setup_scripts` installs: for a
 * plugin that installs some of them, or all in another way.
 *
 * @return the directory, as venvb_context_install_scripts() takes it; borrowed
 *
 * Since 0.2.
 */
const char *venvb_template_dir (void);

/**
 * Hears how far what takes long has come: unpacking, compiling, a program that runs, one of
 * many environments.  It is called often, and in a child process where one is at work.
 *
 * @param depth  1 for the outermost step, more for one within; 0: all are over
 * @param step   what is done, valid during the call; NULL at depth 0
 * @param done   how many parts of it are done; of a step "bytes", these
 * @param total  of how many; 0 where that is not known
 * @param data   as given to venvb_set_status()
 * @return FALSE to hear no more
 *
 * Since 0.2.
 */
typedef gboolean (*VenvbStatusFunc) (guint depth, const char *step, guint64 done, guint64 total,
                                     gpointer data);

/**
 * Has a function hear how far all builders of this process have come.
 *
 * @param func  the function; NULL for none
 * @param data  given to it
 *
 * Since 0.2.
 */
void venvb_set_status (VenvbStatusFunc func, gpointer data);

/**
 * Says that something begins that may take long, for who has called venvb_set_status(); when
 * nobody has, nothing is done.  Steps may be within others.
 *
 * @param step   what it is, in one or two words; borrowed until venvb_status_end().  What
 *               comes in bytes has a step "bytes" within the one that says what it is.
 * @param total  how many parts it has; 0 where that is not known
 *
 * Since 0.2.
 */
void venvb_status_begin (const char *step, guint64 total);

/**
 * Says how much is done of a step that has begun.
 *
 * @param around  0 for the innermost step, 1 for the one that this is within
 * @param done    how many parts of it
 *
 * Since 0.2.
 */
void venvb_status_set (guint around, guint64 done);

/**
 * Says that the innermost step is over: each that was begun has to be ended.
 *
 * Since 0.2.
 */
void venvb_status_end (void);

G_END_DECLS
