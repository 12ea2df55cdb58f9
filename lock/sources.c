/* SPDX-License-Identifier: BSD-2-Clause */

/* Where a lock takes a package from: its files, or else a directory, an archive or
 * a repository. */

#include "lock/room.h"

#include <string.h>

static const char *const file_keys[] = { "name", "upload-time", "url",          "path",
                                         "size", "hashes",      "subdirectory", NULL };
static const char *const vcs_keys[] = { "type",      "url",          "path", "requested-revision",
                                        "commit-id", "subdirectory", NULL };
static const char *const directory_keys[] = { "path", "editable", "subdirectory", NULL };

/* Notes what a table has that is not known, where a lock is of a newer version. */
void
sources_note_unknown (const Reader *reader, const Place *place, const Node *table,
                      const char *const *known)
{
  if (reader->is_newer)
    table_unknown (place, table, known, reader->lock->warnings);
}

/* Notes what is not as it should be, and does no harm. */
void
sources_warn (const Reader *reader, const Place *place, const char *key, const char *what)
{
  g_ptr_array_add (reader->lock->warnings, refusal_text (place, key, NULL, "%s", what));
}

/* --- Files -------------------------------------------------------------- */

static gboolean
read_hashes (const Place *place, const Node *table, LockFile *file, GError **error)
{
  Place at = *place;
  const Node *hashes;

  if (!table_get (place, table, "hashes", NODE_TABLE, TRUE, &hashes, error))
    return FALSE;
  at.line = hashes->line;
  if (hashes->items->len == 0)
    return refusal_set (error, &at, "hashes", LOCK_ANEW, "it has no hash");
  for (guint i = 0; i < hashes->items->len; i++)
    {
      const Node *item = hashes->items->pdata[i];

      if (item->kind != NODE_STRING)
        return refusal_set (error, &at, "hashes", LOCK_ANEW, "'%s' has to be a string, not %s",
                            item->key, node_kind_name (item->kind));
      lock_hashes_add (file->hashes, item->key, item->text);
    }
  return TRUE;
}

static gboolean
read_size (const Place *place, const Node *table, LockFile *file, GError **error)
{
  const Node *size;
  Place at = *place;

  if (!table_get (place, table, "size", NODE_INTEGER, FALSE, &size, error))
    return FALSE;
  if (size == NULL)
    return TRUE;
  at.line = size->line;
  if (size->number < 0)
    return refusal_set (error, &at, "size", LOCK_ANEW, "it is less than nothing");
  file->size = size->number;
  return TRUE;
}

static gboolean
read_time (const Reader *reader, const Place *place, const Node *table, LockFile *file,
           GError **error)
{
  const Node *when;
  Place at = *place;

  if (!table_get (place, table, "upload-time", NODE_DATETIME, FALSE, &when, error))
    return FALSE;
  at.line = when != NULL ? when->line : 0;
  if (when != NULL)
    file->uploaded = when->seconds;
  if (when != NULL && when->number != 0)
    sources_warn (reader, &at, "upload-time", "it has to be in UTC");
  return TRUE;
}

/* The name of a file: that which is given, else what its path or its URL end in. */
static gboolean
name_file (const Place *place, LockFile *file, GError **error)
{
  const char *key = "name";

  if (file->name == NULL || file->name[0] == '\0')
    {
      key = file->path != NULL ? "path" : "url";
      g_free (file->name);
      file->name = file->path != NULL ? filename_of_path (file->path) : filename_of_url (file->url);
    }
  if (file->name == NULL || !filename_is_plain (file->name))
    return refusal_set (error, place, key, LOCK_ANEW, "'%s' is not the name of a file",
                        file->name != NULL ? file->name : file->url);
  return TRUE;
}

/* What is empty says nothing. */
static void
drop_empty (char **text)
{
  if (*text != NULL && (*text)[0] == '\0')
    g_clear_pointer (text, g_free);
}

static gboolean
read_location (const Place *place, const Node *table, char **path, char **url, GError **error)
{
  if (!table_string (place, table, "path", FALSE, path, error)
      || !table_string (place, table, "url", FALSE, url, error))
    return FALSE;
  drop_empty (path);
  drop_empty (url);
  return *path != NULL || *url != NULL
         || refusal_set (error, place, "url", LOCK_ANEW, "neither it nor path is there");
}

/* Reads what an archive, a source distribution and a wheel have; NULL with error
 * set. */
static LockFile *
read_file (const Reader *reader, const Place *place, const Node *table, const char *key,
           GError **error)
{
  g_autoptr (LockFile) file = lock_file_new (key, table->line);
  g_autofree char *prefix = g_strconcat (key, ".", NULL);
  Place at = { place->file, table->line, place->package, prefix };

  if (!table_string (&at, table, "name", FALSE, &file->name, error)
      || !read_location (&at, table, &file->path, &file->url, error)
      || !read_hashes (&at, table, file, error) || !read_size (&at, table, file, error)
      || !read_time (reader, &at, table, file, error) || !name_file (&at, file, error))
    return NULL;
  sources_note_unknown (reader, &at, table, file_keys);
  return g_steal_pointer (&file);
}

/* Tells whether a file is of the package that it is listed for. */
static gboolean
check_file (const Place *place, const LockPackage *package, const LockFile *file,
            gboolean (*split) (const char *, char **, char **, GError **), GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  Place at = { place->file, file->line, place->package, NULL };
  GError *reason = NULL;

  if (!split (file->name, &name, &version, &reason))
    {
      g_prefix_error (&reason, "'%s': ", file->name);
      return refusal_because (error, &at, file->key, LOCK_ANEW, reason);
    }
  if (!g_str_equal (name, package->name))
    return refusal_set (error, &at, file->key, LOCK_ANEW, "'%s' is of '%s'", file->name, name);
  if (package->version != NULL && !release_same (version, package->version))
    return refusal_set (error, &at, file->key, LOCK_ANEW, "'%s' is not of version %s", file->name,
                        package->version);
  return TRUE;
}

/* --- Sources ------------------------------------------------------------ */

static gboolean
read_wheels (const Reader *reader, const Place *place, const Node *table, LockPackage *package,
             GError **error)
{
  const Node *wheels;

  if (!table_array (place, table, "wheels", NODE_TABLE, FALSE, &wheels, error))
    return FALSE;
  for (guint i = 0; wheels != NULL && i < wheels->items->len; i++)
    {
      g_autofree char *key = g_strdup_printf ("wheels[%u]", i);
      LockFile *file = read_file (reader, place, wheels->items->pdata[i], key, error);

      if (file == NULL)
        return FALSE;
      g_ptr_array_add (package->wheels, file);
      if (!check_file (place, package, file, filename_split_wheel, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_sdist (const Reader *reader, const Place *place, const Node *table, LockPackage *package,
            GError **error)
{
  const Node *sdist;

  if (!table_get (place, table, "sdist", NODE_TABLE, FALSE, &sdist, error))
    return FALSE;
  if (sdist == NULL)
    return TRUE;
  package->sdist = read_file (reader, place, sdist, "sdist", error);
  return package->sdist != NULL
         && check_file (place, package, package->sdist, filename_split_sdist, error);
}

static gboolean
read_archive (const Reader *reader, const Place *place, const Node *table, LockPackage *package,
              GError **error)
{
  const Node *archive;
  Place at = { place->file, place->line, place->package, "archive." };

  if (!table_get (place, table, "archive", NODE_TABLE, FALSE, &archive, error))
    return FALSE;
  if (archive == NULL)
    return TRUE;
  package->source = LOCK_ARCHIVE;
  package->archive = read_file (reader, place, archive, "archive", error);
  return package->archive != NULL
         && table_string (&at, archive, "subdirectory", FALSE, &package->subdirectory, error);
}

static gboolean
read_directory (const Reader *reader, const Place *place, const Node *table, LockPackage *package,
                GError **error)
{
  const Node *directory, *editable;
  Place at = { place->file, place->line, place->package, "directory." };

  if (!table_get (place, table, "directory", NODE_TABLE, FALSE, &directory, error))
    return FALSE;
  if (directory == NULL)
    return TRUE;
  package->source = LOCK_DIRECTORY;
  if (!table_string (&at, directory, "path", TRUE, &package->where, error)
      || !table_get (&at, directory, "editable", NODE_BOOLEAN, FALSE, &editable, error)
      || !table_string (&at, directory, "subdirectory", FALSE, &package->subdirectory, error))
    return FALSE;
  package->is_editable = editable != NULL && editable->number != 0;
  sources_note_unknown (reader, &at, directory, directory_keys);
  return TRUE;
}

static gboolean
check_vcs (const Place *place, const Node *vcs, LockPackage *package, GError **error)
{
  static const char *const known[] = { "git", "hg", "bzr", "svn", NULL };
  g_autofree char *revision = NULL;

  if (!table_string (place, vcs, "type", TRUE, &package->vcs, error)
      || !table_string (place, vcs, "commit-id", TRUE, &package->commit, error)
      || !table_string (place, vcs, "requested-revision", FALSE, &revision, error))
    return FALSE;
  return g_strv_contains (known, package->vcs)
         || refusal_set (error, place, "type", LOCK_ANEW, "'%s' is none of git, hg, bzr, svn",
                         package->vcs);
}

static gboolean
read_vcs (const Reader *reader, const Place *place, const Node *table, LockPackage *package,
          GError **error)
{
  const Node *vcs;
  g_autofree char *path = NULL;
  g_autofree char *url = NULL;
  Place at = { place->file, place->line, place->package, "vcs." };

  if (!table_get (place, table, "vcs", NODE_TABLE, FALSE, &vcs, error))
    return FALSE;
  if (vcs == NULL)
    return TRUE;
  package->source = LOCK_VCS;
  at.line = vcs->line;
  if (!check_vcs (&at, vcs, package, error) || !read_location (&at, vcs, &path, &url, error)
      || !table_string (&at, vcs, "subdirectory", FALSE, &package->subdirectory, error))
    return FALSE;
  sources_note_unknown (reader, &at, vcs, vcs_keys);
  g_free (package->where);
  package->where = g_strdup (path != NULL ? path : url);
  return TRUE;
}

/* Exactly one of a repository, a directory and an archive; or else files. */
static gboolean
check_sources (const Place *place, const Node *table, const LockPackage *package, GError **error)
{
  static const char *const direct[] = { "vcs", "directory", "archive" };
  gboolean has_files = package->sdist != NULL || package->wheels->len > 0;
  guint n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (direct); i++)
    {
      if (node_get (table, direct[i]) == NULL)
        continue;
      if (has_files)
        return refusal_set (error, place, direct[i], LOCK_ANEW,
                            "it can't be there beside sdist and wheels");
      if (++n > 1)
        return refusal_set (error, place, direct[i], LOCK_ANEW,
                            "of vcs, directory and archive there can be one only");
    }
  return n > 0 || has_files
         || refusal_set (
             error, place, "wheels", LOCK_ANEW,
             "there is nothing to install: no wheels, sdist, archive, directory or vcs");
}

/* Reads all that a package may be made of. */
gboolean
sources_read (const Reader *reader, const Place *place, const Node *table, LockPackage *package,
              GError **error)
{
  return read_vcs (reader, place, table, package, error)
         && read_directory (reader, place, table, package, error)
         && read_archive (reader, place, table, package, error)
         && read_sdist (reader, place, table, package, error)
         && read_wheels (reader, place, table, package, error)
         && check_sources (place, table, package, error);
}
