/* SPDX-License-Identifier: BSD-2-Clause */

/* What an index has of what is missing: of a lock, the file of that name; of
 * requirements, the best wheel that has one of the hashes. */

#include "lock/room.h"

#include <string.h>

#define TODO_INDEX "say which index has it (index-url=URL)"

/* Tells whether a file may be it, as far as its page says: one without a hash may. */
static gboolean
may_have_hash (const FetchLink *link, const GPtrArray *hashes)
{
  gboolean has_algorithm = FALSE;

  for (guint i = 0; link->hash != NULL && i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];
      g_autofree char *word = g_strconcat (hash->algorithm, "=", hash->value, NULL);

      if (g_str_equal (word, link->hash))
        return TRUE;
      has_algorithm = has_algorithm || g_str_has_prefix (link->hash, hash->algorithm);
    }
  return !has_algorithm;
}

static gboolean
is_of_version (const FetchLink *link, const LockPackage *package)
{
  g_autofree char *name = NULL;
  g_autofree char *version = NULL;

  return filename_split_wheel (link->name, &name, &version, NULL)
         && g_str_equal (name, package->name) && release_same (version, package->version);
}

/* Finds the file of a choice among what an index has; NULL when it is not there. */
static const FetchLink *
find_link (const LockChoice *choice, const GPtrArray *links, const WheelTags *tags)
{
  const FetchLink *best = NULL;

  for (guint i = 0; links != NULL && i < links->len; i++)
    {
      const FetchLink *link = links->pdata[i];

      if (choice->name != NULL)
        {
          if (g_str_equal (link->name, choice->name))
            return link;
          continue;
        }
      if (is_of_version (link, choice->package) && may_have_hash (link, choice->package->hashes)
          && wheel_tags_rank (tags, link->name, NULL) >= 0
          && (best == NULL || wheel_tags_compare (tags, link->name, best->name) < 0))
        best = link;
    }
  return best;
}

static gboolean
refuse (const Lock *lock, const LockChoice *choice, const char *todo, const char *what,
        GError **error)
{
  const Place place = { lock->path, choice->package->line, choice->package->name, NULL };

  return refusal_set (error, &place, choice->file != NULL ? choice->file->key : NULL, todo,
                      "the index has no %s", what);
}

static gboolean
take_link (const Lock *lock, LockChoice *choice, GHashTable *found, const LockWanted *wanted,
           GHashTable *urls, GError **error)
{
  const GPtrArray *links = g_hash_table_lookup (found, choice->package->name);
  const FetchLink *link = find_link (choice, links, wanted->tags);
  FetchLink *copy;

  if (links == NULL || links->len == 0)
    return refuse (lock, choice, "see whether it is one: a page of links, as of \"simple\" indexes",
                   "link to any file: what it answers is not the page of an index", error);
  if (link == NULL && choice->name != NULL)
    {
      g_autofree char *what = g_strdup_printf ("file '%s'", choice->name);

      return refuse (lock, choice, "ask another index", what, error);
    }
  if (link == NULL)
    return refuse (lock, choice, "have it locked for this Python, or ask another index",
                   "wheel for this Python that has one of its hashes", error);
  copy = g_memdup2 (link, sizeof *link);
  copy->url = (char *) g_intern_string (link->url);
  copy->hash = (char *) g_intern_string (link->hash);
  copy->name = NULL;
  if (choice->name == NULL)
    choice->name = g_strdup (link->name);
  g_hash_table_insert (urls, choice, copy);
  return TRUE;
}

/* The projects of what is missing, each once: ends in NULL. */
static const char **
projects_of (const GPtrArray *choices)
{
  GPtrArray *projects = g_ptr_array_new ();

  for (guint i = 0; i < choices->len; i++)
    g_ptr_array_add (projects, (gpointer) ((const LockChoice *) choices->pdata[i])->package->name);
  g_ptr_array_add (projects, NULL);
  return (const char **) g_ptr_array_free (projects, FALSE);
}

/* Where there is an index to be asked, all comes from it, wherever the URLs of a lock lead:
 * urls receives what it has, LockChoice -> FetchLink.  Without one what has no URL can't be
 * had. */
gboolean
index_find (const FetchModule *module, const Lock *lock, GPtrArray *choices,
            const LockWanted *wanted, const FetchOptions *options, GHashTable *urls, GError **error)
{
  g_autofree const char **projects = projects_of (choices);
  g_autoptr (GHashTable) found = NULL;

  if (!module->has_index (options))
    {
      for (guint i = 0; i < choices->len; i++)
        {
          const LockChoice *choice = choices->pdata[i];
          const Place place = { lock->path, choice->package->line, choice->package->name, NULL };

          if (choice->file == NULL)
            return refusal_set (error, &place, NULL, TODO_INDEX,
                                "there is no wheel of version %s here", choice->package->version);
        }
      return TRUE;
    }
  found = module->look (options, projects, error);
  for (guint i = 0; found != NULL && i < choices->len; i++)
    if (!take_link (lock, choices->pdata[i], found, wanted, urls, error))
      return FALSE;
  return found != NULL;
}
