/* SPDX-License-Identifier: BSD-2-Clause */

/* Distributions out of an environment, by their RECORDs. */

#include "wheel/room.h"

#include "base/beneath.h"
#include "base/csv.h"
#include "base/regular.h"
#include "base/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A removal under way. */
typedef struct
{
  const WheelRemoval *job;
  GHashTable *going; /* absolute paths */
  GHashTable *dirs;  /* of those that went, and those above them */
  GPtrArray *left;   /* char * */
  char *lib64;       /* the environment's link of that name, and a slash; or NULL */
} Remove;

/* --- What goes ---------------------------------------------------------- */

static void
add_path (const Remove *remove, char *path)
{
  g_hash_table_add (remove->going, path);
}

static void
spare_path (const Remove *remove, char *path)
{
  g_hash_table_remove (remove->going, path);
  g_free (path);
}

/* The path of a file that is listed: the environment's own lib64, which leads to lib, is
 * another name for that, and the only link that is followed. */
static char *
path_of (const Remove *remove, const char *lib, const char *row)
{
  g_autofree char *path = g_canonicalize_filename (row, lib);

  return remove->lib64 != NULL && g_str_has_prefix (path, remove->lib64)
             ? g_build_filename (remove->job->env_dir, "lib", path + strlen (remove->lib64), NULL)
             : g_steal_pointer (&path);
}

/* That link. */
static char *
find_lib64 (const char *env_dir)
{
  g_autofree char *path = g_build_filename (env_dir, "lib64", NULL);
  g_autofree char *target = g_file_read_link (path, NULL);

  return g_strcmp0 (target, "lib") == 0 ? g_strconcat (path, "/", NULL) : NULL;
}

/* Spares what the lines of a RECORD begin with, which else can't be understood. */
static void
spare_lines (const Remove *remove, const char *lib, const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autoptr (GString) field = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (csv_field (lines[i], field) != NULL && field->len > 0)
      spare_path (remove, path_of (remove, lib, field->str));
}

static void leave (const Remove *remove, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* The same of a distribution that stays: a RECORD that is none is named, and keeps none of the
 * others from going. */
static gboolean
spare_anyhow (const Remove *remove, const char *lib, const char *path, const char *text,
              const char *reason)
{
  spare_path (remove, g_strdup (path));
  if (text != NULL)
    spare_lines (remove, lib, text);
  leave (remove, "'%s' and what it may list: %s", path, reason);
  return TRUE;
}

/* Calls func with the absolute path of each file that a distribution lists.  One without
 * RECORD lists none. */
static gboolean
each_row (const Remove *remove, const char *lib, const char *dist_info,
          void (*func) (const Remove *remove, char *path), GError **error)
{
  g_autoptr (GError) reason = NULL;
  g_autofree char *path = g_build_filename (lib, dist_info, "RECORD", NULL);
  gsize length = 0;
  g_autofree char *text = regular_contents (path, &length);
  g_autoptr (GHashTable) rows = NULL;
  GHashTableIter iter;
  gpointer row;

  if (text == NULL)
    return errno == ENOENT
           || (func == spare_path
                   ? spare_anyhow (remove, lib, path, NULL, regular_reason (errno))
                   : refuse (error, "cannot read '%s': %s", path, regular_reason (errno)));
  rows = record_parse (text, length, &reason);
  if (rows == NULL && func == spare_path)
    return spare_anyhow (remove, lib, path, text, reason->message);
  if (rows == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&reason));
      g_prefix_error (error, "'%s': ", path);
      return FALSE;
    }
  func (remove, g_steal_pointer (&path)); /* whether it lists itself or not */
  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, &row, NULL))
    func (remove, path_of (remove, lib, row));
  return TRUE;
}

/* Opens a directory to be listed; one that is not there has nothing in it.  FALSE with
 * error set when it can't be read. */
static gboolean
open_list (const char *path, GDir **dir, GError **error)
{
  g_autoptr (GError) cause = NULL;

  *dir = g_dir_open (path, 0, &cause);
  return *dir != NULL || g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)
         || g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOTDIR)
         || refuse (error, "%s", cause->message);
}

static gboolean
is_going (const char *const *infos, const char *lib, const char *entry)
{
  g_autofree char *path = g_build_filename (lib, entry, NULL);

  return g_strv_contains (infos, entry) || g_strv_contains (infos, path);
}

/* Reads what those list that go, or those that stay. */
static gboolean
read_records (const Remove *remove, gboolean of_those_that_go, GError **error)
{
  const char *const *infos = remove->job->dist_infos;

  for (guint i = 0; remove->job->libs[i] != NULL; i++)
    {
      const char *lib = remove->job->libs[i];
      g_autoptr (GDir) dir = NULL;
      const char *entry;

      if (!open_list (lib, &dir, error))
        return FALSE;
      while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (entry, ".dist-info")
            && is_going (infos, lib, entry) == of_those_that_go
            && !each_row (remove, lib, entry, of_those_that_go ? add_path : spare_path, error))
          return FALSE;
    }
  return TRUE;
}

/* --- One file ----------------------------------------------------------- */

static void
leave (const Remove *remove, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (remove->left, g_strdup_vprintf (format, args));
  va_end (args);
}

/* What of a path lies below the environment; NULL where it does not. */
static const char *
below (const Remove *remove, const char *path)
{
  gsize length = strlen (remove->job->env_dir);

  return strncmp (path, remove->job->env_dir, length) == 0 && path[length] == '/'
             ? path + length + 1
             : NULL;
}

/* Notes the directories that a file was in. */
static void
note_dirs (const Remove *remove, const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);

  while (below (remove, dir) != NULL && !g_strv_contains (remove->job->libs, dir)
         && !g_strv_contains (remove->job->kept_dirs, dir)
         && g_hash_table_add (remove->dirs, g_strdup (dir)))
    {
      g_autofree char *inner = dir;

      dir = g_path_get_dirname (inner);
    }
}

/* Removes a file; one that is gone is. */
static gboolean
remove_file (const Remove *remove, const char *path, GError **error)
{
  const char *relative = below (remove, path);
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  if (relative == NULL)
    return leave (remove, "'%s' lies outside of the environment", path), TRUE;
  if (names_makes_env (relative) || reserved_is_in (relative))
    return leave (remove, "'%s' is the environment's own", path), TRUE;
  if (!beneath_at (&at, path) || fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    {
      if (errno == EXDEV)
        leave (remove, "'%s' lies outside of the environment, by a symbolic link", path);
      return errno == EXDEV || fs_is_missing (errno) || fs_fail (error, "remove", path);
    }
  if (S_ISDIR (st.st_mode))
    return leave (remove, "'%s' is a directory", path), TRUE;
  if (!changes_expect (path, CHANGE_REPLACE)
      || (unlinkat (at.fd, at.name, 0) < 0 && errno != ENOENT))
    return beneath_fail (error, "remove", path);
  changes_done (path);
  note_dirs (remove, path);
  return TRUE;
}

/* --- Byte code ---------------------------------------------------------- */

/* The source that byte code in a directory __pycache__ is of: free with g_free(). */
static char *
source_of (const char *dir, const char *entry)
{
  g_autofree char *stem = g_strndup (entry, strlen (entry) - strlen (".pyc"));
  char *optimised = strstr (stem, ".opt-");
  char *tag;

  if (optimised != NULL)
    *optimised = '\0';
  tag = strrchr (stem, '.');
  if (tag == NULL)
    return NULL;
  *tag = '\0';
  return g_strdup_printf ("%s/../%s.py", dir, stem);
}

/* Removes what Python has made of sources that go. */
static gboolean
remove_byte_code (const Remove *remove, const char *cache, GError **error)
{
  g_autoptr (GDir) dir = NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *entry;

  if (!g_file_test (cache, G_FILE_TEST_IS_SYMLINK) && !open_list (cache, &dir, error))
    return FALSE;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *source = g_str_has_suffix (entry, ".pyc") ? source_of (cache, entry) : NULL;
      g_autofree char *path = source == NULL ? NULL : g_canonicalize_filename (source, NULL);

      if (path != NULL && g_hash_table_contains (remove->going, path))
        g_ptr_array_add (names, g_build_filename (cache, entry, NULL));
    }
  for (guint i = 0; i < names->len; i++)
    if (!remove_file (remove, names->pdata[i], error))
      return FALSE;
  return TRUE;
}

/* The directories of byte code beside the sources that go. */
static GHashTable *
byte_code_dirs (const Remove *remove)
{
  GHashTable *dirs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer path;

  g_hash_table_iter_init (&iter, remove->going);
  while (g_hash_table_iter_next (&iter, &path, NULL))
    if (g_str_has_suffix (path, ".py"))
      {
        g_autofree char *dir = g_path_get_dirname (path);

        g_hash_table_add (dirs, g_build_filename (dir, "__pycache__", NULL));
      }
  return dirs;
}

/* --- Directories -------------------------------------------------------- */

static gint
longest_first (gconstpointer a, gconstpointer b)
{
  gsize one = strlen (a), other = strlen (b);

  return one != other ? (one > other ? -1 : 1) : strcmp (a, b);
}

/* Removes a directory if it is empty. */
static gboolean
remove_dir (const Remove *remove, const char *path, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;
  gboolean is_empty;
  int fd = -1, failure;

  if (!beneath_at (&at, path)
      || (fd = openat (at.fd, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
    return fs_is_missing (errno) || errno == ELOOP || errno == EXDEV
           || fs_fail (error, "remove directory", path);
  errno = 0;
  is_empty = dir_is_empty (fd);
  failure = is_empty ? 0 : errno;
  fs_close (fd);
  errno = failure;
  if (failure != 0)
    return fs_fail (error, "look into", path);
  if (!is_empty)
    {
      if (g_str_has_suffix (path, ".dist-info"))
        leave (remove, "'%s' has files that its RECORD does not list", path);
      return TRUE;
    }
  if (!changes_expect (path, CHANGE_RMDIR)
      || (unlinkat (at.fd, at.name, AT_REMOVEDIR) < 0 && errno != ENOENT && errno != ENOTEMPTY
          && errno != EEXIST))
    return fs_fail (error, "remove directory", path);
  changes_done (path);
  return TRUE;
}

static gboolean
remove_dirs (const Remove *remove, GError **error)
{
  g_autoptr (GList) sorted = g_list_sort (g_hash_table_get_keys (remove->dirs), longest_first);
  gboolean ok = TRUE;

  beneath_forget ();
  for (GList *at = sorted; ok && at != NULL; at = at->next)
    {
      ok = remove_dir (remove, at->data, error);
      beneath_forget ();
    }
  return ok;
}

static gboolean
remove_files (const Remove *remove, GError **error)
{
  g_autoptr (GList) paths =
      g_list_sort (g_hash_table_get_keys (remove->going), (GCompareFunc) strcmp);
  g_autoptr (GHashTable) caches = byte_code_dirs (remove);
  GHashTableIter iter;
  gpointer cache;

  for (GList *at = paths; at != NULL; at = at->next)
    if (!remove_file (remove, at->data, error))
      return FALSE;
  g_hash_table_iter_init (&iter, caches);
  while (g_hash_table_iter_next (&iter, &cache, NULL))
    if (!remove_byte_code (remove, cache, error))
      return FALSE;
  return TRUE;
}

gboolean
wheel_remove (const WheelRemoval *removal, GPtrArray *left, GError **error)
{
  const Remove remove = {
    .job = removal,
    .going = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .dirs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .left = left,
    .lib64 = find_lib64 (removal->env_dir),
  };
  gboolean ok = read_records (&remove, TRUE, error) && read_records (&remove, FALSE, error)
                && remove_files (&remove, error) && remove_dirs (&remove, error);

  g_hash_table_unref (remove.going);
  g_hash_table_unref (remove.dirs);
  g_free (remove.lib64);
  return ok;
}
