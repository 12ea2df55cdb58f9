/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The shims of pyenv, asdf and mise: programs that look which interpreter is
 * meant in the current directory, and hand over to it.  They are not run, which
 * takes long and may install things, but read: what they would choose is in
 * the files that they would read.
 */

#include "core.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The tools.  All have ROOT/shims/NAME. */
static const struct
{
  const char *name;
  const char *installs; /* below ROOT: a directory for each version */
  const char *variable; /* names versions */
  const char *files;    /* that name versions, in the current directory or above */
  const char *fallback; /* the file that does elsewhere: in ROOT, or in the home directory */
  const char *key;      /* what the line begins with; NULL: the lines are versions */
} tools[] = {
  { "pyenv", "versions", "PYENV_VERSION", ".python-version", "version", NULL },
  { "asdf", "installs/python", "ASDF_PYTHON_VERSION", ".tool-versions", "~/.tool-versions",
    "python" },
  { "mise", "installs/python", "MISE_PYTHON_VERSION",
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

/* Which tool a program is a shim of, -1 for none; and whether it is a script,
 * which may be NULL.  asdf's and pyenv's are scripts, mise's are links to
 * itself. */
static int
tool_of (const char *path, gboolean *is_script)
{
  g_autofree char *script = read_script (path);
  g_autofree char *name = script != NULL ? NULL : read_name (path);
  int found = -1;

  for (guint i = 0; i < G_N_ELEMENTS (tools); i++)
    if (script != NULL ? strstr (script, tools[i].name) != NULL
                       : g_strcmp0 (name, tools[i].name) == 0)
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

/* Adds the versions in a line, which may be "3.12.1 3.11", "python 3.12.1" or
 * python = ["3.12", "3.11"]. */
static void
add_versions (GPtrArray *versions, const char *line, const char *key)
{
  g_auto (GStrv) words = g_strsplit_set (line, " \t\r,=[]\"'", -1);
  gboolean is_wanted = key == NULL;

  for (guint i = 0; words[i] != NULL && words[i][0] != '#'; i++)
    if (words[i][0] == '\0')
      continue;
    else if (!is_wanted && !g_str_equal (words[i], key))
      return;
    else if (!is_wanted)
      is_wanted = TRUE;
    else
      g_ptr_array_add (versions, g_strdup (words[i]));
}

/* Adds the versions that a file names. */
static void
read_versions (GPtrArray *versions, const char *path, const char *key)
{
  g_autofree char *text = NULL;
  g_autofree char *base = g_path_get_basename (path);

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_versions (versions, lines[i], g_str_equal (base, ".python-version") ? NULL : key);
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
                              ? g_build_filename (g_get_home_dir (), fallback + 2, NULL)
                              : g_build_filename (root, fallback, NULL);

  if (set != NULL && set[0] != '\0')
    {
      g_autofree char *line = g_strdelimit (g_strdup (set), ":", ' ');

      add_versions (versions, line, NULL);
      return versions;
    }
  read_upward (versions, tool);
  if (versions->len == 0)
    read_versions (versions, path, tools[tool].key);
  return versions;
}

/* The directory of an installation, to be freed with g_free().  NULL for one that
 * is not below installs: a project's files could name any program by "..". */
static char *
install_dir (const char *installs, const char *version)
{
  g_autofree char *path = g_canonicalize_filename (version, installs);
  gsize length = strlen (installs);

  return g_str_has_prefix (path, installs) && path[length] == '/' ? g_steal_pointer (&path) : NULL;
}

/* Finds the installation that a version names: itself, or the newest that it
 * is the beginning of.  Free with g_free(); NULL when there is none. */
static char *
find_install (const char *installs, const char *wanted)
{
  g_autofree char *exact = install_dir (installs, wanted);
  g_autofree char *prefix = g_strconcat (wanted, ".", NULL);
  g_autoptr (GDir) dir = NULL;
  g_autofree char *best = NULL;
  Version highest = { 0 };
  const char *name;

  if (exact != NULL && g_file_test (exact, G_FILE_TEST_IS_DIR))
    return g_steal_pointer (&exact);
  dir = g_dir_open (installs, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      const char *text = name;
      Version version;

      if (!g_str_has_prefix (name, prefix) || !version_read (&text, &version) || *text != '\0'
          || (best != NULL && version_compare (&version, &highest) <= 0))
        continue;
      g_free (best);
      best = g_build_filename (installs, name, NULL);
      highest = version;
    }
  return g_steal_pointer (&best);
}

/* What a shim would run, to be freed with g_free(); NULL when that is not one
 * of its own installations. */
char *
shims_resolve (const char *path)
{
  int tool = tool_of (path, NULL);
  g_autofree char *shims = g_path_get_dirname (path);
  g_autofree char *root = g_path_get_dirname (shims);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *below = tool < 0 ? NULL : g_build_filename (root, tools[tool].installs, NULL);
  g_autofree char *installs = tool < 0 ? NULL : g_canonicalize_filename (below, NULL);
  g_autoptr (GPtrArray) versions = tool < 0 ? NULL : wanted_versions ((guint) tool, root);

  for (guint i = 0; versions != NULL && i < versions->len; i++)
    {
      g_autofree char *install = find_install (installs, g_ptr_array_index (versions, i));
      g_autofree char *program =
          install == NULL ? NULL : g_build_filename (install, "bin", name, NULL);

      if (program != NULL && access (program, X_OK) == 0)
        return g_steal_pointer (&program);
    }
  return NULL;
}
