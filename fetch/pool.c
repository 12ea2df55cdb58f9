/* SPDX-License-Identifier: BSD-2-Clause */

/* Many files at once: the largest first, over few connections, each tried again as long as
 * there is hope.  The first that can't be had ends it: what has come stays for the next
 * run. */

#include "fetch/room.h"

#include <string.h>

#define AT_ONCE 16
#define CONNECTIONS 6 /* to one host, where requests don't share one */
#define LOOK_MS 100   /* how often it is looked whether another run is ready */

typedef struct
{
  const FetchJob *job;
  CURLM *multi;
  GPtrArray *transfers; /* Transfer */
  guint running, done;
  gint64 bytes_wanted;
} Pool;

/* The largest first, so that none is left alone at the end; of unknown size, before. */
static int
compare (gconstpointer a, gconstpointer b)
{
  gint64 one = (*(Transfer *const *) a)->file->size, other = (*(Transfer *const *) b)->file->size;

  if (one == other)
    return strcmp ((*(Transfer *const *) a)->file->name, (*(Transfer *const *) b)->file->name);
  return one < 0 ? -1 : other < 0 ? 1 : one > other ? -1 : 1;
}

static void
tell (const Pool *pool)
{
  FetchProgress progress = { pool->done, pool->transfers->len, 0, pool->bytes_wanted };

  if (pool->job->hears == NULL)
    return;
  for (guint i = 0; i < pool->transfers->len; i++)
    {
      const Transfer *transfer = pool->transfers->pdata[i];

      progress.bytes += transfer->is_ready && transfer->store.have == 0
                            ? MAX (transfer->file->size, 0)
                            : transfer->store.have;
    }
  pool->job->hears (&progress, pool->job->data);
}

/* A file is there. */
static void
has (Pool *pool, const Transfer *transfer)
{
  pool->done++;
  if (pool->job->has != NULL)
    pool->job->has (transfer->file, pool->job->data);
}

/* Hands a request to libcurl. */
static gboolean
start_request (Pool *pool, Transfer *transfer, GError **error)
{
  if (!request_start (&transfer->request, error))
    return FALSE;
  curl_easy_setopt (transfer->request.curl, CURLOPT_PRIVATE, transfer);
  if (curl_multi_add_handle (pool->multi, transfer->request.curl) != CURLM_OK)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "libcurl can't be used");
      return FALSE;
    }
  pool->running++;
  return TRUE;
}

/* Tells whether a file has to wait: it is here, asked for, or to be tried later. */
static gboolean
has_to_wait (const Transfer *transfer)
{
  return transfer->is_ready || transfer->request.curl != NULL
         || transfer->request.not_before > g_get_monotonic_time ();
}

/* A file of which all is there already has only to be looked at. */
static gboolean
has_all (const Transfer *transfer)
{
  return transfer->file->size >= 0 && transfer->store.have == transfer->file->size;
}

/* Starts as many as there may be. */
static gboolean
start_some (Pool *pool, GError **error)
{
  for (guint i = 0; i < pool->transfers->len && pool->running < AT_ONCE; i++)
    {
      Transfer *transfer = pool->transfers->pdata[i];
      StoreState state;

      if (has_to_wait (transfer))
        continue;
      state = transfer_open (transfer, error);
      if (state == STORE_FAILED)
        return FALSE;
      if (state == STORE_THERE)
        has (pool, transfer);
      if (state == STORE_OURS && has_all (transfer))
        {
          RequestOutcome outcome = transfer_finish (transfer, error);

          if (outcome == REQUEST_FAILED)
            return FALSE;
          transfer->request.from = transfer->store.have;
          if (outcome == REQUEST_DONE)
            {
              has (pool, transfer);
              continue;
            }
        }
      if (state == STORE_OURS && !start_request (pool, transfer, error))
        return FALSE;
    }
  return TRUE;
}

/* Looks at what libcurl has ended. */
static gboolean
end_some (Pool *pool, GError **error)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (pool->multi, &left)) != NULL)
    {
      CURLcode code = message->data.result;
      CURL *curl = message->easy_handle;
      char *private = NULL;
      Transfer *transfer;
      RequestOutcome outcome;

      if (message->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (curl, CURLINFO_PRIVATE, &private);
      curl_multi_remove_handle (pool->multi, curl);
      pool->running--;
      transfer = (gpointer) private;
      outcome = transfer_end (transfer, code, error);
      if (outcome == REQUEST_FAILED)
        return FALSE;
      if (outcome == REQUEST_DONE)
        has (pool, transfer);
    }
  return TRUE;
}

static gboolean
run_all (Pool *pool, GError **error)
{
  int running;

  while (pool->done < pool->transfers->len)
    {
      if (!start_some (pool, error))
        return FALSE;
      curl_multi_perform (pool->multi, &running);
      if (!end_some (pool, error))
        return FALSE;
      tell (pool);
      if (pool->done < pool->transfers->len)
        curl_multi_poll (pool->multi, NULL, 0, LOOK_MS, NULL);
    }
  return TRUE;
}

/* What is under way is left where it is. */
static void
stop (Pool *pool)
{
  for (guint i = 0; i < pool->transfers->len; i++)
    {
      Transfer *transfer = pool->transfers->pdata[i];

      if (transfer->request.curl != NULL)
        curl_multi_remove_handle (pool->multi, transfer->request.curl);
    }
  g_ptr_array_unref (pool->transfers);
  curl_multi_cleanup (pool->multi);
}

static gboolean
add_all (Pool *pool, Settings *settings, GError **error)
{
  for (guint i = 0; i < pool->job->files->len; i++)
    {
      FetchFile *file = pool->job->files->pdata[i];
      Transfer *transfer = transfer_new (pool->job, settings, file, error);

      if (transfer == NULL)
        return FALSE;
      g_ptr_array_add (pool->transfers, transfer);
      if (file->size < 0 || pool->bytes_wanted < 0)
        pool->bytes_wanted = -1;
      else
        pool->bytes_wanted += file->size;
    }
  g_ptr_array_sort (pool->transfers, compare);
  return TRUE;
}

/* Gets all files of a job.  All URLs are judged before anything is opened. */
gboolean
pool_run (const FetchJob *job, Settings *settings, GError **error)
{
  Pool pool = { .job = job,
                .multi = curl_multi_init (),
                .transfers = g_ptr_array_new_with_free_func (transfer_free) };
  gboolean ok;

  curl_multi_setopt (pool.multi, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
  curl_multi_setopt (pool.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long) CONNECTIONS);
  ok = add_all (&pool, settings, error) && run_all (&pool, error);
  stop (&pool);
  return ok;
}
