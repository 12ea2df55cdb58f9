/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Checksums: the one table of what there is, and what computes them.  That is GLib, or
 * the module sums.so, which has the processor's own instructions for it and is many
 * times as fast: it takes a millisecond to load, so it is for who has megabytes to sum.
 */

#pragma once

#include <glib.h>

#define SUM_SIZE_MOST 64

typedef struct _Sum Sum;

void sum_hurry (void);
gboolean sum_is_fast (void);
gsize sum_size (const char *algorithm, gssize length);
gboolean sum_is_good (const char *algorithm, gssize length);
Sum *sum_new (const char *algorithm, gssize length);
void sum_free (Sum *sum);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sum, sum_free)
void sum_update (Sum *sum, const void *data, gsize length);
const char *sum_hex (Sum *sum);
char *sum_record (Sum *sum);

/* What the module exports: a constant table. */

#define SUM_MODULE_SYMBOL "venvb_sums"
#define SUM_MODULE_VERSION 1

typedef struct
{
  guint version;
  gpointer (*start) (const char *algorithm); /* NULL where it can't */
  void (*update) (gpointer state, const void *data, gsize length);
  void (*end) (gpointer state, guint8 *digest); /* digest may be NULL; frees state */
} SumModule;
