/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The cache: what is costly to find out or to make, kept for the next run.
 *
 *   ROOT/CACHEDIR.TAG
 *   ROOT/v1/pythons/KEY      what facts.py told of an interpreter
 *   ROOT/v1/hashes/KEY       the SHA-256 of a wheel, and what it requires
 *   ROOT/v1/images/KEY/      an unpacked wheel
 *   ROOT/v1/images/KEY.lock  held while it is being made
 *   ROOT/v1/wheels/KEY/      a wheel that was fetched, by its hash
 *
 * Nothing depends on it: where it can't be used, things take longer.  A file
 * or directory is made aside and renamed into place, so what is there under
 * its name is complete.  That its directory, and all on the way to it, is root's or
 * the user's is seen once; from then on it is known by descriptors, not by its path.
 */

#include "cache/cache.h"

#include "base/home.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

static const char tag[] =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# This file is a cache directory tag created by venvb.\n"
    "# For information about cache directory tags see https://bford.info/cachedir/\n";

#define TAG_NAME "CACHEDIR.TAG"
#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

struct _Cache
{
  gboolean is_used; /* as the builder has it now */
  gboolean no_wait; /* the same */
  gboolean is_dry;  /* nothing is kept */
  char *dir;        /* NULL for the user's */
  char *shared_dir; /* read-only, or NULL */
  VenvbLinkMode link_mode;
  GHashTable *dirs; /* path of a root or bucket -> see known() */
  char *problem;    /* why it is not to be trusted; has been told */
  Listener listener;
};

/* What is known of a directory: its descriptor, or -1 when it is not to be used. */
static gpointer
known (int fd)
{
  return GINT_TO_POINTER (fd + 2);
}

static int
dir_of (gpointer known_dir)
{
  return GPOINTER_TO_INT (known_dir) - 2;
}

static void
forget_dir (gpointer known_dir)
{
  fs_close (dir_of (known_dir));
}

static gpointer
make (gpointer builder)
{
  Cache *cache = g_new0 (Cache, 1);

  cache->dirs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, forget_dir);
  cache->listener = builder_listener (builder);
  return cache;
}

static void
destroy (gpointer data)
{
  Cache *cache = data;

  g_hash_table_unref (cache->dirs);
  g_free (cache->problem);
  g_free (cache->dir);
  g_free (cache->shared_dir);
  g_free (cache);
}

/* Between runs no directory is held open, and who looks for one again has it checked
 * again. */
static void
rest (gpointer data)
{
  cache_forget (data);
}

/* The cache that a builder's environments come from, borrowed. */
Cache *
cache_of (VenvbBuilder *builder)
{
  static const PartKind kind = { make, destroy, rest };
  Cache *cache = builder_part (builder, &kind);

  cache->is_used = venvb_builder_get_flag (builder, VENVB_FLAG_CACHE);
  cache->no_wait = venvb_builder_get_flag (builder, VENVB_FLAG_NO_WAIT);
  cache->is_dry = venvb_builder_get_flag (builder, VENVB_FLAG_DRY_RUN);
  return cache;
}

void
venvb_builder_set_cache_dir (VenvbBuilder *builder, const char *dir)
{
  Cache *cache = cache_of (builder);

  g_free (cache->dir);
  cache->dir = dir == NULL ? NULL : g_canonicalize_filename (dir, NULL);
}

void
venvb_builder_set_shared_cache_dir (VenvbBuilder *builder, const char *dir)
{
  Cache *cache = cache_of (builder);

  g_free (cache->shared_dir);
  cache->shared_dir = dir == NULL ? NULL : g_canonicalize_filename (dir, NULL);
}

void
venvb_builder_set_link_mode (VenvbBuilder *builder, VenvbLinkMode mode)
{
  cache_of (builder)->link_mode = mode;
}

/* How files get from it to an environment. */
VenvbLinkMode
cache_link_mode (const Cache *cache)
{
  return cache->link_mode;
}

/* The cache's own directory: as set, or below the user's cache directory;
 * NULL when there is none to be used. */
const char *
cache_root (Cache *cache)
{
  if (!cache->is_used)
    return NULL;
  if (cache->dir == NULL && home_cache_dir () != NULL)
    cache->dir = g_build_filename (home_cache_dir (), "venvb", NULL);
  return cache->dir;
}

/* Says why the cache is not used, once.  Returns -1. */
static int
distrust (Cache *cache, const char *problem)
{
  if (cache->problem == NULL)
    {
      errors_tell (&cache->listener, VENVB_SOURCE_WARNING, "the cache is not used: %s", problem);
      cache->problem = g_strdup (problem);
    }
  return -1;
}

/* Why what a part of the cache holds may not have been put there by the user or
 * root, or NULL. */
static const char *
distrust_part (int fd)
{
  struct stat st;

  if (fstat (fd, &st) < 0)
    return g_strerror (errno);
  if (!trust_owner (st.st_uid))
    return "it belongs to another user";
  return (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? NULL : "others may write to it";
}

/* Opens a part of the cache; -1 when it is not there, or not to be trusted, which is
 * told.  A link may lead anywhere. */
static int
open_part (Cache *cache, int above, const char *path)
{
  const char *name = strrchr (path, '/') + 1;
  int fd = openat (above, name, DIR_FLAGS | O_NOFOLLOW);
  const char *why = NULL;

  if (fd >= 0)
    why = distrust_part (fd);
  else if (errno == ENOTDIR || errno == ELOOP)
    why = "it is not a directory";
  if (why == NULL)
    return fd;
  g_autofree char *problem = g_strdup_printf ("'%s' is not to be trusted: %s", path, why);
  fs_close (fd);
  return distrust (cache, problem);
}

/* Opens a cache's own directory, when nobody but root and the user can exchange it for
 * another, nor anything on the way to it; from here on it is that one, whatever
 * becomes of its path. */
static int
open_root (Cache *cache, const char *root)
{
  g_autoptr (GError) why = NULL;

  return trust_check_above (root, &why) ? open (root, DIR_FLAGS) : distrust (cache, why->message);
}

/* The directory of the buckets, borrowed; -1 when there is none to be used. */
static int
buckets_in (Cache *cache, const char *root)
{
  gpointer found = g_hash_table_lookup (cache->dirs, root);
  g_autofree char *path = NULL;
  int top, fd;

  if (found != NULL)
    return dir_of (found);
  path = g_build_filename (root, CACHE_BUCKETS, NULL);
  if (access (path, F_OK) < 0)
    return -1;
  top = open_root (cache, root);
  fd = top < 0 ? -1 : open_part (cache, top, path);
  fs_close (top);
  g_hash_table_insert (cache->dirs, g_strdup (root), known (fd));
  return fd;
}

/* A bucket of a root, borrowed; -1 when there is none to be used.  What is opened once
 * is not looked for again: nobody else can change it from then on. */
static int
bucket_in (Cache *cache, const char *root, const char *bucket)
{
  g_autofree char *path =
      root == NULL ? NULL : g_build_filename (root, CACHE_BUCKETS, bucket, NULL);
  gpointer found = path == NULL ? NULL : g_hash_table_lookup (cache->dirs, path);
  int buckets, fd;

  if (path == NULL || found != NULL)
    return path == NULL ? -1 : dir_of (found);
  buckets = buckets_in (cache, root);
  fd = buckets < 0 ? -1 : open_part (cache, buckets, path);
  if (fd >= 0)
    g_hash_table_insert (cache->dirs, g_steal_pointer (&path), known (fd));
  return fd;
}

/* The cache that is only read, or NULL. */
static const char *
shared_root (const Cache *cache)
{
  return cache->is_used ? cache->shared_dir : NULL;
}

/* The shared cache, where it has that bucket, which may be read: borrowed; NULL else. */
const char *
cache_shared_root (Cache *cache, const char *bucket)
{
  const char *root = shared_root (cache);

  return root != NULL && bucket_in (cache, root, bucket) >= 0 ? root : NULL;
}

/* The bucket that has KEY, to be read: of the cache's own directory, or the shared
 * one.  Borrowed; -1 when it is in neither. */
int
cache_find (Cache *cache, const char *bucket, const char *key)
{
  const char *const roots[] = { cache_root (cache), shared_root (cache) };

  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      int dir = bucket_in (cache, roots[i], bucket);

      if (dir >= 0 && faccessat (dir, key, R_OK, 0) == 0)
        return dir;
    }
  return -1;
}

/* What is kept under KEY: free with g_free().  NULL when there is nothing, or another
 * may have written it: it may have come there with its owner, out of an archive. */
char *
cache_read (Cache *cache, const char *bucket, const char *key, gsize *length)
{
  const char *const roots[] = { cache_root (cache), shared_root (cache) };

  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_auto (Regular) file = { .fd = -1 };
      int dir = bucket_in (cache, roots[i], bucket);

      if (dir >= 0 && regular_open (&file, dir, key, FALSE) && trust_owner (file.st.st_uid)
          && (file.st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
        return regular_read (&file, length);
    }
  return NULL;
}

/* Marks a cache, so that it is known as one. */
static void
write_tag (Cache *cache, const char *root)
{
  int top = open_root (cache, root);

  if (top >= 0 && faccessat (top, TAG_NAME, F_OK, 0) < 0
      && !regular_replace (top, TAG_NAME, tag, strlen (tag), 0644, NULL))
    errno = 0;
  fs_close (top);
}

/* Makes the directories of a path below the one that is open, which is closed.  None
 * is gone into that somebody else has made meanwhile. */
static gboolean
make_below (int at, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  struct stat st;

  for (guint i = 0; at >= 0 && names[i] != NULL; i++)
    if (names[i][0] != '\0')
      {
        int above = at;

        at = mkdirat (above, names[i], 0700) < 0 && errno != EEXIST
                 ? -1
                 : openat (above, names[i], DIR_FLAGS | O_NOFOLLOW);
        fs_close (above);
        if (at >= 0 && (fstat (at, &st) < 0 || st.st_uid != geteuid ()))
          {
            fs_close (at);
            at = -1;
          }
      }
  fs_close (at);
  return at >= 0;
}

/* Makes the directory of a bucket.  What is there of the way to it has to be
 * the user's or root's: root leaves nothing in the home of another user, which
 * he could not write to from then on; that is not worth a word. */
static gboolean
make_bucket (Cache *cache, const char *root, const char *dir)
{
  g_autofree char *at = g_strdup (root);
  struct stat st;

  while (access (at, F_OK) < 0 && strchr (at, '/') != NULL && !g_str_equal (at, "/"))
    {
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
  return stat (at, &st) == 0 && trust_owner (st.st_uid)
         && make_below (open_root (cache, at), dir + strlen (at));
}

/* Forgets directories that are not any more where they were: somebody has removed the
 * cache.  What is not to be trusted stays so. */
static void
forget_removed (Cache *cache, const char *root, const char *path)
{
  gpointer found = g_hash_table_lookup (cache->dirs, path);
  struct stat was, is;

  if (found == NULL || fstat (dir_of (found), &was) < 0
      || (stat (path, &is) == 0 && is.st_dev == was.st_dev && is.st_ino == was.st_ino))
    return;
  g_hash_table_remove (cache->dirs, path);
  g_hash_table_remove (cache->dirs, root);
}

/* Tells whether the user may add to a directory of his own.  Root does not
 * leave its files in another user's cache. */
static gboolean
is_own (int dir)
{
  struct stat st;

  return fstat (dir, &st) == 0 && st.st_uid == geteuid ()
         && faccessat (dir, ".", W_OK | X_OK, 0) == 0;
}

/* A bucket to write to, made when it is not there.  Borrowed; -1 with error set, to
 * the reason alone, when there is none. */
int
cache_place (Cache *cache, const char *bucket, GError **error)
{
  const char *root = cache->is_dry ? NULL : cache_root (cache);
  g_autofree char *path =
      root == NULL ? NULL : g_build_filename (root, CACHE_BUCKETS, bucket, NULL);
  int dir = -1;

  if (path != NULL)
    {
      forget_removed (cache, root, path);
      dir = bucket_in (cache, root, bucket);
    }
  if (path != NULL && dir < 0 && make_bucket (cache, root, path)
      && (dir = bucket_in (cache, root, bucket)) >= 0)
    write_tag (cache, root);
  if (dir >= 0 && is_own (dir))
    return dir;
  if (cache->problem != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s", cache->problem);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "there is no cache to write to");
  return -1;
}

/* Keeps something under KEY, where that is possible: in a new file, as the one that is
 * there may be another's. */
void
cache_write (Cache *cache, const char *bucket, const char *key, const char *text, gsize length)
{
  Regular above = { .fd = -1 };
  int dir = cache_place (cache, bucket, NULL);

  if (dir >= 0
      && (fstat (dir, &above.st) < 0 || !regular_replace (dir, key, text, length, 0600, &above)))
    g_debug ("cannot write '%s' to the cache: %s", key, g_strerror (errno));
}

/* Forgets what is open of a cache that is removed. */
void
cache_forget (Cache *cache)
{
  g_hash_table_remove_all (cache->dirs);
}

/* Tells whether a directory that is open is a cache of venvb, and not one that was
 * named by mistake. */
gboolean
cache_is_ours (int root)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text =
      regular_open (&file, root, TAG_NAME, FALSE) ? regular_read (&file, NULL) : NULL;

  return g_strcmp0 (text, tag) == 0;
}

/* Gets a lock that others have, for a while, or not at all.  To unpack a wheel
 * takes a second; only who waits longer is told, as the other may have been
 * stopped. */
static gboolean
wait_for_lock (Cache *cache, int fd, int operation)
{
  if (cache->no_wait)
    return FALSE;
  for (guint n = 0; n < 11; n++)
    {
      g_usleep (1000 << n);
      if (fs_lock (fd, operation | LOCK_NB))
        return TRUE;
    }
  errors_tell (&cache->listener, VENVB_SOURCE_WARNING,
               "waiting for another run, which fills the cache in '%s'", cache_root (cache));
  return fs_lock (fd, operation);
}

/* Locks KEY in a bucket: LOCK_SH to use it, LOCK_EX to make or remove it.
 * Returns a file descriptor to be closed, or -1 when there is nothing to lock
 * with, as in a cache that can't be written, or the run is not to wait. */
int
cache_lock (Cache *cache, int dir, const char *key, int operation)
{
  g_autofree char *name = g_strconcat (key, ".lock", NULL);
  int fd = openat (dir, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 || fs_lock (fd, operation | LOCK_NB))
    return fd;
  if (errno == EWOULDBLOCK && wait_for_lock (cache, fd, operation))
    return fd;
  close (fd);
  return -1;
}
