/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Where a file is put: STORE/KEY/NAME.  What comes is written to KEY.new, by who has
 * KEY.lock, and has its name when it is whole and has its hashes.  What a run has left
 * that was killed, or had no more patience, is gone on with.
 */

#include "fetch/room.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* How long another run is waited for that gets nothing more, in microseconds. */
#define PATIENCE (20 * G_USEC_PER_SEC)

#define CHUNK 65536

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

void
store_init (Store *store, const char *dir, const FetchFile *file)
{
  memset (store, 0, sizeof *store);
  store->final = g_build_filename (dir, file->key, file->name, NULL);
  store->part = g_strdup_printf ("%s/%s.new", dir, file->key);
  store->lock = store->fd = -1;
  store->seen = -1;
}

static void
forget_sums (Store *store)
{
  g_clear_pointer (&store->sums, g_ptr_array_unref);
}

void
store_clear (Store *store)
{
  close_fd (&store->fd);
  close_fd (&store->lock);
  forget_sums (store);
  g_clear_pointer (&store->final, g_free);
  g_clear_pointer (&store->part, g_free);
}

/* Sums of nothing yet: of SHA-256, and of each hash; NULL for one that is not known. */
static void
begin_sums (Store *store, const FetchFile *file)
{
  forget_sums (store);
  store->sums = g_ptr_array_new_with_free_func ((GDestroyNotify) sum_free);
  g_ptr_array_add (store->sums, sum_new ("sha256", -1));
  for (guint i = 0; file->hashes[i] != NULL; i++)
    {
      gssize length = (gssize) strcspn (file->hashes[i], "=");
      gboolean is_first = strncmp (file->hashes[i], "sha256=", 7) == 0;

      g_ptr_array_add (store->sums, is_first ? NULL : sum_new (file->hashes[i], length));
    }
}

static void
add_to_sums (Store *store, const void *bytes, gsize length)
{
  for (guint i = 0; i < store->sums->len; i++)
    if (store->sums->pdata[i] != NULL)
      sum_update (store->sums->pdata[i], bytes, length);
}

/* Begins anew. */
gboolean
store_empty (Store *store, const FetchFile *file)
{
  begin_sums (store, file);
  store->have = 0;
  return ftruncate (store->fd, 0) == 0;
}

/* Sums what is there already. */
static gboolean
read_part (Store *store, const FetchFile *file)
{
  g_autofree char *buffer = g_malloc (CHUNK);
  ssize_t n;

  begin_sums (store, file);
  store->have = 0;
  while ((n = pread (store->fd, buffer, CHUNK, store->have)) > 0)
    {
      add_to_sums (store, buffer, (gsize) n);
      store->have += n;
    }
  return n == 0;
}

/* Opens what is there of the file, or begins it.  One of a run that another user has made
 * is none. */
static gboolean
open_part (Store *store, const FetchFile *file)
{
  struct stat st;

  store->fd = open (store->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (store->fd < 0 || fstat (store->fd, &st) < 0)
    return FALSE;
  if (!S_ISREG (st.st_mode) || st.st_uid != geteuid () || st.st_nlink != 1
      || (file->size >= 0 && st.st_size > file->size))
    return store_empty (store, file);
  return read_part (store, file) || store_empty (store, file);
}

/* Takes a file of its own, as who has the lock gets on no more, or there are no locks. */
static gboolean
open_own (Store *store, const FetchFile *file)
{
  g_autofree char *dir = g_path_get_dirname (store->part);

  g_free (store->part);
  store->part = g_strdup_printf ("%s/%s.%d.new", dir, file->key, (int) getpid ());
  return open_part (store, file);
}

/* Tells whether another run gets on with the file. */
static gboolean
is_growing (Store *store)
{
  gint64 now = g_get_monotonic_time ();
  struct stat st;
  gint64 size = stat (store->part, &st) < 0 ? 0 : st.st_size;

  if (store->seen_at == 0 || size != store->seen)
    {
      store->seen = size;
      store->seen_at = now;
    }
  return now - store->seen_at < PATIENCE;
}

static gboolean
is_there (const Store *store)
{
  return g_file_test (store->final, G_FILE_TEST_IS_REGULAR);
}

static StoreState
fail (const Store *store, GError **error)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot write '%s': %s", store->part,
               g_strerror (errno));
  return STORE_FAILED;
}

/* Has the file to itself: STORE_BUSY when another run is at it.  Nobody has to wait for
 * ever, and nothing depends on a lock: two that get the same file put the same there. */
StoreState
store_open (Store *store, const FetchFile *file, GError **error)
{
  g_autofree char *name =
      g_strndup (store->part, strlen (store->part) - strlen (".new")); /* before open_own() */
  g_autofree char *lock = g_strconcat (name, ".lock", NULL);
  gboolean is_ours = FALSE;

  if (is_there (store))
    return STORE_THERE;
  if (store->lock < 0)
    store->lock = open (lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (store->lock < 0)
    return fail (store, error);
  is_ours = flock (store->lock, LOCK_EX | LOCK_NB) == 0;
  if (!is_ours && (errno == EWOULDBLOCK || errno == EINTR) && is_growing (store))
    return STORE_BUSY;
  if (is_there (store))
    return STORE_THERE;
  if (is_ours ? open_part (store, file) : open_own (store, file))
    return STORE_OURS;
  return fail (store, error);
}

gboolean
store_add (Store *store, const char *bytes, gsize length)
{
  gsize written = 0;

  while (written < length)
    {
      ssize_t n = pwrite (store->fd, bytes + written, length - written,
                          (off_t) (store->have + (gint64) written));

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      written += (gsize) n;
    }
  add_to_sums (store, bytes, length);
  store->have += (gint64) length;
  return TRUE;
}

/* Compares what has come with its hashes.  NULL where it is right, else what is wrong: free
 * with g_free(). */
char *
store_compare (Store *store, const FetchFile *file)
{
  const char *wrong = NULL, *is = NULL;

  for (guint i = 0; file->hashes[i] != NULL; i++)
    {
      gsize length = strcspn (file->hashes[i], "=");
      Sum *sum = store->sums->pdata[i + 1];

      if (strncmp (file->hashes[i], "sha256=", 7) == 0)
        sum = store->sums->pdata[0];
      if (sum == NULL || (file->any && !sum_is_good (file->hashes[i], (gssize) length)))
        continue;
      if (g_str_equal (sum_hex (sum), file->hashes[i] + length + 1))
        {
          if (file->any)
            return NULL;
          continue;
        }
      wrong = file->hashes[i];
      is = sum_hex (sum);
      if (!file->any)
        break;
    }
  if (wrong == NULL)
    return NULL;
  return g_strdup_printf ("its %.*s is %s, and has to be %s", (int) strcspn (wrong, "="), wrong, is,
                          file->any ? "another" : wrong + strcspn (wrong, "=") + 1);
}

/* Gives it its name.  Returns its SHA-256, or NULL with error set. */
char *
store_keep (Store *store, GError **error)
{
  g_autofree char *dir = g_path_get_dirname (store->final);

  if ((mkdir (dir, 0755) < 0 && errno != EEXIST) || rename (store->part, store->final) < 0)
    return (fail (store, error), NULL);
  close_fd (&store->fd);
  close_fd (&store->lock);
  return g_strdup (sum_hex (store->sums->pdata[0]));
}

/* What is wrong goes. */
void
store_drop (Store *store)
{
  if (store->fd >= 0)
    unlink (store->part);
  close_fd (&store->fd);
}
