/* SPDX-License-Identifier: BSD-2-Clause */

#include "base/turns.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* How long another user's process is waited for, in seconds: one that can only read, or
 * one that may have something to do there. */
#define READER_SECONDS 10
#define OTHER_SECONDS 600

/* How often it is looked for who has the lock, in microseconds. */
#define LOOK (G_USEC_PER_SEC / 2)

/* The process that has a lock. */
typedef struct
{
  int pid; /* 0: it can't be told */
  uid_t uid;
  char name[64];
} Holder;

/* The real user of a process, which a setuid program keeps, and its name. */
static gboolean
look_at (Holder *holder)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", holder->pid);
  g_autofree char *text = NULL;
  const char *uid;

  if (holder->pid <= 0 || !g_file_get_contents (path, &text, NULL, NULL)
      || sscanf (text, "Name:\t%63[^\n]", holder->name) != 1
      || (uid = strstr (text, "\nUid:")) == NULL)
    return FALSE;
  holder->uid = g_ascii_strtoull (uid + strlen ("\nUid:\t"), NULL, 10);
  return TRUE;
}

/* Finds who has a lock of the file: the last that is listed, as a rule there is one. */
static Holder
find_holder (int fd)
{
  Holder found = { .pid = 0 };
  g_autofree char *text = NULL;
  struct stat st;

  if (fstat (fd, &st) < 0 || !g_file_get_contents ("/proc/locks", &text, NULL, NULL))
    return found;
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      Holder holder = { .pid = 0 };
      guint device[2];
      guint64 inode;

      if (sscanf (lines[i], "%*s FLOCK %*s %*s %d %x:%x:%" G_GUINT64_FORMAT, &holder.pid,
                  &device[0], &device[1], &inode)
              == 4
          && inode == st.st_ino && device[0] == major (st.st_dev) && device[1] == minor (st.st_dev)
          && look_at (&holder))
        found = holder;
    }
  return found;
}

char *
turns_holder (int fd)
{
  const Holder holder = find_holder (fd);
  const struct passwd *user = holder.pid == 0 ? NULL : getpwuid (holder.uid);

  if (holder.pid == 0)
    return g_strdup ("a process that can't be told");
  if (user != NULL)
    return g_strdup_printf ("process %d ('%s') of user '%s'", holder.pid, holder.name,
                            user->pw_name);
  return g_strdup_printf ("process %d ('%s') of user %u", holder.pid, holder.name,
                          (guint) holder.uid);
}

/* How long who has the lock now is waited for, in microseconds; 0 for as long as it
 * takes. */
static gint64
patience (int fd)
{
  const Holder holder = find_holder (fd);
  struct stat st;

  if (fstat (fd, &st) < 0 || holder.pid == 0)
    return OTHER_SECONDS * G_USEC_PER_SEC;
  if (holder.uid == 0 || holder.uid == geteuid () || holder.uid == st.st_uid)
    return 0;
  return (st.st_mode & (S_IWGRP | S_IWOTH) ? OTHER_SECONDS : READER_SECONDS) * G_USEC_PER_SEC;
}

gboolean
turns_wait (int fd, int operation, char **holder)
{
  gint64 waited = 0, looked = -LOOK;

  for (gulong pause = 1000;; pause = MIN (pause * 2, 50000))
    {
      gint64 limit;

      if (flock (fd, operation | LOCK_NB) == 0)
        return TRUE;
      if (errno != EWOULDBLOCK && errno != EINTR)
        return FALSE;
      limit = waited - looked >= LOOK ? patience (fd) : -1;
      looked = limit >= 0 ? waited : looked;
      if (limit == 0)
        waited = looked = 0;
      if (limit > 0 && waited >= limit)
        {
          *holder = turns_holder (fd);
          errno = ETIMEDOUT;
          return FALSE;
        }
      g_usleep (pause);
      waited += pause;
    }
}
