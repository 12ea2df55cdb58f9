/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Fetches a URL.  Redirects are followed here rather than by libcurl, one
 * request each, so that none leads from https to http by way of a third, or
 * to a file.  The URL that is verified is the one that libcurl uses: nothing
 * is parsed twice, by different rules.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "fetch.h"

#include "venvb-plugin.h"

#include <curl/curl.h>
#include <string.h>

#define CONNECT_SECONDS 30
#define MAX_REDIRECTS 10

/* Blanks in a URL are encoded; libcurl before 7.78 refuses them. */
#ifndef CURLU_ALLOW_SPACE
#define CURLU_ALLOW_SPACE 0
#endif

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURL, curl_easy_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

/* The answer to one request. */
typedef struct
{
  GString *body;
  gsize max_size;
  gboolean too_large;
  long status;    /* of HTTP; 0 for a file */
  char *location; /* where a redirect leads, as the server says it, or NULL */
} Reply;

/* Reads a URL by libcurl's rules, relative to base unless that is NULL.  One
 * whose scheme libcurl does not know is read, too, so that it can be refused by
 * name. */
static CURLU *
parse_from (CURLU *base, const char *text)
{
  g_autoptr (CURLU) url = base == NULL ? curl_url () : curl_url_dup (base);

  if (url == NULL
      || curl_url_set (url, CURLUPART_URL, text,
                       CURLU_NON_SUPPORT_SCHEME | CURLU_URLENCODE | CURLU_ALLOW_SPACE)
             != CURLUE_OK)
    return NULL;
  return g_steal_pointer (&url);
}

static CURLU *
parse (const char *text)
{
  return parse_from (NULL, text);
}

/* A part of a URL, a new string; NULL when there is none. */
static char *
get_part (CURLU *url, CURLUPart which)
{
  char *text = NULL;
  char *copy;

  if (url == NULL || curl_url_get (url, which, &text, 0) != CURLUE_OK)
    return NULL;
  copy = g_strdup (text);
  curl_free (text);
  return copy;
}

gboolean
fetch_check_url (const char *text, GError **error)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree char *scheme = get_part (url, CURLUPART_SCHEME);

  if (scheme == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "'%s' is not a URL", text);
  else if (!g_str_equal (scheme, "https") && !g_str_equal (scheme, "http")
           && !g_str_equal (scheme, "file"))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "a URL of the kind '%s' can't be fetched; https, http and file can", scheme);
  else
    return TRUE;
  return FALSE;
}

char *
fetch_shown_url (const char *text)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree char *shown = NULL;

  if (url != NULL)
    {
      curl_url_set (url, CURLUPART_USER, NULL, 0);
      curl_url_set (url, CURLUPART_PASSWORD, NULL, 0);
    }
  shown = get_part (url, CURLUPART_URL);
  return shown != NULL ? g_steal_pointer (&shown) : g_strdup ("(not a URL)");
}

char *
fetch_file_name (const char *text)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree char *path = get_part (url, CURLUPART_PATH);
  const char *slash = path == NULL ? NULL : strrchr (path, '/');

  return slash == NULL || slash[1] == '\0' ? NULL : g_uri_unescape_string (slash + 1, "/");
}

gboolean
fetch_is_exposed (const char *text)
{
  g_autoptr (CURLU) url = parse (text);
  g_autofree char *scheme = get_part (url, CURLUPART_SCHEME);
  g_autofree char *host = get_part (url, CURLUPART_HOST);

  return g_strcmp0 (scheme, "http") == 0 && host != NULL && !g_str_equal (host, "localhost")
         && !g_str_equal (host, "[::1]") && !g_str_has_prefix (host, "127.");
}

/* Takes what libcurl has received, up to the largest size allowed. */
static size_t
receive (char *bytes, size_t size, size_t count, void *data)
{
  Reply *reply = data;

  reply->too_large = size * count > reply->max_size - reply->body->len;
  if (reply->too_large)
    return 0;
  g_string_append_len (reply->body, bytes, size * count);
  return size * count;
}

/* Notes where the last answer redirects to: a proxy's may come before it. */
static size_t
note_location (char *line, size_t size, size_t count, void *data)
{
  static const char name[] = "Location:";
  const gsize length = size * count;
  Reply *reply = data;

  if (length >= 5 && g_ascii_strncasecmp (line, "HTTP/", 5) == 0)
    g_clear_pointer (&reply->location, g_free);
  if (length < sizeof name || g_ascii_strncasecmp (line, name, sizeof name - 1) != 0)
    return length;
  g_free (reply->location);
  reply->location = g_strstrip (g_strndup (line + sizeof name - 1, length - (sizeof name - 1)));
  return length;
}

/* Says why libcurl failed. */
static void
explain (CURL *curl, const Reply *reply, CURLcode code, const char *detail,
         const FetchLimits *limits, GError **error)
{
  g_autofree char *text = g_strdup (detail[0] != '\0' ? detail : curl_easy_strerror (code));
  long os_error = 0;

  curl_easy_getinfo (curl, CURLINFO_OS_ERRNO, &os_error);
  g_strdelimit (g_strchomp (text), "\n\r", ' ');
  if (reply->too_large || code == CURLE_FILESIZE_EXCEEDED)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "it is larger than %" G_GSIZE_FORMAT " bytes", limits->max_size);
  else if (code == CURLE_OPERATION_TIMEDOUT)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no answer in time: %s", text);
  else if (code == CURLE_COULDNT_CONNECT && os_error != 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s: %s", text, g_strerror (os_error));
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s", text);
}

/* Sets what holds for every request.  Certificates are verified, which is
 * libcurl's default, said here because it is relied on. */
static void
configure (CURL *curl, CURLU *url, const FetchLimits *limits, Reply *reply)
{
  curl_easy_setopt (curl, CURLOPT_CURLU, url);
  curl_easy_setopt (curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt (curl, CURLOPT_SSL_VERIFYHOST, 2L);
  if (limits->ca_file != NULL)
    curl_easy_setopt (curl, CURLOPT_CAINFO, limits->ca_file);
  curl_easy_setopt (curl, CURLOPT_CONNECTTIMEOUT, (long) MIN (CONNECT_SECONDS, limits->seconds));
  curl_easy_setopt (curl, CURLOPT_TIMEOUT, (long) limits->seconds);
  curl_easy_setopt (curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) limits->max_size);
  curl_easy_setopt (curl, CURLOPT_USERAGENT, "venvb/" VENVB_VERSION);
  curl_easy_setopt (curl, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt (curl, CURLOPT_WRITEDATA, reply);
  curl_easy_setopt (curl, CURLOPT_HEADERFUNCTION, note_location);
  curl_easy_setopt (curl, CURLOPT_HEADERDATA, reply);
}

/* Makes one request.  What follows the header of a redirect is not wanted, so it
 * may be cut off: many servers end it without saying so. */
static gboolean
request (CURLU *url, const FetchLimits *limits, Reply *reply, GError **error)
{
  g_autoptr (CURL) curl = curl_easy_init ();
  char detail[CURL_ERROR_SIZE] = "";
  CURLcode code;

  if (curl == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "libcurl can't be used");
      return FALSE;
    }
  configure (curl, url, limits, reply);
  curl_easy_setopt (curl, CURLOPT_ERRORBUFFER, detail);
  code = curl_easy_perform (curl);
  curl_easy_getinfo (curl, CURLINFO_RESPONSE_CODE, &reply->status);
  if (reply->status / 100 != 3 || g_strcmp0 (reply->location, "") == 0)
    g_clear_pointer (&reply->location, g_free);
  if (code == CURLE_OK || reply->location != NULL)
    return TRUE;
  explain (curl, reply, code, detail, limits, error);
  return FALSE;
}

/* Where a redirect leads.  From https only to https, from http to http and
 * https, and to nothing else: NULL with error set. */
static CURLU *
follow (CURLU *from, const char *location, GError **error)
{
  g_autoptr (CURLU) to = parse_from (from, location);
  g_autofree char *old = get_part (from, CURLUPART_SCHEME);
  g_autofree char *new = get_part (to, CURLUPART_SCHEME);
  g_autofree char *shown = fetch_shown_url (location);

  if (g_strcmp0 (new, "https") == 0
      || (g_strcmp0 (new, "http") == 0 && g_strcmp0 (old, "http") == 0))
    return g_steal_pointer (&to);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "refusing to be redirected from %s to '%s'",
               old, shown);
  return NULL;
}

/* Refuses a directory, of which older versions of libcurl make nothing, and newer
 * ones a list of what is in it. */
static gboolean
check_file (CURLU *url, GError **error)
{
  g_autofree char *scheme = get_part (url, CURLUPART_SCHEME);
  g_autofree char *path = get_part (url, CURLUPART_PATH);
  g_autofree char *file = path == NULL ? NULL : g_uri_unescape_string (path, NULL);

  if (g_strcmp0 (scheme, "file") != 0 || file == NULL || !g_file_test (file, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is a directory", file);
  return FALSE;
}

/* Judges the last answer.  One without a byte is no script. */
static gboolean
check_reply (CURLU *url, const Reply *reply, GError **error)
{
  g_autofree char *text = get_part (url, CURLUPART_URL);
  g_autofree char *shown = fetch_shown_url (text != NULL ? text : "");

  if (reply->status != 0 && reply->status != 200)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "HTTP status %ld%s for '%s'",
                 reply->status, reply->status == 404 ? " (not found)" : "", shown);
  else if (reply->body->len == 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "there is nothing in '%s'", shown);
  else
    return TRUE;
  return FALSE;
}

/* Makes requests until one is no redirect.  The body is that of the last. */
static gboolean
request_all (const char *text, const FetchLimits *limits, GString *body, GError **error)
{
  g_autoptr (CURLU) url = parse (text);

  if (url != NULL && !check_file (url, error))
    return FALSE;
  for (guint i = 0; url != NULL && i <= MAX_REDIRECTS; i++)
    {
      Reply reply = { .body = g_string_truncate (body, 0), .max_size = limits->max_size };
      g_autofree char *location = NULL;
      CURLU *next;

      if (!request (url, limits, &reply, error))
        return FALSE;
      location = reply.location;
      if (location == NULL)
        return check_reply (url, &reply, error);
      next = follow (url, location, error);
      if (next == NULL)
        return FALSE;
      curl_url_cleanup (url);
      url = next;
    }
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "more than %d redirects", MAX_REDIRECTS);
  return FALSE;
}

GString *
fetch_url (const char *text, const FetchLimits *limits, GError **error)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *shown = fetch_shown_url (text);
  gboolean ok;

  curl_global_init (CURL_GLOBAL_DEFAULT);
  ok = request_all (text, limits, body, error);
  curl_global_cleanup ();
  if (ok)
    return g_steal_pointer (&body);
  g_prefix_error (error, "cannot fetch '%s': ", shown);
  return NULL;
}
