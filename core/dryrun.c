/* SPDX-License-Identifier: BSD-2-Clause */

/* What a run would do, with VENVB_FLAG_DRY_RUN: its stages are run, but nothing that they
 * would change is, which base/changes.h sees to.  Programs are not run, nor is the code of
 * plugins that have not said that they take part in that. */

#include "core/room.h"

#include "base/beneath.h"

#include <string.h>
#include <sys/stat.h>

/* Hears of a change that is not made.  Of an environment that is new as a whole, its files
 * are not worth a word. */
static gboolean
note (const char *path, Change change, gpointer data)
{
  VenvbContext *ctx = data;
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];
  gsize length = strlen (env_dir);
  gboolean is_below =
      strncmp (path, env_dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
  struct stat st;

  if (ctx->is_new && is_below)
    return TRUE;
  venvb_context_would (ctx,
                       change == CHANGE_REMOVE || change == CHANGE_RMDIR ? "remove"
                       : lstat (path, &st) == 0                          ? "change"
                                                                         : "create",
                       path);
  return TRUE;
}

/* Notes what becomes of the directory, and which plugins are not asked. */
static void
note_before (VenvbContext *ctx, const UndoFound *found)
{
  const GPtrArray *loaded = ctx->builder->plugins.loaded;
  const char *env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR];

  if (found->is_torn)
    venvb_context_would (ctx, "recover", env_dir);
  else if (!found->is_empty && flags_has (ctx->flags, VENVB_FLAG_CLEAR))
    {
      venvb_context_would (ctx, "replace", env_dir);
      if (!pipeline_is_alone (ctx, VENVB_STAGE_CLEAR_DIRECTORY))
        venvb_context_would (ctx, "unknown", "clear_directory");
    }
  else if (found->is_empty)
    venvb_context_would (ctx, "create", env_dir);
  for (guint i = 0; loaded != NULL && i < loaded->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (loaded, i);
      g_autofree char *what = g_strconcat ("plugin ", plugin->name, NULL);

      if (!plugin->desc.dry_run)
        venvb_context_would (ctx, "unknown", what);
    }
  if (ctx->builder->plugins.hooks->len > 0)
    venvb_context_would (ctx, "unknown", "functions of the program");
}

/* What the stages after find_python would do. */
gboolean
dryrun_stages (VenvbContext *ctx, const BasePython *base, GError **error)
{
  const UndoJob job = {
    .env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR],
    .clear = flags_has (ctx->flags, VENVB_FLAG_CLEAR),
    .force = flags_has (ctx->flags, VENVB_FLAG_FORCE),
    .base = *base,
    .journal = ctx->builder->journal,
    .listener = context_listener (ctx),
  };
  UndoFound found;
  int fd;
  gboolean ok = undo_look (&job, &found, &fd, error);

  ctx->is_refused = !ok;
  ctx->is_new = found.is_empty || job.clear;
  const Changes changes = {
    .expect = note, .data = ctx, .is_dry = TRUE, .is_fresh = job.clear && !found.is_empty
  };
  if (ok)
    {
      note_before (ctx, &found);
      changes_watch (&changes);
      if (fd >= 0 && !changes.is_fresh)
        beneath_enter (fd, job.env_dir);
      ok = pipeline_create (ctx, error);
      changes_watch (NULL);
      beneath_leave ();
    }
  fs_close (fd);
  return ok;
}
