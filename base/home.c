/* SPDX-License-Identifier: BSD-2-Clause */

/* Where a user has things of his own. */

#include "base/home.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "venvb.h"

/* Tells whether a directory that may not be entered is another user's: it, or the first
 * one above it that can be looked at. */
static gboolean
is_of_another (const char *dir)
{
  g_autofree char *at = g_strdup (dir);
  struct stat st = { 0 };

  while (stat (at, &st) < 0 && at[1] != '\0')
    {
      g_autofree char *below = g_steal_pointer (&at);

      at = g_path_get_dirname (below);
    }
  return st.st_uid != geteuid ();
}

/* Tells whether this user can have things in a home directory.  One that is not there
 * is not made.  What is wrong with one of his own is told by whoever looks for something
 * in it. */
static gboolean
can_be_used (const char *home)
{
  if (access (home, X_OK) == 0)
    return TRUE;
  return errno == EACCES ? !is_of_another (home) : errno != ENOENT && errno != ENOTDIR;
}

/* The same of HOME, as GLib has it: as it was when it was first asked for. */
static gboolean
is_usable (const char *home)
{
  static gsize known;

  if (g_once_init_enter (&known))
    g_once_init_leave (&known, can_be_used (home) ? 1 : 2);
  return known == 1;
}

const char *
home_dir (void)
{
  /* GLib would warn of a user that is not known. */
  if (venvb_getenv ("HOME") != NULL)
    return is_usable (venvb_getenv ("HOME")) ? g_get_home_dir () : NULL;
  return getpwuid (getuid ()) != NULL ? g_get_home_dir () : NULL;
}

char *
home_path (const char *below)
{
  const char *dir = home_dir ();

  return dir != NULL ? g_build_filename (dir, below, NULL) : NULL;
}

static gboolean
lies_below (const char *path, const char *dir)
{
  gsize length = strlen (dir);

  while (length > 0 && dir[length - 1] == '/')
    length--;
  return strncmp (path, dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static const char *
xdg_dir (const char *(*find) (void) )
{
  const char *home = venvb_getenv ("HOME");
  const char *dir = home != NULL ? find () : NULL;

  if (dir == NULL || !g_path_is_absolute (dir))
    return NULL;
  return is_usable (home) || !lies_below (dir, home) ? dir : NULL;
}

const char *
home_config_dir (void)
{
  return xdg_dir (g_get_user_config_dir);
}

const char *
home_data_dir (void)
{
  return xdg_dir (g_get_user_data_dir);
}

const char *
home_cache_dir (void)
{
  return xdg_dir (g_get_user_cache_dir);
}
