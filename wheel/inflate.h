/* SPDX-License-Identifier: BSD-2-Clause */

/* Entries of an archive that are unpacked in one go. */

#pragma once

#include <glib.h>
#include <zip.h>

/* More than this is never held in memory: what is larger comes piece by piece. */
#define INFLATE_MOST (8 * 1024 * 1024)

typedef struct _Inflate Inflate;

Inflate *inflate_new (void);
void inflate_free (Inflate *inflate);
const void *inflate_entry (Inflate *inflate, const guint8 *packed, const zip_stat_t *st);
