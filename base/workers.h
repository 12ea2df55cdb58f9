/* SPDX-License-Identifier: BSD-2-Clause */

/* Work that is done by several processes at once. */

#pragma once

#include <glib.h>

typedef void (*WorkersFunc) (guint job, gpointer data);

typedef struct _Workers Workers;

Workers *workers_start (guint jobs, WorkersFunc func, WorkersFunc end, gpointer data);
void workers_give (Workers *workers, guint job);
void workers_finish (Workers *workers, gboolean all);
void workers_run (guint jobs, WorkersFunc func, WorkersFunc end, gpointer data);
