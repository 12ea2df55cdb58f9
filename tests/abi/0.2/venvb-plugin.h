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
 *
 * What is "since 0.2" came after release 0.1 and belongs to the section VENVB_0.2 of the
 * library's symbols, which a plugin that calls any of it needs.  VENVB_VERSION tells the
 * last release until the next one: headers that say "since 0.2" have it even where that
 * still is 0.1.0.
 */

#pragma once

#include "venvb-context.h"
#include "venvb-extend.h"
#include "venvb-run.h"
#include "venvb-version.h"
#include "venvb-wheels.h"

#include <stddef.h>

G_BEGIN_DECLS

/** The stages, in the order they run as of 0.1, and then those that run around and within
 * them.  New ones are added at the end of this list, whatever their place in the order.
 * Since 0.1. */
typedef enum
{
  VENVB_STAGE_FIND_PYTHON,
  VENVB_STAGE_ENSURE_DIRECTORIES,
  VENVB_STAGE_CREATE_IGNORE_FILES,
  VENVB_STAGE_CREATE_CONFIGURATION,
  VENVB_STAGE_SETUP_PYTHON,
  VENVB_STAGE_SETUP_PIP,
  VENVB_STAGE_SETUP_SCRIPTS,
  VENVB_STAGE_POST_SETUP,
  VENVB_STAGE_UPGRADE_DEPENDENCIES,
  VENVB_STAGE_FINISH,
  VENVB_STAGE_CREATE,          /**< around all others.  Since 0.2 */
  VENVB_STAGE_CLEAR_DIRECTORY, /**< before `ensure_directories`.  Since 0.2 */
  VENVB_STAGE_SYMLINK_OR_COPY, /**< in `setup_python`, for each file.  Since 0.2 */
  VENVB_STAGE_INSTALL_SCRIPT,  /**< in venvb_context_install_scripts(), for each file.  Since 0.2 */
} VenvbStage;

/** What is told of a stage.  New ones are only ever added at the end.  Since 0.2. */
typedef enum
{
  VENVB_EVENT_BEGINS, /**< its chain is about to run */
  VENVB_EVENT_ENDS,   /**< it is done */
  VENVB_EVENT_FAILS,  /**< it has failed, so that the run will, unless `create` is wrapped */
} VenvbStageEvent;

/**
 * Hears that a stage begins or ends: each but VENVB_STAGE_SYMLINK_OR_COPY and
 * VENVB_STAGE_INSTALL_SCRIPT, which run for each file.  VENVB_STAGE_CREATE begins first
 * and ends last.
 *
 * @param ctx    the environment
 * @param stage  which stage
 * @param event  what is told of it; one that is not known is to be passed over
 * @param data   of a plugin, its data; else as given to venvb_builder_set_stage_event()
 *
 * Since 0.2.
 */
typedef void (*VenvbStageEventFunc) (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event,
                                     gpointer data);

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
 * What an option takes, and of which type the member is that it goes to.  New
 * ones are only ever added at the end.  Since 0.2.
 */
typedef enum
{
  VENVB_KIND_STRING,    /**< any text: `char *` */
  VENVB_KIND_FLAG,      /**< yes, no, true, false, on, off, 1 or 0; nothing means yes: `gboolean` */
  VENVB_KIND_INTEGER,   /**< a number: `gint64` */
  VENVB_KIND_FILE,      /**< a file that can be read: `char *`, absolute */
  VENVB_KIND_DIRECTORY, /**< a directory that there is: `char *`, absolute */
  VENVB_KIND_PATH,      /**< a file that there need not be: `char *`, absolute */
  VENVB_KIND_URL,       /**< a URL of https, http or file: `char *` */
  VENVB_KIND_PLACE,     /**< a directory that there is, or a URL: `char *` */
  VENVB_KIND_CHOICE,    /**< one of some words: `guint`, which of them, from 0 */
} VenvbOptionKind;

/**
 * An option of a plugin: a row of the table that VENVB_OPTIONS() names.  VENVB_STRING(),
 * VENVB_FLAG() and the like fill in what it takes and where that goes.  New members are
 * only ever added at the end, and a table has the size of its rows with it, so that one
 * compiled with shorter rows keeps working.  Since 0.2.
 */
typedef struct _VenvbOption
{
  /** The option's name: letters, digits, '-', '_' and '.'.  `*` stands for all others,
   * which go to `set_option`; its `value` tells their form: `NAME=VALUE`. */
  const char *key;
  VenvbOptionKind kind;  /**< what it takes */
  gboolean repeated;     /**< it may be given several times: text and paths only, to a `char **` */
  gsize place;           /**< where in the data the value goes, from 1; 0: to `set_option` */
  const char *choices;   /**< of VENVB_KIND_CHOICE: `auto|always|never` */
  gint64 least;          /**< of VENVB_KIND_INTEGER: the least that is possible */
  gint64 most;           /**< of VENVB_KIND_INTEGER: the most; 0 with a `least` of 0: any number */
  const char *help;      /**< what it is for, on one line */
  const char *value;     /**< what the help calls the value; NULL: `FILE`, as its kind has it */
  const char *initial;   /**< the value when none is given, as a user would write it; or NULL */
  gboolean required;     /**< it has to be given */
  gboolean secret;       /**< the value is shown nowhere */
  gboolean may_be_empty; /**< the value may be left out, or be empty */
} VenvbOption;

/** The rows of a table, in C and C++: what an option takes, and the member of the
 * plugin's data that it goes to, whose type is checked.  The second of a pair is for an
 * option that may be given several times: its member is a `char **` that is never NULL.
 * Since 0.2. */
#define VENVB_STRING(data, member) VENVB_OPTION_ROW (STRING, char *, data, member)
#define VENVB_STRINGS(data, member) VENVB_OPTION_ROWS (STRING, data, member)
#define VENVB_FLAG(data, member) VENVB_OPTION_ROW (FLAG, gboolean, data, member)
#define VENVB_FILE(data, member) VENVB_OPTION_ROW (FILE, char *, data, member)
#define VENVB_FILES(data, member) VENVB_OPTION_ROWS (FILE, data, member)
#define VENVB_DIRECTORY(data, member) VENVB_OPTION_ROW (DIRECTORY, char *, data, member)
#define VENVB_DIRECTORIES(data, member) VENVB_OPTION_ROWS (DIRECTORY, data, member)
#define VENVB_PATH(data, member) VENVB_OPTION_ROW (PATH, char *, data, member)
#define VENVB_PATHS(data, member) VENVB_OPTION_ROWS (PATH, data, member)
#define VENVB_URL(data, member) VENVB_OPTION_ROW (URL, char *, data, member)
#define VENVB_URLS(data, member) VENVB_OPTION_ROWS (URL, data, member)
#define VENVB_PLACE(data, member) VENVB_OPTION_ROW (PLACE, char *, data, member)
#define VENVB_PLACES(data, member) VENVB_OPTION_ROWS (PLACE, data, member)
#define VENVB_INTEGER(data, member, from, to)                                                      \
  VENVB_OPTION_ROW (INTEGER, gint64, data, member), .least = (from), .most = (to)
#define VENVB_CHOICE(data, member, words)                                                          \
  VENVB_OPTION_ROW (CHOICE, guint, data, member), .choices = (words)

/* What these are made of. */
#define VENVB_OPTION_ROW(what, type, data, member)                                                 \
  .kind = VENVB_KIND_##what, .place = VENVB_OPTION_PLACE (type, data, member)
#define VENVB_OPTION_ROWS(what, data, member)                                                      \
  .kind = VENVB_KIND_##what, .repeated = TRUE, .place = VENVB_OPTION_PLACE (char **, data, member)
#define VENVB_OPTION_PLACE(type, data, member)                                                     \
  (1 + offsetof (data, member) + 0 * sizeof ((type *) 0 == &((data *) 0)->member))

/** What a plugin knows of what it has changed: see `changed`.  Since 0.2. */
typedef enum
{
  VENVB_CHANGED_UNKNOWN, /**< it can't tell, as where it has run what others have written */
  VENVB_CHANGED_NO,      /**< nothing, but for what venvb has seen by itself */
  VENVB_CHANGED_YES,     /**< something, whether venvb has seen it or not */
} VenvbChanged;

/**
 * Names the table of options in VENVB_PLUGIN(), and the type of the plugin's data, which
 * the core then makes and frees, with all that the options have put into it.  It stores
 * the size of a row, so that rows can grow.  Since 0.2.
 */
#define VENVB_OPTIONS(data, table)                                                                 \
  .data_size = sizeof (data), .options = (table), .option_size = sizeof (table)[0],                \
  .n_options = sizeof (table) / sizeof (table)[0]

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
  /** A line for each option: `key=VALUE  what it does`.  Those in `options` get theirs by
   * themselves, in front of these. */
  const char *options_help;

  /**
   * Called once, before all else.
   * @param self   where to store the plugin's data, given to all other
   *               functions; NULL when nothing is stored.  With `data_size` the
   *               data are there already, zeroed, and stay where they are
   * @param error  why the plugin can't work
   * @return FALSE with error set on failure: `unload` is not called then
   */
  gboolean (*load) (gpointer *self, GError **error);

  /**
   * Called for each option that the user gave, but those in `options` that have a
   * place in the data.
   * @param self   the plugin's data
   * @param key    the option's name, borrowed
   * @param value  its value, borrowed; empty when none was given.  Of one in `options` it
   *               is what its kind says: absolute, `yes` or `no`, decimal
   * @param error  what is wrong, with VENVB_ERROR_OPTION of VENVB_ERROR; where the option is
   *               one that `options` and `options_help` do not have, the core adds these
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

  gsize data_size;            /**< of the plugin's data, which the core makes.  Since 0.2 */
  const VenvbOption *options; /**< the table of options, or NULL.  Since 0.2 */
  gsize option_size;          /**< of a row, set by VENVB_OPTIONS().  Since 0.2 */
  gsize n_options;            /**< how many rows there are.  Since 0.2 */

  /** The plugins that this one comes after wherever they were named, so that it wraps them:
   * their names, with blanks between them; or NULL.  Since 0.2. */
  const char *after;
  gboolean last; /**< it comes after all that do not say so themselves, but for those that are
                      `after` it, or after one that is.  Since 0.2 */

  /**
   * Tells whether the plugin has changed anything in this run, so that it also tells of a
   * second run over an environment that nobody has touched: one that changes nothing then
   * returns VENVB_CHANGED_NO.  Asked at the end of a run, after the other functions of the
   * stage `finish`.  What goes through venvb's own functions, as
   * venvb_context_write_file(), or was announced with venvb_context_save_file(), venvb sees
   * by itself: a plugin that changes all so has venvb_changed_as_seen() here.  Of one that
   * leaves this out it is not known.  A line in a log is no change.
   * @param ctx   the environment's context
   * @param self  the plugin's data
   * @return what it knows
   *
   * Since 0.2.
   */
  VenvbChanged (*changed) (VenvbContext *ctx, gpointer self);
  VenvbStageFunc create;          /**< the whole run, all other stages in it.  Since 0.2 */
  VenvbStageFunc clear_directory; /**< empty a directory, with `clear`.  Since 0.2 */
  VenvbStageFunc symlink_or_copy; /**< put a name of the interpreter in place.  Since 0.2 */
  VenvbStageFunc install_script;  /**< install one file of a template directory.  Since 0.2 */
  /** Hears of each stage that begins or ends, whether the plugin takes part in it or not;
   * `data` is the plugin's data.  Since 0.2 */
  VenvbStageEventFunc stage_event;
  /** With VENVB_FLAG_DRY_RUN its functions may be called, too: they change things by venvb's
   * functions alone, which then change nothing and note what would be, or heed the flag and
   * say it with venvb_context_would().  Of a plugin that leaves this out no stage is run then,
   * and what it would change is not known.  Since 0.2 */
  gboolean dry_run;
} VenvbPlugin;

/** The errors that the core tells apart.  Since 0.1. */
typedef enum
{
  VENVB_ERROR_FAILED, /**< something could not be done: exit status 1 */
  VENVB_ERROR_USAGE,  /**< a request that makes no sense: exit status 2 */
  VENVB_ERROR_OPTION, /**< a plugin's option is unknown, missing or wrong: exit status 2 */
  VENVB_ERROR_PLUGIN, /**< a plugin can't be loaded or misbehaved: exit status 1 */
  VENVB_ERROR_OUTPUT, /**< all was done, but what was printed could not be written */
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
 * Like venvb_check_trusted(), but refuses also what the user could have written: passes
 * what only root can have said.
 *
 * @param path   a file
 * @param error  VENVB_ERROR_PLUGIN, naming the path and the reason
 * @return FALSE with error set if anybody but root could have written it
 *
 * Since 0.2.
 */
gboolean venvb_check_root (const char *path, GError **error);

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

/**
 * Reads a value as the core reads that of an option in a table: for `set_option`, where
 * keys or values have a form that a table can't say.  Within it, a relative path starts
 * where that of the option does, beside a configuration file, say.
 *
 * @param key    what it is called in the error
 * @param kind   what it is to be: any but VENVB_KIND_CHOICE
 * @param value  as the user wrote it
 * @param error  VENVB_ERROR_OPTION: what is wrong
 * @return an absolute path, `yes` or `no`, a number, or the text itself, to be freed with
 *         g_free(); NULL with error set on failure
 *
 * Since 0.2.
 */
char *venvb_option_read (const char *key, VenvbOptionKind kind, const char *value, GError **error);

/**
 * What a plugin puts into its description as `changed` that changes things by venvb's
 * functions alone, and nothing where nothing has to be changed.
 *
 * @param ctx   not looked at
 * @param self  not looked at
 * @return VENVB_CHANGED_NO
 *
 * Since 0.2.
 */
VenvbChanged venvb_changed_as_seen (VenvbContext *ctx, gpointer self);

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
