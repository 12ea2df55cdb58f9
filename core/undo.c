/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A run leaves a whole environment, or what was there before and nothing
 * else.  What was made in a new directory is removed; an old tree comes back
 * from its snapshot.  All that is needed for it is in the journal and on the
 * disk, so that the process watching a crash can do it, too.
 */

#include "core.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct _Undo
{
  int fd;                   /* of the environment, locked */
  Journal *journal;
};

/* Removes the directories that were made for the environment, from the
 * innermost to the topmost, as far as they are empty. */
static void
remove_made (Journal *journal)
{
  g_autofree char *dir = g_strdup (journal->env_dir);

  while (journal->topmost[0] != '\0' && rmdir (dir) == 0
         && !g_str_equal (dir, journal->topmost))
    {
      g_autofree char *child = g_steal_pointer (&dir);
      dir = g_path_get_dirname (child);
    }
}

/* Undoes what was done in the directory that is open as fd. */
static gboolean
restore (Journal *journal, int fd)
{
  gboolean ok = snapshot_restore (fd);

  if (ok && journal->is_new)
    ok = fs_empty_at (fd, NULL);
  return ok;
}

static void
forget (Journal *journal)
{
  journal->env_dir[0] = journal->topmost[0] = '\0';
  journal->locked = journal->is_new = FALSE;
}

/* Puts aside what is in the directory. */
static gboolean
take_snapshot (VenvbContext *ctx, int fd, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);

  if (!snapshot_restore (fd))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "cannot undo an interrupted run in '%s': see '%s/%s'",
                   env_dir, env_dir, SNAPSHOT_DIR);
      return FALSE;
    }
  if (fs_is_empty (fd))
    {
      ctx->builder->journal->is_new = TRUE;
      return TRUE;
    }
  return venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR)
             ? snapshot_move (fd, env_dir, error)
             : snapshot_copy (fd, env_dir, error);
}

/* Makes, locks and protects the environment's directory; with `clear` it is
 * empty afterwards.  Returns NULL with error set on failure, with everything
 * as it was. */
Undo *
undo_begin (VenvbContext *ctx, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  Journal *journal = ctx->builder->journal;
  Undo *undo;
  int fd;

  if (venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR)
      && !venvb_context_get_flag (ctx, VENVB_FLAG_FORCE)
      && !envdir_check_clear (env_dir, error))
    return NULL;
  fd = envdir_open_locked (ctx, env_dir, journal, error);
  undo = g_new (Undo, 1);
  *undo = (Undo) { .fd = fd, .journal = journal };
  if (fd >= 0 && take_snapshot (ctx, fd, error))
    return undo;
  undo_rollback (undo);
  return NULL;
}

/* The environment stands: throws the old one away. */
void
undo_commit (Undo *undo)
{
  snapshot_discard (undo->fd);
  close (undo->fd);
  forget (undo->journal);
  g_free (undo);
}

/* Puts everything back. */
void
undo_rollback (Undo *undo)
{
  if (undo->fd >= 0)
    restore (undo->journal, undo->fd);
  remove_made (undo->journal);
  if (undo->fd >= 0)
    close (undo->fd);
  forget (undo->journal);
  g_free (undo);
}

/* Does what undo_rollback() would have done, for a process that is gone. */
void
undo_after_crash (Journal *journal)
{
  int fd;

  if (journal->env_dir[0] == '\0')
    return;
  fd = open (journal->env_dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && journal->locked)
    {
      while (flock (fd, LOCK_EX) < 0 && errno == EINTR)
        ;
      restore (journal, fd);
    }
  remove_made (journal);
  if (fd >= 0)
    close (fd);
  forget (journal);
}

/* Remembers a file outside the environment. */
gboolean
undo_save_file (Undo *undo, const char *path, GError **error)
{
  return snapshot_save_file (undo->fd, path, undo->journal->is_new, error);
}
