/* SPDX-License-Identifier: BSD-2-Clause */

/* URLs, as libcurl reads them: what is judged is what is asked. */

#include "fetch/room.h"

#include <arpa/inet.h>
#include <string.h>

#ifndef CURLU_ALLOW_SPACE
#define CURLU_ALLOW_SPACE 0
#endif

/* Reads a URL, relative to base unless that is NULL; NULL when it is none. */
CURLU *
address_parse (CURLU *base, const char *text)
{
  g_autoptr (CURLU) url = base == NULL ? curl_url () : curl_url_dup (base);

  if (url == NULL
      || curl_url_set (url, CURLUPART_URL, text,
                       CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE)
             != CURLUE_OK)
    return NULL;
  curl_url_set (url, CURLUPART_FRAGMENT, NULL, 0);
  return g_steal_pointer (&url);
}

/* A part of a URL, a new string; NULL when there is none. */
char *
address_part (CURLU *url, CURLUPart which)
{
  char *text = NULL;
  char *copy;
  guint flags = which == CURLUPART_PORT ? CURLU_DEFAULT_PORT : 0;

  if (which == CURLUPART_USER || which == CURLUPART_PASSWORD)
    flags |= CURLU_URLDECODE;
  if (url == NULL || curl_url_get (url, which, &text, flags) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  curl_free (text);
  return copy;
}

/* All of it; "" where that can't be said. */
char *
address_text (CURLU *url)
{
  char *text = address_part (url, CURLUPART_URL);

  return text != NULL ? text : g_strdup ("");
}

/* What may be shown of it: not who asks, nor what is signed. */
char *
address_shown (CURLU *url)
{
  g_autoptr (CURLU) copy = url == NULL ? NULL : curl_url_dup (url);

  if (copy == NULL)
    return g_strdup ("(not a URL)");
  curl_url_set (copy, CURLUPART_USER, NULL, 0);
  curl_url_set (copy, CURLUPART_PASSWORD, NULL, 0);
  curl_url_set (copy, CURLUPART_QUERY, NULL, 0);
  curl_url_set (copy, CURLUPART_FRAGMENT, NULL, 0);
  return address_text (copy);
}

/* Whom it asks: scheme, host and port. */
char *
address_origin (CURLU *url)
{
  g_autofree char *scheme = address_part (url, CURLUPART_SCHEME);
  g_autofree char *host = address_part (url, CURLUPART_HOST);
  g_autofree char *port = address_part (url, CURLUPART_PORT);
  g_autofree char *origin = g_strdup_printf ("%s://%s:%s", scheme != NULL ? scheme : "",
                                             host != NULL ? host : "", port != NULL ? port : "");

  return g_ascii_strdown (origin, -1);
}

/* Tells whether a host is this machine. */
static gboolean
is_loopback (const char *host)
{
  struct in_addr address;

  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_equal (host, "[::1]")
         || (inet_pton (AF_INET, host, &address) == 1 && ntohl (address.s_addr) >> 24 == 127);
}

/* Tells whether a host is in a list, where "*.example.org" is any below that one.  One
 * may be named with its port. */
static gboolean
is_listed (char **list, const char *host, const char *port)
{
  g_autofree char *full = g_strdup_printf ("%s:%s", host, port != NULL ? port : "");

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    {
      gsize host_length = strlen (host), length = strlen (list[i]);

      if (g_ascii_strcasecmp (list[i], host) == 0 || g_ascii_strcasecmp (list[i], full) == 0)
        return TRUE;
      if (g_str_has_prefix (list[i], "*.") && host_length > length - 1
          && g_ascii_strcasecmp (list[i] + 1, host + host_length - (length - 1)) == 0)
        return TRUE;
    }
  return FALSE;
}

/* Tells whether a URL may be asked: by https, without TLS only this machine or who is
 * named; and none but those that are listed. */
gboolean
address_check (const Settings *settings, CURLU *url, GError **error)
{
  g_autofree char *scheme = address_part (url, CURLUPART_SCHEME);
  g_autofree char *host = address_part (url, CURLUPART_HOST);
  g_autofree char *port = address_part (url, CURLUPART_PORT);
  g_autofree char *shown = address_shown (url);
  gboolean is_http = g_strcmp0 (scheme, "http") == 0;

  if (host == NULL || (!is_http && g_strcmp0 (scheme, "https") != 0))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is not fetched: only https and http are", shown);
  else if (is_http && !is_loopback (host) && !is_listed (settings->http_hosts, host, port))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is not fetched: it is not https; where that is meant, say so "
                 "(allow-http=%s)",
                 shown, host);
  else if (settings->hosts != NULL && !is_listed (settings->hosts, host, port))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is not fetched: '%s' is none of the hosts that are allowed (allow-host)",
                 shown, host);
  else
    return TRUE;
  return FALSE;
}
