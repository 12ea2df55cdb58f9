/* SPDX-License-Identifier: BSD-2-Clause */

/* Whose is what lies in an environment when a run is taken back?  By its times, what
 * was there before the run, or was put there after it was killed, is somebody's.  Of
 * what programs have left, ours is what a RECORD lists that was written since the run
 * began, as it lists it, and byte code, which Python writes wherever it imports from. */

#include "undo/room.h"

#include "base/csv.h"
#include "base/reserved.h"
#include "base/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long, in seconds, a run that was killed may have gone on after the last
 * thing that is known of it. */
#define GOES_ON 10

static gboolean
is_after_end (const TakeBack *back, struct timespec time)
{
  struct timespec end = back->log != NULL ? back->log->end : (struct timespec){ 0 };

  end.tv_sec += GOES_ON;
  return back->is_later && log_is_before (end, time);
}

/* Tells whether a file was changed after the end of a run that was killed, so
 * that somebody else has done so.  Other environments may share it: then the time
 * of its last change says nothing. */
gboolean
owned_is_later (const TakeBack *back, const struct stat *st)
{
  return is_after_end (back, st->st_mtim)
         || ((S_ISDIR (st->st_mode) || st->st_nlink == 1) && is_after_end (back, st->st_ctim));
}

/* Tells whether a file may be a link that was put there after that end: something was,
 * where it is.  Where nothing was, another environment has come or gone that shares it. */
gboolean
owned_may_be_linked (const TakeBack *back, const struct stat *st, gboolean is_worked_on)
{
  return is_worked_on && S_ISREG (st->st_mode) && st->st_nlink > 1
         && is_after_end (back, st->st_ctim);
}

/* Tells whether something was made, or changed, since the run began. */
gboolean
owned_is_new (const TakeBack *back, const struct stat *st)
{
  return !log_is_before (st->st_ctim, back->log->begun);
}

/* Tells whether a directory was moved after the end of a run that was killed: by that,
 * the time of its last change changes, and no other. */
static gboolean
is_moved (const TakeBack *back, const struct stat *st)
{
  return S_ISDIR (st->st_mode) && owned_is_later (back, st) && !is_after_end (back, st->st_mtim);
}

/* Tells whether a directory that somebody has made, moved or worked on after that end is
 * none that the run is known to have made: then nobody knows whose anything in it is. */
static gboolean
is_unknown_later (const TakeBack *back, const char *path, const struct stat *st)
{
  return S_ISDIR (st->st_mode) && owned_is_later (back, st) && !paths_are_usual (path)
         && !(back->ours != NULL && g_hash_table_contains (back->ours, path))
         && !(back->owned_dirs != NULL && g_hash_table_contains (back->owned_dirs, path))
         && !g_str_has_suffix (path, "/__pycache__");
}

/* Tells whether somebody has changed what is in a directory of the environment since
 * the run was killed: before anything was taken back. */
gboolean
owned_is_worked_on (const TakeBack *back, const char *path)
{
  return g_str_equal (path, ".")
             ? back->is_worked_on
             : back->worked_on != NULL && g_hash_table_contains (back->worked_on, path);
}

/* Tells whether something is somebody's that is about to be removed since the run has
 * made it, or the directory that it is in.  dir is the status of that; NULL for what
 * itself was found to be the run's, but that in an environment which was empty nobody
 * has looked at that before. */
gboolean
owned_stays (const TakeBack *back, int dir_fd, const char *name, const char *path,
             const struct stat *st, const struct stat *dir)
{
  gboolean is_found = dir == NULL && back->log != NULL && back->log->kind != LOG_NEW;
  gboolean is_worked_on = dir != NULL ? owned_is_later (back, dir) : back->is_worked_on;

  if (back->log == NULL)
    return FALSE;
  if (is_moved (back, st) || is_unknown_later (back, path, st)
      || (!S_ISDIR (st->st_mode) && owned_is_later (back, st)))
    return TRUE;
  return !is_found
         && (older_is (back, dir_fd, name, st) || owned_may_be_linked (back, st, is_worked_on))
         && owned_tell (back, dir_fd, name, path, FALSE) != OWNED_YES;
}

/* A row of a RECORD. */
typedef struct _Row
{
  char *hash;        /* "" for none */
  char *size;        /* the same */
  gboolean is_own;   /* it names the RECORD itself, or its signature */
  gboolean is_named; /* it names a script: where some installers write them without a hash */
  gboolean is_image; /* of what has older files: venvb has put them there, from its cache */
  struct _Row *next; /* of another RECORD, for the same file */
} Row;

typedef struct
{
  GHashTable *rows; /* path: Row */
  const TakeBack *back;
  const char *lib;  /* site-packages, relative to the environment */
  const char *info; /* the directory whose RECORD is read */
  gboolean is_image;
} Find;

static void
row_free (gpointer data)
{
  Row *row = data;

  while (row != NULL)
    {
      Row *next = row->next;

      g_free (row->hash);
      g_free (row->size);
      g_free (row);
      row = next;
    }
}

/* Stands for the environment's directory: what leads out of it does not begin so. */
#define TOP "/env/"

/* The path in the environment that a field of a RECORD means, lib being where packages
 * are: free with g_free(); NULL where it leads out of it, or to what undoes a run: no
 * installer has written that. */
char *
owned_resolve (const char *lib, const char *field)
{
  g_autofree char *base = g_build_filename (TOP, lib, NULL);
  g_autofree char *path = g_canonicalize_filename (field, base);
  const char *below = path + strlen (TOP);

  if (field[0] == '\0' || field[0] == '/' || !g_str_has_prefix (path, TOP) || below[0] == '\0'
      || reserved_is_in (below))
    return NULL;
  return g_strdup (below);
}

/* Tells whether it is the RECORD that is read, or its signature. */
static gboolean
is_record (const Find *find, const char *path)
{
  static const char *const names[] = { "RECORD", "RECORD.jws", "RECORD.p7s", NULL };
  g_autofree char *dir = g_build_filename (find->lib, find->info, NULL);
  gsize length = strlen (dir);

  return g_str_has_prefix (path, dir) && path[length] == '/'
         && g_strv_contains (names, path + length + 1);
}

static gboolean
is_script (const char *path)
{
  return g_str_has_prefix (path, "bin/") && strchr (path + strlen ("bin/"), '/') == NULL;
}

/* Reads the next field of a row; leaves it empty where there is none. */
static const char *
next_field (const char *at, GString *field)
{
  if (at != NULL && *at == ',')
    return csv_field (at + 1, field);
  g_string_truncate (field, 0);
  return at;
}

/* Adds a row, unless it can't be read. */
static void
add_row (Find *find, const char *text)
{
  g_autoptr (GString) field = g_string_new (NULL);
  const char *at = csv_field (text, field);
  g_autofree char *path = at != NULL ? owned_resolve (find->lib, field->str) : NULL;
  Row *row, *other;

  if (path == NULL)
    return;
  for (const char *end = strchr (path, '/'); end != NULL; end = strchr (end + 1, '/'))
    g_hash_table_add (find->back->owned_dirs, g_strndup (path, end - path));
  row = g_new0 (Row, 1);
  at = next_field (at, field);
  row->hash = g_strdup (field->str);
  next_field (at, field);
  row->size = g_strdup (field->str);
  row->is_own = is_record (find, path);
  row->is_named = is_script (path);
  row->is_image = find->is_image;
  other = g_hash_table_lookup (find->rows, path);
  if (other == NULL)
    g_hash_table_insert (find->rows, g_steal_pointer (&path), row);
  else
    {
      row->next = other->next;
      other->next = row;
    }
}

/* Tells whether the files of a distribution are older than the run, as those of a wheel
 * that venvb has unpacked; installers write them anew. */
static gboolean
is_image (const Find *find, int lib, const char *entry)
{
  g_autofree char *name = g_build_filename (entry, "METADATA", NULL);
  struct stat st;

  return fstatat (lib, name, &st, AT_SYMLINK_NOFOLLOW) == 0
         && st.st_mtim.tv_sec < find->back->log->begun.tv_sec;
}

/* Reads the RECORD of one distribution, if it was written in this run. */
static gboolean
read_record (int lib, const char *entry, gpointer data, GError **error)
{
  Find *find = data;
  g_autofree char *name = g_build_filename (entry, "RECORD", NULL);
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;

  if (!g_str_has_suffix (entry, ".dist-info") || !regular_open (&file, lib, name, FALSE)
      || !owned_is_new (find->back, &file.st) || owned_is_later (find->back, &file.st)
      || (text = regular_read (&file, NULL)) == NULL)
    return TRUE;
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  find->info = entry;
  find->is_image = is_image (find, lib, entry);
  for (guint i = 0; rows[i] != NULL; i++)
    add_row (find, rows[i]);
  return TRUE;
}

/* What is listed of what was written in this run: add to it with owned_find(). */
static GHashTable *
make_rows (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, row_free);
}

/* Reads what installers have written down in this run.  purelib is where packages are. */
void
owned_find (TakeBack *back, const char *purelib)
{
  Find find = { NULL, back, purelib, NULL, FALSE };
  int lib = aside_open_dir (back->env_fd, purelib);

  if (back->owned == NULL)
    {
      back->owned = make_rows ();
      back->owned_dirs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
  find.rows = back->owned;
  if (lib >= 0 && !dir_each (lib, ".", read_record, &find, NULL))
    g_debug ("'%s' can't be read", purelib);
  fs_close (lib);
}

static gboolean
is_byte_code (const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);

  return g_str_has_suffix (above, "/__pycache__") && strstr (path, ".pyc") != NULL;
}

/* The digest of what is in a file as RECORD has it, with the algorithm that hash begins
 * with: free with g_free(); NULL where that is none, or the file can't be read. */
static char *
hash_as (const Regular *file, const char *hash)
{
  gsize name = strcspn (hash, "=");
  g_autoptr (Sum) sum = hash[name] == '=' && sum_is_good (hash, name) ? sum_new (hash, name) : NULL;
  guchar buffer[16 * 1024];
  ssize_t n = -1;

  if (sum == NULL)
    return NULL;
  while ((n = read (file->fd, buffer, sizeof buffer)) > 0 || (n < 0 && errno == EINTR))
    sum_update (sum, buffer, MAX (n, 0));
  return n < 0 ? NULL : sum_record (sum);
}

/* Tells whether a file is as a row lists it. */
static gboolean
is_as_listed (const Row *row, int dir_fd, const char *name)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *size = NULL;
  g_autofree char *hash = NULL;
  gsize length;

  if (!regular_open (&file, dir_fd, name, FALSE))
    return FALSE;
  size = g_strdup_printf ("%jd", (intmax_t) file.st.st_size);
  if (row->size[0] != '\0' && !g_str_equal (row->size, size))
    return FALSE;
  hash = hash_as (&file, row->hash);
  length = hash != NULL ? strlen (hash) : 0;
  return hash != NULL && strncmp (hash, row->hash, length) == 0
         && row->hash[length + strspn (row->hash + length, "=")] == '\0';
}

/* Where a distributor has the wheels that ensurepip installs, and where some of them, as
 * Debian's of PyPy, have it copy them to. */
#define THEIR_WHEELS "/usr/share/python-wheels/"
#define WHEELS "share/python-wheels/"

/* Tells whether a file is a copy of one of a distributor's wheels, or was to become one:
 * ensurepip lists it nowhere, and nobody loses anything with it. */
gboolean
owned_is_their_wheel (int dir_fd, const char *name, const char *path)
{
  g_autofree char *source = g_strconcat (THEIR_WHEELS, name, NULL);
  g_auto (Regular) copy = { .fd = -1 };
  g_auto (Regular) theirs = { .fd = -1 };
  char a[16 * 1024], b[sizeof a];
  ssize_t n = -1;

  if (!g_str_has_prefix (path, WHEELS) || strchr (path + strlen (WHEELS), '/') != NULL
      || !g_str_has_suffix (path, ".whl") || !regular_open (&copy, dir_fd, name, FALSE)
      || !regular_open (&theirs, AT_FDCWD, source, FALSE))
    return FALSE;
  while ((n = read (copy.fd, a, sizeof a)) > 0)
    if (read (theirs.fd, b, n) != n || memcmp (a, b, n) != 0)
      return FALSE;
  return n == 0;
}

/* Tells whether a RECORD of this run lists a file of that size, or of any; or it is byte
 * code. */
gboolean
owned_is_listed (const TakeBack *back, const char *path, const struct stat *st)
{
  const Row *row = back->owned != NULL ? g_hash_table_lookup (back->owned, path) : NULL;

  for (; row != NULL && !is_byte_code (path); row = row->next)
    if (row->size[0] == '\0' || g_ascii_strtoull (row->size, NULL, 10) == (guint64) st->st_size)
      return TRUE;
  return is_byte_code (path);
}

/* Tells whether one lists it of what venvb itself seems to have installed. */
gboolean
owned_is_of_image (const TakeBack *back, const char *path)
{
  const Row *row = back->owned != NULL ? g_hash_table_lookup (back->owned, path) : NULL;

  while (row != NULL && !row->is_image)
    row = row->next;
  return row != NULL;
}

/* Tells whether a program of this run has written what is new at this path: a RECORD of
 * this run lists it as it is.  A row without a hash counts where installers write what
 * such rows name, for a script only if there was none before.  What is listed otherwise
 * may be the program's, or what somebody has made of that. */
Owned
owned_tell (const TakeBack *back, int dir_fd, const char *name, const char *path,
            gboolean was_there)
{
  const Row *rows = back->owned != NULL ? g_hash_table_lookup (back->owned, path) : NULL;

  if (is_byte_code (path) || owned_is_their_wheel (dir_fd, name, path))
    return OWNED_YES;
  for (const Row *row = rows; row != NULL; row = row->next)
    if (row->hash[0] != '\0' ? is_as_listed (row, dir_fd, name)
                             : row->is_own || (row->is_named && row->size[0] == '\0' && !was_there))
      return OWNED_YES;
  return rows != NULL ? OWNED_MAYBE : OWNED_NOT;
}
