/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The floor: the bare system calls for a tree that is known beforehand, and
 * nothing else.  What no program can do faster on this file system.
 *
 *   floor PLAN DIR
 *
 * PLAN is a list of NUL-terminated words, made by `plan.py` from a real
 * environment:
 *
 *   d PATH           make a directory
 *   l PATH TARGET    make a symbolic link
 *   w PATH TEXT      write a file
 *   o PATH SOURCE    turn to directory PATH, and to SOURCE:
 *   h NAME NAME      make a hard link to a file of that
 *   c NAME NAME      copy a file of that
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int to = -1, from = -1;

static void
die (const char *what)
{
  perror (what);
  exit (1);
}

static char *
slurp (const char *path, char **end)
{
  int fd = open (path, O_RDONLY);
  struct stat st;
  char *text = NULL;

  if (fd < 0 || fstat (fd, &st) < 0 || (text = malloc (st.st_size + 1)) == NULL
      || read (fd, text, st.st_size) != st.st_size)
    die (path);
  close (fd);
  *end = text + st.st_size;
  return text;
}

static void
write_text (int dir, const char *path, const char *text)
{
  int fd = openat (dir, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  size_t length = strlen (text);

  if (fd < 0 || write (fd, text, length) != (ssize_t) length || close (fd) < 0)
    die (path);
}

static void
turn_to (int dir, const char *path, const char *source)
{
  if (to >= 0)
    close (to), close (from);
  to = openat (dir, path, O_PATH | O_DIRECTORY);
  from = open (source, O_PATH | O_DIRECTORY);
  if (to < 0 || from < 0)
    die (path);
}

static void
copy (const char *path, const char *source)
{
  int in = openat (from, source, O_RDONLY);
  int out = openat (to, path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  ssize_t n;

  if (in < 0 || out < 0)
    die (path);
  while ((n = copy_file_range (in, NULL, out, NULL, 1 << 30, 0)) > 0)
    ;
  if (n < 0 || close (in) < 0 || close (out) < 0)
    die (path);
}

static void
step (int dir, char kind, const char *path, const char *word)
{
  int status = 0;

  switch (kind)
    {
    case 'd':
      status = mkdirat (dir, path, 0777);
      break;
    case 'l':
      status = symlinkat (word, dir, path);
      break;
    case 'w':
      write_text (dir, path, word);
      break;
    case 'o':
      turn_to (dir, path, word);
      break;
    case 'h':
      status = linkat (from, word, to, path, 0);
      break;
    case 'c':
      copy (path, word);
      break;
    default:
      abort ();
    }
  if (status < 0)
    die (path);
}

int
main (int argc, char **argv)
{
  char *end, *at;
  int dir;

  if (argc != 3)
    return fputs ("usage: floor PLAN DIR\n", stderr), 2;
  at = slurp (argv[1], &end);
  if (mkdir (argv[2], 0777) < 0 || (dir = open (argv[2], O_RDONLY | O_DIRECTORY)) < 0)
    die (argv[2]);
  while (at < end)
    {
      char kind = at[0];
      const char *path = at + 2, *word = NULL;

      at += strlen (at) + 1;
      if (kind != 'd')
        {
          word = at;
          at += strlen (at) + 1;
        }
      step (dir, kind, path, word);
    }
  return 0;
}
