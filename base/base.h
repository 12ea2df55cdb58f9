/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the base.  It knows nothing of environments, and everything else
 * stands on it.
 *
 *   errors.c, version.c  errors and messages; versions, and demands on them
 *   regular.c   opening and replacing what others may have put there (regular.h)
 *   changes.c   who wants to know of a change before it is made
 *   reserved.c  names that are venvb's own (reserved.h)
 *   beneath.c   work below one directory, whatever is exchanged (beneath.h)
 *   fs.c        files, and directories as entries
 *   copy.c      copies of files and links (copy.h); put.c: put in place (put.h)
 *   dir.c       what is in a directory, and how to get rid of it; names.c: its names (names.h)
 *   trust.c     may this file's code run?
 *   children.c  the programs that a run has started, and what they leave running
 *   programs.c  programs on PATH (programs.h)
 *   home.c      where a user has things of his own (home.h)
 *   place.c, unnamed.c, launch.c  where venvb is; files without names; starts (headers; newer.h)
 *   proc.c      programs that are run; progress.c how far something has come (progress.h)
 *   turns.c     waiting for a lock (turns.h)
 *   module.c, workers.c  what is loaded when needed, what is done at once (their headers)
 *   sum.c, sums.c  checksums, and a module that is fast at them (sum.h)
 *   csv.c, json.c, nearest.c  comma-separated values, JSON, which word was meant (their headers)
 *   secret.c    what is secret in a text (secret.h)
 *
 * In each room the file's name is the prefix of what it has for others, and
 * the room's header is its map.  Functions that return gboolean and take a
 * GError ** set it when they return FALSE; the message says what was being
 * done and to which path.
 *
 * What has a header of its own is compiled into others than the library, too.
 */

#pragma once

#include "config.h"

#include <glib.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "venvb.h"

#define MUST_CHECK G_GNUC_WARN_UNUSED_RESULT

/* errors.c: errors and messages */

/* Hears of a line: a message, or one that a program has written. */
typedef void (*LineFunc) (VenvbSource source, const char *line, gpointer data);

/* Who wants to hear what there is to say besides errors.  Without func: nobody. */
typedef struct
{
  LineFunc func;
  gpointer data;
} Listener;

gboolean errors_given (const void *argument, const char *func, const char *name, GError **error);
void errors_add (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);
void errors_tell (const Listener *listener, VenvbSource source, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* version.c: versions of interpreters, and demands on them */

enum
{
  VERSION_DEVEL,
  VERSION_ALPHA,
  VERSION_BETA,
  VERSION_CANDIDATE,
  VERSION_FINAL,
  VERSION_POST,
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

/* trust.c: may this file's code run? */

/* venvb_check_trusted(), venvb_getenv() */

gboolean trust_owner (uid_t uid);
gboolean trust_check_above (const char *dir, GError **error) MUST_CHECK;
gboolean trust_check_links (const char *path, GError **error) MUST_CHECK;
gboolean trust_lies_in (const char *path, const char *dir);
gboolean trust_is_secure (void);

/* children.c: the programs that a run has started */

char *children_list (void);
void children_end (const char *except);
void children_end_gently (const char *except, gint64 grace);
int children_adopt (int on);
/* A child that was forked for a run. */
typedef struct
{
  int report_fd;   /* the end of a pipe that it is read from */
  gboolean always; /* what it leaves running ends although it has not failed */
  gboolean has_keeper;
  int adopted;
} Brood;

pid_t children_fork (Brood *brood, volatile sig_atomic_t *watched, const int *passed,
                     guint n_passed);
void children_reaped (const Brood *brood, gboolean has_failed);
void children_signal (pid_t pid, int number);
void children_are_ours (void);
gboolean children_are_all_ours (void);
void children_watch (char *memory, gsize size);
void children_expect (void);
void children_started (pid_t pid);
void children_ended (pid_t pid);
void children_end_listed (const char *list);
void children_end_ours (void);

/* proc.c: programs */

typedef struct
{
  const char *const *argv;
  const char *cwd;   /* or NULL */
  const int *cwd_fd; /* the same, open; or NULL */
  char **envp;       /* or NULL: ours */
  const char *input; /* what it reads, or NULL: nothing */
  gsize input_length;
  guint seconds; /* what it may take; 0 for no limit */
  LineFunc line; /* or NULL */
  gpointer data;
} Proc;

gboolean proc_run (const Proc *proc, GError **error) MUST_CHECK;
gboolean proc_capture (const char *const *argv, guint seconds, GString *out,
                       GError **error) MUST_CHECK;

/* changes.h: who wants to know of a change before it is made */

#include "base/changes.h"

/* fs.c: files, and directories as entries */

#define FS_MAX_LINKS 40 /* as many as Linux follows */

gboolean fs_fail (GError **error, const char *what, const char *path);
mode_t fs_umask (void);
gboolean fs_mkdir (const char *path, GError **error) MUST_CHECK;
gboolean fs_mkdir_parents (const char *path, GError **error) MUST_CHECK;
gboolean fs_write_all (int fd, const char *data, gsize length) MUST_CHECK;
gboolean fs_write (const char *path, const char *contents, gsize length, mode_t mode,
                   GError **error) MUST_CHECK;
gboolean fs_create (const char *path, const char *contents, gsize length, mode_t mode,
                    GError **error) MUST_CHECK;
void fs_close (int fd);
gboolean fs_lock (int fd, int operation);
gboolean fs_set_mode (int fd, mode_t mode);
gboolean fs_chmod_at (int dir_fd, const char *name, mode_t mode);
gboolean fs_keep_owner_and_times (int to, const char *entry, const struct stat *st) MUST_CHECK;
gboolean fs_is_same (const char *path, const char *other);
gboolean fs_is_missing (int failure);
gboolean fs_has_no_links (int failure);
int fs_exists_at (int fd, const char *name);
char *fs_follow_link (const char *path, char **link);
gboolean fs_leads_out (const char *path, const char *dir);
gboolean fs_try_file (int dir_fd, mode_t mode, struct stat *st);
uid_t fs_own_uid (int dir_fd, uid_t likely);
gboolean fs_keeps_modes (int dir_fd);
int fs_open_own (int dir_fd, const char *name, struct stat *st);
int fs_changed_after (int fd, const char *name, time_t when);

/* dir.c: what is in a directory, and how to get rid of it */

gboolean dir_each (int dir_fd, const char *name,
                   gboolean (*func) (int fd, const char *entry, gpointer data, GError **error),
                   gpointer data, GError **error) MUST_CHECK;
gboolean dir_each_in (int fd,
                      gboolean (*func) (int fd, const char *entry, gpointer data, GError **error),
                      gpointer data, GError **error) MUST_CHECK;
/* Below this, there is no walking: each step takes some of the stack. */
#define DIR_DEPTH_MOST 5000
gboolean dir_enter (int fd, int below, struct stat *above) MUST_CHECK;
gboolean dir_leave (int fd, const struct stat *above) MUST_CHECK;
gboolean dir_is_mount_point (int fd, const char *name);
int dir_open_here (int dir_fd, const char *name, int flags);
gboolean dir_remove_at (int dir_fd, const char *name);

/* Who is asked before something is removed. */
typedef struct
{
  /* Whether an entry of this status stays, with all in it.  dir is the status of the
   * directory it is in, before anything in it was removed; NULL for the first one. */
  gboolean (*keeps) (int dir_fd, const char *name, const char *path, const struct stat *st,
                     const struct stat *dir, gpointer data);
  /* An entry that can't be removed. */
  void (*fails) (const char *path, gpointer data);
  gpointer data;
} DirKeep;
gboolean dir_remove_but (int dir_fd, const char *name, const char *path, const DirKeep *keep);
gboolean dir_is_empty (int dir_fd);
