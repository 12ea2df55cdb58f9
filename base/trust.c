/* SPDX-License-Identifier: BSD-2-Clause */

/* May the code in this file run?  Only if nobody but root and the user could
 * have written it. */

#include "base/base.h"

#include "base/regular.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>
#ifdef HAVE_SYS_AUXV_H
#include <sys/auxv.h>
#endif

/* Tells whether a map of a user namespace (user_namespaces(7)) has a user. */
static gboolean
is_mapped (const char *map, guint64 uid)
{
  g_auto (GStrv) lines = g_strsplit (map, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      guint first, outside, count;

      if (sscanf (lines[i], "%u %u %u", &first, &outside, &count) == 3 && uid >= first
          && uid - first < count)
        return TRUE;
    }
  return FALSE;
}

/* Tells whether a user stands for all those that are not known here, as root is
 * not in a sandbox that an ordinary user has made. */
static gboolean
is_unknown (uid_t uid)
{
  g_autofree char *overflow = NULL;
  g_autofree char *map = NULL;

  return g_file_get_contents ("/proc/sys/kernel/overflowuid", &overflow, NULL, NULL)
         && g_ascii_strtoull (overflow, NULL, 10) == uid
         && g_file_get_contents ("/proc/self/uid_map", &map, NULL, NULL) && !is_mapped (map, uid);
}

/* Tells whether an owner is root or the user.  Where root is not known, so may be
 * any who is not: the system's own files can't be told from those. */
gboolean
trust_owner (uid_t uid)
{
  return uid == 0 || uid == geteuid () || (!trust_is_secure () && is_unknown (uid));
}

/* Tells whether a group is that which another user has from the start: no list of
 * members has him, since his entry in the user database says so. */
static gboolean
is_primary_of_another (gid_t gid)
{
  const struct passwd *user;
  gboolean found = FALSE;

  setpwent ();
  while (!found && (user = getpwent ()) != NULL)
    found = user->pw_gid == gid && user->pw_uid != 0 && user->pw_uid != geteuid ();
  endpwent ();
  return found;
}

/* Tells whether this is a name of that user, who need not have one. */
static gboolean
is_name_of (const char *name, uid_t uid)
{
  const struct passwd *user = getpwnam (name);

  return user != NULL && user->pw_uid == uid;
}

static gboolean
has_no_other_member (const struct group *group)
{
  for (char **member = group->gr_mem; *member != NULL; member++)
    if (!is_name_of (*member, 0) && !is_name_of (*member, geteuid ()))
      return FALSE;
  return TRUE;
}

/* Tells whether a group has another member under a second name. */
static gboolean
has_member_elsewhere (gid_t gid)
{
  const struct group *group;
  gboolean found = FALSE;

  setgrent ();
  while (!found && (group = getgrent ()) != NULL)
    found = group->gr_gid == gid && !has_no_other_member (group);
  endgrent ();
  return found;
}

/* Tells whether a group has no member but root and the user: root's own, or the
 * user's private group, by its name, whichever group this process has at present. */
static gboolean
is_private_group (gid_t gid)
{
  const struct group *group = getgrgid (gid);

  return group != NULL && (gid == 0 || is_name_of (group->gr_name, geteuid ()))
         && has_no_other_member (group) && !has_member_elsewhere (gid)
         && !is_primary_of_another (gid);
}

/* Tells whether a file has an access control list: then the mode of its group is
 * that of all whom the list names, and may let any of them write. */
static gboolean
has_acl (const char *path)
{
  return getxattr (path, REGULAR_LIST, NULL, 0) > 0;
}

/* What a path may be, and who may have written it. */
enum
{
  LEVEL_FILE,
  LEVEL_DIRECTORY, /* which holds the file */
  LEVEL_ABOVE,
};

typedef enum
{
  WRITER_USER, /* root or the user */
  WRITER_ROOT, /* root alone */
} Writer;

static gboolean
is_owner (uid_t uid, Writer writer)
{
  return trust_owner (uid) && (writer == WRITER_USER || uid == 0 || uid != geteuid ());
}

/* Returns why path is not to be trusted, or NULL, and whether it is a link: that
 * is looked through.  Above the directory that holds the file, a sticky directory
 * such as /tmp will do: others can't replace what is in it. */
static const char *
distrust (const char *path, guint level, Writer writer, gboolean *is_link)
{
  struct stat st;

  if (lstat (path, &st) < 0)
    return g_strerror (errno);
  *is_link = S_ISLNK (st.st_mode);
  if (*is_link && stat (path, &st) < 0)
    return g_strerror (errno);
  if (!trust_owner (st.st_uid))
    return "it belongs to another user";
  if (!is_owner (st.st_uid, writer))
    return "it does not belong to root";
  if (level >= LEVEL_ABOVE && (st.st_mode & S_ISVTX))
    return NULL;
  if (st.st_mode & S_IWOTH)
    return "everybody may write to it";
  if ((st.st_mode & S_IWGRP) && (writer == WRITER_ROOT || !is_private_group (st.st_gid)))
    return "its group may write to it";
  if ((st.st_mode & S_IWGRP) && has_acl (path))
    return "its access control list lets others write to it";
  return NULL;
}

/* Checks a path and the directories it lies in, up to the root.  Tells whether
 * any of these is a link. */
static gboolean
check_chain (const char *path, guint level, Writer writer, gboolean *has_link, GError **error)
{
  g_autofree char *at = g_strdup (path);

  for (;; level++)
    {
      gboolean is_link = FALSE;
      const char *why = distrust (at, level, writer, &is_link);

      if (why != NULL)
        {
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN, "'%s' is not to be trusted: %s", at,
                       why);
          return FALSE;
        }
      *has_link = *has_link || is_link;
      if (g_str_equal (at, "/"))
        return TRUE;
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
}

/* The link itself, which stat() looks through: in a sticky directory its owner
 * may turn it elsewhere. */
static gboolean
check_link (const char *link, Writer writer, GError **error)
{
  struct stat st;

  if (lstat (link, &st) == 0 && is_owner (st.st_uid, writer))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
               "'%s' is not to be trusted: it belongs to another user", link);
  return FALSE;
}

/* Checks a path as it is written, and as each symbolic link on the
 * way rewrites it: who may turn a link decides what it leads to.  What is
 * loaded afterwards by the same path is what was checked: only root and the user
 * could have exchanged any part of it meanwhile. */
static gboolean
check_path (const char *path, guint level, Writer writer, GError **error)
{
  g_autofree char *at =
      g_path_is_absolute (path) ? g_strdup (path) : g_canonicalize_filename (path, NULL);

  for (guint links = 0; links < FS_MAX_LINKS; links++)
    {
      g_autofree char *link = NULL;
      gboolean has_link = FALSE;

      if (!check_chain (at, level, writer, &has_link, error))
        return FALSE;
      g_autofree char *before = g_steal_pointer (&at);
      at = has_link ? fs_follow_link (before, &link) : NULL;
      if (at == NULL)
        return TRUE;
      if (!check_link (link, writer, error))
        return FALSE;
    }
  errno = ELOOP;
  return fs_fail (error, "load", path);
}

gboolean
venvb_check_trusted (const char *path, GError **error)
{
  return errors_given (path, __func__, "path", error)
         && check_path (path, LEVEL_FILE, WRITER_USER, error);
}

gboolean
venvb_check_root (const char *path, GError **error)
{
  return errors_given (path, __func__, "path", error)
         && check_path (path, LEVEL_FILE, WRITER_ROOT, error);
}

/* Checks a directory in which something lies that is only the user's or root's, as a
 * directory above a plugin's. */
gboolean
trust_check_above (const char *dir, GError **error)
{
  return check_path (dir, LEVEL_ABOVE, WRITER_USER, error);
}

/* Checks the links that a path is, one after the other, and the directories they lie
 * in: whether nobody but root and the user may turn it elsewhere.  What it leads to may
 * be anybody's. */
gboolean
trust_check_links (const char *path, GError **error)
{
  g_autofree char *at = g_strdup (path);

  for (guint links = 0; links < FS_MAX_LINKS; links++)
    {
      g_autofree char *dir = g_path_get_dirname (at);
      g_autofree char *link = NULL;
      gboolean has_link = FALSE;

      if (!check_chain (dir, LEVEL_ABOVE, WRITER_USER, &has_link, error))
        return FALSE;
      g_autofree char *before = g_steal_pointer (&at);
      at = fs_follow_link (before, &link);
      if (at == NULL)
        return TRUE;
      if (!check_link (link, WRITER_USER, error))
        return FALSE;
    }
  errno = ELOOP;
  return fs_fail (error, "follow", path);
}

/* Tells whether path lies below dir, under these names or others. */
gboolean
trust_lies_in (const char *path, const char *dir)
{
  g_autofree char *full = g_canonicalize_filename (dir, NULL);
  g_autofree char *prefix = g_strconcat (full, "/", NULL);
  char *real_dir = realpath (dir, NULL);
  char *real_path = real_dir == NULL ? NULL : realpath (path, NULL);
  gsize length = real_dir == NULL ? 0 : strlen (real_dir);
  gboolean found = g_str_has_prefix (path, prefix)
                   || (real_path != NULL && length > 0 && strncmp (real_path, real_dir, length) == 0
                       && real_path[length] == '/');

  free (real_path);
  free (real_dir);
  return found;
}

/* Tells whether the program has rights that the user has not: it is setuid or
 * setgid, or has capabilities. */
gboolean
trust_is_secure (void)
{
#if defined HAVE_SYS_AUXV_H && defined AT_SECURE
  return getauxval (AT_SECURE) != 0;
#else
  return geteuid () != getuid () || getegid () != getgid ();
#endif
}

/* Like getenv(), but blind when the program has rights that the user has
 * not. */
const char *
venvb_getenv (const char *variable)
{
  return variable == NULL || trust_is_secure () ? NULL : g_getenv (variable);
}
