/* SPDX-License-Identifier: BSD-2-Clause */

/* Work below one directory: what is there is looked for from an open directory on,
 * and no link is followed on the way.  Those that may be were resolved before, so
 * that what is exchanged in between makes that fail, and lead nowhere else. */

#include "base/base.h"

#include "base/beneath.h"
#include "base/reserved.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined SYS_openat2 && __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#define HAVE_OPENAT2 1
#endif

#define DIR_FLAGS (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* A directory that is kept open, since there is more to be written to it. */
typedef struct
{
  int fd;
  char *path; /* relative to the top */
} Held;

static _Thread_local struct
{
  int top;
  const char *dir; /* NULL: nothing was entered */
  char *real;      /* the same without links, when it is needed */
  Held *last;
} entered;

static void
free_held (gpointer data)
{
  Held *held = data;

  close (held->fd);
  g_free (held->path);
}

static void
release (gpointer held)
{
  int saved = errno;

  if (held != NULL)
    g_rc_box_release_full (held, free_held);
  errno = saved;
}

void
beneath_enter (int top, const char *dir)
{
  beneath_leave ();
  entered.top = top;
  entered.dir = dir;
}

void
beneath_leave (void)
{
  beneath_forget ();
  entered.dir = NULL;
  g_clear_pointer (&entered.real, g_free);
}

void
beneath_forget (void)
{
  g_clear_pointer (&entered.last, release);
}

int
beneath_top (const char *dir)
{
  return entered.dir != NULL && g_str_equal (dir, entered.dir)
             ? fcntl (entered.top, F_DUPFD_CLOEXEC, 3)
             : open (dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* Closes, and leaves errno as it is, as fs_close() does for those above. */
static void
close_quietly (int fd)
{
  int saved = errno;

  close (fd);
  errno = saved;
}

/* One part after the other, none of which may be a link. */
static int
walk (int top, const char *path, int flags, mode_t mode)
{
  g_autofree char *text = g_strdup (path);
  int fd = path[0] == '\0' ? openat (top, ".", DIR_FLAGS) : top;

  for (char *name = text, *next; fd >= 0 && *name != '\0'; name = next)
    {
      int above = fd;

      next = name + strcspn (name, "/");
      if (*next != '\0')
        *next++ = '\0';
      fd = -1;
      errno = EXDEV;
      if (!g_str_equal (name, ".."))
        fd = openat (above, name, *next == '\0' ? flags | O_NOFOLLOW : DIR_FLAGS, mode);
      if (above != top)
        close_quietly (above);
    }
  return fd;
}

/* Opens what can be found without any link.  Old container runtimes say EPERM to
 * system calls that they don't know. */
static int
open_straight (int top, const char *path, int flags, mode_t mode)
{
#ifdef HAVE_OPENAT2
  static gboolean is_refused;
  struct open_how how = { .flags = (guint64) (flags | O_NOFOLLOW),
                          .mode = flags & O_CREAT ? mode : 0,
                          .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS };
  int fd = -1;

  errno = ENOSYS;
  if (!is_refused)
    fd = syscall (SYS_openat2, top, path[0] == '\0' ? "." : path, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN))
    return fd;
  is_refused = is_refused || errno == ENOSYS;
#endif
  return walk (top, path, flags, mode);
}

/* The path relative to top, without links: free with g_free().  NULL with errno set,
 * EXDEV where one leads elsewhere, or to what is venvb's own. */
static char *
resolve (const char *dir, const char *path)
{
  g_autofree char *full = g_build_filename (dir, path, NULL);
  char *real = realpath (full, NULL);
  char *top = real == NULL ? NULL : realpath (dir, NULL);
  gsize length = top == NULL ? 0 : strlen (top);
  char *found = NULL;
  int saved = errno;

  if (top != NULL)
    {
      saved = EXDEV;
      if (strncmp (real, top, length) == 0 && (real[length] == '/' || real[length] == '\0')
          && !reserved_is_in (real + length))
        found = g_strdup (real + length + strspn (real + length, "/"));
    }
  free (real);
  free (top);
  errno = saved;
  return found;
}

/* Tells whether there may be a link on the way. */
static gboolean
may_be_link (int failure)
{
  return failure == ELOOP || failure == ENOTDIR || failure == EXDEV;
}

int
beneath_open_dir (int top, const char *dir, const char *path)
{
  g_autofree char *straight = NULL;
  int fd = open_straight (top, path, DIR_FLAGS, 0);

  if (fd >= 0 || dir == NULL || !may_be_link (errno))
    return fd;
  straight = resolve (dir, path);
  return straight == NULL ? -1 : open_straight (top, straight, DIR_FLAGS, 0);
}

int
beneath_open (int top, const char *dir, const char *path, int flags, mode_t mode)
{
  const char *slash = strrchr (path, '/');
  int fd = open_straight (top, path, flags, mode), above;
  g_autofree char *parent = NULL;

  if (fd >= 0 || dir == NULL || slash == NULL || !may_be_link (errno))
    return fd;
  parent = g_strndup (path, slash - path);
  above = beneath_open_dir (top, dir, parent);
  if (above < 0)
    return -1;
  fd = openat (above, slash + 1, flags | O_NOFOLLOW, mode);
  close_quietly (above);
  return fd;
}

/* What of a path is below dir; NULL when it is not. */
static const char *
below (const char *path, const char *dir)
{
  gsize length = dir == NULL ? 0 : strlen (dir);

  if (dir == NULL || strncmp (path, dir, length) != 0)
    return NULL;
  return path[length] == '\0' ? "." : path[length] == '/' ? path + length + 1 : NULL;
}

/* What of a path, which has nothing in it that leads back, is below the directory that
 * was entered, also where that is called by its name without links. */
static const char *
below_top (const char *path)
{
  const char *relative = below (path, entered.dir);

  if (relative != NULL)
    return relative;
  if (entered.real == NULL)
    {
      char *real = realpath (entered.dir, NULL);

      entered.real = g_strdup (real != NULL ? real : entered.dir);
      free (real);
    }
  return below (path, entered.real);
}

/* Opens a directory, whose path is so long, unless it is the one that was written to
 * last. */
static Held *
hold (const char *text, gsize length)
{
  g_autofree char *path = NULL;
  Held *held;
  int fd;

  if (entered.last != NULL && strncmp (entered.last->path, text, length) == 0
      && entered.last->path[length] == '\0')
    return g_rc_box_acquire (entered.last);
  path = g_strndup (text, length);
  fd = beneath_open_dir (entered.top, entered.dir, path);
  if (fd < 0)
    return NULL;
  held = g_rc_box_new (Held);
  *held = (Held){ fd, g_steal_pointer (&path) };
  beneath_forget ();
  entered.last = g_rc_box_acquire (held);
  return held;
}

/* Tells whether an absolute path has no part that is empty or leads back. */
static gboolean
is_canonical (const char *path)
{
  for (const char *slash = path; slash != NULL; slash = strchr (slash + 1, '/'))
    {
      gsize dots = strspn (slash + 1, ".");

      if (dots <= 2 && (slash[1 + dots] == '/' || slash[1 + dots] == '\0'))
        return FALSE;
    }
  return TRUE;
}

gboolean
beneath_at (Beneath *at, const char *path)
{
  const char *relative, *slash;

  *at = (Beneath){ AT_FDCWD, path, NULL, NULL };
  if (entered.dir == NULL || path[0] != '/')
    return TRUE;
  if (!is_canonical (path))
    at->path = g_canonicalize_filename (path, "/");
  relative = below_top (at->path != NULL ? at->path : path);
  if (relative == NULL)
    return TRUE;
  slash = strrchr (relative, '/');
  at->name = slash == NULL ? relative : slash + 1;
  at->fd = entered.top;
  if (slash == NULL)
    return TRUE;
  at->held = hold (relative, slash - relative);
  if (at->held != NULL)
    at->fd = ((Held *) at->held)->fd;
  return at->held != NULL;
}

gboolean
beneath_fail (GError **error, const char *what, const char *path)
{
  int saved = errno;

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path,
               saved == EXDEV && entered.dir != NULL ? "a symbolic link on the way leads elsewhere"
                                                     : g_strerror (saved));
  return FALSE;
}

void
beneath_clear (Beneath *at)
{
  g_clear_pointer (&at->held, release);
  g_clear_pointer (&at->path, g_free);
}
