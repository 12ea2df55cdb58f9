/* SPDX-License-Identifier: BSD-2-Clause */

/* One file: what is there of it already, what is asked for, and whether it is right. */

#include "fetch/room.h"

#include "base/secret.h"

#include <errno.h>
#include <string.h>

/* The body begins: it is all of the file, or what was asked for. */
static gboolean
on_begin (Request *request, gpointer data)
{
  Transfer *transfer = data;
  FetchFile *file = transfer->file;
  gint64 begin = request->status == 206 ? request->first : 0;
  gint64 most = file->size >= 0 ? file->size : FETCH_FILE_MOST;

  if (begin == 0 && transfer->store.have > 0 && !store_empty (&transfer->store, file))
    request_fail (request, "'%s' can't be written: %s", transfer->store.part, g_strerror (errno));
  else if (begin != transfer->store.have)
    request_fail (request, "another part of it came than was asked for");
  else if (request->length >= 0 && file->size >= 0 && begin + request->length != file->size)
    request_fail (request, "it has %" G_GINT64_FORMAT " bytes, and has to have %" G_GINT64_FORMAT,
                  begin + request->length, file->size);
  else if (begin + MAX (request->length, 0) > most)
    request_fail (request, "it is larger than %" G_GINT64_FORMAT " bytes", most);
  return request->why == NULL;
}

/* Nothing is read that is more than there has to be. */
static gboolean
on_take (Request *request, const char *bytes, gsize length, gpointer data)
{
  Transfer *transfer = data;
  gint64 most = transfer->file->size >= 0 ? transfer->file->size : FETCH_FILE_MOST;

  if ((gint64) length > most - transfer->store.have)
    request_fail (request,
                  "it goes on after %" G_GINT64_FORMAT " bytes, which is all that it may have",
                  most);
  else if (!store_add (&transfer->store, bytes, length))
    request_fail (request, "'%s' can't be written: %s", transfer->store.part, g_strerror (errno));
  return request->why == NULL;
}

/* A file of a job; NULL with error set when nobody may be asked for it. */
Transfer *
transfer_new (const FetchJob *job, Settings *settings, FetchFile *file, GError **error)
{
  CURLU *url = address_parse (NULL, file->url);
  Transfer *transfer;

  if (url == NULL)
    {
      g_autofree char *shown = secret_mask (file->url);

      g_set_error (
          error, VENVB_ERROR, VENVB_ERROR_FAILED,
          "'%s': '%s' is not a URL; a blank, or what is not ASCII, is written as %%XX there",
          file->name, shown);
      return NULL;
    }
  credentials_take (settings, url);
  if (!address_check (settings, url, error))
    {
      curl_url_cleanup (url);
      return NULL;
    }
  transfer = g_new0 (Transfer, 1);
  transfer->file = file;
  store_init (&transfer->store, job->store, file);
  request_init (&transfer->request, settings, url);
  transfer->request.begin = on_begin;
  transfer->request.take = on_take;
  transfer->request.data = transfer;
  return transfer;
}

void
transfer_free (gpointer data)
{
  Transfer *transfer = data;

  request_clear (&transfer->request);
  store_clear (&transfer->store);
  g_free (transfer);
}

/* Prepares a request, or tells why there is none: another run has the file, or is at it. */
StoreState
transfer_open (Transfer *transfer, GError **error)
{
  StoreState state =
      transfer->is_open ? STORE_OURS : store_open (&transfer->store, transfer->file, error);

  transfer->is_open = state == STORE_OURS;
  if (state == STORE_THERE)
    {
      transfer->is_ready = TRUE;
      transfer->file->path = g_strdup (transfer->store.final);
    }
  transfer->was_resumed = transfer->was_resumed || transfer->store.have > 0;
  transfer->request.from = transfer->store.have;
  return state;
}

static gboolean
refuse (Transfer *transfer, const char *why, GError **error)
{
  g_autofree char *shown = address_shown (transfer->request.url);

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s': cannot fetch '%s': %s",
               transfer->file->name, shown, why);
  return FALSE;
}

/* What has come may have been begun by another run, or of another file: it is tried once
 * more from its beginning. */
static gboolean
begin_anew (Transfer *transfer)
{
  if (!transfer->was_resumed)
    return FALSE;
  transfer->was_resumed = FALSE;
  return store_empty (&transfer->store, transfer->file);
}

/* The file is whole: it has to be the one that was wanted. */
RequestOutcome
transfer_finish (Transfer *transfer, GError **error)
{
  g_autofree char *wrong = store_compare (&transfer->store, transfer->file);

  if (wrong != NULL && begin_anew (transfer))
    return REQUEST_MOVED;
  if (wrong != NULL)
    {
      store_drop (&transfer->store);
      refuse (transfer, wrong, error);
      return REQUEST_FAILED;
    }
  transfer->file->sha256 = store_keep (&transfer->store, error);
  if (transfer->file->sha256 == NULL)
    return REQUEST_FAILED;
  transfer->file->path = g_strdup (transfer->store.final);
  transfer->is_ready = TRUE;
  return REQUEST_DONE;
}

/* Decides what becomes of the file, as libcurl has ended its request. */
RequestOutcome
transfer_end (Transfer *transfer, CURLcode code, GError **error)
{
  Request *request = &transfer->request;
  gint64 size = transfer->file->size;
  RequestOutcome outcome;

  /* The last byte may have come before the connection broke; or there was no more. */
  if (code != CURLE_OK && request->why == NULL && size >= 0 && transfer->store.have == size)
    code = CURLE_OK;
  else if (code == CURLE_OK && size > transfer->store.have && request->length < 0)
    code = CURLE_PARTIAL_FILE;
  /* Who begins anew each time and gets no further has gained nothing. */
  request->gained = transfer->store.have - transfer->most;
  transfer->most = MAX (transfer->most, transfer->store.have);
  outcome = request_end (request, code);
  if (outcome == REQUEST_DONE)
    return transfer_finish (transfer, error);
  if (outcome != REQUEST_FAILED)
    return outcome;
  if (request->status == 416 && begin_anew (transfer))
    {
      g_clear_pointer (&request->why, g_free);
      return REQUEST_MOVED;
    }
  refuse (transfer, request->why, error);
  return REQUEST_FAILED;
}
