/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "ignore.h"
#include "base/turns.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Before each line of ours stands one that says what it is for: the directory
 * relative to the working tree, or TREE/./DIRECTORY. */
#define TAG "# venvb: "
#define DIVIDER "/./"

int
ignore_look (const char *dir, const char *name, struct stat *st)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  if (stat (path, st) == 0)
    return 1;
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? 0 : -1;
}

int
ignore_has_dir (const char *dir, const char *name)
{
  struct stat st;
  int found = ignore_look (dir, name, &st);

  return found > 0 ? S_ISDIR (st.st_mode) : found;
}

/* Tells whether dir is the top of a working tree. */
static gboolean
look_at (const IgnoreSystem *system, const char *dir, gboolean *is_top, GError **error)
{
  int found = system->is_top (dir);

  *is_top = found > 0;
  if (found >= 0)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot tell whether '%s' is a %s: %s", dir,
               system->tree, g_strerror (errno));
  return FALSE;
}

/* Finds the innermost top of a working tree above path; *root is NULL when there
 * is none. */
static gboolean
find_root (const IgnoreSystem *system, const char *path, char **root, GError **error)
{
  g_autofree char *at = g_path_get_dirname (path);
  gboolean is_top;

  *root = NULL;
  while (look_at (system, at, &is_top, error))
    {
      if (is_top)
        *root = g_steal_pointer (&at);
      if (is_top || g_str_equal (at, "/"))
        return TRUE;
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
  return FALSE;
}

gboolean
ignore_stage (const IgnoreSystem *system, VenvbNext *next, VenvbContext *ctx, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  char *real = realpath (env_dir, NULL);
  g_autofree char *path = g_strdup (real != NULL ? real : env_dir);
  g_autofree char *root = NULL;
  gboolean is_top;

  free (real);
  if (!look_at (system, path, &is_top, error) || !find_root (system, path, &root, error)
      || !venvb_next (next, ctx, error))
    return FALSE;
  if (root != NULL && !is_top)
    return system->hide (ctx, root, path + strlen (root) + (g_str_equal (root, "/") ? 0 : 1),
                         error);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "%s: '%s' is %s %s%s", system->plugin, env_dir,
                         is_top ? "a" : "in no", system->tree, is_top ? " itself" : "");
  return TRUE;
}

void
ignore_unlock (int fd)
{
  if (fd >= 0)
    close (fd);
}

gboolean
ignore_lock (const char *tree, const char *dir, int *fd, GError **error)
{
  g_autofree char *path = file_resolve (tree, dir, error);
  g_autofree char *holder = NULL;

  *fd = path == NULL ? -1 : open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (*fd < 0 || turns_wait (*fd, LOCK_EX, &holder) || holder == NULL)
    return path != NULL;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is locked, and stays so: by %s", path,
               holder);
  ignore_unlock (*fd);
  *fd = -1;
  return FALSE;
}

gboolean
ignore_write (VenvbContext *ctx, const char *plugin, const File *file, const char *text,
              GError **error)
{
  const struct stat *wanted = &file->old.st;
  struct stat st;

  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN))
    {
      venvb_context_would (ctx, file->text == NULL ? "create" : "change", file->path);
      return TRUE;
    }
  if (!venvb_context_save_file (ctx, file->path, error)
      || !file_write (file, text, 0666, TRUE, error))
    return FALSE;
  if (geteuid () == 0
      && (fstatat (file->dir, strrchr (file->path, '/') + 1, &st, AT_SYMLINK_NOFOLLOW) < 0
          || st.st_uid != wanted->st_uid || st.st_gid != wanted->st_gid))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "%s: '%s' could not be given to its owner",
                           plugin, file->path);
  return TRUE;
}

/* The line that stands before an environment's: readable, but always in UTF-8,
 * which some systems insist on. */
static char *
make_tag (const IgnoreList *list, const char *root, const char *relative)
{
  char high[0x81] = { '\0' };
  g_autofree char *path =
      list->any_tree ? g_strconcat (root, DIVIDER, relative, NULL) : g_strdup (relative);

  for (guint i = 0; i < 0x80; i++)
    high[i] = (char) (0x80 + i);
  g_autofree char *escaped = g_strescape (path, g_utf8_validate (path, -1, NULL) ? high : NULL);
  return g_strconcat (TAG, escaped, NULL);
}

/* Tells whether two lines are a tag and what belongs to it, for something
 * that is gone. */
static gboolean
is_stale (const IgnoreList *list, const char *root, const char *tag, const char *line)
{
  if (!g_str_has_prefix (tag, TAG) || line == NULL)
    return FALSE;
  g_autofree char *path = g_strcompress (tag + strlen (TAG));
  const char *divider = strstr (path, DIVIDER);
  g_autofree char *full = g_canonicalize_filename (path, root);
  g_autofree char *pattern = list->pattern (divider != NULL ? divider + strlen (DIVIDER) : path);

  return g_str_equal (line, pattern) && !g_file_test (full, G_FILE_TEST_EXISTS);
}

/* The file's new contents: what it had, in its order, without what is stale,
 * and the two lines of the environment where they are missing. */
static char *
add_pattern (const IgnoreList *list, const char *old, const char *root, const char *relative)
{
  g_autofree char *tag = make_tag (list, root, relative);
  g_autofree char *pattern = list->pattern (relative);
  g_auto (GStrv) lines = g_strsplit (old, "\n", -1);
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean found = FALSE;

  for (guint i = 0; lines[i] != NULL && (lines[i][0] != '\0' || lines[i + 1] != NULL); i++)
    {
      if (is_stale (list, root, lines[i], lines[i + 1]))
        {
          i++;
          continue;
        }
      found = found || (g_str_equal (lines[i], tag) && g_strcmp0 (lines[i + 1], pattern) == 0);
      g_string_append_printf (out, "%s\n", lines[i]);
    }
  if (!found)
    g_string_append_printf (out, "%s\n%s\n", tag, pattern);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

gboolean
ignore_list_add (VenvbContext *ctx, const IgnoreList *list, const char *root, const char *relative,
                 GError **error)
{
  g_auto (File) file = FILE_NONE;
  g_autofree char *text = NULL;

  if (!file_open (&file, list->tree, list->path, error))
    return FALSE;
  text = add_pattern (list, file.text != NULL ? file.text : list->header, root, relative);
  return g_strcmp0 (file.text, text) == 0 || ignore_write (ctx, list->plugin, &file, text, error);
}
