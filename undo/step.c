/* SPDX-License-Identifier: BSD-2-Clause */

/* One line of the log, taken back.  It can be repeated, should it be broken off.  What is
 * not as the run has left it is somebody's: it stays, or is kept elsewhere where it is in
 * the way of what was there before.  Nothing depends on something being removed. */

#include "undo/room.h"

#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One entry of the log, about to be taken back. */
typedef struct
{
  TakeBack *back;
  const LogEntry *entry;
  const Seen *written;
  int dir;
  char *name;
  char *number; /* what was there before is aside as this; NULL for nothing */
  struct stat now, old;
  gboolean exists, was_there;
  gboolean is_worked_on; /* something may have been put there since the run was killed */
} Step;

/* Tells whether what is there is still what the run has left: what it noted, or any file
 * of that time when it did not get so far. */
static gboolean
is_ours (const Step *step)
{
  const struct stat *now = &step->now;

  if (step->written != NULL)
    return log_is_as_seen (step->written, now);
  return (S_ISREG (now->st_mode) || S_ISLNK (now->st_mode)) && !owned_is_later (step->back, now)
         && !owned_may_be_linked (step->back, now, step->is_worked_on);
}

/* Names what is missing, and not because the run has removed it. */
static void
bring (const Step *step)
{
  if (step->written != NULL ? step->written->size >= 0 : step->is_worked_on)
    fate_bring (step->back, step->entry->path);
}

/* Looks at what is aside.  FALSE when it is not what was put there, or can't be
 * looked at; when it is no more, it has been put back.  Its times do not count: who touches
 * all there is touches it, too; nor its size where it has other names, by which its owner may
 * have written to it. */
static gboolean
look_aside (Step *step, gboolean *is_back)
{
  *is_back = FALSE;
  if (step->number == NULL)
    return TRUE;
  step->was_there = fstatat (step->back->aside, step->number, &step->old, AT_SYMLINK_NOFOLLOW) == 0;
  *is_back = !step->was_there && errno == ENOENT;
  return *is_back
         || (step->was_there && step->old.st_ino == step->entry->seen.inode
             && (step->old.st_nlink > 1 || step->old.st_size == step->entry->seen.size));
}

/* Tells whether what could not be replaced is what was there: who may not change a
 * directory has changed nothing in it either. */
static gboolean
is_as_before (const Step *step)
{
  return step->exists && step->now.st_mode == step->old.st_mode
         && aside_is_same (step->back->aside, step->number, step->dir, step->name);
}

/* Tells whether what was put aside is there no more, and has not been put back: all of it
 * is gone, or what the run has written is still there. */
static gboolean
is_lost (const Step *step)
{
  struct stat st;

  if (step->number == NULL || step->back->aside < 0)
    return step->number != NULL && step->back->is_gone;
  return step->exists && step->written != NULL && step->written->size >= 0
         && log_is_as_seen (step->written, &step->now)
         && fstatat (step->back->aside, step->number, &st, AT_SYMLINK_NOFOLLOW) < 0
         && errno == ENOENT;
}

/* Something could not be put back: a later run may, where only room is lacking. */
static void
fail (const Step *step, int failure)
{
  TakeBack *back = step->back;

  back->is_partly = TRUE;
  if (failure != ENOSPC && failure != EDQUOT && failure != EIO)
    return;
  back->full = failure;
  back->full_path = step->entry->path;
}

/* Tells whether the file that is there is the one that the run was about to edit, and has
 * other names: another file in its place would leave these as the run has made them. */
static gboolean
is_linked (const Step *step)
{
  const Seen *edited = g_hash_table_lookup (step->back->edited, step->entry->path);

  return edited != NULL && step->exists && step->number != NULL && S_ISREG (step->now.st_mode)
         && edited->inode == step->now.st_ino && step->now.st_nlink > 1;
}

/* Puts what was there into the place where it was. */
static void
put_back (const Step *step)
{
  TakeBack *back = step->back;

  if (is_linked (step))
    {
      if (!aside_is_same (back->aside, step->number, step->dir, step->name)
          && !aside_write_back (back->aside, step->number, step->dir, step->name))
        fail (step, errno);
      return;
    }
  if (renameat (back->aside, step->number, step->dir, step->name) == 0)
    return;
  if (unlinkat (step->dir, step->name, 0) < 0 && errno != ENOENT)
    back->is_partly = back->is_partly || !is_as_before (step);
  else if (!aside_move (back->aside, step->number, step->dir, step->name))
    fail (step, errno);
}

/* What is there is not what the run has made: names it, unless it is what was
 * cleared, and is back already. */
static void
leave (const Step *step)
{
  const Log *log = step->back->log;

  if (log->kind != LOG_CLEAR || !log_is_before (step->now.st_mtim, log->begun))
    fate_leave (step->back, step->entry->path);
}

/* What was in a directory that was there comes back into the one that is there now: which is to
 * be no more open for that.  Returns whether nothing is left to be done about the old one. */
static gboolean
is_met (const Step *step)
{
  int now = dir_open_here (step->dir, step->name, O_PATH);
  int old = now < 0 ? -1 : aside_open_dir (step->back->aside, step->number);
  struct stat st = step->old;
  gboolean ok = old >= 0 && merge_access (step->back, now, old, &st);

  fs_close (now);
  fs_close (old);
  return ok && unlinkat (step->back->aside, step->number, AT_REMOVEDIR) == 0;
}

/* A directory that was there can't take the place of another one, in which somebody has
 * put something meanwhile. */
static void
keep_old_dir (const Step *step)
{
  if (step->was_there && S_ISDIR (step->now.st_mode)
      && !(S_ISDIR (step->old.st_mode) && is_met (step)))
    fate_keep (step->back, step->back->aside, step->number, step->entry->path);
}

/* A directory is there again where one was removed.  What was in that is put back into one
 * that is empty, or is kept. */
static void
dir_again (const Step *step)
{
  TakeBack *back = step->back;

  if (!is_met (step) && renameat (back->aside, step->number, step->dir, step->name) < 0)
    fate_keep (back, back->aside, step->number, step->entry->path);
}

/* Moves out of the way what was left of what the run has made in place of a distribution,
 * as somebody has changed it since the run was killed.  FALSE when it stays, as by far the
 * most that can't be removed does. */
static gboolean
keep_rest (const Step *step, const FateMark *before)
{
  TakeBack *back = step->back;
  gboolean was_partly = back->is_partly;
  Dist dist = dists_tell (back, step->entry->path);

  if (!back->is_later || dist == DIST_NOT || dist >= DIST_STAYS)
    return FALSE;
  if (!fate_keep (back, step->dir, step->name, step->entry->path))
    {
      back->is_partly = was_partly;
      return FALSE;
    }
  fate_leave_as_one (back, before, FALSE, NULL);
  return TRUE;
}

/* Removes what the run has made, so that what was there can come back; or, where that can't
 * be, keeps that. */
static void
remove_made (const Step *step)
{
  const FateMark before = fate_mark (step->back);

  if (!fate_remove (step->back, step->dir, step->name, step->entry->path)
      && !keep_rest (step, &before))
    keep_old_dir (step);
  else if (step->was_there)
    put_back (step);
}

/* What is not the run's is in the place of what was there. */
static void
make_way (const Step *step)
{
  TakeBack *back = step->back;
  const char *path = step->entry->path;

  if (owned_is_later (back, &step->now) && dists_tell (back, path) == DIST_NOT)
    fate_keep (back, back->aside, step->number, path);
  else if (fate_keep (back, step->dir, step->name, path))
    put_back (step);
}

/* A file of the environment, or a directory that was removed. */
static void
file_back (const Step *step)
{
  TakeBack *back = step->back;
  const char *path = step->entry->path;
  gboolean was_there = step->was_there;

  if (was_there && step->exists && step->old.st_ino == step->now.st_ino)
    return; /* it was not replaced */
  if (dists_tell (back, path) >= DIST_STAYS)
    {
      if (was_there)
        fate_keep (back, back->aside, step->number, path);
      return;
    }
  if (was_there && is_linked (step)
      && (is_ours (step) || back->was_begun
          || aside_is_same (back->aside, step->number, step->dir, step->name)))
    {
      put_back (step);
      return;
    }
  if (was_there && step->exists && S_ISDIR (step->old.st_mode) && S_ISDIR (step->now.st_mode)
      && !is_ours (step))
    {
      dir_again (step);
      return;
    }
  if (!step->exists)
    {
      if (was_there)
        {
          bring (step);
          put_back (step);
        }
      return;
    }
  if (!is_ours (step))
    {
      if (was_there)
        make_way (step);
      else
        leave (step);
    }
  else if (!was_there || back->failed >= 0 || S_ISDIR (step->now.st_mode))
    remove_made (step);
  else
    put_back (step);
}

/* Puts back a file elsewhere, or removes what was not there. */
static gboolean
replace_elsewhere (const Step *step)
{
  g_autofree char *temp = elsewhere_half (step->name);
  int failure;

  if (is_linked (step))
    return aside_write_back (step->back->aside, step->number, step->dir, step->name);
  if (step->entry->seen.size < 0)
    return unlinkat (step->dir, step->name, 0) == 0 || errno == ENOENT;
  if (copy_exactly (step->back->aside, step->number, step->dir, temp)
      && regular_rename (step->dir, temp, step->name))
    return TRUE;
  failure = errno;
  if (failure != EEXIST)
    unlinkat (step->dir, temp, 0);
  errno = failure;
  return FALSE;
}

/* Tells whether somebody may have removed a file elsewhere since the run was killed, which
 * had not noted that it did: something was changed in its directory. */
static gboolean
is_gone_since (const Step *step)
{
  struct stat dir;

  return step->back->is_later && (fstat (step->dir, &dir) < 0 || owned_is_later (step->back, &dir));
}

/* Tells whether a path elsewhere still leads to what the run has found there: ENV_DIR, and
 * what is around it, may have been moved since, and others be in their place; and who has
 * made an environment of that path relies on what is there.  A later run does nothing
 * where it is not known that it is so: the log may have come here with its file system. */
static gboolean
is_its_place (const Step *step)
{
  const TakeBack *back = step->back;
  const Seen *place = g_hash_table_lookup (back->places, step->entry->path);

  if (!back->is_later
      && (place == NULL
          || (step->exists && step->written != NULL && log_is_as_seen (step->written, &step->now))))
    return TRUE;
  return !back->is_moved && elsewhere_is_place (step->dir, place);
}

/* A file elsewhere that others have changed since, or that is not the one any more: it stays,
 * and what was there before is kept. */
static void
leave_elsewhere (const Step *step, gboolean was_there)
{
  fate_leave (step->back, step->entry->path);
  if (was_there)
    fate_keep (step->back, step->back->aside, step->number, step->name);
}

/* A file elsewhere: it is as before only if nobody else has changed it. */
static void
elsewhere_back (const Step *step)
{
  TakeBack *back = step->back;
  gboolean was_there = step->entry->seen.size >= 0, ok = TRUE;

  if (!step->exists && (!was_there || (step->written != NULL && step->written->size >= 0)))
    return; /* somebody has removed it since, or it was not yet made */
  if (step->exists && was_there && aside_is_same (back->aside, step->number, step->dir, step->name))
    return; /* it is back, or was not changed */
  if (step->exists && g_hash_table_contains (back->relied, step->entry->path))
    {
      fate_leave (back, step->entry->path);
      return;
    }
  if (!is_its_place (step))
    leave_elsewhere (step, was_there);
  else if (step->exists && !is_ours (step))
    {
      if (!elsewhere_merge (back->aside, step->entry->number, step->dir, step->name))
        leave_elsewhere (step, was_there);
    }
  else
    {
      if (!step->exists && step->written == NULL && is_gone_since (step))
        fate_bring (back, step->entry->path);
      ok = replace_elsewhere (step);
    }
  if (!ok)
    fail (step, errno);
}

/* A directory that the run has made, with all in it, or what it has made in its place.
 * Where it is not known that it came to that, only an empty one. */
static void
dir_back (const Step *step)
{
  if (!step->exists)
    return;
  if (step->written == NULL && S_ISDIR (step->now.st_mode))
    unlinkat (step->dir, step->name, AT_REMOVEDIR);
  else if (dists_tell (step->back, step->entry->path) >= DIST_STAYS)
    return;
  else if (is_ours (step))
    remove_made (step);
  else
    leave (step);
}

/* The directory can't be opened.  In one that is there no more nothing is to be
 * taken back, and what was there before is kept. */
static void
no_dir (const Step *step)
{
  TakeBack *back = step->back;

  if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
    back->is_partly = TRUE;
  else if (step->number != NULL && fs_exists_at (back->aside, step->number) == 1)
    fate_keep (back, back->aside, step->number,
               step->entry->path[0] == '/' ? step->name : step->entry->path);
}

/* Removes what was left half written beside a file.  Most directories have nothing of that, which
 * is looked up once. */
static void
remove_half (const Step *step, const char *above)
{
  TakeBack *back = step->back;

  if (back->tidy == NULL)
    back->tidy = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (g_hash_table_contains (back->tidy, above))
    return;
  if (!elsewhere_remove_half (step->dir, step->name, back->log->begun))
    g_hash_table_add (back->tidy, g_strdup (above));
}

/* Takes one entry back; written is how it looked after the run had changed it, or NULL. */
void
step_take_back (TakeBack *back, const LogEntry *entry, const Seen *written)
{
  gboolean is_elsewhere = entry->path[0] == '/', is_back;
  int failure;
  g_autofree char *above = g_path_get_dirname (entry->path);
  g_autofree char *name = g_path_get_basename (entry->path);
  g_autofree char *number =
      entry->number >= 0 && entry->seen.size >= 0 ? g_strdup_printf ("%d", entry->number) : NULL;
  Step step = { .back = back, .entry = entry, .written = written, .name = name, .number = number };

  step.dir = is_elsewhere ? regular_open_dir (entry->path) : aside_open_dir (back->env_fd, above);
  if (step.dir < 0)
    {
      no_dir (&step);
      return;
    }
  step.is_worked_on = is_elsewhere || owned_is_worked_on (back, above);
  step.exists = fstatat (step.dir, name, &step.now, AT_SYMLINK_NOFOLLOW) == 0;
  failure = errno;
  if (!is_elsewhere || is_its_place (&step))
    remove_half (&step, above);
  if (!step.exists && failure != ENOENT)
    back->is_partly = TRUE;
  else if (is_lost (&step))
    fate_lose (back, entry->path);
  else if (!look_aside (&step, &is_back))
    back->is_partly = TRUE;
  else if (entry->event == LOG_DIR)
    dir_back (&step);
  else if (is_elsewhere && !is_back)
    elsewhere_back (&step);
  else if (!is_elsewhere && !is_back)
    file_back (&step);
  fs_close (step.dir);
}
