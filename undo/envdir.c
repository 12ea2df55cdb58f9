/* SPDX-License-Identifier: BSD-2-Clause */

/* The environment's directory itself: its name, its lock, what may be
 * cleared. */

#include "undo/room.h"

#include "base/turns.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* By how many seconds the clock of a file system may differ from that of the machine. */
#define MADE_BEFORE 60

/* Entries that tell a project from an environment. */
static const char *const project_marks[] = {
  ".git",      ".hg", ".svn",   ".bzr",           "_darcs",   "CVS",       "_FOSSIL_",
  ".fslckout", ".jj", ".pijul", "pyproject.toml", "setup.py", "setup.cfg", NULL,
};

/* The current directory as os.getcwd() tells it.  g_get_current_dir() would
 * believe PWD, and take "/" for a directory that was removed. */
char *
envdir_current (GError **error)
{
  char path[4096];

  if (getcwd (path, sizeof path) != NULL && path[0] == '/')
    return g_strdup (path);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot tell the current directory: %s",
               g_strerror (errno));
  return NULL;
}

/* What has the separator of PATH in it: the name that was given, or else the
 * current directory, which nobody has typed. */
static char *
why_separator (const char *env_dir, const char *cwd)
{
  g_autofree char *dir = cwd == NULL || strchr (env_dir, G_SEARCHPATH_SEPARATOR) != NULL
                             ? g_strdup ("it")
                             : g_strdup_printf ("the current directory '%s'", cwd);

  return g_strconcat (dir, " contains the PATH separator '" G_SEARCHPATH_SEPARATOR_S "'", NULL);
}

/* The absolute path of an environment, ".." and doubled slashes resolved as
 * text, like os.path.abspath().  Refuses what can't be an environment. */
char *
envdir_absolute (const char *env_dir, GError **error)
{
  g_autofree char *cwd = g_path_is_absolute (env_dir) ? NULL : envdir_current (error);
  g_autofree char *path = NULL;
  g_autofree char *why = NULL;

  if (cwd == NULL && !g_path_is_absolute (env_dir))
    return NULL;
  path = g_canonicalize_filename (env_dir, cwd);
  if (env_dir[0] == '\0')
    why = g_strdup ("the name is empty");
  else if (strchr (path, G_SEARCHPATH_SEPARATOR) != NULL)
    why = why_separator (env_dir, cwd);
  else if (g_str_equal (path, "/"))
    why = g_strdup ("it is the root directory");
  else if (strlen (path) > sizeof ((Journal *) NULL)->env_dir - 256)
    why = g_strdup ("its name is too long");
  if (why == NULL)
    return g_steal_pointer (&path);
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "refusing to create an environment in '%s': %s", env_dir, why);
  return NULL;
}

/* Tells whether dir is path, or one above it, or may be: something there can't
 * be looked at. */
gboolean
envdir_is_or_holds (const struct stat *dir, const char *path)
{
  g_autofree char *at = path == NULL ? NULL : g_strdup (path);
  struct stat st;

  while (at != NULL)
    {
      if (stat (at, &st) == 0 ? st.st_dev == dir->st_dev && st.st_ino == dir->st_ino
                              : !fs_is_missing (errno))
        return TRUE;
      if (g_str_equal (at, "/") || g_str_equal (at, "."))
        return FALSE;
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
  return FALSE;
}

/* Tells whether a file of a mark's name is less than that: what hides an
 * environment from Fossil has the name of a checkout's database and not the
 * size of one. */
static gboolean
is_no_database (const char *mark, const struct stat *st)
{
  return g_str_equal (mark, ".fslckout") && S_ISREG (st->st_mode) && st->st_size < 4096;
}

/* Returns the entry of env_dir that marks it as a project, or may do so: one
 * that can't be looked at.  NULL when there is none. */
static const char *
project_mark (const char *env_dir)
{
  struct stat st;

  for (guint i = 0; project_marks[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (env_dir, project_marks[i], NULL);

      if (lstat (path, &st) == 0 ? !is_no_database (project_marks[i], &st)
                                 : errno != ENOENT && errno != ENOTDIR)
        return project_marks[i];
    }
  return NULL;
}

/* Tells whether a directory is the home of a user, or one above it. */
static gboolean
is_or_holds_home (const struct stat *dir, uid_t uid)
{
  const struct passwd *user = getpwuid (uid);

  return user != NULL && envdir_is_or_holds (dir, user->pw_dir);
}

/* Refuses to clear what is surely not meant: the root, the home directory,
 * the current directory, one above these, or a project.  A home is never
 * cleared, all else with force. */
gboolean
envdir_check_clear (const char *env_dir, gboolean force, GError **error)
{
  g_autofree char *cwd = envdir_current (NULL);
  g_autofree char *why = NULL;
  const char *mark, *hint = " (--force overrides)";
  struct stat st;

  if (stat (env_dir, &st) < 0)
    return errno == ENOENT || errno == ENOTDIR || fs_fail (error, "clear", env_dir);
  if (!force && envdir_is_or_holds (&st, cwd))
    why = g_strdup ("it is the current directory or holds it");
  else if (envdir_is_or_holds (&st, g_getenv ("HOME")) || is_or_holds_home (&st, geteuid ())
           || is_or_holds_home (&st, getuid ()))
    {
      why = g_strdup ("it is your home directory or holds it");
      hint = "";
    }
  else if (!force && (mark = project_mark (env_dir)) != NULL)
    why = g_strdup_printf ("it holds '%s', so it is a project", mark);
  if (why == NULL)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "refusing to clear '%s': %s%s", env_dir, why,
               hint);
  return FALSE;
}

/* Gets the lock of an open directory, waiting for it unless it is not to; not for ever
 * for somebody who may only read it.  On a file system that has no locks the run goes on
 * without: most users are alone there, and those who are not have been told. */
static gboolean
lock (const UndoJob *job, int fd, GError **error)
{
  g_autofree char *holder = NULL;
  gboolean ok = fs_lock (fd, LOCK_EX | LOCK_NB);

  if (!ok && errno == EWOULDBLOCK)
    {
      if (job->no_wait)
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "another run is at work on '%s'",
                       job->env_dir);
          return FALSE;
        }
      holder = turns_holder (fd);
      errors_tell (&job->listener, VENVB_SOURCE_WARNING, "waiting for another run on '%s': %s",
                   job->env_dir, holder);
      g_clear_pointer (&holder, g_free);
      ok = turns_wait (fd, LOCK_EX, &holder);
    }
  if (!ok && holder != NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "'%s' is locked, and stays so: by %s, who may have no business there",
                   job->env_dir, holder);
      return FALSE;
    }
  if (!ok)
    errors_tell (&job->listener, VENVB_SOURCE_WARNING,
                 "cannot lock '%s': %s; no other run may work on it meanwhile", job->env_dir,
                 g_strerror (errno));
  return TRUE;
}

/* As lstat(); a link that leads to a directory is looked through, if nobody else could
 * turn it elsewhere.  Returns FALSE with errno set, ELOOP for any other link. */
gboolean
envdir_look (const char *path, struct stat *st)
{
  if (lstat (path, st) < 0)
    return FALSE;
  if (!S_ISLNK (st->st_mode))
    return TRUE;
  if (stat (path, st) == 0 && S_ISDIR (st->st_mode) && trust_check_links (path, NULL))
    return TRUE;
  errno = ELOOP;
  return FALSE;
}

/* Opens the directory of an environment, or one that a link which may be followed leads
 * to.  Returns -1 with errno set on failure. */
int
envdir_open (const char *path)
{
  const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  int fd = open (path, flags | O_NOFOLLOW);
  struct stat st;

  if (fd < 0 && (errno == ELOOP || errno == ENOTDIR) && envdir_look (path, &st))
    fd = open (path, flags);
  return fd;
}

/* Tells whether fd is what is now found under path: the run that held the
 * lock may have removed it, or somebody else while this one has it. */
gboolean
envdir_is_still (int fd, const char *path)
{
  struct stat opened, found;

  return fstat (fd, &opened) == 0 && envdir_look (path, &found) && opened.st_dev == found.st_dev
         && opened.st_ino == found.st_ino;
}

/* Notes the topmost directory that is missing, before it is made: mkdir() may
 * be the last thing that this process does. */
static gboolean
note_missing (const char *env_dir, Journal *journal, GError **error)
{
  g_autofree char *dir = g_strdup (env_dir);

  while (access (dir, F_OK) < 0)
    {
      /* A link that leads nowhere is there, and is not ours to be removed. */
      if (errno == ENOENT && g_file_test (dir, G_FILE_TEST_IS_SYMLINK))
        return TRUE;
      if (errno != ENOENT)
        return fs_fail (error, "create directory", dir);
      g_autofree char *child = g_steal_pointer (&dir);

      journal->missing = g_get_real_time () / G_USEC_PER_SEC;
      if (journal->topmost[0] == '\0' || strlen (child) < strlen (journal->topmost))
        g_strlcpy (journal->topmost, child, sizeof journal->topmost);
      dir = g_path_get_dirname (child);
    }
  return TRUE;
}

/* Tells whether the directory that is open is what this run has made, where none was: who
 * may rename in the one above can have put another one in its place.  One that is not
 * empty may be another run's, who has made it a moment before; owner is the user whose
 * files are made here. */
gboolean
envdir_check_made (const Journal *journal, int fd, const struct stat *st, uid_t owner,
                   GError **error)
{
  struct timespec birth;

  if (journal->topmost[0] == '\0'
      || (st->st_uid == owner
          && (journal->is_new || !older_birth (fd, ".", &birth)
              || birth.tv_sec >= journal->missing - MADE_BEFORE)))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "somebody else has put a directory in the place of '%s', which was not there",
               journal->env_dir);
  return FALSE;
}

/* What is there is another run's, also where this one has made it. */
static int
leave (Journal *journal, int fd)
{
  close (fd);
  journal->topmost[0] = '\0';
  return -1;
}

/* Makes the directory where it is missing, with its parents.  A link to one will
 * do, and all is written by that name; unless others could turn it elsewhere. */
static gboolean
make (const char *env_dir, Journal *journal, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (!note_missing (env_dir, journal, error))
    return FALSE;
  if (fs_mkdir_parents (env_dir, &cause))
    return TRUE;
  if (!g_file_test (env_dir, G_FILE_TEST_IS_SYMLINK) || !g_file_test (env_dir, G_FILE_TEST_IS_DIR))
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (!trust_check_links (env_dir, error))
    g_prefix_error (error, "the symbolic link '%s' is not followed: ", env_dir);
  else
    return TRUE;
  return FALSE;
}

/* Makes the directory where it is missing, with its parents; opens and locks
 * it.  The journal knows of each step before it is taken.  Returns a file
 * descriptor, or -1 with error set. */
int
envdir_open_locked (const UndoJob *job, GError **error)
{
  const char *env_dir = job->env_dir;
  Journal *journal = job->journal;

  g_strlcpy (journal->env_dir, env_dir, sizeof journal->env_dir);
  for (guint attempt = 0; attempt < 100; attempt++)
    {
      if (!make (env_dir, journal, error))
        return -1;
      int fd = envdir_open (env_dir);

      if (fd < 0 && errno != ENOENT)
        return fs_fail (error, "open directory", env_dir), -1;
      if (fd >= 0 && !lock (job, fd, error))
        return leave (journal, fd);
      if (fd >= 0 && envdir_is_still (fd, env_dir))
        {
          journal_put_lock (journal, fd);
          return fd;
        }
      if (fd >= 0)
        close (fd);
    }
  errno = EBUSY;
  return fs_fail (error, "lock directory", env_dir), -1;
}

static gboolean
has (int fd, const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  struct stat st;

  return fstatat (fd, path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Takes a directory that holds an interpreter, into name: not what is hidden, nor what a
 * link leads to; of several the first by name. */
static gboolean
look_for_bin (int fd, const char *entry, gpointer name, GError **error)
{
  char **found = name;
  g_autofree char *python = g_build_filename (entry, "python", NULL);
  struct stat st;

  if (entry[0] == '.' || (*found != NULL && strcmp (*found, entry) < 0)
      || fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR (st.st_mode)
      || fstatat (fd, python, &st, AT_SYMLINK_NOFOLLOW) < 0
      || !(S_ISLNK (st.st_mode) || (S_ISREG (st.st_mode) && (st.st_mode & 0111) != 0)))
    return TRUE;
  g_free (*found);
  *found = g_strdup (entry);
  return TRUE;
}

/* The name of the directory of scripts in an environment: `bin`, unless nothing is in that
 * and the interpreter lies in another, where a plugin has wanted it.  Free with g_free(). */
char *
envdir_bin (int dir_fd, const char *env_dir)
{
  static const char *const marks[] = { "python", "python3", "activate" };
  int fd = openat (dir_fd, env_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  char *found = NULL;

  for (guint i = 0; fd >= 0 && i < G_N_ELEMENTS (marks) && found == NULL; i++)
    if (has (fd, "bin", marks[i]))
      found = g_strdup ("bin");
  if (fd >= 0 && found == NULL && !dir_each (fd, ".", look_for_bin, &found, NULL))
    g_clear_pointer (&found, g_free);
  fs_close (fd);
  return found != NULL ? found : g_strdup ("bin");
}
