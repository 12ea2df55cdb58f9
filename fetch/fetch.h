/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the fetch room: files come from servers, each known by its hashes before it
 * is asked for.  It knows nothing of locks.
 *
 *   module.c     what it has for others
 *     | settings.c   who is asked, by which way: options, variables, pip's settings
 *     |              (pipconf.c)
 *     | pool.c       many files at once: what is next, what is tried again, and when
 *     | look.c       the pages of an index; page.c what is in one
 *     v
 *   transfer.c   one of them: its requests, and what comes; store.c where it is put
 *     | request.c    one request: what is sent, what is answered; why.c what is said of that
 *     v
 *   address.c    URLs, and where they may lead; credentials.c who may get which
 *
 * The room is a module of its own, fetch.so, so that who fetches nothing has neither it
 * nor libcurl.  Who wants it loads it with module_load().
 */

#pragma once

#include "config.h"

#include <glib.h>

#include "venvb.h"

/* A file that is to be had. */
typedef struct
{
  const char *name; /* of the file, without a directory */
  const char *key;  /* the directory that it is kept in: its own, by a hash */
  const char *url;  /* or NULL: an index has to know */
  gint64 size;      /* or -1 */
  /* "sha256=HEX": all that are known have to be right; with any, one.  Ends in NULL. */
  const char *const *hashes;
  gboolean any;

  char *path;   /* where it is now: free with g_free() */
  char *sha256; /* of it, likewise */
} FetchFile;

/* A file that an index has. */
typedef struct
{
  char *name;
  char *url;
  char *hash; /* "sha256=HEX", or NULL */
} FetchLink;

/* What is told while files come: a count and bytes, of those that are wanted.  bytes_wanted
 * is -1 as long as it is not known. */
typedef struct
{
  guint done, wanted;
  gint64 bytes, bytes_wanted;
} FetchProgress;

typedef void (*FetchHears) (const FetchProgress *progress, gpointer data);

/* A file is there, and right. */
typedef void (*FetchHas) (const FetchFile *file, gpointer data);

/* How files are to be had.  Lists end in NULL, or are NULL. */
typedef struct
{
  const char *index_url;          /* takes the place of what a file's URL says; or NULL */
  const char *fallback_index_url; /* where neither that nor pip's settings have one; or NULL */
  gboolean no_index;              /* but for index_url, there is to be none */
  const char *const *hosts;       /* none but these may be asked */
  const char *const *http_hosts;  /* they may be asked without TLS */
  const char *proxy, *ca_file, *client_cert;
  guint timeout;     /* in seconds, without a byte; 0 for 30 */
  gboolean keyring;  /* a program may be asked for credentials */
  gboolean not_pips; /* pip's settings don't count */
} FetchOptions;

typedef struct
{
  const FetchOptions *options;
  const char *store; /* an absolute directory, which is there: STORE/KEY/NAME */
  GPtrArray *files;  /* FetchFile */
  FetchHears hears;  /* or NULL */
  FetchHas has;      /* or NULL */
  gpointer data;
} FetchJob;

/* What the module exports: one constant table. */

#define FETCH_MODULE_FILE "fetch.so"
#define FETCH_MODULE_SYMBOL "venvb_fetch"
#define FETCH_MODULE_VERSION 2

typedef struct
{
  guint version;
  /* Gets all files, or fails: then error names the first that could not be had, and what
   * is there of the others stays for the next run. */
  gboolean (*run) (const FetchJob *job, GError **error);
  /* Tells whether nothing is asked of who may not be asked: before anything is opened. */
  gboolean (*check) (const FetchOptions *options, const char *url, GError **error);
  /* What an index has of each of these projects, which are normalised: name -> GPtrArray of
   * FetchLink; free with g_hash_table_unref().  NULL with error set on failure. */
  GHashTable *(*look) (const FetchOptions *options, const char *const *projects, GError **error);
  /* Tells whether files come from an index, wherever their URLs lead. */
  gboolean (*has_index) (const FetchOptions *options);
} FetchModule;
