/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The cache: what is costly to find out or to make, kept for the next run.
 *
 *   ROOT/CACHEDIR.TAG
 *   ROOT/v1/pythons/KEY      what facts.py told of an interpreter
 *   ROOT/v1/hashes/KEY       the SHA-256 of a wheel, and what it requires
 *   ROOT/v1/images/KEY/      an unpacked wheel
 *   ROOT/v1/images/KEY.lock  held while it is being made
 *
 * Nothing depends on it: where it can't be used, things take longer.  A file
 * or directory is made aside and renamed into place, so what is there under
 * its name is complete.
 */

#include "cache/cache.h"

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

struct _Cache
{
  gboolean is_used; /* as the builder has it now */
  gboolean no_wait; /* the same */
  char *dir;        /* NULL for the user's */
  char *shared_dir; /* read-only, or NULL */
  VenvbLinkMode link_mode;
  GHashTable *trusted; /* directories that are, a set */
  gboolean has_told;   /* that it is not to be trusted */
  Listener listener;
};

static gpointer
make (gpointer builder)
{
  Cache *cache = g_new0 (Cache, 1);

  cache->trusted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  cache->listener = builder_listener (builder);
  return cache;
}

static void
destroy (gpointer data)
{
  Cache *cache = data;

  g_hash_table_unref (cache->trusted);
  g_free (cache->dir);
  g_free (cache->shared_dir);
  g_free (cache);
}

/* The cache that a builder's environments come from, borrowed. */
Cache *
cache_of (VenvbBuilder *builder)
{
  static const PartKind kind = { make, destroy };
  Cache *cache = builder_part (builder, &kind);

  cache->is_used = venvb_builder_get_flag (builder, VENVB_FLAG_CACHE);
  cache->no_wait = venvb_builder_get_flag (builder, VENVB_FLAG_NO_WAIT);
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
  if (cache->dir == NULL && venvb_getenv ("HOME") != NULL
      && g_path_is_absolute (g_get_user_cache_dir ()))
    cache->dir = g_build_filename (g_get_user_cache_dir (), "venvb", NULL);
  return cache->dir;
}

/* Why what a part of the cache holds may not have been put there by the user or
 * root, or NULL.  A link may lead anywhere. */
static const char *
distrust_part (const char *dir)
{
  struct stat st;

  if (lstat (dir, &st) < 0)
    return g_strerror (errno);
  if (!S_ISDIR (st.st_mode))
    return "it is not a directory";
  if (!trust_owner (st.st_uid))
    return "it belongs to another user";
  return (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 ? NULL : "others may write to it";
}

static const char open_to_all[] = "everybody may write to it";

/* Why others may replace what the user or root puts into a directory, or NULL.
 * The directory may be open to his group, or to all as /tmp is. */
static const char *
distrust_place (const char *dir)
{
  struct stat st;

  if (stat (dir, &st) < 0)
    return g_strerror (errno);
  if (!S_ISDIR (st.st_mode))
    return "it is not a directory";
  if (!trust_owner (st.st_uid))
    return "it belongs to another user";
  return (st.st_mode & S_IWOTH) == 0 || (st.st_mode & S_ISVTX) != 0 ? NULL : open_to_all;
}

/* Why a cache in this directory may come to be another one, or NULL: the
 * directory itself, or one above it.  Those above may belong to anybody who is
 * not known here, as root is not in a container. */
char *
cache_distrust (const char *root)
{
  g_autofree char *at = g_strdup (root);
  const char *why = distrust_place (at);
  struct stat st;

  while (why == NULL && !g_str_equal (at, "/"))
    {
      g_autofree char *child = g_steal_pointer (&at);

      at = g_path_get_dirname (child);
      if (stat (at, &st) == 0 && (st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0)
        why = open_to_all;
    }
  return why == NULL ? NULL : g_strdup_printf ("'%s' is not to be trusted: %s", at, why);
}

/* Why a bucket, or what is above it, is not to be trusted: free with g_free();
 * NULL when it is. */
static char *
distrust_bucket (const char *root, const char *dir)
{
  g_autofree char *buckets = g_build_filename (root, CACHE_BUCKETS, NULL);
  const char *const parts[] = { buckets, dir };
  char *problem = cache_distrust (root);

  for (guint i = 0; problem == NULL && i < G_N_ELEMENTS (parts); i++)
    {
      const char *why = distrust_part (parts[i]);

      if (why != NULL)
        problem = g_strdup_printf ("'%s' is not to be trusted: %s", parts[i], why);
    }
  return problem;
}

/* Says why the cache is not used, once. */
static void
tell_distrust (Cache *cache, const char *problem)
{
  if (!cache->has_told)
    errors_tell (&cache->listener, VENVB_SOURCE_WARNING, "the cache is not used: %s", problem);
  cache->has_told = TRUE;
}

/* Tells whether a bucket and all above it in the cache is to be trusted.  That
 * is looked at once, since nobody else can change it from then on.  One that
 * is there and is not trusted, is told of once. */
static gboolean
is_trusted_bucket (Cache *cache, const char *root, const char *dir)
{
  g_autofree char *problem = NULL;

  if (g_hash_table_contains (cache->trusted, dir))
    return TRUE;
  if (access (dir, F_OK) < 0)
    return FALSE;
  problem = distrust_bucket (root, dir);
  if (problem == NULL)
    return g_hash_table_add (cache->trusted, g_strdup (dir));
  tell_distrust (cache, problem);
  return FALSE;
}

/* Tells whether the user may add to a directory of his own.  Root does not
 * leave its files in another user's cache. */
static gboolean
is_own (const char *dir)
{
  struct stat st;

  return stat (dir, &st) == 0 && st.st_uid == geteuid () && access (dir, W_OK | X_OK) == 0;
}

/* The path of KEY in a bucket of root, for reading; NULL when that bucket is
 * not there or not to be trusted. */
static char *
path_in (Cache *cache, const char *root, const char *bucket, const char *key)
{
  g_autofree char *dir = root == NULL ? NULL : g_build_filename (root, CACHE_BUCKETS, bucket, NULL);

  return dir != NULL && is_trusted_bucket (cache, root, dir) ? g_build_filename (dir, key, NULL)
                                                             : NULL;
}

/* The cache that is only read, or NULL. */
static const char *
shared_root (const Cache *cache)
{
  return cache->is_used ? cache->shared_dir : NULL;
}

/* Where to read KEY from: the cache's own directory, or the shared one.
 * Returns NULL when it is in neither. */
char *
cache_find (Cache *cache, const char *bucket, const char *key)
{
  const char *const roots[] = { cache_root (cache), shared_root (cache) };

  for (guint i = 0; i < G_N_ELEMENTS (roots); i++)
    {
      g_autofree char *path = path_in (cache, roots[i], bucket, key);

      if (path != NULL && access (path, R_OK) == 0)
        return g_steal_pointer (&path);
    }
  return NULL;
}

static void
write_tag (const char *root)
{
  g_autofree char *path = g_build_filename (root, "CACHEDIR.TAG", NULL);

  if (access (path, F_OK) < 0 && !fs_write (path, tag, strlen (tag), 0644, NULL))
    errno = 0;
}

/* Makes the directory of a bucket.  What is there of the way to it has to be
 * the user's or root's: root leaves nothing in the home of another user, which
 * he could not write to from then on.  That everybody may write there is said: so
 * it is on a file system without modes, where there will never be a cache. */
static gboolean
make_bucket (Cache *cache, const char *root, const char *dir)
{
  g_autofree char *at = g_strdup (dir);
  const char *why;

  while (access (at, F_OK) < 0 && strchr (at, '/') != NULL && !g_str_equal (at, "/"))
    {
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
  why = distrust_place (at);
  if (why == open_to_all)
    {
      g_autofree char *problem = g_strdup_printf ("'%s' is not to be trusted: %s", at, why);
      tell_distrust (cache, problem);
    }
  if (why != NULL || g_mkdir_with_parents (dir, 0700) < 0 || !is_own (dir))
    return FALSE;
  write_tag (root);
  return TRUE;
}

/* Where to write KEY, with the bucket made; NULL when the cache can't be
 * written. */
char *
cache_place (Cache *cache, const char *bucket, const char *key)
{
  const char *root = cache_root (cache);
  g_autofree char *dir = root == NULL ? NULL : g_build_filename (root, CACHE_BUCKETS, bucket, NULL);

  if (dir == NULL || (access (dir, F_OK) < 0 && !make_bucket (cache, root, dir)))
    return NULL;
  return is_own (dir) && is_trusted_bucket (cache, root, dir) ? g_build_filename (dir, key, NULL)
                                                              : NULL;
}

/* Tells whether a directory is a cache of venvb, and not one that was named by
 * mistake. */
gboolean
cache_is_ours (const char *root)
{
  g_autofree char *path = g_build_filename (root, "CACHEDIR.TAG", NULL);
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) && g_str_equal (text, tag);
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
cache_lock (Cache *cache, const char *path, int operation)
{
  g_autofree char *name = g_strconcat (path, ".lock", NULL);
  int fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0 || fs_lock (fd, operation | LOCK_NB))
    return fd;
  if (errno == EWOULDBLOCK && wait_for_lock (cache, fd, operation))
    return fd;
  close (fd);
  return -1;
}

/* A name for what is found under these words: they are hashed together. */
char *
cache_key (const char *first, ...)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  va_list args;

  va_start (args, first);
  for (const char *word = first; word != NULL; word = va_arg (args, const char *))
    g_checksum_update (checksum, (const guchar *) word, strlen (word) + 1);
  va_end (args);
  return g_strndup (g_checksum_get_string (checksum), 32);
}

static char *
stamp (const struct stat *st)
{
  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT ":%" G_GINT64_FORMAT
                          ":%" G_GINT64_FORMAT ".%09ld:%" G_GINT64_FORMAT ".%09ld",
                          (guint64) st->st_dev, (guint64) st->st_ino, (gint64) st->st_size,
                          (gint64) st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
                          (gint64) st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

/* Tells a file from any other, and from itself after a change; "-" when there
 * is none. */
char *
cache_stamp (const char *path)
{
  struct stat st;

  return stat (path, &st) < 0 ? g_strdup ("-") : stamp (&st);
}

/* The same of one that is open. */
char *
cache_stamp_of (int fd)
{
  struct stat st;

  return fstat (fd, &st) < 0 ? g_strdup ("-") : stamp (&st);
}
