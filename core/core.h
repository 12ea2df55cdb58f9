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

#include "base/base.h"
#include "undo/undo.h"

#define N_STAGES (VENVB_STAGE_FINISH + 1)
#define N_ATTRS (VENVB_ATTR_CFG_PATH + 1)
#define N_FLAGS (VENVB_FLAG_NO_WAIT + 1)

typedef struct _Plugin Plugin;
/* builder.c: settings in, environments out */

struct _VenvbBuilder
{
  guint flags;
  char *prompt;
  char *python;
  char *python_origin; /* who asked for it, or NULL */
  char *origin;        /* of what is set next, or NULL */
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
  GHashTable *asked;      /* program -> Facts: see pythons_get() */
  Journal *journal;
  const char *const *successor; /* see venvb_builder_set_successor(); or NULL */
  char *cache_dir;              /* NULL for the user's */
  char *shared_cache_dir;       /* read-only, or NULL */
  gboolean has_told_of_cache;   /* that it is not to be trusted */
  GHashTable *trusted;          /* directories of the cache that are, a set */
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

gboolean builder_isolate (VenvbBuilder *builder, IsolateFunc func, gpointer data,
                          GError **error) MUST_CHECK;
void builder_message (VenvbBuilder *builder, VenvbContext *ctx, VenvbSource source,
                      const char *line);

/* plugin.c: find, verify, load, configure */

/* A plugin that is on when nothing is said. */
typedef struct
{
  const char *name;
  VenvbFlag flag; /* without which it has nothing to do */
} DefaultPlugin;

typedef struct
{
  char *key;
  char *value;
  char *origin; /* who said so, or NULL */
} PluginOption;

typedef struct
{
  char *name;                      /* name or path */
  char *origin;                    /* who asked for it, or NULL */
  GPtrArray *options;              /* PluginOption */
  const DefaultPlugin *by_default; /* NULL when it was asked for */
  gboolean enabled;                /* FALSE: only its options are known */
  gboolean optional;               /* may be missing */
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

PluginRequest *plugin_request_parse (const char *spec, const char *origin, GError **error);
PluginRequest *plugin_request_new (const char *name, const char *origin,
                                   const DefaultPlugin *by_default);
void plugin_request_set_option (PluginRequest *request, const char *key, const char *const *values,
                                const char *origin);
void plugin_request_inherit (PluginRequest *request, PluginRequest *earlier);
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

/* loader.c: all of libltdl */

const VenvbPlugin *loader_open (const char *path, GError **error);

/* context.c: what is known of one environment */

struct _VenvbContext
{
  VenvbBuilder *builder;
  char *attrs[N_ATTRS];
  guint flags;
  gboolean prompt_given;
  gboolean is_new;          /* nothing was in the directory before */
  GHashTable *facts;        /* of the base Python; NULL before find_python */
  GPtrArray *wheels;        /* ContextWheel, those installed; NULL for none */
  gint64 start;             /* of the run, in monotonic microseconds */
  double timings[N_STAGES]; /* what the stages took, in seconds */
  guint stages_done;        /* bits: which were run */
  Undo *undo;
  GPtrArray *variables; /* Variable: what activation sets, in that order */
};

VenvbContext *context_new (VenvbBuilder *builder, const char *env_dir, GError **error);
void context_free (VenvbContext *ctx);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VenvbContext, context_free)
const char *context_fact (const VenvbContext *ctx, const char *key);
gboolean context_has_flag (guint flags, VenvbFlag flag);
guint context_with_flag (guint flags, VenvbFlag flag, gboolean value);

/* describe.c: all that is known of one environment, for programs */

/* A wheel that was installed. */
typedef struct
{
  char *name, *version; /* of the distribution, as in METADATA */
  char *sha256;         /* in hexadecimal */
  char *path;           /* the file it came from */
} ContextWheel;

void describe_add_wheel (VenvbContext *ctx, const char *name, const char *version,
                         const char *sha256, const char *path);

/* variables.c: the variables that activation sets */

typedef struct
{
  char *name;
  char *value; /* NULL: it is unset */
} Variable;

void variables_free (Variable *variable);

/* pipeline.c: the stages, their order, their chains */

VenvbStageFunc pipeline_stage_func (const VenvbPlugin *desc, VenvbStage stage);
gboolean pipeline_find_python (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean pipeline_create (VenvbContext *ctx, GError **error) MUST_CHECK;

/* builtin.c: the core's own stages, as a plugin */

extern const VenvbPlugin builtin_plugin;

/* version.c: versions of interpreters, and demands on them */

enum
{
  VERSION_ALPHA,
  VERSION_BETA,
  VERSION_CANDIDATE,
  VERSION_FINAL,
};

typedef struct
{
  guint release[4]; /* 3, 12, 1, 0 */
  guint n_release;  /* how many of them were written */
  guint phase;
  guint serial; /* 2 of rc2 */
} Version;

typedef enum
{
  DEMAND_EQUAL,
  DEMAND_UNEQUAL,
  DEMAND_LESS,
  DEMAND_AT_MOST,
  DEMAND_GREATER,
  DEMAND_AT_LEAST,
  DEMAND_COMPATIBLE,
} DemandOperator;

typedef struct
{
  DemandOperator op;
  Version version;
  gboolean is_series; /* "3.12.*" */
} Demand;

gboolean version_read (const char **text, Version *version) MUST_CHECK;
int version_compare (const Version *a, const Version *b);
gboolean version_meets (const Version *version, const GArray *demands);
gboolean version_is_demand (const char *text);
GArray *version_parse_demands (const char *text, GError **error);

/* request.c: which Python is asked for */

typedef struct
{
  enum
  {
    REQUEST_PATH,
    REQUEST_COMMAND,
    REQUEST_VERSION,
  } kind;
  char *text;                 /* as it was given */
  const char *implementation; /* "cpython"; NULL for any */
  gboolean is_named;          /* something like an implementation was named */
  GArray *demands;            /* Demand */
  gboolean free_threaded;
  gboolean debug;
  guint bits; /* 0 for any */
} Request;

Request *request_parse (const char *text, GError **error);
void request_free (Request *request);
gboolean request_rules_out (const Request *request, const Version *version);
gboolean request_matches (const Request *request, GHashTable *facts, gboolean with_pre_releases);

/* discover.c: the interpreters that there are */

char *discover_find (VenvbBuilder *builder, const Request *request, GError **error);

/* shims.c: programs that hand over to an interpreter */

gboolean shims_is_one (const char *path);
gboolean shims_is_known (const char *path);
char *shims_resolve (const char *path);

/* project.c: what the project in the current directory asks for */

Request *project_request (GError **error);
char *project_find (VenvbBuilder *builder, GError **error);

/* python.c: find the base Python, learn about it */

#define QUERY_SECONDS 30

char *python_find (VenvbBuilder *builder, const char *requests, GError **error);
char *python_in_build_tree (const char *dir);
GHashTable *python_query (const char *program, guint seconds, GString *text, GError **error);
GHashTable *python_parse (const char *text, gsize length);
gboolean python_check (GHashTable *facts, const char *program, GError **error) MUST_CHECK;

/* pythons.c: what was learnt about interpreters before */

GHashTable *pythons_get (VenvbBuilder *builder, const char *program, guint seconds, GError **error);
GHashTable *pythons_parse_record (const char *text, gsize length, const char *stamp);
char *pythons_record (const char *stamp, GHashTable *facts, const GString *text, gsize *length);

/* cache.c: what is kept for the next run */

#define CACHE_BUCKETS "v1" /* a new number for a new layout */

const char *cache_root (VenvbBuilder *builder);
char *cache_find (VenvbBuilder *builder, const char *bucket, const char *key);
char *cache_place (VenvbBuilder *builder, const char *bucket, const char *key);
gboolean cache_is_ours (const char *root);
char *cache_distrust (const char *root);
int cache_lock (VenvbContext *ctx, const char *path, int operation);
char *cache_key (const char *first, ...) G_GNUC_NULL_TERMINATED;
char *cache_stamp (const char *path);

/* layout.c: directories and the interpreter */

gboolean layout_directories (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean layout_python (VenvbContext *ctx, GError **error) MUST_CHECK;

/* beside.c: what a copied interpreter needs besides */

gboolean beside_copy (VenvbContext *ctx, GError **error) MUST_CHECK;

/* cfg.c: pyvenv.cfg */

gboolean cfg_write (VenvbContext *ctx, GError **error) MUST_CHECK;
GHashTable *cfg_read (const char *env_dir, GError **error);
gboolean cfg_same_series (const char *version, const char *other);
gboolean cfg_base_request (const char *env_dir, char **request, GError **error) MUST_CHECK;
gboolean cfg_check_series (const char *env_dir, const char *version, GError **error) MUST_CHECK;
char *cfg_python_repr (const char *text);

/* seed.c: pip, by the environment's own Python */

gboolean seed_ensurepip (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean seed_upgrade (VenvbContext *ctx, GError **error) MUST_CHECK;

/* scripts.c: templates to scripts */

char *scripts_replace (VenvbContext *ctx, const char *script_name, const char *text);
gboolean scripts_setup (VenvbContext *ctx, GError **error) MUST_CHECK;

/* quote.c: one quoter for each shell */

char *quote_for_script (const char *script_name, const char *text);

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

const Blocks *quote_blocks (const char *script_name);
void blocks_set (GString *out, VenvbContext *ctx, const char *script_name);
void blocks_restore (GString *out, VenvbContext *ctx, const char *script_name);
void blocks_relocate (GString *out, VenvbContext *ctx, const char *script_name);
