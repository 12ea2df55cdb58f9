/* SPDX-License-Identifier: BSD-2-Clause */

/* Looking after the cache: how large it is, throwing it away, throwing away
 * what is of no use any more, filling it beforehand. */

#include "cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

/* What the environments of --cache-warm are named. */
#define WARM "warm-"
#define N_WARM_FLAGS 4

static const char *const buckets[] = { "pythons", "hashes", "images", "wheels" };

const char *
venvb_cache_bucket_name (guint n)
{
  return n < G_N_ELEMENTS (buckets) ? buckets[n] : NULL;
}

static gboolean
add_size (int fd, const char *entry, gpointer bytes, GError **error)
{
  struct stat st;

  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return TRUE;
  *(guint64 *) bytes += (guint64) st.st_blocks * 512;
  return !S_ISDIR (st.st_mode) || dir_each (fd, entry, add_size, bytes, error);
}

static gboolean
count_entry (int fd, const char *entry, gpointer count, GError **error)
{
  if (!g_str_has_suffix (entry, ".lock"))
    ++*(guint *) count;
  return TRUE;
}

/* The directory of a bucket, or NULL when there is no cache. */
static char *
bucket_dir (VenvbBuilder *builder, const char *bucket)
{
  const char *root = cache_root (cache_of (builder));

  return root == NULL ? NULL : g_build_filename (root, CACHE_BUCKETS, bucket, NULL);
}

const char *
venvb_builder_cache_info (VenvbBuilder *builder, const char *bucket, guint *entries, guint64 *bytes)
{
  g_autofree char *dir = bucket_dir (builder, bucket);
  g_autoptr (GError) error = NULL;

  *entries = 0;
  *bytes = 0;
  if (dir != NULL
      && (!dir_each (AT_FDCWD, dir, count_entry, entries, &error)
          || !dir_each (AT_FDCWD, dir, add_size, bytes, &error)))
    {
      const Listener listener = builder_listener (builder);

      errors_tell (&listener, VENVB_SOURCE_WARNING, "%s", error->message);
    }
  return cache_root (cache_of (builder));
}

/* Opens a directory that things may be removed from, or tells with -1 that it is not
 * there.  One that is none of venvb's caches may have been named by mistake.  Whose
 * it is, and who may exchange it, does not matter: it is the one that is open. */
static gboolean
open_ours (const char *root, int *top, GError **error)
{
  *top = root == NULL ? -1 : open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (*top < 0)
    return root == NULL || errno == ENOENT || errno == ENOTDIR
           || fs_fail (error, "open the cache", root);
  if (cache_is_ours (*top))
    return TRUE;
  fs_close (*top);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "'%s' is not a cache of venvb: it has no CACHEDIR.TAG that says so", root);
  return FALSE;
}

/* Removes an environment that a --cache-warm has left which was killed: what is
 * at work on one has it locked. */
static gboolean
remove_warm (int fd, const char *entry, gpointer removed, GError **error)
{
  gboolean is_one =
      g_str_has_prefix (entry, WARM)
      && strspn (entry + strlen (WARM), "0123456789") == strlen (entry) - strlen (WARM);
  int dir = is_one ? openat (fd, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;

  if (dir >= 0 && fs_lock (dir, LOCK_EX | LOCK_NB) && dir_remove_at (fd, entry))
    ++*(guint *) removed;
  if (dir >= 0)
    close (dir);
  return TRUE;
}

/* Removes all of these from a directory that is known to be a cache. */
static gboolean
remove_left_warm (int top, guint *removed, GError **error)
{
  return dir_each_in (top, remove_warm, removed, error);
}

/* Tells whether a directory in the cache is one of these. */
static gboolean
is_bucket (const char *entry)
{
  for (guint i = 0; i < G_N_ELEMENTS (buckets); i++)
    if (g_str_equal (buckets[i], entry))
      return TRUE;
  return FALSE;
}

/* Says that something in the cache can't be removed. */
static gboolean
fail_in (const char *root, const char *entry, GError **error)
{
  int failure = errno;
  g_autofree char *path = g_build_filename (root, entry, NULL);

  errno = failure;
  return fs_fail (error, "remove", path);
}

static gboolean
remove_bucket (int fd, const char *entry, gpointer data, GError **error)
{
  return !is_bucket (entry) || dir_remove_at (fd, entry) || fs_fail (error, "remove", entry);
}

/* Tells whether a directory could not be removed since something else is in it, which
 * is meant to stay. */
static gboolean
is_not_empty (int failure)
{
  return failure == ENOTEMPTY || failure == EEXIST;
}

/* Removes only what is ours.  Where others' can't be removed, as in a sticky directory,
 * that is told; the directory of all may have been made for it, and stay. */
static gboolean
clean (int top, const char *root, GError **error)
{
  guint removed = 0;

  if (!remove_left_warm (top, &removed, error)
      || !dir_each (top, CACHE_BUCKETS, remove_bucket, NULL, error))
    return FALSE;
  if (unlinkat (top, CACHE_BUCKETS, AT_REMOVEDIR) < 0 && errno != ENOENT)
    return is_not_empty (errno) || fail_in (root, CACHE_BUCKETS, error);
  if (unlinkat (top, "CACHEDIR.TAG", 0) < 0 && errno != ENOENT)
    return fail_in (root, "CACHEDIR.TAG", error);
  if (rmdir (root) < 0)
    errno = 0;
  return TRUE;
}

gboolean
venvb_builder_cache_clean (VenvbBuilder *builder, GError **error)
{
  Cache *cache = cache_of (builder);
  const char *root = cache_root (cache);
  gboolean ok;
  int top;

  if (!open_ours (root, &top, error))
    return FALSE;
  cache_forget (cache);
  ok = top < 0 || clean (top, root, error);
  fs_close (top);
  return ok;
}

typedef struct
{
  time_t oldest; /* what was not used since then goes */
  guint removed;
} Prune;

/* Tells whether an entry is what an interrupted run left. */
static gboolean
is_left_over (const char *entry)
{
  return g_str_has_suffix (entry, ".new") || g_str_has_suffix (entry, ".old")
         || strstr (entry, ".venvb-") != NULL;
}

/* Removes an entry that nobody uses.  Lock files stay: another run may be
 * waiting for one. */
static gboolean
prune_entry (int fd, const char *entry, gpointer data, GError **error)
{
  Prune *prune = data;
  g_autofree char *key = g_strndup (entry, strcspn (entry, "."));
  g_autofree char *lock_name = g_strconcat (key, ".lock", NULL);
  struct stat st;
  int lock;

  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0 || g_str_has_suffix (entry, ".lock")
      || (!is_left_over (entry) && st.st_mtime >= prune->oldest))
    return TRUE;
  lock = openat (fd, lock_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (lock >= 0 && !fs_lock (lock, LOCK_EX | LOCK_NB))
    {
      close (lock);
      return TRUE;
    }
  if (dir_remove_at (fd, entry))
    prune->removed++;
  if (lock >= 0)
    close (lock);
  return TRUE;
}

static gboolean
prune_bucket (int fd, const char *entry, gpointer prune, GError **error)
{
  return !is_bucket (entry) || dir_each (fd, entry, prune_entry, prune, error);
}

gboolean
venvb_builder_cache_prune (VenvbBuilder *builder, guint days, guint *removed, GError **error)
{
  Prune prune = { time (NULL) - (time_t) days * 24 * 60 * 60, 0 };
  int top = -1;
  gboolean ok = open_ours (cache_root (cache_of (builder)), &top, error)
                && (top < 0
                    || (remove_left_warm (top, &prune.removed, error)
                        && dir_each (top, CACHE_BUCKETS, prune_bucket, &prune, error)));

  fs_close (top);
  *removed = prune.removed;
  return ok;
}

static gboolean
is_ours (int fd, const char *entry, gpointer data, GError **error)
{
  return g_str_equal (entry, CACHE_BUCKETS) || g_str_equal (entry, "CACHEDIR.TAG");
}

static gboolean
holds_only_ours (int top)
{
  return dir_each_in (top, is_ours, NULL, NULL);
}

static gboolean
make_readable (int fd, const char *entry, gpointer data, GError **error)
{
  struct stat st;

  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK (st.st_mode))
    return TRUE;
  if (S_ISDIR (st.st_mode) && fs_chmod_at (fd, entry, 0755))
    return dir_each (fd, entry, make_readable, data, error);
  return fs_chmod_at (fd, entry, (st.st_mode & 0777) | 0444)
         || fs_fail (error, "set the mode of", entry);
}

/* Makes the cache readable, and nothing else that is in its directory.  That
 * directory itself is left to him who made it for another purpose. */
static gboolean
make_cache_readable (int top, GError **error)
{
  struct stat st;

  /* Perhaps there was nothing to be kept. */
  if (faccessat (top, CACHE_BUCKETS, F_OK, 0) < 0 && errno == ENOENT)
    return TRUE;
  if (fstat (top, &st) == 0 && st.st_uid == geteuid () && holds_only_ours (top))
    fs_set_mode (top, (st.st_mode & 07777) | 0555);
  return fs_chmod_at (top, CACHE_BUCKETS, 0755)
             ? dir_each (top, CACHE_BUCKETS, make_readable, NULL, error)
             : fs_fail (error, "set the mode of", CACHE_BUCKETS);
}

/* What an environment is made with that is thrown away. */
typedef struct
{
  VenvbFlag flag;
  gboolean value;
} FlagValue;

/* Sets these flags, and remembers what they were. */
static void
exchange_flags (VenvbBuilder *builder, FlagValue *flags)
{
  for (guint i = 0; i < N_WARM_FLAGS; i++)
    {
      gboolean was = venvb_builder_get_flag (builder, flags[i].flag);

      venvb_builder_set_flag (builder, flags[i].flag, flags[i].value);
      flags[i].value = was;
    }
}

/* Makes an environment in the cache and throws it away: that leaves in the
 * cache what the next one needs.  The directory is made with it, so that it is
 * undone with it, too; what a run has left that was killed is removed now. */
static gboolean
warm (VenvbBuilder *builder, const char *root, int top, GError **error)
{
  g_autofree char *env_dir = g_strdup_printf ("%s/" WARM "%d", root, (int) getpid ());
  FlagValue flags[N_WARM_FLAGS] = { { VENVB_FLAG_UPGRADE, TRUE },
                                    { VENVB_FLAG_CLEAR, FALSE },
                                    { VENVB_FLAG_KEEP_FAILED, FALSE },
                                    { VENVB_FLAG_SCM_IGNORE_FILES, FALSE } };
  guint removed = 0;
  gboolean ok;

  if (cache_is_ours (top) && !remove_left_warm (top, &removed, error))
    return FALSE;
  exchange_flags (builder, flags);
  ok = venvb_builder_create (builder, env_dir, error);
  exchange_flags (builder, flags);
  dir_remove_at (AT_FDCWD, env_dir);
  return ok && make_cache_readable (top, error);
}

/* The nearest directory to a path that is there. */
static char *
there_of (const char *path)
{
  g_autofree char *at = g_strdup (path);

  while (access (at, F_OK) < 0 && strcmp (at, "/") != 0)
    {
      g_autofree char *below = g_steal_pointer (&at);

      at = g_path_get_dirname (below);
    }
  return g_steal_pointer (&at);
}

/* Removes what is empty of the way from one directory down to another, which this run
 * has made and did not fill. */
static void
remove_empty (const char *above, const char *root)
{
  g_autofree char *at = g_strdup (root);

  while (strcmp (at, above) != 0 && rmdir (at) == 0)
    {
      g_autofree char *below = g_steal_pointer (&at);

      at = g_path_get_dirname (below);
    }
}

/* Opens the cache's directory, made if it is not there, where nobody else can put another
 * one in its place; -1 with error set. */
static int
open_to_fill (const char *root, const char *there, GError **error)
{
  g_autoptr (GError) why = NULL;
  int top = -1;

  if (!trust_check_above (there, &why))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot fill the cache: %s", why->message);
  else if (g_mkdir_with_parents (root, 0755) < 0
           || (top = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
    fs_fail (error, "fill the cache in", root);
  return top;
}

/* Fills the cache for all users, whose umask is 022 as a rule. */
gboolean
venvb_builder_cache_warm (VenvbBuilder *builder, GError **error)
{
  const char *root = cache_root (cache_of (builder));
  g_autofree char *there = root == NULL ? NULL : there_of (root);
  mode_t mask = umask (022);
  gboolean ok = FALSE;
  int top = -1;

  if (root == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "there is no cache to fill");
  else if ((top = open_to_fill (root, there, error)) >= 0)
    ok = warm (builder, root, top, error);
  fs_close (top);
  if (root != NULL && !ok)
    remove_empty (there, root);
  umask (mask);
  return ok;
}
