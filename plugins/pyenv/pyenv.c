/* SPDX-License-Identifier: BSD-2-Clause */

/* Takes the base Python from pyenv, without running its shims: they would
 * start a shell, and what they start depends on where and when they run. */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "venvb-plugin.h"

#include "../common/values.h"
#include "base/home.h"

#include "pythons/installs.h"
#include "versions.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct
{
  char *root;    /* or NULL for PYENV_ROOT */
  char *version; /* or NULL */
  char *file;    /* or NULL for the usual ones */
  gboolean required;
} Pyenv;

/* What was asked for, and by whom. */
typedef struct
{
  char **versions; /* in the order of preference; NULL when nothing was said */
  char *origin;    /* for messages: 'FILE', with its quotes */
} Request;

static void
request_clear (Request *request)
{
  g_strfreev (request->versions);
  g_free (request->origin);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static const VenvbOption rows[] = {
  { .key = "root",
    VENVB_DIRECTORY (Pyenv, root),
    .help = "where pyenv is ($PYENV_ROOT, or ~/.pyenv)" },
  { .key = "version",
    VENVB_STRING (Pyenv, version),
    .help = "this version, whatever files say",
    .value = "VERSION" },
  { .key = "file", VENVB_PATH (Pyenv, file), .help = "read this rather than .python-version" },
  { .key = "required", VENVB_FLAG (Pyenv, required), .help = "fail where no version is set" },
};

static gboolean
pyenv_ready (gpointer self, GError **error)
{
  const Pyenv *plugin = self;

  if (plugin->version == NULL || plugin->file == NULL)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_OPTION, "version and file can't both be given");
  return FALSE;
}

/* A variable of pyenv's, NULL when it is empty. */
static const char *
variable (const char *name)
{
  const char *value = secure_getenv (name);

  return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Where pyenv is. */
static char *
find_root (const Pyenv *plugin)
{
  const char *root = variable ("PYENV_ROOT");
  char *own = NULL;

  if (plugin->root != NULL)
    return g_strdup (plugin->root);
  if (root != NULL && !home_disowns (root))
    return g_canonicalize_filename (root, NULL);
  own = home_path (".pyenv");
  return own != NULL ? own : g_strdup ("/.pyenv");
}

/* The file that decides: the option's, the nearest .python-version, or the
 * one for all directories. */
static char *
find_file (const Pyenv *plugin, const char *root)
{
  const char *dir = variable ("PYENV_DIR");
  g_autofree char *current = g_get_current_dir ();
  char *file = NULL;

  if (plugin->file != NULL)
    return g_strdup (plugin->file);
  if (dir != NULL && g_path_is_absolute (dir))
    file = versions_find_file (dir);
  if (file == NULL)
    file = versions_find_file (current);
  return file != NULL ? file : g_build_filename (root, "version", NULL);
}

/* Reads the file that decides.  That there is none is no error, unless it was
 * named. */
static gboolean
read_file (const Pyenv *plugin, const char *root, Request *request, GError **error)
{
  g_autofree char *file = find_file (plugin, root);
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;

  if (plugin->file == NULL && !g_file_test (file, G_FILE_TEST_EXISTS))
    return TRUE;
  if (!g_file_get_contents (file, &text, NULL, &cause))
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read '%s': %s", file,
                   values_reason (cause));
      return FALSE;
    }
  request->versions = installs_parse (text);
  request->origin = g_strdup_printf ("'%s'", file);
  return TRUE;
}

/* Finds out which versions are asked for. */
static gboolean
get_request (const Pyenv *plugin, const char *root, Request *request, GError **error)
{
  const char *chosen = plugin->version;
  const char *origin = "the option version";

  if (chosen == NULL && plugin->file == NULL)
    {
      chosen = variable ("PYENV_VERSION");
      origin = "PYENV_VERSION";
    }
  if (chosen == NULL)
    return read_file (plugin, root, request, error);
  request->versions = installs_parse (chosen);
  request->origin = g_strdup (origin);
  return TRUE;
}

/* The Python of one version; or NULL, and why not is added to problems. */
static char *
try_version (const char *root, const char *name, GString *problems)
{
  g_autofree char *version = NULL;
  const char *problem = "is not installed";
  char *python;

  if (g_str_equal (name, "system"))
    {
      python = versions_system_python (root);
      problem = "has no python3 on PATH";
    }
  else
    {
      version = versions_resolve (root, name);
      python = version == NULL ? NULL : versions_python (root, version);
      if (version != NULL)
        problem = "has no python3 of CPython";
    }
  if (python == NULL)
    g_string_append_printf (problems, "%s'%s' %s", problems->len > 0 ? ", " : "", name, problem);
  return python;
}

/* The Python of the first version that has one. */
static char *
choose (const char *root, const Request *request, GError **error)
{
  g_autoptr (GString) problems = g_string_new (NULL);
  g_autofree char *there = NULL;

  for (guint i = 0; request->versions[i] != NULL; i++)
    {
      char *python = try_version (root, request->versions[i], problems);

      if (python != NULL)
        return python;
    }
  there = versions_list (root);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s, set by %s; installed in '%s': %s",
               problems->str, request->origin, root, there != NULL ? there : "nothing");
  return NULL;
}

/* Tells the core which Python to look at. */
static void
use (VenvbContext *ctx, const char *python, const char *why, const char *origin)
{
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "pyenv: '%s', %s%s", python, why, origin);
  venvb_context_set (ctx, VENVB_ATTR_PYTHON, python);
}

/* What --python asked for stays, but a version is looked for here before it
 * is on PATH, where the shims are. */
static void
serve_option (VenvbContext *ctx, const char *root, const char *asked)
{
  g_autofree char *version = NULL;
  g_autofree char *python = NULL;

  if (asked[strspn (asked, "0123456789.t")] != '\0' || !g_ascii_isdigit (asked[0]))
    return;
  version = versions_resolve (root, asked);
  python = version == NULL ? NULL : versions_python (root, version);
  if (python != NULL)
    use (ctx, python, "asked for with ", "--python");
}

/* Sets the Python that pyenv's rules lead to. */
static gboolean
serve_rules (const Pyenv *plugin, VenvbContext *ctx, const char *root, GError **error)
{
  g_auto (Request) request = { NULL, NULL };
  g_autofree char *python = NULL;

  if (!get_request (plugin, root, &request, error))
    return FALSE;
  if (request.versions != NULL && request.versions[0] != NULL)
    {
      python = choose (root, &request, error);
      if (python == NULL)
        return FALSE;
      use (ctx, python, "set by ", request.origin);
      return TRUE;
    }
  if (plugin->required)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "no version is set by %s",
                   request.origin != NULL ? request.origin : "any file .python-version");
      return FALSE;
    }
  python = versions_system_python (root);
  if (python != NULL)
    use (ctx, python, "since no version is set", "");
  return TRUE;
}

static gboolean
find_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const Pyenv *plugin = self;
  const char *asked = venvb_context_get (ctx, VENVB_ATTR_PYTHON);
  g_autofree char *root = find_root (plugin);

  if (asked != NULL)
    serve_option (ctx, root, asked);
  else if (!serve_rules (plugin, ctx, root, error))
    return FALSE;
  return venvb_next (next, ctx, error);
}

VENVB_PLUGIN (.name = "pyenv", .version = VENVB_VERSION,
              .summary = "take the base Python from pyenv, without running its shims",
              .ready = pyenv_ready, .find_python = find_python, .changed = venvb_changed_as_seen,
              .dry_run = TRUE, VENVB_OPTIONS (Pyenv, rows))
