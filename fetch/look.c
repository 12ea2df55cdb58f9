/* SPDX-License-Identifier: BSD-2-Clause */

/* The pages of projects in an index, many at once. */

#include "fetch/room.h"

#include <string.h>

#define AT_ONCE 16
#define CONNECTIONS 6
#define LOOK_MS 100

/* One page. */
typedef struct
{
  const char *project;
  Request request;
  GString *body;
  gboolean is_ready;
} Page;

typedef struct
{
  CURLM *multi;
  GPtrArray *pages; /* Page */
  GHashTable *found;
  guint running, done;
} Looker;

static void
page_free (gpointer data)
{
  Page *page = data;

  request_clear (&page->request);
  g_string_free (page->body, TRUE);
  g_free (page);
}

static gboolean
on_begin (Request *request, gpointer data)
{
  g_string_truncate (((Page *) data)->body, 0);
  return TRUE;
}

static gboolean
on_take (Request *request, const char *bytes, gsize length, gpointer data)
{
  Page *page = data;

  if ((gint64) length > FETCH_PAGE_MOST - (gint64) page->body->len)
    request_fail (request, "it is larger than %" G_GINT64_FORMAT " bytes", FETCH_PAGE_MOST);
  else
    g_string_append_len (page->body, bytes, (gssize) length);
  return request->why == NULL;
}

static void
add_page (Looker *looker, Settings *settings, const char *project)
{
  g_autofree char *text = g_strconcat (settings->index_url, project, "/", NULL);
  Page *page = g_new0 (Page, 1);

  page->project = project;
  page->body = g_string_new (NULL);
  request_init (&page->request, settings, address_parse (NULL, text));
  page->request.accept = "text/html";
  page->request.begin = on_begin;
  page->request.take = on_take;
  page->request.data = page;
  g_ptr_array_add (looker->pages, page);
}

static gboolean
start_some (Looker *looker, GError **error)
{
  for (guint i = 0; i < looker->pages->len && looker->running < AT_ONCE; i++)
    {
      Page *page = looker->pages->pdata[i];

      if (page->is_ready || page->request.curl != NULL
          || page->request.not_before > g_get_monotonic_time ())
        continue;
      if (!request_start (&page->request, error))
        return FALSE;
      curl_easy_setopt (page->request.curl, CURLOPT_PRIVATE, page);
      curl_multi_add_handle (looker->multi, page->request.curl);
      looker->running++;
    }
  return TRUE;
}

static gboolean
end_one (Looker *looker, Page *page, CURLcode code, GError **error)
{
  RequestOutcome outcome = request_end (&page->request, code);

  if (outcome == REQUEST_FAILED)
    {
      g_autofree char *shown = address_shown (page->request.url);

      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot look up '%s' in '%s': %s",
                   page->project, shown, page->request.why);
      return FALSE;
    }
  if (outcome != REQUEST_DONE)
    return TRUE;
  page->is_ready = TRUE;
  looker->done++;
  g_hash_table_insert (looker->found, g_strdup (page->project),
                       page_links (page->request.url, page->body->str, page->body->len));
  return TRUE;
}

static gboolean
end_some (Looker *looker, GError **error)
{
  CURLMsg *message;
  int left;

  while ((message = curl_multi_info_read (looker->multi, &left)) != NULL)
    {
      CURLcode code = message->data.result;
      CURL *curl = message->easy_handle;
      char *private = NULL;

      if (message->msg != CURLMSG_DONE)
        continue;
      curl_easy_getinfo (curl, CURLINFO_PRIVATE, &private);
      curl_multi_remove_handle (looker->multi, curl);
      looker->running--;
      if (!end_one (looker, (Page *) (gpointer) private, code, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
look_all (Looker *looker, GError **error)
{
  int running;

  while (looker->done < looker->pages->len)
    {
      if (!start_some (looker, error))
        return FALSE;
      curl_multi_perform (looker->multi, &running);
      if (!end_some (looker, error))
        return FALSE;
      if (looker->done < looker->pages->len)
        curl_multi_poll (looker->multi, NULL, 0, LOOK_MS, NULL);
    }
  return TRUE;
}

/* What the index of the settings has of each project: name -> GPtrArray of FetchLink. */
GHashTable *
look_run (Settings *settings, const char *const *projects, GError **error)
{
  Looker looker = { .multi = curl_multi_init (),
                    .pages = g_ptr_array_new_with_free_func (page_free),
                    .found = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                    (GDestroyNotify) g_ptr_array_unref) };
  gboolean ok;

  curl_multi_setopt (looker.multi, CURLMOPT_PIPELINING, (long) CURLPIPE_MULTIPLEX);
  curl_multi_setopt (looker.multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long) CONNECTIONS);
  for (guint i = 0; projects[i] != NULL; i++)
    add_page (&looker, settings, projects[i]);
  ok = look_all (&looker, error);
  for (guint i = 0; i < looker.pages->len; i++)
    {
      Page *page = looker.pages->pdata[i];

      if (page->request.curl != NULL)
        curl_multi_remove_handle (looker.multi, page->request.curl);
    }
  g_ptr_array_unref (looker.pages);
  curl_multi_cleanup (looker.multi);
  if (ok)
    return looker.found;
  g_hash_table_unref (looker.found);
  return NULL;
}
