/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The shims of pyenv, asdf and mise: programs that look which interpreter is
 * meant in the current directory, and hand over to it.  They are not run, which
 * takes long and may install things, but read: what they would choose is in
 * the files that they would read.
 */

#include "pythons/pythons.h"
#include "pythons/installs.h"
#include "base/home.h"
#include "base/regular.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The tools.  All have ROOT/shims/NAME. */
static const struct
{
  const char *name;
  gboolean is_link;     /* its shims are links to itself, not scripts */
  const char *installs; /* below ROOT: a directory for each version */
  const char *variable; /* names versions */
  const char *files;    /* that name versions, in the current directory or above */
  const char *fallback; /* the file that does elsewhere: in ROOT, or in the home directory */
  const char *key;      /* what the line begins with; NULL: the lines are versions */
} tools[] = {
  { "pyenv", FALSE, "versions", "PYENV_VERSION", ".python-version", "version", NULL },
  { "asdf", FALSE, "installs/python", "ASDF_PYTHON_VERSION", ".tool-versions", "~/.tool-versions",
    "python" },
  { "mise", TRUE, "installs/python", "MISE_PYTHON_VERSION",
    "mise.toml:.mise.toml:.tool-versions:.python-version", "~/.config/mise/config.toml", "python" },
};

/* The beginning of a script; NULL for any other file.  Free with g_free(). */
static char *
read_script (const char *path)
{
  int fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  char text[4096];
  ssize_t length = fd < 0 ? -1 : read (fd, text, sizeof text);

  if (fd >= 0)
    close (fd);
  return length < 2 || memcmp (text, "#!", 2) != 0 ? NULL : g_strndup (text, length);
}

/* The name of the file that a link leads to in the end, to be freed with
 * g_free(); NULL when it is no link. */
static char *
read_name (const char *path)
{
  char *real = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? realpath (path, NULL) : NULL;
  char *name = real == NULL ? NULL : g_path_get_basename (real);

  free (real);
  return name;
}

/* Tells whether a script does what shims do: exec /some/where/TOOL exec NAME "$@". */
static gboolean
hands_over (const char *script, const char *tool)
{
  g_auto (GStrv) lines = g_strsplit (script, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *plain = g_strdelimit (g_strstrip (g_strdup (lines[i])), "\"'\t", ' ');
      g_auto (GStrv) words = g_strsplit (plain, " exec ", 2);
      g_autofree char *program = words[0] == NULL ? NULL : g_strstrip (g_strdup (words[0]));

      if (words[0] == NULL || words[1] == NULL || !g_str_has_prefix (program, "exec "))
        continue;
      g_autofree char *name = g_path_get_basename (program + strlen ("exec "));
      if (g_str_equal (g_strstrip (name), tool))
        return TRUE;
    }
  return FALSE;
}

/* Where a program lies, seen as a shim: in ROOT/shims, by its own path or by what
 * a link leads to.  NULL for any other place; free with g_free(). */
static char *
root_of (const char *path)
{
  g_autofree char *real = realpath (path, NULL);
  const char *const paths[] = { path, real };

  for (guint i = 0; i < G_N_ELEMENTS (paths) && paths[i] != NULL; i++)
    {
      g_autofree char *dir = g_path_get_dirname (paths[i]);
      g_autofree char *name = g_path_get_basename (dir);

      if (g_str_equal (name, "shims"))
        return g_path_get_dirname (dir);
    }
  return NULL;
}

/* Which tool a program is a shim of, -1 for none; and whether it is a script,
 * which may be NULL.  It is one by what it is and where: a script that only
 * speaks of a tool is somebody's own, and an interpreter like others. */
static int
tool_of (const char *path, gboolean *is_script)
{
  g_autofree char *script = read_script (path);
  g_autofree char *name = script != NULL ? NULL : read_name (path);
  g_autofree char *root = script == NULL ? NULL : root_of (path);
  int found = -1;

  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    if (tools[i].is_link ? g_strcmp0 (name, tools[i].name) == 0
                         : root != NULL && hands_over (script, tools[i].name))
      found = (int) i;
  if (is_script != NULL)
    *is_script = script != NULL;
  return found;
}

/* Tells whether a program may hand over to any interpreter: a shim, or some
 * other script. */
gboolean
shims_is_one (const char *path)
{
  gboolean is_script;

  return tool_of (path, &is_script) >= 0 || is_script;
}

/* Tells whether a program is a shim of a tool that is known here. */
gboolean
shims_is_known (const char *path)
{
  return tool_of (path, NULL) >= 0;
}

/* Adds the versions that a text names as pyenv has them. */
static void
add_plain (GPtrArray *versions, const char *text)
{
  g_auto (GStrv) found = installs_parse (text);

  for (guint i = 0; found[i] != NULL; i++)
    g_ptr_array_add (versions, g_strdup (found[i]));
}

/* Adds the versions in a line, which may be "python 3.12.1 3.11" or
 * python = ["3.12", "3.11"]. */
static void
add_with_key (GPtrArray *versions, const char *line, const char *key)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t\r,=[]\"'", -1);
  gboolean is_wanted = FALSE;

  for (guint i = 0; words[i] != NULL && words[i][0] != '#'; i++)
    if (words[i][0] == '\0')
      continue;
    else if (is_wanted)
      g_ptr_array_add (versions, g_strdup (words[i]));
    else if (g_str_equal (words[i], key))
      is_wanted = TRUE;
    else
      return;
}

/* Adds the versions that a file names. */
static void
read_versions (GPtrArray *versions, const char *path, const char *key)
{
  g_autofree char *text = regular_contents (path, NULL);

  if (text == NULL)
    return;
  if (key == NULL || g_str_has_suffix (path, "/.python-version"))
    {
      add_plain (versions, text);
      return;
    }
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_with_key (versions, lines[i], key);
}

/* Looks for one of the files in the current directory, then above. */
static void
read_upward (GPtrArray *versions, guint tool)
{
  g_auto (GStrv) files = g_strsplit (tools[tool].files, ":", -1);
  g_autofree char *dir = g_get_current_dir ();

  while (versions->len == 0)
    {
      for (guint i = 0; files[i] != NULL && versions->len == 0; i++)
        {
          g_autofree char *path = g_build_filename (dir, files[i], NULL);

          read_versions (versions, path, tools[tool].key);
        }
      if (g_str_equal (dir, "/"))
        return;
      g_autofree char *child = g_steal_pointer (&dir);
      dir = g_path_get_dirname (child);
    }
}

/* The versions that are meant here, the preferred one first. */
static GPtrArray *
wanted_versions (guint tool, const char *root)
{
  GPtrArray *versions = g_ptr_array_new_with_free_func (g_free);
  const char *set = venvb_getenv (tools[tool].variable);
  const char *fallback = tools[tool].fallback;
  g_autofree char *path = g_str_has_prefix (fallback, "~/")
                              ? home_path (fallback + 2)
                              : g_build_filename (root, fallback, NULL);

  if (set != NULL && set[0] != '\0')
    {
      g_autofree char *line = g_strdelimit (g_strdup (set), " ", ':');

      add_plain (versions, line);
      return versions;
    }
  read_upward (versions, tool);
  if (versions->len == 0 && path != NULL)
    read_versions (versions, path, tools[tool].key);
  return versions;
}

/* What a shim would run, to be freed with g_free(); NULL when that is not one
 * of its own installations. */
char *
shims_resolve (const char *path)
{
  int tool = tool_of (path, NULL);
  g_autofree char *root = tool < 0 ? NULL : root_of (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *below =
      root == NULL ? NULL : g_build_filename (root, tools[tool].installs, NULL);
  g_autofree char *installs = root == NULL ? NULL : g_canonicalize_filename (below, NULL);
  g_autoptr (GPtrArray) versions = root == NULL ? NULL : wanted_versions ((guint) tool, root);

  for (guint i = 0; versions != NULL && i < versions->len; i++)
    {
      g_autofree char *version = installs_resolve (installs, g_ptr_array_index (versions, i));
      g_autofree char *program =
          version == NULL ? NULL : g_build_filename (installs, version, "bin", name, NULL);

      if (program != NULL && access (program, X_OK) == 0)
        return g_steal_pointer (&program);
    }
  return NULL;
}
