/* SPDX-License-Identifier: BSD-2-Clause */

/* A directory of the run's own in the environment, where an image is made without the
 * cache. */

#include "cache/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the image is made when there is no cache, with a number behind it that nobody
 * guesses. */
#define OWN_IMAGE ".venvb-image"
#define OWN_ATTEMPTS 100

/* Makes it, and tells who watches the run, which may be killed.  FALSE with errno set; EEXIST
 * when something else has the name. */
static gboolean
own_dir_make (OwnDir *own, const char *env_dir)
{
  int failure;

  own->name = g_strdup_printf (OWN_IMAGE ".%u", (guint) g_random_int ());
  own->path = g_build_filename (env_dir, own->name, NULL);
  if (fs_exists_at (own->env, own->name) == 1)
    {
      errno = EEXIST;
      return FALSE;
    }
  if (!changes_expect (own->path, CHANGE_MKDIR) || mkdirat (own->env, own->name, 0700) < 0)
    return FALSE;
  own->fd = fs_open_own (own->env, own->name, &own->st);
  failure = errno;
  if (own->fd >= 0 && ((own->st.st_mode & 022) == 0 || !fs_keeps_modes (own->env))
      && dir_is_empty (own->fd))
    {
      changes_done (own->path);
      return TRUE;
    }
  if (own->fd >= 0 || failure == EPERM || failure == ELOOP || failure == ENOTDIR
      || failure == ENOENT)
    failure = EEXIST; /* another one by now */

  /* It may be ours, and could not be looked at. */
  unlinkat (own->env, own->name, AT_REMOVEDIR);
  fs_close (own->fd);
  own->fd = -1;
  errno = failure;
  return FALSE;
}

static void
own_dir_forget (OwnDir *own)
{
  g_clear_pointer (&own->name, g_free);
  g_clear_pointer (&own->path, g_free);
}

gboolean
own_dir_open (OwnDir *own, int env, const char *env_dir, GError **error)
{
  *own = (OwnDir){ .env = env, .fd = -1 };
  for (guint i = 0; i < OWN_ATTEMPTS; i++)
    {
      if (own_dir_make (own, env_dir))
        return TRUE;
      if (errno != EEXIST)
        break;
      own_dir_forget (own);
    }
  fs_fail (error, "create directory", own->path != NULL ? own->path : OWN_IMAGE);
  own_dir_forget (own);
  return FALSE;
}

static gboolean
remove_of_image (int fd, const char *entry, gpointer data, GError **error)
{
  return dir_remove_at (fd, entry) || fs_fail (error, "remove", entry);
}

static gboolean
own_dir_has_name (const OwnDir *own)
{
  struct stat now;

  return fstatat (own->env, own->name, &now, AT_SYMLINK_NOFOLLOW) == 0
         && now.st_dev == own->st.st_dev && now.st_ino == own->st.st_ino;
}

/* Removes it, and nothing else that has its name.  Where it was moved to, it is empty. */
gboolean
own_dir_remove (OwnDir *own, GError **error)
{
  gboolean ok = dir_each_in (own->fd, remove_of_image, NULL, error);

  if (ok && own_dir_has_name (own))
    {
      ok = changes_expect (own->path, CHANGE_MKDIR)
           && (unlinkat (own->env, own->name, AT_REMOVEDIR) == 0 || errno == ENOENT);
      if (!ok)
        fs_fail (error, "remove", own->name);
      changes_done (own->path);
    }
  fs_close (own->fd);
  own_dir_forget (own);
  return ok;
}
