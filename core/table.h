/* SPDX-License-Identifier: BSD-2-Clause */

/* A plugin's table of options: the core has them read by it, and so has what looks for
 * mistakes in a plugin.  It needs GLib and base/ alone. */

#pragma once

#include "venvb-plugin.h"

/* table.c: the rows */

#define TABLE_OTHERS "*" /* the key of the row that stands for all other keys */

gboolean table_is_zero (const char *bytes, gsize length);
gboolean table_adopt (VenvbPlugin *desc, VenvbOption **rows, GError **error);
const VenvbOption *table_find (const VenvbPlugin *desc, const char *key);
const char *table_kind (const VenvbOption *row);
char *table_help (const VenvbPlugin *desc);
gboolean table_knows (const VenvbPlugin *desc, const char *key);
char *table_nearest (const VenvbPlugin *desc, const char *key);

/* typed.c: their values, in the plugin's data */

gpointer typed_new (const VenvbPlugin *desc);
void typed_free (const VenvbPlugin *desc, gpointer data);
gboolean typed_set (const VenvbPlugin *desc, gpointer data, const char *key, const char *value,
                    const char *start_dir, GError **error);
char *typed_read (const char *key, VenvbOptionKind kind, const char *value, GError **error);
gboolean typed_finish (const VenvbPlugin *desc, gpointer data, GHashTable *given, GError **error);
