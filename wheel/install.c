/* SPDX-License-Identifier: BSD-2-Clause */

/* An image into an environment. */

#include "wheel/room.h"

#include "base/beneath.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A row of the new RECORD. */
typedef struct
{
  const char *path; /* relative to the library directory */
  const char *hash; /* "" for byte code */
  gint64 size;      /* -1 for none */
} Row;

/* So many directories are kept open, one in the other. */
#define OPENED_MOST 32

/* A directory of the environment that is open, as long as there may be more in it. */
typedef struct
{
  const char *path;
  int fd;
} Opened;

/* An installation under way. */
typedef struct
{
  const WheelImage *image;
  int dir; /* of the image */
  const char *env_dir;
  const char *env_exe;
  gboolean is_shared; /* other environments may have changed its files */
  int tree, env;
  Linker linker;
  GArray *opened;        /* Opened, each in the one before it; the first is env */
  GArray *rows;          /* Row */
  GStringChunk *strings; /* of the rows */
} Install;

/* A path relative to the library directory, as RECORD wants it.  It lives as
 * long as the installation, or path. */
static const char *
record_path (Install *install, const char *path)
{
  const char *lib = install->image->lib;
  gsize length = strlen (lib), common = 0;
  g_autoptr (GString) text = NULL;

  if (length > 0 && strncmp (path, lib, length) == 0 && path[length] == '/')
    return path + length + 1;
  for (gsize i = 0; lib[i] != '\0' && lib[i] == path[i]; i++)
    if (lib[i] == '/')
      common = i + 1;
  text = g_string_new (length == common ? "" : "../");
  for (gsize i = common; i < length; i++)
    if (lib[i] == '/')
      g_string_append (text, "../");
  g_string_append (text, path + common);
  return g_string_chunk_insert (install->strings, text->str);
}

/* Adds a row, of a path and hash that last. */
static void
add_row (Install *install, const char *path, const char *hash, gint64 size)
{
  const Row row = { record_path (install, path), hash, size };

  g_array_append_val (install->rows, row);
}

/* Removes what is in the way of a new file. */
static gboolean
make_room (const Beneath *at, const char *path, GError **error)
{
  if (!changes_expect (path, CHANGE_REPLACE))
    return beneath_fail (error, "replace", path);
  unlinkat (at->fd, at->name, 0);
  return TRUE;
}

/* Gives a file that was just written the mode that the umask did not let it have. */
static gboolean
set_mode (const Beneath *at, const char *path, mode_t mode, GError **error)
{
  if (!changes_expect (path, CHANGE_EDIT))
    return beneath_fail (error, "set the mode of", path);
  if (!fs_chmod_at (at->fd, at->name, mode) && !regular_has_no_modes (errno))
    return fs_fail (error, "set the mode of", path);
  changes_done (path);
  return TRUE;
}

/* Writes a file that the wheel does not have, and its row. */
static gboolean
write_file (Install *install, const char *path, const char *text, gsize length, mode_t mode,
            GError **error)
{
  g_autofree char *absolute = g_build_filename (install->env_dir, path, NULL);
  g_autofree char *hash = record_hash_data (text, length);
  g_auto (Beneath) at = BENEATH_NONE;

  if (!beneath_at (&at, absolute))
    return beneath_fail (error, "write", absolute);
  if (!make_room (&at, absolute, error) || !fs_create (absolute, text, length, mode, error))
    return FALSE;
  if ((mode & ~install->linker.mask) != mode && !set_mode (&at, absolute, mode, error))
    return FALSE;
  add_row (install, g_string_chunk_insert (install->strings, path),
           g_string_chunk_insert (install->strings, hash), length);
  return TRUE;
}

/* Writes a script of the wheel's own, with its first line replaced. */
static gboolean
write_own_script (Install *install, const WheelFile *file, GError **error)
{
  g_autofree char *first = launcher_first_line (install->env_exe);
  g_autofree char *text = NULL;
  g_autoptr (GString) whole = NULL;
  g_auto (Regular) own = { .fd = -1 };
  const char *rest;
  gsize length;

  if (!regular_open (&own, install->linker.from, file->name, FALSE)
      || (text = regular_read (&own, &length)) == NULL)
    return refuse (error, "cannot read '%s': %s", file->path, regular_reason (errno));
  rest = memchr (text, '\n', length);
  rest = rest == NULL ? text + length : rest + 1;
  whole = g_string_new (first);
  g_string_append_len (whole, rest, text + length - rest);
  return write_file (install, file->path, whole->str, whole->len,
                     link_mode (install->linker.mask, file->mode), error);
}

/* Writes the scripts that run a function. */
static gboolean
write_scripts (Install *install, GError **error)
{
  const WheelImage *image = install->image;
  mode_t mode = (0666 & ~install->linker.mask) | 0555;

  for (guint i = 0; i < image->scripts->len; i++)
    {
      const WheelScript *script = g_ptr_array_index (image->scripts, i);
      g_autofree char *path = g_build_filename (image->scripts_dir, script->name, NULL);
      g_autofree char *text = launcher_text (script, install->env_exe, image->pip_version);

      if (!write_file (install, path, text, strlen (text), mode, error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  return strcmp (((const Row *) a)->path, ((const Row *) b)->path);
}

/* Writes a size in front of end, and returns where it begins; one below 0 is
 * left out.  There are so many that printf() would take longer than the rest. */
static const char *
size_text (gint64 size, char *end)
{
  *--end = '\0';
  if (size < 0)
    return end;
  do
    *--end = '0' + size % 10;
  while ((size /= 10) > 0);
  return end;
}

/* Writes RECORD, which lists itself, last of all. */
static gboolean
write_record (Install *install, GError **error)
{
  g_autofree char *path =
      g_build_filename (install->env_dir, install->image->dist_info, "RECORD", NULL);
  g_autofree char *self = g_strconcat (install->image->dist_info, "/RECORD", NULL);
  g_autoptr (GString) text = g_string_sized_new (128 * 1024);
  g_auto (Beneath) at = BENEATH_NONE;

  add_row (install, self, "", -1);
  g_array_sort (install->rows, compare_rows);
  for (guint i = 0; i < install->rows->len; i++)
    {
      const Row *row = &g_array_index (install->rows, Row, i);
      char size[32];

      record_append (text, row->path, row->hash, size_text (row->size, size + sizeof size));
    }
  if (!beneath_at (&at, path))
    return beneath_fail (error, "write", path);
  return make_room (&at, path, error)
         && fs_create (path, text->str, text->len, 0666 & ~install->linker.mask, error);
}

/* Writes who installed this, and why. */
static gboolean
write_origin (Install *install, const WheelOrigin *origin, GError **error)
{
  const char *info = install->image->dist_info;
  g_autofree char *installer = g_strconcat (info, "/INSTALLER", NULL);
  g_autofree char *asked_for = g_strconcat (info, "/REQUESTED", NULL);
  g_autofree char *direct = g_strconcat (info, "/direct_url.json", NULL);
  const char *url = origin->direct_url;
  mode_t mode = 0666 & ~install->linker.mask;

  return write_file (install, installer, "pip\n", 4, mode, error)
         && (!origin->requested || !launcher_knows_requested (install->image->pip_version)
             || write_file (install, asked_for, "", 0, mode, error))
         && (url == NULL || write_file (install, direct, url, strlen (url), mode, error));
}

/* Keeps a directory open, but of a long row not all of them. */
static void
keep_open (Install *install, const Opened *opened)
{
  if (install->opened->len == OPENED_MOST)
    {
      close (g_array_index (install->opened, Opened, 1).fd);
      g_array_remove_index (install->opened, 1);
    }
  g_array_append_vals (install->opened, opened, 1);
}

/* Turns away from the directories that a path does not lie in, so that the last one
 * open is the one that it lies in.  Returns that, or -1 with errno set. */
static int
open_parent (Install *install, const char *path)
{
  const char *slash = strrchr (path, '/');
  gsize length = slash == NULL ? 0 : slash - path;
  const Opened *last;
  Opened parent;

  for (;;)
    {
      gsize n;

      last = &g_array_index (install->opened, Opened, install->opened->len - 1);
      n = strlen (last->path);
      if (n == 0 || (n <= length && strncmp (path, last->path, n) == 0 && path[n] == '/'))
        break;
      close (last->fd);
      g_array_set_size (install->opened, install->opened->len - 1);
    }
  if (strlen (last->path) == length)
    return last->fd;
  parent.path = g_string_chunk_insert_len (install->strings, path, length);
  parent.fd = beneath_open_dir (install->env, install->env_dir, parent.path);
  if (parent.fd >= 0)
    keep_open (install, &parent);
  return parent.fd;
}

/* Opens a directory in the one that it lies in; a link within the environment is
 * followed.  One that leads out of it is refused: the files there are not the
 * environment's to be replaced. */
static gboolean
open_dir (Install *install, int parent, const char *dir, const char *name, GError **error)
{
  Opened opened = { dir, openat (parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) };

  if (opened.fd < 0 && (errno == ENOTDIR || errno == ELOOP))
    opened.fd = beneath_open_dir (install->env, install->env_dir, dir);
  if (opened.fd >= 0)
    {
      keep_open (install, &opened);
      install->linker.to = opened.fd;
      return TRUE;
    }
  if (errno != EXDEV)
    return fs_fail (error, "open directory", dir);
  g_autofree char *path = g_build_filename (install->env_dir, dir, NULL);
  return refuse (error, "'%s' is a symbolic link that leads elsewhere", path);
}

/* Looks at a directory that was there before this run; in a new environment that is the
 * topmost one alone. */
static void
look_at_dir (Install *install, const char *dir)
{
  if (install->linker.was_there && (dir[0] == '\0' || changes_are_watched ()))
    link_look (&install->linker, install->image, install->linker.to);
}

/* Makes a directory; it may be there, even as a link (lib64).  Then that is where files
 * go to. */
static gboolean
make_dir (Install *install, const char *dir, GError **error)
{
  Linker *linker = &install->linker;
  g_autofree char *path =
      changes_are_watched () ? g_build_filename (install->env_dir, dir, NULL) : NULL;
  const char *name = strrchr (dir, '/') == NULL ? dir : strrchr (dir, '/') + 1;
  int parent;

  linker->was_there = TRUE;
  linker->to = install->env;
  if (path != NULL && !changes_expect (path, CHANGE_MKDIR))
    return beneath_fail (error, "create directory", dir);
  if (dir[0] != '\0')
    {
      parent = open_parent (install, dir);
      linker->was_there = parent < 0 || mkdirat (parent, name, 0777) < 0;
      if (path != NULL && !linker->was_there)
        changes_done (path);
      if (linker->was_there && (parent < 0 || errno != EEXIST))
        return beneath_fail (error, "create directory", dir);
      if (!open_dir (install, parent, dir, name, error))
        return FALSE;
    }
  look_at_dir (install, dir);
  return TRUE;
}

/* Turns to another directory of the image, which lies in the environment if it is not
 * shared. */
static gboolean
open_from (Install *install, const char *dir, GError **error)
{
  const int flags = O_PATH | O_DIRECTORY | O_CLOEXEC;

  fs_close (install->linker.from);
  install->linker.from = install->is_shared
                             ? openat (install->tree, dir[0] == '\0' ? "." : dir, flags)
                             : beneath_open_dir (install->tree, NULL, dir);
  return install->linker.from >= 0 || fs_fail (error, "open directory", dir);
}

/* A file that is put into a directory which was there may replace another one. */
static gboolean
expect_file (const Install *install, const WheelFile *file, GError **error)
{
  g_autofree char *path = NULL;

  if (!install->linker.was_there || !changes_are_watched ())
    return TRUE;
  path = g_build_filename (install->env_dir, file->path, NULL);
  return changes_expect (path, CHANGE_REPLACE) || fs_fail (error, "replace", path);
}

static gboolean
place_file (Install *install, const WheelFile *file, GError **error)
{
  if (install->is_shared && !manifest_is_intact (install->linker.from, install->image, file))
    return refuse (error, "'%s' was changed", file->path);
  if (file->fixed_shebang)
    return write_own_script (install, file, error);
  if (!expect_file (install, file, error) || !link_file (&install->linker, file, error))
    return FALSE;
  if (file->hash == NULL)
    add_row (install, file->path, "", -1);
  else
    add_row (install, file->path, file->hash, file->size);
  return TRUE;
}

/* Makes each directory and places the files in it. */
static gboolean
place_files (Install *install, GError **error)
{
  const WheelImage *image = install->image;
  guint next = 0;

  for (guint i = 0; i < image->dirs->len; i++)
    {
      const char *dir = g_ptr_array_index (image->dirs, i);

      if (!make_dir (install, dir, error))
        return FALSE;
      for (guint first = next; next < image->files->len; next++)
        {
          const WheelFile *file = g_ptr_array_index (image->files, next);

          if (file->dir != i)
            break;
          if ((next == first && !open_from (install, dir, error))
              || !place_file (install, file, error))
            return FALSE;
        }
    }
  return TRUE;
}

static gboolean
open_roots (Install *install, GError **error)
{
  Opened top = { "", -1 };

  install->tree = openat (install->dir, "tree", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (install->tree < 0)
    return fs_fail (error, "open directory", "tree");
  link_look_from (&install->linker, install->tree);
  install->env = top.fd = beneath_top (install->env_dir);
  g_array_append_val (install->opened, top);
  return install->env >= 0 || fs_fail (error, "open directory", install->env_dir);
}

static gboolean
run (Install *install, const WheelOrigin *origin, GError **error)
{
  if (!open_roots (install, error) || !place_files (install, error))
    return FALSE;
  if (install->linker.way == WHEEL_LINK_CLONE || install->linker.way == WHEEL_LINK_COPY)
    byte_code_fit (install->env, install->env_dir, install->image);
  return write_scripts (install, error) && write_origin (install, origin, error)
         && write_record (install, error);
}

gboolean
wheel_install_image (const WheelImage *image, int dir, const char *env_dir, const char *env_exe,
                     const WheelOrigin *origin, WheelLink mode, GError **error)
{
  Install install = {
    .image = image,
    .dir = dir,
    .env_dir = env_dir,
    .env_exe = env_exe,
    .tree = -1,
    .env = -1,
    .is_shared = mode != WHEEL_LINK_MOVE,
  };
  gboolean ok;

  link_init (&install.linker, image, dir, mode);
  install.opened = g_array_new (FALSE, FALSE, sizeof (Opened));
  install.rows = g_array_sized_new (FALSE, FALSE, sizeof (Row), image->files->len + 16);
  install.strings = g_string_chunk_new (64 * 1024);
  ok = run (&install, origin, error);
  if (!ok)
    g_prefix_error (error, "cannot install %s %s: ", image->name, image->version);
  if (origin->used != NULL)
    *origin->used = link_used (&install.linker);
  fs_close (install.linker.from);
  fs_close (install.tree);
  for (guint i = 0; i < install.opened->len; i++)
    fs_close (g_array_index (install.opened, Opened, i).fd);
  g_array_unref (install.opened);
  g_array_unref (install.rows);
  g_string_chunk_free (install.strings);
  return ok;
}
