/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the command, which is a program that uses libvenvb as any other.
 *
 *   options.c    the arguments            \
 *   envvars.c    VENVB_*                   >  settings.c  ->  main.c
 *   files.c      the configuration files  /
 *     config.c   what is in one, lines.c in which line
 *     locks.c    what in them nobody may change; meant.c what may have been meant
 *   hints.c, refused.c  what was meant, and what can't be; problems.c  what is wrong
 * settings.c is the table of all options, and knows who set which of them; steps.c
 * tells the builder what was said about plugins;
 * main.c does what they say, show.c, explain.c, check.c and checkconfig.c print what was asked,
 * output.c is how anything gets printed, progress.c the status line, decisions.c what -v
 * tells, timings.c how long it took (told.h has these), summary.c what is at the end of a
 * run; what --json prints (report.c, answers.c, installed.c) is in report.h.
 */

#pragma once

#include "venvb.h"

#include <stdio.h>

/* settings.c */

typedef enum
{
  SETTING_FLAG,   /* gboolean */
  SETTING_TEXT,   /* char * */
  SETTING_LINES,  /* char *: several values, each a line */
  SETTING_PATH,   /* char *, absolute unless on the command line */
  SETTING_CHOICE, /* guint: which of `choices` */
  SETTING_LIST,   /* GPtrArray of PluginStep */
  SETTING_ACTION, /* gboolean; not a setting: it has no variable and no key */
  SETTING_OBJECT, /* char *, likewise */
} SettingKind;

typedef struct
{
  const char *name; /* "no-compile": --no-compile, VENVB_NO_COMPILE, no-compile= */
  char letter;
  SettingKind kind;
  gsize offset; /* in Options */
  const char *help;
  const char *value;     /* what --help calls the value */
  const char *choices;   /* "auto|clone": of SETTING_CHOICE */
  const char *exclusive; /* flags with the same text exclude each other */
  const char *bare;      /* the value of "--NAME" alone; NULL: it takes the next argument */
} Setting;

typedef struct
{
  const char *heading;
  const Setting *settings; /* up to one without a name */
} SettingGroup;

extern const SettingGroup settings_groups[];

/* One thing said about plugins.  They are carried out in order. */
typedef struct
{
  enum
  {
    STEP_ADD,    /* text is NAME[,KEY=VALUE...] */
    STEP_ENABLE, /* text is NAME */
    STEP_REMOVE, /* text is NAME */
    STEP_OPTION, /* text is NAME */
    STEP_DIR,    /* text is a directory */
    /* The rest is mandatory; text is NAME. */
    STEP_REQUIRE,
    STEP_FORBID,
  } kind;
  guint rank;
  char *text;
  char *key;              /* of STEP_OPTION */
  char **values;          /* of STEP_OPTION */
  char *origin;           /* as in Origin */
  gboolean optional;      /* of STEP_ENABLE: may be missing */
  gboolean allow_unknown; /* of STEP_OPTION: the plugin need not know it */
} PluginStep;

/* Who said it, and how much that counts: a higher rank wins. */
typedef struct
{
  guint rank;
  const char *name; /* "/etc/venvb/venvb.conf:12", "VENVB_PROMPT"; NULL: the command line */
} Origin;

typedef struct
{
  gboolean help, version, list_plugins, list_pythons, check, repair, explain, json, timings;
  gboolean dry_run;
  gboolean system_site_packages, symlinks, copies, clear, force, upgrade;
  gboolean keep_failed, no_wait, follow_redirect;
  gboolean without_pip, upgrade_deps, without_scm_ignore_files;
  gboolean no_compile, no_cache, cache_info, cache_clean, cache_prune, cache_warm;
  gboolean quiet, verbose, no_config, check_config;
  char *prompt, *python, *dump_plugin, *cache_dir, *shared_cache_dir;
  char *check_plugin, *new_plugin, *build_system, *lock;
  char *download, *platform;
  char *requirement; /* lines */
  guint link_mode, color, progress;
  GPtrArray *steps;     /* PluginStep */
  GHashTable *origins;  /* Setting -> SettingOrigin */
  GPtrArray *locks;     /* see locks.c; NULL for none */
  GPtrArray *problems;  /* Problem */
  GPtrArray *files;     /* char *, that were read */
  GPtrArray *overruled; /* char *, what was said and does not count; NULL for nothing */
  char **env_dirs;
  char **command;        /* the arguments without the ENV_DIRs */
  gboolean very_verbose; /* -vv */
  gboolean has_dashes;   /* "--" was among them */
} Options;

const Setting *settings_find (const char *name, gsize length);
char *settings_variable (const Setting *setting);
gboolean settings_is_action (const Setting *setting);
gboolean settings_is_list (const Setting *setting);
gboolean settings_parse_boolean (const char *text, gboolean *value);
gboolean settings_assign (Options *options, const Setting *setting, const char *value,
                          const Origin *origin, GError **error);
PluginStep *settings_add_step (Options *options, int kind, const char *text, const Origin *origin);
const char *settings_origin (const Options *options, const Setting *setting);
gboolean settings_is_said (const Options *options, const Setting *setting);
const char *settings_asker (const Options *options, const char *name);
void settings_add_installers (Options *options);
char *settings_expand_home (const char *text);
char *settings_value (const Options *options, const Setting *setting);
gboolean settings_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* steps.c */

gboolean steps_apply (const Options *options, VenvbBuilder *builder, GError **error);

/* options.c */

gboolean options_parse (char **argv, Options *options, GError **error);
void options_clear (Options *options);
void options_print_help (FILE *out);
gboolean refused_check (const Options *options, GError **error); /* refused.c */

/* envvars.c */

void envvars_read (Options *options, guint rank);

/* problems.c */

/* What is wrong with a file or a variable. */
typedef struct
{
  char *source; /* "/etc/venvb/venvb.conf", "VENVB_PROMPT" */
  GError *error;
  gboolean is_remark; /* nothing fails for it */
} Problem;

void problems_free (Problem *problem);
void problems_add (Options *options, const char *source, gboolean is_remark, GError *error);
guint problems_count (const Options *options);
gboolean problems_fail (const Options *options, GError **error);
void problems_json (const Options *options, const char *name, gboolean are_remarks, GString *json);

/* locks.c */

#define LOCKS_PENDING G_MAXUINT /* the rank of a plugin's lock before all were read */

void locks_add (Options *options, const Setting *setting, char **values, const char *origin,
                gboolean is_built_in);
void locks_add_plugin (Options *options, const char *name, gboolean wanted, const Origin *origin);
void locks_close (Options *options, guint *rank);
const char *locks_origin (const Options *options, const Setting *setting);
void locks_tell (const Options *options, VenvbBuilder *builder);
gboolean locks_apply (Options *options, guint rank, GError **error);

/* meant.c */

char *meant_key (const char *key, const char *const *ours);
char *meant_group (const char *group);

/* hints.c */

gboolean hints_fail_option (const GError *cause, GError **error);
gboolean hints_check_dash (const char *argument, GError **error);
gboolean hints_fail_no_env_dir (const Options *options, GError **error);
gboolean hints_check_env_dirs (const Options *options, GError **error);
void hints_warn (const Options *options);

/* lines.c */

guint lines_find (const char *text, const char *group, const char *key);
char *lines_mend (const char *text, void (*tell) (guint line, gpointer data), gpointer data);

/* config.c: what is in a configuration file */

typedef struct
{
  const char *path;
  guint rank;
  gboolean is_system;  /* what it says may be mandatory */
  gboolean only_locks; /* nothing else in it counts */
} ConfigFile;

void config_parse (Options *options, const ConfigFile *file, const char *text);

/* files.c: the configuration files */

typedef struct
{
  const char *sysconfdir, *datadir;
  gboolean is_moved; /* by a variable */
} FilesDirs;

FilesDirs files_dirs (void);
void files_read (Options *options, gboolean only_locks, guint *rank);

/* checkconfig.c */

gboolean checkconfig_settle (Options *options, GError **error);
void checkconfig_warn (const Options *options);
gboolean checkconfig_show (Options *options, FILE *out, GError **error);

/* show.c */

void show_plugins (VenvbBuilder *builder, FILE *out);
void show_pythons (VenvbBuilder *builder, gboolean as_json, FILE *out);
gboolean show_plugin (VenvbBuilder *builder, const char *name, FILE *out, GError **error);
void show_cache (VenvbBuilder *builder, FILE *out);

/* check.c */

/* Makes a builder with the settings, for one run more; NULL with error set on failure. */
typedef VenvbBuilder *(*CheckBuilderFunc) (const Options *options, GError **error);

gboolean check_show (VenvbBuilder *builder, const Options *options, FILE *out, GError **error);
gboolean check_repair (VenvbBuilder *checker, const Options *options, CheckBuilderFunc new_builder,
                       FILE *out, GError **error);

/* output.c */

void output_set_color (guint color);
void output_line (FILE *out, const char *prefix, const char *text);
void output_flush (void);
int output_failure (void);
void output_problem (gboolean is_error, const char *text);

/* summary.c */

void summary_look (const char *const *env_dirs);
void summary_print (VenvbContext *ctx);
