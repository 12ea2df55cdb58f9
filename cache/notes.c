/* SPDX-License-Identifier: BSD-2-Clause */

/* What is known of the files of wheels: remembered as long as they don't change. */

#include "cache/cache.h"

#include <string.h>

#define HASHES "hashes"

static void
note_free (WheelNote *note)
{
  if (note == NULL)
    return;
  g_free (note->stamp);
  g_free (note->hash);
  g_free (note->requires);
  g_free (note);
}

static WheelNote *
note_new (const char *stamp, char *hash, char *requires)
{
  WheelNote *note = g_new (WheelNote, 1);

  note->stamp = g_strdup (stamp);
  note->hash = hash;
  note->requires = requires;
  return note;
}

/* Reads what was remembered of a file as it is now: stamp, hash and what it
 * requires, and the end of the line.  NULL when that is nothing, or damaged. */
static WheelNote *
read_note (Cache *cache, const char *key, const char *stamp)
{
  gsize length;
  g_autofree char *text = cache_read (cache, HASHES, key, &length);
  const char *hash, *requires;

  if (text == NULL || !g_str_has_prefix (text, stamp) || text[strlen (stamp)] != ' '
      || length != strlen (text) || text[length - 1] != '\n')
    return NULL;
  text[length - 1] = '\0';
  hash = text + strlen (stamp) + 1;
  if (strspn (hash, "0123456789abcdef") != 64 || hash[64] != ' ')
    return NULL;
  requires = hash + 65;
  return note_new (stamp, g_strndup (hash, 64), g_strdup (requires));
}

/* Looks at a wheel that is open; NULL with error set when it can't be read, or is
 * changed meanwhile: then what was seen is of no file. */
static WheelNote *
look_at (int fd, const char *path, GError **error)
{
  g_autofree char *before = keys_stamp_of (fd);
  char *hash = wheel_hash (fd);
  g_autofree char *requires = hash == NULL ? NULL : wheel_requires_python (fd);
  g_autofree char *after = keys_stamp_of (fd);

  if (hash == NULL)
    fs_fail (error, "read wheel", path);
  else if (g_str_equal (before, after))
    return note_new (before, hash, g_steal_pointer (&requires));
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "cannot read wheel '%s': it was changed meanwhile", path);
  g_free (hash);
  return NULL;
}

/* Looks at a wheel, by one descriptor, and remembers what is seen as long as the file
 * does not change.  Key is NULL where nothing is kept. */
static WheelNote *
make_note (Cache *cache, const char *path, const char *key, GError **error)
{
  int fd = wheel_open (path, error);
  WheelNote *note = fd < 0 ? NULL : look_at (fd, path, error);

  fs_close (fd);
  if (note != NULL && note->requires != NULL && key != NULL)
    {
      g_autofree char *record =
          g_strconcat (note->stamp, " ", note->hash, " ", note->requires, "\n", NULL);

      cache_write (cache, HASHES, key, record, strlen (record));
    }
  return note;
}

/* What this run knows: wheel -> WheelNote. */
static gpointer
make (gpointer builder)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) note_free);
}

/* What is known of a wheel, borrowed until it is asked for once more: from this
 * run, from the cache, or else by reading it.  NULL with error set when there is
 * no such file. */
const WheelNote *
notes_get (VenvbBuilder *builder, const char *path, GError **error)
{
  static const PartKind kind = { make, (GDestroyNotify) g_hash_table_unref, NULL };
  GHashTable *noted = builder_part (builder, &kind);
  Cache *cache = cache_of (builder);
  gboolean is_kept = venvb_builder_get_flag (builder, VENVB_FLAG_CACHE);
  g_autofree char *stamp = keys_stamp (path);
  WheelNote *note = g_hash_table_lookup (noted, path);
  g_autofree char *key = NULL;

  if (note != NULL && g_str_equal (note->stamp, stamp))
    return note;
  key = is_kept ? keys_make (path, NULL) : NULL;
  note = is_kept ? read_note (cache, key, stamp) : NULL;
  if (note == NULL)
    note = make_note (cache, path, key, error);
  if (note != NULL)
    g_hash_table_replace (noted, g_strdup (path), note);
  return note;
}

char *
venvb_context_hash_wheel (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *absolute = path == NULL ? NULL : g_canonicalize_filename (path, NULL);
  const WheelNote *note = errors_given (path, __func__, "path", error)
                              ? notes_get (context_builder (ctx), absolute, error)
                              : NULL;

  return note == NULL ? NULL : g_strdup (note->hash);
}
