/* SPDX-License-Identifier: BSD-2-Clause */

/* Work that is done by several processes at once. */

#pragma once

#include <glib.h>

typedef void (*WorkersFunc) (guint job, gpointer data);

void workers_run (guint jobs, WorkersFunc func, WorkersFunc end, gpointer data);
