/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a TOML document says, for C.  toml.cc makes it: all that is C++ here.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  NODE_STRING,
  NODE_INTEGER,
  NODE_FLOAT,
  NODE_BOOLEAN,
  NODE_DATE,
  NODE_TIME,
  NODE_DATETIME, /* with or without an offset */
  NODE_ARRAY,
  NODE_TABLE,
} NodeKind;

typedef struct
{
  NodeKind kind;
  guint line;       /* where it begins; 0 where that is not known */
  char *key;        /* in a table; else NULL */
  char *text;       /* of a string: UTF-8, without NULs */
  gint64 number;    /* an integer, a boolean, minutes from UTC of a date with a time */
  gint64 seconds;   /* a date with a time, since 1970, in UTC unless it has an offset */
  GPtrArray *items; /* Node, of an array or a table, in the order of the document or of
                     * their keys */
} Node;

Node *node_new (NodeKind kind, guint line, const char *key);
void node_free (Node *node);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Node, node_free)
const Node *node_get (const Node *table, const char *key);
const char *node_kind_name (NodeKind kind);

/* How far from UTC a date with a time is that has no offset. */
#define NODE_NO_OFFSET G_MAXINT64

/* toml.cc: reads a document of TOML 1.0.  NULL with reason set, to be freed with
 * g_free(), and the line, when it is none. */
Node *toml_read (const char *text, gsize length, char **reason, guint *line);

G_END_DECLS
