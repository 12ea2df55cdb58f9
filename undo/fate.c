/* SPDX-License-Identifier: BSD-2-Clause */

/* What becomes of what is in the environment when a run is taken back: it is
 * removed, kept elsewhere, or left where it is. */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void
add_name (GString *names, guint *n, const char *path)
{
  if ((*n)++ < LEFT_MOST)
    g_string_append_printf (names, "%s'%s'", names->len > 0 ? ", " : "", path);
}

/* Something is somebody's, and stays. */
void
fate_leave (TakeBack *back, const char *path)
{
  add_name (back->left, &back->n_left, path);
}

/* Something is there again that somebody may have removed, unless a roll-back was broken off a
 * moment ago that had. */
void
fate_bring (TakeBack *back, const char *path)
{
  if (!back->is_again)
    add_name (back->brought, &back->n_brought, path);
}

/* What was there before is no more, and was not put back. */
void
fate_lose (TakeBack *back, const char *path)
{
  add_name (back->lost, &back->n_lost, path);
}

/* What was left since then is named by one path, if it is still there. */
void
fate_leave_as_one (TakeBack *back, const FateMark *since, gboolean is_there, const char *path)
{
  g_string_truncate (back->left, since->length);
  back->n_left = since->n_left;
  if (is_there)
    fate_leave (back, path);
}

FateMark
fate_mark (const TakeBack *back)
{
  return (FateMark){ back->left->len, back->n_left };
}

/* Says what is not as one would expect: what stays, what was moved, and what is there
 * again that somebody may have removed. */
void
fate_say (const TakeBack *back, const char *env_dir, GString *said)
{
  if (back->n_lost > 0)
    g_string_append_printf (
        said,
        "; what was there before is gone, as somebody has removed it from where "
        "it was kept: %s",
        back->lost->str);
  if (back->n_lost > LEFT_MOST)
    g_string_append_printf (said, " and %u more", back->n_lost - LEFT_MOST);
  if (back->n_doubted > 0)
    g_string_append_printf (said, "; " UNDO_DOUBTED "%s", back->doubted->str);
  if (back->n_doubted > LEFT_MOST)
    g_string_append_printf (said, " and %u more", back->n_doubted - LEFT_MOST);
  if (back->n_brought > 0)
    g_string_append_printf (said, "; was missing, and is there again: %s", back->brought->str);
  if (back->n_brought > LEFT_MOST)
    g_string_append_printf (said, " and %u more", back->n_brought - LEFT_MOST);
  if (back->n_left > 0)
    g_string_append_printf (said, "; left there: %s", back->left->str);
  if (back->n_left > LEFT_MOST)
    g_string_append_printf (said, " and %u more", back->n_left - LEFT_MOST);
  if (back->n_left > 0)
    g_string_append (said, " (changed by others, or can't be removed)");
  if (back->kept_name != NULL)
    g_string_append_printf (said, "; what was in the way is in '%s/%s'", env_dir, back->kept_name);
}

/* Makes the directory for what is in the way.  Whoever has taken all the numbers
 * will not have guessed what comes then. */
static int
open_kept (TakeBack *back)
{
  for (guint i = 1; back->kept < 0 && i < 1000 + 100; i++)
    {
      g_autofree char *name = g_strdup_printf (UNDO_KEPT "%u", i < 1000 ? i : g_random_int ());

      back->kept = aside_make_dir (back->env_fd, name);
      if (back->kept < 0 && errno == EEXIST)
        continue;
      if (back->kept < 0)
        {
          unlinkat (back->env_fd, name, AT_REMOVEDIR);
          return -1; /* descriptors are few: the next one could not be opened either */
        }
      aside_open_to (back->kept, back->env_fd, "");
      back->kept_name = g_steal_pointer (&name);
    }
  return back->kept;
}

/* Nothing came to be kept there: removes the directories that were made for it, as far as
 * nothing is in them. */
static void
close_kept (TakeBack *back, const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);

  while (!g_str_equal (above, ".") && !g_str_equal (above, "/"))
    {
      g_autofree char *below = g_steal_pointer (&above);

      unlinkat (back->kept, below, AT_REMOVEDIR);
      above = g_path_get_dirname (below);
    }
  if (unlinkat (back->env_fd, back->kept_name, AT_REMOVEDIR) < 0)
    return;
  close (back->kept);
  back->kept = -1;
  g_clear_pointer (&back->kept_name, g_free);
}

/* Has what is kept be for this user alone. */
static void
close_to_others (const TakeBack *back)
{
  if (fchownat (back->kept, "", geteuid (), (gid_t) -1, AT_EMPTY_PATH) < 0
      || !fs_set_mode (back->kept, 0700))
    g_debug ("'%s' can't be closed to others", back->kept_name);
}

/* Moves something out of the way, where it is kept.  What was put aside and comes to the top
 * may be from elsewhere, where nobody else could get at it. */
gboolean
fate_keep (TakeBack *back, int dir_fd, const char *name, const char *path)
{
  int kept = open_kept (back);

  if (kept >= 0 && dir_fd == back->aside && strchr (path, '/') == NULL)
    close_to_others (back);
  if (kept >= 0 && aside_put_below (dir_fd, name, kept, back->env_fd, path))
    return TRUE;
  if (kept >= 0)
    close_kept (back, path);
  back->is_partly = TRUE;
  return FALSE;
}

/* Tells whether a path is of a distribution that has to be put back as a whole, or is not. */
static gboolean
is_of_dist (const TakeBack *back, const char *path)
{
  return back->dists != NULL && g_hash_table_lookup (back->dists, path) != NULL;
}

/* Tells whether something may be what was cleared, and came back before that was broken off. */
static gboolean
is_back (const TakeBack *back, int dir_fd, const char *name, const struct stat *st)
{
  return back->is_again && back->log != NULL && back->log->kind == LOG_CLEAR
         && older_is (back, dir_fd, name, st);
}

/* Tells whether something in what is removed is somebody's, and names it, unless that is
 * moved out of the way yet. */
static gboolean
stays (int dir_fd, const char *name, const char *path, const struct stat *st,
       const struct stat *dir, gpointer data)
{
  TakeBack *back = data;
  gboolean is_others = owned_stays (back, dir_fd, name, path, st, dir);
  g_autofree char *doubted =
      is_others || owned_is_their_wheel (dir_fd, name, path) ? NULL : doubt_name (back, path, st);

  if (is_others && is_back (back, dir_fd, name, st))
    return TRUE;
  if (is_others && (S_ISDIR (st->st_mode) || !is_of_dist (back, path)))
    fate_leave (back, path);
  else if (!is_others && doubted != NULL)
    add_name (back->doubted, &back->n_doubted, doubted);
  return is_others;
}

static void
cannot_remove (const char *path, gpointer data)
{
  fate_leave (data, path);
}

/* Removes what the run has made, or keeps it where that was asked for; what is
 * somebody's in it stays.  Returns whether its place is free. */
gboolean
fate_remove (TakeBack *back, int dir_fd, const char *name, const char *path)
{
  const DirKeep keep = { stays, cannot_remove, back };

  if (back->failed >= 0 && aside_put_below (dir_fd, name, back->failed, back->env_fd, path))
    return TRUE;
  return dir_remove_but (dir_fd, name, path, &keep) || fs_exists_at (dir_fd, name) == 0;
}
