/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * Creating environments: settings in, environments out, as Python programs do
 * with venv.EnvBuilder.  Included by `venvb.h`.
 */

#pragma once

#include "venvb-context.h"
#include "venvb-plugin.h"
#include "venvb-version.h"

G_BEGIN_DECLS

/** Settings and plugins for any number of environments.  Opaque.  Since 0.1. */
typedef struct _VenvbBuilder VenvbBuilder;

/**
 * Hears what is going on.
 *
 * @param ctx     the environment; NULL for what concerns none of them
 * @param source  where the line comes from
 * @param line    one line without its end, less what is secret in it; borrowed
 * @param data    as given to venvb_builder_set_progress()
 *
 * Since 0.1.
 */
typedef void (*VenvbProgressFunc) (VenvbContext *ctx, VenvbSource source, const char *line,
                                   gpointer data);

/**
 * Hears of each environment that stands, after its last stage.
 *
 * @param ctx      the environment
 * @param seconds  what creating it took
 * @param data     as given to venvb_builder_set_created()
 *
 * Since 0.1.
 */
typedef void (*VenvbCreatedFunc) (VenvbContext *ctx, double seconds, gpointer data);

/**
 * Hears how long a stage took, its plugins included.
 *
 * @param ctx      the environment
 * @param stage    the stage's name
 * @param seconds  what it took
 * @param data     as given to venvb_builder_set_timing()
 *
 * Since 0.1.
 */
typedef void (*VenvbTimingFunc) (VenvbContext *ctx, const char *stage, double seconds,
                                 gpointer data);

/**
 * Makes a builder with the defaults of `venvb ENV_DIR`: symbolic links, pip,
 * ignore files, and the plugins that are on by default.
 *
 * @return a new builder, to be freed with venvb_builder_free()
 *
 * Since 0.1.
 */
VenvbBuilder *venvb_builder_new (void);

/**
 * Frees a builder and unloads its plugins.
 *
 * @param builder  a builder, or NULL
 *
 * Since 0.1.
 */
void venvb_builder_free (VenvbBuilder *builder);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VenvbBuilder, venvb_builder_free)

/**
 * Switches a setting.
 *
 * @param builder  the builder
 * @param flag     which; one that is not known is ignored
 * @param value    on or off
 *
 * Since 0.1.
 */
void venvb_builder_set_flag (VenvbBuilder *builder, VenvbFlag flag, gboolean value);

/**
 * Tells whether a setting is on.
 *
 * @param builder  the builder
 * @param flag     which
 * @return TRUE when it is on; FALSE, too, for one that is not known
 *
 * Since 0.1.
 */
gboolean venvb_builder_get_flag (const VenvbBuilder *builder, VenvbFlag flag);

/**
 * Sets the prompt shown by an activated shell.
 *
 * @param builder  the builder
 * @param prompt   the text, copied; `.` stands for the name of the current
 *                 directory, NULL for the environment's name
 *
 * Since 0.1.
 */
void venvb_builder_set_prompt (VenvbBuilder *builder, const char *prompt);

/**
 * Sets which base Python to look for.
 *
 * @param builder  the builder
 * @param python   what venvb(1) says of `--python`, copied; several, of which
 *                 the first that is found counts, each on a line of its own;
 *                 NULL for `python3` on PATH
 *
 * Since 0.1.
 */
void venvb_builder_set_python (VenvbBuilder *builder, const char *python);

/**
 * Sets what is recorded as `command` in pyvenv.cfg.
 *
 * @param builder  the builder
 * @param argv     a command line without any ENV_DIR, NULL-terminated, copied;
 *                 NULL for `venvb`
 *
 * Since 0.1.
 */
void venvb_builder_set_command (VenvbBuilder *builder, const char *const *argv);

/**
 * Sets where the cache is.
 *
 * @param builder  the builder
 * @param dir      the directory, copied; NULL for `$XDG_CACHE_HOME/venvb`
 *
 * Since 0.1.
 */
void venvb_builder_set_cache_dir (VenvbBuilder *builder, const char *dir);

/**
 * Sets a second cache that is only read: one baked into an image, say, or
 * on a file server.
 *
 * @param builder  the builder
 * @param dir      the directory, copied; NULL for none
 *
 * Since 0.1.
 */
void venvb_builder_set_shared_cache_dir (VenvbBuilder *builder, const char *dir);

/**
 * Allows to do without the child process of VENVB_FLAG_ISOLATE, which costs
 * 0.4 ms, as long as only venvb's own code runs: no hook, no plugin but those
 * that are on by default, and these from venvb's own directory.  A signal
 * that ends the process makes it execute argv instead, which is to call
 * venvb_take_over() first of all.  Only for a program that has nothing to
 * lose but the environment it is creating.
 *
 * @param builder  the builder
 * @param argv     an absolute path and arguments, NULL-terminated, borrowed;
 *                 NULL, as by default, to use a child process always
 *
 * Since 0.1.
 */
void venvb_builder_set_successor (VenvbBuilder *builder, const char *const *argv);

/**
 * Undoes what a run has left that a signal has ended: see
 * venvb_builder_set_successor().  Where the signal was one by which a program
 * is told to end, as SIGINT is, this process ends with it, too; what could not be
 * undone, or was moved aside, is said on stderr before.
 *
 * @param error  whose code crashed, and whether all is as it was
 * @return FALSE, with error set
 *
 * Since 0.1.
 */
gboolean venvb_take_over (GError **error);

/**
 * Sets how files get from the cache to an environment.
 *
 * @param builder  the builder
 * @param mode     the way; VENVB_LINK_AUTO is the default
 *
 * Since 0.1.
 */
void venvb_builder_set_link_mode (VenvbBuilder *builder, VenvbLinkMode mode);

/**
 * Sets who hears what is going on.
 *
 * @param builder  the builder
 * @param func     the callback, or NULL for none
 * @param data     given to it
 * @param destroy  frees data with the builder, or NULL
 *
 * Since 0.1.
 */
void venvb_builder_set_progress (VenvbBuilder *builder, VenvbProgressFunc func, gpointer data,
                                 GDestroyNotify destroy);

/**
 * Sets who hears of each environment that stands.  It is called in the child
 * process, where VENVB_FLAG_ISOLATE makes one.
 *
 * @param builder  the builder
 * @param func     the callback, or NULL for none
 * @param data     given to it
 * @param destroy  frees data with the builder, or NULL
 *
 * Since 0.1.
 */
void venvb_builder_set_created (VenvbBuilder *builder, VenvbCreatedFunc func, gpointer data,
                                GDestroyNotify destroy);

/**
 * Sets who hears how long each stage took.
 *
 * @param builder  the builder
 * @param func     the callback, or NULL for none
 * @param data     given to it
 * @param destroy  frees data with the builder, or NULL
 *
 * Since 0.1.
 */
void venvb_builder_set_timing (VenvbBuilder *builder, VenvbTimingFunc func, gpointer data,
                               GDestroyNotify destroy);

/** Hears of a fork(2) of this process: see venvb_builder_set_fork_hooks().  Since 0.2. */
typedef void (*VenvbForkFunc) (gpointer data);

/**
 * Sets who hears of the forks that VENVB_FLAG_ISOLATE makes, as pthread_atfork(3)
 * does for all forks of a process: for a program whose other threads may hold locks that
 * the callbacks and hooks in the child process want.  Programs that a stage runs
 * are started without a word: nothing of this program runs in them.  A Python that is embedded, or loads the library, needs PyOS_BeforeFork(),
 * PyOS_AfterFork_Parent() and PyOS_AfterFork_Child(), with the GIL held.
 *
 * @param builder    the builder
 * @param before     called before each fork, in the thread that forks; or NULL
 * @param in_parent  called after it, also when it has failed; or NULL
 * @param in_child   called after it in the child process, before anything else
 *                   and while all signals are blocked; or NULL
 * @param data       given to them
 * @param destroy    frees data with the builder, or when others are set; or NULL
 *
 * Since 0.2.
 */
void venvb_builder_set_fork_hooks (VenvbBuilder *builder, VenvbForkFunc before,
                                   VenvbForkFunc in_parent, VenvbForkFunc in_child, gpointer data,
                                   GDestroyNotify destroy);

/**
 * Adds a directory to those searched for plugins.  Directories added are
 * searched in the order they were added, before all others.
 *
 * @param builder  the builder
 * @param dir      the directory, copied
 *
 * Since 0.1.
 */
void venvb_builder_add_plugin_dir (VenvbBuilder *builder, const char *dir);

/**
 * Adds a plugin; it wraps those added before it.  It is looked for and
 * loaded by venvb_builder_load().  One that was added before gets a new
 * place, and keeps those of its options that spec does not name.
 *
 * @param builder  the builder
 * @param spec     `NAME` or `NAME,key=value,key2=value2`; a NAME with a `/`
 *                 is the path of a file.  A comma in a value is written `\,`
 *                 and a backslash `\\`.
 * @param error    VENVB_ERROR_USAGE when spec has no name, or a wrong form
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_builder_add_plugin (VenvbBuilder *builder, const char *spec, GError **error);

/**
 * Takes a plugin out, one that is on by default or was added before.  What
 * was said of its options is kept, should it be added again.
 *
 * @param builder  the builder
 * @param name     its name
 *
 * Since 0.1.
 */
void venvb_builder_remove_plugin (VenvbBuilder *builder, const char *name);

/**
 * Makes a plugin mandatory, or its absence: for what root has decided.  From now on
 * nothing changes whether it is used, nor its options.  What a file or a variable says
 * of it (venvb_builder_set_origin()) is passed over.  One that is wanted wraps all
 * plugins that are not mandatory; is looked for in the directory of the installation
 * alone, whatever variables and added directories say, unless name is a path; and is
 * loaded only if nobody but root could have written it (venvb_check_root()): else
 * venvb_builder_load() fails.  The options that were set before stay.  Of two calls for
 * one plugin the first counts.
 *
 * @param builder  the builder
 * @param name     its name, or the path of its file
 * @param wanted   whether it has to be used, or must not be
 *
 * Since 0.2.
 */
void venvb_builder_require_plugin (VenvbBuilder *builder, const char *name, gboolean wanted);

/**
 * Tells who made a plugin mandatory, or its absence.
 *
 * @param builder  the builder
 * @param name     the plugin's name
 * @param wanted   which of both; may be NULL
 * @return what venvb_builder_set_origin() named at that time, borrowed; NULL when
 *         nobody did
 *
 * Since 0.2.
 */
const char *venvb_builder_get_plugin_lock (VenvbBuilder *builder, const char *name,
                                           gboolean *wanted);

/**
 * Switches a plugin on, as a configuration file does: unlike
 * venvb_builder_add_plugin() it leaves one that is on already in its place.
 *
 * @param builder   the builder
 * @param name      its name, or the path of its file
 * @param optional  whether it may be missing: that is only told, then
 *
 * Since 0.1.
 */
void venvb_builder_enable_plugin (VenvbBuilder *builder, const char *name, gboolean optional);

/**
 * Sets an option of a plugin, whether that is on or not.
 *
 * @param builder  the builder
 * @param name     the plugin's name
 * @param key      the option's name, copied
 * @param values   one value, or several for an option that may be repeated,
 *                 NULL-terminated, copied; they take the place of those set
 *                 before
 *
 * Since 0.1.
 */
void venvb_builder_set_plugin_option (VenvbBuilder *builder, const char *name, const char *key,
                                      const char *const *values);

/**
 * Names the source of what is said about plugins, and of which Python is asked
 * for, from now on: error messages begin with it.
 *
 * @param builder  the builder
 * @param origin   `/etc/venvb/venvb.conf:12`, say, copied; NULL for none
 *
 * Since 0.1.
 */
void venvb_builder_set_origin (VenvbBuilder *builder, const char *origin);

/**
 * Says where relative paths start that are given as options of plugins from now on.
 *
 * @param builder  the builder
 * @param dir      that of a configuration file, say, absolute, copied; NULL for the
 *                 current directory, `""` for nowhere: a relative path is refused
 *
 * Since 0.2.
 */
void venvb_builder_set_start_dir (VenvbBuilder *builder, const char *dir);

/**
 * Tells who asked for a plugin.
 *
 * @param builder  the builder
 * @param name     the plugin's name
 * @return what venvb_builder_set_origin() named at that time, borrowed;
 *         `default` for one that is on by default; NULL for nothing, and for
 *         a plugin that nothing is known of
 *
 * Since 0.1.
 */
const char *venvb_builder_get_plugin_origin (VenvbBuilder *builder, const char *name);

/**
 * Tells which options a plugin is given.  Counting n from 0 until FALSE comes
 * back visits all of them in their order.
 *
 * @param builder  the builder
 * @param name     the plugin's name
 * @param n        which one
 * @param key      receives the option's name, borrowed
 * @param value    receives its value, with what is secret in it, borrowed
 * @param origin   receives who set it, borrowed, or NULL
 * @return FALSE after the last
 *
 * Since 0.1.
 */
gboolean venvb_builder_get_plugin_option (VenvbBuilder *builder, const char *name, guint n,
                                          const char **key, const char **value,
                                          const char **origin);

/**
 * Adds a function to a stage: what overriding a method of venv.EnvBuilder is
 * in Python.  It wraps all plugins, and the hooks added before it.
 *
 * @param builder  the builder
 * @param stage    which stage
 * @param name     what to call it in messages, copied
 * @param func     the function; calling venvb_next() is super()
 * @param data     given to it as self
 * @param destroy  frees data with the builder, or NULL
 *
 * Since 0.1.
 */
void venvb_builder_add_hook (VenvbBuilder *builder, VenvbStage stage, const char *name,
                             VenvbStageFunc func, gpointer data, GDestroyNotify destroy);

/**
 * Finds, verifies, loads and configures the plugins.  venvb_builder_create()
 * does so when it was not done; plugins added later are not seen.
 *
 * @param builder  the builder
 * @param error    the plugin and what is wrong with it
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_builder_load (VenvbBuilder *builder, GError **error);

/**
 * Creates an environment.
 *
 * On failure nothing is left of it, and what was in the directory before is
 * as it was.
 *
 * @param builder  the builder
 * @param env_dir  its directory, absolute or relative to the current one
 * @param error    what failed; the domain is VENVB_ERROR
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_builder_create (VenvbBuilder *builder, const char *env_dir, GError **error);

/**
 * Creates several environments, one after the other, up to the first that
 * fails.
 *
 * @param builder   the builder
 * @param env_dirs  their directories, NULL-terminated, borrowed
 * @param error     as for venvb_builder_create()
 * @return FALSE with error set on failure; those before the failed one stand,
 *         and the error names them and those that were not tried
 *
 * Since 0.1.
 */
gboolean venvb_builder_create_all (VenvbBuilder *builder, const char *const *env_dirs,
                                   GError **error);

/**
 * Creates an environment in one call, as venv.create() does.
 *
 * @param env_dir               its directory
 * @param system_site_packages  see VENVB_FLAG_SYSTEM_SITE_PACKAGES
 * @param clear                 see VENVB_FLAG_CLEAR
 * @param symlinks              see VENVB_FLAG_SYMLINKS
 * @param with_pip              see VENVB_FLAG_WITH_PIP
 * @param prompt                as for venvb_builder_set_prompt()
 * @param error                 as for venvb_builder_create()
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_create (const char *env_dir, gboolean system_site_packages, gboolean clear,
                       gboolean symlinks, gboolean with_pip, const char *prompt, GError **error);

G_END_DECLS
