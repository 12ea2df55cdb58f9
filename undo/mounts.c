/* SPDX-License-Identifier: BSD-2-Clause */

/* What is mounted below a directory.  It can't be
 * moved aside, and what is in it belongs elsewhere. */

#include "undo/undo.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* The path of an open directory, all links resolved: free with g_free(); NULL
 * when that can't be told. */
static char *
path_of (int dir_fd)
{
  g_autofree char *name = g_strdup_printf ("/proc/self/fd/%d", dir_fd);

  return g_file_read_link (name, NULL);
}

/* The mount point that a line of mountinfo tells of: free with g_free(). */
static char *
mount_point (const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, " ", 6);

  return g_strv_length (fields) == 6 ? g_strcompress (fields[4]) : NULL;
}

/* What is mounted below an open directory: the first mount point, relative to it.
 * Free with g_free(); NULL when there is none, or that can't be told. */
char *
mounts_below (int dir_fd)
{
  g_autofree char *dir = path_of (dir_fd);
  g_autofree char *prefix = dir == NULL ? NULL : g_strconcat (dir, "/", NULL);
  g_autofree char *text = NULL;

  if (prefix == NULL || !g_file_get_contents ("/proc/self/mountinfo", &text, NULL, NULL))
    return NULL;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree char *point = mount_point (lines[i]);

      if (point != NULL && g_str_has_prefix (point, prefix))
        return g_strdup (point + strlen (prefix));
    }
  return NULL;
}

/* Tells whether something is mounted on a directory, or below it. */
gboolean
mounts_are_on (int dir_fd, const char *name)
{
  int fd = openat (dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  g_autofree char *mount = fd < 0 ? NULL : mounts_below (fd);

  fs_close (fd);
  return mount != NULL || dir_is_mount_point (dir_fd, name);
}
