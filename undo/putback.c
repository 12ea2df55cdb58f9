/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What programs have changed in an environment that was there before.  Nobody tells what
 * that is, so it is found by comparison with the copy that was taken before (guard.c): what
 * is missing comes back; what they have written, as far as that can be told, is replaced or
 * removed; all else stays.
 */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A directory that is compared with what it was. */
typedef struct
{
  TakeBack *back;
  int guard, now;
  const char *path;      /* "" at the top */
  gboolean is_worked_on; /* something was changed in it since the run was killed */
} Pair;

static void compare_dirs (const Pair *pair);

/* Tells whether a directory is one of those of which there is no copy. */
static gboolean
is_other_dir (int guard, const char *path, const struct stat *st)
{
  return S_ISDIR (st->st_mode) && strchr (path, '/') == NULL && !guard_is_env_dir (guard, path);
}

static char *
path_below (const Pair *pair, const char *entry)
{
  return pair->path[0] == '\0' ? g_strdup (entry) : g_build_filename (pair->path, entry, NULL);
}

/* Tells whether an entry is as it was.  Copies may not have all that the original
 * has: some file systems keep no times, or no modes. */
static gboolean
is_same (const Pair *pair, const char *entry, const struct stat *was, const struct stat *is)
{
  if (was->st_ino == is->st_ino || !owned_is_new (pair->back, is))
    return TRUE;
  return ((was->st_mode ^ is->st_mode) & S_IFMT) == 0
         && aside_is_same (pair->guard, entry, pair->now, entry);
}

/* Names what a program has changed in place, of which there is no copy as it was: what is in
 * a large file, or one of a package; and modes.  Of what is another's, the copy may have a
 * narrower one. */
static void
name_changed (TakeBack *back, const char *path, const struct stat *was, const struct stat *is)
{
  gboolean is_written = was->st_ino == is->st_ino && S_ISREG (is->st_mode)
                        && !log_is_before (is->st_mtim, back->log->begun);
  mode_t lost = was->st_mode & ~is->st_mode & 07777, got = is->st_mode & ~was->st_mode & 07777;
  gboolean has_other_mode = was->st_uid == is->st_uid && was->st_gid == is->st_gid
                            && (lost != 0 || (got != 0 && is->st_uid == geteuid ()));

  if ((is_written || has_other_mode) && owned_is_new (back, is) && !owned_is_later (back, is))
    fate_leave (back, path);
}

/* Compares two directories of this name, and has the times as they were. */
static void
compare_below (const Pair *pair, const char *entry, const char *path, const struct stat *was,
               const struct stat *is)
{
  int now = dir_open_here (pair->now, entry, O_RDONLY);
  gboolean is_mounted = now < 0 && errno == EXDEV; /* by now */
  int guard = guard_open_below (pair->guard, entry);
  TakeBack *back = pair->back;
  const Pair below = { back, pair->guard, pair->now, path,
                       owned_is_later (back, is) || owned_is_worked_on (back, path) };
  struct stat above, above_guard;

  if (guard < 0 || now < 0)
    {
      back->is_partly = back->is_partly || !is_mounted; /* there are too few descriptors */
      fs_close (guard);
      fs_close (now);
      return;
    }
  back->is_lost = !dir_enter (pair->guard, guard, &above_guard);
  back->is_lost = !dir_enter (pair->now, now, &above) || back->is_lost;
  if (!back->is_lost)
    compare_dirs (&below);
  back->is_lost =
      back->is_lost || !dir_leave (pair->guard, &above_guard) || !dir_leave (pair->now, &above);
  if (!back->is_lost && !owned_is_later (pair->back, is))
    utimensat (pair->now, entry, (struct timespec[]){ { .tv_nsec = UTIME_OMIT }, was->st_mtim },
               AT_SYMLINK_NOFOLLOW);
}

/* Makes room for what was there of a distribution that is put back as a whole, whoever has
 * changed that; or keeps it, where another version stays.  Returns whether there is room. */
static gboolean
clear_place_of_dist (const Pair *pair, const char *entry, const char *path, gboolean stays)
{
  TakeBack *back = pair->back;

  if (!stays)
    return fate_keep (back, pair->now, entry, path);
  if (!g_str_has_suffix (path, ".pyc"))
    fate_keep (back, pair->guard, entry, path);
  return FALSE;
}

/* Makes room for what was there: what we have written goes, and what may be that is
 * kept.  What is somebody's stays, and the older one is kept where we have replaced it
 * before.  Returns whether there is room. */
static gboolean
clear_place (const Pair *pair, const char *entry, const char *path, const struct stat *is)
{
  TakeBack *back = pair->back;
  Owned whose = S_ISDIR (is->st_mode) ? OWNED_NOT : owned_tell (back, pair->now, entry, path, TRUE);
  Dist dist = dists_tell (back, path);

  if (dist >= DIST_STAYS
      || (dist != DIST_NOT && (whose != OWNED_YES || owned_is_later (back, is))
          && !g_str_has_suffix (path, ".pyc")))
    return clear_place_of_dist (pair, entry, path, dist >= DIST_STAYS);
  if (whose == OWNED_NOT || owned_is_later (back, is))
    fate_leave (back, path);
  if (whose != OWNED_NOT && owned_is_later (back, is) && !g_str_has_suffix (path, ".pyc"))
    fate_keep (back, pair->guard, entry, path);
  if (whose == OWNED_NOT || owned_is_later (back, is))
    return FALSE;
  return whose == OWNED_YES ? fate_remove (back, pair->now, entry, path)
                            : fate_keep (back, pair->now, entry, path);
}

/* Names what is missing, and comes back.  After a run was killed, that somebody has removed
 * something shows in its directory; while it is at work, nobody knows who has.  What an
 * installer has removed for another version is not meant, nor byte code. */
static void
bring (const Pair *pair, const char *path)
{
  TakeBack *back = pair->back;
  Dist dist = dists_tell (back, path);

  if (back->is_later ? pair->is_worked_on
                     : dist != DIST_BACK && !g_str_has_suffix (path, ".pyc")
                           && !g_str_has_suffix (path, "__pycache__"))
    fate_bring (back, path);
}

/* A directory that was made anew in the place of one is to others what that was, before
 * anything of that comes back into it.  FALSE when it is none, or that can't be. */
static gboolean
take_access (const Pair *pair, const char *entry, const struct stat *was, const struct stat *is)
{
  TakeBack *back = pair->back;
  int now, guard;
  struct stat st = *was;
  gboolean ok;

  if (owned_is_later (back, is) || !owned_is_new (back, is)
      || older_is (back, pair->now, entry, is))
    return FALSE;
  now = dir_open_here (pair->now, entry, O_PATH);
  guard = now < 0 ? -1 : aside_open_dir (pair->guard, entry);
  ok = guard >= 0 && merge_access (back, now, guard, &st);
  fs_close (now);
  fs_close (guard);
  return ok;
}

/* Puts back what was there, if it is missing now or was replaced by what we have
 * written.  What the run has changed itself is back already, unless a program had removed
 * it before. */
static gboolean
put_back (int guard, const char *entry, gpointer data, GError **error)
{
  const Pair *pair = data;
  TakeBack *back = pair->back;
  g_autofree char *path = path_below (pair, entry);
  Ours ours = GPOINTER_TO_INT (g_hash_table_lookup (back->ours, path));
  struct stat was, is;

  if (back->is_lost)
    return FALSE;
  if (ours == OURS_BEFORE || fstatat (guard, entry, &was, AT_SYMLINK_NOFOLLOW) < 0
      || is_other_dir (guard, path, &was)
      || (S_ISDIR (was.st_mode) && guard_is_nested (guard, entry, pair->path[0] != '\0')))
    return TRUE;
  if (fstatat (pair->now, entry, &is, AT_SYMLINK_NOFOLLOW) == 0)
    {
      /* What is mounted there is not looked into. */
      if (S_ISDIR (is.st_mode) && dir_is_mount_point (pair->now, entry))
        return TRUE;
      if (S_ISDIR (was.st_mode) && S_ISDIR (is.st_mode))
        {
          if (!take_access (pair, entry, &was, &is))
            name_changed (back, path, &was, &is);
          compare_below (pair, entry, path, &was, &is);
          return TRUE;
        }
      if (ours == OURS_AFTER)
        return TRUE;
      if (is_same (pair, entry, &was, &is))
        {
          name_changed (back, path, &was, &is);
          return TRUE;
        }
      if (!clear_place (pair, entry, path, &is))
        return TRUE;
    }
  else if (errno != ENOENT)
    return TRUE;
  else if (dists_tell (back, path) >= DIST_STAYS)
    {
      fate_keep (back, guard, entry, path);
      return TRUE;
    }
  else
    bring (pair, path);
  if (!aside_move (guard, entry, pair->now, entry))
    back->is_partly = TRUE;
  return TRUE;
}

static gboolean remove_new (int now, const char *entry, gpointer data, GError **error);

/* Removes what is ours in a directory that may be new, and that when it is, and
 * nothing is left in it; in one in which nothing was, nothing was ours. */
static void
remove_new_dir (const Pair *pair, const char *entry, const char *path, const struct stat *st)
{
  gboolean is_new = owned_is_new (pair->back, st), was_empty = FALSE;
  Pair below = { pair->back, -1, pair->now, path, FALSE };
  int now = dir_open_here (pair->now, entry, O_RDONLY);
  struct stat above;

  if (now >= 0)
    {
      was_empty = dir_is_empty (now) && !g_str_has_suffix (path, "__pycache__");
      pair->back->is_lost = !dir_enter (pair->now, now, &above);
      if (!pair->back->is_lost && !dir_each_in (pair->now, remove_new, &below, NULL))
        g_debug ("'%s' can't be read", path);
      pair->back->is_lost = pair->back->is_lost || !dir_leave (pair->now, &above);
    }
  if (is_new && was_empty)
    fate_leave (pair->back, path);
  else if (is_new && !pair->back->is_lost)
    unlinkat (pair->now, entry, AT_REMOVEDIR);
}

/* The same of one that no environment has; what is left of it is named as a whole:
 * it may be a repository. */
static void
remove_new_other (const Pair *pair, const char *entry, const struct stat *st)
{
  TakeBack *back = pair->back;
  FateMark before = fate_mark (back);

  remove_new_dir (pair, entry, entry, st);
  fate_leave_as_one (back, &before, !back->is_lost && fs_exists_at (pair->now, entry) != 0, entry);
}

/* Removes what was not there before, and is ours. */
static gboolean
remove_new (int now, const char *entry, gpointer data, GError **error)
{
  const Pair *pair = data;
  g_autofree char *path = path_below (pair, entry);
  struct stat st;

  if (pair->back->is_lost)
    return FALSE;
  if (g_hash_table_contains (pair->back->ours, path) || g_str_has_prefix (path, UNDO_DIR)
      || g_str_has_prefix (path, UNDO_KEPT)
      || (pair->guard >= 0 && fs_exists_at (pair->guard, entry) != 0)
      || fstatat (now, entry, &st, AT_SYMLINK_NOFOLLOW) < 0
      || (S_ISDIR (st.st_mode) && dir_is_mount_point (now, entry)))
    return TRUE;
  if (dists_tell (pair->back, path) >= DIST_STAYS && !S_ISDIR (st.st_mode))
    return TRUE;
  if (is_other_dir (pair->guard, path, &st))
    remove_new_other (pair, entry, &st);
  else if (S_ISDIR (st.st_mode))
    remove_new_dir (pair, entry, path, &st);
  else if (!owned_is_new (pair->back, &st))
    return TRUE;
  else if (owned_tell (pair->back, now, entry, path, FALSE) == OWNED_YES)
    fate_remove (pair->back, now, entry, path);
  else if (dists_tell (pair->back, path) != DIST_REST) /* which is kept: see dists_keep_rest() */
    fate_leave (pair->back, path);
  return TRUE;
}

/* Compares the directory as it is now with what it was.  What is new goes first,
 * for its place may be needed. */
static void
compare_dirs (const Pair *pair)
{
  if (!dir_each_in (pair->now, remove_new, (gpointer) pair, NULL)
      || !dir_each_in (pair->guard, put_back, (gpointer) pair, NULL))
    pair->back->is_partly = TRUE;
}

/* Names what programs have written to other directories that were there: whether it
 * was there before, too, nobody knows. */
static void
name_elsewhere (TakeBack *back, int guard)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, back->owned);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const char *path = key;
      g_autofree char *top = g_strndup (path, strcspn (path, "/"));
      g_autofree char *above = g_path_get_dirname (path);
      g_autofree char *name = g_path_get_basename (path);
      struct stat st;
      int dir;

      if (fstatat (guard, top, &st, AT_SYMLINK_NOFOLLOW) < 0 || !is_other_dir (guard, top, &st))
        continue;
      dir = aside_open_dir (back->env_fd, above);
      if (dir >= 0 && fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0
          && owned_is_new (back, &st))
        fate_leave (back, path);
      fs_close (dir);
    }
}

/* Puts back what programs have changed. */
void
putback_guarded (TakeBack *back)
{
  int guard = guard_open_below (back->aside, UNDO_GUARD);
  int now = guard < 0 ? -1 : guard_open_below (back->env_fd, ".");

  if (now >= 0)
    {
      compare_dirs (&(Pair){ back, guard, now, "", back->is_worked_on });
      if (!back->is_lost)
        name_elsewhere (back, guard);
    }
  else if (guard >= 0 || errno != ENOENT)
    back->is_partly = TRUE;
  back->is_partly = back->is_partly || back->is_lost;
  back->is_lost = FALSE;
  fs_close (now);
  fs_close (guard);
}
