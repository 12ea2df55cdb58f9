/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a run has changed, taken back: by itself, by the process that watched it,
 * or by a later run.  A later one finds what may be from elsewhere: from an
 * archive, or another user.  What is not from here is moved out of the way, and
 * never obeyed; what can't be taken back blocks no run.
 */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* How long, in seconds, a run may take from making the environment's directory to its log. */
#define OLDER_MADE 60

/* How long ago, in seconds, a roll-back may have begun that was broken off a moment ago. */
#define MOMENT 10

/* Settles a log: from here on, what is in the directory counts.  It is ended where it is open
 * (or -1), since others may have given its name to another file: that stays then, as what it
 * is.  What is aside is marked as of no use as the log goes there. */
gboolean
recover_settle (int env_fd, guint number, const Own *own, int *log, int aside)
{
  g_autofree char *name = log_name (LOG_NAME, number);
  g_autofree char *mark = log_name (LOG_MARK, number);
  gboolean is_ended = log != NULL && log_end (log);

  if (is_ended && !identity_has_name (own, env_fd, name))
    return TRUE;
  if (aside < 0 || renameat (env_fd, name, aside, UNDO_DONE) < 0)
    return log_remove (env_fd, number) || is_ended;
  unlinkat (env_fd, mark, 0);
  return TRUE;
}

/* Notes that the run is being taken back, beside what it has put aside.  Tells whether that
 * was begun a moment before, and broken off: what is missing is so for that.  Later it may
 * be somebody's doing, as of one who makes room where the disk was full. */
static gboolean
note_begun (int aside, gboolean *was_begun)
{
  int fd = openat (aside, UNDO_BEGUN, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  struct stat st;
  gint64 since = -1;

  *was_begun =
      fd < 0 && errno == EEXIST && fstatat (aside, UNDO_BEGUN, &st, AT_SYMLINK_NOFOLLOW) == 0;
  if (*was_begun)
    since = g_get_real_time () / G_USEC_PER_SEC - st.st_mtim.tv_sec;
  if (fd < 0)
    utimensat (aside, UNDO_BEGUN, NULL, AT_SYMLINK_NOFOLLOW); /* it begins again */
  fs_close (fd);
  return since >= 0 && since <= MOMENT;
}

static TakeBack *
take_back_new (int env_fd, const Log *log, const Journal *journal)
{
  TakeBack *back = g_new (TakeBack, 1);

  *back = (TakeBack){ .env_fd = env_fd,
                      .aside = -1,
                      .kept = -1,
                      .failed = -1,
                      .log = log,
                      .journal = journal,
                      .left = g_string_new (NULL),
                      .lost = g_string_new (NULL),
                      .doubted = g_string_new (NULL),
                      .brought = g_string_new (NULL) };
  if (log != NULL)
    back->aside = aside_open (env_fd, log, journal, &back->aside_name);
  back->is_gone = back->aside < 0 && back->aside_name != NULL && errno == ENOENT;
  /* It is there, and may be looked into by a later run. */
  back->is_partly = back->aside < 0 && back->aside_name != NULL && !back->is_gone;
  back->is_again = back->aside >= 0 && note_begun (back->aside, &back->was_begun);
  return back;
}

static void
take_back_free (TakeBack *back)
{
  fs_close (back->aside);
  fs_close (back->kept);
  fs_close (back->failed);
  g_clear_pointer (&back->owned, g_hash_table_unref);
  g_clear_pointer (&back->tidy, g_hash_table_unref);
  g_clear_pointer (&back->owned_dirs, g_hash_table_unref);
  g_clear_pointer (&back->ours, g_hash_table_unref);
  g_clear_pointer (&back->dists, g_hash_table_unref);
  g_clear_pointer (&back->relied, g_hash_table_unref);
  g_clear_pointer (&back->places, g_hash_table_unref);
  g_clear_pointer (&back->edited, g_hash_table_unref);
  g_clear_pointer (&back->worked_on, g_hash_table_unref);
  g_free (back->kept_name);
  g_string_free (back->left, TRUE);
  g_string_free (back->lost, TRUE);
  g_string_free (back->doubted, TRUE);
  g_string_free (back->brought, TRUE);
  g_free (back);
}

/* Makes the directory for what the failed run has made.  Whatever has its name is
 * somebody's, or what this run has kept so far where it was broken off. */
static void
open_failed (TakeBack *back)
{
  gboolean was_partly = back->is_partly;
  gboolean is_made = mkdirat (back->env_fd, UNDO_FAILED, 0777) == 0;

  if (!is_made && errno == EEXIST && fate_keep (back, back->env_fd, UNDO_FAILED, UNDO_FAILED))
    is_made = mkdirat (back->env_fd, UNDO_FAILED, 0777) == 0;
  if (is_made)
    back->failed = aside_open_dir (back->env_fd, UNDO_FAILED);
  back->is_partly = was_partly; /* that had no part in the run */
}

/* Settles the log, of which nothing is expected any more then. */
static gboolean
settle_own (Journal *journal, int env_fd, int *log, int aside)
{
  gboolean was_logged = journal->is_logged;

  journal->is_logged = FALSE;
  if (recover_settle (env_fd, journal->log_number, &journal->log, log, aside))
    return TRUE;
  journal->is_logged = was_logged;
  return FALSE;
}

/* A run that had settled its log, or was about to remove it then, stands.  log may be NULL. */
static void
end_settled (int env_fd, const Log *log)
{
  const char *name;
  int aside = log != NULL ? aside_open (env_fd, log, NULL, &name) : -1;

  if (log != NULL && !recover_settle (env_fd, log->number, &log->own, NULL, aside))
    g_debug ("a log that has ended can't be removed");
  fs_close (aside);
  sweep_all (env_fd);
}

/* There is no log, or none that could be obeyed.  FALSE when that means that
 * something is not as it was. */
static gboolean
end_without (Journal *journal, int env_fd, LogState state)
{
  if (state == LOG_EMPTY)
    return settle_own (journal, env_fd, NULL, -1);
  return state == LOG_NONE && !journal->is_logged;
}

/* Takes back what this very run has changed, in the process that did so or in one
 * that watches it.  With keep, what it has made is then in UNDO_FAILED.  What is
 * in a directory that was empty goes even if somebody has removed the log, as
 * one does who is about to remove all of it; but not what is older than that.  Returns FALSE when something could
 * not be put back: then it is still aside. */
gboolean
recover_this (int env_fd, Journal *journal, GString *said)
{
  const char *env_dir = journal->env_dir;
  g_autoptr (Log) log = NULL;
  LogState state = log_read (env_fd, journal->log_number, journal, &log);
  g_autoptr (Log) lost = state == LOG_NONE ? log_lost (journal) : NULL;
  TakeBack *back;
  gboolean ok;

  if (state == LOG_ENDED || (journal->is_settling && (state == LOG_NONE || state == LOG_EMPTY)))
    {
      journal->stands = journal->is_settling; /* else all was taken back */
      end_settled (env_fd, log);
      return TRUE;
    }
  if (state == LOG_NONE)
    sweep_all (env_fd); /* it may stand */
  if (state != LOG_OURS && (state != LOG_NONE || !journal->is_new))
    return end_without (journal, env_fd, state);
  back = take_back_new (env_fd, log != NULL ? log : lost, journal);
  back->is_moved = !envdir_is_still (env_fd, env_dir);
  if (journal->keep)
    open_failed (back);
  if (journal->keep && back->failed < 0)
    g_string_append_printf (said, "; what was made could not be kept: see '%s/" UNDO_FAILED "'",
                            env_dir);
  takeback_all (back);
  ok = !back->is_partly && (log == NULL || settle_own (journal, env_fd, &log->fd, back->aside));
  /* Should the sweeping be broken off, the next run leaves that time as it is. */
  futimens (env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, journal->time });
  if (ok && back->aside >= 0 && !sweep_aside (env_fd, back->aside, back->aside_name))
    g_string_append_printf (said, "; '%s/%s' could not be removed", env_dir, back->aside_name);
  if (ok && back->aside < 0)
    sweep_all (env_fd);
  fate_say (back, env_dir, said);
  ok = ok && back->n_lost == 0;
  take_back_free (back);
  return ok;
}

/* What is moved out of the way: all of it to one place. */
typedef struct
{
  TakeBack *back;
  const char *name; /* of what, to be told */
  GString *stuck;   /* what can't be moved */
} SetAside;

/* Removes what a run that has ended has left aside, and moves what else is of no
 * use, or can't be known as ours, to a place of its own. */
static gboolean
set_aside (int fd, const char *entry, gpointer data, GError **error)
{
  SetAside *set = data;
  guint number;
  const char *rest = log_has_name (entry, UNDO_TEMP, &number) ? UNDO_TEMP
                     : g_str_equal (entry, UNDO_FAILED)       ? UNDO_FAILED
                                                              : NULL;

  if (rest == NULL && !sweep_is_aside (entry) && !log_has_name (entry, LOG_NAME, &number)
      && !log_has_name (entry, LOG_MARK, &number))
    return TRUE;
  if (unlinkat (fd, entry, AT_REMOVEDIR) == 0 || errno == ENOENT || sweep_ended (fd, entry))
    return TRUE; /* there was nothing in it yet, or nothing of use */
  if (!fate_keep (set->back, fd, entry, entry))
    g_string_append_printf (set->stuck, "%s'%s'", set->stuck->len > 0 ? ", " : "", entry);
  else if (rest == NULL || set->name == NULL)
    set->name = rest != NULL ? rest : UNDO_DIR;
  return TRUE;
}

/* What an earlier run has left and can't be taken back is moved out of the way,
 * and told. */
static void
set_all_aside (TakeBack *back, const UndoJob *job, const char *why)
{
  g_autoptr (GString) stuck = g_string_new (NULL);
  SetAside set = { back, NULL, stuck };
  struct stat st;
  gboolean is_known = fstat (back->env_fd, &st) == 0;

  if (!dir_each (back->env_fd, ".", set_aside, &set, NULL))
    g_debug ("'%s' can't be read", job->env_dir);
  if (is_known && back->kept_name == NULL)
    futimens (back->env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, st.st_mtim });
  if (g_strcmp0 (set.name, UNDO_FAILED) == 0)
    why = "may be what an interrupted run has made";
  if (set.name != NULL && back->kept_name != NULL)
    errors_tell (&job->listener, VENVB_SOURCE_NOTICE, "'%s/%s' %s: it is in '%s/%s' now",
                 job->env_dir, set.name, why, job->env_dir, back->kept_name);
  if (stuck->len > 0)
    errors_tell (
        &job->listener, VENVB_SOURCE_NOTICE,
        "in '%s', this has a name of venvb's, is not obeyed, and can't be moved out of the "
        "way: %s",
        job->env_dir, stuck->str);
}

/* Tells what was done about a run that was killed. */
static void
tell (const TakeBack *back, const UndoJob *job, const char *what)
{
  g_autoptr (GString) said = g_string_new (NULL);

  fate_say (back, job->env_dir, said);
  errors_tell (&job->listener, VENVB_SOURCE_NOTICE,
               "an earlier run on '%s' was interrupted: what it had changed was %s%s", job->env_dir,
               what, said->str);
}

/* What is still aside, by the names that it had: free with g_free(). */
static char *
name_aside (const TakeBack *back)
{
  g_autoptr (GString) names = g_string_new ("taken back but for what is aside");
  guint n = 0;

  for (guint i = 0; i < back->log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (back->log->entries, i);
      g_autofree char *number = g_strdup_printf ("%d", entry->number);

      if (entry->event != LOG_FILE || entry->number < 0 || entry->seen.size < 0
          || fs_exists_at (back->aside, number) != 1)
        continue;
      if (n++ < LEFT_MOST)
        g_string_append_printf (names, "%s'%s/%s' (was '%s')", n == 1 ? ": " : ", ",
                                back->aside_name, number, entry->path);
    }
  if (n > LEFT_MOST)
    g_string_append_printf (names, " and %u more", n - LEFT_MOST);
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* Ends with a directory; what was kept of it is noted. */
static void
end (TakeBack *back, GPtrArray *kept)
{
  if (back->kept_name != NULL)
    g_ptr_array_add (kept, g_strdup (back->kept_name));
  take_back_free (back);
}

/* Tells whether a log can't be removed, as one that nobody may change.  It would be
 * obeyed again by each run, whatever the last one has made: so it never is. */
static gboolean
is_stuck (int env_fd, const Log *log)
{
  g_autofree char *name = log_name (LOG_NAME, log->number);
  g_autofree char *other = log_name (LOG_NAME, log_unused (env_fd));
  gboolean ok = renameat (env_fd, name, env_fd, other) == 0;

  if (!ok)
    return errno == EPERM || errno == EBUSY;
  if (renameat (env_fd, other, env_fd, name) < 0)
    g_debug ("'%s' is '%s' now", name, other);
  return FALSE;
}

/* A run that was killed has made the environment's directory, and maybe some above: they
 * are this one's to remove when it fails, as if it had made them, as far as they are as old
 * as that run, and nothing was moved. */
static void
take_over_made (const Log *log, Journal *journal)
{
  g_autofree char *dir = g_strdup (journal->env_dir);
  struct timespec first = log->born, birth;

  first.tv_sec -= OLDER_MADE;
  if (journal->topmost[0] != '\0' || log->path_hash != journal_hash (journal->env_dir))
    return;
  for (guint i = 0; i < log->made && older_birth (AT_FDCWD, dir, &birth)
                    && log_is_before (first, birth) && !log_is_before (log->born, birth);
       i++)
    {
      g_autofree char *child = g_steal_pointer (&dir);

      g_strlcpy (journal->topmost, child, sizeof journal->topmost);
      dir = g_path_get_dirname (child);
    }
}

/* Says that the disk has no room for what was there before; its log stays, for a later run. */
static gboolean
fail_full (const TakeBack *back, const UndoJob *job, GError **error)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "an earlier run on '%s' was interrupted, and '%s' can't be put back: %s; the next "
               "run tries that again",
               job->env_dir, back->full_path, g_strerror (back->full));
  return FALSE;
}

/* Takes back what a run has changed that was killed, however long ago.  FALSE with error set
 * when that has to be tried again. */
static gboolean
take_back_earlier (int env_fd, Log *log, const UndoJob *job, GPtrArray *kept, GError **error)
{
  gboolean ok = TRUE;

  TakeBack *back = take_back_new (env_fd, log, NULL);

  back->is_later = TRUE;
  back->is_moved = log->path_hash != journal_hash (job->env_dir);
  take_over_made (log, job->journal);
  takeback_all (back);
  if (back->full != 0)
    {
      tell (back, job, "taken back in part");
      ok = fail_full (back, job, error);
    }
  else if (!back->is_partly
           && recover_settle (env_fd, log->number, &log->own, &log->fd, back->aside))
    {
      tell (back, job, "taken back");
      if (!back->is_worked_on)
        futimens (env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, log->mtime });
      sweep_all (env_fd);
    }
  else
    {
      g_autofree char *what = name_aside (back);

      tell (back, job, what);
      set_all_aside (back, job, "holds what could not be put back of an interrupted run");
    }
  if (!back->is_worked_on)
    futimens (env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, log->mtime });
  end (back, kept);
  return ok;
}

/* What is venvb's in the environment's directory: whether there is anything, and the
 * numbers of the logs. */
typedef struct
{
  gboolean is_found;
  GArray *logs;
} Earlier;

static gboolean
find_earlier (int fd, const char *entry, gpointer data, GError **error)
{
  Earlier *earlier = data;
  guint number;

  earlier->is_found = earlier->is_found || g_str_has_prefix (entry, UNDO_DIR);
  if (log_has_name (entry, LOG_NAME, &number))
    g_array_append_val (earlier->logs, number);
  return TRUE;
}

static int
last_first (gconstpointer a, gconstpointer b)
{
  return *(const guint *) a < *(const guint *) b ? 1 : -1;
}

/* Takes back, by one log. */
static gboolean
recover_by (int env_fd, guint number, const UndoJob *job, GPtrArray *kept, GError **error)
{
  g_autoptr (Log) log = NULL;
  LogState state = log_read (env_fd, number, NULL, &log);

  if (state == LOG_EMPTY)
    log_remove (env_fd, number);
  else if (state == LOG_ENDED)
    end_settled (env_fd, log);
  else if (state == LOG_OURS && !is_stuck (env_fd, log))
    return take_back_earlier (env_fd, log, job, kept, error);
  return TRUE;
}

/* Sees to what earlier runs have left in an open directory, if they have.  Returns
 * the names of what is kept, which this run has told of: --clear leaves that.  The
 * journal has the number for the log of this run then.  NULL with error set when the disk
 * is too full for what was there before: then its log stays. */
GPtrArray *
recover_earlier (int env_fd, const UndoJob *job, GError **error)
{
  g_autoptr (GPtrArray) kept = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GArray) logs = g_array_new (FALSE, TRUE, sizeof (guint));
  Earlier earlier = { FALSE, logs };
  TakeBack *back;

  if (!dir_each (env_fd, ".", find_earlier, &earlier, NULL))
    {
      g_debug ("'%s' can't be read", job->env_dir);
      earlier.is_found = TRUE;
      g_array_set_size (logs, 1); /* the usual one */
    }
  if (!earlier.is_found)
    return g_steal_pointer (&kept);
  g_array_sort (logs, last_first);
  for (guint i = 0; i < logs->len; i++)
    if (!recover_by (env_fd, g_array_index (logs, guint, i), job, kept, error))
      return NULL;
  back = take_back_new (env_fd, NULL, NULL);
  set_all_aside (back, job, "is not from a run of venvb here");
  end (back, kept);
  job->journal->log_number = log_unused (env_fd);
  return g_steal_pointer (&kept);
}
