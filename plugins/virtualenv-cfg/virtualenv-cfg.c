/* SPDX-License-Identifier: BSD-2-Clause */

/* Adds the keys to pyvenv.cfg that virtualenv writes and venv does not, for programs that
 * take environments of virtualenv only: pre-commit looks at version_info. */

#include "venvb-plugin.h"

#include <string.h>

/* What Python calls the level of a release, and how a version has it. */
static const struct
{
  const char *sign;
  const char *level;
} levels[] = { { "rc", "candidate" }, { "a", "alpha" }, { "b", "beta" } };

/* sys.version_info with dots between: 3.14.0.candidate.2 for 3.14.0rc2. */
static char *
version_info (const char *version)
{
  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      const char *found = strstr (version, levels[i].sign);

      if (found != NULL)
        return g_strdup_printf ("%.*s.%s.%s", (int) (found - version), version, levels[i].level,
                                found + strlen (levels[i].sign));
    }
  return g_strdup_printf ("%s.final.0", version);
}

/* The name that an implementation has in virtualenv: platform.python_implementation(). */
static const char *
implementation (const char *name)
{
  static const char *const names[] = { "CPython", "PyPy", "GraalPy" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_ascii_strcasecmp (name, names[i]) == 0)
      return names[i];
  return name;
}

/* The first two numbers of a version. */
static char *
series (const char *version)
{
  const char *dot = strchr (version, '.');
  const char *end = dot == NULL ? NULL : strchr (dot + 1, '.');

  return end == NULL ? g_strdup (version) : g_strndup (version, end - version);
}

static gboolean
create_configuration (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *full = venvb_context_get_fact (ctx, "full_version");
  const char *version = full != NULL ? full : venvb_context_get (ctx, VENVB_ATTR_VERSION);
  const char *name = venvb_context_get_fact (ctx, "implementation");
  g_autofree char *info = version_info (version);
  g_autofree char *python = series (version);

  return venvb_context_set_cfg (ctx, "implementation",
                                implementation (name != NULL ? name : "cpython"), error)
         && venvb_context_set_cfg (ctx, "python-version", python, error)
         && venvb_context_set_cfg (ctx, "version_info", info, error)
         && venvb_context_set_cfg (ctx, "base-executable",
                                   venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE), error)
         && venvb_next (next, ctx, error);
}

VENVB_PLUGIN (.name = "virtualenv-cfg", .version = VENVB_VERSION,
              .summary = "write the keys of virtualenv to pyvenv.cfg",
              .create_configuration = create_configuration, .changed = venvb_changed_as_seen,
              .dry_run = TRUE)
