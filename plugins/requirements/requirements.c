/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Installs packages into the new environment: what requirement files and
 * pyproject.toml files ask for, by the environment's pip or by uv.
 */

#include "venvb-plugin.h"

#include "installed.h"
#include "pyproject.h"
#include "uv.h"

#include "../common/options.h"
#include "../common/values.h"
#include "../common/wheels.h"

#include "base/programs.h"

#include <string.h>

typedef struct
{
  char *start_dir;     /* relative paths are relative to it */
  char *pyproject;     /* or NULL */
  char *uv;            /* its path; NULL to use pip */
  GPtrArray *args;     /* for either installer */
  GPtrArray *wanted;   /* Wanted, of pyproject.toml files */
  GPtrArray *extras;   /* char * */
  GPtrArray *packages; /* char *, requirements */
  gboolean has_file;
  gboolean has_index;
  gboolean want_project; /* the dependencies of the project itself */
  gboolean offline;
  gboolean no_deps;
  gboolean require_hashes;
} Requirements;

static gboolean
requirements_load (gpointer *self, GError **error)
{
  Requirements *plugin = g_new0 (Requirements, 1);

  plugin->start_dir = g_get_current_dir ();
  plugin->args = g_ptr_array_new_with_free_func (g_free);
  plugin->wanted = g_ptr_array_new_with_free_func (wanted_free);
  plugin->extras = g_ptr_array_new_with_free_func (g_free);
  plugin->packages = g_ptr_array_new_with_free_func (g_free);
  *self = plugin;
  return TRUE;
}

static void
requirements_unload (gpointer self)
{
  Requirements *plugin = self;

  g_free (plugin->start_dir);
  g_free (plugin->pyproject);
  g_free (plugin->uv);
  g_ptr_array_unref (plugin->args);
  g_ptr_array_unref (plugin->wanted);
  g_ptr_array_unref (plugin->extras);
  g_ptr_array_unref (plugin->packages);
  g_free (plugin);
}

/* Adds an option of the installers, and its value; takes the value. */
static gboolean
add_arg (Requirements *plugin, const char *option, char *value)
{
  if (value == NULL)
    return FALSE;
  g_ptr_array_add (plugin->args, g_strdup (option));
  g_ptr_array_add (plugin->args, value);
  return TRUE;
}

static gboolean
set_file (Requirements *plugin, const char *key, const char *value, GError **error)
{
  plugin->has_file = TRUE;
  return add_arg (plugin, "--requirement", values_file (key, value, error));
}

static gboolean
set_constraint (Requirements *plugin, const char *key, const char *value, GError **error)
{
  return add_arg (plugin, "--constraint", values_file (key, value, error));
}

static gboolean
set_find_links (Requirements *plugin, const char *key, const char *value, GError **error)
{
  return add_arg (plugin, "--find-links", values_dir (key, value, error));
}

static gboolean
set_index (Requirements *plugin, const char *key, const char *value, GError **error)
{
  const char *option = g_str_equal (key, "index-url") ? "--index-url" : "--extra-index-url";

  plugin->has_index = TRUE;
  return values_check_url (key, value, error) && add_arg (plugin, option, g_strdup (value));
}

static gboolean
set_pyproject (Requirements *plugin, const char *key, const char *value, GError **error)
{
  g_free (plugin->pyproject);
  plugin->want_project = TRUE;
  plugin->pyproject = values_file (key, value[0] != '\0' ? value : "pyproject.toml", error);
  return plugin->pyproject != NULL;
}

static gboolean
set_extra (Requirements *plugin, const char *key, const char *value, GError **error)
{
  if (value[0] == '\0')
    return fail_option (error, "the name of an extra is needed, not", value);
  plugin->want_project = TRUE;
  g_ptr_array_add (plugin->extras, g_strdup (value));
  return TRUE;
}

/* A group of a certain file, or of the one that ready() finds. */
static gboolean
set_group (Requirements *plugin, const char *key, const char *value, GError **error)
{
  const char *colon = strrchr (value, ':');
  const char *name = colon != NULL ? colon + 1 : value;
  g_autofree char *file = colon != NULL ? g_strndup (value, colon - value) : NULL;
  g_autofree char *path = NULL;

  if (name[0] == '\0')
    return fail_option (error, "the name of a group is needed, not", value);
  if (file != NULL && (path = values_file ("pyproject", file, error)) == NULL)
    return FALSE;
  g_ptr_array_add (plugin->wanted, wanted_new ("group", path, name));
  return TRUE;
}

/* One requirement or path: nothing that would be taken for an option. */
static gboolean
set_package (Requirements *plugin, const char *key, const char *value, GError **error)
{
  if (value[0] == '\0' || value[0] == '-' || strpbrk (value, "\r\n") != NULL)
    return fail_option (error, "not a requirement:", value);
  g_ptr_array_add (plugin->packages, g_strdup (value));
  return TRUE;
}

/* pip, uv on PATH, or the path of uv. */
static gboolean
set_installer (Requirements *plugin, const char *key, const char *value, GError **error)
{
  g_clear_pointer (&plugin->uv, g_free);
  if (g_str_equal (value, "pip"))
    return TRUE;
  if (!g_str_equal (value, "uv") && strchr (value, '/') == NULL)
    return fail_option (error, "installer is 'pip', 'uv' or the path of uv, not", value);
  plugin->uv = programs_find (value);
  if (plugin->uv == NULL)
    return fail_option (error, "there is no program", value);
  if (!g_path_is_absolute (plugin->uv))
    {
      g_autofree char *relative = g_steal_pointer (&plugin->uv);
      plugin->uv = g_canonicalize_filename (relative, plugin->start_dir);
    }
  return TRUE;
}

static gboolean
set_offline (Requirements *plugin, const char *key, const char *value, GError **error)
{
  return values_flag (key, value, &plugin->offline, error);
}

static gboolean
set_no_deps (Requirements *plugin, const char *key, const char *value, GError **error)
{
  return values_flag (key, value, &plugin->no_deps, error);
}

static gboolean
set_require_hashes (Requirements *plugin, const char *key, const char *value, GError **error)
{
  return values_flag (key, value, &plugin->require_hashes, error);
}

static const struct
{
  const char *key;
  gboolean (*set) (Requirements *plugin, const char *key, const char *value, GError **error);
} options[] = {
  { "file", set_file },
  { "constraint", set_constraint },
  { "pyproject", set_pyproject },
  { "extra", set_extra },
  { "group", set_group },
  { "package", set_package },
  { "installer", set_installer },
  { "index-url", set_index },
  { "extra-index-url", set_index },
  { "find-links", set_find_links },
  { "offline", set_offline },
  { "no-deps", set_no_deps },
  { "require-hashes", set_require_hashes },
};

static gboolean
requirements_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (options); i++)
    if (g_str_equal (key, options[i].key))
      return options[i].set (self, key, value, error);
  return fail_option (error, "unknown option", key);
}

/* Finds the file that groups and extras are looked up in, if they are not of
 * another, and puts in order what is wanted: the project first. */
static gboolean
complete_wanted (Requirements *plugin, GError **error)
{
  gboolean is_needed = plugin->want_project;

  for (guint i = 0; i < plugin->wanted->len; i++)
    is_needed = is_needed || ((Wanted *) plugin->wanted->pdata[i])->path == NULL;
  if (is_needed && plugin->pyproject == NULL
      && (plugin->pyproject = values_file ("pyproject", "pyproject.toml", error)) == NULL)
    return FALSE;
  for (guint i = 0; i < plugin->wanted->len; i++)
    {
      Wanted *wanted = g_ptr_array_index (plugin->wanted, i);

      if (wanted->path == NULL)
        wanted->path = g_strdup (plugin->pyproject);
    }
  for (guint i = 0; i < plugin->extras->len; i++)
    g_ptr_array_insert (plugin->wanted, i,
                        wanted_new ("extra", plugin->pyproject, plugin->extras->pdata[i]));
  if (plugin->want_project)
    g_ptr_array_insert (plugin->wanted, 0, wanted_new ("project", plugin->pyproject, ""));
  return TRUE;
}

static gboolean
requirements_ready (gpointer self, GError **error)
{
  Requirements *plugin = self;

  if (!complete_wanted (plugin, error))
    return FALSE;
  if (!plugin->has_file && plugin->wanted->len == 0 && plugin->packages->len == 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "nothing to install: one of the options file, pyproject, extra, group and package "
                 "is needed");
  else if (plugin->offline && plugin->has_index)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "offline and an index can't be used together");
  else
    return TRUE;
  return FALSE;
}

/* Appends words to a command; they are borrowed. */
static void
append (GPtrArray *argv, const char *const *words)
{
  for (; *words != NULL; words++)
    g_ptr_array_add (argv, (gpointer) *words);
}

/* The command up to the options that both installers have.  Of them, uv is
 * run by venvb, and pip by the environment's Python. */
static void
append_installer (const Requirements *plugin, VenvbContext *ctx, GPtrArray *argv)
{
  const char *python = venvb_context_get (ctx, VENVB_ATTR_ENV_EXEC_CMD);
  const char *const pip[] = { "install", "--progress-bar=off", NULL };
  const char *const uv[] = { plugin->uv,
                             "pip",
                             "install",
                             "--python",
                             python,
                             "--directory",
                             plugin->start_dir,
                             "--no-progress",
                             "--color=never",
                             plugin->offline ? "--offline" : NULL,
                             NULL };

  append (argv, plugin->uv != NULL ? uv : pip);
}

/* Runs a command in the directory that venvb was started in, since relative paths
 * in requirement files are relative to that. */
static gboolean
run_command (const Requirements *plugin, VenvbContext *ctx, const char *const *argv, GError **error)
{
  const VenvbRunOptions there = { .struct_size = sizeof there, .cwd = plugin->start_dir };

  return plugin->uv == NULL
             ? venvb_context_run_pip (ctx, argv, &there, error)
             : uv_check (argv, error) && venvb_context_run_full (ctx, argv, &there, error);
}

/* Runs the installer, once for all, so that it finds versions that fit. */
static gboolean
run_installer (const Requirements *plugin, VenvbContext *ctx, const GPtrArray *found,
               GError **error)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  const char *const flags[] = { plugin->offline ? "--no-index" : "",
                                plugin->no_deps ? "--no-deps" : "",
                                plugin->require_hashes ? "--require-hashes" : "" };
  const GPtrArray *const lists[] = { plugin->packages, found };

  append_installer (plugin, ctx, argv);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (flags[i][0] != '\0')
      g_ptr_array_add (argv, (gpointer) flags[i]);
  for (guint i = 0; i < plugin->args->len; i++)
    g_ptr_array_add (argv, plugin->args->pdata[i]);
  g_ptr_array_add (argv, "--");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; j < lists[i]->len; j++)
      g_ptr_array_add (argv, lists[i]->pdata[j]);
  g_ptr_array_add (argv, NULL);
  return run_command (plugin, ctx, (const char *const *) argv->pdata, error);
}

/* Installs all that is asked for. */
static gboolean
install (const Requirements *plugin, VenvbContext *ctx, GError **error)
{
  g_autoptr (GPtrArray) found = pyproject_read (ctx, plugin->wanted, error);
  g_autoptr (GHashTable) before = NULL;

  if (found == NULL)
    return FALSE;
  if (!plugin->has_file && plugin->packages->len + found->len == 0)
    {
      venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: nothing is required");
      return TRUE;
    }
  before = installed_list (ctx);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: installing with %s",
                         plugin->uv != NULL ? plugin->uv : "pip");
  if (!run_installer (plugin, ctx, found, error))
    {
      g_prefix_error (error, "cannot install: ");
      return FALSE;
    }
  installed_tell_changes (ctx, before);
  return TRUE;
}

/* Notices that there will be no pip before anything is installed. */
static gboolean
requirements_ensure_directories (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Requirements *plugin = self;
  g_autofree char *pip = NULL;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (plugin->uv != NULL || venvb_context_get_flag (ctx, VENVB_FLAG_WITH_PIP)
      || venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE))
    return TRUE;
  pip = wheels_installed (ctx, "pip");
  if (pip == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "there is no pip in the environment to install with: leave out --without-pip, "
                 "or use installer=uv");
  return pip != NULL;
}

static gboolean
requirements_post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && install (self, ctx, error);
}

VENVB_PLUGIN (.name = "requirements", .version = VENVB_VERSION,
              .summary = "install packages into the environment",
              .options_help = "file=FILE            a requirement file; may be repeated\n"
                              "constraint=FILE      a constraint file; may be repeated\n"
                              "pyproject[=FILE]     the project's dependencies (./pyproject.toml)\n"
                              "extra=NAME           an extra of the project; may be repeated\n"
                              "group=[FILE:]NAME    a dependency group; may be repeated\n"
                              "package=REQUIREMENT  a requirement; may be repeated\n"
                              "installer=INSTALLER  pip, uv, or the path of uv (pip)\n"
                              "index-url=URL        the package index\n"
                              "extra-index-url=URL  another one; may be repeated\n"
                              "find-links=DIR       a directory of wheels; may be repeated\n"
                              "offline              nothing from the network\n"
                              "no-deps              not what packages need\n"
                              "require-hashes       a hash for each requirement",
              .load = requirements_load, .set_option = requirements_set_option,
              .ready = requirements_ready, .unload = requirements_unload,
              .ensure_directories = requirements_ensure_directories,
              .post_setup = requirements_post_setup)
