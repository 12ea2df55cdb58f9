/* SPDX-License-Identifier: BSD-2-Clause */

/* The RECORD files of an environment, which list what is installed ("recording
 * installed projects" specification), as far as they list scripts. */

#pragma once

#include "venvb-plugin.h"

typedef struct _Records Records;

/* Reads all of them; one that is a link, or no regular file, is an error.  Where
 * a link leads to a project, that is not the environment's. */
Records *records_read (VenvbContext *ctx, GError **error);
void records_free (Records *records);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Records, records_free)

/* Tells whether one of them lists a file in the bin directory. */
gboolean records_has (const Records *records, const char *name);

/* Notes what is in a file of the bin directory now. */
void records_set (Records *records, const char *name, const char *data, gsize length);

/* Writes those that have changed, and has ctx, unless it is NULL, remember what
 * they were. */
gboolean records_write (Records *records, VenvbContext *ctx, GError **error);
