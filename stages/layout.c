/* SPDX-License-Identifier: BSD-2-Clause */

/* The directories of an environment, and the interpreter in it. */

#include "stages/stages.h"

#include "base/beneath.h"
#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Sets attr to what the fact says, below the environment. */
static const char *
set_path (VenvbContext *ctx, VenvbAttr attr, const char *fact)
{
  const char *relative = venvb_context_get_fact (ctx, fact);
  g_autofree char *path = g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR),
                                            relative != NULL ? relative : fact, NULL);

  venvb_context_set (ctx, attr, path);
  return venvb_context_get (ctx, attr);
}

/* Refuses a directory of the environment on the way to which a link leads out of
 * it: what is put there could not be undone, and is none of the environment's. */
static gboolean
check_inside (VenvbContext *ctx, const char *path, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);

  for (const char *end = path + strlen (env_dir); end != NULL && *end != '\0';
       end = strchr (end + 1, '/'))
    {
      g_autofree char *part = g_strndup (path, end - path);

      if (end == path + strlen (env_dir) || !fs_leads_out (part, env_dir))
        continue;
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "cannot create directory '%s': the symbolic link '%s' leads elsewhere", path,
                   part);
      return FALSE;
    }
  return TRUE;
}

/* Makes a directory of the environment, with its parents. */
static gboolean
make (VenvbContext *ctx, const char *path, GError **error)
{
  return (context_was_empty (ctx) || check_inside (ctx, path, error))
         && fs_mkdir_parents (path, error);
}

/* symlink(), of which the undoing is told.  Where that fails, tells whether it may be
 * since there are no links here; which is not what it means that nothing can be undone. */
static gboolean
put_new_link (const char *target, const char *path, gboolean *no_links)
{
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  *no_links = FALSE;
  if (!beneath_at (&at, path))
    return FALSE;
  errno = EEXIST;
  if (changes_are_watched () && fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) == 0)
    return FALSE;
  if (!changes_expect (path, CHANGE_REPLACE))
    return FALSE;
  if (symlinkat (target, at.fd, at.name) < 0)
    {
      *no_links = fs_has_no_links (errno);
      return FALSE;
    }
  changes_done (path);
  return TRUE;
}

/* The place of extensions: on 64-bit systems Python up to 3.14 has lib64 lead to
 * lib, which is there by now; later ones have a directory, wherever they look, and
 * so has each where there are no links. */
static gboolean
make_platlib (VenvbContext *ctx, const char *path, GError **error)
{
  g_autofree char *link =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "lib64", NULL);
  gboolean is_linked = g_strcmp0 (venvb_context_get_fact (ctx, "lib64"), "1") == 0;
  gboolean no_links = FALSE;

  if (is_linked && (put_new_link ("lib", link, &no_links) || errno == EEXIST))
    return TRUE;
  if (is_linked && !no_links)
    return beneath_fail (error, "create link", link);
  return g_str_equal (path, venvb_context_get (ctx, VENVB_ATTR_LIB_PATH))
         || make (ctx, path, error);
}

/* Makes ENV_DIR, if need be.  What has taken it under its lock has looked whether a link
 * in its place may be followed. */
static gboolean
make_top (VenvbContext *ctx, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autoptr (GError) cause = NULL;

  if (fs_mkdir (env_dir, &cause) || g_file_test (env_dir, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* Makes the directories, and sets the attributes that name them. */
gboolean
layout_directories (VenvbContext *ctx, GError **error)
{
  g_autofree char *env_exe = NULL;
  const char *bin;

  if (venvb_context_get_fact (ctx, "scripts") == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "nothing is known of the base Python: stage find_python was "
                   "replaced without calling the core's");
      return FALSE;
    }
  bin = set_path (ctx, VENVB_ATTR_BIN_PATH, "scripts");
  env_exe = g_build_filename (bin, venvb_context_get (ctx, VENVB_ATTR_PYTHON_EXE), NULL);
  venvb_context_set (ctx, VENVB_ATTR_BIN_NAME, venvb_context_get_fact (ctx, "scripts"));
  venvb_context_set (ctx, VENVB_ATTR_ENV_EXE, env_exe);
  venvb_context_set (ctx, VENVB_ATTR_ENV_EXEC_CMD, env_exe);
  return make_top (ctx, error) && make (ctx, set_path (ctx, VENVB_ATTR_INC_PATH, "include"), error)
         && make (ctx, set_path (ctx, VENVB_ATTR_LIB_PATH, "purelib"), error)
         && make_platlib (ctx, set_path (ctx, VENVB_ATTR_PLATLIB_PATH, "platlib"), error)
         && make (ctx, bin, error);
}

/* Tells whether it is a link with exactly this target. */
static gboolean
is_link_to (const Beneath *at, const char *target)
{
  char found[4096];
  ssize_t n = readlinkat (at->fd, at->name, found, sizeof found - 1);

  if (n < 0)
    return FALSE;
  found[n] = '\0';
  return g_str_equal (found, target);
}

/* The name of what is then renamed into its place, in the same directory. */
static char *
temp_name (const Beneath *at)
{
  return g_strdup_printf ("%s.venvb-%d-0", at->name, (int) getpid ());
}

/* Makes path a link, replacing what is there in one step; no_links as above. */
static gboolean
put_link (const char *target, const char *path, gboolean *no_links)
{
  g_auto (Beneath) at = BENEATH_NONE;
  g_autofree char *temp = NULL;
  int failure;

  if (put_new_link (target, path, no_links))
    return TRUE;
  if (errno != EEXIST || !beneath_at (&at, path))
    return FALSE;
  if (is_link_to (&at, target))
    return TRUE;
  if (!changes_expect (path, CHANGE_REPLACE))
    return FALSE;
  temp = temp_name (&at);
  unlinkat (at.fd, temp, 0);
  if (symlinkat (target, at.fd, temp) == 0 && regular_rename (at.fd, temp, at.name))
    {
      changes_done (path);
      return TRUE;
    }
  failure = errno;
  *no_links = fs_has_no_links (failure);
  unlinkat (at.fd, temp, 0);
  errno = failure;
  return FALSE;
}

/* Tells whether it is what put_copy() would make of source. */
static gboolean
is_copy_of (const Beneath *at, const char *source)
{
  struct stat st, from;

  return fstatat (at->fd, at->name, &st, AT_SYMLINK_NOFOLLOW) == 0 && stat (source, &from) == 0
         && S_ISREG (st.st_mode) && (st.st_mode & 07777) == 0755 && st.st_size == from.st_size
         && st.st_mtim.tv_sec == from.st_mtim.tv_sec && st.st_mtim.tv_nsec == from.st_mtim.tv_nsec;
}

/* Makes path an executable copy, replacing what is there in one step. */
static gboolean
put_copy (const char *source, const char *path, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;
  g_autofree char *temp = NULL;

  if (!beneath_at (&at, path))
    return beneath_fail (error, "create", path);
  if (changes_are_watched () && is_copy_of (&at, source))
    return TRUE;
  if (!changes_expect (path, CHANGE_REPLACE))
    return beneath_fail (error, "create", path);
  temp = temp_name (&at);
  unlinkat (at.fd, temp, 0);
  if (!copy_regular (AT_FDCWD, source, at.fd, temp, error))
    {
      unlinkat (at.fd, temp, 0);
      return FALSE;
    }
  if ((fs_chmod_at (at.fd, temp, 0755) || regular_has_no_modes (errno))
      && regular_rename (at.fd, temp, at.name))
    {
      changes_done (path);
      return TRUE;
    }
  fs_fail (error, "create", path);
  unlinkat (at.fd, temp, 0);
  return FALSE;
}

/* Tells whether links are wanted, or all that works: a launcher may find the
 * rest of it by where it lies. */
static gboolean
is_to_be_linked (VenvbContext *ctx)
{
  return venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS)
         || g_strcmp0 (venvb_context_get_fact (ctx, "copies"), "0") == 0;
}

/* Links or copies the interpreter.  A file system without links gets a copy,
 * as from venv; that is told once it is there. */
static gboolean
put_interpreter (VenvbContext *ctx, const char *target, const char *source, const char *path,
                 gboolean *is_copy, GError **error)
{
  gboolean is_wanted = is_to_be_linked (ctx), no_links = FALSE;
  int failure;

  *is_copy = !is_wanted || !put_link (target, path, &no_links);
  if (!*is_copy)
    return TRUE;
  failure = errno;
  if (is_wanted && !no_links)
    return beneath_fail (error, "create link", path);
  if (!put_copy (source, path, error))
    return FALSE;
  if (is_wanted)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "cannot link '%s' (%s): it is a copy", path,
                           g_strerror (failure));
  return TRUE;
}

/* Puts the interpreter into bin under its own name, and the names that venv
 * gives it besides, and makes sure that it works there. */
gboolean
layout_python (VenvbContext *ctx, GError **error)
{
  const char *exe = venvb_context_get (ctx, VENVB_ATTR_PYTHON_EXE);
  const char *env_exe = venvb_context_get (ctx, VENVB_ATTR_ENV_EXE);
  const char *executable = venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE);
  g_auto (GStrv) names = g_strsplit (venvb_context_get_fact (ctx, "names"), "/", -1);
  gboolean is_copy;

  if (is_to_be_linked (ctx) && !venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "a copy of '%s' would not work: it is linked, as its own venv does it",
                           executable);
  if (!put_interpreter (ctx, executable, executable, env_exe, &is_copy, error))
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path =
          g_build_filename (venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), names[i], NULL);
      gboolean ignored;

      if (!fs_is_same (path, env_exe)
          && !put_interpreter (ctx, exe, env_exe, path, &ignored, error))
        return FALSE;
    }
  return (!is_copy || beside_copy (ctx, error)) && trial_python (ctx, error);
}
