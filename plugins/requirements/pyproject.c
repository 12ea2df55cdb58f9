/* SPDX-License-Identifier: BSD-2-Clause */

#include "pyproject.h"

#include "read-pyproject.h"

#include "../common/wheels.h"

#include <string.h>

Wanted *
wanted_new (const char *kind, const char *path, const char *name)
{
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->kind = kind;
  wanted->path = g_strdup (path);
  wanted->name = g_strdup (name);
  return wanted;
}

void
wanted_free (gpointer data)
{
  Wanted *wanted = data;

  g_free (wanted->path);
  g_free (wanted->name);
  g_free (wanted);
}

/* A wheel of pip: it has a parser of TOML, for a Python that has none in an
 * environment without pip.  Empty when there is none. */
static char *
find_pip_wheel (VenvbContext *ctx)
{
  g_autofree char *bundled = wheels_bundled_dir (ctx);
  char *wheel = wheels_find (ctx, bundled, "pip", NULL, NULL, NULL);

  if (wheel == NULL)
    wheel = wheels_find (ctx, wheels_shared_dir (ctx), "pip", NULL, NULL, NULL);
  return wheel != NULL ? wheel : g_strdup ("");
}

/* Runs the helper, and returns the lines it prints.  That it came to its end is
 * told by the last of them, not by its status, which is lost where the process
 * has SIGCHLD ignored. */
static char **
run_helper (const char *const *argv, GError **error)
{
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, &err, NULL,
                     error))
    return NULL;
  if (g_str_has_suffix (out, "\nend\n"))
    {
      out[strlen (out) - strlen ("end\n")] = '\0';
      return g_strsplit (out, "\n", -1);
    }
  g_strdelimit (g_strstrip (err), "\n", ' ');
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' failed: %s", argv[0], err);
  return NULL;
}

/* The helper's command; its words are borrowed. */
static GPtrArray *
build_command (VenvbContext *ctx, const char *wheel, const GPtrArray *wanted)
{
  const char *const first[] = { venvb_context_get (ctx, VENVB_ATTR_ENV_EXEC_CMD), "-IBc",
                                read_pyproject_py, wheel };
  GPtrArray *argv = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (first); i++)
    g_ptr_array_add (argv, (gpointer) first[i]);
  for (guint i = 0; i < wanted->len; i++)
    {
      const Wanted *one = g_ptr_array_index (wanted, i);

      g_ptr_array_add (argv, (gpointer) one->kind);
      g_ptr_array_add (argv, one->path);
      g_ptr_array_add (argv, one->name);
    }
  g_ptr_array_add (argv, NULL);
  return argv;
}

GPtrArray *
pyproject_read (VenvbContext *ctx, const GPtrArray *wanted, GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *wheel = find_pip_wheel (ctx);
  g_autoptr (GPtrArray) argv = build_command (ctx, wheel, wanted);
  g_auto (GStrv) lines =
      wanted->len == 0 ? NULL : run_helper ((const char *const *) argv->pdata, error);

  if (wanted->len == 0)
    return g_steal_pointer (&found);
  if (lines == NULL)
    return NULL;
  if (g_strcmp0 (lines[0], "ok") != 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s",
                   lines[0] != NULL && lines[1] != NULL ? lines[1] : "no answer");
      return NULL;
    }
  for (guint i = 1; lines[i] != NULL && lines[i][0] != '\0'; i++)
    g_ptr_array_add (found, g_strdup (lines[i]));
  return g_steal_pointer (&found);
}
