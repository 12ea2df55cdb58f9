/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the pythons room: which interpreters there are, which is asked for, and
 * what it tells of itself.
 *
 *   request.c   which Python is asked for
 *   installs.c  versions side by side, in the folder of one installer (installs.h)
 *   shims.c     programs that hand over to an interpreter
 *   facts.c     what an interpreter tells of itself, when facts.py asks it
 *   pythons.c   what was learnt about interpreters before
 *   discover.c  those that there are, and where installers put them
 *   instead.c   what to say where none is as asked for (instead.h)
 *   project.c   what the project in the current directory asks for
 *   python.c    the base Python, found by all of these
 */

#pragma once

#include "cache/cache.h"

/* request.c: which Python is asked for */

typedef struct
{
  enum
  {
    REQUEST_PATH,
    REQUEST_COMMAND,
    REQUEST_VERSION,
  } kind;
  char *text;                 /* as it was given */
  const char *implementation; /* "cpython"; NULL for any */
  gboolean is_named;          /* something like an implementation was named */
  GArray *demands;            /* Demand */
  gboolean free_threaded;
  gboolean debug;
  guint bits; /* 0 for any */
} Request;

Request *request_parse (const char *text, GError **error);
void request_free (Request *request);
gboolean request_rules_out (const Request *request, const Version *version);
gboolean request_matches (const Request *request, GHashTable *facts, gboolean with_pre_releases);

/* shims.c: programs that hand over to an interpreter */

gboolean shims_is_one (const char *path);
gboolean shims_is_known (const char *path);
char *shims_resolve (const char *path);

/* facts.c: what an interpreter tells of itself */

#define QUERY_SECONDS 30

GHashTable *facts_query (const char *program, guint seconds, GString *text, GError **error);
GHashTable *facts_parse (const char *text, gsize length);
GString *facts_unparse (GHashTable *facts);
gboolean facts_check (GHashTable *facts, const char *program, GError **error) MUST_CHECK;

/* pythons.c: what was learnt about interpreters before */

/* What a builder keeps of it. */
typedef struct
{
  Cache *cache;
  Listener listener;
  GHashTable *asked;      /* program -> facts */
  GHashTable *by_request; /* request or "" -> facts */
} Pythons;

Pythons *pythons_of (VenvbBuilder *builder);
GHashTable *pythons_get (Pythons *pythons, const char *program, guint seconds, GError **error);
GHashTable *pythons_parse_record (const char *text, gsize length, const char *stamp);
gboolean pythons_is_tried (GHashTable *facts, const char *how);
void pythons_set_tried (Pythons *pythons, GHashTable *facts, const char *how);
char *pythons_record (const char *stamp, GHashTable *facts, const GString *text, gsize *length);

/* discover.c: the interpreters that there are */

/* venvb_builder_list_pythons() */

char *discover_find (Pythons *pythons, const Request *request, GError **error);

/* project.c: what the project in the current directory asks for */

Request *project_request (GError **error);
char *project_find (Pythons *pythons, GError **error);

/* python.c: the base Python */

/* venvb_builder_find_python() */

char *python_in_build_tree (const char *dir);
GHashTable *python_facts (Pythons *pythons, const char *request, GError **error);
