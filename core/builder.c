/* SPDX-License-Identifier: BSD-2-Clause */

/* The builder: what is asked for. */

#include "core/room.h"
#include "base/secret.h"

static void
hook_free (Hook *hook)
{
  if (hook->destroy != NULL)
    hook->destroy (hook->data);
  g_free (hook->name);
  g_free (hook);
}

static guint
default_flags (void)
{
  return 1u << VENVB_FLAG_SYMLINKS | 1u << VENVB_FLAG_WITH_PIP | 1u << VENVB_FLAG_SCM_IGNORE_FILES
         | 1u << VENVB_FLAG_COMPILE | 1u << VENVB_FLAG_CACHE;
}

/* Makes a builder.  The functions of base are at the end of each stage's chain:
 * they do the work where no plugin takes it over. */
VenvbBuilder *
builder_new (const VenvbPlugin *base)
{
  VenvbBuilder *builder = g_new0 (VenvbBuilder, 1);
  Plugins *plugins = &builder->plugins;

  builder->settings.flags = default_flags ();
  plugins->dirs = g_ptr_array_new_with_free_func (g_free);
  plugins->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_request_free);
  plugins->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) hook_free);
  plugins->base = base;
  builder->journal = journal_new ();
  for (const DefaultPlugin *plugin = search_defaults; plugin->name != NULL; plugin++)
    g_ptr_array_add (plugins->requests, plugin_request_new (plugin->name, NULL, plugin));
  return builder;
}

/* Replaces a callback and its data, freeing the old data. */
#define SET_CALLBACK(callbacks, member, func, data, destroy)                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((callbacks)->member##_destroy != NULL)                                                     \
      (callbacks)->member##_destroy ((callbacks)->member##_data);                                  \
    (callbacks)->member = (func);                                                                  \
    (callbacks)->member##_data = (data);                                                           \
    (callbacks)->member##_destroy = (destroy);                                                     \
  }                                                                                                \
  G_STMT_END

void
venvb_builder_set_progress (VenvbBuilder *builder, VenvbProgressFunc func, gpointer data,
                            GDestroyNotify destroy)
{
  SET_CALLBACK (&builder->callbacks, progress, func, data, destroy);
}

void
venvb_builder_set_created (VenvbBuilder *builder, VenvbCreatedFunc func, gpointer data,
                           GDestroyNotify destroy)
{
  SET_CALLBACK (&builder->callbacks, created, func, data, destroy);
}

void
venvb_builder_set_timing (VenvbBuilder *builder, VenvbTimingFunc func, gpointer data,
                          GDestroyNotify destroy)
{
  SET_CALLBACK (&builder->callbacks, timing, func, data, destroy);
}

void
venvb_builder_set_stage_event (VenvbBuilder *builder, VenvbStageEventFunc func, gpointer data,
                               GDestroyNotify destroy)
{
  SET_CALLBACK (&builder->callbacks, stage_event, func, data, destroy);
}

void
venvb_builder_set_ended (VenvbBuilder *builder, VenvbEndedFunc func, gpointer data,
                         GDestroyNotify destroy)
{
  SET_CALLBACK (&builder->callbacks, ended, func, data, destroy);
}

void
venvb_builder_set_fork_hooks (VenvbBuilder *builder, VenvbForkFunc before, VenvbForkFunc in_parent,
                              VenvbForkFunc in_child, gpointer data, GDestroyNotify destroy)
{
  if (builder->forks_destroy != NULL)
    builder->forks_destroy (builder->forks.data);
  builder->forks = (Forks){ before, in_parent, in_child, data };
  builder->forks_destroy = destroy;
}

static void
plugins_clear (Plugins *plugins)
{
  g_clear_pointer (&plugins->loaded, g_ptr_array_unref);
  g_ptr_array_unref (plugins->hooks);
  g_ptr_array_unref (plugins->requests);
  g_ptr_array_unref (plugins->dirs);
}

static void
settings_clear (Settings *settings)
{
  g_free (settings->prompt);
  g_free (settings->python);
  g_free (settings->python_origin);
  g_free (settings->asker.origin);
  g_free (settings->asker.start_dir);
  g_strfreev (settings->command);
  for (guint i = 0; i < N_ATTRS; i++)
    g_free (settings->locks[i]);
}

void
venvb_builder_free (VenvbBuilder *builder)
{
  if (builder == NULL)
    return;
  venvb_builder_set_progress (builder, NULL, NULL, NULL);
  venvb_builder_set_created (builder, NULL, NULL, NULL);
  venvb_builder_set_timing (builder, NULL, NULL, NULL);
  venvb_builder_set_stage_event (builder, NULL, NULL, NULL);
  venvb_builder_set_ended (builder, NULL, NULL, NULL);
  venvb_builder_set_fork_hooks (builder, NULL, NULL, NULL, NULL, NULL);
  parts_free (builder->parts);
  plugins_clear (&builder->plugins);
  settings_clear (&builder->settings);
  journal_free (builder->journal);
  g_free (builder);
}

void
venvb_builder_set_flag (VenvbBuilder *builder, VenvbFlag flag, gboolean value)
{
  builder->settings.flags = flags_with (builder->settings.flags, flag, value);
}

gboolean
venvb_builder_get_flag (const VenvbBuilder *builder, VenvbFlag flag)
{
  return flags_has (builder->settings.flags, flag);
}

void
venvb_builder_set_prompt (VenvbBuilder *builder, const char *prompt)
{
  g_free (builder->settings.prompt);
  builder->settings.prompt = g_strdup (prompt);
}

void
venvb_builder_set_python (VenvbBuilder *builder, const char *python)
{
  g_free (builder->settings.python);
  g_free (builder->settings.python_origin);
  builder->settings.python = g_strdup (python);
  builder->settings.python_origin = g_strdup (builder->settings.asker.origin);
}

void
venvb_builder_require_attr (VenvbBuilder *builder, VenvbAttr attr)
{
  const char *origin = builder->settings.asker.origin;

  if ((attr == VENVB_ATTR_PROMPT || attr == VENVB_ATTR_PYTHON)
      && builder->settings.locks[attr] == NULL)
    builder->settings.locks[attr] = g_strdup (origin != NULL ? origin : "this program");
}

void
venvb_builder_set_command (VenvbBuilder *builder, const char *const *argv)
{
  g_strfreev (builder->settings.command);
  builder->settings.command = g_strdupv ((char **) argv);
}

void
venvb_builder_set_successor (VenvbBuilder *builder, const char *const *argv)
{
  builder->successor = argv;
}

void
venvb_builder_add_plugin_dir (VenvbBuilder *builder, const char *dir)
{
  g_ptr_array_add (builder->plugins.dirs, g_canonicalize_filename (dir, NULL));
}

void
venvb_builder_add_hook (VenvbBuilder *builder, VenvbStage stage, const char *name,
                        VenvbStageFunc func, gpointer data, GDestroyNotify destroy)
{
  Hook *hook = g_new0 (Hook, 1);

  *hook = (Hook){ stage, g_strdup (name), func, data, destroy };
  g_ptr_array_add (builder->plugins.hooks, hook);
}

gpointer
builder_part (VenvbBuilder *builder, const PartKind *kind)
{
  return parts_get (&builder->parts, kind, builder);
}

/* Which Python is asked for, borrowed; NULL for the usual one. */
const char *
builder_python (const VenvbBuilder *builder)
{
  return builder->settings.python;
}

/* Who asked for the Python of this request, borrowed; NULL when it is not the
 * one that was asked for, or nobody is known. */
const char *
builder_python_origin (const VenvbBuilder *builder, const char *request)
{
  const Settings *settings = &builder->settings;

  return g_strcmp0 (request, settings->python) == 0 ? settings->python_origin : NULL;
}

/* Tells what goes on in an environment, or in none when ctx is NULL, or what a
 * program says, less what is secret in it. */
void
builder_tell (const VenvbBuilder *builder, VenvbContext *ctx, VenvbSource source, const char *line)
{
  const Callbacks *callbacks = &builder->callbacks;

  if (callbacks->progress == NULL)
    return;
  g_autofree char *shown = secret_mask (line);
  callbacks->progress (ctx, source, shown, callbacks->progress_data);
}

static void
hear (VenvbSource source, const char *line, gpointer builder)
{
  builder_tell (builder, NULL, source, line);
}

/* Who hears what there is to say that is about no environment. */
Listener
builder_listener (VenvbBuilder *builder)
{
  return (Listener){ hear, builder };
}
