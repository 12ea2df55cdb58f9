/* SPDX-License-Identifier: BSD-2-Clause */

/* Which file of a package is taken, and why.  What a lock lists is decided by its
 * names alone, whatever can be reached; where the file is, is looked up then. */

#include "lock/room.h"

#include "base/regular.h"

#include <string.h>

#define TODO_BUILD "have it locked with a wheel, or let pip build it (build=pip)"
#define TODO_FETCH "put it into a directory that wheel-dir names"

/* What becomes of a choice that can't be made.  Returns FALSE, as what is refused. */
static gboolean
refuse (LockChoice *choice, const Place *place, const char *key, const char *todo, GError *reason)
{
  choice->outcome = LOCK_REFUSED;
  g_free (choice->why);
  choice->why = refusal_text (place, key, todo, "%s", reason->message);
  g_error_free (reason);
  return FALSE;
}

static gboolean refuse_text (LockChoice *choice, const Place *place, const char *key,
                             const char *todo, const char *format, ...) G_GNUC_PRINTF (5, 6);

static gboolean
refuse_text (LockChoice *choice, const Place *place, const char *key, const char *todo,
             const char *format, ...)
{
  va_list args;

  va_start (args, format);
  GError *reason = g_error_new_valist (VENVB_ERROR, VENVB_ERROR_FAILED, format, args);
  va_end (args);
  return refuse (choice, place, key, todo, reason);
}

/* --- Where a file is ---------------------------------------------------- */

static gboolean
is_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* A path of a lock: relative to the lock's directory, and maybe written where '\'
 * separates names. */
static char *
resolve (const Chooser *chooser, const char *path)
{
  g_autofree char *dir = g_path_get_dirname (chooser->lock->path);
  char *full = g_path_is_absolute (path) ? g_strdup (path) : g_build_filename (dir, path, NULL);

  if (!is_file (full) && !g_path_is_absolute (path) && strchr (path, '\\') != NULL)
    {
      g_autofree char *portable = g_strdelimit (g_strdup (path), "\\", '/');

      g_free (full);
      full = g_build_filename (dir, portable, NULL);
    }
  return full;
}

/* What of a wheel's name follows the version. */
static const char *
tail_of (const char *file)
{
  const char *dash = strchr (file, '-');

  return dash == NULL || (dash = strchr (dash + 1, '-')) == NULL ? "" : dash;
}

/* Tells whether two names of files are the same one, however the project and the version are
 * spelt: tools write them normalised beside an URL that is as it was uploaded. */
static gboolean
is_called (const char *file, const char *name)
{
  g_autofree char *a = NULL, *b = NULL, *a_version = NULL, *b_version = NULL;

  return g_str_equal (file, name)
         || (filename_split_wheel (file, &a, &a_version, NULL)
             && filename_split_wheel (name, &b, &b_version, NULL) && g_str_equal (a, b)
             && release_same (a_version, b_version)
             && g_ascii_strcasecmp (tail_of (file), tail_of (name)) == 0);
}

/* Where a file is: at its path, else in one of the directories; NULL for neither. */
static char *
find_file (const Chooser *chooser, const LockFile *file)
{
  const char *const *dirs = chooser->wanted->wheel_dirs;
  g_autofree char *path = file->path != NULL ? resolve (chooser, file->path) : NULL;

  if (path != NULL && is_file (path))
    return g_steal_pointer (&path);
  g_autofree char *fetched = file->url != NULL ? filename_of_url (file->url) : NULL;
  const char *const names[] = { file->name, fetched != NULL && is_called (fetched, file->name)
                                                ? fetched
                                                : file->name };
  for (guint i = 0; dirs != NULL && dirs[i] != NULL; i++)
    for (guint j = 0; j < G_N_ELEMENTS (names); j++)
      {
        g_autofree char *there = g_build_filename (dirs[i], names[j], NULL);

        if (is_file (there))
          return g_steal_pointer (&there);
      }
  return NULL;
}

/* What has to be built is pip's, where that is wanted. */
static gboolean
choose_building (const Chooser *chooser, LockChoice *choice, const Place *place, const char *key,
                 const char *what, const LockFile *file)
{
  if (!chooser->wanted->build_with_pip)
    return refuse_text (choice, place, key, TODO_BUILD, "%s has to be built", what);
  choice->outcome = LOCK_BUILT;
  choice->file = file;
  if (file != NULL && chooser->wanted->find_files)
    choice->path = find_file (chooser, file);
  choice->why = g_strdup_printf ("%s is built by pip", what);
  return TRUE;
}

/* Tells whether a file is too new, or may be: it may not have been looked at by anybody. */
static gboolean
is_too_new (const Chooser *chooser, LockChoice *choice, const Place *place, const LockFile *file)
{
  gint64 newest = chooser->wanted->newest;
  gint64 uploaded = file != NULL ? file->uploaded : -1;
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_utc (MAX (uploaded, 0));
  g_autofree char *text = when == NULL ? NULL : g_date_time_format (when, "%Y-%m-%d %H:%M");

  if (newest == 0 || (uploaded >= 0 && uploaded <= newest))
    return FALSE;
  if (uploaded < 0)
    refuse_text (choice, place, file != NULL ? file->key : NULL,
                 "have it locked with upload-time, or leave out exclude-newer",
                 "nobody knows when it was uploaded");
  else
    refuse_text (choice, place, file->key, "wait, or have an older version locked",
                 "'%s' was uploaded at %s, and is too new (exclude-newer)", file->name, text);
  return TRUE;
}

/* Takes a file of the lock, whose hashes have to suffice. */
static gboolean
take_file (const Chooser *chooser, LockChoice *choice, const Place *place, const LockFile *file,
           const GPtrArray *hashes)
{
  g_autofree char *key = g_strconcat (file->key, ".hashes", NULL);
  Place at = { place->file, file->line, place->package, NULL };
  GError *reason = NULL;

  if (!digest_suffice (hashes, &reason))
    return refuse (choice, &at, key, LOCK_ANEW, reason);
  if (is_too_new (chooser, choice, &at, file))
    return FALSE;
  choice->outcome = LOCK_TAKEN;
  choice->file = file;
  choice->name = g_strdup (file->name);
  if (!chooser->wanted->find_files)
    return TRUE;
  choice->path = find_file (chooser, file);
  g_autofree char *base = choice->path == NULL ? NULL : g_path_get_basename (choice->path);
  if (base != NULL)
    return is_called (base, file->name)
           || refuse_text (choice, &at, file->key, "rename it, or have the lock written anew",
                           "'%s' is not called '%s', as its name there says", choice->path,
                           file->name);
  if (chooser->wanted->may_fetch && file->url != NULL)
    return TRUE;
  return refuse_text (choice, &at, file->key, TODO_FETCH, "'%s' is not here", file->name);
}

/* --- Wheels of a lock --------------------------------------------------- */

/* Says why none of several wheels fits: for one, or with the reason of the first. */
static gboolean
refuse_wheels (const Chooser *chooser, LockChoice *choice, const Place *place)
{
  const LockFile *first = choice->package->wheels->pdata[0];
  guint n = choice->package->wheels->len;
  GError *reason = NULL;

  if (wheel_tags_rank (chooser->wanted->tags, first->name, &reason) >= 0)
    return FALSE;
  if (n == 1)
    g_prefix_error (&reason, "its only wheel does not fit: '%s': ", first->name);
  else
    g_prefix_error (&reason, "none of its %u wheels fits, as '%s': ", n, first->name);
  return refuse (choice, place, "wheels", "take another Python, or have it locked for this one",
                 reason);
}

/* The wheel that fits best, of equal ones that with the higher build tag, of these
 * the first; NULL when none fits.  fits is how many do. */
static const LockFile *
best_wheel (const Chooser *chooser, const GPtrArray *wheels, guint *fits)
{
  const WheelTags *tags = chooser->wanted->tags;
  const LockFile *best = NULL;
  int best_rank = -1;

  *fits = 0;
  for (guint i = 0; i < wheels->len; i++)
    {
      const LockFile *file = wheels->pdata[i];
      int rank = wheel_tags_rank (tags, file->name, NULL);

      if (rank < 0)
        continue;
      ++*fits;
      if (best == NULL || rank < best_rank
          || (rank == best_rank && wheel_tags_compare (tags, file->name, best->name) < 0))
        {
          best = file;
          best_rank = rank;
        }
    }
  return best;
}

static gboolean
choose_wheel (const Chooser *chooser, LockChoice *choice, const Place *place)
{
  const LockPackage *package = choice->package;
  guint fits;
  const LockFile *best = best_wheel (chooser, package->wheels, &fits);

  if (best == NULL && package->sdist != NULL)
    {
      g_autofree char *what = g_strdup_printf ("%s, as none of %u wheels fits,",
                                               package->sdist->name, package->wheels->len);

      return choose_building (chooser, choice, place, "sdist", what, package->sdist);
    }
  if (best == NULL)
    return refuse_wheels (chooser, choice, place);
  if (fits > 1)
    choice->why = g_strdup_printf ("best of %u that fit, of %u wheels", fits, package->wheels->len);
  else
    choice->why = g_strdup_printf ("the one that fits, of %u wheel%s", package->wheels->len,
                                   package->wheels->len > 1 ? "s" : "");
  return take_file (chooser, choice, place, best, best->hashes);
}

/* An archive may be a wheel; it came from where its URL says, which is noted. */
static gboolean
choose_archive (const Chooser *chooser, LockChoice *choice, const Place *place)
{
  const LockPackage *package = choice->package;
  const LockFile *archive = package->archive;
  gboolean is_pinned = archive->hashes->len == 0;
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  GError *reason = NULL;

  if (!g_str_has_suffix (archive->name, ".whl"))
    return choose_building (chooser, choice, place, "archive", archive->name, archive);
  if (!filename_split_wheel (archive->name, &name, &version, &reason)
      || wheel_tags_rank (chooser->wanted->tags, archive->name, &reason) < 0)
    {
      g_prefix_error (&reason, "'%s': ", archive->name);
      return refuse (choice, place, "archive",
                     "take another Python, or have it locked for this one", reason);
    }
  if (!g_str_equal (name, package->name)
      || (package->version != NULL && !release_same (version, package->version)))
    return refuse_text (choice, place, "archive", LOCK_ANEW, "'%s' is of '%s' %s", archive->name,
                        name, version);
  choice->is_direct = TRUE;
  choice->why = g_strdup ("the archive, which is a wheel");
  return take_file (chooser, choice, place, archive, is_pinned ? package->hashes : archive->hashes);
}

/* --- Wheels of a directory ---------------------------------------------- */

/* Those that are of the version, whether they fit or not. */
static GPtrArray *
wheels_of (const Chooser *chooser, const LockPackage *package)
{
  const GPtrArray *all = g_hash_table_lookup (chooser->wheels, package->name);
  GPtrArray *found = g_ptr_array_new ();

  for (guint i = 0; all != NULL && i < all->len; i++)
    {
      g_autofree char *file = g_path_get_basename (all->pdata[i]);
      g_autofree char *name = NULL;
      g_autofree char *version = NULL;

      if (filename_split_wheel (file, &name, &version, NULL)
          && release_same (version, package->version))
        g_ptr_array_add (found, all->pdata[i]);
    }
  return found;
}

static int
compare_paths (gconstpointer a, gconstpointer b, gpointer tags)
{
  g_autofree char *one = g_path_get_basename (*(char *const *) a);
  g_autofree char *other = g_path_get_basename (*(char *const *) b);
  int order = wheel_tags_compare (tags, one, other);

  return order != 0 ? order : strcmp (*(char *const *) a, *(char *const *) b);
}

/* Takes what has one of the hashes, wherever that is. */
static gboolean
take_any (LockChoice *choice)
{
  choice->outcome = LOCK_TAKEN;
  choice->why =
      g_strdup_printf ("any wheel of %s that has one of its hashes", choice->package->version);
  return TRUE;
}

/* Takes the best of them that has one of the hashes. */
static gboolean
take_pinned (const Chooser *chooser, LockChoice *choice, const Place *place, GPtrArray *wheels)
{
  const LockPackage *package = choice->package;
  g_autoptr (GError) reason = NULL;

  g_ptr_array_sort_with_data (wheels, compare_paths, (gpointer) chooser->wanted->tags);
  for (guint i = 0; i < wheels->len; i++)
    {
      g_autofree char *name = g_path_get_basename (wheels->pdata[i]);
      GError *failure = NULL;

      if (wheel_tags_rank (chooser->wanted->tags, name, &failure) >= 0)
        choice->sha256 =
            digest_check (wheels->pdata[i], -1, package->hashes, TRUE, chooser->wanted, &failure);
      if (choice->sha256 != NULL)
        {
          choice->outcome = LOCK_TAKEN;
          choice->name = g_steal_pointer (&name);
          choice->path = g_strdup (wheels->pdata[i]);
          choice->why =
              g_strdup_printf ("best of %u wheel%s here", wheels->len, wheels->len > 1 ? "s" : "");
          return TRUE;
        }
      g_prefix_error (&failure, "'%s' can't be taken: ", (char *) wheels->pdata[i]);
      if (reason == NULL)
        reason = failure;
      else
        g_error_free (failure);
    }
  if (chooser->wanted->may_fetch)
    return take_any (choice);
  g_assert (reason != NULL);
  return refuse (choice, place, NULL, "put the right wheel into a directory that wheel-dir names",
                 g_steal_pointer (&reason));
}

static gboolean
choose_pinned (const Chooser *chooser, LockChoice *choice, const Place *place)
{
  const LockPackage *package = choice->package;
  g_autoptr (GPtrArray) wheels = NULL;
  GError *reason = NULL;

  if (!digest_suffice (package->hashes, &reason))
    return refuse (choice, place, "--hash", LOCK_ANEW, reason);
  if (is_too_new (chooser, choice, place, NULL))
    return FALSE;
  if (!chooser->wanted->find_files)
    return take_any (choice);
  wheels = wheels_of (chooser, package);
  if (wheels->len == 0 && chooser->wanted->may_fetch)
    return take_any (choice);
  if (wheels->len == 0)
    return refuse_text (choice, place, NULL, "put one into a directory that wheel-dir names",
                        "there is no wheel of version %s here", package->version);
  return take_pinned (chooser, choice, place, wheels);
}

/* Chooses the file of a package that is to be installed. */
void
choose_source (const Chooser *chooser, LockChoice *choice)
{
  const LockPackage *package = choice->package;
  const Place place = { chooser->lock->path, package->line, package->name, NULL };

  switch (package->source)
    {
    case LOCK_VCS:
      choose_building (chooser, choice, &place, "vcs", package->where, NULL);
      break;
    case LOCK_DIRECTORY:
      choose_building (chooser, choice, &place, "directory", package->where, NULL);
      break;
    case LOCK_ARCHIVE:
      choose_archive (chooser, choice, &place);
      break;
    case LOCK_PINNED:
      choose_pinned (chooser, choice, &place);
      break;
    case LOCK_WHEELS:
      if (package->wheels->len > 0)
        choose_wheel (chooser, choice, &place);
      else
        choose_building (chooser, choice, &place, "sdist", package->sdist->name, package->sdist);
      break;
    }
}
