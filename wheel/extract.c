/* SPDX-License-Identifier: BSD-2-Clause */

/* The files of a wheel, written to the tree of an image and compared with
 * RECORD on the way. */

#include "wheel/room.h"

#include "base/progress.h"

#include "base/beneath.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PYTHON_LINE "#!python"

/* A file that is being written. */
typedef struct
{
  int fd;
  Sum *sum; /* or NULL */
  guint64 size;
  char start[sizeof PYTHON_LINE - 1];
} Output;

void
extract_file_free (WheelFile *file)
{
  g_free (file->path);
  g_free (file->hash);
  g_free (file);
}

static gboolean
write_chunk (const void *data, gsize length, gpointer user, GError **error)
{
  Output *output = user;
  const char *at = data;

  for (gsize i = 0; output->size + i < sizeof output->start && i < length; i++)
    output->start[output->size + i] = at[i];
  output->size += length;
  if (output->sum != NULL)
    sum_update (output->sum, data, length);
  while (length > 0)
    {
      ssize_t n = write (output->fd, at, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return refuse (error, "it can't be written: %s", g_strerror (errno));
      at += n;
      length -= n;
    }
  return TRUE;
}

static gboolean
make_dir (int tree, const char *dir)
{
  const char *slash = strrchr (dir, '/');
  g_autofree char *above = slash == NULL ? NULL : g_strndup (dir, slash - dir);
  int parent = slash == NULL ? tree : beneath_open_dir (tree, NULL, above);
  gboolean ok =
      parent >= 0
      && (mkdirat (parent, slash == NULL ? dir : slash + 1, 0777) == 0 || errno == EEXIST);

  if (parent != tree)
    fs_close (parent);
  return ok;
}

/* Makes the directories that a file lies in. */
static gboolean
make_parents (int tree, const char *path, GHashTable *made, GError **error)
{
  for (const char *slash = strchr (path, '/'); slash != NULL; slash = strchr (slash + 1, '/'))
    {
      g_autofree char *dir = g_strndup (path, slash - path);

      if (g_hash_table_contains (made, dir))
        continue;
      if (!make_dir (tree, dir))
        return refuse (error, "its directory can't be made: %s", g_strerror (errno));
      g_hash_table_add (made, g_steal_pointer (&dir));
    }
  return TRUE;
}

/* The time that all files get: an even second, as there are file systems that know
 * no others, and one that is over even so, since what is edited later is to have
 * another time there, too. */
static gint64
time_of_files (void)
{
  return (time (NULL) & ~G_GINT64_CONSTANT (1)) - 2;
}

/* Fills a new file, time and all. */
static gboolean
fill (Archive *archive, const Member *member, Output *output, mode_t mode, gint64 now,
      GError **error)
{
  const struct timespec times[2] = { { .tv_sec = now }, { .tv_sec = now } };

  if (!archive_read (archive, member->index, member->size, write_chunk, output, error))
    return FALSE;
  if (member->row != NULL && !record_verify (member->row, output->sum, output->size, error))
    return FALSE;
  return ((fchmod (output->fd, mode) == 0 || regular_has_no_modes (errno))
          && (futimens (output->fd, times) == 0 || regular_has_no_modes (errno)))
         || refuse (error, "it can't be written: %s", g_strerror (errno));
}

/* Some files are written to in place by what manages or configures an
 * environment.  A link would carry that into the others. */
static gboolean
is_rewritten (const Contents *contents, const Member *member)
{
  gsize length = strlen (contents->dist_info);

  return (strncmp (member->name, contents->dist_info, length) == 0 && member->name[length] == '/'
          && strchr (member->name + length + 1, '/') == NULL)
         || g_str_has_suffix (member->target, ".pth") || g_str_has_prefix (member->target, "etc/");
}

static WheelFile *
describe (const Contents *contents, const Member *member, const Output *output, mode_t mode,
          gint64 now)
{
  WheelFile *file = g_new0 (WheelFile, 1);

  file->path = g_strdup (member->target);
  if (member->row != NULL)
    file->hash = g_strdup (member->row->hash);
  else if (output->sum != NULL)
    file->hash = sum_record (output->sum);
  file->size = output->size;
  file->mtime = now;
  file->mode = mode;
  file->fixed_shebang = member->is_script && output->size >= sizeof output->start
                        && memcmp (output->start, PYTHON_LINE, sizeof output->start) == 0;
  file->copy = is_rewritten (contents, member);
  return file;
}

/* Writes one file; adds what is to be known of it to files. */
static gboolean
extract_member (Archive *archive, const Contents *contents, const Member *member, int tree,
                mode_t mode, gint64 now, GPtrArray *files, GError **error)
{
  g_autoptr (Sum) sum = member->row != NULL      ? record_sum (member->row->hash, error)
                        : contents->rows == NULL ? sum_new ("sha256", -1)
                                                 : NULL;
  Output output = { .fd = -1, .sum = sum };
  gboolean ok;

  if (member->row != NULL && sum == NULL)
    return FALSE;
  output.fd =
      beneath_open (tree, NULL, member->target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (output.fd < 0)
    return refuse (error, "it can't be created: %s", g_strerror (errno));
  ok = fill (archive, member, &output, mode, now, error);
  if (close (output.fd) < 0 && ok)
    return refuse (error, "it can't be written: %s", g_strerror (errno));
  if (ok)
    g_ptr_array_add (files, describe (contents, member, &output, mode, now));
  return ok;
}

/* Writes all files below tree; adds a WheelFile for each to files. */
gboolean
extract_members (Archive *archive, const Contents *contents, int tree, GPtrArray *files,
                 GError **error)
{
  g_autoptr (GHashTable) made = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const mode_t modes[] = { link_mode_kept (0644), link_mode_kept (0755) };
  gint64 now = time_of_files ();

  progress_begin ("unpacking", contents->members->len);
  for (guint i = 0; i < contents->members->len; i++)
    {
      const Member *member = g_ptr_array_index (contents->members, i);

      progress_advance (1);
      if (member->target == NULL)
        continue;
      if (!make_parents (tree, member->target, made, error)
          || !extract_member (archive, contents, member, tree, modes[member->is_executable], now,
                              files, error))
        {
          g_prefix_error (error, "'%s': ", member->name);
          progress_end ();
          return FALSE;
        }
    }
  progress_end ();
  return TRUE;
}
