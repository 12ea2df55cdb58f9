/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Installs setuptools, and wheel where asked for, from wheels and without
 * running Python; through pip only what a wheel alone can't do: fetch it from
 * an index, or replace a version that is installed.
 */

#include "venvb-plugin.h"

#include "requirement.h"

#include "../common/wheels.h"

#include <string.h>

/* Where to look, in the order of the option's words. */
enum
{
  SOURCE_AUTO,
  SOURCE_WHEEL_DIR,
  SOURCE_BUNDLED,
  SOURCE_INDEX,
};

typedef struct
{
  char *wheel_dir; /* or NULL */
  char *version;   /* of setuptools, or NULL for the newest there is */
  guint source;
  gboolean wheel;   /* install the project wheel, too */
  gboolean has_run; /* pip, in this environment */
} Setuptools;

static const VenvbOption rows[] = {
  { .key = "wheel-dir",
    VENVB_DIRECTORY (Setuptools, wheel_dir),
    .help = "look for wheels here first" },
  { .key = "version",
    VENVB_STRING (Setuptools, version),
    .help = "this version of setuptools",
    .value = "VERSION" },
  { .key = "source",
    VENVB_CHOICE (Setuptools, source, "auto|wheel-dir|bundled|index"),
    .help = "where setuptools comes from",
    .initial = "auto" },
  { .key = "wheel", VENVB_FLAG (Setuptools, wheel), .help = "install wheel, too" },
};

/* A version is given to pip, so it has to be one and no other requirement. */
static gboolean
setuptools_ready (gpointer self, GError **error)
{
  static const char chars[] = "0123456789.+abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_!";
  const char *version = ((const Setuptools *) self)->version;

  if (version == NULL || (g_ascii_isdigit (version[0]) && version[strspn (version, chars)] == '\0'))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "'%s' is not a version", version);
  return FALSE;
}

/* One project that is to be installed. */
typedef struct
{
  const char *name;
  const char *version; /* or NULL for any */
  gboolean requested;  /* by the user, not by another project */
} Project;

/* Where to look for wheels, in this order; the array is NULL-terminated. */
static char **
wheel_dirs (const Setuptools *plugin, VenvbContext *ctx)
{
  const char *own = plugin->source == SOURCE_BUNDLED ? NULL : plugin->wheel_dir;
  char **dirs = g_new0 (char *, 4);
  guint n = 0;

  if (own != NULL)
    dirs[n++] = g_strdup (own);
  if (plugin->source != SOURCE_WHEEL_DIR && (dirs[n] = wheels_bundled_dir (ctx)) != NULL)
    n++;
  if (plugin->source == SOURCE_AUTO || (plugin->source == SOURCE_WHEEL_DIR && own == NULL))
    dirs[n] = g_strdup (wheels_shared_dir (ctx));
  return dirs;
}

/* The names of the packages that bring wheels, by the system's ID or what it
 * is like (os-release(5)). */
static char *
package_of (const char *project)
{
  g_autofree char *id = g_get_os_info ("ID");
  g_autofree char *like = g_get_os_info ("ID_LIKE");
  g_autofree char *ids =
      g_strdup_printf (" %s %s ", id != NULL ? id : "", like != NULL ? like : "");

  if (strstr (ids, " debian ") != NULL || strstr (ids, " ubuntu ") != NULL)
    return g_strdup_printf ("python3-%s-whl", project);
  if (strstr (ids, " fedora ") != NULL || strstr (ids, " rhel ") != NULL)
    return g_strdup_printf ("python-%s-wheel", project);
  return NULL;
}

/* What there is of a project, for an error: "66.1.1 in '/x'; 65.5.0 in '/y'",
 * or where nothing is: "nothing in '/x', '/y'". */
static char *
describe_dirs (VenvbContext *ctx, char **dirs, const char *project)
{
  g_autoptr (GString) found = g_string_new (NULL);
  g_autoptr (GString) empty = g_string_new (NULL);

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *list = wheels_list (ctx, dirs[i], project);

      if (list != NULL)
        g_string_append_printf (found, "%s%s in '%s'", found->len > 0 ? "; " : "", list, dirs[i]);
      else
        g_string_append_printf (empty, "%s'%s'", empty->len > 0 ? ", " : "", dirs[i]);
    }
  return found->len > 0 ? g_strdup_printf ("there is %s", found->str)
                        : g_strdup_printf ("there is none in %s",
                                           empty->len > 0 ? empty->str : "any directory");
}

/* Says that there is no wheel, and what to do; unfit is what is wrong with one that
 * there is, or NULL. */
static void
explain_no_wheel (const Project *project, char **dirs, VenvbContext *ctx, const char *unfit,
                  GError **error)
{
  g_autofree char *there = describe_dirs (ctx, dirs, project->name);
  g_autofree char *package = package_of (project->name);
  g_autofree char *advice = NULL;

  if (package == NULL || project->version != NULL)
    advice = g_strdup ("name a directory that has one with wheel-dir");
  else if (wheels_shared_dir (ctx) != NULL)
    advice = g_strdup_printf ("install the package %s", package);
  else
    advice = g_strdup_printf ("install the package %s and name the directory of its wheel with "
                              "wheel-dir",
                              package);
  if (unfit != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s; %s, or use source=index", unfit,
                 advice);
  else
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "no wheel of %s%s%s was found, %s; %s, or use source=index", project->name,
                 project->version != NULL ? " " : "",
                 project->version != NULL ? project->version : "", there, advice);
}

/* The wheel of a project; NULL with error set when there is none. */
static char *
find_wheel (const Setuptools *plugin, VenvbContext *ctx, const Project *project, GError **error)
{
  g_auto (GStrv) dirs = wheel_dirs (plugin, ctx);
  g_autofree char *unfit = NULL;
  g_autoptr (GError) cause = NULL;

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      char *wheel = wheels_find (ctx, dirs[i], project->name, project->version, &unfit, &cause);

      if (wheel != NULL)
        return wheel;
      if (cause == NULL && unfit != NULL && g_strcmp0 (dirs[i], plugin->wheel_dir) == 0)
        wheels_refuse (unfit, dirs[i], &cause);
      if (cause != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
    }
  explain_no_wheel (project, dirs, ctx, unfit, error);
  return NULL;
}

/* Has the environment's pip install a project: from the index, or a wheel's
 * file.  The user's settings of pip hold for the index only. */
static gboolean
run_pip (Setuptools *plugin, VenvbContext *ctx, const Project *project, const char *wheel,
         GError **error)
{
  g_autofree char *dir = wheel == NULL ? NULL : g_path_get_dirname (wheel);
  g_autofree char *version = wheel != NULL ? wheels_version (wheel) : g_strdup (project->version);
  g_autofree char *wanted =
      g_strconcat (project->name, version != NULL ? "==" : NULL, version, NULL);
  const char *const from_index[] = { "install", wanted, NULL };
  const char *const from_dir[] = {
    "--isolated", "install", "--disable-pip-version-check", "--no-index", "--find-links", dir,
    wanted,       NULL
  };
  g_autofree char *pip = wheels_installed (ctx, "pip");

  plugin->has_run = TRUE;
  if (pip == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "%s needs pip, which is not in the environment",
                 wheel == NULL ? "source=index" : "replacing a version that is installed");
  else if (venvb_context_run_pip (ctx, wheel == NULL ? from_index : from_dir, NULL, error))
    return TRUE;
  g_prefix_error (error, "cannot install %s: ", wanted);
  return FALSE;
}

static gboolean ensure (Setuptools *plugin, VenvbContext *ctx, const Project *project,
                        GError **error);

/* Sees to one project that another needs. */
static gboolean
ensure_needed (Setuptools *plugin, VenvbContext *ctx, const Requirement *needed, const char *by,
               GError **error)
{
  const Project project = { needed->name, NULL, FALSE };
  g_autofree char *installed = NULL;

  if (!ensure (plugin, ctx, &project, error))
    {
      g_prefix_error (error, "%s needs %s: ", by, needed->name);
      return FALSE;
    }
  installed = wheels_installed (ctx, needed->name);
  if (installed == NULL || requirement_is_met (needed->specifiers, installed))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s needs %s %s, there is %s", by,
               needed->name, needed->specifiers, installed);
  return FALSE;
}

/* Sees to what a wheel that was just installed needs; pip would have done so,
 * too. */
static gboolean
check_needs (Setuptools *plugin, VenvbContext *ctx, const Project *project, GError **error)
{
  g_autofree char *metadata = wheels_metadata (ctx, project->name);
  g_autoptr (GPtrArray) needed = requirement_projects (metadata != NULL ? metadata : "");

  for (guint i = 0; i < needed->len; i++)
    if (!ensure_needed (plugin, ctx, g_ptr_array_index (needed, i), project->name, error))
      return FALSE;
  return TRUE;
}

/* Installs a project that is not there, or in another version than asked. */
static gboolean
install (Setuptools *plugin, VenvbContext *ctx, const Project *project, const char *installed,
         GError **error)
{
  g_autofree char *wheel = NULL;

  if (plugin->source == SOURCE_INDEX)
    return run_pip (plugin, ctx, project, NULL, error);
  wheel = find_wheel (plugin, ctx, project, error);
  if (wheel == NULL)
    return FALSE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "setuptools: installing '%s'", wheel);
  if (installed != NULL)
    return run_pip (plugin, ctx, project, wheel, error);
  return venvb_context_install_wheel (ctx, wheel, project->requested, error)
         && check_needs (plugin, ctx, project, error);
}

/* Sees to it that a project is in the environment, in the version asked for. */
static gboolean
ensure (Setuptools *plugin, VenvbContext *ctx, const Project *project, GError **error)
{
  g_autofree char *installed = wheels_installed (ctx, project->name);

  if (installed == NULL
      || (project->version != NULL && !wheels_is_version (project->version, installed)))
    return install (plugin, ctx, project, installed, error);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "setuptools: %s %s is installed already",
                         project->name, installed);
  return TRUE;
}

static gboolean
ensure_all (Setuptools *plugin, VenvbContext *ctx, GError **error)
{
  const Project setuptools = { "setuptools", plugin->version, TRUE };
  const Project wheel = { "wheel", NULL, TRUE };

  return ensure (plugin, ctx, &setuptools, error)
         && (!plugin->wheel || ensure (plugin, ctx, &wheel, error));
}

/* After pip, which can replace a version that came with it. */
static gboolean
setuptools_setup_pip (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && ensure_all (self, ctx, error);
}

/* Without pip the stage setup_pip is left out.  What is next to it and never
 * left out, not even with --upgrade, is the end of this one. */
static gboolean
setuptools_setup_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  ((Setuptools *) self)->has_run = FALSE;
  return venvb_next (next, ctx, error)
         && (venvb_context_get_flag (ctx, VENVB_FLAG_WITH_PIP) || ensure_all (self, ctx, error));
}

/* What pip does venvb does not see; it is run only where something has to be changed. */
static VenvbChanged
setuptools_changed (VenvbContext *ctx, gpointer self)
{
  return ((const Setuptools *) self)->has_run ? VENVB_CHANGED_YES : VENVB_CHANGED_NO;
}

VENVB_PLUGIN (.name = "setuptools", .version = VENVB_VERSION,
              .summary = "install setuptools from its wheel, without running pip",
              .ready = setuptools_ready, .setup_python = setuptools_setup_python,
              .setup_pip = setuptools_setup_pip, .changed = setuptools_changed,
              VENVB_OPTIONS (Setuptools, rows))
