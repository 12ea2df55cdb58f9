/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the core for those inside, from the lowest file up.
 *
 *   flags.c  parts.c  spec.c  search.c  loader.c
 *   table.c       a plugin's options            typed.c     their values
 *   plugin.c      one plugin: asked for, verified, loaded, configured
 *   order.c       which plugin wraps which
 *   builder.c     what was asked for           requests.c  which plugins
 *   plugins.c     all that were asked for, loaded
 *   redirect.c    the file .venv in place of an environment
 *   context.c     what is known of one environment
 *   attrs.c       what plugins may say of it
 *   attempt.c     what it is to forget when a run is tried again
 *   data.c        what plugins leave on it for each other
 *   files.c       what they change in its directory
 *   pipeline.c    the stages, their order, their chains
 *   describe.c    it all as JSON               infos.c     which plugins there are
 *   create.c      environments out
 */

#pragma once

#include "core/core.h"
#include "undo/undo.h"

/* flags.c: flags as bits */

gboolean flags_has (guint flags, VenvbFlag flag);
guint flags_with (guint flags, VenvbFlag flag, gboolean value);

/* parts.c: what other rooms keep with a builder or a context */

gpointer parts_get (GSList **parts, const PartKind *kind, gpointer owner);
void parts_rest (GSList *parts);
void parts_forget (GSList *parts);
void parts_free (GSList *parts);

/* search.c: where plugins are */

/* A plugin that is on when nothing is said. */
typedef struct
{
  const char *name;
  VenvbFlag flag; /* without which it has nothing to do */
} DefaultPlugin;

extern const DefaultPlugin search_defaults[];

GPtrArray *search_dirs (const GPtrArray *added);
char *search_find (const GPtrArray *added, const char *name, GError **error);
char *search_find_installed (const char *name, GError **error);
char *search_find_data (const char *plugin_file, const char *plugin, const char *name,
                        gboolean obey_variable, GError **error);
char *search_package (const char *prefix, const char *own, const char *name);
gboolean search_is_default (const char *name);
gboolean search_is_own (const char *path);

/* loader.c: all of libltdl */

const VenvbPlugin *loader_open (const char *path, GError **error);

/* plugin.c: find, verify, load, configure */

typedef struct
{
  char *key;
  char *value;
  char *origin;    /* who said so, or NULL */
  char *start_dir; /* where a relative path in it starts; see venvb_builder_set_start_dir() */
  gboolean may_be_unknown;
} PluginOption;

/* Who says something of plugins. */
typedef struct
{
  char *origin;    /* or NULL */
  char *start_dir; /* as in PluginOption */
  gboolean allow_unknown;
} Asker;

typedef struct
{
  char *name;                      /* name or path */
  char *origin;                    /* who asked for it, or NULL */
  GPtrArray *options;              /* PluginOption */
  const DefaultPlugin *by_default; /* NULL when it was asked for */
  gboolean enabled;                /* FALSE: only its options are known */
  gboolean optional;               /* may be missing */
  char *path;                      /* of its file; NULL before it was looked for */
  char *lock;                      /* who has it that nobody may change it; or NULL */
} PluginRequest;

typedef struct
{
  VenvbPlugin desc;             /* the plugin's own, what it lacks zeroed */
  VenvbOption *rows;            /* of its table of options */
  char *help;                   /* of all its options */
  char *reason;                 /* why it stands where it does, or NULL */
  char *name;                   /* as requested */
  char *path;                   /* of the file */
  const PluginRequest *request; /* that has it loaded; NULL when none has */
  gpointer self;                /* the plugin's data */
  gpointer data;                /* the same, if it is typed_new() that has made them */
  GPtrArray *passed_over;       /* char *, what was said of that, or NULL */
  Journal *journal;             /* NULL before load was called and succeeded */
} Plugin;

PluginRequest *plugin_request_parse (const char *spec, const Asker *asker, GError **error);
PluginRequest *plugin_request_new (const char *name, const char *origin,
                                   const DefaultPlugin *by_default);
void plugin_request_set_option (PluginRequest *request, const char *key, const char *const *values,
                                const Asker *asker);
void plugin_request_inherit (PluginRequest *request, PluginRequest *earlier);
void plugin_request_free (PluginRequest *request);
char *plugin_name (const char *name_or_path);
Plugin *plugin_open (const char *name, const char *path, gboolean of_root, GError **error);
void plugin_free (Plugin *plugin);
gboolean plugin_load (Plugin *plugin, const PluginRequest *request, Journal *journal,
                      GError **error) MUST_CHECK;

/* order.c: which wraps which */

gboolean order_plugins (GPtrArray *plugins, GError **error) MUST_CHECK;

/* builder.c: settings in */

/* A stage function added with venvb_builder_add_hook(). */
typedef struct
{
  VenvbStage stage;
  char *name;
  VenvbStageFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Hook;

/* What was asked for. */
typedef struct
{
  guint flags;
  char *prompt;
  char *python;
  char *python_origin; /* who asked for it, or NULL */
  Asker asker;         /* of what is set next */
  char **command;
  char *locks[N_ATTRS]; /* who has it that no stage may change the attribute; or NULL */
} Settings;

/* Whose functions make up the stages. */
typedef struct
{
  GPtrArray *dirs;         /* char *, added ones only */
  GPtrArray *requests;     /* PluginRequest, innermost first */
  GPtrArray *loaded;       /* Plugin, innermost first; NULL before load */
  GPtrArray *hooks;        /* Hook, innermost first */
  const VenvbPlugin *base; /* the innermost of all */
} Plugins;

/* Who hears of what happens. */
typedef struct
{
  VenvbProgressFunc progress;
  VenvbCreatedFunc created;
  VenvbTimingFunc timing;
  VenvbStageEventFunc stage_event;
  VenvbEndedFunc ended;
  gpointer progress_data, created_data, timing_data, stage_event_data, ended_data;
  GDestroyNotify progress_destroy, created_destroy, timing_destroy, stage_event_destroy,
      ended_destroy;
} Callbacks;

struct _VenvbBuilder
{
  Settings settings;
  Plugins plugins;
  Callbacks callbacks;
  Forks forks;
  GDestroyNotify forks_destroy;
  GSList *parts;
  Journal *journal;
  const char *const *successor; /* see venvb_builder_set_successor(); or NULL */
};

void builder_tell (const VenvbBuilder *builder, VenvbContext *ctx, VenvbSource source,
                   const char *line);

/* plugins.c: all that were asked for, loaded */

gboolean plugins_load (VenvbBuilder *builder, const char *const *env_dirs,
                       GError **error) MUST_CHECK;
void plugins_unload (Plugins *plugins);
gboolean plugins_are_strange (const Plugins *plugins);
const char *plugins_passed_over (const Plugins *plugins);
gboolean plugins_are_own (const Settings *settings, const Plugins *plugins);

/* context.c: what is known of one environment */

typedef struct _Attempt Attempt;

struct _VenvbContext
{
  VenvbBuilder *builder;
  char *attrs[N_ATTRS];
  const char *setters[N_ATTRS]; /* the plugins that have set them; NULL for the core */
  char *fault;                  /* what a plugin that is at work has set and may not, or NULL */
  guint flags;
  gboolean prompt_given;
  gboolean is_new;          /* nothing was in the directory before */
  GHashTable *facts;        /* of the base Python; NULL before find_python */
  GPtrArray *wheels;        /* those installed: see describe.c; NULL for none */
  gboolean is_unsure;       /* a program has run that may have changed something */
  VenvbChanged changed;     /* what is known of that, when the stages are done */
  gint64 start;             /* of the run, in monotonic microseconds */
  double timings[N_STAGES]; /* what the stages took, in seconds */
  guint stages_done;        /* bits: which were run */
  Undo *undo;
  Attempt *attempt;    /* see attempt.c; NULL when none is made */
  gboolean is_begun;   /* its directory was taken, in this try */
  gboolean is_at_work; /* the core's `create` is */
  gboolean shows_base; /* in the end pyvenv.cfg shows the base Python's packages */
  gboolean is_made;    /* it has come to its end */
  gboolean is_refused; /* the directory can't be taken */
  gboolean is_kept;    /* a plugin has cleared the directory, but for something */
  GHashTable *data;    /* see data.c; NULL for none */
  char *stopped;       /* why no further stage is begun; NULL: it is */
  GPtrArray *would;    /* what a dry run has found: see would.c; NULL for none */
  gboolean is_held;    /* the stage has failed only since a dry run runs no programs */
  GSList *parts;
};

/* attrs.c: what plugins may say of it */

gboolean attrs_check (VenvbContext *ctx, VenvbAttr attr, const char *value);
gboolean attrs_are_sound (const VenvbContext *ctx, GError **error);
const char *attrs_missing (const VenvbContext *ctx, VenvbStage stage);

/* attempt.c: what it is to forget when a run is tried again */

void attempt_begin (VenvbContext *ctx);
void attempt_end (VenvbContext *ctx);
void attempt_forget (VenvbContext *ctx);

/* data.c: what plugins leave on the context for each other */

void data_forget (VenvbContext *ctx);
void data_free (VenvbContext *ctx);

/* files.c: what plugins change in the environment's directory, venvb_context_mkdir() .. */

/* pipeline.c: the stages, their order, their chains */

VenvbStageFunc pipeline_stage_func (const VenvbPlugin *desc, VenvbStage stage);
gboolean pipeline_is_alone (const VenvbContext *ctx, VenvbStage stage);
gboolean pipeline_find_python (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean pipeline_create (VenvbContext *ctx, GError **error) MUST_CHECK;

/* dryrun.c: what a run would do */

gboolean dryrun_stages (VenvbContext *ctx, const BasePython *base, GError **error) MUST_CHECK;

/* would.c: what was found out so */

gboolean would_is (const VenvbContext *ctx);
gboolean would_goes_on (VenvbContext *ctx, GError **error);
gboolean would_leave_out (const VenvbContext *ctx, const VenvbPlugin *desc);
VenvbChanged would_changed (const VenvbContext *ctx);
void would_json (GString *out, const VenvbContext *ctx);

/* describe.c, too: what has changed */

void describe_settle (VenvbContext *ctx);

/* create.c: environments out */

gboolean create_isolated (VenvbBuilder *builder, IsolateFunc func, gpointer data,
                          GError **error) MUST_CHECK;
