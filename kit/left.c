/* SPDX-License-Identifier: BSD-2-Clause */

/* What a plugin leaves in an environment: whether that is one, and whether others change
 * with it, since many of its files are hard links into the cache. */

#include "config.h"

#include "kit/room.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where an image has the files that are linked. */
#define IMAGES "cache/v1/images"
#define TREE "/tree/"

/* Adds what there is to know of a file of an image. */
static void
add (const char *path, const struct stat *st, gpointer files)
{
  if (S_ISREG (st->st_mode) && strstr (path, TREE) != NULL)
    g_hash_table_insert (files, g_strdup (path), g_memdup2 (st, sizeof *st));
}

/* Takes down the files in the cache that are linked, or may be: path -> struct stat. */
GHashTable *
left_take (const Check *check)
{
  GHashTable *files = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autofree char *images = check_path (check, IMAGES);

  tree_each (images, NULL, add, files);
  return files;
}

/* Tells whether a file was changed in place.  One that was not there before, and is edited,
 * shows it by its time, which is a whole second as long as nobody does. */
static gboolean
is_edited (const struct stat *before, const struct stat *after)
{
  if (before == NULL || before->st_ino != after->st_ino)
    return after->st_mtim.tv_nsec != 0;
  return before->st_size != after->st_size || before->st_mode != after->st_mode
         || before->st_uid != after->st_uid || before->st_gid != after->st_gid
         || before->st_mtim.tv_sec != after->st_mtim.tv_sec
         || before->st_mtim.tv_nsec != after->st_mtim.tv_nsec;
}

/* Reports the files of the environment that were changed in place while `where` ran. */
void
left_compare (Check *check, const char *where, GHashTable *before)
{
  g_autoptr (GHashTable) after = left_take (check);
  GHashTableIter iter;
  gpointer path, st;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &path, &st))
    if (is_edited (g_hash_table_lookup (before, path), st))
      check_problem (check,
                     "%s: changes '%s' in place, which is a hard link into the cache: other "
                     "environments change with it; venvb_context_write_file() makes a new file",
                     where, strstr (path, TREE) + strlen (TREE));
}

/* Reports what is wrong with an environment, as venvb --check would. */
static void
examine (Check *check, gpointer unused)
{
  g_autofree char *env_dir = check_path (check, "project/env");
  g_autofree char *above = check_path (check, "project/");
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) problems = venvb_builder_check (builder, env_dir, &error);

  for (guint i = 0; i < (problems != NULL ? problems->len : 1); i++)
    {
      const VenvbProblem *problem = problems != NULL ? problems->pdata[i] : NULL;
      const char *what = problem != NULL ? venvb_problem_get_what (problem) : error->message;
      g_auto (GStrv) parts = g_strsplit (what, above, -1);
      g_autofree char *text = g_strjoinv ("", parts);

      if (problem == NULL || !venvb_problem_is_remark (problem))
        check_problem (check, "leaves an environment that is not sound: %s", text);
    }
}

/* Tells whether an environment has what makes it one: that costs nothing. */
static gboolean
is_whole (const Check *check)
{
  g_autofree char *cfg = check_path (check, "project/env/pyvenv.cfg");
  g_autofree char *python = check_path (check, "project/env/bin/python");

  return access (cfg, R_OK) == 0 && access (python, X_OK) == 0;
}

/* Looks at the environment that a run leaves: thoroughly, or as far as that is cheap. */
void
left_examine (Check *check, gboolean thoroughly)
{
  if (thoroughly || !is_whole (check))
    child_run (check, examine, NULL);
}
