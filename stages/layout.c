/* SPDX-License-Identifier: BSD-2-Clause */

/* The directories of an environment, and the interpreter in it. */

#include "stages/stages.h"

#include "undo/undo.h"
#include "base/beneath.h"
#include "base/put.h"
#include "base/reserved.h"

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

/* Tells whether scripts can have a directory of this name: one in which Python finds the
 * pyvenv.cfg beside it, and where nothing else is put. */
static gboolean
may_be_bin (VenvbContext *ctx, const char *name)
{
  static const char *const facts[] = { "purelib", "platlib", "include" };

  if (name[0] == '\0' || strchr (name, '/') != NULL || g_str_equal (name, ".")
      || g_str_equal (name, "..") || g_str_equal (name, "lib64") || g_str_equal (name, "pyvenv.cfg")
      || reserved_is_in (name))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      const char *dir = venvb_context_get_fact (ctx, facts[i]);
      gsize length = strlen (name);

      if (dir != NULL && strncmp (dir, name, length) == 0
          && (dir[length] == '/' || dir[length] == '\0'))
        return FALSE;
    }
  return TRUE;
}

/* Where scripts are when no plugin says: where an environment has them that is upgraded, so
 * that it does not get a second interpreter; else as the base Python has it.  Free with
 * g_free(). */
static char *
usual_bin (VenvbContext *ctx)
{
  g_autofree char *kept = venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE)
                              ? envdir_bin (AT_FDCWD, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR))
                              : NULL;

  if (kept != NULL && !g_str_equal (kept, "bin") && may_be_bin (ctx, kept))
    return g_steal_pointer (&kept);
  return g_strdup (venvb_context_get_fact (ctx, "scripts"));
}

/* Sets where scripts are: where a plugin wants it, or where they usually are. */
static gboolean
set_bin (VenvbContext *ctx, GError **error)
{
  g_autofree char *wanted = g_strdup (venvb_context_get (ctx, VENVB_ATTR_BIN_NAME));
  g_autofree char *name = wanted != NULL ? g_strdup (wanted) : usual_bin (ctx);
  g_autofree char *path =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), name, NULL);

  if (wanted != NULL && !may_be_bin (ctx, wanted))
    {
      const char *plugin = context_setter (ctx, VENVB_ATTR_BIN_NAME);

      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                   "scripts can't have the directory '%s': plugin '%s' has set bin_name, which has "
                   "to be one name that nothing else has",
                   wanted, plugin != NULL ? plugin : "core");
      return FALSE;
    }
  venvb_context_set (ctx, VENVB_ATTR_BIN_PATH, path);
  venvb_context_set (ctx, VENVB_ATTR_BIN_NAME, name);
  return TRUE;
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
  if (!set_bin (ctx, error))
    return FALSE;
  bin = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);
  env_exe = g_build_filename (bin, venvb_context_get (ctx, VENVB_ATTR_PYTHON_EXE), NULL);
  venvb_context_set (ctx, VENVB_ATTR_ENV_EXE, env_exe);
  venvb_context_set (ctx, VENVB_ATTR_ENV_EXEC_CMD, env_exe);
  return make_top (ctx, error) && make (ctx, set_path (ctx, VENVB_ATTR_INC_PATH, "include"), error)
         && make (ctx, set_path (ctx, VENVB_ATTR_LIB_PATH, "purelib"), error)
         && make_platlib (ctx, set_path (ctx, VENVB_ATTR_PLATLIB_PATH, "platlib"), error)
         && make (ctx, bin, error);
}

/* Tells whether links are wanted, or all that works: a launcher may find the
 * rest of it by where it lies. */
static gboolean
is_to_be_linked (VenvbContext *ctx)
{
  return venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS)
         || g_strcmp0 (venvb_context_get_fact (ctx, "copies"), "0") == 0;
}

/* What a link to the source says: its name, where both are in one directory. */
static const char *
link_text (const char *source, const char *target)
{
  const char *name = strrchr (source, '/');

  return name != NULL && strrchr (target, '/') - target == name - source
                 && strncmp (source, target, name - source) == 0
             ? name + 1
             : source;
}

/* Links or copies the interpreter, or another name of it.  A file system without links
 * gets a copy, as from venv; that is told once it is there. */
gboolean
layout_link (VenvbContext *ctx, GError **error)
{
  const char *source = venvb_context_get (ctx, VENVB_ATTR_LINK_SOURCE);
  const char *target = venvb_context_get (ctx, VENVB_ATTR_LINK_TARGET);
  gboolean is_wanted = is_to_be_linked (ctx), no_links = FALSE;
  int failure;

  if (is_wanted && put_link (link_text (source, target), target, &no_links))
    return TRUE;
  failure = errno;
  if (is_wanted && !no_links)
    return beneath_fail (error, "create link", target);
  if (!put_copy (source, target, 0755, error))
    return FALSE;
  if (is_wanted)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING, "cannot link '%s' (%s): it is a copy", target,
                           g_strerror (failure));
  return TRUE;
}

/* Has a file linked or copied, by whoever does that. */
static gboolean
place (VenvbContext *ctx, const char *source, const char *target, GError **error)
{
  gboolean ok;

  context_put (ctx, VENVB_ATTR_LINK_SOURCE, source);
  context_put (ctx, VENVB_ATTR_LINK_TARGET, target);
  ok = pipeline_run (ctx, VENVB_STAGE_SYMLINK_OR_COPY, error);
  context_put (ctx, VENVB_ATTR_LINK_SOURCE, NULL);
  context_put (ctx, VENVB_ATTR_LINK_TARGET, NULL);
  return ok;
}

/* Puts the interpreter into bin under its own name, and the names that venv
 * gives it besides, and makes sure that it works there. */
gboolean
layout_python (VenvbContext *ctx, GError **error)
{
  const char *env_exe = venvb_context_get (ctx, VENVB_ATTR_ENV_EXE);
  const char *executable = venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE);
  g_auto (GStrv) names = g_strsplit (venvb_context_get_fact (ctx, "names"), "/", -1);

  if (is_to_be_linked (ctx) && !venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "a copy of '%s' would not work: it is linked, as its own venv does it",
                           executable);
  if (!place (ctx, executable, env_exe, error))
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *path =
          g_build_filename (venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), names[i], NULL);

      if (!fs_is_same (path, env_exe) && !place (ctx, env_exe, path, error))
        return FALSE;
    }
  return venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN)
         || (beside_copy (ctx, error) && trial_python (ctx, error));
}
