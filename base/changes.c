/* SPDX-License-Identifier: BSD-2-Clause */

/* Who wants to know of a change before it is made, and that the work goes on. */

#include "base/base.h"

#include <errno.h>

static _Thread_local const Changes *watcher;

/* Has somebody told of all changes that this thread makes; NULL ends that. */
void
changes_watch (const Changes *changes)
{
  watcher = changes;
}

/* Tells whether there is somebody who has to know. */
gboolean
changes_are_watched (void)
{
  return watcher != NULL && watcher->expect != NULL;
}

/* Tells whether nothing may be changed, as only what would be is asked for. */
gboolean
changes_are_dry (void)
{
  return watcher != NULL && watcher->is_dry;
}

/* Tells whether that is asked of a directory that would have been emptied before. */
gboolean
changes_are_fresh (void)
{
  return changes_are_dry () && watcher->is_fresh;
}

/* To be called before what changes_expect() is: tells whether the change is not to be made,
 * and is noted by now. */
gboolean
changes_spare (const char *path, Change change)
{
  return changes_are_dry () && watcher->expect (path, change, watcher->data);
}

/* To be called before path, which is absolute, is made or put in the place of
 * what is there.  FALSE with errno set when that must not be done. */
gboolean
changes_expect (const char *path, Change change)
{
  return !changes_are_watched () || watcher->expect (path, change, watcher->data);
}

/* To be called when what was expected is done, as soon as can be: what is done
 * to it afterwards is somebody else's. */
void
changes_done (const char *path)
{
  int saved = errno;

  if (watcher != NULL && watcher->done != NULL)
    watcher->done (path, watcher->data);
  errno = saved;
}

/* To be called now and then while a program works for us. */
void
changes_alive (void)
{
  int saved = errno;

  if (watcher != NULL && watcher->alive != NULL)
    watcher->alive (watcher->data);
  errno = saved;
}
