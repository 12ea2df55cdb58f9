/* SPDX-License-Identifier: BSD-2-Clause */

/* What this run is about to change: put aside and noted in the log before, and how it looks
 * afterwards.  In a directory that was empty all is ours, and nothing of it need be noted.
 * One that was an environment before, and of which nothing is changed, has no log at all. */

#include "undo/room.h"

#include "base/beneath.h"
#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct _Writes
{
  int env_fd;
  LogKind kind;
  const char *env_dir;
  char *real;       /* the same without links, when it is needed */
  int log;          /* -1 as long as nothing is to be written to it */
  Journal *journal; /* whether the log is begun is also for him who watches the run */
  gboolean has_mark;
  int aside;        /* -1 as long as nothing was put aside */
  char *aside_name; /* of that directory */
  int next;         /* number of what is put aside */
  gboolean is_guarded;
  GHashTable *known;     /* path of what is in the log: its number */
  GHashTable *made;      /* paths of directories that this run has made */
  GHashTable *differing; /* paths of what is not as it was */
  GPtrArray *pending;    /* paths of what was not noted since it was changed */
  gint64 told;           /* when it was last noted that the run goes on */
  Changes changes;
};

/* Begins the log where nothing was changed so far, or goes on with it. */
static gboolean
begin (Writes *writes)
{
  if (writes->log < 0 && writes->journal->is_logged)
    writes->log = log_open (writes->env_fd, writes->journal->log_number, &writes->journal->log);
  else if (writes->log < 0)
    writes->log = log_begin (writes->env_fd, writes->journal, writes->kind, &writes->has_mark);
  writes->journal->is_logged = writes->journal->is_logged || writes->log >= 0;
  return writes->log >= 0;
}

static gboolean
append (Writes *writes, LogEvent event, int number, const Seen *seen, const char *path)
{
  return begin (writes)
         && log_append (writes->log, writes->journal->log_started, event, number, seen, path);
}

/* Opens the directory for what is put aside. */
static int
open_aside (Writes *writes)
{
  struct stat st;
  Seen seen;
  int failure;

  if (writes->aside >= 0 || !begin (writes))
    return writes->aside;
  g_clear_pointer (&writes->aside_name, g_free);
  writes->aside = aside_make (writes->env_fd, writes->journal, &writes->aside_name);
  if (writes->aside < 0)
    return -1;
  if (fstat (writes->aside, &st) == 0)
    {
      seen = log_seen (&st);
      if (append (writes, LOG_ASIDE, -1, &seen, writes->aside_name))
        return writes->aside;
    }
  failure = errno;
  close (writes->aside);
  writes->aside = -1;
  unlinkat (writes->env_fd, writes->aside_name, AT_REMOVEDIR);
  errno = failure;
  return -1;
}

/* Makes room for what is noted; in a directory that was empty that is hardly ever
 * needed. */
static void
make_tables (Writes *writes)
{
  if (writes->known != NULL)
    return;
  writes->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  writes->made = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  writes->pending = g_ptr_array_new_with_free_func (g_free);
}

/* Notes when something was last changed in a directory, once. */
static gboolean
note_time (Writes *writes, int dir, const char *path)
{
  g_autofree char *key = g_strconcat (path, "/", NULL);
  struct stat st;
  Seen seen;

  if (g_str_equal (path, ".") || g_hash_table_contains (writes->known, key))
    return TRUE;
  if (fstat (dir, &st) < 0)
    return FALSE;
  seen = log_seen (&st);
  g_hash_table_insert (writes->known, g_steal_pointer (&key), GINT_TO_POINTER (-1));
  return append (writes, LOG_TIME, -1, &seen, path);
}

/* Notes that a file has other names which is about to be edited: all see what is written. */
static gboolean
note_linked (Writes *writes, int dir, const char *name, const char *path)
{
  Seen seen;

  return !aside_is_linked (dir, name, &seen) || append (writes, LOG_LINKED, -1, &seen, path);
}

/* Puts what is there aside, and notes it. */
static gboolean
put_aside (Writes *writes, int dir, const char *name, const char *path, Change change)
{
  int number = writes->next, aside = open_aside (writes);
  g_autofree char *text = g_strdup_printf ("%d", number);
  struct stat st;
  Seen seen;

  if (aside < 0 || (change == CHANGE_EDIT && !note_linked (writes, dir, name, path))
      || !aside_put (dir, name, aside, text, change)
      || fstatat (aside, text, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return FALSE;
  seen = log_seen (&st);
  writes->next++;
  g_hash_table_insert (writes->known, g_strdup (path), GINT_TO_POINTER (number));
  return append (writes, LOG_FILE, number, &seen, path);
}

/* Moves a directory aside, with all in it.  That is noted before, since what is moved has
 * no other name; and once more where it could not be moved as it is. */
static gboolean
move_aside (Writes *writes, int dir, const char *name, const char *path, const struct stat *st)
{
  int number = writes->next, aside = open_aside (writes);
  g_autofree char *text = g_strdup_printf ("%d", number);
  Seen seen = log_seen (st);
  struct stat now;

  if (aside < 0)
    return FALSE;
  writes->next++;
  g_hash_table_insert (writes->known, g_strdup (path), GINT_TO_POINTER (number));
  if (!append (writes, LOG_FILE, number, &seen, path) || !aside_move (dir, name, aside, text)
      || fstatat (aside, text, &now, AT_SYMLINK_NOFOLLOW) < 0)
    return FALSE;
  if (now.st_ino == st->st_ino)
    return TRUE;
  seen = log_seen (&now);
  return append (writes, LOG_FILE, number, &seen, path);
}

/* Notes a change of what has this name in the open directory. */
static gboolean
expect_at (Writes *writes, int dir, const char *name, const char *path, Change change)
{
  struct stat st;

  if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      if (errno != ENOENT
          || !append (writes, change == CHANGE_MKDIR ? LOG_DIR : LOG_FILE, -1, NULL, path))
        return FALSE;
      g_hash_table_insert (writes->known, g_strdup (path), GINT_TO_POINTER (-1));
      return TRUE;
    }
  if (S_ISDIR (st.st_mode) && change == CHANGE_RMDIR)
    return put_aside (writes, dir, name, path, change) && unlinkat (dir, name, AT_REMOVEDIR) == 0;
  errno = EBUSY;
  if (change == CHANGE_REMOVE && S_ISDIR (st.st_mode))
    return !mounts_are_on (dir, name) && move_aside (writes, dir, name, path, &st);
  return change == CHANGE_MKDIR || S_ISDIR (st.st_mode)
         || put_aside (writes, dir, name, path, change);
}

/* Before what is in the log is changed once more.  It looks no longer as it was noted
 * then: if it is not noted how, it must not be taken for somebody's.  A directory stays
 * what it was. */
static gboolean
expect_again (Writes *writes, const char *path, Change change)
{
  if (g_ptr_array_find_with_equal_func (writes->pending, path, g_str_equal, NULL))
    return TRUE;
  g_ptr_array_add (writes->pending, g_strdup (path));
  return change == CHANGE_MKDIR || append (writes, LOG_AGAIN, -1, NULL, path);
}

/* Before something is changed in the environment. */
static gboolean
expect (const char *absolute, Change change, gpointer data)
{
  Writes *writes = data;
  g_autofree char *path = NULL;
  g_autofree char *above = NULL;
  gboolean ok;
  int dir;

  if (!paths_relative (writes->env_dir, &writes->real, absolute, &path))
    return FALSE;
  make_tables (writes);
  errno = EXDEV;
  if (path == NULL)
    return !paths_are_led_out (writes->env_dir, absolute);
  if (paths_lead_through (path, writes->made))
    return TRUE;
  if (g_hash_table_contains (writes->known, path))
    return expect_again (writes, path, change);
  above = g_path_get_dirname (path);
  dir = aside_open_dir (writes->env_fd, above);
  ok = dir >= 0 && note_time (writes, dir, above)
       && expect_at (writes, dir, strrchr (absolute, '/') + 1, path, change);
  fs_close (dir);
  if (ok && g_hash_table_contains (writes->known, path))
    g_ptr_array_add (writes->pending, g_strdup (path));
  return ok;
}

/* Notes how a file looks that was changed or removed, or a directory that was made. */
static void
note (Writes *writes, const char *path)
{
  Seen seen = { .size = -1 }; /* it is removed */
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  int dir = path[0] == '/' ? regular_open_dir (path) : aside_open_dir (writes->env_fd, above);
  int number = GPOINTER_TO_INT (g_hash_table_lookup (writes->known, path));
  struct stat st;
  gboolean exists = dir >= 0 && fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

  if (dir < 0 || (!exists && errno != ENOENT))
    return fs_close (dir);
  outcome_note (writes->journal, &writes->differing, path,
                !aside_is_as (writes->aside, number, dir, name, exists ? &st : NULL));
  if (exists)
    seen = log_seen (&st);
  if (exists && path[0] == '/' && open_aside (writes) >= 0)
    elsewhere_keep (dir, name, &st, writes->aside, number);
  if (!append (writes, LOG_WRITTEN, -1, &seen, path))
    g_debug ("the log can't be written to");
  else if (exists && S_ISDIR (st.st_mode))
    g_hash_table_add (writes->made, g_strdup (path));
  fs_close (dir);
}

/* Notes what venvb itself has written; what the log tells nothing of, there, too, once
 * others may write: the journal is gone with a run that is killed. */
static void
note_own (Writes *writes, const char *path)
{
  gboolean is_in_made_dir =
      writes->kind == LOG_NEW || (writes->made != NULL && paths_lead_through (path, writes->made));

  journal_note_written (writes->journal, path);
  if (is_in_made_dir && writes->is_guarded && !paths_are_usual (path))
    append (writes, LOG_WRITTEN, -1, NULL, path);
}

/* After that, or after a file elsewhere was changed. */
static void
done (const char *absolute, gpointer data)
{
  Writes *writes = data;
  const char *below = paths_name_below (writes->env_dir, absolute);
  g_autofree char *path = NULL;
  guint at;

  if (below != NULL)
    note_own (writes, below);
  if (writes->pending == NULL || writes->pending->len == 0)
    return;
  if (!paths_relative (writes->env_dir, &writes->real, absolute, &path))
    return; /* noted at the end */
  if (path == NULL)
    path = elsewhere_resolve (absolute);
  if (!g_ptr_array_find_with_equal_func (writes->pending, path, g_str_equal, &at))
    return;
  note (writes, path);
  g_ptr_array_remove_index_fast (writes->pending, at);
}

/* Notes all that was changed since it was noted; what may change again is noted later. */
void
writes_note (Writes *writes, gboolean is_last)
{
  if (writes->pending == NULL || writes->pending->len == 0)
    return;
  for (guint i = 0; i < writes->pending->len; i++)
    note (writes, g_ptr_array_index (writes->pending, i));
  if (is_last)
    g_ptr_array_set_size (writes->pending, 0);
}

/* A program may write many lines, and be looked at often: once in a second is enough. */
static void
alive (gpointer data)
{
  Writes *writes = data;
  gint64 now = g_get_monotonic_time ();

  if (!writes->journal->is_logged || now - writes->told < G_USEC_PER_SEC)
    return;
  writes->told = now;
  if (!append (writes, LOG_ALIVE, -1, NULL, "."))
    g_debug ("the log can't be written to");
}

/* Notes in which directory a file elsewhere is. */
static gboolean
note_place (Writes *writes, int dir, const char *path)
{
  Seen seen;

  return dir < 0 || (elsewhere_place (dir, &seen) && append (writes, LOG_PLACE, -1, &seen, path));
}

/* Remembers a file elsewhere, once. */
static gboolean
save_elsewhere (Writes *writes, const char *path)
{
  int number = writes->next, aside = open_aside (writes), dir;
  g_autofree char *text = g_strdup_printf ("%d", number);
  const char *name = strrchr (path, '/') + 1;
  struct stat st;
  Seen seen = { 0 };
  gboolean ok;
  int exists;

  dir = regular_open_dir (path);
  exists = dir < 0 ? (errno == ENOENT ? 0 : -1) : fs_exists_at (dir, name);
  ok = aside >= 0 && exists >= 0 && note_place (writes, dir, path)
       && (exists == 0
           || (note_linked (writes, dir, name, path) && copy_exactly (dir, name, aside, text)
               && fstatat (aside, text, &st, AT_SYMLINK_NOFOLLOW) == 0));
  fs_close (dir);
  if (ok && exists)
    seen = log_seen (&st);
  writes->next++;
  g_hash_table_insert (writes->known, g_strdup (path), GINT_TO_POINTER (number));
  /* Its size tells whether it was there: there are files of inode 0. */
  seen.size = ok && exists ? seen.size : -1;
  return ok && append (writes, LOG_FILE, number, &seen, path);
}

/* Remembers a file before it is changed, in the environment or elsewhere.  Of a
 * link both it and the file it leads to are remembered: who changes it may
 * replace it, or write through it.  FALSE with errno set on failure. */
gboolean
writes_save (Writes *writes, const char *given)
{
  g_autofree char *inside = NULL;
  g_autofree char *path = NULL;
  char *target;
  gboolean ok;

  if (!paths_relative (writes->env_dir, &writes->real, given, &inside))
    return FALSE;
  path = inside != NULL ? g_strdup (given) : elsewhere_resolve (given);
  target = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL) : NULL;
  ok = target == NULL || writes_save (writes, target);
  free (target);
  if (!ok)
    return FALSE;
  if (inside != NULL)
    return writes->kind == LOG_NEW || expect (given, CHANGE_EDIT, writes);
  make_tables (writes);
  if (g_hash_table_contains (writes->known, path))
    return expect_again (writes, path, CHANGE_EDIT);
  ok = save_elsewhere (writes, path);
  if (ok)
    g_ptr_array_add (writes->pending, g_strdup (path));
  return ok;
}

/* Tells whether something was noted: then what is cleared has to be, too. */
gboolean
writes_are_noted (const Writes *writes)
{
  return writes->journal->is_logged;
}

/* Moves all that is in the directory aside, but what was kept a moment ago, before
 * anything else is changed. */
gboolean
writes_clear (Writes *writes, const GPtrArray *kept, GError **error)
{
  writes->kind = LOG_CLEAR;
  if (!begin (writes))
    return fs_fail (error, "write to", writes->env_dir);
  return open_aside (writes) < 0 ? fs_fail (error, "write to", UNDO_DIR)
                                 : aside_clear (writes->env_fd, writes->aside, kept, error);
}

/* Puts aside what programs may change, before the first one runs.  Whatever they
 * do to a directory that was empty, or was cleared, is ours in any case. */
gboolean
writes_guard (Writes *writes, const char *purelib, GError **error)
{
  if (writes->is_guarded)
    return TRUE;
  writes->is_guarded =
      writes->kind != LOG_WORK
      || (open_aside (writes) < 0 ? fs_fail (error, "write to", UNDO_DIR)
                                  : guard_take (writes->env_fd, writes->aside, error));
  if (!writes->is_guarded || writes->kind == LOG_NEW)
    return writes->is_guarded;
  return append (writes, LOG_GUARDED, -1, NULL, purelib != NULL ? purelib : ".")
         || fs_fail (error, "write to", LOG_NAME);
}

/* Settles the log: all that was changed stays. */
gboolean
writes_settle (Writes *writes)
{
  Journal *journal = writes->journal;
  g_autofree char *name = log_name (LOG_NAME, journal->log_number);

  if (!journal->is_logged)
    return TRUE;
  journal->is_settling = TRUE; /* should nobody get to note that it is no more */
  if (writes->aside < 0 && !writes->has_mark && writes->log < 0
          ? unlinkat (writes->env_fd, name, 0) == 0
          : recover_settle (writes->env_fd, journal->log_number, &journal->log, &writes->log,
                            writes->aside))
    journal->is_logged = FALSE;
  else
    journal->is_settling = FALSE;
  return journal->is_settling;
}

/* Removes what was put aside, once that is settled.  Returns what can't be removed. */
const char *
writes_sweep (const Writes *writes)
{
  return writes->aside < 0 || sweep_aside (writes->env_fd, writes->aside, writes->aside_name)
             ? NULL
             : writes->aside_name;
}

/* Begins to note what this thread changes in an open directory.  env_dir has to
 * last as long.  Returns NULL with errno set on failure, and nothing there. */
Writes *
writes_begin (int env_fd, const char *env_dir, LogKind kind, Journal *journal)
{
  Writes *writes = g_new (Writes, 1);

  *writes = (Writes){
    .env_fd = env_fd, .kind = kind, .env_dir = env_dir, .journal = journal, .log = -1, .aside = -1
  };
  journal->is_logged = journal->is_settling = journal->differs = FALSE;
  journal_forget_written (journal);
  writes->changes = (Changes){ kind == LOG_NEW ? NULL : expect, done, alive, writes };
  if (kind != LOG_WORK && !begin (writes))
    {
      writes_end (writes);
      return NULL;
    }
  /* It may take long, and descriptors be few; but where others may rename it, only so it
   * can be ended. */
  if (kind == LOG_NEW && !identity_is_shared (journal))
    {
      fs_close (writes->log);
      writes->log = -1;
    }
  changes_watch (&writes->changes);
  beneath_enter (env_fd, env_dir);
  return writes;
}

void
writes_end (Writes *writes)
{
  int failure = errno;

  changes_watch (NULL);
  beneath_leave ();
  fs_close (writes->log);
  fs_close (writes->aside);
  g_clear_pointer (&writes->known, g_hash_table_unref);
  g_clear_pointer (&writes->made, g_hash_table_unref);
  g_clear_pointer (&writes->differing, g_hash_table_unref);
  g_clear_pointer (&writes->pending, g_ptr_array_unref);
  free (writes->real);
  g_free (writes->aside_name);
  g_free (writes);
  errno = failure;
}
