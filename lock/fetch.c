/* SPDX-License-Identifier: BSD-2-Clause */

/* What a lock names and is not here: it is in a cache, or is had by the module that
 * fetches.  Nothing is opened before all is known that is missing. */

#include "lock/room.h"

#include "base/module.h"
#include "base/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LISTED 10 /* files that a message names */

/* Where files are kept, and what is only for this run. */
struct _Fetched
{
  char *own, *shared; /* stores of wheels, or NULL */
  char *left;         /* a directory that goes with this, or NULL */
};

static void
remove_tree (const char *dir)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *entry;

  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, entry, NULL);

      if (unlink (path) < 0 && errno == EISDIR)
        remove_tree (path);
    }
  rmdir (dir);
}

void
fetch_forget (Fetched *fetched)
{
  if (fetched->left != NULL)
    remove_tree (fetched->left);
  g_free (fetched->own);
  g_free (fetched->shared);
  g_free (fetched->left);
  g_free (fetched);
}

/* --- What is in a cache --------------------------------------------------- */

/* The hashes of what was chosen, and whether one is enough. */
static const GPtrArray *
hashes_of (const LockChoice *choice, gboolean *any)
{
  gboolean has_own = choice->file != NULL && choice->file->hashes->len > 0;

  *any = !has_own;
  return has_own ? choice->file->hashes : choice->package->hashes;
}

/* What a file is kept as that has a hash; NULL where that can vouch for nothing: free with
 * g_free(). */
static char *
key_of (const LockHash *hash)
{
  gsize size = sum_size (hash->algorithm, -1);

  if (size == 0 || !sum_is_good (hash->algorithm, -1) || strlen (hash->value) != 2 * size
      || strspn (hash->value, "0123456789abcdef") != 2 * size)
    return NULL;
  return g_strdup_printf ("%s-%s", hash->algorithm, hash->value);
}

/* The wheel in a directory that fits best: free with g_free(); or NULL. */
static char *
best_in (const char *dir, const LockChoice *choice, const LockWanted *wanted)
{
  g_autoptr (GDir) entries = g_dir_open (dir, 0, NULL);
  const char *entry;
  g_autofree char *best = NULL;

  while (entries != NULL && (entry = g_dir_read_name (entries)) != NULL)
    if (choice->name != NULL
            ? g_str_equal (entry, choice->name)
            : g_str_has_suffix (entry, ".whl") && wheel_tags_rank (wanted->tags, entry, NULL) >= 0
                  && (best == NULL || wheel_tags_compare (wanted->tags, entry, best) < 0))
      {
        g_free (best);
        best = g_strdup (entry);
      }
  return best == NULL ? NULL : g_build_filename (dir, best, NULL);
}

/* Tells whether nothing is to be done, nor fetched. */
gboolean
fetch_is_dry (const LockWanted *wanted)
{
  return wanted->data != NULL && venvb_context_get_flag (wanted->data, VENVB_FLAG_DRY_RUN);
}

/* Takes a file of a store, if it is the one that was locked; what is not goes, where that is
 * the user's own: it is fetched again. */
static gboolean
take_kept (const char *store, gboolean is_own, const char *key, LockChoice *choice,
           const LockWanted *wanted)
{
  g_autofree char *dir = g_build_filename (store, key, NULL);
  g_autofree char *path = best_in (dir, choice, wanted);
  gboolean any;
  const GPtrArray *hashes = hashes_of (choice, &any);

  if (path == NULL)
    return FALSE;
  choice->sha256 = digest_check (path, choice->file != NULL ? choice->file->size : -1, hashes, any,
                                 wanted, NULL);
  if (choice->sha256 == NULL)
    {
      if (is_own && !fetch_is_dry (wanted))
        unlink (path);
      return FALSE;
    }
  if (choice->name == NULL)
    choice->name = g_path_get_basename (path);
  choice->path = g_steal_pointer (&path);
  if (!fetch_is_dry (wanted))
    utimensat (AT_FDCWD, dir, NULL, 0); /* it was used */
  return TRUE;
}

static gboolean
is_kept (const Fetched *fetched, LockChoice *choice, const LockWanted *wanted)
{
  const char *const stores[] = { fetched->own, fetched->shared };
  gboolean any;
  const GPtrArray *hashes = hashes_of (choice, &any);

  for (guint i = 0; i < hashes->len; i++)
    {
      g_autofree char *key = key_of (hashes->pdata[i]);

      for (guint j = 0; key != NULL && j < G_N_ELEMENTS (stores); j++)
        if (stores[j] != NULL && take_kept (stores[j], j == 0, key, choice, wanted))
          return TRUE;
    }
  return FALSE;
}

/* A URL may lead to a file. */
static gboolean
is_local (LockChoice *choice)
{
  const char *url = choice->file == NULL ? NULL : choice->file->url;

  if (url == NULL || !g_str_has_prefix (url, "file://"))
    return FALSE;
  choice->path = g_filename_from_uri (url, NULL, NULL);
  return choice->path != NULL;
}

/* What is neither here nor in a cache: LockChoice. */
static GPtrArray *
find_missing (const Fetched *fetched, const GPtrArray *choices, const LockWanted *wanted)
{
  GPtrArray *missing = g_ptr_array_new ();

  for (guint i = 0; i < choices->len; i++)
    {
      LockChoice *choice = choices->pdata[i];

      if (choice->outcome == LOCK_TAKEN && choice->path == NULL
          && !is_kept (fetched, choice, wanted) && !is_local (choice))
        g_ptr_array_add (missing, choice);
    }
  return missing;
}

/* --- Offline --------------------------------------------------------------- */

/* As it is read by people, with an ordinary blank: free with g_free(). */
static char *
size_text (gint64 bytes)
{
  g_autofree char *text = g_format_size ((guint64) bytes);
  g_auto (GStrv) parts = g_strsplit (text, "\302\240", -1);

  return bytes < 0 ? g_strdup ("of unknown size") : g_strjoinv (" ", parts);
}

static void
list_one (GString *text, const LockChoice *choice)
{
  const LockFile *file = choice->file;
  g_autofree char *size = size_text (file == NULL ? -1 : file->size);

  if (file == NULL)
    g_string_append_printf (text, "\n  | %s %s", choice->package->name, choice->package->version);
  else
    g_string_append_printf (text, "\n  | %s (%s)", file->name, size);
}

/* Lists what is missing, and says how it is had. */
static gboolean
refuse_offline (const Lock *lock, const GPtrArray *missing, GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);
  gint64 bytes = 0;

  for (guint i = 0; i < missing->len; i++)
    {
      const LockChoice *choice = missing->pdata[i];

      bytes += choice->file != NULL && choice->file->size > 0 ? choice->file->size : 0;
      list_one (list, choice);
    }
  g_autofree char *size = size_text (bytes);
  g_set_error (
      error, VENVB_ERROR, VENVB_ERROR_FAILED,
      "'%s': %u file%s not here (%s), and nothing may be fetched (offline); fill the cache "
      "where there is a network (venvb --lock=%s --cache-warm), or put what is missing "
      "into a directory that wheel-dir names%s",
      lock->path, missing->len, missing->len == 1 ? " is" : "s are", size, lock->path, list->str);
  return FALSE;
}

/* --- Fetching -------------------------------------------------------------- */

static void
file_free (gpointer data)
{
  FetchFile *file = data;

  g_strfreev ((char **) file->hashes);
  g_free ((char *) file->key);
  g_free (file->path);
  g_free (file->sha256);
  g_free (file);
}

/* "sha256=HEX", of each hash. */
static char **
words_of (const GPtrArray *hashes)
{
  char **words = g_new0 (char *, hashes->len + 1);

  for (guint i = 0; i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];

      words[i] = g_strconcat (hash->algorithm, "=", hash->value, NULL);
    }
  return words;
}

/* What is asked for: by the URL of the lock, or that which an index has told. */
static FetchFile *
file_of (const LockChoice *choice, GHashTable *urls)
{
  FetchFile *file = g_new0 (FetchFile, 1);
  const FetchLink *link = urls == NULL ? NULL : g_hash_table_lookup (urls, choice);
  const GPtrArray *hashes = hashes_of (choice, &file->any);

  file->name = choice->name;
  file->url = link != NULL ? link->url : choice->file->url;
  file->size = choice->file != NULL ? choice->file->size : -1;
  file->hashes = (const char *const *) words_of (hashes);
  for (guint i = 0; i < hashes->len && file->key == NULL; i++)
    if (!file->any || link == NULL || link->hash == NULL
        || g_str_equal (file->hashes[i], link->hash))
      file->key = key_of (hashes->pdata[i]);
  return file;
}

/* Takes what has come: the choices are in the order of the files. */
static void
take_fetched (const GPtrArray *missing, const GPtrArray *files)
{
  for (guint i = 0; i < missing->len; i++)
    {
      LockChoice *choice = missing->pdata[i];
      FetchFile *file = files->pdata[i];

      choice->path = g_steal_pointer (&file->path);
      choice->sha256 = g_steal_pointer (&file->sha256);
    }
}

/* Where there is no cache, what is fetched is only for this run. */
static const char *
store_of (Fetched *fetched, GError **error)
{
  if (fetched->own == NULL && fetched->left == NULL)
    {
      fetched->left = g_dir_make_tmp ("venvb-wheels-XXXXXX", error);
      g_prefix_error (error, "cannot make a directory for what is fetched: ");
    }
  return fetched->own != NULL ? fetched->own : fetched->left;
}

/* What is being fetched, and for whom. */
typedef struct
{
  VenvbContext *ctx; /* or NULL */
  const LockJob *job;
  const GPtrArray *missing, *files; /* LockChoice, FetchFile: in the same order */
} Coming;

/* Says where all will be, so that what has come is unpacked and compiled meanwhile; but where
 * what comes is not kept. */
static void
await (const Coming *coming, const char *store)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < coming->files->len; i++)
    {
      const FetchFile *file = coming->files->pdata[i];

      g_ptr_array_add (paths, g_build_filename (store, file->key, file->name, NULL));
    }
  g_ptr_array_add (paths, NULL);
  venvb_context_wheels_begin (coming->ctx, (const char *const *) paths->pdata);
}

/* One is there: it is made ready, but where its RECORD is not to be looked at. */
static void
on_file (const FetchFile *file, gpointer data)
{
  const Coming *coming = data;

  for (guint i = 0; coming->ctx != NULL && i < coming->files->len; i++)
    {
      const LockChoice *choice = coming->missing->pdata[i];

      if (coming->files->pdata[i] == file
          && !name_is_among (choice->package->name, coming->job->any_record))
        venvb_context_wheels_add (coming->ctx, i);
    }
}

/* How far it has come, for who watches. */
static void
on_progress (const FetchProgress *progress, gpointer data)
{
  venvb_status_set (0, (guint64) progress->bytes);
  venvb_status_set (1, progress->done);
}

/* Has the module get them, while who watches hears of files and of bytes. */
static gboolean
run (const FetchModule *module, const FetchJob *fetch, GError **error)
{
  gint64 bytes = 0;
  gboolean ok;

  for (guint i = 0; i < fetch->files->len; i++)
    {
      gint64 size = ((const FetchFile *) fetch->files->pdata[i])->size;

      bytes = size < 0 || bytes < 0 ? -1 : bytes + size;
    }
  venvb_status_begin ("fetching", fetch->files->len);
  venvb_status_begin ("bytes", (guint64) MAX (bytes, 0));
  ok = module->run (fetch, error);
  venvb_status_end ();
  venvb_status_end ();
  return ok;
}

static void
tell_missing (VenvbContext *ctx, const GPtrArray *missing)
{
  for (guint i = 0; ctx != NULL && i < missing->len; i++)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "lock: fetching '%s'",
                           ((const LockChoice *) missing->pdata[i])->name);
}

static gboolean
fetch_all (Fetched *fetched, VenvbContext *ctx, const LockJob *job, const GPtrArray *missing,
           const FetchModule *module, GHashTable *urls, GError **error)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (file_free);
  Coming coming = { ctx, job, missing, files };
  FetchJob fetch = {
    .options = job->fetch, .files = files, .hears = on_progress, .has = on_file, .data = &coming
  };
  gboolean ok;

  fetch.store = store_of (fetched, error);
  if (fetch.store == NULL)
    return FALSE;
  for (guint i = 0; i < missing->len; i++)
    g_ptr_array_add (files, file_of (missing->pdata[i], urls));
  tell_missing (ctx, missing);
  if (ctx != NULL && fetched->own != NULL)
    await (&coming, fetch.store);
  ok = run (module, &fetch, error);
  if (ctx != NULL)
    venvb_context_wheels_end (ctx, ok);
  if (ok)
    take_fetched (missing, files);
  return ok;
}

static const FetchModule *
load (GError **error)
{
  g_autoptr (GError) why = NULL;
  const FetchModule *module = module_load (FETCH_MODULE_FILE, FETCH_MODULE_SYMBOL, &why);

  if (module != NULL && module->version == FETCH_MODULE_VERSION)
    return module;
  if (module != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "cannot fetch: the module '" FETCH_MODULE_FILE "' is of another version");
  else if (strstr (why->message, g_strerror (ENOENT)) != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "cannot fetch: there is no module '" FETCH_MODULE_FILE
                 "', as venvb was built without libcurl; put what is missing into a directory "
                 "that wheel-dir names");
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot fetch: %s", why->message);
  return NULL;
}

static gboolean
get_missing (Fetched *fetched, VenvbContext *ctx, const Lock *lock, const LockJob *job,
             const LockWanted *wanted, GPtrArray *missing, GError **error)
{
  g_autoptr (GHashTable) urls = g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, g_free);
  FetchOptions options = { .fallback_index_url = NULL };
  LockJob with_index = *job;
  const FetchModule *module;

  if (missing->len == 0)
    return TRUE;
  if (job->fetch != NULL)
    options = *job->fetch;
  options.fallback_index_url = lock->index_url;
  options.no_index = lock->no_index;
  with_index.fetch = &options;
  if (job->offline || job->fetch == NULL)
    return refuse_offline (lock, missing, error);
  module = load (error);
  return module != NULL && index_find (module, lock, missing, wanted, &options, urls, error)
         && fetch_all (fetched, ctx, &with_index, missing, module, urls, error);
}

/* Has all that was taken be here: from a cache, or from where the lock says; without a
 * context the job says where the cache is.  What it
 * returns is kept until all is installed; NULL with error set on failure. */
Fetched *
fetch_missing (VenvbContext *ctx, const Lock *lock, const GPtrArray *choices, const LockJob *job,
               const LockWanted *wanted, GError **error)
{
  g_autoptr (Fetched) fetched = g_new0 (Fetched, 1);
  g_autoptr (GPtrArray) missing = NULL;
  gboolean is_here = TRUE;

  for (guint i = 0; i < choices->len; i++)
    is_here = is_here && ((const LockChoice *) choices->pdata[i])->path != NULL;
  if (!is_here)
    {
      fetched->own =
          ctx != NULL ? venvb_context_get_wheel_store (ctx, FALSE) : g_strdup (job->store);
      fetched->shared =
          ctx != NULL ? venvb_context_get_wheel_store (ctx, TRUE) : g_strdup (job->shared_store);
    }
  missing = find_missing (fetched, choices, wanted);
  return get_missing (fetched, ctx, lock, job, wanted, missing, error) ? g_steal_pointer (&fetched)
                                                                       : NULL;
}
