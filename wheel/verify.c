/* SPDX-License-Identifier: BSD-2-Clause */

/* What an archive holds, and whether that is a wheel.  Nothing is written
 * before all of this is known. */

#include "wheel/room.h"

#include <string.h>

static const char *const unrecorded[] = { "RECORD", "RECORD.jws", "RECORD.p7s", NULL };

static void
member_free (Member *member)
{
  g_free (member->name);
  g_free (member->target);
  g_free (member);
}

void
verify_contents_free (Contents *contents)
{
  g_free (contents->name);
  g_free (contents->version);
  g_free (contents->dist_info);
  g_ptr_array_unref (contents->members);
  g_clear_pointer (&contents->rows, g_hash_table_unref);
  g_clear_pointer (&contents->scripts, g_ptr_array_unref);
  g_free (contents);
}

/* Refuses what is neither a file nor a directory that anybody can read. */
static gboolean
check_entry (const UnpackEntry *entry, gboolean is_dir, GError **error)
{
  mode_t type = entry->mode & S_IFMT;

  if (!entry->is_utf8)
    return refuse (error, "the name of a file in it is not UTF-8");
  if (type == S_IFLNK)
    return refuse (error, "'%s' is a symbolic link", entry->name);
  if (type != 0 && type != (is_dir ? S_IFDIR : S_IFREG))
    return refuse (error, "'%s' is not a regular file", entry->name);
  if (entry->is_encrypted)
    return refuse (error, "'%s' is encrypted", entry->name);
  return TRUE;
}

/* Notes an entry of the archive.  Directories are made for the files in
 * them, so their own entries have nothing to say. */
static gboolean
add_member (Contents *contents, Names *names, const UnpackEntry *entry, guint64 index,
            GError **error)
{
  gboolean is_dir = g_str_has_suffix (entry->name, "/");
  g_autofree char *name = g_strndup (entry->name, strlen (entry->name) - is_dir);
  Member *member;

  if (!check_entry (entry, is_dir, error) || !names_check (name, error))
    return FALSE;
  if (is_dir)
    return names_add_dir (names, name, error);
  if (!names_add (names, name, error))
    return FALSE;
  member = g_new0 (Member, 1);
  member->name = g_steal_pointer (&name);
  member->index = index;
  member->size = entry->size;
  member->is_executable = S_ISREG (entry->mode) && (entry->mode & 0111) != 0;
  g_ptr_array_add (contents->members, member);
  return TRUE;
}

/* Lists what is in the archive, within reason. */
static gboolean
list_members (Archive *archive, Contents *contents, GError **error)
{
  g_autoptr (Names) names = names_new ();
  gint64 count = archive->module->count (archive->handle);
  guint64 left = archive->limit;

  if (count > LIMIT_ENTRIES)
    return refuse (error, "it has more than %u files", LIMIT_ENTRIES);
  for (gint64 i = 0; i < count; i++)
    {
      g_autofree char *reason = NULL;
      UnpackEntry entry;

      if (!archive->module->describe (archive->handle, i, &entry, &reason))
        return refuse (error, "it can't be read: %s", reason);
      if (entry.size > left)
        return refuse (error, "it unpacks to more than %u MiB, and to more than %u times its size",
                       (guint) (archive->limit >> 20), LIMIT_RATIO);
      left -= entry.size;
      if (!add_member (contents, names, &entry, i, error))
        return FALSE;
    }
  return TRUE;
}

/* Returns what comes before the suffix in the first component of a name;
 * NULL when that does not end so. */
static char *
stem_of (const char *name, const char *suffix)
{
  gsize length = strcspn (name, "/"), ending = strlen (suffix);

  if (length < ending || strncmp (name + length - ending, suffix, ending) != 0)
    return NULL;
  return g_strndup (name, length - ending);
}

/* Finds the one .dist-info directory. */
static gboolean
find_dist_info (Contents *contents, GError **error)
{
  for (guint i = 0; i < contents->members->len; i++)
    {
      Member *member = g_ptr_array_index (contents->members, i);
      g_autofree char *stem = stem_of (member->name, ".dist-info");
      g_autofree char *top = stem == NULL ? NULL : g_strconcat (stem, ".dist-info", NULL);

      if (top == NULL)
        continue;
      if (contents->dist_info != NULL && !g_str_equal (contents->dist_info, top))
        return refuse (error, "it has several .dist-info directories: '%s' and '%s'",
                       contents->dist_info, top);
      g_free (contents->dist_info);
      contents->dist_info = g_steal_pointer (&top);
    }
  if (contents->dist_info != NULL)
    return TRUE;
  refuse (error, "it has no .dist-info directory");
  return FALSE;
}

/* Compares .dist-info, and each .data, with the wheel's own name. */
static gboolean
check_names (const Contents *contents, const char *file_name, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;
  g_autofree char *both = NULL;
  g_autofree char *stem = stem_of (contents->dist_info, ".dist-info");

  if (!metadata_split (file_name, &name, &version, error))
    return FALSE;
  both = g_strconcat (name, "-", version, NULL);
  if (!metadata_same (stem, both))
    return refuse (error, "its '%s' is of another project or version", contents->dist_info);
  for (guint i = 0; i < contents->members->len; i++)
    {
      Member *member = g_ptr_array_index (contents->members, i);
      g_autofree char *data = stem_of (member->name, ".data");

      if (data != NULL && !metadata_same (data, both))
        return refuse (error, "'%s' is of another project or version", member->name);
    }
  return TRUE;
}

static Member *
find_member (const Contents *contents, const char *name)
{
  g_autofree char *path = g_strconcat (contents->dist_info, "/", name, NULL);

  for (guint i = 0; i < contents->members->len; i++)
    {
      Member *member = g_ptr_array_index (contents->members, i);

      if (g_str_equal (member->name, path))
        return member;
    }
  return NULL;
}

static gboolean
append_text (const void *data, gsize length, gpointer user, GError **error)
{
  g_string_append_len (user, data, length);
  return TRUE;
}

/* Compares text with its row in RECORD, if it has one. */
static gboolean
verify_text (const Member *member, const GString *text, GError **error)
{
  g_autoptr (Sum) sum = NULL;

  if (member->row == NULL)
    return TRUE;
  sum = record_sum (member->row->hash, error);
  if (sum == NULL)
    return FALSE;
  sum_update (sum, text->str, text->len);
  return record_verify (member->row, sum, text->len, error);
}

/* Reads a file of .dist-info into memory; NULL with error set when that
 * fails or it is not there. */
static GString *
read_metadata (Archive *archive, const Contents *contents, const char *name, GError **error)
{
  const Member *member = find_member (contents, name);
  g_autoptr (GString) text = g_string_new (NULL);

  if (member == NULL)
    refuse (error, "it has no %s file", name);
  else if (member->size > LIMIT_METADATA)
    refuse (error, "its %s file is too large", name);
  else if (archive_read (archive, member->index, member->size, append_text, text, error)
           && verify_text (member, text, error))
    return g_steal_pointer (&text);
  else
    g_prefix_error (error, "'%s': ", member->name);
  return NULL;
}

static gboolean
needs_row (const Contents *contents, const char *name)
{
  gsize length = strlen (contents->dist_info);

  return strncmp (name, contents->dist_info, length) != 0 || name[length] != '/'
         || !g_strv_contains (unrecorded, name + length + 1);
}

/* Matches the files with their rows: each needs the other. */
static gboolean
match_rows (Contents *contents, GError **error)
{
  GHashTableIter iter;
  gpointer value;

  for (guint i = 0; i < contents->members->len; i++)
    {
      Member *member = g_ptr_array_index (contents->members, i);
      RecordRow *row = g_hash_table_lookup (contents->rows, member->name);

      if (row != NULL)
        row->found = TRUE;
      else if (needs_row (contents, member->name))
        return refuse (error, "'%s' is not in RECORD", member->name);
      if (needs_row (contents, member->name))
        member->row = row;
    }
  g_hash_table_iter_init (&iter, contents->rows);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (!((RecordRow *) value)->found)
      return refuse (error, "RECORD lists '%s', which is not there", ((RecordRow *) value)->path);
  return TRUE;
}

/* Reads RECORD, unless that is not to be looked at: what is installed gets one of its own. */
static gboolean
read_record (Archive *archive, Contents *contents, const WheelScheme *scheme, GError **error)
{
  g_autoptr (GString) text =
      scheme->any_record ? NULL : read_metadata (archive, contents, "RECORD", error);

  if (scheme->any_record)
    return TRUE;
  if (text == NULL)
    return FALSE;
  contents->rows = record_parse (text->str, text->len, error);
  return contents->rows != NULL && match_rows (contents, error);
}

/* Reads WHEEL: the format, and where the files belong. */
static gboolean
read_wheel (Archive *archive, Contents *contents, const WheelScheme *scheme, GError **error)
{
  g_autoptr (GString) text = read_metadata (archive, contents, "WHEEL", error);
  g_autofree char *is_pure = NULL;

  if (text == NULL || !metadata_check_version (text->str, error))
    return FALSE;
  is_pure = metadata_header (text->str, "Root-Is-Purelib");
  contents->lib = is_pure != NULL && g_ascii_strcasecmp (is_pure, "true") == 0 ? scheme->purelib
                                                                               : scheme->platlib;
  return TRUE;
}

/* Reads METADATA: what it calls itself must be what .dist-info says. */
static gboolean
read_names (Archive *archive, Contents *contents, GError **error)
{
  g_autoptr (GString) text = read_metadata (archive, contents, "METADATA", error);
  g_autofree char *stem = stem_of (contents->dist_info, ".dist-info");
  g_autofree char *both = NULL;

  if (text == NULL)
    return FALSE;
  contents->name = metadata_header (text->str, "Name");
  contents->version = metadata_header (text->str, "Version");
  if (contents->name == NULL || contents->version == NULL || strchr (contents->name, '/') != NULL)
    return refuse (error, "its METADATA file has no valid Name and Version");
  if (!names_check (contents->name, error))
    {
      g_prefix_error (error, "the Name in its METADATA file: ");
      return FALSE;
    }
  both = g_strconcat (contents->name, "-", contents->version, NULL);
  return metadata_same (both, stem)
         || refuse (error, "its METADATA file is of another project or version");
}

static gboolean
read_entry_points (Archive *archive, Contents *contents, const WheelScheme *scheme, GError **error)
{
  g_autoptr (GString) text = NULL;

  if (find_member (contents, "entry_points.txt") == NULL)
    text = g_string_new (NULL);
  else
    text = read_metadata (archive, contents, "entry_points.txt", error);
  if (text != NULL)
    contents->scripts = entry_points_parse (text->str, scheme, error);
  return contents->scripts != NULL;
}

/* Finds out what a wheel holds; NULL with error set when it is not one. */
Contents *
verify_contents (Archive *archive, const char *file_name, const WheelScheme *scheme, GError **error)
{
  g_autoptr (Contents) contents = g_new0 (Contents, 1);

  contents->members = g_ptr_array_new_with_free_func ((GDestroyNotify) member_free);
  if (!list_members (archive, contents, error) || !find_dist_info (contents, error)
      || !check_names (contents, file_name, error)
      || !read_record (archive, contents, scheme, error)
      || !read_wheel (archive, contents, scheme, error) || !read_names (archive, contents, error)
      || !read_entry_points (archive, contents, scheme, error))
    return NULL;
  return g_steal_pointer (&contents);
}
