/* SPDX-License-Identifier: BSD-2-Clause */

/* How far what takes long has come, for who wants to show it.  Steps may be within others.
 * When nobody is watching, nothing is done. */

#pragma once

#include <glib.h>

void progress_begin (const char *step, guint64 total);
void progress_advance (guint64 n);
void progress_set (guint64 done);
void progress_end (void);
void progress_beat (void);
void progress_reset (void);
void progress_forget (void);
int progress_pause (int usual);
