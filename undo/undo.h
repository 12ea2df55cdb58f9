/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the undo room: a run leaves a whole environment, or what was there before
 * and nothing else.  Whoever undoes is given a directory, some flags, a
 * journal and somebody to tell; he knows nothing of stages, plugins and
 * settings.
 *
 *   journal.c     what is known of the run, for the process that watches it
 *   envdir.c      the environment's directory: whether it may be cleared,
 *                 making it, its lock
 *   prefix.c      a Python's own, which never becomes an environment
 *   undo.c        begin, commit, roll back, with what room.h tells of
 *   look.c        what a run would find, with nothing done
 *   isolate.c     the run in a child process, undone when that dies
 *   handover.c    the run in this process, undone by the one it becomes
 *   temp.c        a directory for what programs write while they run
 */

#pragma once

#include "base/base.h"

/* A file or a directory that this run has made, or works in: what has its name is that, or
 * nothing of the run's. */
typedef struct
{
  gboolean is_known;
  dev_t device;
  ino_t inode;
  uid_t owner;
  mode_t mode;
} Own;

/* How many paths are noted: all of it has to go through a pipe. */
#define JOURNAL_WRITTEN 4096

/* journal.c: what is known of the run in progress.  It is shared between the
 * process that creates and the one that watches it, so that the latter can tell
 * what went wrong and undo it. */
typedef struct
{
  char plugin[64];          /* whose code is running */
  char stage[96];           /* for which stage, or which other function of it, or "" */
  gboolean in_stage;        /* it is a stage */
  char env_dir[4096];       /* the environment being made, or "" */
  char topmost[4096];       /* topmost directory that was missing, or "" */
  gint64 missing;           /* when that was noted, in seconds */
  gboolean locked;          /* env_dir is ours: what is in it may be undone */
  gboolean is_new;          /* nothing was in env_dir before */
  gboolean is_logged;       /* the log was begun, and not yet settled */
  gboolean differs;         /* something that was announced is not as it was before */
  guint log_number;         /* in its name */
  Own dir, log, aside;      /* env_dir, the log, and the directory for what is put aside */
  struct timespec log_born; /* what the log is known by */
  gint64 log_started;       /* the run, by a clock that nobody sets */
  gboolean is_settling;     /* the log is about to be: where it is no more, it was */
  gboolean stands;          /* it is finished: nothing is undone any more */
  gboolean stood;           /* it was, when it was to be undone */
  int lock;                 /* file descriptor of env_dir in the process that creates */
  int drawer[2];            /* holds the lock: journal_put_lock() */
  pid_t pid;                /* of a run without a child process: see handover.c */
  int signal;               /* that ended it */
  char children[512];       /* the programs that it has started: see base/children.c */
  gboolean keep;            /* what a failed run has made is not to be removed */
  char kept[4096];          /* where it is, or "" */
  gboolean is_odd;          /* of what was taken back, something is not as it was */
  char others[2048];        /* of several environments, which stand; or "" */
  char first[2048];         /* the error with which the run has ended, or "" */
  int first_code;           /* of that */
  char temp[1024];          /* for what a program writes while it runs, or "" */
  Own temp_own;
  /* when something was last changed in env_dir */
  struct timespec time;
  guint64 written[JOURNAL_WRITTEN]; /* what venvb has written there: journal_note_written() */
  guint n_written;
} Journal;

/* Whose code was running before some other's. */
typedef struct
{
  char plugin[sizeof ((Journal *) NULL)->plugin];
  char stage[sizeof ((Journal *) NULL)->stage];
  gboolean in_stage;
} JournalPlace;

Journal *journal_new (void);
void journal_free (Journal *journal);
void journal_enter (Journal *journal, JournalPlace *before, const char *plugin,
                    const char *function);
void journal_leave (Journal *journal, const JournalPlace *before);
void journal_note_error (Journal *journal, const GError *error);
guint64 journal_hash (const char *path);
guint journal_count_made (const Journal *journal);
void journal_forget_written (Journal *journal);
void journal_note_written (Journal *journal, const char *path);
gboolean journal_has_written (const Journal *journal, const char *path);
void journal_put_lock (Journal *journal, int fd);
int journal_take_lock (Journal *journal);
gboolean journal_share (Journal *journal) MUST_CHECK;
void journal_open_drawer (Journal *journal);
void journal_close_drawer (Journal *journal);

/* envdir.c: the environment's directory itself */

/* What an environment is to be made of.  Each may be NULL. */
typedef struct
{
  const char *executable, *real_executable, *stdlib;
  const char *scripts, *purelib; /* of the environment, relative to it */
} BasePython;

/* What is to be done to which directory. */
typedef struct
{
  const char *env_dir; /* absolute */
  gboolean clear;      /* what is in it goes: see undo_clear() */
  gboolean force;      /* even if it is a project */
  gboolean no_wait;    /* for another run's lock */
  gboolean keep;       /* what a failed run has made */
  BasePython base;     /* which is not to be lost */
  Journal *journal;
  Listener listener;
} UndoJob;

char *envdir_current (GError **error);
char *envdir_absolute (const char *env_dir, GError **error);
gboolean envdir_is_or_holds (const struct stat *dir, const char *path);
gboolean envdir_check_clear (const char *env_dir, gboolean force, GError **error) MUST_CHECK;
int envdir_open (const char *path);
gboolean envdir_look (const char *path, struct stat *st);
char *envdir_bin (int dir_fd, const char *env_dir);
gboolean envdir_is_still (int fd, const char *path);
gboolean envdir_check_made (const Journal *journal, int fd, const struct stat *st, uid_t owner,
                            GError **error) MUST_CHECK;
int envdir_open_locked (const UndoJob *job, GError **error);

/* prefix.c: a Python that would be lost */

gboolean prefix_check (const UndoJob *job, int env_fd, GError **error) MUST_CHECK;

/* mounts.c: what is mounted in it */

char *mounts_below (int dir_fd);
gboolean mounts_are_on (int dir_fd, const char *name);

/* What is put aside while a run is at work, in the environment's directory: names
 * that begin so are venvb's. */
#define UNDO_DIR ".venvb-undo"
#define UNDO_DOUBTED "was removed, and may be what others have put there: "
#define UNDO_TEMP UNDO_DIR ".tmp" /* for a moment */

/* undo.c: leave what was there before, and nothing else */

typedef struct _Undo Undo;

Undo *undo_begin (const UndoJob *job, GError **error);
gboolean undo_is_new (const Undo *undo);
gboolean undo_clear (Undo *undo, GError **error) MUST_CHECK;
gboolean undo_is_cleared (const Undo *undo);
gboolean undo_commit (Undo *undo, GError **error) MUST_CHECK;
void undo_rollback (Undo *undo, GError **error);
gboolean undo_after_crash (Journal *journal, GString *said) MUST_CHECK;
gboolean undo_save_file (Undo *undo, const char *path, GError **error) MUST_CHECK;
gboolean undo_expect_program (Undo *undo, GError **error) MUST_CHECK;
gboolean undo_is_still (const Undo *undo, GError **error) MUST_CHECK;
void undo_note (Undo *undo, gboolean is_last);
void undo_note_others (Journal *journal, const char *const *env_dirs, guint nth);

/* look.c: what a run would find */

typedef struct
{
  gboolean is_there, is_empty;
  gboolean is_torn; /* a run that was killed has left something */
} UndoFound;

gboolean undo_look (const UndoJob *job, UndoFound *found, int *fd, GError **error) MUST_CHECK;

/* isolate.c: run in a child process, survive its crash */

/* Who hears of a fork; each may be NULL. */
typedef struct
{
  VenvbForkFunc before, in_parent, in_child;
  gpointer data;
} Forks;

/* Something to be done in a child process. */
typedef gboolean (*IsolateFunc) (gpointer data, GError **error);

void isolate_note_output (void);
gboolean isolate_flush (GError **error) MUST_CHECK;
int isolate_clear_up (Journal *journal, int number, const char *programs, GError **error);
gboolean isolate_run (Journal *journal, const Forks *forks, IsolateFunc func, gpointer data,
                      int *interrupted, GError **error) MUST_CHECK;

/* handover.c: run in this process, another one survives its crash */

/* venvb_take_over(), venvb_take_over_full() */

gboolean handover_run (Journal *journal, const char *const *argv, IsolateFunc func, gpointer data,
                       GError **error) MUST_CHECK;

/* temp.c */

const char *temp_make (Journal *journal);
void temp_remove (Journal *journal);
