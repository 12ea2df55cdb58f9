/* SPDX-License-Identifier: BSD-2-Clause */

/* What is told of a run while it goes on, and of one that would be. */

#pragma once

#include "command/command.h"

/* explain.c */

gboolean explain_pipeline (VenvbBuilder *builder, const Options *options, FILE *out,
                           GError **error);

/* decisions.c */

char *decisions_why_python (const Options *options);
gboolean decisions_is_new (const char *line);
void decisions_hear (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event,
                     VenvbBuilder *builder, const Options *options);

/* progress.c */

void progress_watch (const Options *options);
gboolean progress_is_line (void);
void progress_hear_line (const char *line);
void progress_hide (void);
void progress_clear (void);

/* timings.c */

void timings_hear (VenvbStage stage, VenvbStageEvent event);
void timings_add (const char *stage, double seconds);
void timings_print (double seconds);
