/* SPDX-License-Identifier: BSD-2-Clause */

/* May the code in this file run?  Only if nobody but root and the user could
 * have written it. */

#include "core.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef HAVE_SYS_AUXV_H
#include <sys/auxv.h>
#endif

/* Tells whether a group has no member but the user: root's own, or the
 * user's private group. */
static gboolean
is_private_group (gid_t gid)
{
  const struct group *group;

  if (gid != 0 && gid != getegid ())
    return FALSE;
  group = getgrgid (gid);
  if (group == NULL)
    return FALSE;
  for (char **member = group->gr_mem; *member != NULL; member++)
    if (!g_str_equal (*member, "root") && !g_str_equal (*member, g_get_user_name ()))
      return FALSE;
  return gid == 0 || g_str_equal (group->gr_name, g_get_user_name ());
}

/* Returns why path is not to be trusted, or NULL.  Above the directory that
 * holds the file, a sticky directory such as /tmp will do: others can't
 * replace what is in it. */
static const char *
distrust (const char *path, gboolean sticky_is_enough)
{
  struct stat st;

  if (stat (path, &st) < 0)
    return g_strerror (errno);
  if (st.st_uid != 0 && st.st_uid != geteuid ())
    return "it belongs to another user";
  if (sticky_is_enough && (st.st_mode & S_ISVTX))
    return NULL;
  if (st.st_mode & S_IWOTH)
    return "everybody may write to it";
  if ((st.st_mode & S_IWGRP) && !is_private_group (st.st_gid))
    return "its group may write to it";
  return NULL;
}

/* Checks a file and the directories it lies in, up to the root. */
static gboolean
check_chain (const char *path, GError **error)
{
  g_autofree char *at = g_strdup (path);

  for (guint level = 0;; level++)
    {
      const char *why = distrust (at, level > 1);

      if (why != NULL)
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                       "'%s' is not to be trusted: %s", at, why);
          return FALSE;
        }
      if (g_str_equal (at, "/"))
        return TRUE;
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
}

/* Checks an absolute path as it is written, and the file it leads to. */
gboolean
trust_check (const char *path, GError **error)
{
  g_autofree char *real = NULL;
  char *resolved;

  if (!check_chain (path, error))
    return FALSE;
  resolved = realpath (path, NULL);
  real = g_strdup (resolved);
  free (resolved);
  return real == NULL || g_str_equal (real, path) || check_chain (real, error);
}

/* Like getenv(), but blind when the program has rights that the user has
 * not. */
const char *
trust_getenv (const char *variable)
{
#if defined HAVE_SYS_AUXV_H && defined AT_SECURE
  if (getauxval (AT_SECURE) != 0)
    return NULL;
#else
  if (geteuid () != getuid () || getegid () != getgid ())
    return NULL;
#endif
  return g_getenv (variable);
}
