/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A run leaves a whole environment, or what was there before and nothing else of
 * its own.  What it changes is in its log before (writes.c), and is taken back by
 * that (recover.c): all that is needed is in the journal and on the disk, so that
 * the process watching a crash can do it, too.
 */

#include "undo/room.h"

#include "base/turns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct _Undo
{
  int fd; /* of the environment, locked */
  char *env_dir;
  char *purelib; /* relative to it, or NULL */
  Journal *journal;
  Listener listener;
  Writes *writes;
  dev_t dev; /* what is open */
  ino_t ino;
  GPtrArray *kept;     /* names of what was kept a moment ago, and is not cleared; or NULL */
  gboolean is_cleared; /* or was empty */
};

/* Removes a directory unless there is something in it.  It may not be there. */
static gboolean
remove_empty (const char *dir)
{
  return rmdir (dir) == 0 || errno == ENOTEMPTY || errno == EEXIST
         || fs_exists_at (AT_FDCWD, dir) == 0;
}

/* Removes the directories that were made for the environment, which is open as fd (or
 * -1), from the innermost to the topmost, as far as they are empty; inner ones may not
 * have come into being.  What somebody has put in its place is his. */
static gboolean
remove_made (Journal *journal, int fd)
{
  g_autofree char *dir = g_strdup (journal->env_dir);
  gboolean ok;

  if (journal->topmost[0] == '\0' || dir[0] == '\0')
    return TRUE;
  if (fd >= 0 && fs_exists_at (AT_FDCWD, dir) != 0 && !envdir_is_still (fd, dir))
    return FALSE;
  ok = remove_empty (dir);
  while (strlen (dir) > strlen (journal->topmost))
    {
      g_autofree char *child = g_steal_pointer (&dir);

      dir = g_path_get_dirname (child);
      ok = remove_empty (dir) && ok;
    }
  return ok;
}

/* Adds some of the names to a text, as far as there is room. */
static void
add_names (char *text, gsize size, const char *what, const char *const *names, guint n)
{
  const char *separator = text[0] == '\0' ? "" : "; ";
  guint i;

  for (i = 0; i < n && strlen (text) + strlen (names[i]) + 100 < size; i++)
    {
      g_autofree char *more =
          g_strdup_printf ("%s%s'%s'", i > 0 ? ", " : separator, i > 0 ? "" : what, names[i]);
      g_strlcat (text, more, size);
    }
  if (i < n)
    g_strlcat (text, i > 0 ? " and others" : "", size);
}

/* Notes which environments stand while the nth is being made, and which were
 * not begun, for him who reads why it could not be made. */
void
undo_note_others (Journal *journal, const char *const *env_dirs, guint nth)
{
  char *text = journal->others;
  const gsize half = sizeof journal->others / 2;
  guint n = g_strv_length ((char **) env_dirs);

  text[0] = '\0';
  if (n == 1 && nth == 0)
    return;
  if (nth < n)
    add_names (text, half, "not made: ", env_dirs + nth, 1);
  add_names (text, half, "made before: ", env_dirs, nth);
  if (nth < n)
    add_names (text, sizeof journal->others, "not tried: ", env_dirs + nth + 1, n - nth - 1);
}

/* Moves what recover_this() has kept to an empty directory.  Returns FALSE
 * when that can't be done; errno is ENOENT when there is nothing. */
static gboolean
move_failed (int env_fd, const char *to)
{
  struct stat st;

  unlinkat (env_fd, UNDO_FAILED, AT_REMOVEDIR);
  if (fstat (env_fd, &st) < 0 || renameat (env_fd, UNDO_FAILED, AT_FDCWD, to) < 0)
    return FALSE;
  return futimens (env_fd, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, st.st_mtim }) == 0;
}

/* Puts what a failed run has made, if anything, beside the environment; into
 * it, where the directory above can't be written or is another file system. */
static void
keep_failed (Journal *journal, int fd)
{
  static const char *const names[] = { ".failed-XXXXXX", "/.venvb-failed-XXXXXX" };
  gboolean found = TRUE;

  for (guint i = 0; found && journal->kept[0] == '\0' && i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat (journal->env_dir, names[i], NULL);

      if (g_mkdtemp_full (path, 0777) == NULL)
        continue;
      if (move_failed (fd, path))
        g_strlcpy (journal->kept, path, sizeof journal->kept);
      else
        {
          found = errno != ENOENT;
          rmdir (path);
        }
    }
}

/* Says that not all is as it was, and where the rest may be. */
static void
say_not_restored (const Journal *journal, int fd, GString *said)
{
  const char *dir = journal->env_dir;
  g_autoptr (GString) text = g_string_new ("; what was there could not be put back");
  g_autofree char *log = log_name (LOG_NAME, journal->log_number);

  if (journal->is_logged && fs_exists_at (fd, log) == 0)
    g_string_append_printf (text, ", as somebody has removed '%s/%s'", dir, log);
  if (fs_exists_at (fd, UNDO_DIR) != 0)
    g_string_append_printf (text, ": see '%s/%s'", dir, UNDO_DIR);
  g_string_prepend (said, text->str);
}

/* Puts back what was there before, under the lock.  A run that has changed
 * nothing has no log, and its time is here. */
static gboolean
restore (Journal *journal, int fd, GString *said)
{
  const struct timespec times[] = { { .tv_nsec = UTIME_OMIT }, journal->time };
  gboolean ok = recover_this (fd, journal, said);

  journal->stood = journal->stands;
  if (journal->stands)
    return ok;
  if (ok)
    futimens (fd, times);
  else
    say_not_restored (journal, fd, said);
  if (journal->keep)
    keep_failed (journal, fd);
  return ok;
}

/* Ends the work on the environment that is open as fd (or -1).  The lock is
 * given up by name: others may have inherited it. */
static void
release (Journal *journal, int fd)
{
  int kept = journal_take_lock (journal);

  if (fd >= 0)
    {
      flock (fd, LOCK_UN);
      close (fd);
    }
  if (kept >= 0)
    close (kept);
  journal->env_dir[0] = journal->topmost[0] = '\0';
  journal->locked = journal->is_new = journal->is_logged = journal->stands = FALSE;
  journal->is_settling = FALSE;
  journal->dir = journal->log = journal->aside = (Own){ 0 };
}

/* What is mounted in a directory can't be moved, and must not be removed. */
static gboolean
check_mounts (const Undo *undo, GError **error)
{
  g_autofree char *mount = mounts_below (undo->fd);

  if (mount != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s/%s' is a mount point", undo->env_dir,
                 mount);
  return mount == NULL;
}

/* Removes one of the entries of the directory, which is noted. */
static gboolean
clear_entry (int fd, const char *entry, gpointer data, GError **error)
{
  const Undo *undo = data;
  g_autofree char *path = g_build_filename (undo->env_dir, entry, NULL);

  if (g_str_has_prefix (entry, UNDO_DIR)
      || g_ptr_array_find_with_equal_func (undo->kept, entry, g_str_equal, NULL))
    return TRUE;
  errno = EBUSY;
  if (!changes_expect (path, CHANGE_REMOVE) || !dir_remove_at (fd, entry))
    return fs_fail (error, "move aside", entry);
  changes_done (path);
  return TRUE;
}

/* Puts aside all that is in the directory, but what was kept a moment ago: as a whole,
 * unless something in it was changed before. */
gboolean
undo_clear (Undo *undo, GError **error)
{
  if (undo->is_cleared)
    return TRUE;
  undo->is_cleared =
      check_mounts (undo, error)
      && (writes_are_noted (undo->writes) ? dir_each_in (undo->fd, clear_entry, undo, error)
                                          : writes_clear (undo->writes, undo->kept, error));
  if (!undo->is_cleared)
    g_prefix_error (error, "cannot clear '%s': ", undo->env_dir);
  return undo->is_cleared;
}

/* Tells whether that was done, or nothing was there. */
gboolean
undo_is_cleared (const Undo *undo)
{
  return undo->is_cleared;
}

/* Begins the log. */
static gboolean
begin_log (Undo *undo, gboolean is_empty, GError **error)
{
  undo->journal->is_new = undo->is_cleared = is_empty;
  undo->writes =
      writes_begin (undo->fd, undo->env_dir, is_empty ? LOG_NEW : LOG_WORK, undo->journal);
  return undo->writes != NULL || fs_fail (error, "write to", undo->env_dir);
}

/* Removes the directories that were made, and nothing in them. */
static gboolean
give_up (Journal *journal, int fd)
{
  gboolean ok = remove_made (journal, fd);

  release (journal, fd);
  return ok;
}

/* The same when nothing else was done. */
static Undo *
give_up_at_once (Journal *journal, int fd, GError **error)
{
  g_autofree char *topmost = g_strdup (journal->topmost);

  if (!give_up (journal, fd))
    errors_add (error, "; '%s' could not be removed", topmost);
  return NULL;
}

static Undo *
undo_new (const UndoJob *job, int fd, const struct stat *st)
{
  Undo *undo = g_new (Undo, 1);

  *undo = (Undo){ .fd = fd,
                  .env_dir = g_strdup (job->env_dir),
                  .purelib = g_strdup (job->base.purelib),
                  .journal = job->journal,
                  .listener = job->listener,
                  .dev = st->st_dev,
                  .ino = st->st_ino };
  return undo;
}

static void
undo_free (Undo *undo)
{
  g_clear_pointer (&undo->writes, writes_end);
  g_free (undo->env_dir);
  g_free (undo->purelib);
  g_clear_pointer (&undo->kept, g_ptr_array_unref);
  g_free (undo);
}

/* Sees to what is in a directory that is not empty: what earlier runs have left there, and
 * whether it is one that must not become an environment. */
static gboolean
look_at_earlier (const UndoJob *job, int fd, GPtrArray **kept, GError **error)
{
  struct stat st;

  if (fstat (fd, &st) < 0)
    return fs_fail (error, "look at", job->env_dir);
  if (!envdir_check_made (job->journal, fd, &st, fs_own_uid (fd, st.st_uid), error))
    return FALSE;
  *kept = recover_earlier (fd, job, error);
  return *kept != NULL && prefix_check (job, fd, error);
}

/* Makes, locks and protects the environment's directory; with `clear` it may be
 * cleared.  Returns NULL with error set on failure, with everything as it was. */
Undo *
undo_begin (const UndoJob *job, GError **error)
{
  Journal *journal = job->journal;
  g_autoptr (GPtrArray) kept = NULL;
  gboolean is_empty;
  struct stat st;
  Undo *undo;
  int fd;

  if (job->clear && !envdir_check_clear (job->env_dir, job->force, error))
    return NULL;
  fd = envdir_open_locked (job, error);
  if (fd < 0)
    return give_up_at_once (journal, fd, error);
  is_empty = dir_is_empty (fd);
  journal->log_number = 0;
  if (!is_empty && !look_at_earlier (job, fd, &kept, error))
    return give_up_at_once (journal, fd, error);
  if (fstat (fd, &st) < 0)
    {
      fs_fail (error, "look at", job->env_dir);
      return give_up_at_once (journal, fd, error);
    }
  identity_note (&journal->dir, &st);
  journal->time = st.st_mtim;
  journal->locked = TRUE;
  journal->stood = FALSE;
  journal->keep = job->keep;
  journal->kept[0] = '\0';
  undo = undo_new (job, fd, &st);
  undo->kept = g_steal_pointer (&kept);
  if (begin_log (undo, is_empty || dir_is_empty (fd), error)
      && (!is_empty || envdir_check_made (journal, fd, &st, journal->log.owner, error)))
    return undo;
  undo_rollback (undo, error);
  return NULL;
}

/* Tells whether there was nothing in the directory before. */
gboolean
undo_is_new (const Undo *undo)
{
  return undo->journal->is_new;
}

/* Tells whether the directory still has its path.  What is written goes to it in any
 * case, but programs are told the path. */
gboolean
undo_is_still (const Undo *undo, GError **error)
{
  struct stat found;

  if ((envdir_look (undo->env_dir, &found) && found.st_dev == undo->dev
       && found.st_ino == undo->ino)
      || envdir_is_still (undo->fd, undo->env_dir))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "'%s' was moved or removed while it was being made", undo->env_dir);
  return FALSE;
}

/* The moment from which on the environment stands.  FALSE with error set when
 * that can't be. */
static gboolean
discard (Undo *undo, GError **error)
{
  gboolean was_new = undo->journal->is_new;

  if (!undo_is_still (undo, error))
    return FALSE;
  undo->journal->is_new = FALSE;
  undo->journal->stands = writes_settle (undo->writes);
  if (undo->journal->stands)
    return TRUE;
  undo->journal->is_new = was_new;
  return fs_fail (error, "finish", undo->env_dir);
}

/* Removes what is of no use any more, as far as that can be done. */
static void
sweep (Undo *undo)
{
  const char *left = writes_sweep (undo->writes);

  if (left != NULL)
    errors_tell (&undo->listener, VENVB_SOURCE_WARNING,
                 "some of what was in '%s' could not be removed: see '%s/%s'", undo->env_dir,
                 undo->env_dir, left);
}

/* The environment stands: throws the old one away.  When that can't even be
 * begun, all is put back, and the run has failed. */
gboolean
undo_commit (Undo *undo, GError **error)
{
  if (!discard (undo, error))
    {
      undo_rollback (undo, error);
      return FALSE;
    }
  sweep (undo);
  release (undo->journal, undo->fd);
  undo_free (undo);
  return TRUE;
}

/* Puts everything back.  What can't be is told in the error there is. */
void
undo_rollback (Undo *undo, GError **error)
{
  Journal *journal = undo->journal;
  g_autoptr (GString) said = g_string_new (NULL);
  gboolean is_restored, is_removed;

  if (undo->writes != NULL)
    writes_note (undo->writes, TRUE);
  g_clear_pointer (&undo->writes, writes_end);
  is_restored = restore (journal, undo->fd, said);
  is_removed = give_up (journal, undo->fd);
  if (is_restored && !is_removed)
    errors_add (error, "; what was made in '%s' could not be removed", undo->env_dir);
  errors_add (error, "%s", said->str);
  if (journal->kept[0] != '\0')
    errors_add (error, "; what was made is in '%s'", journal->kept);
  undo_free (undo);
}

/* Opens the directory that a dead process worked in, under the lock that it
 * held. */
static int
open_after_crash (Journal *journal)
{
  int fd = journal_take_lock (journal);
  g_autofree char *holder = NULL;

  if (fd >= 0)
    return fd;
  fd = envdir_open (journal->env_dir);
  if (fd >= 0 && !turns_wait (fd, LOCK_EX, &holder))
    g_debug ("'%s' can't be locked", journal->env_dir);
  return fd;
}

/* Does what undo_rollback() would have done, for a process that is gone.
 * Returns whether everything is as it was; what is not, is said. */
gboolean
undo_after_crash (Journal *journal, GString *said)
{
  int fd = journal->locked ? open_after_crash (journal) : -1;
  gboolean ok = fd < 0 || restore (journal, fd, said);
  g_autofree char *env_dir = g_strdup (journal->env_dir);

  if (give_up (journal, fd))
    return ok;
  if (ok)
    g_string_append_printf (said, "; what was made in '%s' could not be removed", env_dir);
  return FALSE;
}

/* Remembers a file before it is changed. */
gboolean
undo_save_file (Undo *undo, const char *path, GError **error)
{
  return writes_save (undo->writes, path) || fs_fail (error, "remember", path);
}

/* To be called before a program runs that may change the environment. */
gboolean
undo_expect_program (Undo *undo, GError **error)
{
  return writes_guard (undo->writes, undo->purelib, error);
}

/* To be called when code has ended that may have changed what it remembered; and,
 * as it may do more, when it has others work in between. */
void
undo_note (Undo *undo, gboolean is_last)
{
  writes_note (undo->writes, is_last);
}
