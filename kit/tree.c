/* SPDX-License-Identifier: BSD-2-Clause */

/* What is in the scratch directory, and what a plugin has made of it. */

#include "config.h"

#include "kit/room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What tells two versions of a file apart. */
static char *
describe (const char *path, const struct stat *st)
{
  g_autofree char *contents = NULL;
  gsize length = 0;

  if (S_ISLNK (st->st_mode))
    contents = g_file_read_link (path, NULL);
  else if (S_ISREG (st->st_mode))
    (void) g_file_get_contents (path, &contents, &length, NULL);
  g_autofree char *sum = g_compute_checksum_for_data (
      G_CHECKSUM_SHA256, (const guchar *) contents,
      S_ISLNK (st->st_mode) && contents != NULL ? strlen (contents) : length);
  return g_strdup_printf ("%o %s", (guint) st->st_mode, sum);
}

/* Calls func for all that is below a directory, but what is below except, and but
 * directories themselves. */
void
tree_each (const char *dir, const char *except, TreeFunc func, gpointer data)
{
  g_autoptr (GDir) entries = g_strcmp0 (dir, except) == 0 ? NULL : g_dir_open (dir, 0, NULL);
  const char *entry;

  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, entry, NULL);
      struct stat st;

      if (lstat (path, &st) < 0)
        continue;
      if (S_ISDIR (st.st_mode))
        tree_each (path, except, func, data);
      else
        func (path, &st, data);
    }
}

static void
add (const char *path, const struct stat *st, gpointer tree)
{
  g_hash_table_insert (tree, g_strdup (path), describe (path, st));
}

/* Takes down the files around the environment, and those in it if that was there before.
 * Folders don't count: nothing removes one that a plugin made elsewhere. */
GHashTable *
tree_take (const Check *check, gboolean with_env)
{
  GHashTable *tree = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *home = check_path (check, "home");
  g_autofree char *project = check_path (check, "project");
  g_autofree char *env_dir = check_path (check, "project/env");

  tree_each (home, env_dir, add, tree);
  tree_each (project, with_env ? NULL : env_dir, add, tree);
  return tree;
}

/* The path as it would be outside of the scratch directory. */
static char *
shown (const Check *check, const char *path)
{
  const char *inside = path + strlen (check->scratch) + 1;

  if (g_str_has_prefix (inside, "home/"))
    return g_strconcat ("~/", inside + strlen ("home/"), NULL);
  return g_strdup (inside + strlen ("project/"));
}

static void
report (Check *check, const char *what, const char *path, const char *done)
{
  g_autofree char *name = shown (check, path);

  if (g_str_has_prefix (name, "env/"))
    g_clear_pointer (&check->doubted, g_free);
  check_problem (check, "%s has %s the file '%s'; call venvb_context_save_file() before", what,
                 done, name);
}

/* Reports the files that are not as they were; what names the run that ought
 * to have left them alone. */
void
tree_compare (Check *check, const char *what, GHashTable *before, GHashTable *after)
{
  GHashTableIter iter;
  gpointer path, description;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &path, &description))
    {
      const char *old = g_hash_table_lookup (before, path);

      if (old == NULL)
        report (check, what, path, "left");
      else if (!g_str_equal (old, description))
        report (check, what, path, "changed");
    }
  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (!g_hash_table_contains (after, path))
      report (check, what, path, "removed");
}

/* Takes the first of two paths. */
static void
take_first (const char **first, const char *path)
{
  if (*first == NULL || strcmp (path, *first) < 0)
    *first = path;
}

/* The first path in the environment that is not as it was: free with g_free(); NULL when all
 * is.  What every Python leaves does not count. */
char *
tree_differs (const Check *check, GHashTable *before, GHashTable *after)
{
  g_autofree char *env_dir = check_path (check, "project/env/");
  GHashTable *const trees[] = { before, after };
  const char *first = NULL;
  GHashTableIter iter;
  gpointer path, description;

  for (guint i = 0; i < G_N_ELEMENTS (trees); i++)
    {
      g_hash_table_iter_init (&iter, trees[i]);
      while (g_hash_table_iter_next (&iter, &path, &description))
        if (g_str_has_prefix (path, env_dir) && strstr (path, "/__pycache__/") == NULL
            && g_strcmp0 (description, g_hash_table_lookup (trees[1 - i], path)) != 0)
          take_first (&first, path);
    }
  return first == NULL ? NULL : shown (check, first);
}

static void
remove_at (int dir_fd, const char *name)
{
  int fd;
  DIR *dir;
  struct dirent *entry;

  if (unlinkat (dir_fd, name, 0) == 0 || (errno != EISDIR && errno != EPERM && errno != EACCES))
    return;
  fd = fchmodat (dir_fd, name, 0700, 0) < 0
           ? -1
           : openat (dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  dir = fd < 0 ? NULL : fdopendir (fd);
  while (dir != NULL && (entry = readdir (dir)) != NULL)
    if (!g_str_equal (entry->d_name, ".") && !g_str_equal (entry->d_name, ".."))
      remove_at (fd, entry->d_name);
  if (dir != NULL)
    closedir (dir);
  unlinkat (dir_fd, name, AT_REMOVEDIR);
}

/* Removes a directory of ours and all that is in it, following no link. */
void
tree_remove (const char *dir)
{
  remove_at (AT_FDCWD, dir);
}

/* Makes what a plugin may look for around an environment: a home, a project
 * that is a repository of Git and of Mercurial. */
gboolean
tree_make (const char *dir, GError **error)
{
  static const char *const dirs[] = {
    "home", "tmp", "cache", "project/.git/objects", "project/.git/refs", "project/.hg"
  };
  static const char *const files[][2] = {
    { "project/.git/HEAD", "ref: refs/heads/main\n" },
    { "project/.git/config", "[core]\n\trepositoryformatversion = 0\n" },
    { "project/.hg/requires", "" },
    { "project/pyproject.toml", "[project]\nname = \"check\"\nversion = \"1\"\n" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autofree char *path = g_build_filename (dir, dirs[i], NULL);

      if (g_mkdir_with_parents (path, 0700) < 0)
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot create directory '%s': %s",
                       path, g_strerror (errno));
          return FALSE;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (dir, files[i][0], NULL);

      if (!g_file_set_contents (path, files[i][1], -1, error))
        return FALSE;
    }
  return TRUE;
}

/* Makes all as it was at first, but for the cache. */
void
tree_reset (const Check *check)
{
  static const char *const parts[] = { "home", "tmp", "project" };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *path = check_path (check, parts[i]);
      tree_remove (path);
    }
  tree_make (check->scratch, NULL);
}
