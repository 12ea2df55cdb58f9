/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What --json prints, in which each line is an object of command/venvb.schema.json.
 *
 *   report.c      objects, environments and failures
 *   installed.c   what is installed in an environment
 *   answers.c     what was asked: plugins, settings and stages, the cache
 */

#pragma once

#include "command/command.h"

/* report.c */

gboolean report_is_wanted (char **argv);
void report_begin (void);
void report_answered (void);
void report_warning (const char *line);
void report_stage (VenvbContext *ctx, VenvbStage stage, VenvbStageEvent event);
GString *report_new (const char *kind);
void report_end (GString *json, FILE *out);
void report_error (GString *json, const GError *error, int number);
void report_context (VenvbContext *ctx, FILE *out);
void report_failure (const GError *error, int status, int number, FILE *out);

/* installed.c */

void installed_json (VenvbContext *ctx, GString *json);

/* answers.c */

void answers_plugins (VenvbBuilder *builder, FILE *out);
gboolean answers_plugin (VenvbBuilder *builder, const char *name, FILE *out, GError **error);
void answers_cache (VenvbBuilder *builder, FILE *out);
gboolean answers_pipeline (VenvbBuilder *builder, const Options *options, FILE *out,
                           GError **error);
