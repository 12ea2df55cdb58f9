/* SPDX-License-Identifier: BSD-2-Clause */

/* What a URL stands for, fetched with libcurl. */

#pragma once

#include <glib.h>

typedef struct
{
  const char *ca_file; /* certificates to trust instead of the system's, or NULL */
  guint seconds;       /* what one request may take */
  gsize max_size;      /* bytes */
} FetchLimits;

/* Tells whether this is a URL that can be fetched: https, http or file. */
gboolean fetch_check_url (const char *url, GError **error);

/* The URL as it may be shown: without user name and password. */
char *fetch_shown_url (const char *url);

/* The last part of the URL's path, decoded; NULL when it is no file name. */
char *fetch_file_name (const char *url);

/* Tells whether others can change what is fetched on its way here. */
gboolean fetch_is_exposed (const char *url);

/* Fetches a URL.  NULL with error set on failure. */
GString *fetch_url (const char *url, const FetchLimits *limits, GError **error);
