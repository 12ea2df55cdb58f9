/* SPDX-License-Identifier: BSD-2-Clause */

/* Where a user has things of his own. */

#include "base/home.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "venvb.h"

/* What there is to say of a home directory. */
typedef enum
{
  HOME_UNKNOWN, /* nobody has asked yet */
  HOME_OWN,
  HOME_OPEN, /* the same, but others may put things into it, as into /tmp */
  HOME_MISSING,
  HOME_FOREIGN, /* another user's */
} HomeKind;

/* Tells whether what belongs to a user is this user's to use: his own, or root's. */
static gboolean
is_trusted (uid_t owner)
{
  return owner == 0 || owner == geteuid ();
}

/* What a directory is that can't be looked at: that of whoever has the first one above
 * it that can be. */
static HomeKind
kind_by_parent (const char *dir)
{
  g_autofree char *at = g_strdup (dir);
  struct stat st = { 0 };

  while (stat (at, &st) < 0 && at[1] != '\0')
    {
      g_autofree char *below = g_steal_pointer (&at);

      at = g_path_get_dirname (below);
    }
  return st.st_uid == geteuid () ? HOME_OWN : HOME_FOREIGN;
}

/* Tells what a home directory is to this user.  One that is not there is not made.
 * What is wrong with one of his own is told by whoever looks for something in it. */
static HomeKind
kind_of (const char *home)
{
  struct stat st;

  if (stat (home, &st) < 0)
    {
      if (errno == EACCES)
        return kind_by_parent (home);
      return errno == ENOENT || errno == ENOTDIR ? HOME_MISSING : HOME_OWN;
    }
  if (!is_trusted (st.st_uid)
      || (st.st_uid != geteuid () && access (home, X_OK) < 0 && errno == EACCES))
    return HOME_FOREIGN;
  return st.st_mode & (S_IWGRP | S_IWOTH) ? HOME_OPEN : HOME_OWN;
}

/* The same of HOME, as GLib has it: as it was when it was first asked for. */
static HomeKind
kind (void)
{
  static gsize known;
  const char *home = venvb_getenv ("HOME");

  if (g_once_init_enter (&known))
    g_once_init_leave (&known, home != NULL ? kind_of (home) : HOME_MISSING);
  return known;
}

/* The home directory that the user database has, if that is one of his; free with
 * g_free(). */
static char *
listed (void)
{
  const struct passwd *user = getpwuid (geteuid ());
  HomeKind its = user != NULL ? kind_of (user->pw_dir) : HOME_MISSING;

  return its == HOME_OWN || its == HOME_OPEN ? g_strdup (user->pw_dir) : NULL;
}

static gboolean
is_usable (void)
{
  return kind () == HOME_OWN || kind () == HOME_OPEN;
}

const char *
home_dir (void)
{
  static gsize known;

  if (venvb_getenv ("HOME") != NULL)
    return is_usable () ? g_get_home_dir () : NULL;
  /* GLib would warn of a user that is not known. */
  if (g_once_init_enter (&known))
    {
      char *dir = listed ();

      g_once_init_leave (&known, (gsize) (dir != NULL ? dir : ""));
    }
  return *(const char *) known != '\0' ? (const char *) known : NULL;
}

static gboolean
lies_below (const char *path, const char *dir)
{
  gsize length = strlen (dir);

  while (length > 0 && dir[length - 1] == '/')
    length--;
  return strncmp (path, dir, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

/* Tells whether somebody else has put into HOME what this path, from there on, goes
 * by: others can do so where HOME is open to them. */
static gboolean
is_planted (const char *below)
{
  g_autofree char *name = NULL;
  g_autofree char *path = NULL;
  struct stat st;

  if (kind () != HOME_OPEN)
    return FALSE;
  below += strspn (below, "/");
  name = g_strndup (below, strcspn (below, "/"));
  path = g_build_filename (venvb_getenv ("HOME"), name, NULL);
  return lstat (path, &st) == 0 && !is_trusted (st.st_uid);
}

char *
home_path (const char *below)
{
  const char *dir = home_dir ();

  return dir != NULL && !is_planted (below) ? g_build_filename (dir, below, NULL) : NULL;
}

const char *
home_foreign (void)
{
  return kind () == HOME_FOREIGN ? venvb_getenv ("HOME") : NULL;
}

char *
home_advice (void)
{
  const char *home = home_foreign ();
  g_autofree char *own = home != NULL ? listed () : NULL;
  g_autoptr (GString) advice = NULL;

  if (home == NULL)
    return NULL;
  advice = g_string_new (NULL);
  g_string_append_printf (advice, "what is in HOME, '%s', does not count, as it is another user's",
                          home);
  if (own != NULL)
    g_string_append_printf (advice, ": set HOME=%s%s", own,
                            geteuid () == 0 ? ", as 'sudo -H' does" : "");
  return g_string_free (g_steal_pointer (&advice), FALSE);
}

gboolean
home_disowns (const char *path)
{
  const char *home = home_foreign ();
  char *real_home, *real_path;
  gboolean found;

  if (home == NULL || lies_below (path, home))
    return home != NULL;
  real_home = realpath (home, NULL);
  real_path = real_home != NULL ? realpath (path, NULL) : NULL;
  found = real_path != NULL && lies_below (real_path, real_home);
  free (real_path);
  free (real_home);
  return found;
}

char **
home_environ (char **variables)
{
  static const char *const xdg[] = { "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME",
                                     "XDG_STATE_HOME" };
  g_autofree char *own = home_foreign () != NULL ? listed () : NULL;

  if (own == NULL)
    return variables;
  for (guint i = 0; i < G_N_ELEMENTS (xdg); i++)
    {
      const char *dir = g_environ_getenv (variables, xdg[i]);

      if (dir != NULL && home_disowns (dir))
        variables = g_environ_unsetenv (variables, xdg[i]);
    }
  return g_environ_setenv (variables, "HOME", own, TRUE);
}

static const char *
xdg_dir (const char *(*find) (void) )
{
  const char *home = venvb_getenv ("HOME");
  const char *dir = home != NULL ? find () : NULL;

  if (dir == NULL || !g_path_is_absolute (dir))
    return NULL;
  if (lies_below (dir, home))
    return is_usable () && !is_planted (dir + strlen (home)) ? dir : NULL;
  return kind () == HOME_FOREIGN && home_disowns (dir) ? NULL : dir;
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
