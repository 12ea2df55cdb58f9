/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of undoing for those inside, from the lowest file up.
 *
 *   identity.c   what a log, or what else the run has made, is known by
 *   since.c      how long the run has gone on
 *   log.c        what the run has changed, on the disk
 *   entries.c    what is asked of its lines
 *   aside.c      what is put aside: moved, else linked, else copied
 *   paths.c      where a path lies, and whether each environment has it
 *   older.c      was it there before the run?
 *   elsewhere.c  the same of files outside of the environment
 *   outcome.c    what is another than before in the end
 *   writes.c     what this run is about to change, into the log
 *   owned.c      whose is what is there?
 *   dists.c      a distribution as a whole: is it put back?
 *   doubt.c      what is removed and may be somebody's
 *   fate.c       what becomes of a file: removed, kept or left
 *   guard.c      what programs may change, put aside before they run; putback.c compares
 *   merge.c      what was cleared, moved back
 *   rest.c       what is not a line of the log
 *   step.c       one line of the log, taken back
 *   takeback.c   what was changed, taken back by the log; times.c: times of directories
 *   sweep.c      what is of no use any more, removed
 *   recover.c    by the run that failed, or by a later one
 *   mounts.c     what is mounted there
 *
 * In the environment's directory:
 *
 *   .venvb-undo.log     the log; while it is there, nothing is settled (or .venvb-undo.log.1 ...,
 *                       where such a name is taken by what can't be moved)
 *   .venvb-undo.mark    see log.c
 *   .venvb-undo/N       (or .venvb-undo.1 ..., where such a name is taken) what a file that was changed was before
 *   .venvb-undo/tree/   all there was before --clear
 *   .venvb-undo/guard/  what programs might change, as it was
 *   .venvb-undo/done    the log, once the run has ended: all in it goes
 *   .venvb-undo.failed  what the failed run has made, when it is to be kept
 *   .venvb-undo.tmp     for a moment, and in the log as all else
 *   .venvb-kept-N/      what was in the way of what was put back
 */

#pragma once

#include "undo/undo.h"

#include "base/regular.h"

#define LOG_NAME UNDO_DIR ".log"
#define LOG_MARK UNDO_DIR ".mark"
#define UNDO_FAILED UNDO_DIR ".failed"
#define UNDO_TREE "tree"
#define UNDO_GUARD "guard"
#define UNDO_DONE "done"
#define UNDO_BEGUN "begun"
#define UNDO_KEPT ".venvb-kept-"

/* identity.c: what is known by what */

/* What a log is known by: see log.c. */
typedef struct
{
  char kind; /* 'b' for birth, 'm' for the mark; 0 for nothing */
  guint64 inode;
  struct timespec time;
  struct timespec begun; /* when something was last written */
  Own log;               /* the file itself */
} Identity;

void identity_note (Own *own, const struct stat *st);
gboolean identity_is_own (const Own *own, const struct stat *st);
gboolean identity_has_name (const Own *own, int dir_fd, const char *name);
gboolean identity_is_shared (const Journal *journal);
Identity identity_choose (int env_fd, const char *mark, int fd);
gboolean identity_is (int env_fd, const char *mark, int fd, const Identity *named);

/* since.c: how long the run has gone on */

gint64 since_begin (struct timespec begun);
gint64 since_passed (gint64 started);

/* log.c: what the run has changed */

typedef enum
{
  LOG_NEW = 'n',   /* the directory was empty */
  LOG_CLEAR = 'c', /* what was in it is put aside */
  LOG_WORK = 'w',  /* what was in it stays there */
} LogKind;

typedef enum
{
  LOG_NONE,
  LOG_EMPTY,   /* begun, and nothing was done */
  LOG_FOREIGN, /* it is not from here */
  LOG_OURS,
  LOG_ENDED, /* ours, and settled: it only has to go */
} LogState;

typedef enum
{
  LOG_FILE = 'F',    /* a file is changed; what was there is aside as NUMBER, or -1 */
  LOG_DIR = 'D',     /* a directory is made */
  LOG_WRITTEN = 'W', /* that was done, and looks so */
  LOG_AGAIN = 'B',   /* it is changed once more, and does not look so any longer */
  LOG_TIME = 'T',    /* a directory's times before something was changed in it */
  LOG_GUARDED = 'G', /* what programs may change is, too; PATH is site-packages */
  LOG_ASIDE = 'N',   /* PATH is the directory in which things are put aside */
  LOG_PLACE = 'P',   /* the directory of PATH elsewhere: its inode, and as size its device */
  LOG_LINKED = 'L',  /* PATH, which is about to be edited, has other names: how it looks */
  LOG_ALIVE = 'A',   /* the run goes on */
  LOG_END = 'E',     /* it is settled */
} LogEvent;

/* What tells whether a file is still as it was left. */
typedef struct
{
  ino_t inode;
  off_t size;
  struct timespec mtime, ctime;
} Seen;

typedef struct
{
  LogEvent event;
  int number;
  Seen seen;  /* of what is aside, or was written */
  char *path; /* relative to the environment, or absolute for one elsewhere */
} LogEntry;

typedef struct
{
  LogKind kind;
  guint number;          /* of its name */
  ino_t dir;             /* the environment's directory */
  guint made;            /* how many directories of its path were made for it */
  guint64 path_hash;     /* of that path */
  struct timespec mtime; /* of the environment's directory before */
  struct timespec begun; /* the run */
  struct timespec born;  /* the log, or its mark: as files tell when they were made */
  struct timespec end;   /* until when it is known to have gone on */
  GPtrArray *entries;    /* LogEntry */
  Own own;               /* the file that was read */
  int fd;                /* of that, to append to; or -1 */
} Log;

Seen log_seen (const struct stat *st);
gboolean log_is_seen (const Seen *seen);
gboolean log_is_as_seen (const Seen *seen, const struct stat *st);
gboolean log_is_same_time (struct timespec a, struct timespec b);
gboolean log_is_before (struct timespec a, struct timespec b);
char *log_name (const char *first, guint number);
gboolean log_has_name (const char *entry, const char *first, guint *number);
guint log_unused (int env_fd);
int log_begin (int env_fd, Journal *journal, LogKind kind, gboolean *has_mark);
int log_open (int env_fd, guint number, const Own *own);
gboolean log_append (int fd, gint64 started, LogEvent event, int number, const Seen *seen,
                     const char *path) MUST_CHECK;
gboolean log_end (int *fd);
LogState log_read (int env_fd, guint number, const Journal *journal, Log **log);
Log *log_lost (const Journal *journal) G_GNUC_WARN_UNUSED_RESULT;
gboolean log_is_own (int env_fd, const struct stat *st);
gboolean log_is_ended (int env_fd, int aside);
gboolean log_remove (int env_fd, guint number);
void log_free (Log *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Log, log_free)

/* entries.c: what is asked of its lines */

GHashTable *entries_find (const Log *log, LogEvent event);
const char *entries_guarded (const Log *log);
gboolean entries_have_changes (const Log *log);

/* outcome.c: what is another than before */

void outcome_note (Journal *journal, GHashTable **differing, const char *path, gboolean differs);

/* aside.c: what is put aside */

gboolean aside_is_as (int aside, int number, int dir, const char *name, const struct stat *now);
int aside_open_dir (int env_fd, const char *path);
gboolean aside_is_mounted (int env_fd, const char *path);
int aside_make (int env_fd, Journal *journal, char **name);
int aside_open (int env_fd, const Log *log, const Journal *journal, const char **name);
void aside_open_to (int fd, int like_fd, const char *like);
int aside_make_dir (int dir_fd, const char *name);
gboolean aside_put_below (int from_fd, const char *name, int to_fd, int like_fd,
                          const char *path) MUST_CHECK;
gboolean aside_keep_dir (int to_fd, const char *to, int old, const struct stat *st) MUST_CHECK;
gboolean aside_put (int dir_fd, const char *name, int aside, const char *number,
                    Change change) MUST_CHECK;
gboolean aside_is_linked (int dir_fd, const char *name, Seen *seen);
gboolean aside_write_back (int aside, const char *number, int to_fd, const char *to) MUST_CHECK;
gboolean aside_is_same (int a_dir, const char *a, int b_dir, const char *b);
gboolean aside_move (int from_fd, const char *from, int to_fd, const char *to) MUST_CHECK;
gboolean aside_clear (int env_fd, int aside, const GPtrArray *kept, GError **error) MUST_CHECK;

/* paths.c: where a path lies */

const char *paths_name_below (const char *top, const char *path);
char *paths_below (const char *top, const char *dir, const char *name);
gboolean paths_relative (const char *top, char **real, const char *path, char **found) MUST_CHECK;
gboolean paths_are_led_out (const char *top, const char *absolute);
gboolean paths_lead_through (const char *path, GHashTable *dirs);
gboolean paths_are_usual (const char *path);

/* elsewhere.c: files outside of the environment */

char *elsewhere_resolve (const char *path);
gboolean elsewhere_place (int dir, Seen *seen);
gboolean elsewhere_is_place (int dir, const Seen *noted);
char *elsewhere_half (const char *name);
void elsewhere_keep (int dir, const char *name, const struct stat *st, int aside, int number);
gboolean elsewhere_remove_half (int dir, const char *name, struct timespec begun);
GHashTable *elsewhere_find_relied (const Log *log);
gboolean elsewhere_merge (int aside, int number, int dir, const char *name) MUST_CHECK;

/* writes.c: what this run is about to change */

typedef struct _Writes Writes;

Writes *writes_begin (int env_fd, const char *env_dir, LogKind kind, Journal *journal);
void writes_end (Writes *writes);
gboolean writes_save (Writes *writes, const char *path) MUST_CHECK;
void writes_note (Writes *writes, gboolean is_last);
gboolean writes_are_noted (const Writes *writes);
gboolean writes_clear (Writes *writes, const GPtrArray *kept, GError **error) MUST_CHECK;
gboolean writes_settle (Writes *writes) MUST_CHECK;
const char *writes_sweep (const Writes *writes);
gboolean writes_guard (Writes *writes, const char *purelib, GError **error) MUST_CHECK;

/* guard.c: what programs may change */

gboolean guard_take (int env_fd, int aside, GError **error) MUST_CHECK;
int guard_open_below (int fd, const char *entry);
gboolean guard_is_nested (int fd, const char *entry, gboolean is_below);
gboolean guard_is_env_dir (int env_fd, const char *entry);

/* takeback.c: what was changed, taken back */

/* When the run has changed something first: before programs could, or after. */
typedef enum
{
  OURS_NOT,
  OURS_BEFORE,
  OURS_AFTER,
} Ours;

/* How many paths are told. */
#define LEFT_MOST 5

/* What is to be done, and what came of it. */
typedef struct
{
  int env_fd;
  int aside; /* -1: nothing was put aside */
  const char *aside_name;
  int kept;          /* -1 so far */
  int failed;        /* where what was made is kept; -1: it is removed */
  gboolean is_later; /* by another run */
  const Log *log;
  const Journal *journal; /* of this run; NULL when it is another's */
  GHashTable *ours;       /* paths of what the run has changed itself: Ours */
  GHashTable *owned;      /* what programs have written, by relative path; or NULL */
  GHashTable *owned_dirs; /* the directories of these; or NULL */
  GHashTable *dists;      /* paths of distributions that the run has changed: Dist; or NULL */
  GHashTable *relied;     /* paths elsewhere that others may rely on; or NULL */
  GHashTable *places;     /* directories of paths elsewhere; or NULL */
  gboolean is_moved;      /* the environment's directory has another path than it had */
  GHashTable *worked_on;  /* directories that somebody has changed since, by path; or NULL */
  gboolean has_changed;   /* nobody can set when a file was changed last: see older_look() */
  gboolean has_read;      /* a new file was read last when it was made */
  char *kept_name;        /* of the directory, or NULL */
  GString *left;          /* what is somebody's, and stays; "" for nothing */
  guint n_left;           /* how many */
  GString *doubted;       /* what was removed, and may be somebody's */
  guint n_doubted;
  GString *lost; /* what was there before, and somebody has removed from where it was aside */
  guint n_lost;
  gboolean is_gone; /* all that was aside */
  GString *brought; /* what was not there any more, and is again */
  guint n_brought;
  gboolean is_worked_on; /* the directory itself was changed by somebody else */
  gboolean was_begun;    /* a roll-back had begun, and was broken off */
  gboolean is_again;     /* a moment ago */
  GHashTable *tidy;      /* directories in which nothing was left half written */
  gboolean is_partly;    /* something could not be put back */
  int full; /* why something could not be put back that may be when there is room: errno, or 0 */
  const char *full_path; /* what */
  GHashTable *edited; /* files that had other names when they were to be edited, by path; or NULL */
  gboolean is_lost;   /* a directory was moved while it was walked through */
} TakeBack;

void takeback_all (TakeBack *back);

/* step.c: one line of the log, taken back */

void step_take_back (TakeBack *back, const LogEntry *entry, const Seen *written);

/* times.c: the times of directories */

GPtrArray *times_find (TakeBack *back);
void times_put_back (const TakeBack *back, const GPtrArray *found);

/* older.c: was it there before the run? */

gboolean older_birth (int dir_fd, const char *name, struct timespec *birth);
void older_look (TakeBack *back);
gboolean older_is (const TakeBack *back, int dir_fd, const char *name, const struct stat *st);

/* owned.c: whose is what is there? */

typedef enum
{
  OWNED_NOT,
  OWNED_MAYBE, /* listed otherwise than it is */
  OWNED_YES,
} Owned;

char *owned_resolve (const char *lib, const char *field);
void owned_find (TakeBack *back, const char *purelib);
gboolean owned_is_later (const TakeBack *back, const struct stat *st);
gboolean owned_is_new (const TakeBack *back, const struct stat *st);
gboolean owned_may_be_linked (const TakeBack *back, const struct stat *st, gboolean is_worked_on);
gboolean owned_is_worked_on (const TakeBack *back, const char *path);
gboolean owned_stays (const TakeBack *back, int dir_fd, const char *name, const char *path,
                      const struct stat *st, const struct stat *dir);
gboolean owned_is_their_wheel (int dir_fd, const char *name, const char *path);
gboolean owned_is_listed (const TakeBack *back, const char *path, const struct stat *st);
gboolean owned_is_of_image (const TakeBack *back, const char *path);
Owned owned_tell (const TakeBack *back, int dir_fd, const char *name, const char *path,
                  gboolean was_there);

/* dists.c: a distribution is put back as a whole, or is not */

typedef enum
{
  DIST_NOT,   /* of none that has to be, or of several */
  DIST_BACK,  /* the old one is put back, and nothing of the new one stays in it */
  DIST_REST,  /* the same; of the new one alone */
  DIST_GONE,  /* the same; .dist-info of one in whose place is no other */
  DIST_STAYS, /* somebody has put another version there since: the old one is kept */
  DIST_NEWER, /* the same; .dist-info of that */
} Dist;

void dists_find (TakeBack *back);
Dist dists_tell (const TakeBack *back, const char *path);
void dists_keep_rest (TakeBack *back);

/* fate.c: what becomes of a file */

/* How much is left so far. */
typedef struct
{
  gsize length;
  guint n_left;
} FateMark;

void fate_leave (TakeBack *back, const char *path);
void fate_bring (TakeBack *back, const char *path);
void fate_lose (TakeBack *back, const char *path);
FateMark fate_mark (const TakeBack *back);
void fate_leave_as_one (TakeBack *back, const FateMark *since, gboolean is_there, const char *path);
void fate_say (const TakeBack *back, const char *env_dir, GString *said);
gboolean fate_keep (TakeBack *back, int dir_fd, const char *name, const char *path);
gboolean fate_remove (TakeBack *back, int dir_fd, const char *name, const char *path);

/* doubt.c: what is removed, and may be somebody's */

char *doubt_name (const TakeBack *back, const char *path, const struct stat *st);

/* putback.c: what programs have changed, put back */

void putback_guarded (TakeBack *back);

/* rest.c: what is not a line of the log */

void rest_remove_owned (TakeBack *back);
void rest_look_for_lost (TakeBack *back, const char *purelib);

/* merge.c: what was cleared */

gboolean merge_access (const TakeBack *back, int to, int old, struct stat *st);
void merge_back (TakeBack *back);

/* sweep.c: what is of no use any more */

gboolean sweep_is_aside (const char *entry);
gboolean sweep_aside (int env_fd, int aside, const char *entry);
gboolean sweep_ended (int env_fd, const char *entry);
void sweep_all (int env_fd);

/* recover.c: by the run that failed, or by a later one */

gboolean recover_settle (int env_fd, guint number, const Own *own, int *log, int aside) MUST_CHECK;
gboolean recover_this (int env_fd, Journal *journal, GString *said) MUST_CHECK;
GPtrArray *recover_earlier (int env_fd, const UndoJob *job, GError **error);
