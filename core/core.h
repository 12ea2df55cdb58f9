/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the core: every internal prototype, grouped by file, in the
 * order of the pipeline.
 *
 *   arguments  ->  builder  ->  for each ENV_DIR: a context  ->  the stages
 *   in order   ->  files on disk  ->  one summary
 *
 *                         +-- hook --+
 *   pipeline.c:  stage -> |  plugin  |  each calls venvb_next()
 *                         |   ...    |
 *                         +-- core --+  builtin.c, always the last
 *
 * The file's name is the prefix of what it exports to the others.  Functions
 * that return gboolean and take a GError ** set it when they return FALSE;
 * the message says what was being done and to which path.
 */

#pragma once

#include "config.h"

#include <glib.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "venvb.h"

#define N_STAGES (VENVB_STAGE_UPGRADE_DEPENDENCIES + 1)
#define N_ATTRS (VENVB_ATTR_CFG_PATH + 1)
#define N_FLAGS (VENVB_FLAG_CACHE + 1)

#define MUST_CHECK G_GNUC_WARN_UNUSED_RESULT

typedef struct _Plugin Plugin;
typedef struct _Undo Undo;

/* What is known of the run in progress.  It is shared between the process
 * that creates and the one that watches it, so that the latter can tell what
 * went wrong and undo it. */
typedef struct
{
  char plugin[64];    /* whose code is running */
  char stage[32];     /* for which stage, or "" */
  char env_dir[4096]; /* the environment being made, or "" */
  char topmost[4096]; /* topmost directory that was missing, or "" */
  gboolean locked;    /* env_dir is ours: what is in it may be undone */
  gboolean is_new;    /* nothing was in env_dir before */
  int lock;           /* file descriptor of env_dir in the process that creates */
  int drawer[2];      /* holds the lock: isolate_put_lock() */
  pid_t pid;          /* of a run without a child process: see handover.c */
  int signal;         /* that ended it */
  char children[512]; /* what children there were before it started programs */
} Journal;

/* builder.c: settings in, environments out */

struct _VenvbBuilder
{
  guint flags;
  char *prompt;
  char *python;
  char **command;
  VenvbProgressFunc progress;
  gpointer progress_data;
  GDestroyNotify progress_destroy;
  VenvbCreatedFunc created;
  gpointer created_data;
  GDestroyNotify created_destroy;
  VenvbTimingFunc timing;
  gpointer timing_data;
  GDestroyNotify timing_destroy;
  GPtrArray *plugin_dirs; /* char *, added ones only */
  GPtrArray *requests;    /* PluginRequest, innermost first */
  GPtrArray *plugins;     /* Plugin, innermost first; NULL before load */
  GPtrArray *hooks;       /* Hook, innermost first */
  GHashTable *pythons;    /* request or "" -> Facts */
  Journal *journal;
  const char *const *successor; /* see venvb_builder_set_successor(); or NULL */
  char *cache_dir;        /* NULL for the user's */
  char *shared_cache_dir; /* read-only, or NULL */
  VenvbLinkMode link_mode;
};

/* A stage function added with venvb_builder_add_hook(). */
typedef struct
{
  VenvbStage stage;
  char *name;
  VenvbStageFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Hook;

void builder_message (VenvbBuilder *builder, VenvbContext *ctx, VenvbSource source,
                      const char *line);

/* isolate.c: run in a child process, survive its crash */

typedef gboolean (*IsolateFunc) (gpointer data, GError **error);

Journal *isolate_journal_new (void);
void isolate_journal_free (Journal *journal);
void isolate_put_lock (Journal *journal, int fd);
int isolate_take_lock (Journal *journal);
gboolean isolate_flush (GError **error) MUST_CHECK;
void isolate_end_programs (void);
void isolate_expect_program (void);
int isolate_clear_up (Journal *journal, int number, const char *except, GError **error);
gboolean isolate_run (Journal *journal, IsolateFunc func, gpointer data, GError **error) MUST_CHECK;

/* handover.c: run in this process, another one survives its crash */

gboolean handover_run (Journal *journal, const char *const *argv, IsolateFunc func, gpointer data,
                       GError **error) MUST_CHECK;
Journal *handover_journal (void);

/* plugin.c: find, verify, load, configure */

/* A plugin that is on when nothing is said. */
typedef struct
{
  const char *name;
  VenvbFlag flag; /* without which it has nothing to do */
} DefaultPlugin;

typedef struct
{
  char *name;                      /* name or path */
  GPtrArray *options;              /* key, value, key, value, ... */
  const DefaultPlugin *by_default; /* NULL when it was asked for */
  char *path;                      /* of its file; NULL before it was looked for */
} PluginRequest;

struct _Plugin
{
  VenvbPlugin desc; /* the plugin's own, what it lacks zeroed */
  char *name;       /* as requested */
  char *path;       /* of the file; NULL for core */
  gpointer self;
  Journal *journal; /* NULL before load was called and succeeded */
};

PluginRequest *plugin_request_parse (const char *spec, GError **error);
PluginRequest *plugin_request_new (const char *name, const DefaultPlugin *by_default);
void plugin_request_free (PluginRequest *request);
char *plugin_name (const char *name_or_path);
Plugin *plugin_open (const char *name, const char *path, GError **error);
void plugin_free (Plugin *plugin);
gboolean plugin_load (Plugin *plugin, const PluginRequest *request, Journal *journal,
                      GError **error) MUST_CHECK;

/* search.c: where plugins are */

extern const DefaultPlugin search_defaults[];

GPtrArray *search_dirs (VenvbBuilder *builder);
char *search_find (VenvbBuilder *builder, const char *name, GError **error);
gboolean search_is_default (const char *name);
gboolean search_is_own (const char *path);

/* trust.c: may this file's code run? */

gboolean trust_check (const char *path, GError **error) MUST_CHECK;
const char *trust_getenv (const char *variable);

/* loader.c: all of libltdl */

const VenvbPlugin *loader_open (const char *path, GError **error);

/* context.c: what is known of one environment */

struct _VenvbContext
{
  VenvbBuilder *builder;
  char *attrs[N_ATTRS];
  guint flags;
  gboolean prompt_given;
  GHashTable *facts; /* of the base Python; NULL before find_python */
  Undo *undo;
};

VenvbContext *context_new (VenvbBuilder *builder, const char *env_dir, GError **error);
void context_free (VenvbContext *ctx);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VenvbContext, context_free)
const char *context_fact (const VenvbContext *ctx, const char *key);
gboolean context_has_flag (guint flags, VenvbFlag flag);
guint context_with_flag (guint flags, VenvbFlag flag, gboolean value);

/* pipeline.c: the stages, their order, their chains */

VenvbStageFunc pipeline_stage_func (const VenvbPlugin *desc, VenvbStage stage);
gboolean pipeline_find_python (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean pipeline_create (VenvbContext *ctx, GError **error) MUST_CHECK;

/* builtin.c: the core's own stages, as a plugin */

extern const VenvbPlugin builtin_plugin;

/* python.c: find the base Python, learn about it */

char *python_find (const char *request, GError **error);
GHashTable *python_query (const char *program, GString *text, GError **error);
GHashTable *python_parse (const char *text, gsize length);

/* pythons.c: what was learnt about interpreters before */

GHashTable *pythons_get (VenvbBuilder *builder, const char *program, GError **error);

/* cache.c: what is kept for the next run */

#define CACHE_BUCKETS "v1" /* a new number for a new layout */

const char *cache_root (VenvbBuilder *builder);
char *cache_find (VenvbBuilder *builder, const char *bucket, const char *key);
char *cache_place (VenvbBuilder *builder, const char *bucket, const char *key);
gboolean cache_is_ours (const char *root);
int cache_lock (const char *path, int operation);
char *cache_key (const char *first, ...) G_GNUC_NULL_TERMINATED;
char *cache_stamp (const char *path);

/* undo.c: leave what was there before, and nothing else */

Undo *undo_begin (VenvbContext *ctx, GError **error);
gboolean undo_commit (Undo *undo, GError **error) MUST_CHECK;
void undo_rollback (Undo *undo, GError **error);
gboolean undo_after_crash (Journal *journal) MUST_CHECK;
gboolean undo_save_file (Undo *undo, const char *path, GError **error) MUST_CHECK;

/* snapshot.c: the old tree put aside inside the environment */

#define SNAPSHOT_DIR ".venvb-undo"

gboolean snapshot_move (int env_fd, const char *env_dir, GError **error) MUST_CHECK;
gboolean snapshot_copy (int env_fd, const char *env_dir, GError **error) MUST_CHECK;
gboolean snapshot_make_room (int env_fd) MUST_CHECK;
gboolean snapshot_new (int env_fd, const char *env_dir, GError **error) MUST_CHECK;
gboolean snapshot_restore (int env_fd) MUST_CHECK;
gboolean snapshot_recover (int env_fd, const char *env_dir, GError **error) MUST_CHECK;
gboolean snapshot_discard (int env_fd, gboolean *is_gone) MUST_CHECK;

/* elsewhere.c: files outside the environment */

gboolean elsewhere_save (int env_fd, const char *path, GError **error) MUST_CHECK;
gboolean elsewhere_restore (int env_fd, time_t somebodys_after) MUST_CHECK;

/* envdir.c: the environment's directory itself */

char *envdir_current (GError **error);
char *envdir_absolute (const char *env_dir, GError **error);
gboolean envdir_check_clear (const char *env_dir, GError **error) MUST_CHECK;
int envdir_open_locked (VenvbContext *ctx, const char *env_dir, Journal *journal, GError **error);

/* layout.c: directories and the interpreter */

gboolean layout_directories (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean layout_python (VenvbContext *ctx, GError **error) MUST_CHECK;

/* cfg.c: pyvenv.cfg */

gboolean cfg_write (VenvbContext *ctx, GError **error) MUST_CHECK;
char *cfg_python_repr (const char *text);

/* seed.c: pip, by the environment's own Python */

gboolean seed_ensurepip (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean seed_upgrade (VenvbContext *ctx, GError **error) MUST_CHECK;

/* scripts.c: templates to scripts */

char *scripts_replace (VenvbContext *ctx, const char *script_name, const char *text);
gboolean scripts_setup (VenvbContext *ctx, GError **error) MUST_CHECK;

/* quote.c: one quoter for each shell */

char *quote_for_script (const char *script_name, const char *text);

/* proc.c: programs */

typedef void (*ProcLineFunc) (VenvbSource source, const char *line, gpointer data);

typedef struct
{
  const char *const *argv;
  const char *cwd;   /* or NULL */
  char **envp;       /* or NULL: ours */
  ProcLineFunc line; /* or NULL */
  gpointer data;
} Proc;

gboolean proc_run (const Proc *proc, GError **error) MUST_CHECK;
gboolean proc_capture (const char *const *argv, guint seconds, GString *out,
                       GError **error) MUST_CHECK;

/* fs.c: files and directories */

gboolean fs_fail (GError **error, const char *what, const char *path);
mode_t fs_umask (void);
gboolean fs_mkdir (const char *path, GError **error) MUST_CHECK;
gboolean fs_mkdir_parents (const char *path, GError **error) MUST_CHECK;
gboolean fs_write (const char *path, const char *contents, gsize length, mode_t mode,
                   GError **error) MUST_CHECK;
gboolean fs_create (const char *path, const char *contents, gsize length, mode_t mode,
                    GError **error) MUST_CHECK;
gboolean fs_copy (int from_fd, const char *from, int to_fd, const char *to,
                  GError **error) MUST_CHECK;
gboolean fs_copy_exactly (int from, const char *path, int to, const char *name) MUST_CHECK;
void fs_keep_owner_and_times (int to, const char *entry, const struct stat *st);
gboolean fs_exists_at (int fd, const char *name);
gboolean fs_changed_after (int fd, const char *name, time_t when);
gboolean fs_remove_at (int dir_fd, const char *name);
gboolean fs_is_empty (int dir_fd);
gboolean fs_each (int dir_fd, const char *name,
                  gboolean (*func) (int fd, const char *entry, gpointer data, GError **error),
                  gpointer data, GError **error) MUST_CHECK;
