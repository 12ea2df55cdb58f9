/* SPDX-License-Identifier: BSD-2-Clause */

/* Is an installed distribution as its RECORD says? */

#include "wheel/room.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* What is wrong with a file; NULL for nothing. */
static const char *
problem_of (const char *path, const RecordRow *row)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return is_byte_code (path, row) ? NULL : "is missing";
  if (row->size[0] != '\0' && g_ascii_strtoull (row->size, NULL, 10) != (guint64) st.st_size)
    return "has been changed";
  return has_hash (path, row->hash) ? NULL : "has been changed";
}

/* Tells whether a script that lies beside the interpreter, or where others are, can't be
 * started. */
static gboolean
is_dead_script (const char *path, const char *row)
{
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_basename (dir);
  g_auto (Regular) file = { .fd = -1 };
  char start[2];

  return g_str_has_prefix (row, "../") && g_str_equal (parent, "bin") && access (path, X_OK) < 0
         && errno == EACCES && regular_open_path (&file, path)
         && read (file.fd, start, sizeof start) == sizeof start
         && memcmp (start, "#!", sizeof start) == 0;
}

/* Tells whether a package that top_level.txt names is there, and no file of it is listed. */
static gboolean
lacks_package (const char *lib, const char *dist_info, GHashTable *rows)
{
  g_autofree char *path = g_build_filename (lib, dist_info, "top_level.txt", NULL);
  g_autofree char *text = regular_contents (path, NULL);
  g_auto (GStrv) names = g_strsplit (text != NULL ? text : "", "\n", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      const char *name = g_strstrip (names[i]);
      g_autofree char *dir = g_build_filename (lib, name, NULL);
      gsize length = strlen (name);
      gboolean is_listed = length == 0 || !g_file_test (dir, G_FILE_TEST_IS_DIR);
      GHashTableIter at;
      gpointer row;

      g_hash_table_iter_init (&at, rows);
      while (!is_listed && g_hash_table_iter_next (&at, &row, NULL))
        is_listed = strncmp (row, name, length) == 0 && ((const char *) row)[length] == '/';
      if (!is_listed)
        return TRUE;
    }
  return FALSE;
}

/* What has to stand in each RECORD is in it, where it is there: else RECORD was cut short, as
 * where a disk was full, and tells too little. */
static gboolean
is_cut (const char *lib, const char *dist_info, GHashTable *rows)
{
  static const char *const names[] = { "METADATA", "RECORD", "WHEEL" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *row = g_build_filename (dist_info, names[i], NULL);
      g_autofree char *path = g_build_filename (lib, row, NULL);

      if (!g_hash_table_contains (rows, row) && g_file_test (path, G_FILE_TEST_EXISTS)
          && !g_hash_table_contains (rows, path))
        return TRUE;
    }
  return lacks_package (lib, dist_info, rows);
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
  if (is_cut (lib, dist_info, rows))
    func (path, "does not list what is beside it: it was cut short", data);
  sorted = g_list_sort (g_hash_table_get_keys (rows), (GCompareFunc) strcmp);
  for (GList *at = sorted; at != NULL; at = at->next)
    {
      g_autofree char *file = g_canonicalize_filename (at->data, lib);
      const char *problem = problem_of (file, g_hash_table_lookup (rows, at->data));

      if (problem == NULL && is_dead_script (file, at->data))
        problem = "can't be run: Permission denied";
      if (problem != NULL)
        func (file, problem, data);
    }
  return TRUE;
}
