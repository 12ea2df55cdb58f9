/* SPDX-License-Identifier: BSD-2-Clause */

/* What the files of the check share; kit.h says which is for what. */

#pragma once

#include "base/base.h"
#include "kit/kit.h"

/* A check in progress.  `where` is shared with the child processes, that the
 * parent knows what a dead one was doing. */
typedef struct
{
  const KitCheck *what;
  char *name;         /* as in NAME.so */
  char *path;         /* of the file */
  GPtrArray *options; /* key, value, key, value, ... */
  char *scratch;      /* a directory that is removed at the end */
  const char *label;  /* of the run: "" or " (with --upgrade)" */
  char *where;        /* WHERE_SIZE bytes: whose code is running */
  int report_fd;      /* in a child process: where it reports to; else -1 */
  GHashTable *said;   /* what was reported before */
  guint problems;
  guint stages;        /* a bit for each that the plugin takes part in */
  guint base_on;       /* flags of all runs, as bits */
  char *refusal;       /* why it does not want these options, or NULL */
  gboolean is_broken;  /* the refusal is not its: there are no environments here */
  char *python;        /* the base Python, where there is no need to look for it again */
  gboolean has_failed; /* no environment stands after this run */
  char *doubted;       /* what it has written directly into a new environment, or NULL */
  char changed;        /* what the plugin said of it: 'y' or 'n'; or '\0' */
  gboolean is_watched; /* what is changed outside of the scratch directory is told */
  int listener;        /* in the parent: the kernel asks by it; or -1 */
} Check;

#define WHERE_SIZE 128

/* check.c */

#define REPORT_PROBLEM 'P'
#define REPORT_NOTE 'N'
#define REPORT_DONE 'D'    /* a child process came to its end */
#define REPORT_STAGES 'S'  /* a number: Check.stages */
#define REPORT_REFUSAL 'R' /* Check.refusal */
#define REPORT_FAILED 'F'  /* Check.has_failed */
#define REPORT_PYTHON 'Y'  /* Check.python */
#define REPORT_DOUBTED 'O' /* Check.doubted */
#define REPORT_CHANGED 'C' /* Check.changed */

void check_report (Check *check, char kind, const char *text);
void check_problem (Check *check, const char *format, ...) G_GNUC_PRINTF (2, 3);
void check_note (Check *check, const char *format, ...) G_GNUC_PRINTF (2, 3);
void check_where (Check *check, const char *where);
char *check_path (const Check *check, const char *inside);

/* child.c */

typedef void (*ChildFunc) (Check *check, gpointer data);

gboolean child_run (Check *check, ChildFunc func, gpointer data);
guint child_seconds (void);
gboolean child_interrupted (void);
void child_catch_signals (gboolean on);

/* elf.c */

typedef struct
{
  GPtrArray *exported;  /* names of global symbols, weak ones left out */
  GPtrArray *undefined; /* names of symbols that others have to define */
  GPtrArray *needed;    /* names of libraries */
  gsize desc_size;      /* of the symbol venvb_plugin; 0 where there is none */
} Elf;

Elf *elf_read (const char *path);
void elf_free (Elf *elf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Elf, elf_free)
void elf_check (Check *check, gsize size);
void elf_explain (Check *check, gpointer unused);

/* desc.c */

void desc_check (Check *check, gpointer unused);
GError *desc_try_option (Check *check, const char *key, const char *value);
void desc_check_options (Check *check, gpointer unused);

/* values.c */

void values_check (Check *check, gpointer unused);

/* session.c: one life of the plugin */

typedef struct
{
  Check *check;
  VenvbBuilder *builder;
  VenvbPluginInfo *info;
  const VenvbPlugin *desc; /* NULL when it can't be opened */
  gpointer self;
  gpointer data; /* the same, if it is not the plugin that has made it */
  gboolean is_loaded;
  GHashTable *given;  /* the keys of the options that were */
  GHashTable *before; /* resources that are not its own */
  GHashTable *owners; /* those that came up, and in which function */
} Session;

Session *session_open (Check *check, GError **error);
gboolean session_load (Session *session);
gboolean session_set_option (Session *session, const char *key, const char *value, GError **error);
gboolean session_ready (Session *session, GError **error);
gboolean session_stage (Session *session, const char *where, VenvbStageFunc func, VenvbNext *next,
                        VenvbContext *ctx, GError **error);
void session_event (Session *session, VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event);
void session_changed (Session *session, VenvbContext *ctx);
void session_close (Session *session);

/* run.c: one environment */

typedef struct
{
  const char *label;
  guint on;          /* flags to switch on, as bits */
  int failing;       /* the stage in which the rest of the chain fails; -1 */
  gboolean is_new;   /* the directory is not there before */
  gboolean with_pip; /* even if it is not new */
  gboolean undone;   /* all succeeds, and then the run fails */
  gboolean is_again; /* the same was made by the run before */
} Run;

gboolean run_all (Check *check);
void run_with_plugin (Check *check, gpointer run);
void run_without_plugin (Check *check, gpointer run);

/* left.c */

GHashTable *left_take (const Check *check);
void left_compare (Check *check, const char *where, GHashTable *before);
void left_examine (Check *check, gboolean thoroughly);

/* outside.c */

int outside_begin (void);
void outside_answer (Check *check);

/* memory.c */

gboolean memory_is_asked_for (Check *check);
void memory_measure (Check *check);
void memory_check (Check *check);

/* state.c */

typedef struct _State State;

State *state_take (void);
void state_free (State *state);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (State, state_free)
void state_compare (Check *check, const char *where, const State *before, const State *after,
                    gboolean with_signals);
void state_note_resources (GHashTable *owners, const char *where);
void state_report_resources (Check *check, GHashTable *owners, GHashTable *before);

/* tree.c */

typedef void (*TreeFunc) (const char *path, const struct stat *st, gpointer data);

void tree_each (const char *dir, const char *except, TreeFunc func, gpointer data);
GHashTable *tree_take (const Check *check, gboolean with_env);
void tree_compare (Check *check, const char *what, GHashTable *before, GHashTable *after);
char *tree_differs (const Check *check, GHashTable *before, GHashTable *after);
void tree_remove (const char *dir);
gboolean tree_make (const char *dir, GError **error);
void tree_reset (const Check *check);
