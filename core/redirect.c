/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A file named .venv whose first line is the path of an environment elsewhere
 * (PEP 832), absolute or relative to its directory.  It may come with a repository, so
 * it says where to go only if that is asked for, and if nobody else could have
 * written it.
 */

#include "core/room.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define NAME ".venv"

/* No path is longer, but a file that has nothing to do with it may be. */
#define MOST 4096

/* Why a line is no path, or NULL.  It is taken to the letter, as PEP 832 has it: what an
 * editor has put before it, or only a shell would understand, is not what was meant. */
static const char *
why_not (const char *line)
{
  if (g_str_has_prefix (line, "\xef\xbb\xbf"))
    return "begins with a byte order mark, and not with a path";
  if (line[0] == '~')
    return "begins with '~', which is not the home directory there: the path has to be written out";
  return line[0] == '\0' || !g_utf8_validate (line, -1, NULL) ? "is not the path of an environment"
                                                              : NULL;
}

/* The path in the text of such a file, as it is written there: free with g_free();
 * NULL when there is none, and why is set. */
static char *
path_in (const char *text, gsize length, const char **why)
{
  g_autofree char *line = g_strndup (text, strcspn (text, "\n"));

  if (g_str_has_suffix (line, "\r"))
    line[strlen (line) - 1] = '\0';
  *why = why_not (strlen (text) == length ? line : "");
  return *why != NULL ? NULL : g_steal_pointer (&line);
}

/* Where the file env_dir points to: free with g_free().  NULL without an error when it
 * is no such file. */
static char *
read_target (const char *env_dir, GError **error)
{
  g_autofree char *file = g_canonicalize_filename (env_dir, NULL);
  g_autofree char *name = g_path_get_basename (file);
  g_autofree char *dir = g_path_get_dirname (file);
  g_auto (Regular) found = { .fd = -1 };
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  const char *why = why_not ("");
  gsize length = 0;

  if (!g_str_equal (name, NAME) || !regular_open (&found, AT_FDCWD, file, FALSE))
    return NULL;
  text = found.st.st_size > MOST ? NULL : regular_read (&found, &length);
  path = text == NULL ? NULL : path_in (text, length, &why);
  if (path != NULL)
    return g_canonicalize_filename (path, dir);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "'%s' is a file, and its first line %s",
               env_dir, why);
  return NULL;
}

/* Says of a file in the place of ENV_DIR what it points to, if that is why error was
 * set. */
void
redirect_explain (const char *env_dir, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *target = read_target (env_dir, &cause);

  if (error == NULL || *error == NULL || (target == NULL && cause == NULL))
    return;
  if (target != NULL)
    g_set_error (&cause, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "'%s' is a file that points to '%s': name that, or use --follow-redirect", env_dir,
                 target);
  g_clear_error (error);
  g_propagate_error (error, g_steal_pointer (&cause));
}

/* Checks what is there of the way to a directory: that nobody else may put another one
 * in its place. */
static gboolean
check_way (const char *dir, GError **error)
{
  g_autofree char *at = g_strdup (dir);

  while (access (at, F_OK) < 0 && at[1] != '\0')
    {
      g_autofree char *below = g_steal_pointer (&at);

      at = g_path_get_dirname (below);
    }
  return trust_check_above (at, error);
}

/* Goes where the file points to. */
static char *
follow (const char *env_dir, const char *target, GError **error)
{
  g_autofree char *again = NULL;
  g_autofree char *file = g_canonicalize_filename (env_dir, NULL);
  g_autoptr (GError) cause = NULL;

  if (!venvb_check_trusted (file, error) || !check_way (target, error))
    {
      g_prefix_error (error, "'%s' points to '%s' and is not followed: ", env_dir, target);
      return NULL;
    }
  again = read_target (target, &cause);
  if (again == NULL && cause == NULL)
    return g_strdup (target);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "'%s' points to '%s', which is such a file itself", env_dir, target);
  return NULL;
}

/* The directory that is meant by ENV_DIR, where such files are to be followed: free
 * with g_free().  NULL with error set when it can't be told. */
char *
redirect_follow (const VenvbBuilder *builder, const char *env_dir, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autofree char *target = NULL;

  if (!venvb_builder_get_flag ((VenvbBuilder *) builder, VENVB_FLAG_FOLLOW_REDIRECT))
    return g_strdup (env_dir);
  target = read_target (env_dir, &cause);
  if (cause == NULL)
    return target == NULL ? g_strdup (env_dir) : follow (env_dir, target, error);
  g_propagate_error (error, g_steal_pointer (&cause));
  return NULL;
}
