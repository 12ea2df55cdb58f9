/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the core, as the rooms above see it.  The core is the engine: it
 * runs the create pipeline, and loads plugins for each stage.
 *
 *   settings  ->  builder  ->  for each ENV_DIR: a context  ->  the stages in
 *   order  ->  one environment, or what was there before
 *
 *                         +-- hook --+
 *   pipeline.c:  stage -> |  plugin  |  each calls venvb_next()
 *                         |   ...    |
 *                         +-- base --+  whom builder_new() was given
 *
 * What a stage does is not known here.  core/room.h is the map for those
 * inside; builders and contexts have no members for others.  What another room
 * keeps with a builder or a context is a part of its own.
 */

#pragma once

#include "base/base.h"

#define N_STAGES (VENVB_STAGE_INSTALL_SCRIPT + 1)
#define N_ATTRS (VENVB_ATTR_LINK_TARGET + 1)
#define N_FLAGS (VENVB_FLAG_DRY_RUN + 1)

/* parts.c: what other rooms keep with a builder or a context */

typedef struct
{
  gpointer (*make) (gpointer owner); /* when it is first asked for */
  GDestroyNotify destroy;            /* with its owner */
  GDestroyNotify rest;               /* a run is over; or NULL */
  GDestroyNotify forget;             /* of a context: a try has failed, another follows; or NULL */
} PartKind;

/* builder.c: settings in */

VenvbBuilder *builder_new (const VenvbPlugin *base);
gpointer builder_part (VenvbBuilder *builder, const PartKind *kind);
const char *builder_python (const VenvbBuilder *builder);
const char *builder_python_origin (const VenvbBuilder *builder, const char *request);
Listener builder_listener (VenvbBuilder *builder);

/* context.c: what is known of one environment */

VenvbContext *context_new (VenvbBuilder *builder, const char *env_dir, GError **error);
void context_free (VenvbContext *ctx);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VenvbContext, context_free)
VenvbBuilder *context_builder (const VenvbContext *ctx);
gpointer context_part (VenvbContext *ctx, const PartKind *kind);
Listener context_listener (VenvbContext *ctx);
char **context_command (const VenvbContext *ctx);
void context_put (VenvbContext *ctx, VenvbAttr attr, const char *value);
const char *context_setter (const VenvbContext *ctx, VenvbAttr attr);
gboolean context_check_name (const VenvbContext *ctx, const char *what, const char *path,
                             GError **error) MUST_CHECK;
gboolean context_has_prompt (const VenvbContext *ctx);
gboolean context_was_empty (const VenvbContext *ctx);
gboolean context_will_show_base (const VenvbContext *ctx);
const char *context_make_temp (const VenvbContext *ctx);
void context_remove_temp (const VenvbContext *ctx);
gboolean context_is_at_work (const VenvbContext *ctx);
gboolean context_is_still (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean context_expect_program (VenvbContext *ctx, GError **error) MUST_CHECK;
GHashTable *context_facts (const VenvbContext *ctx);
void context_take_facts (VenvbContext *ctx, GHashTable *facts);

/* pipeline.c: the stages, their order, their chains */

gboolean pipeline_run (VenvbContext *ctx, VenvbStage stage, GError **error) MUST_CHECK;

/* create.c: environments out */

gboolean create_stages (VenvbContext *ctx, GError **error) MUST_CHECK;
gboolean create_clear (VenvbContext *ctx, GError **error) MUST_CHECK;

/* would.c: what a run would do */

gboolean would_hold (VenvbContext *ctx, const char *program, GError **error);

/* redirect.c: the file .venv in place of an environment */

void redirect_explain (const char *env_dir, GError **error);
char *redirect_follow (const VenvbBuilder *builder, const char *env_dir, GError **error);

/* describe.c: all that is known of one environment, for programs */

void describe_add_wheel (VenvbContext *ctx, const char *name, const char *version,
                         const char *sha256, const char *path);
