/* SPDX-License-Identifier: BSD-2-Clause */

/* What the files of this room share. */

#pragma once

#include "base/base.h"
#include "base/sum.h"

#include "fetch/fetch.h"

#include <curl/curl.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURL, curl_easy_cleanup)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CURLU, curl_url_cleanup)

/* More than this is no wheel, where nobody knows how large one is; and no page. */
#define FETCH_FILE_MOST ((gint64) 8 << 30)
#define FETCH_PAGE_MOST ((gint64) 64 << 20)

/* pipconf.c: pip's own settings */

GHashTable *pipconf_read (void);

/* settings.c: who is asked, by which way */

typedef struct
{
  char *index_url; /* without credentials, ending in '/'; or NULL */
  char *proxy, *ca_file, *client_cert;
  char **hosts;      /* or NULL: any */
  char **http_hosts; /* never NULL */
  guint timeout;
  gboolean keyring;
  GPtrArray *credentials; /* Credential: those that are known */
  char *netrc;            /* its text, or NULL */
} Settings;

Settings *settings_new (const FetchOptions *options, GError **error);
void settings_free (Settings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Settings, settings_free)

/* credentials.c: who may get which */

typedef struct
{
  char *origin; /* https://host:443 */
  char *user, *password;
} Credential;

void credentials_free (gpointer credential);
gboolean credentials_take (Settings *settings, CURLU *url);
const Credential *credentials_for (Settings *settings, CURLU *url);
const Credential *credentials_ask (Settings *settings, CURLU *url);

/* address.c: URLs, and where they may lead */

CURLU *address_parse (CURLU *base, const char *text);
char *address_part (CURLU *url, CURLUPart which);
char *address_text (CURLU *url);
char *address_shown (CURLU *url);
char *address_origin (CURLU *url);
gboolean address_check (const Settings *settings, CURLU *url, GError **error) MUST_CHECK;

/* request.c: one request */

/* What becomes of a request. */
typedef enum
{
  REQUEST_DONE,
  REQUEST_MOVED, /* another URL is to be asked */
  REQUEST_AGAIN, /* after a pause */
  REQUEST_FAILED,
} RequestOutcome;

typedef struct _Request Request;

struct _Request
{
  Settings *settings;
  CURLU *url;
  CURL *curl;
  char detail[CURL_ERROR_SIZE];
  const char *accept; /* of which type, or NULL */
  gint64 from;        /* the first byte that is wanted */
  gboolean has_asked; /* for credentials, after the server has refused */
  guint redirects, tries;
  gint64 not_before; /* on the clock of g_get_monotonic_time() */
  /* What is answered. */
  long status;
  char *location;
  gint64 length, first; /* of the body, and where it begins; or -1 */
  guint wait;           /* seconds, or 0 */
  gint64 gained;        /* what is known now that was not before the last try */
  char *why;            /* what is wrong with it, for good: to be freed */
  /* Takes a part of the body; FALSE with why set.  begin is called before the first. */
  gboolean (*begin) (Request *request, gpointer data);
  gboolean (*take) (Request *request, const char *bytes, gsize length, gpointer data);
  gpointer data;
};

void request_init (Request *request, Settings *settings, CURLU *url);
void request_clear (Request *request);
gboolean request_start (Request *request, GError **error) MUST_CHECK;
RequestOutcome request_end (Request *request, CURLcode code);
void request_fail (Request *request, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* why.c: what is said besides */

char *why_who (Request *request);
char *why_way (const Request *request, CURLcode code, const char *text);

/* store.c: where a file is put */

typedef struct
{
  char *final; /* STORE/KEY/NAME */
  char *part;  /* STORE/KEY.new */
  int lock;    /* of STORE/KEY.lock, or -1 */
  int fd;      /* of what is there of it, or -1 */
  gint64 have;
  gint64 seen; /* how much another run had when it was last looked at, and when */
  gint64 seen_at;
  GPtrArray *sums; /* Sum: of SHA-256, then of each hash */
  guint8 *is_known;
} Store;

typedef enum
{
  STORE_OURS,
  STORE_THERE, /* another run has had it */
  STORE_BUSY,
  STORE_FAILED,
} StoreState;

void store_init (Store *store, const char *dir, const FetchFile *file);
void store_clear (Store *store);
StoreState store_open (Store *store, const FetchFile *file, GError **error);
gboolean store_empty (Store *store, const FetchFile *file);
gboolean store_add (Store *store, const char *bytes, gsize length);
char *store_compare (Store *store, const FetchFile *file);
char *store_keep (Store *store, GError **error);
void store_drop (Store *store);

/* transfer.c: one file */

typedef struct
{
  FetchFile *file;
  Store store;
  Request request;
  gboolean is_open, is_ready, was_resumed;
  gint64 most; /* that was there so far */
} Transfer;

Transfer *transfer_new (const FetchJob *job, Settings *settings, FetchFile *file, GError **error);
void transfer_free (gpointer transfer);
StoreState transfer_open (Transfer *transfer, GError **error);
RequestOutcome transfer_finish (Transfer *transfer, GError **error);
RequestOutcome transfer_end (Transfer *transfer, CURLcode code, GError **error);

/* pool.c: many at once */

gboolean pool_run (const FetchJob *job, Settings *settings, GError **error) MUST_CHECK;

/* look.c: the pages of an index, many at once */

GHashTable *look_run (Settings *settings, const char *const *projects, GError **error);

/* page.c: what an index has of a project */

void page_link_free (gpointer link);
GPtrArray *page_links (CURLU *url, const char *text, gsize length);
