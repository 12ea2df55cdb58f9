/* SPDX-License-Identifier: BSD-2-Clause */

/* A directory for what programs write while they run, which most of them would remove
 * themselves, if they were not ended before. */

#include "undo/room.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Makes one where the user has his; there is one at a time.  Returns its path, which is the
 * journal's; NULL where there can't be one. */
const char *
temp_make (Journal *journal)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "venvb-XXXXXX", NULL);
  struct stat st;

  if (journal->temp[0] != '\0' || path[0] != '/' || strlen (path) >= sizeof journal->temp
      || g_mkdtemp (path) == NULL)
    return NULL;
  if (lstat (path, &st) < 0)
    {
      rmdir (path);
      return NULL;
    }
  identity_note (&journal->temp_own, &st);
  g_strlcpy (journal->temp, path, sizeof journal->temp);
  return journal->temp;
}

/* Removes it, with all that is in it, unless somebody has put another in its place. */
void
temp_remove (Journal *journal)
{
  if (journal->temp[0] != '\0' && identity_has_name (&journal->temp_own, AT_FDCWD, journal->temp)
      && !dir_remove_at (AT_FDCWD, journal->temp))
    g_debug ("'%s' can't be removed", journal->temp);
  journal->temp[0] = '\0';
}
