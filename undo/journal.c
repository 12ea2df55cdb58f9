/* SPDX-License-Identifier: BSD-2-Clause */

/* The journal of a run, and the lock that goes with it. */

#include "undo/undo.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* Shared memory costs more than other memory, so the journal becomes that only
 * when there is somebody to share it with. */
Journal *
journal_new (void)
{
  void *memory =
      mmap (NULL, sizeof (Journal), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (memory == MAP_FAILED)
    g_error ("no memory for the journal");
  memcpy (((Journal *) memory)->drawer, (int[]){ -1, -1 }, sizeof (int[2]));
  ((Journal *) memory)->lock = -1;
  return memory;
}

void
journal_free (Journal *journal)
{
  munmap (journal, sizeof (Journal));
}

/* A function of a plugin that is none of its stages is about to run: it is blamed should it
 * not come back. */
void
journal_enter (Journal *journal, JournalPlace *before, const char *plugin, const char *function)
{
  memcpy (before->plugin, journal->plugin, sizeof before->plugin);
  memcpy (before->stage, journal->stage, sizeof before->stage);
  before->in_stage = journal->in_stage;
  g_strlcpy (journal->plugin, plugin, sizeof journal->plugin);
  g_strlcpy (journal->stage, function, sizeof journal->stage);
  journal->in_stage = FALSE;
}

/* It has come back. */
void
journal_leave (Journal *journal, const JournalPlace *before)
{
  memcpy (journal->plugin, before->plugin, sizeof before->plugin);
  memcpy (journal->stage, before->stage, sizeof before->stage);
  journal->in_stage = before->in_stage;
}

/* The run has failed, and only frees what it has: should that crash, this is what has to be
 * told first. */
void
journal_note_error (Journal *journal, const GError *error)
{
  if (error == NULL || journal->first[0] != '\0')
    return;
  g_strlcpy (journal->first, error->message, sizeof journal->first);
  journal->first_code = error->domain == VENVB_ERROR ? error->code : VENVB_ERROR_FAILED;
}

/* A number that hardly any other path has, and is not 0. */
guint64
journal_hash (const char *path)
{
  guint64 hash = 0xcbf29ce484222325;

  for (; *path != '\0'; path++)
    hash = (hash ^ (guchar) *path) * 0x100000001b3;
  return hash | 1;
}

/* How many directories of the environment's path this run has made. */
guint
journal_count_made (const Journal *journal)
{
  guint n = journal->topmost[0] != '\0';

  for (gsize at = strlen (journal->topmost); n > 0 && journal->env_dir[at] != '\0'; at++)
    n += journal->env_dir[at] == '/';
  return n;
}

/* Where the number of a path is, or would be. */
static guint
find_written (const Journal *journal, guint64 hash)
{
  guint at = (hash >> 1) % JOURNAL_WRITTEN;

  while (journal->written[at] != 0 && journal->written[at] != hash)
    at = (at + 1) % JOURNAL_WRITTEN;
  return at;
}

/* Begins with another environment. */
void
journal_forget_written (Journal *journal)
{
  if (journal->n_written > 0)
    memset (journal->written, 0, sizeof journal->written);
  journal->n_written = 0;
}

/* Notes that venvb has written this path of the environment, as long as there is room. */
void
journal_note_written (Journal *journal, const char *path)
{
  guint64 hash = journal_hash (path);
  guint at = find_written (journal, hash);

  if (journal->written[at] == hash || journal->n_written >= JOURNAL_WRITTEN * 3 / 4)
    return;
  journal->written[at] = hash;
  journal->n_written++;
}

gboolean
journal_has_written (const Journal *journal, const char *path)
{
  return journal->written[find_written (journal, journal_hash (path))] != 0;
}

/* Notes the lock of the environment.  Leaves a duplicate of fd in a socket of
 * which parent and child have both ends.  So a lock on it outlives the child:
 * no other run comes in before its work is undone. */
void
journal_put_lock (Journal *journal, int fd)
{
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof fd)];
  } control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };

  journal->lock = fd;
  if (journal->drawer[0] < 0)
    return;
  control.header.cmsg_len = CMSG_LEN (sizeof fd);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = SCM_RIGHTS;
  memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
  while (sendmsg (journal->drawer[0], &message, MSG_NOSIGNAL) < 0 && errno == EINTR)
    ;
}

/* Takes out what journal_put_lock() left; -1 when there is nothing.  A process
 * that took over has the lock itself. */
int
journal_take_lock (Journal *journal)
{
  union
  {
    struct cmsghdr header;
    char space[CMSG_SPACE (sizeof (int))];
  } control = { 0 };
  struct iovec byte = { (char[]){ 0 }, 1 };
  struct msghdr message = {
    .msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  int fd = journal->signal != 0 ? journal->lock : -1;

  journal->lock = -1;
  if (journal->drawer[1] >= 0
      && recvmsg (journal->drawer[1], &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) > 0
      && CMSG_FIRSTHDR (&message) != NULL)
    memcpy (&fd, CMSG_DATA (CMSG_FIRSTHDR (&message)), sizeof fd);
  return fd;
}

/* Makes the journal one that a child process shares, under the same address. */
gboolean
journal_share (Journal *journal)
{
  g_autofree Journal *copy = g_new (Journal, 1);

  *copy = *journal;
  if (mmap (journal, sizeof *journal, PROT_READ | PROT_WRITE,
            MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0)
      == MAP_FAILED)
    return FALSE;
  *journal = *copy;
  return TRUE;
}

/* What the lock outlives the child in; where there is none, the lock is got anew. */
void
journal_open_drawer (Journal *journal)
{
  if (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, journal->drawer) < 0)
    journal->drawer[0] = journal->drawer[1] = -1;
}

void
journal_close_drawer (Journal *journal)
{
  for (guint i = 0; i < 2; i++)
    {
      if (journal->drawer[i] >= 0)
        close (journal->drawer[i]);
      journal->drawer[i] = -1;
    }
}
