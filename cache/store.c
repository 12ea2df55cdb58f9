/* SPDX-License-Identifier: BSD-2-Clause */

/* Where wheels are kept that were fetched: KEY/NAME in the bucket "wheels".  Who fetches
 * puts them there; each is known by its hash, whoever has put it there. */

#include "cache/cache.h"

/* The path of the bucket in a root that is used; NULL where there is none. */
static char *
path_in (const char *root)
{
  return root == NULL ? NULL : g_build_filename (root, CACHE_BUCKETS, "wheels", NULL);
}

/* The same as for a context: free with g_free(); NULL where there is none. */
char *
store_of_wheels (VenvbBuilder *builder, gboolean is_shared)
{
  Cache *cache = cache_of (builder);

  if (is_shared)
    return path_in (cache_shared_root (cache, "wheels"));
  return cache_place (cache, "wheels", NULL) < 0 ? NULL : path_in (cache_root (cache));
}

char *
venvb_context_get_wheel_store (VenvbContext *ctx, gboolean is_shared)
{
  return store_of_wheels (context_builder (ctx), is_shared);
}
