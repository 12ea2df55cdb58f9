/* SPDX-License-Identifier: BSD-2-Clause */

/* Is an installed distribution as its RECORD says? */

#include "wheel/room.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Compares a file with its hash, "sha256=..."; TRUE when there is nothing to
 * compare, or it can't be read now. */
static gboolean
has_hash (const char *path, const char *hash)
{
  g_autofree char *found = NULL;
  g_auto (Regular) opened = { .fd = -1 };

  if (!g_str_has_prefix (hash, "sha256=") || !regular_open_path (&opened, path))
    return TRUE;
  found = source_record_hash (opened.fd);
  return found == NULL || g_str_equal (found, hash);
}

/* Tells whether a row is of byte code that Python makes of a source, or its directory:
 * images are slimmed of it, and virtualenv lists what never was.  A module that
 * comes without its source has a hash, and lies where that would. */
static gboolean
is_byte_code (const char *path, const RecordRow *row)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_basename (dir);

  if (g_str_equal (name, "__pycache__"))
    return TRUE;
  return (g_str_has_suffix (name, ".pyc") || g_str_has_suffix (name, ".pyo"))
         && (row->hash[0] == '\0' || g_str_equal (parent, "__pycache__"));
}

/* Tells whether a file is a script beside the library, which nobody may run any more. */
static gboolean
is_closed_script (const char *path, const char *name, const struct stat *st)
{
  g_autofree char *dir = g_path_get_dirname (name);
  g_autofree char *head = NULL;

  if (!S_ISREG (st->st_mode) || (st->st_mode & 0111) != 0 || !g_str_has_prefix (name, "../")
      || !g_str_has_suffix (dir, "/bin"))
    return FALSE;
  head = regular_contents (path, NULL);
  return head != NULL && g_str_has_prefix (head, "#!");
}

/* What is wrong with a file, which RECORD has by that name; NULL for nothing. */
static const char *
problem_of (const char *path, const char *name, const RecordRow *row)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return is_byte_code (path, row) ? NULL : "is missing";
  if (row->size[0] != '\0' && g_ascii_strtoull (row->size, NULL, 10) != (guint64) st.st_size)
    return "has been changed";
  if (!has_hash (path, row->hash))
    return "has been changed";
  return is_closed_script (path, name, &st) ? "is not executable" : NULL;
}

/* Tells whether a RECORD lists itself and METADATA, as each does that was written to its end. */
static gboolean
lists_itself (GHashTable *rows, const char *dist_info)
{
  static const char *const names[] = { "RECORD", "METADATA" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *row = g_strconcat (dist_info, "/", names[i], NULL);

      if (!g_hash_table_contains (rows, row))
        return FALSE;
    }
  return TRUE;
}

/* Compares the files of the distribution in lib/dist_info with its RECORD, and
 * calls func for each that is not as it should be. */
gboolean
wheel_check (const char *lib, const char *dist_info, WheelProblemFunc func, gpointer data,
             GError **error)
{
  g_autofree char *path = g_build_filename (lib, dist_info, "RECORD", NULL);
  gsize length = 0;
  g_autofree char *text = regular_contents (path, &length);
  g_autoptr (GHashTable) rows = NULL;
  g_autoptr (GList) sorted = NULL;

  if (text == NULL)
    return fs_is_missing (errno)
           || refuse (error, "cannot read '%s': %s", path, regular_reason (errno));
  rows = record_parse (text, length, error);
  if (rows == NULL)
    return FALSE;
  if (!lists_itself (rows, dist_info))
    return refuse (error, "'%s' is not whole: it does not list %s", path,
                   g_hash_table_size (rows) == 0 ? "anything" : "itself and METADATA");
  sorted = g_list_sort (g_hash_table_get_keys (rows), (GCompareFunc) strcmp);
  for (GList *at = sorted; at != NULL; at = at->next)
    {
      g_autofree char *file = g_canonicalize_filename (at->data, lib);
      const char *problem = problem_of (file, at->data, g_hash_table_lookup (rows, at->data));

      if (problem != NULL)
        func (file, problem, data);
    }
  return TRUE;
}
