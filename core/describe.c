/* SPDX-License-Identifier: BSD-2-Clause */

/* All that is known of one environment, for programs. */

#include "core/room.h"

#include "base/json.h"
#include "base/secret.h"

#include <string.h>

/* A wheel that was installed. */
typedef struct
{
  char *name, *version; /* of the distribution, as in METADATA */
  char *sha256;         /* in hexadecimal */
  char *path;           /* the file it came from */
} ContextWheel;

static void
wheel_free (gpointer data)
{
  ContextWheel *wheel = data;

  g_free (wheel->name);
  g_free (wheel->version);
  g_free (wheel->sha256);
  g_free (wheel->path);
  g_free (wheel);
}

/* Notes that a wheel was installed.  All is copied. */
void
describe_add_wheel (VenvbContext *ctx, const char *name, const char *version, const char *sha256,
                    const char *path)
{
  ContextWheel *wheel = g_new0 (ContextWheel, 1);

  wheel->name = g_strdup (name);
  wheel->version = g_strdup (version);
  wheel->sha256 = g_strdup (sha256);
  wheel->path = g_strdup (path);
  if (ctx->wheels == NULL)
    ctx->wheels = g_ptr_array_new_with_free_func (wheel_free);
  g_ptr_array_add (ctx->wheels, wheel);
}

static void
add_flags (GString *out, const VenvbContext *ctx)
{
  json_open (out, "flags", '{');
  for (guint i = 0; venvb_flag_name (i) != NULL; i++)
    json_boolean (out, venvb_flag_name (i), venvb_context_get_flag (ctx, i));
  json_close (out, '}');
}

/* What is secret in it goes to no log, nor to hooks. */
static void
add_command (GString *out, const VenvbContext *ctx)
{
  const char *const *words = (const char *const *) ctx->builder->settings.command;
  g_auto (GStrv) command = words == NULL ? NULL : secret_mask_words (words);

  json_open (out, "command", '[');
  for (guint i = 0; command != NULL && command[i] != NULL; i++)
    json_string (out, NULL, command[i]);
  if (command == NULL)
    json_string (out, NULL, "venvb");
  json_string (out, NULL, ctx->attrs[VENVB_ATTR_ENV_DIR]);
  json_close (out, ']');
}

static void
add_plugins (GString *out, const VenvbContext *ctx)
{
  const GPtrArray *plugins = ctx->builder->plugins.loaded;

  json_open (out, "plugins", '[');
  for (guint i = 0; plugins != NULL && i < plugins->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (plugins, i);

      json_open (out, NULL, '{');
      json_string (out, "name", plugin->name);
      json_string (out, "version", plugin->desc.version);
      json_string (out, "path", plugin->path);
      json_close (out, '}');
    }
  json_close (out, ']');
}

static void
add_wheels (GString *out, const VenvbContext *ctx)
{
  json_open (out, "wheels", '[');
  for (guint i = 0; ctx->wheels != NULL && i < ctx->wheels->len; i++)
    {
      const ContextWheel *wheel = g_ptr_array_index (ctx->wheels, i);

      json_open (out, NULL, '{');
      json_string (out, "name", wheel->name);
      json_string (out, "version", wheel->version);
      json_string (out, "sha256", wheel->sha256);
      json_string (out, "path", wheel->path);
      json_close (out, '}');
    }
  json_close (out, ']');
}

/* The facts sorted by name: the same environment has the same text. */
static void
add_facts (GString *out, const VenvbContext *ctx)
{
  g_autoptr (GList) keys = ctx->facts == NULL ? NULL : g_hash_table_get_keys (ctx->facts);

  keys = g_list_sort (keys, (GCompareFunc) strcmp);
  json_open (out, "facts", '{');
  for (const GList *at = keys; at != NULL; at = at->next)
    json_string (out, at->data, venvb_context_get_fact (ctx, at->data));
  json_close (out, '}');
}

static void
add_timings (GString *out, const VenvbContext *ctx)
{
  json_seconds (out, "seconds", (g_get_monotonic_time () - ctx->start) / (double) G_USEC_PER_SEC);
  json_open (out, "timings", '{');
  for (guint i = 0; i < N_STAGES; i++)
    if (ctx->stages_done & 1u << i)
      json_seconds (out, venvb_stage_name (i), ctx->timings[i]);
  json_close (out, '}');
}

VenvbChanged
venvb_changed_as_seen (VenvbContext *ctx, gpointer self)
{
  return VENVB_CHANGED_NO;
}

/* What a plugin knows of it, who is blamed should it not come back. */
static VenvbChanged
ask (VenvbContext *ctx, const Plugin *plugin)
{
  Journal *journal = ctx->builder->journal;
  JournalPlace caller;
  VenvbChanged changed;

  if (plugin->desc.changed == NULL)
    return VENVB_CHANGED_UNKNOWN;
  journal_enter (journal, &caller, plugin->name, "changed");
  changed = plugin->desc.changed (ctx, plugin->self);
  journal_leave (journal, &caller);
  return changed;
}

/* What the plugins know of what they have changed, and of the programs and functions that
 * can't be asked. */
static VenvbChanged
ask_plugins (VenvbContext *ctx)
{
  const Plugins *all = &ctx->builder->plugins;
  const GPtrArray *plugins = all->loaded;
  gboolean is_sure = !ctx->is_unsure && all->hooks->len == 0;

  for (guint i = 0; plugins != NULL && i < plugins->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (plugins, i);
      VenvbChanged changed = ask (ctx, plugin);

      if (changed == VENVB_CHANGED_YES)
        return VENVB_CHANGED_YES;
      is_sure = is_sure && changed == VENVB_CHANGED_NO;
    }
  return is_sure ? VENVB_CHANGED_NO : VENVB_CHANGED_UNKNOWN;
}

/* Tells whether venvb has seen by itself that something was changed. */
static gboolean
is_seen (const VenvbContext *ctx)
{
  return ctx->is_begun && (venvb_context_is_new (ctx) || ctx->builder->journal->differs);
}

/* Settles whether the run has changed anything: what is announced before is known, of the
 * rest each plugin is asked, and blamed when it does not survive that. */
void
describe_settle (VenvbContext *ctx)
{
  if (would_is (ctx))
    ctx->changed = would_changed (ctx);
  else
    ctx->changed = is_seen (ctx) ? VENVB_CHANGED_YES : ask_plugins (ctx);
}

VenvbChanged
venvb_context_get_changed (VenvbContext *ctx)
{
  return is_seen (ctx) ? VENVB_CHANGED_YES : ctx->changed;
}

gboolean
venvb_context_get_wheel (VenvbContext *ctx, guint n, const char **name, const char **version)
{
  const ContextWheel *wheel =
      ctx->wheels != NULL && n < ctx->wheels->len ? g_ptr_array_index (ctx->wheels, n) : NULL;

  if (wheel != NULL && name != NULL)
    *name = wheel->name;
  if (wheel != NULL && version != NULL)
    *version = wheel->version;
  return wheel != NULL;
}

/* In the last stage those that wrap the others may ask, too. */
static void
add_changed (GString *out, VenvbContext *ctx)
{
  gboolean is_last =
      g_str_equal (ctx->builder->journal->stage, venvb_stage_name (VENVB_STAGE_FINISH));
  VenvbChanged changed;

  if (is_last || is_seen (ctx))
    describe_settle (ctx);
  changed = ctx->changed;
  if (changed == VENVB_CHANGED_UNKNOWN)
    json_string (out, "changed", "unknown");
  else
    json_boolean (out, "changed", changed == VENVB_CHANGED_YES);
}

char *
venvb_context_to_json (VenvbContext *ctx)
{
  const char *stage = ctx->builder->journal->stage;
  GString *out = g_string_new (NULL);

  json_open (out, NULL, '{');
  for (guint i = 0; i < N_ATTRS; i++)
    json_string (out, venvb_attr_name (i), ctx->attrs[i]);
  json_string (out, "stage", stage[0] == '\0' ? NULL : stage);
  json_boolean (out, "is_new", venvb_context_is_new (ctx));
  add_changed (out, ctx);
  would_json (out, ctx);
  add_flags (out, ctx);
  add_command (out, ctx);
  add_plugins (out, ctx);
  add_wheels (out, ctx);
  add_facts (out, ctx);
  add_timings (out, ctx);
  json_close (out, '}');
  return g_string_free (out, FALSE);
}
