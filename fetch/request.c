/* SPDX-License-Identifier: BSD-2-Clause */

/* One request.  Redirects are followed here rather than by libcurl, one request each: each
 * is judged like the first, and gets the credentials of who is asked, and no others. */

#include "fetch/room.h"

#include <stdlib.h>
#include <string.h>

#define REDIRECTS_MOST 10
#define TRIES_MOST 5
#define CONNECT_SECONDS 20
#define WAIT_MOST 120 /* seconds, that a server may ask for */

/* What has to come that a try counts as none. */
#define PROGRESS (256 << 10)

void
request_init (Request *request, Settings *settings, CURLU *url)
{
  memset (request, 0, sizeof *request);
  request->settings = settings;
  request->url = url;
}

void
request_clear (Request *request)
{
  g_clear_pointer (&request->curl, curl_easy_cleanup);
  g_clear_pointer (&request->url, curl_url_cleanup);
  g_clear_pointer (&request->location, g_free);
  g_clear_pointer (&request->why, g_free);
}

/* Notes what is wrong for good; the first holds. */
void
request_fail (Request *request, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  if (request->why == NULL)
    request->why = g_strdup_vprintf (format, args);
  va_end (args);
}

/* --- What is answered ---------------------------------------------------- */

/* The value of a header of that name; NULL when it is another: free with g_free(). */
static char *
header_value (const char *line, gsize length, const char *name)
{
  gsize n = strlen (name);

  if (length <= n || line[n] != ':' || g_ascii_strncasecmp (line, name, n) != 0)
    return NULL;
  return g_strstrip (g_strndup (line + n + 1, length - n - 1));
}

static void
begin_answer (Request *request)
{
  request->length = request->first = -1;
  request->wait = 0;
  g_clear_pointer (&request->location, g_free);
}

/* Seconds, or a date. */
static guint
read_wait (const char *text)
{
  gint64 seconds = g_ascii_isdigit (*text)
                       ? g_ascii_strtoll (text, NULL, 10)
                       : (gint64) curl_getdate (text, NULL) - g_get_real_time () / G_USEC_PER_SEC;

  return (guint) CLAMP (seconds, 0, 24 * 60 * 60);
}

static size_t
on_header (char *line, size_t size, size_t count, void *data)
{
  const gsize length = size * count;
  Request *request = data;
  g_autofree char *location = header_value (line, length, "Location");
  g_autofree char *bytes = header_value (line, length, "Content-Length");
  g_autofree char *range = header_value (line, length, "Content-Range");
  g_autofree char *wait = header_value (line, length, "Retry-After");

  if (length >= 5 && g_ascii_strncasecmp (line, "HTTP/", 5) == 0)
    begin_answer (request);
  if (location != NULL)
    {
      g_free (request->location);
      request->location = g_steal_pointer (&location);
    }
  if (bytes != NULL)
    request->length = g_ascii_strtoll (bytes, NULL, 10);
  if (range != NULL && g_ascii_strncasecmp (range, "bytes ", 6) == 0)
    request->first = g_ascii_strtoll (range + 6, NULL, 10);
  if (wait != NULL)
    request->wait = read_wait (wait);
  return length;
}

/* Takes a part of the body; that of an answer which is no file is left. */
static size_t
on_body (char *bytes, size_t size, size_t count, void *data)
{
  const gsize length = size * count;
  Request *request = data;

  if (request->status == 0)
    {
      curl_easy_getinfo (request->curl, CURLINFO_RESPONSE_CODE, &request->status);
      if ((request->status == 200 || request->status == 206)
          && !request->begin (request, request->data))
        return 0;
    }
  if (request->status != 200 && request->status != 206)
    return 0;
  if (!request->take (request, bytes, length, request->data))
    return 0;
  return length;
}

/* --- What is sent --------------------------------------------------------- */

/* Says who asks, if that server is to know. */
static void
authenticate (Request *request)
{
  const Credential *credential = credentials_for (request->settings, request->url);

  curl_easy_setopt (request->curl, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);
  if (credential == NULL)
    return;
  curl_easy_setopt (request->curl, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
  curl_easy_setopt (request->curl, CURLOPT_USERNAME, credential->user);
  curl_easy_setopt (request->curl, CURLOPT_PASSWORD, credential->password);
}

/* Certificates are verified, which is libcurl's default, said here because it is relied
 * on. */
static void
set_trust (Request *request)
{
  const Settings *settings = request->settings;

  curl_easy_setopt (request->curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt (request->curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (settings->ca_file != NULL && g_file_test (settings->ca_file, G_FILE_TEST_IS_DIR))
    curl_easy_setopt (request->curl, CURLOPT_CAPATH, settings->ca_file);
  else if (settings->ca_file != NULL)
    curl_easy_setopt (request->curl, CURLOPT_CAINFO, settings->ca_file);
  if (settings->client_cert != NULL)
    {
      curl_easy_setopt (request->curl, CURLOPT_SSLCERT, settings->client_cert);
      curl_easy_setopt (request->curl, CURLOPT_SSLKEY, settings->client_cert);
    }
  if (settings->proxy != NULL)
    curl_easy_setopt (request->curl, CURLOPT_PROXY, settings->proxy);
}

/* A connection that may turn out to be for many requests is waited for; without TLS none is,
 * and who waited would do so until a whole file had come. */
static gboolean
may_share (const Request *request)
{
  g_autofree char *scheme = address_part (request->url, CURLUPART_SCHEME);

  return g_strcmp0 (scheme, "https") == 0;
}

static void
set_limits (Request *request)
{
  curl_easy_setopt (request->curl, CURLOPT_CONNECTTIMEOUT,
                    (long) MIN (CONNECT_SECONDS, request->settings->timeout));
  curl_easy_setopt (request->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt (request->curl, CURLOPT_LOW_SPEED_TIME, (long) request->settings->timeout);
  curl_easy_setopt (request->curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt (request->curl, CURLOPT_PIPEWAIT, (long) may_share (request));
  curl_easy_setopt (request->curl, CURLOPT_FOLLOWLOCATION, 0L);
}

static void
set_headers (Request *request)
{
  g_autofree char *range = g_strdup_printf ("%" G_GINT64_FORMAT "-", request->from);

  if (request->from > 0)
    curl_easy_setopt (request->curl, CURLOPT_RANGE, range);
  if (request->accept != NULL) /* a page, not a file: it may be compressed */
    curl_easy_setopt (request->curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt (request->curl, CURLOPT_USERAGENT, "venvb/" VENVB_VERSION);
}

/* Makes a request ready; FALSE with error set when that may not be asked for. */
gboolean
request_start (Request *request, GError **error)
{
  if (!address_check (request->settings, request->url, error))
    return FALSE;
  g_clear_pointer (&request->curl, curl_easy_cleanup);
  request->curl = curl_easy_init ();
  if (request->curl == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "libcurl can't be used");
      return FALSE;
    }
  request->status = 0;
  request->detail[0] = '\0';
  begin_answer (request);
  set_trust (request);
  set_limits (request);
  set_headers (request);
  authenticate (request);
  curl_easy_setopt (request->curl, CURLOPT_CURLU, request->url);
  curl_easy_setopt (request->curl, CURLOPT_ERRORBUFFER, request->detail);
  curl_easy_setopt (request->curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (request->curl, CURLOPT_WRITEDATA, request);
  curl_easy_setopt (request->curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (request->curl, CURLOPT_HEADERDATA, request);
  return TRUE;
}

/* --- What becomes of it --------------------------------------------------- */

/* Tries again after a pause, that grows, as long as there is hope. */
static RequestOutcome
try_again (Request *request, const char *what)
{
  gint64 pause = (gint64) (G_USEC_PER_SEC / 4) << MIN (request->tries, 6);

  if (request->gained >= PROGRESS)
    request->tries = 0;
  request->gained = 0;
  if (++request->tries >= TRIES_MOST || request->wait > WAIT_MOST)
    {
      if (request->wait > WAIT_MOST)
        request_fail (request, "%s: try again in %u seconds", what, request->wait);
      else
        request_fail (request, "%s, %u times", what, request->tries);
      return REQUEST_FAILED;
    }
  if (request->wait > 0)
    pause = request->wait * G_USEC_PER_SEC;
  request->not_before = g_get_monotonic_time () + pause;
  return REQUEST_AGAIN;
}

/* Goes where a server leads. */
static RequestOutcome
follow (Request *request)
{
  CURLU *to = address_parse (request->url, request->location);
  g_autofree char *old = address_part (request->url, CURLUPART_SCHEME);
  g_autofree char *new = address_part (to, CURLUPART_SCHEME);
  g_autofree char *shown = address_shown (to);
  g_autoptr (GError) why = NULL;

  if (to == NULL || ++request->redirects > REDIRECTS_MOST)
    request_fail (request, to == NULL ? "it leads to what is not a URL" : "it leads on and on");
  else if (g_strcmp0 (old, "https") == 0 && g_strcmp0 (new, "https") != 0)
    request_fail (request, "it leads from https to '%s'", shown);
  else if (!address_check (request->settings, to, &why))
    request_fail (request, "it leads elsewhere: %s", why->message);
  if (request->why != NULL)
    {
      curl_url_cleanup (to);
      return REQUEST_FAILED;
    }
  /* Who leads us there has no say in who we are. */
  curl_url_set (to, CURLUPART_USER, NULL, 0);
  curl_url_set (to, CURLUPART_PASSWORD, NULL, 0);
  curl_url_cleanup (request->url);
  request->url = to;
  return REQUEST_MOVED;
}

/* Judges an answer that is no file. */
static RequestOutcome
judge_status (Request *request)
{
  g_autofree char *what = g_strdup_printf ("HTTP status %ld", request->status);
  g_autofree char *who = NULL;

  switch (request->status)
    {
    case 408:
    case 425:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504:
      return try_again (request, what);
    case 401:
    case 403:
      if (!request->has_asked && credentials_ask (request->settings, request->url) != NULL)
        {
          request->has_asked = TRUE;
          return REQUEST_MOVED;
        }
      who = request->status == 401 ? why_who (request) : g_strdup ("forbidden");
      request_fail (request, "%s (%s)", what, who);
      break;
    case 404:
    case 410:
      request_fail (request, "%s (not found)", what);
      break;
    default:
      request_fail (request, "%s", what);
    }
  return REQUEST_FAILED;
}

/* Tells whether it may be otherwise the next time. */
static gboolean
may_pass (CURLcode code)
{
  static const CURLcode passing[] = {
    CURLE_COULDNT_RESOLVE_PROXY,
    CURLE_COULDNT_RESOLVE_HOST,
    CURLE_COULDNT_CONNECT,
    CURLE_PARTIAL_FILE,
    CURLE_OPERATION_TIMEDOUT,
    CURLE_SSL_CONNECT_ERROR,
    CURLE_GOT_NOTHING,
    CURLE_SEND_ERROR,
    CURLE_RECV_ERROR,
    CURLE_HTTP2,
    CURLE_HTTP2_STREAM,
    CURLE_HTTP3,
  };

  for (guint i = 0; i < G_N_ELEMENTS (passing); i++)
    if (passing[i] == code)
      return TRUE;
  return FALSE;
}

/* Decides what becomes of a request that libcurl has ended. */
RequestOutcome
request_end (Request *request, CURLcode code)
{
  g_autofree char *text = why_way (
      request, code, request->detail[0] != '\0' ? request->detail : curl_easy_strerror (code));

  g_strdelimit (g_strchomp (text), "\n\r", ' ');
  curl_easy_getinfo (request->curl, CURLINFO_RESPONSE_CODE, &request->status);
  g_clear_pointer (&request->curl, curl_easy_cleanup);
  if (request->why != NULL)
    return REQUEST_FAILED;
  if (request->status / 100 == 3 && request->location != NULL && request->location[0] != '\0')
    return follow (request);
  if (request->status >= 300)
    return judge_status (request);
  if (code == CURLE_OK && (request->status == 200 || request->status == 206))
    return REQUEST_DONE;
  if (code == CURLE_OK)
    return judge_status (request);
  if (may_pass (code))
    return try_again (request, text);
  request_fail (request, "%s", text);
  return REQUEST_FAILED;
}
