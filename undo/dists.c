/* SPDX-License-Identifier: BSD-2-Clause */

/* A distribution that the run has changed is one thing: half of one version and half of
 * another would be neither.  Where somebody has put a version of it there since, that stays
 * as it is, and what was there before is kept elsewhere; in any other case what was there
 * before comes back, and what is in its way, or was edited of the new one, is kept elsewhere. */

#include "undo/room.h"

#include "base/csv.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define INFO ".dist-info"

/* A place of packages, as it was and as it is. */
typedef struct
{
  TakeBack *back;
  const char *purelib; /* relative to the environment */
  int now;             /* that, as it is; or -1 */
} Place;

/* What has the name of one distribution there now. */
typedef struct
{
  const Place *place;
  const char *info;  /* .dist-info of the old one */
  GPtrArray *ours;   /* those of this run */
  GPtrArray *theirs; /* those that were put there since */
} Versions;

/* Whether a path is of a distribution that the run has changed. */
Dist
dists_tell (const TakeBack *back, const char *path)
{
  return back->dists != NULL ? GPOINTER_TO_INT (g_hash_table_lookup (back->dists, path)) : DIST_NOT;
}

/* Notes a path; what is of two distributions with different fates is of none. */
static void
mark (TakeBack *back, const char *path, Dist dist)
{
  Dist was = dists_tell (back, path);

  if ((was == DIST_BACK && dist == DIST_REST) || (was == DIST_REST && dist == DIST_BACK))
    dist = DIST_BACK;
  else if (was != dist && g_hash_table_contains (back->dists, path))
    dist = DIST_NOT;
  g_hash_table_insert (back->dists, g_strdup (path), GINT_TO_POINTER (dist));
}

/* Notes a path of a row, and the directories that only what is in them makes: not those of
 * byte code beside all packages, nor those outside, which are everybody's. */
static void
mark_row (const Place *place, const char *path, Dist dist)
{
  const char *beside = paths_name_below (place->purelib, path);

  mark (place->back, path, dist);
  if (beside == NULL || g_str_has_prefix (beside, "__pycache__/"))
    return;
  for (const char *end = strchr (beside, '/'); end != NULL; end = strchr (end + 1, '/'))
    {
      g_autofree char *above = g_strndup (path, end - path);

      if (!g_str_has_suffix (above, INFO))
        mark (place->back, above, dist);
    }
}

/* Notes all that a RECORD lists, which has this name in an open directory, and the .dist-info
 * that it is of. */
static void
mark_all (const Place *place, int dir_fd, const char *record, const char *info, Dist dist,
          Dist self)
{
  g_autofree char *path = g_build_filename (place->purelib, info, NULL);
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;

  mark (place->back, path, self);
  if (!regular_open (&file, dir_fd, record, FALSE) || (text = regular_read (&file, NULL)) == NULL)
    return;
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  for (guint i = 0; rows[i] != NULL; i++)
    {
      g_autoptr (GString) field = g_string_new (NULL);
      g_autofree char *row =
          csv_field (rows[i], field) != NULL ? owned_resolve (place->purelib, field->str) : NULL;

      if (row != NULL)
        mark_row (place, row, dist);
    }
}

/* The next letter of a project's name, of those that count alike: '-' for each run of what
 * separates words. */
static char
next_letter (const char **at, const char *end)
{
  char letter = **at;

  if (strchr ("-_.", letter) == NULL)
    {
      (*at)++;
      return g_ascii_tolower (letter);
    }
  while (*at < end && strchr ("-_.", **at) != NULL)
    (*at)++;
  return '-';
}

/* Tells whether two .dist-info are of versions of one project. */
static gboolean
is_same_project (const char *a, const char *b)
{
  const char *a_end = strchr (a, '-'), *b_end = strchr (b, '-');

  while (a < a_end && b < b_end)
    if (next_letter (&a, a_end) != next_letter (&b, b_end))
      return FALSE;
  return a_end != NULL && b_end != NULL && a == a_end && b == b_end;
}

static gboolean
add_version (int lib, const char *entry, gpointer data, GError **error)
{
  const Versions *versions = data;
  const TakeBack *back = versions->place->back;
  g_autofree char *record = g_build_filename (entry, "RECORD", NULL);
  g_auto (Regular) file = { .fd = -1 };

  if (!g_str_has_suffix (entry, INFO) || !is_same_project (entry, versions->info)
      || !regular_open (&file, lib, record, FALSE) || !owned_is_new (back, &file.st))
    return TRUE;
  g_ptr_array_add (owned_is_later (back, &file.st) ? versions->theirs : versions->ours,
                   g_strdup (entry));
  return TRUE;
}

/* Tells whether the RECORD of a distribution is still there. */
static gboolean
is_unchanged (const Place *place, int old, const char *record, const char *info)
{
  g_autofree char *now = g_build_filename (info, "RECORD", NULL);
  struct stat a, b;

  if (fstatat (old, record, &a, AT_SYMLINK_NOFOLLOW) < 0)
    return TRUE; /* it is none */
  if (place->now < 0 || fstatat (place->now, now, &b, AT_SYMLINK_NOFOLLOW) < 0)
    return FALSE;
  return (a.st_ino == b.st_ino && a.st_dev == b.st_dev)
         || aside_is_same (old, record, place->now, now);
}

/* Notes all that is of one version there now; one that stays is named. */
static void
mark_version (const Place *place, const char *info, Dist dist, Dist self)
{
  g_autofree char *record = g_build_filename (info, "RECORD", NULL);
  g_autofree char *path = g_build_filename (place->purelib, info, NULL);

  if (self == DIST_NEWER && dists_tell (place->back, path) != DIST_NEWER)
    fate_leave (place->back, path);
  mark_all (place, place->now, record, info, dist, self);
}

/* Looks at a distribution that was there before: its RECORD has this name where it is
 * aside, and its .dist-info the other in the environment. */
static void
look_at (const Place *place, int old, const char *record, const char *info)
{
  g_autoptr (GPtrArray) ours = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) theirs = g_ptr_array_new_with_free_func (g_free);
  Versions versions = { place, info, ours, theirs };
  gboolean stays;
  Dist self;

  if (is_unchanged (place, old, record, info))
    return;
  if (place->now >= 0 && !dir_each (place->now, ".", add_version, &versions, NULL))
    g_debug ("'%s' can't be read", place->purelib);
  stays = theirs->len > 0;
  self = stays ? DIST_STAYS : ours->len > 0 ? DIST_BACK : DIST_GONE;
  for (guint i = 0; i < theirs->len; i++)
    mark_version (place, theirs->pdata[i], DIST_STAYS, DIST_NEWER);
  if (g_ptr_array_find_with_equal_func (theirs, info, g_str_equal, NULL))
    self = DIST_NEWER; /* the same version once more */
  for (guint i = 0; i < ours->len && !stays; i++)
    mark_version (place, ours->pdata[i], DIST_REST, DIST_REST);
  mark_all (place, old, record, info, stays ? DIST_STAYS : DIST_BACK, self);
}

static gboolean
look_at_entry (int old, const char *entry, gpointer data, GError **error)
{
  g_autofree char *record = g_build_filename (entry, "RECORD", NULL);

  if (g_str_has_suffix (entry, INFO))
    look_at (data, old, record, entry);
  return TRUE;
}

/* Looks at what was there for one Python. */
static gboolean
look_in_lib (int lib, const char *entry, gpointer data, GError **error)
{
  TakeBack *back = data;
  g_autofree char *purelib = g_build_filename ("lib", entry, "site-packages", NULL);
  g_autofree char *below = g_build_filename (entry, "site-packages", NULL);
  Place place = { back, purelib, aside_open_dir (back->env_fd, purelib) };
  int old = aside_open_dir (lib, below);

  if (old >= 0 && !dir_each (old, ".", look_at_entry, &place, NULL))
    g_debug ("'%s' can't be read", purelib);
  fs_close (old);
  fs_close (place.now);
  return TRUE;
}

/* Looks at what the run itself has moved aside: a RECORD, or all that it is with. */
static void
look_at_moved (TakeBack *back, const LogEntry *entry)
{
  gboolean is_record = g_str_has_suffix (entry->path, INFO "/RECORD");
  g_autofree char *path = is_record ? g_path_get_dirname (entry->path) : g_strdup (entry->path);
  g_autofree char *purelib = g_path_get_dirname (path);
  g_autofree char *info = g_path_get_basename (path);
  g_autofree char *record = is_record ? g_strdup_printf ("%d", entry->number)
                                      : g_strdup_printf ("%d/RECORD", entry->number);
  Place place = { back, purelib, -1 };

  if (!is_record && !g_str_has_suffix (path, INFO))
    return;
  place.now = aside_open_dir (back->env_fd, purelib);
  look_at (&place, back->aside, record, info);
  fs_close (place.now);
}

/* Finds the distributions that the run has changed, as long as nothing is taken back. */
void
dists_find (TakeBack *back)
{
  static const char *const wholes[] = { UNDO_GUARD, UNDO_TREE };

  if (back->aside < 0)
    return;
  back->dists = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (wholes); i++)
    {
      g_autofree char *path = g_build_filename (wholes[i], "lib", NULL);
      int lib = aside_open_dir (back->aside, path);

      if (lib >= 0 && !dir_each (lib, ".", look_in_lib, back, NULL))
        g_debug ("'%s' can't be read", path);
      fs_close (lib);
    }
  for (guint i = 0; i < back->log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (back->log->entries, i);

      if (entry->event == LOG_FILE && entry->number >= 0 && entry->path[0] != '/')
        look_at_moved (back, entry);
    }
}

/* What was edited of a new version whose place the old one has again is kept elsewhere, once
 * that is there; byte code, which is never read then, stays. */
void
dists_keep_rest (TakeBack *back)
{
  GHashTableIter iter;
  gpointer key, value;

  if (back->dists == NULL)
    return;
  g_hash_table_iter_init (&iter, back->dists);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      g_autofree char *above = g_path_get_dirname (key);
      g_autofree char *name = g_path_get_basename (key);
      gboolean was_partly = back->is_partly;
      struct stat st;
      int dir;

      if (GPOINTER_TO_INT (value) != DIST_REST || g_str_has_suffix (key, ".pyc"))
        continue;
      dir = aside_open_dir (back->env_fd, above);
      if (dir >= 0 && fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (st.st_mode)
          && !fate_keep (back, dir, name, key))
        {
          back->is_partly = was_partly;
          fate_leave (back, key);
        }
      fs_close (dir);
    }
}
