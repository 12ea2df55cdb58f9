/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * No environment takes the place of a Python.  What its own installation lies
 * in (sys.prefix) looks much like an environment: the names in bin would be
 * written over, and its interpreter would obey the new pyvenv.cfg.
 */

#include "undo/undo.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* What is looked for in the directory of an environment, and found. */
typedef struct
{
  const char *env_dir;
  const char *lib;  /* the directory in it that is looked at, or "." */
  char *mark;       /* what tells the Python, relative to env_dir; NULL for none */
  const char *what; /* this is, with such a mark */
} Search;

/* Looks at an entry; one that is not there has a mode of 0. */
static gboolean
look (const Search *search, int fd, const char *entry, mode_t *mode, GError **error)
{
  g_autofree char *path = g_build_filename (search->env_dir, search->lib, entry, NULL);
  struct stat st;

  *mode = 0;
  if (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) == 0)
    *mode = st.st_mode;
  else if (!fs_is_missing (errno))
    return fs_fail (error, "look at", path);
  return TRUE;
}

/* Where the version begins in "python3.11" and the like; NULL for other names. */
static const char *
version_in (const char *name)
{
  static const char *const implementations[] = { "python", "pypy", "graalpy" };

  for (guint i = 0; i < G_N_ELEMENTS (implementations); i++)
    if (g_str_has_prefix (name, implementations[i])
        && g_ascii_isdigit (name[strlen (implementations[i])]))
      return name + strlen (implementations[i]);
  return NULL;
}

/* Tells whether a name is that of the whole library in one file: "python311.zip". */
static gboolean
is_zipped_library (const char *name)
{
  const char *end = version_in (name);

  if (end == NULL)
    return FALSE;
  end += strspn (end, "0123456789");
  return g_str_equal (*end == 't' ? end + 1 : end, ".zip");
}

/* Looks for the standard library in a directory where one may be: the system's
 * own os, but not the links to it that virtualenv made before 20. */
static gboolean
look_for_library (int fd, const char *entry, gpointer data, GError **error)
{
  static const char *const names[] = { "os.py", "os.pyc" };
  Search *search = data;
  gboolean is_pypys = g_str_equal (search->lib, "lib-python") && g_ascii_isdigit (entry[0]);
  g_autofree char *prefix = g_build_filename (entry, "orig-prefix.txt", NULL);
  mode_t mode = 0;

  if (search->mark != NULL || (!is_pypys && version_in (entry) == NULL))
    return TRUE;
  if (is_zipped_library (entry))
    search->mark = g_build_filename (search->lib, entry, NULL);
  for (guint i = 0; search->mark == NULL && i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (entry, names[i], NULL);

      if (!look (search, fd, path, &mode, error))
        return FALSE;
      if (mode == 0)
        continue;
      if (!look (search, fd, prefix, &mode, error) || mode != 0)
        return mode != 0;
      search->mark = g_build_filename (search->lib, path, NULL);
    }
  return TRUE;
}

/* The same in lib, lib64 and the like, also where that is a link. */
static gboolean
look_in_lib (Search *search, int env_fd, const char *entry, GError **error)
{
  int fd = openat (env_fd, entry, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autofree char *path = g_build_filename (search->env_dir, entry, NULL);
  gboolean ok;

  if (fd < 0)
    return fs_is_missing (errno) || fs_fail (error, "read directory", path);
  search->what = "a Python installation";
  search->lib = entry;
  ok = dir_each (fd, ".", look_for_library, search, error);
  search->lib = ".";
  close (fd);
  return ok;
}

/* Tells whether a file is a script, as a project may have one that runs Python in
 * a container: no pyvenv.cfg makes a difference to that. */
static gboolean
is_script (int dir_fd, const char *entry)
{
  int fd = openat (dir_fd, entry, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  char start[2] = "";
  gboolean is_one = fd >= 0 && read (fd, start, sizeof start) == 2 && memcmp (start, "#!", 2) == 0;

  fs_close (fd);
  return is_one;
}

/* Tells by an entry of the directory whether there is a Python that would take
 * a pyvenv.cfg in it for its own. */
static gboolean
look_for_python (int fd, const char *entry, gpointer data, GError **error)
{
  Search *search = data;
  const char *version = version_in (entry);
  mode_t mode = 0;

  if (search->mark != NULL)
    return TRUE;
  if (g_str_has_prefix (entry, "lib"))
    return look_in_lib (search, fd, entry, error);
  if (g_str_equal (entry, "pybuilddir.txt"))
    search->what = "where a Python was built";
  else if (version != NULL && version[strspn (version, "0123456789.td")] == '\0')
    search->what = "where a Python interpreter lies";
  else
    return TRUE;
  if (!look (search, fd, entry, &mode, error))
    return FALSE;
  if (S_ISREG (mode) && (version == NULL || ((mode & 0111) != 0 && !is_script (fd, entry))))
    search->mark = g_strdup (entry);
  return TRUE;
}

/* Refuses a directory that is a Python installation rather than an
 * environment. */
static gboolean
check_no_installation (const char *env_dir, int fd, GError **error)
{
  Search search = { .env_dir = env_dir, .lib = "." };
  mode_t mode;

  if (!look (&search, fd, "pyvenv.cfg", &mode, error))
    return FALSE;
  if (mode != 0)
    return TRUE;
  gboolean ok = dir_each (fd, ".", look_for_python, &search, error);
  g_autofree char *mark = search.mark;
  if (ok && mark != NULL)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "refusing to create an environment in '%s': it is %s, as '%s' in it tells; choose "
                 "another directory",
                 env_dir, search.what, mark);
  return ok && mark == NULL;
}

/* Tells whether a directory is the one that is found under a relative path. */
static gboolean
is_at (const char *dir, int fd, const char *relative)
{
  struct stat a, b;

  return dir != NULL && stat (dir, &a) == 0 && fstatat (fd, relative, &b, 0) == 0
         && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Tells whether the base Python itself would be changed: its name or its
 * library written over, or a pyvenv.cfg put where it looks for one. */
static gboolean
takes_place_of (const BasePython *base, int fd, const char *real)
{
  g_autofree char *bin = g_path_get_dirname (base->executable);
  g_autofree char *real_bin = g_path_get_dirname (real);
  g_autofree char *above = g_path_get_dirname (real_bin);
  g_autofree char *lib = base->purelib == NULL ? NULL : g_path_get_dirname (base->purelib);

  return is_at (bin, fd, base->scripts != NULL ? base->scripts : "bin") || is_at (real_bin, fd, ".")
         || is_at (above, fd, ".") || (lib != NULL && is_at (base->stdlib, fd, lib));
}

/* Tells whether a path, or what any link on the way makes of it, leads through
 * a directory. */
static gboolean
leads_through (const char *path, const struct stat *dir)
{
  g_autofree char *at = g_strdup (path);

  for (guint links = 0; at != NULL && links < FS_MAX_LINKS; links++)
    {
      g_autofree char *before = g_steal_pointer (&at);

      if (envdir_is_or_holds (dir, before))
        return TRUE;
      at = fs_follow_link (before, NULL);
    }
  return FALSE;
}

/* Refuses to make an environment of a Python that it would destroy. */
static gboolean
check_base (const UndoJob *job, int fd, GError **error)
{
  const char *executable = job->base.executable;
  const char *real = job->base.real_executable;
  struct stat st;
  gboolean is_lost;

  if (executable == NULL)
    return TRUE;
  real = real != NULL ? real : executable;
  if (fstat (fd, &st) < 0)
    return fs_fail (error, "look at", job->env_dir);
  is_lost = job->clear ? leads_through (executable, &st) || leads_through (real, &st)
                             || leads_through (job->base.stdlib, &st)
                       : takes_place_of (&job->base, fd, real);
  if (is_lost)
    g_set_error (
        error, VENVB_ERROR, VENVB_ERROR_FAILED,
        "refusing to %s '%s': its base Python '%s' would be lost; choose another directory, or "
        "another Python with --python",
        job->clear ? "clear" : "create an environment in", job->env_dir, executable);
  return !is_lost;
}

/* Refuses a directory in which a Python would be lost, also with force: that
 * installed there, or the one that the environment is being made of. */
gboolean
prefix_check (const UndoJob *job, int env_fd, GError **error)
{
  return check_no_installation (job->env_dir, env_fd, error) && check_base (job, env_fd, error);
}
