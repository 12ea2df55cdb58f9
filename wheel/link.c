/* SPDX-License-Identifier: BSD-2-Clause */

/* One file to its place: cloned, linked, copied or moved. */

#include "wheel/room.h"

#include "base/copy.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/xattr.h>
#include <unistd.h>
#ifdef HAVE_LINUX_FS_H
#include <linux/fs.h>
#endif

/* Gets ready to place files in the given way.  A link shares the owner as well:
 * root gives environments away (chown -R), and would give away its cache and its
 * other environments with them.  So root links only when told to by name.  Files
 * that everybody may write to are not linked: others could change them in all
 * environments. */
void
link_init (Linker *linker, const WheelImage *image, int image_dir, WheelLink way)
{
  linker->image = image;
  linker->image_dir = image_dir;
  linker->way = way == WHEEL_LINK_AUTO ? WHEEL_LINK_CLONE : way;
  linker->may_link = way == WHEEL_LINK_HARDLINK || (way == WHEEL_LINK_AUTO && geteuid () != 0);
  linker->mask = fs_umask ();
  if ((linker->mask & S_IWOTH) == 0 && way != WHEEL_LINK_MOVE)
    {
      linker->way = way == WHEEL_LINK_HARDLINK ? WHEEL_LINK_COPY : linker->way;
      linker->may_link = FALSE;
    }
  linker->carries = TRUE;
  linker->from = linker->to = -1;
  linker->was_there = FALSE;
}

/* How the files of this image get there, as far as it is known by now: one that can't carry what
 * they need is none of links. */
WheelLink
link_used (const Linker *linker)
{
  return linker->way == WHEEL_LINK_HARDLINK && !linker->carries ? WHEEL_LINK_COPY : linker->way;
}

/* Looks at the tree of the image: where its directories have a default access list, each
 * file has one, which a link would bring along. */
void
link_look_from (Linker *linker, int tree)
{
  if (linker->may_link && fgetxattr (tree, REGULAR_DEFAULT_LIST, NULL, 0) > 0)
    linker->carries = FALSE;
}

/* What a default access list makes of the modes of new files, as if it were an umask,
 * which it takes the place of: seen by making one, without leaving a trace. */
static mode_t
mask_of_list (int dir, mode_t mask)
{
  int at = openat (dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat st;

  if (at >= 0 && fs_try_file (at, 0777, &st))
    mask = ~st.st_mode & 0777;
  fs_close (at);
  return mask;
}

/* Looks at what a directory that was there asks of new files.  Where that is another
 * owner or group than the image's, or a list of who has access, a link can't carry it;
 * nor can it in the directories below that are made later, which ask for the same.  So
 * from here on files are copied. */
void
link_look (Linker *linker, const WheelImage *image, int dir)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", dir);
  struct stat st;

  if (linker->may_link && fstat (dir, &st) == 0
      && (image->uid != geteuid ()
          || (image->gid != st.st_gid
              && ((st.st_mode & S_ISGID) != 0 || image->gid != getegid ()))))
    linker->carries = FALSE;
  if (getxattr (path, REGULAR_DEFAULT_LIST, NULL, 0) <= 0)
    return;
  linker->carries = FALSE;
  linker->mask = mask_of_list (dir, linker->mask);
}

/* The mode that pip gives to a file: less umask, but what can be executed can
 * be by all. */
mode_t
link_mode (mode_t mask, mode_t mode)
{
  return mode & 0111 ? (0777 & ~mask) | 0111 : 0666 & ~mask;
}

/* The mode that a file has in an image: the same, but never for everybody to
 * write to, as a cache may come to be one for all. */
mode_t
link_mode_kept (mode_t mode)
{
  return link_mode (fs_umask () | S_IWOTH, mode);
}

/* Shares the blocks of one file with another, new one. */
static gboolean
clone_contents (int in, int out)
{
#ifdef FICLONE
  struct stat st;

  return ioctl (out, FICLONE, in) == 0 && fstat (in, &st) == 0
         && (fchmod (out, st.st_mode & 07777) == 0 || regular_has_no_modes (errno))
         && (futimens (out, (struct timespec[]){ st.st_atim, st.st_mtim }) == 0
             || regular_has_no_modes (errno));
#else
  errno = EOPNOTSUPP;
  return FALSE;
#endif
}

/* Clones a file, with mode and times; leaves nothing behind when that fails. */
static gboolean
clone_file (const Linker *linker, const char *name)
{
  int in = openat (linker->from, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  int out = in < 0 ? -1
                   : openat (linker->to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                             0600);
  gboolean ok = out >= 0 && clone_contents (in, out);
  int saved = errno;

  fs_close (in);
  fs_close (out);
  if (out >= 0 && !ok)
    unlinkat (linker->to, name, 0);
  errno = saved;
  return ok;
}

/* Tries the present way.  Copying sets error itself. */
static gboolean
try_file (const Linker *linker, const char *name, GError **error)
{
  switch (linker->way)
    {
    case WHEEL_LINK_CLONE:
      return clone_file (linker, name);
    case WHEEL_LINK_HARDLINK:
      return linkat (linker->from, name, linker->to, name, 0) == 0;
    case WHEEL_LINK_MOVE:
      return renameat (linker->from, name, linker->to, name) == 0;
    case WHEEL_LINK_AUTO:
    case WHEEL_LINK_COPY:
    default:
      return copy_regular (linker->from, name, linker->to, name, error);
    }
}

/* What to try when this way is not possible here: file systems differ, have
 * limits, or belong to others. */
static gboolean
next_way (Linker *linker, int failure)
{
  switch (failure)
    {
    case EACCES:
    case EINVAL:
    case EMLINK:
    case ENOSYS:
    case ENOTTY:
    case EOPNOTSUPP:
    case EPERM:
    case ETXTBSY:
    case EXDEV:
      linker->way = linker->way == WHEEL_LINK_CLONE && linker->may_link ? WHEEL_LINK_HARDLINK
                                                                        : WHEEL_LINK_COPY;
      return TRUE;
    default:
      return FALSE;
    }
}

/* Puts a copy of a file into the place of that in the image, since a file can't have more
 * links than it has: 65,000 on ext4.  Those that have it keep it.  It is made aside, and
 * two runs that do so at once leave one of two that are the same.  FALSE where the image
 * can't be changed. */
static gboolean
renew (const Linker *linker, const WheelFile *file)
{
  g_autofree char *aside = g_strdup_printf ("renewed-%d", (int) getpid ());
  WheelFile copy = *file;

  copy.name = aside;
  unlinkat (linker->image_dir, aside, 0);
  if (copy_regular (linker->from, file->name, linker->image_dir, aside, NULL)
      && manifest_is_intact (linker->image_dir, linker->image, &copy)
      && renameat (linker->image_dir, aside, linker->from, file->name) == 0)
    return TRUE;
  unlinkat (linker->image_dir, aside, 0);
  return FALSE;
}

/* Tells whether a file that could not be linked can be by now. */
static gboolean
has_room_again (const Linker *linker, const WheelFile *file, gboolean *is_renewed)
{
  int failure = errno;

  if (linker->way == WHEEL_LINK_HARDLINK && failure == EMLINK && !*is_renewed)
    *is_renewed = renew (linker, file);
  else
    return FALSE;
  errno = failure;
  return *is_renewed;
}

static const char *
way_name (WheelLink way)
{
  return way == WHEEL_LINK_CLONE ? "clone" : way == WHEEL_LINK_HARDLINK ? "link" : "move";
}

/* Gives a file that is the environment's own the mode that it would have had
 * there, if there are modes. */
static gboolean
set_mode (const Linker *linker, const WheelFile *file, GError **error)
{
  mode_t mode = link_mode (linker->mask, file->mode);

  return linker->way == WHEEL_LINK_HARDLINK || mode == file->seen_mode
         || fs_chmod_at (linker->to, file->name, mode) || regular_has_no_modes (errno)
         || fs_fail (error, "set the mode of", file->path);
}

/* Copies a file that must never be shared. */
static gboolean
copy_file (const Linker *linker, const WheelFile *file, GError **error)
{
  Linker copier = *linker;

  copier.way = WHEEL_LINK_COPY;
  return try_file (&copier, file->name, error) && set_mode (&copier, file, error);
}

/* Places a file; what does not work is not tried again for the next one. */
gboolean
link_file (Linker *linker, const WheelFile *file, GError **error)
{
  gboolean is_renewed = FALSE;

  if (linker->was_there)
    unlinkat (linker->to, file->name, 0);
  if ((file->copy || !linker->carries) && linker->way == WHEEL_LINK_HARDLINK)
    return copy_file (linker, file, error);
  while (!try_file (linker, file->name, error))
    if (linker->way == WHEEL_LINK_COPY)
      return FALSE;
    else if (has_room_again (linker, file, &is_renewed))
      continue;
    else if (!next_way (linker, errno))
      return fs_fail (error, way_name (linker->way), file->path);
    else if ((file->copy || !linker->carries) && linker->way == WHEEL_LINK_HARDLINK)
      return copy_file (linker, file, error);
  return set_mode (linker, file, error);
}
