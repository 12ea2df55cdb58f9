/* SPDX-License-Identifier: BSD-2-Clause */

/* The builder: settings in, environments out. */

#include "core/core.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

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

VenvbBuilder *
venvb_builder_new (void)
{
  VenvbBuilder *builder = g_new0 (VenvbBuilder, 1);

  builder->flags = default_flags ();
  builder->plugin_dirs = g_ptr_array_new_with_free_func (g_free);
  builder->requests = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_request_free);
  builder->hooks = g_ptr_array_new_with_free_func ((GDestroyNotify) hook_free);
  builder->pythons =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  builder->asked =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_hash_table_unref);
  builder->trusted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  builder->journal = journal_new ();
  for (const DefaultPlugin *plugin = search_defaults; plugin->name != NULL; plugin++)
    g_ptr_array_add (builder->requests, plugin_request_new (plugin->name, NULL, plugin));
  return builder;
}

/* Replaces a callback and its data, freeing the old data. */
#define SET_CALLBACK(builder, member, func, data, destroy)                                         \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((builder)->member##_destroy != NULL)                                                       \
      (builder)->member##_destroy ((builder)->member##_data);                                      \
    (builder)->member = (func);                                                                    \
    (builder)->member##_data = (data);                                                             \
    (builder)->member##_destroy = (destroy);                                                       \
  }                                                                                                \
  G_STMT_END

void
venvb_builder_set_progress (VenvbBuilder *builder, VenvbProgressFunc func, gpointer data,
                            GDestroyNotify destroy)
{
  SET_CALLBACK (builder, progress, func, data, destroy);
}

void
venvb_builder_set_created (VenvbBuilder *builder, VenvbCreatedFunc func, gpointer data,
                           GDestroyNotify destroy)
{
  SET_CALLBACK (builder, created, func, data, destroy);
}

void
venvb_builder_set_timing (VenvbBuilder *builder, VenvbTimingFunc func, gpointer data,
                          GDestroyNotify destroy)
{
  SET_CALLBACK (builder, timing, func, data, destroy);
}

void
venvb_builder_free (VenvbBuilder *builder)
{
  if (builder == NULL)
    return;
  venvb_builder_set_progress (builder, NULL, NULL, NULL);
  venvb_builder_set_created (builder, NULL, NULL, NULL);
  venvb_builder_set_timing (builder, NULL, NULL, NULL);
  g_clear_pointer (&builder->plugins, g_ptr_array_unref);
  g_ptr_array_unref (builder->hooks);
  g_ptr_array_unref (builder->requests);
  g_ptr_array_unref (builder->plugin_dirs);
  g_hash_table_unref (builder->pythons);
  g_hash_table_unref (builder->asked);
  g_hash_table_unref (builder->trusted);
  journal_free (builder->journal);
  g_free (builder->prompt);
  g_free (builder->python);
  g_free (builder->python_origin);
  g_free (builder->origin);
  g_free (builder->cache_dir);
  g_free (builder->shared_cache_dir);
  g_strfreev (builder->command);
  g_free (builder);
}

void
venvb_builder_set_flag (VenvbBuilder *builder, VenvbFlag flag, gboolean value)
{
  builder->flags = context_with_flag (builder->flags, flag, value);
}

gboolean
venvb_builder_get_flag (const VenvbBuilder *builder, VenvbFlag flag)
{
  return context_has_flag (builder->flags, flag);
}

void
venvb_builder_set_prompt (VenvbBuilder *builder, const char *prompt)
{
  g_free (builder->prompt);
  builder->prompt = g_strdup (prompt);
}

void
venvb_builder_set_python (VenvbBuilder *builder, const char *python)
{
  g_free (builder->python);
  g_free (builder->python_origin);
  builder->python = g_strdup (python);
  builder->python_origin = g_strdup (builder->origin);
}

void
venvb_builder_set_cache_dir (VenvbBuilder *builder, const char *dir)
{
  g_free (builder->cache_dir);
  builder->cache_dir = dir == NULL ? NULL : g_canonicalize_filename (dir, NULL);
}

void
venvb_builder_set_shared_cache_dir (VenvbBuilder *builder, const char *dir)
{
  g_free (builder->shared_cache_dir);
  builder->shared_cache_dir = dir == NULL ? NULL : g_canonicalize_filename (dir, NULL);
}

void
venvb_builder_set_link_mode (VenvbBuilder *builder, VenvbLinkMode mode)
{
  builder->link_mode = mode;
}

void
venvb_builder_set_command (VenvbBuilder *builder, const char *const *argv)
{
  g_strfreev (builder->command);
  builder->command = g_strdupv ((char **) argv);
}

void
venvb_builder_set_successor (VenvbBuilder *builder, const char *const *argv)
{
  builder->successor = argv;
}

void
venvb_builder_add_plugin_dir (VenvbBuilder *builder, const char *dir)
{
  g_ptr_array_add (builder->plugin_dirs, g_canonicalize_filename (dir, NULL));
}

void
venvb_builder_add_hook (VenvbBuilder *builder, VenvbStage stage, const char *name,
                        VenvbStageFunc func, gpointer data, GDestroyNotify destroy)
{
  Hook *hook = g_new0 (Hook, 1);

  *hook = (Hook){ stage, g_strdup (name), func, data, destroy };
  g_ptr_array_add (builder->hooks, hook);
}

void
builder_message (VenvbBuilder *builder, VenvbContext *ctx, VenvbSource source, const char *line)
{
  if (builder->progress != NULL)
    builder->progress (ctx, source, line, builder->progress_data);
}

/* Refuses a plugin that lies in an environment about to be made: whoever
 * filled that directory would decide what code runs. */
static gboolean
check_outside (const char *name, const char *path, const char *const *env_dirs, GError **error)
{
  for (guint i = 0; env_dirs != NULL && env_dirs[i] != NULL; i++)
    if (trust_lies_in (path, env_dirs[i]))
      {
        g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                     "plugin '%s': '%s' lies in the environment to be created", name, path);
        return FALSE;
      }
  return TRUE;
}

/* The same for plugins that were loaded before the environments were named. */
static gboolean
check_all_outside (VenvbBuilder *builder, const char *const *env_dirs, GError **error)
{
  for (guint i = 0; i < builder->plugins->len; i++)
    {
      const Plugin *plugin = g_ptr_array_index (builder->plugins, i);

      if (!check_outside (plugin->name, plugin->path, env_dirs, error))
        return FALSE;
    }
  return TRUE;
}

/* Looks for the file that a request asks for.  One that is there by default, or
 * optional, may be missing. */
static gboolean
find_plugin (VenvbBuilder *builder, PluginRequest *request, GError **error)
{
  g_autoptr (GError) missing = NULL;

  if (request->path == NULL)
    request->path = search_find (builder, request->name, &missing);
  if (request->path != NULL)
    return TRUE;
  if (request->origin != NULL)
    g_prefix_error (&missing, "%s: ", request->origin);
  if (missing != NULL && missing->code == VENVB_ERROR_PLUGIN
      && (request->by_default != NULL || request->optional))
    {
      builder_message (builder, NULL, VENVB_SOURCE_MAIN, missing->message);
      return TRUE;
    }
  g_propagate_error (error, g_steal_pointer (&missing));
  return FALSE;
}

/* Loads what one request asks for, and adds it to the plugins. */
static gboolean
load_request (VenvbBuilder *builder, PluginRequest *request, const char *const *env_dirs,
              GError **error)
{
  g_autofree char *name = plugin_name (request->name);
  Plugin *plugin;

  if (!find_plugin (builder, request, error))
    return FALSE;
  if (request->path == NULL)
    return TRUE;
  if (!check_outside (name, request->path, env_dirs, error))
    return FALSE;
  g_strlcpy (builder->journal->plugin, name, sizeof builder->journal->plugin);
  plugin = plugin_open (name, request->path, error);
  if (plugin == NULL)
    return FALSE;
  g_ptr_array_add (builder->plugins, plugin);
  return plugin_load (plugin, request, builder->journal, error);
}

/* Tells whether a plugin has something to do: one that is only there by
 * default need not be loaded for a stage that is left out. */
static gboolean
is_wanted (const VenvbBuilder *builder, const PluginRequest *request)
{
  return request->enabled
         && (request->by_default == NULL
             || venvb_builder_get_flag (builder, request->by_default->flag));
}

static gboolean
load_plugins (VenvbBuilder *builder, const char *const *env_dirs, GError **error)
{
  if (builder->plugins != NULL)
    return check_all_outside (builder, env_dirs, error);
  builder->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_free);
  for (guint i = 0; i < builder->requests->len; i++)
    if (is_wanted (builder, g_ptr_array_index (builder->requests, i))
        && !load_request (builder, g_ptr_array_index (builder->requests, i), env_dirs, error))
      {
        g_clear_pointer (&builder->plugins, g_ptr_array_unref);
        return FALSE;
      }
  return TRUE;
}

/* Runs a part of the work in a child process.  A signal that ended it ends this
 * process, too. */
gboolean
builder_isolate (VenvbBuilder *builder, IsolateFunc func, gpointer data, GError **error)
{
  int interrupted;
  gboolean ok = isolate_run (builder->journal, func, data, &interrupted, error);

  if (interrupted != 0)
    {
      if (builder->journal->kept[0] != '\0')
        {
          g_autofree char *line =
              g_strdup_printf ("what was made is in '%s'", builder->journal->kept);
          builder_message (builder, NULL, VENVB_SOURCE_WARNING, line);
        }
      raise (interrupted);
    }
  return ok;
}

static gboolean
try_load (gpointer builder, GError **error)
{
  gboolean ok = load_plugins (builder, NULL, error);

  g_clear_pointer (&((VenvbBuilder *) builder)->plugins, g_ptr_array_unref);
  return ok;
}

/* A plugin that crashes is first found in a child process. */
gboolean
venvb_builder_load (VenvbBuilder *builder, GError **error)
{
  if (builder->plugins == NULL && venvb_builder_get_flag (builder, VENVB_FLAG_ISOLATE)
      && !builder_isolate (builder, try_load, builder, error))
    return FALSE;
  return load_plugins (builder, NULL, error);
}

const char *
venvb_builder_get_plugin_path (VenvbBuilder *builder, const char *name)
{
  for (guint i = 0; builder->plugins != NULL && i < builder->plugins->len; i++)
    {
      Plugin *plugin = g_ptr_array_index (builder->plugins, i);

      if (g_str_equal (plugin->name, name))
        return plugin->path;
    }
  return NULL;
}

static void
relay (VenvbSource source, const char *line, gpointer ctx)
{
  builder_message (((VenvbContext *) ctx)->builder, ctx, source, line);
}

/* Puts aside what is in the environment's directory, which is ours from now on. */
static gboolean
begin (VenvbContext *ctx, GError **error)
{
  const UndoJob job = {
    .env_dir = ctx->attrs[VENVB_ATTR_ENV_DIR],
    .clear = venvb_context_get_flag (ctx, VENVB_FLAG_CLEAR),
    .force = venvb_context_get_flag (ctx, VENVB_FLAG_FORCE),
    .no_wait = venvb_context_get_flag (ctx, VENVB_FLAG_NO_WAIT),
    .keep = venvb_context_get_flag (ctx, VENVB_FLAG_KEEP_FAILED),
    .journal = ctx->builder->journal,
    .listener = { relay, ctx },
  };

  ctx->undo = undo_begin (&job, error);
  ctx->is_new = ctx->undo != NULL && undo_is_new (ctx->undo);
  return ctx->undo != NULL;
}

/* Runs the stages; what they did stands or falls as a whole. */
static gboolean
create_one (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  g_autoptr (VenvbContext) ctx = context_new (builder, env_dir, error);

  if (ctx == NULL || !pipeline_find_python (ctx, error) || !begin (ctx, error))
    return FALSE;
  if (!pipeline_create (ctx, error))
    {
      children_end_ours ();
      undo_rollback (ctx->undo, error);
      return FALSE;
    }
  if (!undo_commit (ctx->undo, error))
    return FALSE;
  if (builder->created != NULL)
    builder->created (ctx, (g_get_monotonic_time () - ctx->start) / (double) G_USEC_PER_SEC,
                      builder->created_data);
  return TRUE;
}

typedef struct
{
  VenvbBuilder *builder;
  const char *const *env_dirs;
} CreateAll;

static gboolean
create_all (gpointer data, GError **error)
{
  const CreateAll *all = data;

  if (!load_plugins (all->builder, all->env_dirs, error))
    return FALSE;
  for (guint i = 0; all->env_dirs[i] != NULL; i++)
    {
      undo_note_others (all->builder->journal, all->env_dirs, i);
      if (!create_one (all->builder, all->env_dirs[i], error))
        return FALSE;
    }
  return TRUE;
}

/* Where this is a child process it ends without freeing the builder: the
 * plugins are to hear of the end even so. */
static gboolean
create_all_and_unload (gpointer data, GError **error)
{
  const CreateAll *all = data;
  gboolean ok = create_all (data, error);

  g_clear_pointer (&all->builder->plugins, g_ptr_array_unref);
  return ok;
}

/* The settings that contradict each other. */
static gboolean
check_settings (VenvbBuilder *builder, GError **error)
{
  if (!venvb_builder_get_flag (builder, VENVB_FLAG_UPGRADE)
      || !venvb_builder_get_flag (builder, VENVB_FLAG_CLEAR))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_USAGE,
               "--upgrade and --clear can't be used together");
  return FALSE;
}

/* Tells whether nothing but venvb's own code will run, and whether the program
 * may do so without a child process.  Where pip is left to a program, which
 * takes long and writes to the environment, a child process is better: its
 * parent ends the program even when the child is killed; and where something is
 * to be kept, the parent tells where. */
static gboolean
is_safe_here (VenvbBuilder *builder)
{
  gboolean has_pip = !venvb_builder_get_flag (builder, VENVB_FLAG_WITH_PIP);

  if (builder->successor == NULL || builder->plugins != NULL || builder->hooks->len > 0
      || venvb_builder_get_flag (builder, VENVB_FLAG_UPGRADE_DEPS)
      || venvb_builder_get_flag (builder, VENVB_FLAG_KEEP_FAILED))
    return FALSE;
  for (guint i = 0; i < builder->requests->len; i++)
    {
      PluginRequest *request = g_ptr_array_index (builder->requests, i);

      if (!is_wanted (builder, request))
        continue;
      if (request->by_default == NULL)
        return FALSE;
      if (request->path == NULL)
        request->path = search_find (builder, request->name, NULL);
      if (request->path == NULL || !search_is_own (request->path))
        return FALSE;
      has_pip = has_pip || request->by_default->flag == VENVB_FLAG_WITH_PIP;
    }
  return has_pip;
}

gboolean
venvb_builder_create_all (VenvbBuilder *builder, const char *const *env_dirs, GError **error)
{
  CreateAll all = { builder, env_dirs };
  Journal *journal = builder->journal;
  gboolean ok;

  if (!check_settings (builder, error))
    return FALSE;
  journal->kept[0] = journal->others[0] = '\0';
  if (!venvb_builder_get_flag (builder, VENVB_FLAG_ISOLATE))
    ok = create_all (&all, error);
  else if (is_safe_here (builder))
    ok = handover_run (journal, builder->successor, create_all_and_unload, &all, error);
  else
    ok = builder_isolate (builder, create_all_and_unload, &all, error);
  if (!ok && journal->others[0] != '\0')
    errors_add (error, " (%s)", journal->others);
  return ok;
}

gboolean
venvb_builder_create (VenvbBuilder *builder, const char *env_dir, GError **error)
{
  const char *const env_dirs[] = { env_dir, NULL };

  return venvb_builder_create_all (builder, env_dirs, error);
}

gboolean
venvb_create (const char *env_dir, gboolean system_site_packages, gboolean clear, gboolean symlinks,
              gboolean with_pip, const char *prompt, GError **error)
{
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();

  venvb_builder_set_flag (builder, VENVB_FLAG_SYSTEM_SITE_PACKAGES, system_site_packages);
  venvb_builder_set_flag (builder, VENVB_FLAG_CLEAR, clear);
  venvb_builder_set_flag (builder, VENVB_FLAG_SYMLINKS, symlinks);
  venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, with_pip);
  venvb_builder_set_prompt (builder, prompt);
  return venvb_builder_create (builder, env_dir, error);
}
