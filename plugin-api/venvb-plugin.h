/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * What a plugin includes: a plugin is a shared object NAME.so that defines
 * one symbol with VENVB_PLUGIN().
 *
 * A smallest plugin:
 * @code
 *   #include <venvb-plugin.h>
 *
 *   static gboolean
 *   hello (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
 *   {
 *     if (!venvb_next (next, ctx, error))
 *       return FALSE;
 *     return venvb_context_write_file (ctx, "hello", "hello\n", -1, 0666, error);
 *   }
 *
 *   VENVB_PLUGIN (.name = "hello", .post_setup = hello)
 * @endcode
 */

#pragma once

#include "venvb-context.h"
#include "venvb-run.h"
#include "venvb-version.h"

G_BEGIN_DECLS

/** The rest of a stage's chain, valid during the call.  Opaque.  Since 0.1. */
typedef struct _VenvbNext VenvbNext;

/**
 * A stage of a plugin.  All stages have this form.
 *
 * @param next   the rest of the chain, for venvb_next()
 * @param ctx    the context of the environment being created
 * @param self   what the plugin's `load` stored
 * @param error  to be set when FALSE is returned: what was being done, to
 *               which path, and why it failed.  The core adds the names of
 *               the plugin and the stage.
 * @return TRUE when the stage is done.  FALSE ends the run and undoes it.
 *
 * Since 0.1.
 */
typedef gboolean (*VenvbStageFunc) (VenvbNext *next, VenvbContext *ctx, gpointer self,
                                    GError **error);

/**
 * Runs the rest of the chain: the plugins that this one wraps, and the
 * core's default at its end.  Not calling it replaces them.
 *
 * @param next   as given to the stage
 * @param ctx    as given to the stage
 * @param error  as given to the stage
 * @return what the rest of the chain returned; on FALSE the stage should
 *         clean up after itself and return FALSE
 *
 * Since 0.1.
 */
gboolean venvb_next (VenvbNext *next, VenvbContext *ctx, GError **error);

/**
 * The description of a plugin, filled in by VENVB_PLUGIN().  All members but
 * `name` may be left out.  New members are only ever added at the end, so
 * that a plugin compiled with an older, smaller structure keeps working.
 * Since 0.1.
 */
typedef struct _VenvbPlugin
{
  gsize struct_size; /**< set by VENVB_PLUGIN() */
  guint api_version; /**< set by VENVB_PLUGIN() */

  const char *name;    /**< as in NAME.so */
  const char *version; /**< the plugin's own version */
  const char *summary; /**< one line for `--list-plugins` */
  /** A line for each option: `key=VALUE  what it does`. */
  const char *options_help;

  /**
   * Called once, before all else.
   * @param self   where to store the plugin's data, given to all other
   *               functions; NULL when nothing is stored
   * @param error  why the plugin can't work
   * @return FALSE with error set on failure: `unload` is not called then
   */
  gboolean (*load) (gpointer *self, GError **error);

  /**
   * Called for each option that the user gave.
   * @param self   the plugin's data
   * @param key    the option's name, borrowed
   * @param value  its value, borrowed; empty when none was given
   * @param error  what is wrong; VENVB_ERROR_OPTION of VENVB_ERROR makes the
   *               core add `options_help`
   * @return FALSE with error set on failure
   */
  gboolean (*set_option) (gpointer self, const char *key, const char *value, GError **error);

  /**
   * Called when all options were given: the place to notice a missing one.
   * @param self   the plugin's data
   * @param error  as for `set_option`
   * @return FALSE with error set on failure
   */
  gboolean (*ready) (gpointer self, GError **error);

  /**
   * Called at the end of the run, to free the plugin's data.
   * @param self  the plugin's data
   */
  void (*unload) (gpointer self);

  VenvbStageFunc find_python;         /**< choose the base Python */
  VenvbStageFunc ensure_directories;  /**< make the directories, set the paths */
  VenvbStageFunc create_ignore_files; /**< hide the environment from version control */
  VenvbStageFunc
      create_configuration;     /**< write pyvenv.cfg; runs twice with system site-packages */
  VenvbStageFunc setup_python;  /**< put the interpreter in place */
  VenvbStageFunc setup_pip;     /**< install pip */
  VenvbStageFunc setup_scripts; /**< install the activation scripts */
  VenvbStageFunc post_setup;    /**< whatever is to follow */
  VenvbStageFunc upgrade_dependencies; /**< upgrade pip from the index */
  VenvbStageFunc finish;               /**< the last look at what was made; never left out */
} VenvbPlugin;

/** The errors that the core tells apart.  Since 0.1. */
typedef enum
{
  VENVB_ERROR_FAILED, /**< something could not be done: exit status 1 */
  VENVB_ERROR_USAGE,  /**< a request that makes no sense: exit status 2 */
  VENVB_ERROR_OPTION, /**< a plugin's option is unknown, missing or wrong: exit status 2 */
  VENVB_ERROR_PLUGIN, /**< a plugin can't be loaded or misbehaved: exit status 1 */
} VenvbError;

/** The error domain of VenvbError.  Since 0.1. */
#define VENVB_ERROR (venvb_error_quark ())

/** Returns the error domain; use VENVB_ERROR.  Since 0.1. */
GQuark venvb_error_quark (void);

/**
 * Tells whether a file is safe to obey: whether it, and each directory and
 * link on the way to it, belongs to root or to the user, and nobody else may
 * write to it.  The core asks this of plugins and of configuration files; a
 * plugin that runs or obeys files of its own should, too.
 *
 * @param path   the file or directory
 * @param error  what is not to be trusted, and why
 * @return FALSE with error set when it is not, or is missing
 *
 * Since 0.1.
 */
gboolean venvb_check_trusted (const char *path, GError **error);

/**
 * Like getenv(3), but blind when the program has rights that its user has not
 * (see AT_SECURE in getauxval(3)): for variables that decide what is run or
 * written.
 *
 * @param variable  its name
 * @return its value, borrowed; NULL when it is not set, or must not count
 *
 * Since 0.1.
 */
const char *venvb_getenv (const char *variable);

/** How the core finds the description.  Since 0.1. */
#define VENVB_PLUGIN_SYMBOL "venvb_plugin"

/**
 * Defines the plugin: designated initialisers of VenvbPlugin, `name` and the
 * stages it takes part in.  Once in each plugin, at file scope.  Since 0.1.
 */
#define VENVB_PLUGIN(...)                                                                          \
  VENVB_PLUGIN_BEGIN VENVB_PLUGIN_EXPORT const VenvbPlugin venvb_plugin;                           \
  const VenvbPlugin venvb_plugin = { .struct_size = sizeof (VenvbPlugin),                          \
                                     .api_version = VENVB_PLUGIN_API,                              \
                                     __VA_ARGS__ };                                                \
  VENVB_PLUGIN_END

/* In C++ the linkage, and no complaints about members that are left out. */
#ifdef __cplusplus
#define VENVB_PLUGIN_BEGIN                                                                         \
  _Pragma ("GCC diagnostic push")                                                                  \
      _Pragma ("GCC diagnostic ignored \"-Wmissing-field-initializers\"") extern "C"
#define VENVB_PLUGIN_END _Pragma ("GCC diagnostic pop")
#else
#define VENVB_PLUGIN_BEGIN
#define VENVB_PLUGIN_END
#endif

/** Makes the description visible under -fvisibility=hidden.  Since 0.1. */
#define VENVB_PLUGIN_EXPORT __attribute__ ((visibility ("default")))

G_END_DECLS
