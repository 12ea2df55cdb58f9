/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Installs packages into the new environment: what requirement files and
 * pyproject.toml files ask for, by the environment's pip or by uv.
 */

#include "venvb-plugin.h"

#include "installed.h"
#include "native.h"
#include "pyproject.h"
#include "uv.h"

#include "../common/wheels.h"

#include "base/programs.h"

#include <string.h>

typedef struct
{
  char *start_dir; /* relative paths in requirement files are relative to it */
  char **files, **constraints, **find_links, **extras, **extra_index_urls;
  char *pyproject;     /* or NULL */
  char *index_url;     /* or NULL */
  char *uv;            /* its path; NULL to use pip */
  GPtrArray *wanted;   /* Wanted, of pyproject.toml files */
  GPtrArray *packages; /* char *, requirements */
  gboolean offline;
  gboolean no_deps;
  gboolean require_hashes;
  gboolean has_run; /* the installer, in this environment, and not only looked */
  gboolean native;
} Requirements;

static const VenvbOption rows[] = {
  { .key = "file", VENVB_FILES (Requirements, files), .help = "a requirement file" },
  { .key = "constraint", VENVB_FILES (Requirements, constraints), .help = "a constraint file" },
  { .key = "pyproject",
    VENVB_FILE (Requirements, pyproject),
    .help = "the project's dependencies (./pyproject.toml)",
    .may_be_empty = TRUE },
  { .key = "extra",
    VENVB_STRINGS (Requirements, extras),
    .help = "an extra of the project",
    .value = "NAME" },
  { .key = "group",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "a dependency group",
    .value = "[FILE:]NAME" },
  { .key = "package",
    .kind = VENVB_KIND_STRING,
    .repeated = TRUE,
    .help = "a requirement",
    .value = "REQUIREMENT" },
  { .key = "installer",
    .kind = VENVB_KIND_STRING,
    .help = "pip, uv, or the path of uv (pip)",
    .value = "INSTALLER" },
  { .key = "index-url", VENVB_URL (Requirements, index_url), .help = "the package index" },
  { .key = "extra-index-url", VENVB_URLS (Requirements, extra_index_urls), .help = "another one" },
  { .key = "find-links",
    VENVB_DIRECTORIES (Requirements, find_links),
    .help = "a directory of wheels" },
  { .key = "offline", VENVB_FLAG (Requirements, offline), .help = "nothing from the network" },
  { .key = "no-deps", VENVB_FLAG (Requirements, no_deps), .help = "not what packages need" },
  { .key = "require-hashes",
    VENVB_FLAG (Requirements, require_hashes),
    .help = "a hash for each requirement" },
  { .key = "native",
    VENVB_FLAG (Requirements, native),
    .help = "without an installer, where all is pinned with hashes" },
};

static gboolean
requirements_load (gpointer *self, GError **error)
{
  Requirements *plugin = *self;

  plugin->start_dir = g_get_current_dir ();
  plugin->wanted = g_ptr_array_new_with_free_func (wanted_free);
  plugin->packages = g_ptr_array_new_with_free_func (g_free);
  return TRUE;
}

static void
requirements_unload (gpointer self)
{
  Requirements *plugin = self;

  g_free (plugin->start_dir);
  g_free (plugin->uv);
  g_ptr_array_unref (plugin->wanted);
  g_ptr_array_unref (plugin->packages);
}

/* Sets an error: what is wrong, and with which value. */
static gboolean
fail_option (GError **error, const char *what, const char *value)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "%s '%s'", what, value);
  return FALSE;
}

/* A group of a certain file, or of the one that ready() finds. */
static gboolean
set_group (Requirements *plugin, const char *value, GError **error)
{
  const char *colon = strrchr (value, ':');
  const char *name = colon != NULL ? colon + 1 : value;
  g_autofree char *file = colon != NULL ? g_strndup (value, colon - value) : NULL;
  g_autofree char *path = NULL;

  if (name[0] == '\0')
    return fail_option (error, "the name of a group is needed, not", value);
  if (file != NULL
      && (path = venvb_option_read ("pyproject", VENVB_KIND_FILE, file, error)) == NULL)
    return FALSE;
  g_ptr_array_add (plugin->wanted, wanted_new ("group", path, name));
  return TRUE;
}

/* One requirement or path: nothing that would be taken for an option. */
static gboolean
set_package (Requirements *plugin, const char *value, GError **error)
{
  if (value[0] == '\0' || value[0] == '-' || strpbrk (value, "\r\n") != NULL)
    return fail_option (error, "not a requirement:", value);
  g_ptr_array_add (plugin->packages, g_strdup (value));
  return TRUE;
}

/* pip, uv on PATH, or the path of uv. */
static gboolean
set_installer (Requirements *plugin, const char *value, GError **error)
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
requirements_set_option (gpointer self, const char *key, const char *value, GError **error)
{
  return g_str_equal (key, "group")     ? set_group (self, value, error)
         : g_str_equal (key, "package") ? set_package (self, value, error)
                                        : set_installer (self, value, error);
}

/* Makes the usual file the project's, where none is named. */
static gboolean
use_pyproject (Requirements *plugin, GError **error)
{
  if (plugin->pyproject != NULL && plugin->pyproject[0] != '\0')
    return TRUE;
  g_free (plugin->pyproject);
  plugin->pyproject = venvb_option_read ("pyproject", VENVB_KIND_FILE, "pyproject.toml", error);
  return plugin->pyproject != NULL;
}

/* Finds the file that groups and extras are looked up in, if they are not of
 * another, and puts in order what is wanted: the project first. */
static gboolean
complete_wanted (Requirements *plugin, GError **error)
{
  gboolean want_project = plugin->pyproject != NULL || plugin->extras[0] != NULL;
  gboolean is_needed = want_project;

  for (guint i = 0; i < plugin->wanted->len; i++)
    is_needed = is_needed || ((Wanted *) plugin->wanted->pdata[i])->path == NULL;
  if (is_needed && !use_pyproject (plugin, error))
    return FALSE;
  for (guint i = 0; i < plugin->wanted->len; i++)
    {
      Wanted *wanted = g_ptr_array_index (plugin->wanted, i);

      if (wanted->path == NULL)
        wanted->path = g_strdup (plugin->pyproject);
    }
  for (guint i = 0; plugin->extras[i] != NULL; i++)
    g_ptr_array_insert (plugin->wanted, i,
                        wanted_new ("extra", plugin->pyproject, plugin->extras[i]));
  if (want_project)
    g_ptr_array_insert (plugin->wanted, 0, wanted_new ("project", plugin->pyproject, ""));
  return TRUE;
}

static gboolean
requirements_ready (gpointer self, GError **error)
{
  Requirements *plugin = self;

  if (!complete_wanted (plugin, error))
    return FALSE;
  if (plugin->files[0] == NULL && plugin->wanted->len == 0 && plugin->packages->len == 0)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION,
                 "nothing to install: one of the options file, pyproject, extra, group and package "
                 "is needed");
  else if (plugin->offline && (plugin->index_url != NULL || plugin->extra_index_urls[0] != NULL))
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

/* Appends an option of either installer, once for each value; all is borrowed. */
static void
append_each (GPtrArray *argv, const char *option, char *const *values)
{
  for (; *values != NULL; values++)
    {
      g_ptr_array_add (argv, (gpointer) option);
      g_ptr_array_add (argv, *values);
    }
}

/* The options that say what is installed, and from where. */
static void
append_sources (const Requirements *plugin, GPtrArray *argv)
{
  char *const index[] = { plugin->index_url, NULL };

  append_each (argv, "--requirement", plugin->files);
  append_each (argv, "--constraint", plugin->constraints);
  append_each (argv, "--index-url", index);
  append_each (argv, "--extra-index-url", plugin->extra_index_urls);
  append_each (argv, "--find-links", plugin->find_links);
}

/* Runs a command in the directory that venvb was started in, since relative paths
 * in requirement files are relative to that.  Who only looks has a function hear it. */
static gboolean
run_command (const Requirements *plugin, VenvbContext *ctx, const char *const *argv,
             VenvbLineFunc hear, gpointer data, GError **error)
{
  const VenvbRunOptions there = {
    .struct_size = sizeof there,
    .cwd = plugin->start_dir,
    .line = hear,
    .line_data = data,
    .only_looks = hear != NULL,
  };

  return plugin->uv == NULL
             ? venvb_context_run_pip (ctx, argv, &there, error)
             : uv_check (argv, error) && venvb_context_run_full (ctx, argv, &there, error);
}

/* The command of the installer, for all at once, so that it finds versions that fit. */
static GPtrArray *
compose (const Requirements *plugin, VenvbContext *ctx, const GPtrArray *found, gboolean only_looks)
{
  GPtrArray *argv = g_ptr_array_new ();
  const char *const flags[] = { plugin->offline ? "--no-index" : "",
                                plugin->no_deps ? "--no-deps" : "",
                                plugin->require_hashes ? "--require-hashes" : "" };
  const GPtrArray *const lists[] = { plugin->packages, found };

  append_installer (plugin, ctx, argv);
  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    if (flags[i][0] != '\0')
      g_ptr_array_add (argv, (gpointer) flags[i]);
  append_sources (plugin, argv);
  if (only_looks)
    g_ptr_array_add (argv, "--dry-run");
  g_ptr_array_add (argv, "--");
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint j = 0; j < lists[i]->len; j++)
      g_ptr_array_add (argv, lists[i]->pdata[j]);
  g_ptr_array_add (argv, NULL);
  return argv;
}

/* Notices that the installer says it would do something: pip tells only that, and uv only
 * that it would do nothing. */
static void
hear_plan (VenvbSource source, const char *line, gpointer data)
{
  gboolean *would_change = data;

  if (g_str_has_prefix (line, "Would install "))
    *would_change = TRUE;
  else if (g_str_has_prefix (line, "Would make no changes"))
    *would_change = FALSE;
}

/* Tells whether all is there already, so that nothing need be touched: the installer is
 * asked.  What can't be asked, or fails, does so again when it is to do it. */
static gboolean
is_all_there (const Requirements *plugin, VenvbContext *ctx, const GPtrArray *found)
{
  g_autofree char *pip = plugin->uv != NULL ? NULL : wheels_installed (ctx, "pip");
  gboolean can_ask =
      plugin->uv != NULL || (pip != NULL && wheels_compare_versions (pip, "22.2") >= 0);
  gboolean would_change = plugin->uv != NULL;

  if (venvb_context_is_new (ctx) || !can_ask)
    return FALSE;
  g_autoptr (GPtrArray) argv = compose (plugin, ctx, found, TRUE);
  return run_command (plugin, ctx, (const char *const *) argv->pdata, hear_plan, &would_change,
                      NULL)
         && !would_change;
}

static gboolean
run_installer (const Requirements *plugin, VenvbContext *ctx, const GPtrArray *found,
               GError **error)
{
  g_autoptr (GPtrArray) argv = compose (plugin, ctx, found, FALSE);

  return run_command (plugin, ctx, (const char *const *) argv->pdata, NULL, NULL, error);
}

/* Installs all that is asked for. */
static gboolean
install (Requirements *plugin, VenvbContext *ctx, GError **error)
{
  g_autoptr (GPtrArray) found = pyproject_read (ctx, plugin->wanted, error);
  g_autoptr (GHashTable) before = NULL;

  if (found == NULL)
    return FALSE;
  if (plugin->files[0] == NULL && plugin->packages->len + found->len == 0)
    {
      venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: nothing is required");
      return TRUE;
    }
  if (is_all_there (plugin, ctx, found))
    {
      venvb_context_message (ctx, VENVB_SOURCE_MAIN,
                             "requirements: there was nothing left to install");
      return TRUE;
    }
  plugin->has_run = TRUE;
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

static Native
native_of (const Requirements *plugin)
{
  return (Native){ .files = plugin->files,
                   .find_links = plugin->find_links,
                   .index_url = plugin->index_url,
                   .offline = plugin->offline };
}

/* Tells whether there is a pip to install with; FALSE with error set. */
static gboolean
has_installer (const Requirements *plugin, VenvbContext *ctx, GError **error)
{
  g_autofree char *pip = NULL;

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

/* Finds out whether it can be done without an installer; NULL, or why not: borrowed. */
static const char *
why_not_natively (const Requirements *plugin, VenvbContext *ctx)
{
  const Native native = native_of (plugin);

  if (plugin->wanted->len > 0 || plugin->packages->len > 0 || plugin->constraints[0] != NULL
      || plugin->uv != NULL)
    return native_refuse (ctx, "more is asked for than files");
  if (plugin->extra_index_urls[0] != NULL)
    return native_refuse (ctx, "more than one index is to be asked");
  return native_prepare (ctx, &native);
}

/* As soon as the Python is known, and before anything is made, it is known what an installer
 * is needed for, and all else is fetched. */
static gboolean
requirements_find_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Requirements *plugin = self;
  const char *why;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  why = plugin->native && !venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE)
            ? why_not_natively (plugin, ctx)
            : NULL;
  if (why != NULL)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "requirements: left to pip: %s", why);
  return TRUE;
}

/* Notices that there will be no installer, where one is needed, before anything is
 * installed; what is installed without one, is not known yet. */
static gboolean
requirements_ensure_directories (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  Requirements *plugin = self;
  const char *why = plugin->native ? native_why (ctx) : NULL;

  plugin->has_run = FALSE;
  if (!venvb_next (next, ctx, error))
    return FALSE;
  if ((plugin->native && why == NULL) || has_installer (plugin, ctx, error))
    return TRUE;
  if (why != NULL)
    g_prefix_error (error, "%s; else ", why);
  return FALSE;
}

static gboolean
requirements_post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Requirements *plugin = self;
  const Native native = native_of (plugin);

  if (!venvb_next (next, ctx, error))
    return FALSE;
  return plugin->native && native_why (ctx) == NULL ? native_install (ctx, &native, error)
                                                    : install (self, ctx, error);
}

static VenvbChanged
requirements_changed (VenvbContext *ctx, gpointer self)
{
  return ((const Requirements *) self)->has_run ? VENVB_CHANGED_YES : VENVB_CHANGED_NO;
}

VENVB_PLUGIN (.name = "requirements", .version = VENVB_VERSION,
              .summary = "install packages into the environment", .load = requirements_load,
              .set_option = requirements_set_option, .ready = requirements_ready,
              .unload = requirements_unload, .find_python = requirements_find_python,
              .ensure_directories = requirements_ensure_directories,
              .post_setup = requirements_post_setup, .changed = requirements_changed,
              VENVB_OPTIONS (Requirements, rows))
