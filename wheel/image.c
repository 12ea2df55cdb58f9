/* SPDX-License-Identifier: BSD-2-Clause */

/* Images: made from a wheel, and read back. */

#include "wheel/room.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The newest version of the pips that lie beside the wheel, as where ensurepip
 * keeps both: it is the one that would have installed it. */
static char *
neighbour_version (const char *wheel)
{
  g_autofree char *dir_name = g_path_get_dirname (wheel);
  g_autoptr (GDir) dir = g_dir_open (dir_name, 0, NULL);
  g_autofree char *best = NULL;
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *name = NULL;
      g_autofree char *version = NULL;

      if (g_str_has_prefix (entry, "pip-") && metadata_split (entry, &name, &version, NULL)
          && (best == NULL || strverscmp (version, best) > 0))
        {
          g_free (best);
          best = g_steal_pointer (&version);
        }
    }
  return g_steal_pointer (&best);
}

/* The newest pip that runs on a Python, or "": what a newer one writes might
 * not run there, either. */
static const char *
newest_pip (const WheelScheme *scheme)
{
  static const struct
  {
    guint minor;
    const char *version;
  } last[] = { { 6, "21.3.1" }, { 7, "24.0" }, { 8, "25.0.1" }, { 9, "25.3" } };

  for (guint i = 0; i < G_N_ELEMENTS (last); i++)
    if (scheme->major == 3 && scheme->minor <= last[i].minor)
      return last[i].version;
  return "";
}

/* Whose manners to follow. */
static char *
pip_version (const char *wheel, const Contents *contents, const WheelScheme *scheme)
{
  const char *newest = newest_pip (scheme);
  g_autofree char *version = NULL;

  if (scheme->pip_version != NULL)
    version = g_strdup (scheme->pip_version);
  else if (metadata_same (contents->name, "pip"))
    version = g_strdup (contents->version);
  else
    version = neighbour_version (wheel);
  if (version == NULL || version[0] == '\0'
      || (newest[0] != '\0' && strverscmp (version, newest) > 0))
    return g_strdup (newest);
  return g_steal_pointer (&version);
}

static void
add_with_parents (GHashTable *set, const char *path)
{
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    g_hash_table_add (set, g_strndup (path, slash - path));
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The directories that files and what is generated lie in, sorted, so that
 * parents come first. */
static GPtrArray *
collect_dirs (const WheelImage *image)
{
  g_autoptr (GHashTable) set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *info = g_strconcat (image->dist_info, "/", NULL);
  g_autofree char *scripts = g_strconcat (image->scripts_dir, "/", NULL);
  GHashTableIter iter;
  gpointer dir;

  for (guint i = 0; i < image->files->len; i++)
    add_with_parents (set, ((WheelFile *) g_ptr_array_index (image->files, i))->path);
  add_with_parents (set, info);
  if (image->scripts->len > 0)
    add_with_parents (set, scripts);
  g_hash_table_add (set, g_strdup (""));
  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &dir, NULL))
    g_ptr_array_add (dirs, g_strdup (dir));
  g_ptr_array_sort (dirs, compare_strings);
  return dirs;
}

static int
compare_files (gconstpointer a, gconstpointer b)
{
  const WheelFile *one = *(WheelFile *const *) a;
  const WheelFile *two = *(WheelFile *const *) b;

  return one->dir != two->dir ? (one->dir < two->dir ? -1 : 1) : strcmp (one->name, two->name);
}

/* Tells each file where it lies, and brings those of a directory together. */
static void
sort_files (WheelImage *image)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < image->dirs->len; i++)
    g_hash_table_insert (places, g_ptr_array_index (image->dirs, i), GUINT_TO_POINTER (i));
  for (guint i = 0; i < image->files->len; i++)
    {
      WheelFile *file = g_ptr_array_index (image->files, i);
      const char *slash = strrchr (file->path, '/');
      g_autofree char *dir = g_strndup (file->path, slash == NULL ? 0 : slash - file->path);

      file->name = slash == NULL ? file->path : slash + 1;
      file->dir = GPOINTER_TO_UINT (g_hash_table_lookup (places, dir));
    }
  g_ptr_array_sort (image->files, compare_files);
}

/* Notes what the file system has made of the modes and times that the files were
 * given: some have no modes, or none of their own, some times can't be set.  What
 * is there when an image was made is what has to be there later. */
static gboolean
note_files (int tree, GPtrArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++)
    {
      WheelFile *file = g_ptr_array_index (files, i);
      struct stat st;

      if (fstatat (tree, file->path, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return fs_fail (error, "look at", file->path);
      file->seen_mode = st.st_mode & 0777;
      file->mtime = st.st_mtim.tv_sec;
      file->fraction = st.st_mtim.tv_nsec;
    }
  return TRUE;
}

/* Describes what was made, in dir. */
static gboolean
describe (const char *wheel, const Contents *contents, const WheelScheme *scheme, GPtrArray *files,
          int dir, GError **error)
{
  g_autofree char *info = g_strconcat (contents->lib, "/", contents->dist_info, NULL);
  g_autofree char *pip = pip_version (wheel, contents, scheme);
  g_autoptr (GPtrArray) dirs = NULL;
  WheelImage image = {
    .name = contents->name,
    .version = contents->version,
    .dist_info = info,
    .lib = (char *) contents->lib,
    .scripts_dir = (char *) scheme->scripts,
    .pip_version = pip,
    .files = files,
    .scripts = contents->scripts,
  };

  dirs = collect_dirs (&image);
  image.dirs = dirs;
  sort_files (&image);
  return manifest_write (&image, dir, error);
}

/* Unpacks what is open into the tree of an image, and describes it. */
static gboolean
unpack (const char *wheel, int fd, const WheelScheme *scheme, gboolean compile, int dir, int tree,
        GError **error)
{
  g_autofree char *file_name = g_path_get_basename (wheel);
  g_autoptr (Archive) archive = archive_open (fd, FALSE, error);
  g_autoptr (Contents) contents =
      archive == NULL ? NULL : verify_contents (archive, file_name, scheme, error);
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func ((GDestroyNotify) extract_file_free);

  return contents != NULL && place_members (contents, scheme, error)
         && extract_members (archive, contents, tree, files, error)
         && (!compile || compile_files (scheme, dir, tree, files, error))
         && note_files (tree, files, error)
         && describe (wheel, contents, scheme, files, dir, error);
}

/* The tree of an image, made and opened; -1 with error set. */
static int
make_tree (int dir, GError **error)
{
  int tree = mkdirat (dir, "tree", 0777) < 0
                 ? -1
                 : openat (dir, "tree", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (tree < 0)
    fs_fail (error, "create directory", "tree");
  return tree;
}

gboolean
wheel_make_image (const char *wheel, const char *hash, const WheelScheme *scheme, gboolean compile,
                  int dir, GError **error)
{
  g_autofree char *name = g_path_get_basename (wheel);
  int tree = make_tree (dir, error);
  gboolean ok;
  int fd;

  sum_hurry ();
  fd = tree < 0 ? -1 : source_copy (wheel, hash, dir, error);
  ok = fd >= 0 && unpack (wheel, fd, scheme, compile, dir, tree, error);
  if (fd >= 0)
    ok = source_close (fd, dir, ok ? error : NULL) && ok;
  fs_close (tree);
  if (!ok)
    g_prefix_error (error, "cannot unpack wheel '%s': ", name);
  return ok;
}

/* libzip has the C library look at the file of the time zone once for each time in an
 * archive, unless the zone is named; what it is does not matter here. */
void
wheel_begin_many (void)
{
  g_setenv ("TZ", "UTC0", TRUE);
  compile_many ();
}

void
wheel_end_many (void)
{
  compile_end ();
}

/* Looks at each file of the tree, directory by directory. */
static gboolean
check_files (const WheelImage *image, int tree, GError **error)
{
  guint current = G_MAXUINT;
  gboolean ok = TRUE;
  int fd = -1;

  for (guint i = 0; ok && i < image->files->len; i++)
    {
      const WheelFile *file = g_ptr_array_index (image->files, i);

      if (file->dir != current)
        {
          const char *dir = g_ptr_array_index (image->dirs, file->dir);

          if (fd >= 0)
            close (fd);
          current = file->dir;
          fd = openat (tree, dir[0] == '\0' ? "." : dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        }
      ok = fd >= 0 && manifest_is_intact (fd, image, file);
      if (!ok)
        refuse (error, "'%s' was changed", file->path);
    }
  if (fd >= 0)
    close (fd);
  return ok;
}

WheelImage *
wheel_open_image (int dir, GError **error)
{
  return manifest_read (dir, error);
}

WheelImage *
wheel_read_image (int dir, GError **error)
{
  g_autoptr (WheelImage) image = manifest_read (dir, error);
  gboolean ok;
  int tree;

  if (image == NULL)
    return NULL;
  tree = openat (dir, "tree", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (tree < 0)
    {
      fs_fail (error, "open directory", "tree");
      return NULL;
    }
  ok = check_files (image, tree, error);
  close (tree);
  return ok ? g_steal_pointer (&image) : NULL;
}
