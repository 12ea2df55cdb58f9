/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the cache: what is costly to find out or to make, kept for the
 * next run.
 *
 *   cache.c    where it is, whether it is to be trusted, its entries and locks
 *   keys.c     the names of entries, and what they depend on
 *   notes.c    what is known of the files of wheels
 *   fit.c      is a wheel for this Python?
 *   expect.c   what is done for many wheels at once
 *   ahead.c    wheels that are on their way
 *   images.c   wheels into environments, by way of it; own-dir.c where it is not used
 *   remove.c   distributions out of environments
 *   store.c    wheels that were fetched
 *   upkeep.c   its size, cleaning, pruning (images.c notes the use), filling
 *
 * Nothing may depend on it: where it can't be used, things take longer.
 */

#pragma once

#include "core/core.h"
#include "wheel/wheel.h"

/* cache.c */

#define CACHE_BUCKETS "v1" /* a new number for a new layout */

typedef struct _Cache Cache;

/* venvb_builder_set_cache_dir(), venvb_builder_set_shared_cache_dir(),
 * venvb_builder_set_link_mode() */

Cache *cache_of (VenvbBuilder *builder);
VenvbLinkMode cache_link_mode (const Cache *cache);
const char *cache_root (Cache *cache);
int cache_find (Cache *cache, const char *bucket, const char *key);
char *cache_read (Cache *cache, const char *bucket, const char *key, gsize *length);
const char *cache_shared_root (Cache *cache, const char *bucket);
int cache_place (Cache *cache, const char *bucket, GError **error);
void cache_write (Cache *cache, const char *bucket, const char *key, const char *text,
                  gsize length);
void cache_forget (Cache *cache);
int cache_lock (Cache *cache, int dir, const char *key, int operation);
gboolean cache_is_ours (int root);

/* keys.c */

char *keys_make (const char *first, ...) G_GNUC_NULL_TERMINATED;
char *keys_stamp (const char *path);
char *keys_stamp_of (int fd);

/* notes.c: what is known of a wheel's file */

typedef struct
{
  char *stamp;    /* what it was then */
  char *hash;     /* SHA-256, in hexadecimal */
  char *requires; /* Requires-Python, or ""; NULL when it can't be read */
} WheelNote;

const WheelNote *notes_get (VenvbBuilder *builder, const char *path, GError **error);

/* venvb_context_hash_wheel() */

/* fit.c: is a wheel for this Python? */

/* venvb_context_check_wheel(), venvb_context_compare_wheels() */

gboolean fit_check_wheel (VenvbContext *ctx, const char *path, const WheelNote **note,
                          GError **error) MUST_CHECK;
gboolean fit_check_installed (GHashTable *facts, const WheelTags *tags, const char *dist_info,
                              GError **error) MUST_CHECK;

/* expect.c: what is done for many wheels at once */

/* venvb_context_expect_wheels() */

/* Is called in one of several processes. */
typedef gboolean (*ExpectFunc) (VenvbContext *ctx, const char *wheel, GError **error);

gboolean expect_each (VenvbContext *ctx, ExpectFunc func);

/* ahead.c: wheels that are on their way */

/* venvb_context_wheels_begin(), venvb_context_wheels_add(), venvb_context_wheels_end() */

/* images.c */

/* venvb_context_install_wheel(), venvb_context_install_wheel_full() */

gboolean images_can_be_added (VenvbContext *ctx);
gboolean images_add (VenvbContext *ctx, const char *wheel, GError **error) MUST_CHECK;
gboolean images_rehearse (VenvbContext *ctx, const char *action, const char *path);

/* own-dir.c */

/* A directory that this run has made in the environment, for an image.  It is told apart
 * by what it is: whoever may rename there can give its name to another one. */
typedef struct
{
  int env;
  int fd; /* or -1 */
  struct stat st;
  char *name; /* in the environment */
  char *path;
} OwnDir;

gboolean own_dir_open (OwnDir *own, int env, const char *env_dir, GError **error) MUST_CHECK;
gboolean own_dir_remove (OwnDir *own, GError **error) MUST_CHECK;

/* remove.c */

/* venvb_context_remove_distributions() */

/* store.c: wheels that were fetched */

/* venvb_context_get_wheel_store() */

char *store_of_wheels (VenvbBuilder *builder, gboolean is_shared);

/* upkeep.c */

/* venvb_builder_cache_info(), venvb_builder_cache_clean(),
 * venvb_builder_cache_prune(), venvb_builder_cache_warm() */
