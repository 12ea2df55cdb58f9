/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * Looking at what there is: environments, interpreters, plugins and the cache,
 * which is looked after here, too.  Included by `venvb.h`.
 */

#pragma once

#include "venvb-builder.h"

G_BEGIN_DECLS

/**
 * Returns the name of a part of the cache: `pythons` is what was learnt about
 * interpreters, `hashes` what was learnt about wheels, `images` unpacked wheels,
 * and (since 0.2) `wheels` those that were fetched.
 *
 * @param n  which, from 0
 * @return a static string, or NULL after the last
 *
 * Since 0.1.
 */
const char *venvb_cache_bucket_name (guint n);

/**
 * Tells how much is in a part of the cache.
 *
 * @param builder  the builder
 * @param bucket   a name from venvb_cache_bucket_name()
 * @param entries  receives how many entries there are
 * @param bytes    receives how much space they take on the disk; files that
 *                 environments share by hard links are counted
 * @return the cache's directory, borrowed; NULL when there is no cache
 *
 * Since 0.1.
 */
const char *venvb_builder_cache_info (VenvbBuilder *builder, const char *bucket, guint *entries,
                                      guint64 *bytes);

/**
 * Throws the cache away.  Environments made with it are not touched.
 *
 * @param builder  the builder
 * @param error    what could not be removed
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_builder_cache_clean (VenvbBuilder *builder, GError **error);

/**
 * Removes from the cache what was not used lately, and what interrupted runs
 * have left.
 *
 * @param builder  the builder
 * @param days     how long something has to be unused
 * @param removed  receives how many entries were removed
 * @param error    what could not be read
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_builder_cache_prune (VenvbBuilder *builder, guint days, guint *removed,
                                    GError **error);

/**
 * Fills the cache with what an environment with these settings needs, and
 * makes it readable for all: to be baked into an image, or shared.
 *
 * @param builder  the builder
 * @param error    as for venvb_builder_create()
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_builder_cache_warm (VenvbBuilder *builder, GError **error);

/** Something that is wrong with an environment.  Since 0.1. */
typedef struct _VenvbProblem VenvbProblem;

/**
 * Tells whether an environment is sound: whether its interpreter is there and
 * of the version it was made for, its scripts run with it, its activation
 * script names it, and its packages are as their RECORD says.  It need not be
 * venvb that made it.  Where venvb_builder_load() has loaded the plugin `lock`, what is
 * installed is compared with its lock, too.
 *
 * @param builder  the builder
 * @param env_dir  the environment's directory
 * @param error    why it is none
 * @return an array of VenvbProblem, with nothing but remarks in it for a sound
 *         environment, what is to be mended first in front, to be freed with
 *         g_ptr_array_unref(); NULL with error set when there is no environment
 *
 * Since 0.1.
 */
GPtrArray *venvb_builder_check (VenvbBuilder *builder, const char *env_dir, GError **error);

/**
 * Tells what the plugin `lock` would install, with the base Python that is asked for:
 * which file is taken for each package, and why.  Nothing is changed.
 *
 * @param builder  the builder, after venvb_builder_load()
 * @param error    why the lock can't be read, or is refused as a whole
 * @return an array of strings, a line each, none where that plugin is not loaded, to be
 *         freed with g_ptr_array_unref(); NULL with error set on failure
 *
 * Since 0.2.
 */
GPtrArray *venvb_builder_explain_lock (VenvbBuilder *builder, GError **error);

/**
 * Fetches what the plugin `lock` would install, into the cache, and puts it into a directory,
 * with the lock and a line that says how it is installed from there: for a machine without
 * network, or another one.
 *
 * @param builder   the builder, after venvb_builder_load()
 * @param dir       the directory, made when it is not there; NULL for the cache alone, and
 *                  then nothing is done where that plugin is not loaded
 * @param platform  for which it is, as wheels name it: `manylinux_2_28_aarch64`,
 *                  `linux_aarch64` with this machine's libc; NULL for this one.  The Python
 *                  that is asked for need not be there where that is a version.
 * @param n         receives how many files
 * @param error     what can't be had, or written
 * @return FALSE with error set on failure
 *
 * Since 0.2.
 */
gboolean venvb_builder_download_lock (VenvbBuilder *builder, const char *dir, const char *platform,
                                      guint *n, GError **error);

/** Frees a problem.  Since 0.1. */
void venvb_problem_free (VenvbProblem *problem);

/** Returns what is wrong, as a line, borrowed.  Since 0.1. */
const char *venvb_problem_get_what (const VenvbProblem *problem);

/** Returns what would mend it, borrowed.  Since 0.1. */
const char *venvb_problem_get_mend (const VenvbProblem *problem);

/**
 * Returns what kind of problem it is, for programs: `moved`, `package` and others that
 * the schema of `--json` lists.
 *
 * @param problem  the problem
 * @return a word, borrowed
 *
 * Since 0.2.
 */
const char *venvb_problem_get_code (const VenvbProblem *problem);

/**
 * Mends what venvb_builder_check() finds, as far as nothing is lost by that: names of the
 * interpreter, a base that was moved or upgraded, pip, a directory that was moved, and, by
 * the plugin `lock` or else by pip, packages that are not as they were installed.  It is a
 * run as that of venvb_builder_create(), with the settings that the environment was made
 * with, and is undone as one; where there is nothing to mend, nothing is done.
 *
 * @param builder   one that has loaded no plugins, and is used for nothing else: of its
 *                  settings, Python and plugins count
 * @param env_dir   the environment's directory
 * @param problems  what venvb_builder_check() has returned, of another builder
 * @param error     why it is none, or what failed
 * @return FALSE with error set on failure; TRUE does not mean that nothing is left to be
 *         mended by hand
 *
 * Since 0.2.
 */
gboolean venvb_builder_repair (VenvbBuilder *builder, const char *env_dir,
                               const GPtrArray *problems, GError **error);

/**
 * Tells whether this is a remark only: something that others have changed, with
 * which the environment is sound all the same.
 *
 * @param problem  the problem
 * @return TRUE for a remark
 *
 * Since 0.1.
 */
gboolean venvb_problem_is_remark (const VenvbProblem *problem);

/** An interpreter that was found.  Since 0.1. */
typedef struct _VenvbPythonInfo VenvbPythonInfo;

/**
 * Lists the interpreters on PATH and where pyenv, asdf, mise, uv, conda,
 * Homebrew and the system put them.  What is not known of one already it is
 * asked for, which takes some 50 ms each.
 *
 * @param builder  the builder
 * @return an array of VenvbPythonInfo, sorted by implementation, the newest
 *         first, to be freed with g_ptr_array_unref()
 *
 * Since 0.1.
 */
GPtrArray *venvb_builder_list_pythons (VenvbBuilder *builder);

/**
 * Finds the base Python that the core's own stage find_python would take: a plugin may
 * take another.
 *
 * @param builder  the builder
 * @param version  takes its version, to be freed with g_free(); or NULL
 * @param error    set when there is none
 * @return its path, to be freed with g_free(); NULL with error set
 *
 * Since 0.2.
 */
char *venvb_builder_find_python (VenvbBuilder *builder, char **version, GError **error);

/** Frees a description.  Since 0.1. */
void venvb_python_info_free (VenvbPythonInfo *info);

/** Returns the interpreter's path, borrowed.  Since 0.1. */
const char *venvb_python_info_get_path (const VenvbPythonInfo *info);

/** Returns where it was found: `PATH`, `system`, `pyenv`, `asdf`, `mise`,
 * `uv`, `conda` or `homebrew`.  Since 0.1. */
const char *venvb_python_info_get_source (const VenvbPythonInfo *info);

/** Returns a fact about it, as venvb_context_get_fact() does; in addition
 * `full_version` (3.14.0rc2), `abiflags` and `bits`.  Since 0.1. */
const char *venvb_python_info_get_fact (const VenvbPythonInfo *info, const char *key);

/**
 * Returns the name of a stage: `find_python`.  Counting from 0 until NULL
 * comes back visits all of them.
 *
 * @param stage  which stage
 * @return a static string, or NULL for one that is not known
 *
 * Since 0.1.
 */
const char *venvb_stage_name (VenvbStage stage);

/** A plugin that was found, whether it can be used or not.  Since 0.1. */
typedef struct _VenvbPluginInfo VenvbPluginInfo;

/**
 * Returns the plugins of a stage, outermost first; the last is `core`.
 *
 * @param builder  a builder that was loaded
 * @param stage    which stage
 * @return names, NULL-terminated, none for a stage that the settings leave out; free the array with g_free(), the names are
 *         borrowed
 *
 * Since 0.1.
 */
const char **venvb_builder_get_chain (VenvbBuilder *builder, VenvbStage stage);

/**
 * Tells where a loaded plugin came from.
 *
 * @param builder  a builder that was loaded
 * @param name     the plugin's name, as in a chain
 * @return the file's path, borrowed, or NULL for the core and for hooks
 *
 * Since 0.1.
 */
const char *venvb_builder_get_plugin_path (VenvbBuilder *builder, const char *name);

/**
 * Lists the plugins in the search path, without running any of their code
 * beyond what loading a shared object runs.
 *
 * @param builder  the builder
 * @return an array of VenvbPluginInfo, sorted by name, to be freed with
 *         g_ptr_array_unref()
 *
 * Since 0.1.
 */
GPtrArray *venvb_builder_list_plugins (VenvbBuilder *builder);

/**
 * Describes one plugin.
 *
 * @param builder  the builder
 * @param name     its name, or the path of its file
 * @param error    why it can't be loaded
 * @return a new description, to be freed with venvb_plugin_info_free();
 *         NULL with error set on failure
 *
 * Since 0.1.
 */
VenvbPluginInfo *venvb_builder_describe_plugin (VenvbBuilder *builder, const char *name,
                                                GError **error);

/** Frees a description.  Since 0.1. */
void venvb_plugin_info_free (VenvbPluginInfo *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (VenvbPluginInfo, venvb_plugin_info_free)

/** Returns the file's path, borrowed.  Since 0.1. */
const char *venvb_plugin_info_get_path (const VenvbPluginInfo *info);

/** Returns the name it was found under, borrowed.  Since 0.1. */
const char *venvb_plugin_info_get_name (const VenvbPluginInfo *info);

/** Tells whether it is on when nothing is said.  Since 0.1. */
gboolean venvb_plugin_info_is_default (const VenvbPluginInfo *info);

/** Returns why it can't be used, borrowed, or NULL when it can.  Since 0.1. */
const char *venvb_plugin_info_get_problem (const VenvbPluginInfo *info);

/** Returns its description, borrowed, or NULL when it can't be used; members
 * that the plugin is too old to have are zero.  Since 0.1. */
const VenvbPlugin *venvb_plugin_info_get_plugin (const VenvbPluginInfo *info);

/** Returns its function for a stage, or NULL when it has none.  Since 0.1. */
VenvbStageFunc venvb_plugin_info_get_stage (const VenvbPluginInfo *info, VenvbStage stage);

/**
 * Tells why a plugin stands where it does among the others.
 *
 * @param builder  the builder, with its plugins loaded
 * @param name     the plugin's name
 * @return `last, as it says`, say, borrowed; NULL when it is where it was named
 *
 * Since 0.2.
 */
const char *venvb_builder_get_plugin_place (VenvbBuilder *builder, const char *name);

/**
 * Tells how a plugin declares one of its options.
 *
 * @param builder  the builder, with its plugins loaded
 * @param name     the plugin's name
 * @param key      the option's name
 * @return its row, borrowed; NULL when the plugin is not loaded, or its table has none
 *
 * Since 0.2.
 */
const VenvbOption *venvb_builder_find_option (VenvbBuilder *builder, const char *name,
                                              const char *key);

/**
 * Returns the name of an option's kind: `directory` for VENVB_KIND_DIRECTORY.
 *
 * @param option  a row of venvb_builder_find_option(), or of the `options` that
 *                venvb_plugin_info_get_plugin() returns
 * @return a static string
 *
 * Since 0.2.
 */
const char *venvb_option_kind_name (const VenvbOption *option);

/**
 * Makes an attribute mandatory: for what root has decided.  In each environment that is
 * made it keeps the value that it has before the first stage, whatever plugins and hooks
 * set.  Of two calls for one attribute the first counts.
 *
 * @param builder  the builder
 * @param attr     VENVB_ATTR_PROMPT or VENVB_ATTR_PYTHON; others, which stages have to
 *                 set, are ignored
 *
 * Since 0.2.
 */
void venvb_builder_require_attr (VenvbBuilder *builder, VenvbAttr attr);

/**
 * Sets who hears that a stage begins or ends: for a bar of progress, say.  It is called
 * in the process that does the work, as that of venvb_builder_set_timing() is, and before
 * the plugins hear of it.
 *
 * @param builder  the builder
 * @param func     the callback, or NULL for none
 * @param data     given to it
 * @param destroy  frees data with the builder, or NULL
 *
 * Since 0.2.
 */
void venvb_builder_set_stage_event (VenvbBuilder *builder, VenvbStageEventFunc func, gpointer data,
                                    GDestroyNotify destroy);

/**
 * Hears that a signal is about to end the process, when what the run did was taken back.
 *
 * @param number  the signal
 * @param error   what has become of the environment; borrowed
 * @param data    as given to venvb_builder_set_ended()
 *
 * Since 0.2.
 */
typedef void (*VenvbEndedFunc) (int number, const GError *error, gpointer data);

/**
 * Sets who hears that a signal has ended a run with VENVB_FLAG_ISOLATE, which is about to
 * end this process, too.  Where venvb_builder_set_successor() has set one, that hears it:
 * see venvb_take_over_full().
 *
 * @param builder  the builder
 * @param func     the callback, or NULL for none
 * @param data     given to it
 * @param destroy  frees data with the builder, or NULL
 *
 * Since 0.2.
 */
void venvb_builder_set_ended (VenvbBuilder *builder, VenvbEndedFunc func, gpointer data,
                              GDestroyNotify destroy);

/**
 * Does what venvb_take_over() does, and tells before the process ends with the signal.
 *
 * @param func   the callback, or NULL for none
 * @param data   given to it
 * @param error  as for venvb_take_over()
 * @return FALSE, with error set
 *
 * Since 0.2.
 */
gboolean venvb_take_over_full (VenvbEndedFunc func, gpointer data, GError **error);

/**
 * Tells whether the run has changed anything, as `changed` in venvb_context_to_json()
 * does: of what plugins do themselves when the stages are done.
 *
 * @param ctx  the environment's context
 * @return VENVB_CHANGED_UNKNOWN as long as that is not known
 *
 * Since 0.2.
 */
VenvbChanged venvb_context_get_changed (VenvbContext *ctx);

/**
 * Looks at what a run with VENVB_FLAG_DRY_RUN has found so far: `would` in
 * venvb_context_to_json().
 *
 * @param ctx     the environment's context
 * @param n       which, from 0
 * @param action  set as for venvb_context_would(), borrowed; may be NULL
 * @param what    likewise
 * @return FALSE after the last; then nothing is set
 *
 * Since 0.2.
 */
gboolean venvb_context_get_would (VenvbContext *ctx, guint n, const char **action,
                                  const char **what);

/**
 * Looks at the wheels that venvb_context_install_wheel() has installed so far, in that
 * order: `wheels` in venvb_context_to_json().
 *
 * @param ctx      the environment's context
 * @param n        which, from 0
 * @param name     set to the distribution's name, which is the context's; may be NULL
 * @param version  likewise its version
 * @return FALSE after the last; then nothing is set
 *
 * Since 0.2.
 */
gboolean venvb_context_get_wheel (VenvbContext *ctx, guint n, const char **name,
                                  const char **version);

/**
 * Says whether the options of plugins that are set from now on may be some that the plugin
 * does not know, as a newer version of it does: these are passed over, with a message of
 * VENVB_SOURCE_MAIN.
 *
 * @param builder  the builder
 * @param value    whether they may
 *
 * Since 0.2.
 */
void venvb_builder_set_allow_unknown (VenvbBuilder *builder, gboolean value);

G_END_DECLS
