/* SPDX-License-Identifier: BSD-2-Clause */

/* What is not a line of the log: what programs have put beside what the run has made, and what
 * was put aside as a whole. */

#include "undo/room.h"

#include <fcntl.h>
#include <unistd.h>

/* Removes a directory of a path, unless something is in it, and those above. */
static void
remove_above (const TakeBack *back, const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (above);
  g_autofree char *upper = g_path_get_dirname (above);
  int dir = g_str_equal (above, ".") ? -1 : aside_open_dir (back->env_fd, upper);
  gboolean is_gone = dir >= 0 && unlinkat (dir, name, AT_REMOVEDIR) == 0;

  fs_close (dir);
  if (is_gone)
    remove_above (back, above);
}

/* Removes what programs have put beside the directories that the run has made
 * since the directory was cleared, and their own that are empty then. */
void
rest_remove_owned (TakeBack *back)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, back->owned);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      g_autofree char *above = g_path_get_dirname (key);
      g_autofree char *name = g_path_get_basename (key);
      int dir = aside_is_mounted (back->env_fd, key) ? -1 : aside_open_dir (back->env_fd, above);
      struct stat st;

      if (dir >= 0 && fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && owned_is_new (back, &st)
          && !owned_is_later (back, &st) && owned_tell (back, dir, name, key, FALSE) == OWNED_YES
          && fate_remove (back, dir, name, key))
        remove_above (back, key);
      fs_close (dir);
    }
}

/* Looks whether what was put aside as a whole is there: what was cleared, when the run has
 * come to make something since, or somebody was there; and what programs may change, when
 * that is in the log. */
void
rest_look_for_lost (TakeBack *back, const char *purelib)
{
  LogKind kind = back->log->kind;
  const char *whole = kind == LOG_CLEAR                     ? UNDO_TREE
                      : kind == LOG_WORK && purelib != NULL ? UNDO_GUARD
                                                            : NULL;
  g_autofree char *path = NULL;
  struct stat st;

  if (back->is_gone)
    fate_lose (back, back->aside_name);
  if (back->aside < 0 || whole == NULL || fs_exists_at (back->aside, whole) != 0)
    return;
  path = g_build_filename (back->aside_name, whole, NULL);
  if (kind == LOG_WORK || entries_have_changes (back->log)
      || (fstat (back->aside, &st) == 0 && owned_is_later (back, &st)))
    fate_lose (back, path);
}
