/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the stages room: what venvb does by itself in each, as an ordinary
 * plugin at the end of every chain.
 *
 *   find_python           builtin.c, by way of the room pythons; home.c: what an
 *                         environment that is there was made of
 *   create, clear_directory   core/create.c
 *   ensure_directories    layout.c
 *   create_configuration  cfg.c; keys.c: what plugins add to it
 *   setup_python, symlink_or_copy   layout.c, beside.c, trial.c
 *   setup_pip             seed.c, which runs pip by way of run-pip.py
 *   setup_scripts, install_script   scripts.c: files; replace.c: which placeholders
 *                         there are, and replacing them; fill.c: by pieces of script;
 *                         quote.c, blocks.c and variables.c know the shells' languages
 *   upgrade_dependencies  seed.c
 *
 * platform.c knows of Pythons that are not here;
 * check.c tells whether what they have made is sound, with problem.c, interpreter.c, twice.c and moved.c, locked.c
 * whether it is as a lock has it, mend.c what would mend it, and repair.c does (check.h is
 * for these); shebang.c what scripts run with.  front.c is the front of the library: it makes builders that have these
 * stages.
 */

#pragma once

#include "pythons/pythons.h"

/* builtin.c: these stages, as a plugin */

extern const VenvbPlugin builtin_plugin;

/* layout.c: directories and the interpreter */

gboolean layout_directories (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean layout_python (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean layout_link (VenvbContext *ctx, GError **error) MUST_CHECK;

/* beside.c: what a copied interpreter needs besides */

gboolean beside_copy (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean beside_link (VenvbContext *ctx, const char *dir, GError **error) MUST_CHECK;

/* trial.c: does the interpreter work there? */

gboolean trial_python (VenvbContext *ctx, GError **error) MUST_CHECK;

/* cfg.c: pyvenv.cfg */

gboolean cfg_write (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean cfg_hide (VenvbContext *ctx, GError **error) MUST_CHECK;
GHashTable *cfg_read (const char *env_dir, GError **error);
gboolean cfg_read_if_there (const char *env_dir, GHashTable **cfg, GError **error) MUST_CHECK;
gboolean cfg_same_series (const char *version, const char *other);
gboolean cfg_check_series (const char *env_dir, const char *version, GError **error) MUST_CHECK;
char *cfg_python_repr (const char *text);

/* keys.c: keys of pyvenv.cfg that plugins set */

/* venvb_context_set_cfg() */

void keys_put (VenvbContext *ctx, GString *text);

/* home.c: the base Python that an environment names */

gboolean home_request (const char *env_dir, char **request, GError **error) MUST_CHECK;
gboolean home_can_upgrade (const char *env_dir, GHashTable *cfg, char **named);
char *home_to_be_named (const char *env_dir, GHashTable *cfg);
char *home_series (const char *env_dir, GHashTable *cfg);
gboolean home_is_copy (const char *path, const char *other);
gboolean home_has_python (const char *env_dir, GHashTable *cfg);
gboolean home_is_of (const char *home, const char *python);
char *home_python (const char *env_dir, GHashTable *cfg, const char *named, GError **error);

/* platform.c: a Python that is not here */

gboolean platform_is_version (const char *request);
GHashTable *platform_facts (GHashTable *own, const char *version, const char *platform,
                            GError **error);

/* locked.c: what is installed, compared with a lock */

/* venvb_builder_explain_lock() */

void locked_compare (VenvbBuilder *builder, GHashTable *facts, const char *env_dir,
                     void (*func) (const char *what, gpointer data), gpointer data, char **file);

/* mend.c: what is to be typed to mend an environment */

extern const char mend_named[], mend_upgrade[], mend_anew[], mend_base[];
extern const char mend_repair[];

char *mend_complete (const char *mend, const char *env_dir, GHashTable *cfg);
char *mend_by_lock (const char *lock, const char *env_dir, gboolean is_changed);
gboolean mend_is_pip (const char *dist_info);
char *mend_spec (const char *dist_info);
char *mend_by_pip (const char *bin, const char *spec);
char *mend_by_moving (const char *path, const char *env_dir);

/* seed.c: pip, by the environment's own Python */

gboolean seed_ensurepip (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean seed_upgrade (VenvbContext *ctx, GError **error) MUST_CHECK;

/* shebang.c: what scripts run with */

char *shebang_program (const char *path);
gboolean shebang_is_python (const char *program);
gboolean shebang_is_name (const char *name);

/* variables.c: the variables that activation sets */

typedef struct
{
  char *name;
  char *value;       /* NULL: it is unset */
  gboolean is_early; /* set before the core's stage `create` runs the others */
} Variable;

/* venvb_check_variable(), venvb_context_set_variable() */

const GPtrArray *variables_of (VenvbContext *ctx);

/* blocks.c: pieces of scripts that are there when needed, a set for each shell */

/* Texts, NULL for an empty one.  Those for all variables together stand once,
 * before and after the others, which stand for each variable. */
typedef struct
{
  const char *set_begin;
  const char *save;  /* remembers what the variable was */
  const char *set;   /* sets it */
  const char *unset; /* or takes it away */
  const char *set_end;
  const char *restore_begin;
  const char *restore; /* puts it back, or does nothing when nothing was saved */
  const char *restore_end;
  const char *relocate; /* corrects VIRTUAL_ENV */
} Blocks;

extern const Blocks blocks_posix, blocks_fish, blocks_csh, blocks_powershell, blocks_batch;
extern const Blocks blocks_nushell, blocks_python, blocks_xonsh;

/* quote.c: one quoter for each shell */

char *quote_for_script (const char *script_name, const char *text);
const Blocks *quote_blocks (const char *script_name);

/* fill.c: the pieces that an environment needs */

void fill_set (GString *out, VenvbContext *ctx, const char *script_name);
void fill_restore (GString *out, VenvbContext *ctx, const char *script_name);
void fill_relocate (GString *out, VenvbContext *ctx, const char *script_name);

/* replace.c: placeholders */

/* venvb_context_set_placeholder() */

char *replace_all (VenvbContext *ctx, const char *script_name, const char *text);

/* scripts.c: templates to scripts */

/* venvb_context_install_scripts(), venvb_context_get_script(), venvb_context_set_script() */

gboolean scripts_setup (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean scripts_install (VenvbContext *ctx, GError **error) MUST_CHECK;
