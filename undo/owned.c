/* SPDX-License-Identifier: BSD-2-Clause */

/* Whose is what programs have left in an environment?  Ours is what is listed in
 * a RECORD that was written since the run began, and byte code, which Python
 * writes wherever it imports from. */

#include "undo/room.h"

#include "base/csv.h"
#include "base/reserved.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* How long, in seconds, a run that was killed may have gone on after the last
 * thing that is known of it. */
#define GOES_ON 10

typedef struct
{
  GHashTable *paths;
  const TakeBack *back;
  const char *lib; /* site-packages, relative to the environment */
} Find;

static gboolean
is_before (struct timespec a, struct timespec b)
{
  return a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec < b.tv_nsec);
}

/* Tells whether a file was changed after the end of a run that was killed, so
 * that somebody else has done so.  Other environments may share it: then the time
 * of its last change says nothing. */
gboolean
owned_is_later (const TakeBack *back, const struct stat *st)
{
  struct timespec end = back->log != NULL ? back->log->end : (struct timespec){ 0 };

  end.tv_sec += GOES_ON;
  return back->is_later
         && (is_before (end, st->st_mtim)
             || ((S_ISDIR (st->st_mode) || st->st_nlink == 1) && is_before (end, st->st_ctim)));
}

/* Tells whether something was made, or changed, since the run began. */
gboolean
owned_is_new (const TakeBack *back, const struct stat *st)
{
  return !is_before (st->st_ctim, back->log->begun);
}

/* Tells whether something that lies in a directory that a killed run has made can't
 * be that run's: it was there before that began, and is here because somebody has
 * moved it since, or a directory around it.  By that a directory's time changes, and
 * none of what is in it; a file that is linked has its time changed, too.  Where
 * files have no time of birth, that of the last change may be one that was set, and
 * says nothing. */
gboolean
owned_is_moved (const TakeBack *back, int dir_fd, const char *name, const struct stat *st)
{
  gboolean is_older = FALSE, is_moved;
#ifdef STATX_BTIME
  struct statx more;

  if (back->log != NULL && is_before (st->st_ctim, back->log->begun)
      && statx (dir_fd, name, AT_SYMLINK_NOFOLLOW, STATX_BTIME, &more) == 0
      && (more.stx_mask & STATX_BTIME) != 0)
    is_older = is_before ((struct timespec){ more.stx_btime.tv_sec, more.stx_btime.tv_nsec },
                          back->log->begun);
#endif
  is_moved = S_ISDIR (st->st_mode) && owned_is_later (back, st)
             && !owned_is_later (back, &(struct stat){ .st_mtim = st->st_mtim });
  return is_older || is_moved;
}

/* Adds a path of RECORD, unless it leads out of the environment, or to what undoes a
 * run: no installer has written that. */
static void
add_path (Find *find, const char *field)
{
  g_autofree char *base = g_build_filename ("/", find->lib, NULL);
  g_autofree char *path = g_canonicalize_filename (field, base);

  if (field[0] != '\0' && field[0] != '/' && path[0] == '/' && path[1] != '\0'
      && !reserved_is_in (path))
    g_hash_table_add (find->paths, g_strdup (path + 1));
}

/* Reads the RECORD of one distribution, if it was written in this run. */
static gboolean
read_record (int lib, const char *entry, gpointer data, GError **error)
{
  Find *find = data;
  g_autofree char *name = g_build_filename (entry, "RECORD", NULL);
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;

  if (!g_str_has_suffix (entry, ".dist-info") || !regular_open (&file, lib, name, FALSE)
      || !owned_is_new (find->back, &file.st) || owned_is_later (find->back, &file.st)
      || (text = regular_read (&file, NULL)) == NULL)
    return TRUE;
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  g_autoptr (GString) field = g_string_new (NULL);
  for (guint i = 0; rows[i] != NULL; i++)
    if (csv_field (rows[i], field) != NULL)
      add_path (find, field->str);
  return TRUE;
}

/* What programs have written: relative paths.  purelib is where packages are. */
GHashTable *
owned_find (const TakeBack *back, const char *purelib)
{
  Find find = { g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL), back, purelib };
  int lib = aside_open_dir (back->env_fd, purelib);

  if (lib >= 0 && !dir_each (lib, ".", read_record, &find, NULL))
    g_debug ("'%s' can't be read", purelib);
  fs_close (lib);
  return find.paths;
}

static gboolean
is_byte_code (const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);

  return g_str_has_suffix (above, "/__pycache__") && strstr (path, ".pyc") != NULL;
}

/* Tells whether a program of this run has written what is new at this path. */
gboolean
owned_has (const TakeBack *back, const char *path)
{
  return is_byte_code (path) || (back->owned != NULL && g_hash_table_contains (back->owned, path));
}
