/* SPDX-License-Identifier: BSD-2-Clause */

/* Where plugins are, and their data. */

#include "core/room.h"
#include "base/home.h"
#include "base/place.h"
#include "base/nearest.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The plugins that are on when nothing is said.  One that is not installed is
 * left out: a distribution may ship it apart.  So is one whose stage is. */
const DefaultPlugin search_defaults[] = {
  { "git-ignore", VENVB_FLAG_SCM_IGNORE_FILES },
  { "pip", VENVB_FLAG_WITH_PIP },
  { NULL, 0 },
};

gboolean
search_is_default (const char *name)
{
  for (guint i = 0; search_defaults[i].name != NULL; i++)
    if (g_str_equal (search_defaults[i].name, name))
      return TRUE;
  return FALSE;
}

/* Adds the directories of a path variable; relative ones would make the
 * current directory a place that code is loaded from. */
static void
add_path (GPtrArray *dirs, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, G_SEARCHPATH_SEPARATOR_S, -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_path_is_absolute (parts[i]))
      g_ptr_array_add (dirs, g_strdup (parts[i]));
}

/* The directories of venvb's own plugins: that of the installation, or where a
 * program that was not installed says. */
static void
add_own (GPtrArray *dirs)
{
  const char *path = venvb_getenv ("VENVB_OWN_PLUGIN_PATH");

  if (path != NULL)
    add_path (dirs, path);
  else
    g_ptr_array_add (dirs, place_find (VENVB_PLUGINDIR));
}

/* Tells whether a plugin's file is venvb's own. */
gboolean
search_is_own (const char *path)
{
  g_autoptr (GPtrArray) dirs = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *dir = g_path_get_dirname (path);

  add_own (dirs);
  return g_ptr_array_find_with_equal_func (dirs, dir, g_str_equal, NULL);
}

/* The directories searched, first to last: those that were added before the
 * usual ones.  Free with g_ptr_array_unref(). */
GPtrArray *
search_dirs (const GPtrArray *added)
{
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);
  const char *path = venvb_getenv ("VENVB_PLUGIN_PATH");

  for (guint i = 0; i < added->len; i++)
    g_ptr_array_add (dirs, g_strdup (g_ptr_array_index (added, i)));
  if (path != NULL)
    add_path (dirs, path);
  if (home_data_dir () != NULL)
    g_ptr_array_add (dirs, g_build_filename (home_data_dir (), "venvb", "plugins", NULL));
  add_own (dirs);
  return dirs;
}

/* Finds a file in the first of the directories that has it.  Returns its path;
 * NULL when none has, and with error set when that can't be known. */
static char *
find_in (const GPtrArray *dirs, const char *sub, const char *name, GError **error)
{
  for (guint i = 0; i < dirs->len; i++)
    {
      g_autofree char *path = g_build_filename (g_ptr_array_index (dirs, i), sub, name, NULL);

      if (access (path, F_OK) == 0)
        return g_steal_pointer (&path);
      if (!fs_is_missing (errno))
        {
          fs_fail (error, "look at", path);
          return NULL;
        }
    }
  return NULL;
}

/* Names the directories for an error. */
static char *
join (GPtrArray *dirs)
{
  g_ptr_array_add (dirs, NULL);
  return g_strjoinv (", ", (char **) dirs->pdata);
}

/* Finds the file of a plugin that is named by a path. */
static char *
find_path (const char *name, GError **error)
{
  g_autofree char *path = g_canonicalize_filename (name, NULL);

  if (access (path, F_OK) == 0)
    return g_steal_pointer (&path);
  g_set_error (error, VENVB_ERROR, fs_is_missing (errno) ? VENVB_ERROR_PLUGIN : VENVB_ERROR_FAILED,
               "cannot load plugin '%s': %s", name, g_strerror (errno));
  return NULL;
}

/* The package that has a plugin, where it is one of venvb's own and packages are named
 * so: a prefix, empty for none, and its name.  Free with g_free(). */
char *
search_package (const char *prefix, const char *own, const char *name)
{
  g_auto (GStrv) names = g_strsplit (own, " ", -1);

  return *prefix != '\0' && g_strv_contains ((const char *const *) names, name)
             ? g_strconcat (prefix, name, NULL)
             : NULL;
}

/* The name of the plugin that was meant, of those that there are and venvb's own.  NULL when
 * none is near; free with g_free(). */
static char *
nearest_plugin (const char *name, const GPtrArray *dirs)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) own = g_strsplit (VENVB_OWN_PLUGINS, " ", -1);

  for (guint i = 0; i < dirs->len; i++)
    {
      g_autoptr (GDir) dir = g_dir_open (g_ptr_array_index (dirs, i), 0, NULL);
      const char *entry;

      while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
        if (g_str_has_suffix (entry, ".so") && g_utf8_validate (entry, -1, NULL))
          g_ptr_array_add (names, g_strndup (entry, strlen (entry) - strlen (".so")));
    }
  for (guint i = 0; own[i] != NULL; i++)
    g_ptr_array_add (names, g_strdup (own[i]));
  g_ptr_array_add (names, NULL);
  return nearest_word ((const char *const *) names->pdata, name);
}

/* Says that none of the directories has a plugin: which was meant, or where was looked. */
static void
fail_to_find (const char *name, GPtrArray *dirs, GError **error)
{
  g_autofree char *meant = nearest_plugin (name, dirs);
  g_autofree char *searched = join (dirs);
  g_autofree char *package = search_package (VENVB_PLUGIN_PACKAGES, VENVB_OWN_PLUGINS, name);
  g_autofree char *advice =
      package != NULL ? g_strconcat ("install the package ", package, NULL) : home_advice ();

  if (meant != NULL && package == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "plugin '%s' is not installed; did you mean '%s'?", name, meant);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                 "plugin '%s' is not installed; searched: %s%s%s", name, searched,
                 advice != NULL ? "; " : "", advice != NULL ? advice : "");
}

/* The same of one that is mandatory: only where this program's plugins were installed,
 * since variables, options and the user's directory are not root's. */
char *
search_find_installed (const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  g_autoptr (GPtrArray) dirs = g_ptr_array_new_with_free_func (g_free);
  char *path;

  if (strchr (name, '/') != NULL)
    return find_path (name, error);
  g_ptr_array_add (dirs, place_find (VENVB_PLUGINDIR));
  path = find_in (dirs, "", file, error);
  if (path == NULL && (error == NULL || *error == NULL))
    fail_to_find (name, dirs, error);
  return path;
}

/* Finds a plugin's file.  A name with a slash is a path.  Returns an absolute
 * path, or NULL with error set: to VENVB_ERROR_PLUGIN when it is not there. */
char *
search_find (const GPtrArray *added, const char *name, GError **error)
{
  g_autofree char *file = g_strconcat (name, ".so", NULL);
  g_autoptr (GPtrArray) dirs = NULL;
  g_autoptr (GError) cause = NULL;
  char *path;

  if (strchr (name, '/') != NULL)
    return find_path (name, error);
  dirs = search_dirs (added);
  path = find_in (dirs, "", file, &cause);
  if (path != NULL)
    return path;
  if (cause != NULL)
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&cause), "plugin '%s': ", name);
      return NULL;
    }
  fail_to_find (name, dirs, error);
  return NULL;
}

/* The directories in which the data of plugins are, first to last: each
 * plugin's in one of its name.  Free with g_ptr_array_unref(). */
static GPtrArray *
data_dirs (const char *plugin_file, gboolean obey_variable)
{
  GPtrArray *dirs = g_ptr_array_new_with_free_func (g_free);
  const char *path = obey_variable ? venvb_getenv ("VENVB_PLUGIN_DATA_PATH") : NULL;

  if (path != NULL)
    add_path (dirs, path);
  if (plugin_file != NULL)
    g_ptr_array_add (dirs, g_path_get_dirname (plugin_file));
  g_ptr_array_add (dirs, place_find (VENVB_PLUGINDATADIR));
  return dirs;
}

/* Finds a data file of a plugin, whose own file is named if there is one.  The
 * variable is not obeyed for one that is mandatory. */
char *
search_find_data (const char *plugin_file, const char *plugin, const char *name,
                  gboolean obey_variable, GError **error)
{
  g_autoptr (GPtrArray) dirs = data_dirs (plugin_file, obey_variable);
  g_autoptr (GError) cause = NULL;
  char *path = find_in (dirs, plugin, name, &cause);

  if (path != NULL)
    return path;
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return NULL;
    }
  g_autofree char *searched = join (dirs);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "cannot find '%s/%s'; searched: %s", plugin,
               name, searched);
  return NULL;
}
