/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Installs pip without running it: what ensurepip would install is unpacked
 * once for each interpreter, kept in the cache and linked from there.  What
 * can't be done so is left to ensurepip.
 */

#include "venvb-plugin.h"

#include "../common/wheels.h"

typedef struct
{
  char *wheel_dir; /* where to look first, or NULL */
} Pip;

static const VenvbOption rows[] = {
  { .key = "wheel-dir", VENVB_DIRECTORY (Pip, wheel_dir), .help = "look for wheels here first" },
};

/* The wheel of a project: from wheel-dir, else from ensurepip's own, else
 * from the distributor's.  What the user has put into wheel-dir is refused rather
 * than passed over when it does not fit; elsewhere that is told in unfit. */
static char *
find_wheel (const Pip *pip, VenvbContext *ctx, const char *project, char **unfit, GError **error)
{
  g_autofree char *bundled = wheels_bundled_dir (ctx);
  const char *const dirs[] = { pip->wheel_dir, bundled, wheels_shared_dir (ctx) };
  g_autoptr (GError) cause = NULL;
  char *found = NULL;

  for (guint i = 0; found == NULL && cause == NULL && i < G_N_ELEMENTS (dirs); i++)
    {
      found = wheels_find (ctx, dirs[i], project, NULL, unfit, &cause);
      if (i == 0 && found == NULL && cause == NULL && *unfit != NULL)
        wheels_refuse (*unfit, dirs[i], &cause);
    }
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  return found;
}

/* Adds a wheel to those that are to be installed, unless that or a newer version
 * is there already, which ensurepip would leave, too.  An older one, or half of
 * one, is its job: returns why then. */
static char *
add_wheel (VenvbContext *ctx, const char *project, char *wheel, GPtrArray *wheels)
{
  g_autofree char *there = venvb_context_is_new (ctx) ? NULL : wheels_installed (ctx, project);
  g_autofree char *metadata = there == NULL ? NULL : wheels_metadata (ctx, project);
  g_autofree char *version = wheels_version (wheel);

  if (there == NULL)
    {
      g_ptr_array_add (wheels, wheel);
      return NULL;
    }
  g_free (wheel);
  if (metadata == NULL || wheels_compare_versions (there, version) < 0)
    return g_strdup_printf ("%s %s is installed already", project, there);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "pip: %s %s is installed already", project, there);
  return NULL;
}

/* Finds the wheels of all projects, or says why this is ensurepip's job.  Sets
 * error when a directory can't be read: what ensurepip has is not what the user
 * wants then. */
static char *
find_wheels (const Pip *pip, VenvbContext *ctx, char **projects, GPtrArray *wheels, GError **error)
{
  const char *implementation = venvb_context_get_fact (ctx, "implementation");
  g_autoptr (GError) cause = NULL;

  if (pip->wheel_dir == NULL && g_strcmp0 (implementation, "graalpy") == 0)
    return g_strdup ("GraalPy's pip has files that its RECORD does not list");
  for (guint i = 0; projects[i] != NULL; i++)
    {
      g_autofree char *unfit = NULL;
      char *wheel = find_wheel (pip, ctx, projects[i], &unfit, &cause);

      if (cause != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
      char *why = wheel != NULL   ? add_wheel (ctx, projects[i], wheel, wheels)
                  : unfit != NULL ? g_steal_pointer (&unfit)
                                  : g_strdup_printf ("no wheel of %s was found", projects[i]);

      if (why != NULL)
        return why;
    }
  return NULL;
}

static gboolean
pip_setup_pip (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *seeds = venvb_context_get_fact (ctx, "seeds");
  g_auto (GStrv) projects = g_strsplit (seeds != NULL ? seeds : "pip", "/", -1);
  g_autoptr (GPtrArray) wheels = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) cause = NULL;
  g_autofree char *why = find_wheels (self, ctx, projects, wheels, &cause);

  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  if (why != NULL)
    {
      venvb_context_message (ctx, VENVB_SOURCE_MAIN, "pip: left to ensurepip: %s", why);
      return venvb_next (next, ctx, error);
    }
  for (guint i = 0; i < wheels->len; i++)
    if (!venvb_context_install_wheel (ctx, g_ptr_array_index (wheels, i), TRUE, error))
      return FALSE;
  return TRUE;
}

VENVB_PLUGIN (.name = "pip", .version = VENVB_VERSION,
              .summary = "install pip from its wheel, without running it",
              .setup_pip = pip_setup_pip, .changed = venvb_changed_as_seen, .dry_run = TRUE,
              VENVB_OPTIONS (Pip, rows))
