/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * An interpreter that works where it is installed may not do so where an
 * environment starts it: it may find itself by where it lies, or another
 * installation first.  So it is started once, as the environment will do it, in
 * one that has nothing else in it:
 *
 *   ENV/.venvb-undo.tmp/pyvenv.cfg
 *   ENV/.venvb-undo.tmp/bin/python3   a link to the base, or the copy
 *
 * It lies there since a copy depends on the file system; nothing that lies in
 * ENV has a part in it; and it goes with what else a killed run leaves.  What
 * worked is remembered with what is known of the interpreter.
 */

#include "stages/stages.h"
#include "stages/trial.h"
#include "undo/undo.h"

#include "base/beneath.h"
#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* What trial.py says when all is well. */
static const char good[] = "venvb-trial=1";

/* Puts a file of the environment's bin into another directory. */
static gboolean
put_twin (VenvbContext *ctx, const char *name, const char *bin, GError **error)
{
  g_autofree char *from =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), name, NULL);
  g_autofree char *to = g_build_filename (bin, name, NULL);
  g_auto (Beneath) source = BENEATH_NONE;
  g_auto (Beneath) at = BENEATH_NONE;

  if (!beneath_at (&source, from) || !beneath_at (&at, to))
    return beneath_fail (error, "create", to);
  return linkat (source.fd, source.name, at.fd, at.name, 0) == 0
         || copy_regular (source.fd, source.name, at.fd, at.name, error);
}

/* Puts the interpreter there as it is in the environment, or a copy where no link
 * can be made any more. */
static gboolean
put_interpreter (VenvbContext *ctx, const char *dir, const char *bin, gboolean *is_link,
                 GError **error)
{
  const char *exe = venvb_context_get (ctx, VENVB_ATTR_PYTHON_EXE);
  const char *library = venvb_context_get_fact (ctx, "library");
  g_autofree char *path = g_build_filename (bin, exe, NULL);
  g_auto (Beneath) at = BENEATH_NONE;

  if (!beneath_at (&at, path))
    return beneath_fail (error, "create", path);
  if (*is_link && symlinkat (venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE), at.fd, at.name) == 0)
    return TRUE;
  if (*is_link && !fs_has_no_links (errno))
    return fs_fail (error, "create link", path);
  *is_link = FALSE;
  return put_twin (ctx, exe, bin, error)
         && (library == NULL || library[0] == '\0'
             || (put_twin (ctx, library, bin, error) && beside_link (ctx, dir, error)));
}

/* Makes the smallest environment in dir. */
static gboolean
make (VenvbContext *ctx, const char *dir, gboolean *is_link, GError **error)
{
  g_autofree char *bin = g_build_filename (dir, venvb_context_get (ctx, VENVB_ATTR_BIN_NAME), NULL);
  g_autofree char *cfg = g_build_filename (dir, "pyvenv.cfg", NULL);
  g_autofree char *text = g_strdup_printf (
      "home = %s\ninclude-system-site-packages = false\nversion = %s\n",
      venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR), venvb_context_get (ctx, VENVB_ATTR_VERSION));

  return fs_mkdir_parents (bin, error) && fs_create (cfg, text, strlen (text), 0600, error)
         && put_interpreter (ctx, dir, bin, is_link, error);
}

/* Notes that the program has come to its end. */
static void
on_line (VenvbSource source, const char *line, gpointer is_good)
{
  if (source == VENVB_SOURCE_STDOUT && g_str_equal (line, good))
    *(gboolean *) is_good = TRUE;
}

/* Where the compiled part of the standard library is when it is installed, if
 * it has one: free with g_free().  Empty where CPython was built. */
static char *
extensions (VenvbContext *ctx)
{
  const char *stdlib = venvb_context_get_fact (ctx, "stdlib");
  g_autofree char *built = python_in_build_tree (venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR));

  return built == NULL && stdlib != NULL ? g_build_filename (stdlib, "lib-dynload", NULL)
                                         : g_strdup ("");
}

/* Starts the interpreter in dir. */
static gboolean
start (VenvbContext *ctx, const char *dir, GError **error)
{
  const char *stdlib = venvb_context_get_fact (ctx, "stdlib");
  g_autofree char *compiled = extensions (ctx);
  g_autofree char *program =
      g_build_filename (dir, venvb_context_get (ctx, VENVB_ATTR_BIN_NAME),
                        venvb_context_get (ctx, VENVB_ATTR_PYTHON_EXE), NULL);
  const char *const argv[] = { program,
                               "-I",
                               "-B",
                               "-c",
                               trial_py,
                               venvb_context_get (ctx, VENVB_ATTR_VERSION),
                               stdlib != NULL ? stdlib : "",
                               compiled,
                               dir,
                               NULL };
  gboolean is_good = FALSE;
  const Proc proc = { .argv = argv, .seconds = QUERY_SECONDS, .line = on_line, .data = &is_good };
  g_autofree char *name = g_strdup_printf ("'%s' ", program);
  g_autoptr (GError) cause = NULL;

  if (proc_run (&proc, &cause) && is_good)
    return TRUE;
  if (cause == NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "it does not do what it is told");
  else if (g_str_has_prefix (cause->message, name))
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "it %s", cause->message + strlen (name));
  else
    g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* What to do instead: free with g_free(). */
static char *
advice (VenvbContext *ctx, gboolean is_link)
{
  const char *real = venvb_context_get_fact (ctx, "real_executable");

  if (!is_link)
    return g_strdup (venvb_context_get_flag (ctx, VENVB_FLAG_SYMLINKS)
                         ? "make the environment where there are symbolic links"
                         : "link it (--symlinks)");
  return real == NULL || g_str_equal (real, venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE))
             ? g_strdup ("choose another with --python")
             : g_strdup_printf ("try what it leads to, --python %s, or choose another", real);
}

/* Says what does not work, why, and what to do; the program's own lines stay
 * behind that. */
static void
explain (VenvbContext *ctx, gboolean is_link, const GError *cause, GError **error)
{
  g_autofree char *instead = advice (ctx, is_link);
  int length = strcspn (cause->message, "\n");

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "%s'%s' does not work in an environment: %.*s; %s%s", is_link ? "" : "a copy of ",
               venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE), length, cause->message, instead,
               cause->message + length);
}

/* Tells whether what would be started can't be exchanged for something else by
 * somebody who has not the rights that it would run with.  Whoever makes an
 * environment of his own runs what is in it anyway; root may make it for others,
 * in a directory of theirs. */
static gboolean
is_safe (VenvbContext *ctx)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autoptr (GError) why = NULL;

  if (!trust_is_secure () && (geteuid () != 0 || venvb_check_trusted (env_dir, &why)))
    return TRUE;
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "'%s' was not tried in an environment%s%s",
                         venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE), why != NULL ? ": " : "",
                         why != NULL ? why->message : "");
  return FALSE;
}

/* The path of that directory, free with g_free(): another name, where somebody has taken
 * the usual one, and it could not be moved out of the way. */
static char *
choose_dir (VenvbContext *ctx)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  char *dir = g_build_filename (env_dir, UNDO_TEMP, NULL);

  for (guint i = 1; i < 100 && fs_exists_at (AT_FDCWD, dir) == 1; i++)
    {
      g_free (dir);
      dir = g_strdup_printf ("%s/" UNDO_TEMP ".%u", env_dir, i);
    }
  return dir;
}

/* Makes and opens the directory in which it is tried: -1 with error set, also when
 * somebody has put another in its place. */
static int
open_new (const char *dir, GError **error)
{
  g_auto (Beneath) at = BENEATH_NONE;
  int fd = -1;

  if (!fs_mkdir (dir, error))
    return -1;
  if (beneath_at (&at, dir))
    fd = openat (at.fd, at.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0 && dir_is_empty (fd))
    return fd;
  if (fd >= 0)
    errno = EEXIST;
  beneath_fail (error, "create directory", dir);
  fs_close (fd);
  return -1;
}

static gboolean
remove_entry (int fd, const char *entry, gpointer data, GError **error)
{
  return dir_remove_at (fd, entry) || fs_fail (error, "remove", entry);
}

/* Tries it, and leaves nothing of that.  Tells whether it was a link that has
 * worked.  What is removed is the directory that was made, whatever has its name
 * by then. */
static gboolean
try (VenvbContext *ctx, gboolean *is_link, GError **error)
{
  g_autofree char *dir = choose_dir (ctx);
  g_auto (Beneath) at = BENEATH_NONE;
  g_autoptr (GError) cause = NULL;
  int fd = open_new (dir, error);
  gboolean ok, is_empty;

  if (fd < 0)
    return FALSE;
  ok = make (ctx, dir, is_link, error);
  ok = ok && context_is_still (ctx, error);
  if (ok && !start (ctx, dir, &cause))
    {
      explain (ctx, *is_link, cause, error);
      ok = FALSE;
    }
  is_empty = dir_each_in (fd, remove_entry, NULL, NULL);
  fs_close (fd);
  if ((is_empty && beneath_at (&at, dir) && unlinkat (at.fd, at.name, AT_REMOVEDIR) == 0) || !ok)
    return ok;
  return fs_fail (error, "remove", dir);
}

/* Refuses a copy where no program can be started. */
static gboolean
check_file_system (VenvbContext *ctx, GError **error)
{
  struct statvfs fs;

  if (statvfs (venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), &fs) < 0
      || (fs.f_flag & ST_NOEXEC) == 0)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "a copy of '%s' can't be started in '%s': nothing can on that file system (noexec); "
               "link it (--symlinks), or make the environment elsewhere",
               venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE),
               venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));
  return FALSE;
}

/* Tells whether the environment's Python is a link. */
static gboolean
is_linked (VenvbContext *ctx)
{
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  return beneath_at (&at, venvb_context_get (ctx, VENVB_ATTR_ENV_EXE))
         && fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK (st.st_mode);
}

/* Makes sure that the interpreter, which is in bin, works there.  One that has
 * done so before, linked or copied as it is now, is not started. */
gboolean
trial_python (VenvbContext *ctx, GError **error)
{
  gboolean is_link = is_linked (ctx);
  gboolean is_known = g_strcmp0 (venvb_context_get_fact (ctx, "executable"),
                                 venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE))
                      == 0;

  if (!is_link && !check_file_system (ctx, error))
    return FALSE;
  if ((is_known && pythons_is_tried (context_facts (ctx), is_link ? "link" : "copy"))
      || !is_safe (ctx))
    return TRUE;
  if (!try (ctx, &is_link, error))
    return FALSE;
  if (is_known)
    pythons_set_tried (pythons_of (context_builder (ctx)), context_facts (ctx),
                       is_link ? "link" : "copy");
  return TRUE;
}
