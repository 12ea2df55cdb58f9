/* SPDX-License-Identifier: BSD-2-Clause */

/* What the module exports. */

#include "fetch/room.h"

static gboolean
run (const FetchJob *job, GError **error)
{
  g_autoptr (Settings) settings = NULL;
  gboolean ok;

  curl_global_init (CURL_GLOBAL_DEFAULT);
  sum_hurry ();
  settings = settings_new (job->options, error);
  ok = settings != NULL && pool_run (job, settings, error);
  curl_global_cleanup ();
  return ok;
}

static gboolean
check (const FetchOptions *options, const char *text, GError **error)
{
  g_autoptr (Settings) settings = settings_new (options, error);
  g_autoptr (CURLU) url = settings == NULL ? NULL : address_parse (NULL, text);

  return settings != NULL && address_check (settings, url, error);
}

static GHashTable *
look (const FetchOptions *options, const char *const *projects, GError **error)
{
  g_autoptr (Settings) settings = NULL;
  GHashTable *found;

  curl_global_init (CURL_GLOBAL_DEFAULT);
  settings = settings_new (options, error);
  found = settings == NULL ? NULL : look_run (settings, projects, error);
  curl_global_cleanup ();
  return found;
}

static gboolean
has_index (const FetchOptions *options)
{
  g_autoptr (Settings) settings = settings_new (options, NULL);

  return settings == NULL || settings->index_url != NULL;
}

extern const FetchModule venvb_fetch;

__attribute__ ((visibility ("default"))) const FetchModule venvb_fetch = {
  .version = FETCH_MODULE_VERSION,
  .run = run,
  .check = check,
  .look = look,
  .has_index = has_index,
};
