/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * swap make DIR NUMBER VICTIM: makes DIR with so many directories in it; in each
 * there is "d", a directory, every other one closed, and "l", a link to VICTIM;
 * "f", a file, and "k", a link to VICTIM/file.
 *
 * swap DIR COUNT: in each directory in DIR exchanges "d", a directory, for "l",
 * a link, and "f", a file, for "k", a link, as fast as it can, until it gets
 * SIGTERM.  They are held open, so that they are found wherever they are moved
 * to.  Says "ready" when all are, and writes to COUNT how often it exchanged
 * something.  Exits with 77 where that is not possible.
 *
 * swap two DIR A B COUNT: exchanges two entries of DIR in the same way, but not so
 * fast: a program is to see the same one more than once.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE 2
#endif

#define MAX_DIRS 900

static volatile sig_atomic_t is_over;

static void
stop (int number)
{
  is_over = 1;
}

static int
exchange (int fd, const char *a, const char *b)
{
#ifdef SYS_renameat2
  return syscall (SYS_renameat2, fd, a, fd, b, RENAME_EXCHANGE) == 0;
#else
  errno = ENOSYS;
  return 0;
#endif
}

static int
open_all (const char *path, int *fds)
{
  DIR *dir = opendir (path);
  struct dirent *entry;
  int n = 0;

  while (dir != NULL && n < MAX_DIRS && (entry = readdir (dir)) != NULL)
    if (entry->d_name[0] != '.'
        && (fds[n] = openat (dirfd (dir), entry->d_name, O_RDONLY | O_DIRECTORY)) >= 0)
      n++;
  if (dir != NULL)
    closedir (dir);
  return n;
}

static int
put_file (int dir, const char *name)
{
  int fd = openat (dir, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

  return fd >= 0 && write (fd, "dross\n", 6) == 6 && close (fd) == 0;
}

static int
make (const char *path, int number, const char *victim)
{
  char name[32], file[4096];
  int top, fd, ok = mkdir (path, 0777) == 0 && (top = open (path, O_RDONLY | O_DIRECTORY)) >= 0;

  snprintf (file, sizeof file, "%s/file", victim);
  for (int i = 0; ok && i < number; i++)
    {
      snprintf (name, sizeof name, "%d", i);
      ok = mkdirat (top, name, 0777) == 0 && (fd = openat (top, name, O_RDONLY | O_DIRECTORY)) >= 0
           && mkdirat (fd, "d", 0777) == 0 && mkdirat (fd, "d/in", 0777) == 0
           && put_file (fd, "d/file") && put_file (fd, "d/in/file") && put_file (fd, "f")
           && symlinkat (victim, fd, "l") == 0 && symlinkat (file, fd, "k") == 0
           && (i % 2 == 0 || fchmodat (fd, "d", 0, 0) == 0) && close (fd) == 0;
    }
  return ok;
}

/* Says that all is open, unless nothing can be exchanged. */
static void
begin (int fd, const char *a, const char *b)
{
  signal (SIGTERM, stop);
  if (!exchange (fd, a, b) && (errno == ENOSYS || errno == EINVAL))
    exit (77);
  puts ("ready");
  fflush (stdout);
}

static int
tell (const char *path, unsigned long count)
{
  FILE *out = fopen (path, "w");

  return out != NULL && fprintf (out, "%lu\n", count) > 0 && fclose (out) == 0 ? 0 : 1;
}

static int
stir_two (char **args)
{
  int fd = open (args[0], O_RDONLY | O_DIRECTORY);
  unsigned long count = 0;

  if (fd < 0)
    return 1;
  begin (fd, args[1], args[2]);
  for (; !is_over; usleep (1 + count % 997))
    count += exchange (fd, args[1], args[2]);
  return tell (args[3], count);
}

int
main (int argc, char **argv)
{
  static int fds[MAX_DIRS];
  unsigned long count = 0;
  int n = argc == 3 ? open_all (argv[1], fds) : 0;

  if (argc == 5)
    return !make (argv[2], atoi (argv[3]), argv[4]);
  if (argc == 6)
    return stir_two (argv + 2);
  if (n == 0)
    return 1;
  begin (fds[0], "d", "l");
  for (int i = 0; !is_over; i = (i + 1) % n)
    {
      count += exchange (fds[i], "d", "l");
      count += exchange (fds[i], "f", "k");
    }
  return tell (argv[2], count);
}
