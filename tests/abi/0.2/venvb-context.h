/* SPDX-License-Identifier: BSD-2-Clause */

/**
 * @file
 * The context: what is known of the environment being created.
 *
 * A context belongs to the core, which makes one for each environment and
 * frees it at the end of the run.  Plugins and hooks see it from the first
 * stage to the last; its attributes are those of the context of Python's
 * venv.EnvBuilder, under the same names.
 *
 * All text is in the encoding of the file system, UTF-8 as a rule, and
 * NUL-terminated.  All functions of this header are to be called from the
 * thread the stage runs in, and abort on allocation failure, as GLib does.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The context of one environment.  Opaque.  Since 0.1. */
typedef struct _VenvbContext VenvbContext;

/**
 * The attributes of a context.  Unless another stage is named they are set by
 * `find_python` or `ensure_directories`, and NULL before.  New ones are only
 * ever added at the end.  Since 0.1.
 */
typedef enum
{
  VENVB_ATTR_ENV_DIR,  /**< the environment, absolute; set from the start */
  VENVB_ATTR_ENV_NAME, /**< its last component; set from the start */
  VENVB_ATTR_PROMPT,   /**< the prompt without parentheses; set from the start */
  VENVB_ATTR_PYTHON, /**< the Python asked for, as given to venvb_builder_set_python(); may be set before `find_python` */
  VENVB_ATTR_EXECUTABLE,   /**< the base Python, absolute (sys._base_executable) */
  VENVB_ATTR_PYTHON_DIR,   /**< its directory: `home` in pyvenv.cfg */
  VENVB_ATTR_PYTHON_EXE,   /**< its file name, which is the interpreter's in bin, too */
  VENVB_ATTR_VERSION,      /**< its version: `3.11.2` */
  VENVB_ATTR_INC_PATH,     /**< the directory for headers */
  VENVB_ATTR_LIB_PATH,     /**< site-packages for pure Python (sysconfig's purelib) */
  VENVB_ATTR_PLATLIB_PATH, /**< site-packages for extension modules (platlib) */
  VENVB_ATTR_SCRIPT_PATH,  /**< while scripts are installed: the template being read */
  VENVB_ATTR_BIN_PATH,     /**< the directory of the interpreter and of scripts */
  VENVB_ATTR_BIN_NAME, /**< the same, relative to the environment: `bin`; may be set before the core's `ensure_directories` */
  VENVB_ATTR_ENV_EXE,  /**< the environment's interpreter */
  VENVB_ATTR_ENV_EXEC_CMD,  /**< what to execute to run it */
  VENVB_ATTR_CFG_PATH,      /**< pyvenv.cfg; set by `create_configuration` */
  VENVB_ATTR_SCRIPT_TARGET, /**< in `install_script`: where the file is put.  Since 0.2 */
  VENVB_ATTR_LINK_SOURCE, /**< in `symlink_or_copy`: what is linked or copied, absolute.  Since 0.2 */
  VENVB_ATTR_LINK_TARGET, /**< in `symlink_or_copy`: the name that it gets, absolute.  Since 0.2 */
} VenvbAttr;

/**
 * The settings that are on or off, those of venv.EnvBuilder first.  New ones
 * are only ever added at the end.  Since 0.1.
 */
typedef enum
{
  VENVB_FLAG_SYSTEM_SITE_PACKAGES, /**< the base Python's packages are visible; default off */
  VENVB_FLAG_CLEAR,                /**< start from an empty directory; default off */
  VENVB_FLAG_SYMLINKS,             /**< link the interpreter rather than copy it; default on */
  VENVB_FLAG_UPGRADE,      /**< adapt an environment to a Python upgraded in place; default off */
  VENVB_FLAG_WITH_PIP,     /**< install pip; default on */
  VENVB_FLAG_UPGRADE_DEPS, /**< upgrade pip from the index; default off */
  VENVB_FLAG_SCM_IGNORE_FILES, /**< run the stage `create_ignore_files`; default on */
  VENVB_FLAG_FORCE,            /**< let `clear` empty a directory it would refuse; default off */
  VENVB_FLAG_ISOLATE, /**< create in a child process, so that a crash is survived and undone; default off in the library, on in the command */
  VENVB_FLAG_COMPILE, /**< wheels come with their byte code; default on */
  VENVB_FLAG_CACHE,   /**< keep what is costly for the next run; default on */
  VENVB_FLAG_RELOCATABLE, /**< activation scripts look where they lie, so that the environment may be moved; default off */
  VENVB_FLAG_KEEP_FAILED, /**< keep what a run has made that fails, in a directory whose name is `env_dir` and `.failed-XXXXXX`; default off */
  VENVB_FLAG_NO_WAIT, /**< fail at once when another run is at work on the directory; default off */
  VENVB_FLAG_FOLLOW_REDIRECT, /**< go where a file named .venv in place of the directory points to; default off */
  VENVB_FLAG_DRY_RUN, /**< tell what would be done, and do nothing; default off.  Since 0.2 */
} VenvbFlag;

/** How files get from the cache to an environment.  Since 0.1. */
typedef enum
{
  VENVB_LINK_AUTO,  /**< clone where the file system can, else hard link unless root, else copy */
  VENVB_LINK_CLONE, /**< share the blocks, else copy */
  VENVB_LINK_HARDLINK, /**< hard link, else copy */
  VENVB_LINK_COPY,     /**< copy */
} VenvbLinkMode;

/** Where a line given to a progress callback comes from.  Since 0.1. */
typedef enum
{
  VENVB_SOURCE_MAIN,    /**< venvb or a plugin says what it does */
  VENVB_SOURCE_STDOUT,  /**< standard output of a program that a stage runs */
  VENVB_SOURCE_STDERR,  /**< its standard error */
  VENVB_SOURCE_WARNING, /**< venvb or a plugin has something the user should know */
  VENVB_SOURCE_NOTE,    /**< a plugin tells the user something that is no warning.  Since 0.2 */
  VENVB_SOURCE_NOTICE,  /**< the same of his files: what was moved, removed or put back of them.
                            Since 0.2. */
} VenvbSource;

/**
 * Returns an attribute.
 *
 * @param ctx   the context
 * @param attr  which attribute
 * @return its value, owned by the context and valid until it is set again;
 *         NULL when it has none yet or is not known to this core
 *
 * Since 0.1.
 */
const char *venvb_context_get (const VenvbContext *ctx, VenvbAttr attr);

/**
 * Sets an attribute.
 *
 * A stage may set what it is responsible for: `find_python` the base Python,
 * `ensure_directories` the paths.  VENVB_ATTR_PYTHON set before the core's
 * `find_python` runs decides which Python that looks for.
 *
 * @param ctx    the context
 * @param attr   which attribute; one that this core does not know is ignored
 * @param value  the value, copied; NULL takes it away.  Another than it has is passed
 *               over, with a warning, where the attribute is mandatory (see
 *               venvb_context_get_lock())
 *
 * Since 0.1.
 */
void venvb_context_set (VenvbContext *ctx, VenvbAttr attr, const char *value);

/**
 * Tells who made an attribute mandatory: see venvb_builder_require_attr().
 *
 * @param ctx   the context
 * @param attr  which attribute
 * @return what venvb_builder_set_origin() named at that time, borrowed; NULL when
 *         nobody did
 *
 * Since 0.2.
 */
const char *venvb_context_get_lock (const VenvbContext *ctx, VenvbAttr attr);

/**
 * Returns the name of an attribute: `env_dir` for VENVB_ATTR_ENV_DIR.
 * Counting from 0 until NULL comes back visits all attributes.
 *
 * @param attr  which attribute
 * @return a static string, or NULL for one that this core does not know
 *
 * Since 0.1.
 */
const char *venvb_attr_name (VenvbAttr attr);

/**
 * Returns the name of a setting: `with_pip` for VENVB_FLAG_WITH_PIP.
 * Counting from 0 until NULL comes back visits all settings.
 *
 * @param flag  which setting
 * @return a static string, or NULL for one that this core does not know
 *
 * Since 0.1.
 */
const char *venvb_flag_name (VenvbFlag flag);

/**
 * Tells whether a setting is on for this environment.
 *
 * @param ctx   the context
 * @param flag  which setting
 * @return TRUE when it is on; FALSE, too, for one this core does not know
 *
 * Since 0.1.
 */
gboolean venvb_context_get_flag (const VenvbContext *ctx, VenvbFlag flag);

/**
 * Switches a setting for this environment, from the running stage on.
 *
 * @param ctx    the context
 * @param flag   which setting; one that this core does not know is ignored
 * @param value  on or off
 *
 * Since 0.1.
 */
void venvb_context_set_flag (VenvbContext *ctx, VenvbFlag flag, gboolean value);

/**
 * Tells whether the environment's directory was empty or absent when the run
 * began, or was cleared by it.
 *
 * @param ctx  the context
 * @return TRUE when nothing of an earlier environment is there
 *
 * Since 0.1.
 */
gboolean venvb_context_is_new (const VenvbContext *ctx);

/**
 * Tells a fact about the base Python: `implementation` (cpython), `version`,
 * `cache_tag` (cpython-311), `ext_suffix` (.cpython-311-x86_64-linux-gnu.so),
 * `platform` (linux-x86_64), `libc` (glibc or musl, or empty), `libc_version`
 * (2.36), `stdlib` (the directory of its library),
 * `wheel_pkg_dir` (where its distributor keeps wheels, or empty), `seeds`
 * (what ensurepip would install: `pip`, or `setuptools/pip`), `purelib`,
 * `platlib`, `scripts`, `include` (relative to an environment).
 *
 * @param ctx  the context; `find_python` must have run
 * @param key  which fact
 * @return its value, owned by the context; NULL when it is not known
 *
 * Since 0.1.
 */
const char *venvb_context_get_fact (const VenvbContext *ctx, const char *key);

/**
 * Tells all that is known of the environment, for programs: an object of JSON
 * (RFC 8259) on one line.  Its members, to which later versions may add:
 *
 * - each attribute under its name (see venvb_attr_name()): a string, or null
 *   while it has no value;
 * - `stage`: the stage that is running, or null;
 * - `is_new`: what venvb_context_is_new() tells;
 * - `changed`: whether the run has changed anything: true, false, or "unknown" where some
 *   plugin does not say, and before the stage `finish`.  Since 0.2;
 * - `flags`: an object with true or false for each setting (see
 *   venvb_flag_name()), as it is at the moment;
 * - `command`: an array of strings, the words that make such an environment;
 * - `plugins`: an array with an object for each loaded plugin, of the strings
 *   `name`, `version` (or null) and `path`.  A later plugin wraps an earlier
 *   one;
 * - `wheels`: an array with an object for each wheel that
 *   venvb_context_install_wheel() has installed so far, in that order, of the
 *   strings `name`, `version`, `sha256` (of the wheel's file, in hexadecimal)
 *   and `path`;
 * - `facts`: an object with all of venvb_context_get_fact(), of strings;
 * - `seconds`: a number, how long the run has taken for this environment;
 * - `timings`: an object with the seconds that each stage took which was run
 *   so far, its plugins included; a stage that is run twice has the sum.
 *
 * Text that is not UTF-8 has U+FFFD for what is wrong in it.  What is secret in
 * `command` is `****`.
 *
 * @param ctx  the context
 * @return a new string without line break, to be freed with g_free()
 *
 * Since 0.1.
 */
char *venvb_context_to_json (VenvbContext *ctx);

/**
 * Installs a wheel without running Python, as pip would: the wheel is
 * verified and unpacked once for each interpreter, kept in the cache, and
 * linked from there.  See the "binary distribution format" and "recording
 * installed projects" specifications.
 *
 * @param ctx        the context; `setup_python` must have run
 * @param path       the wheel's file.  A name in it that begins with `.venvb-` is
 *                   an error, as for venvb_context_write_file()
 * @param requested  whether the user asked for it, rather than another
 *                   package that needs it: makes the file REQUESTED
 * @param error      the wheel and what is wrong with it
 * @return FALSE with error set on failure, as when the wheel does not fit
 *         (see venvb_context_check_wheel()).  A version that is installed
 *         already is not removed: the caller should look first.
 *
 * Since 0.1.
 */
gboolean venvb_context_install_wheel (VenvbContext *ctx, const char *path, gboolean requested,
                                      GError **error);

/**
 * Says which wheels are about to be installed, with venvb_context_install_wheel() for
 * each.  When the first one is not in the cache, all that are not are unpacked and compiled
 * at once, on all processors, largest first.  Without this it is one after the other; it
 * changes nothing else: what is wrong with a wheel is said when it is installed.
 *
 * @param ctx    the context; `setup_python` must have run
 * @param paths  the wheels' files, NULL-terminated, copied; NULL for none.  They take the
 *               place of those that were named before.
 *
 * Since 0.2.
 */
void venvb_context_expect_wheels (VenvbContext *ctx, const char *const *paths);

/**
 * Tells whether a wheel is for the environment's Python: by the tags in its
 * name, which say for which implementation, version, ABI and platform it was
 * built (the "platform compatibility tags" specification), and by the
 * Requires-Python in its metadata.
 *
 * @param ctx    the context; `find_python` must have run
 * @param path   the wheel's file.  What is in one that can't be read is not
 *               judged: venvb_context_install_wheel() will say what is wrong.
 * @param error  the wheel, what it is for, and which Python this is
 * @return FALSE with error set when it does not fit
 *
 * Since 0.1.
 */
gboolean venvb_context_check_wheel (VenvbContext *ctx, const char *path, GError **error);

/**
 * Tells which of two wheels of the same version to take: the one whose tags
 * this Python likes best, or of equal ones that with the higher build number.
 *
 * @param ctx  the context; `find_python` must have run
 * @param a    the file of the one, or its name
 * @param b    that of the other
 * @return less than 0 for the first, more for the second, 0 when they are
 *         equal
 *
 * Since 0.1.
 */
int venvb_context_compare_wheels (VenvbContext *ctx, const char *a, const char *b);

/**
 * Says something to the user, through the progress callback.  The command
 * prints warnings and notes, on standard error, unless it is quiet, and the rest with
 * `--verbose`.
 *
 * @param ctx     the context
 * @param source  VENVB_SOURCE_MAIN, VENVB_SOURCE_WARNING or VENVB_SOURCE_NOTE
 * @param format  printf(3) format of one line, without the line's end
 *
 * Since 0.1.
 */
void venvb_context_message (VenvbContext *ctx, VenvbSource source, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/**
 * Installs scripts from a directory, as venv.EnvBuilder.install_scripts()
 * does: all files below its folders `common` and `posix` (`nt` on Windows) go
 * to the environment's bin directory, folders included.  In text files the
 * placeholders __VENV_DIR__, __VENV_NAME__, __VENV_PROMPT__,
 * __VENV_BIN_NAME__ and __VENV_PYTHON__ are replaced, quoted by the rules of
 * the shell that the file's name tells (see venvb_quote()).  A file that is
 * not UTF-8 or holds a NUL is copied byte for byte.  Modes are kept.  A name
 * that begins with `.venvb-` is an error, as for venvb_context_write_file().
 *
 * Three more stand for pieces of script in that shell's language, or for
 * nothing.  On a line of its own, such a placeholder takes the place of the
 * line.  __VENV_RELOCATE__, after VIRTUAL_ENV has got its value, corrects that
 * value, with VENVB_FLAG_RELOCATABLE; __VENV_VARIABLES_SET__ sets what
 * venvb_context_set_variable() was called for; __VENV_VARIABLES_RESTORE__
 * puts that back, and does nothing while the environment is not active.
 *
 * @param ctx    the context; its bin directory must be known
 * @param path   the directory holding `common`, `posix`, `nt`
 * @param error  what could not be read or written
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_context_install_scripts (VenvbContext *ctx, const char *path, GError **error);

/**
 * Has the activation scripts set a variable of the environment of programs,
 * and restore it when the environment is left.  It counts for scripts that are
 * installed afterwards, with venvb_context_install_scripts() or by the core's
 * `setup_scripts`; the best place for the call is an earlier stage.  Programs
 * that venvb itself runs don't get it.
 *
 * @param ctx    the context
 * @param name   its name, copied, as venvb_check_variable() wants it
 * @param value  its value, copied, which is taken as it is and never expanded;
 *               NULL has the variable unset while the environment is active.
 *               A later call with the same name replaces the value.
 * @param error  what venvb_check_variable() says
 * @return FALSE with error set when the variable can't be set
 *
 * Since 0.1.
 */
gboolean venvb_context_set_variable (VenvbContext *ctx, const char *name, const char *value,
                                     GError **error);

/**
 * Tells whether an activation script can set a variable.  Its name has to be
 * one by POSIX (XBD 8.1), with small letters allowed, and none that activation
 * manages by itself, like PATH, or that some shell reserves, like UID.  The
 * value has to be UTF-8.
 *
 * @param name   the name
 * @param value  the value, or NULL
 * @param error  VENVB_ERROR_OPTION, with the name and what is wrong
 * @return FALSE with error set when it can't
 *
 * Since 0.1.
 */
gboolean venvb_check_variable (const char *name, const char *value, GError **error);

/**
 * Finds a file or directory that comes with a plugin, such as the templates
 * for venvb_context_install_scripts().  The data of a plugin NAME is a
 * directory NAME, looked for
 *
 * - in the directories of VENVB_PLUGIN_DATA_PATH, an environment variable
 *   for plugins that are not installed yet;
 * - beside the plugin's file, so that both can be moved together;
 * - in what `pkg-config --variable=plugindatadir venvb` tells.
 *
 * @param ctx     the context
 * @param plugin  the plugin's name
 * @param name    a path relative to the plugin's data, such as `templates`
 * @param error   that it is nowhere, and where it was looked for
 * @return a new string, absolute, to be freed with g_free(); NULL with error
 *         set on failure
 *
 * Since 0.1.
 */
char *venvb_context_find_data (VenvbContext *ctx, const char *plugin, const char *name,
                               GError **error);

/**
 * Tells whether a plugin may run the code in a file, or the files in a
 * directory: by the rules for plugins themselves.  It has to pass
 * venvb_check_trusted(), and must not lie in the environment being created.
 *
 * @param ctx    the context
 * @param path   the file or directory, absolute
 * @param error  the path that is not to be trusted, and why
 * @return FALSE with error set when it must not be run
 *
 * Since 0.1.
 */
gboolean venvb_context_check_trusted (VenvbContext *ctx, const char *path, GError **error);

/**
 * Writes a file: aside first, then renamed into place, so that nobody sees
 * half of it.  An existing file keeps its owner, group, access list and mode,
 * or a narrower mode where these can't be kept; and with a mode that has nothing
 * for group and others, such as 0600, they lose what they had.  A link is replaced.
 * A file of the environment that holds just that is left as it is.
 * Below the environment no directory is found by its path: what is exchanged for a
 * link out of it meanwhile makes this fail.
 *
 * @param ctx       the context
 * @param path      absolute, or relative to the environment.  No part of it may
 *                  begin with `.venvb-`, in small or capital letters: that is
 *                  venvb's own.  Those above the environment may.  A file elsewhere
 *                  is remembered before, as by venvb_context_save_file()
 * @param contents  the bytes
 * @param length    how many; -1 when contents ends with a NUL
 * @param mode      permission bits of a new file, such as 0666, less umask(2)
 * @param error     the path and what failed
 * @return FALSE with error set on failure
 *
 * Since 0.1.
 */
gboolean venvb_context_write_file (VenvbContext *ctx, const char *path, const char *contents,
                                   gssize length, guint mode, GError **error);

/**
 * Remembers a file that the stage is about to create, change or remove, so that
 * a run that fails puts it back as it is now, unless somebody else changes it
 * after the stage.  venvb_context_write_file() does so by itself for files in the
 * environment.
 *
 * @param ctx    the context; `ensure_directories` must have run
 * @param path   the file, absolute, as in venvb_context_write_file(); it need not exist
 * @param error  why it could not be remembered
 * @return FALSE with error set on failure; the stage should not go on then
 *
 * Since 0.1.
 */
gboolean venvb_context_save_file (VenvbContext *ctx, const char *path, GError **error);

/**
 * Quotes text for a script by the rules of its language: PowerShell for a
 * name ending in `.ps1`, fish for `.fish`, csh for `.csh`, batch for `.bat`,
 * Nushell for `.nu`, Python for `.py` and `.xsh` (xonsh), POSIX shell for all
 * else.
 *
 * @param script_name  the script's file name or path
 * @param text         what to quote
 * @return a new string, to be freed with g_free()
 *
 * Since 0.1.
 */
char *venvb_quote (const char *script_name, const char *text);

G_END_DECLS
