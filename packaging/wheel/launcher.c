/* SPDX-License-Identifier: BSD-2-Clause */

/* The command as a wheel installs it, into the directory of scripts: it becomes the real
 * one, which lies among the modules of the Python that the wheel was installed for, or
 * beside this one with "pip install --target".  No Python is started.  VENVB_BUILD is in
 * the name of a file there, so that each finds what was installed together with it. */

#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MARK ".build-" VENVB_BUILD

/* Where the package may be, seen from the directory of scripts. */
static const char *const places[] = {
  "/../venvb/", /* --target */
  "/../lib/python3*/site-packages/venvb/",
  "/../lib64/python3*/site-packages/venvb/",
  "/../local/lib/python3*/dist-packages/venvb/",
  "/../lib/python3*/dist-packages/venvb/",
  "/../lib/pypy3*/site-packages/venvb/",
};

/* Writes a directory as a pattern that stands for it alone.  Returns its end. */
static char *
quote (char *to, const char *dir)
{
  for (; *dir != '\0'; dir++)
    {
      if (strchr ("\\*?[", *dir) != NULL)
        *to++ = '\\';
      *to++ = *dir;
    }
  return to;
}

/* Becomes the command below a place, where there is one. */
static void
try_place (const char *dir, const char *place, char **argv)
{
  char pattern[2 * PATH_MAX + 128];
  glob_t found;

  sprintf (quote (pattern, dir), "%s" MARK, place);
  if (glob (pattern, 0, NULL, &found) != 0)
    return;
  for (size_t i = 0; i < found.gl_pathc; i++)
    {
      char program[2 * PATH_MAX];
      size_t length = strlen (found.gl_pathv[i]) - strlen (MARK);

      snprintf (program, sizeof program, "%.*sbin/venvb", (int) length, found.gl_pathv[i]);
      execv (program, argv);
    }
  globfree (&found);
}

int
main (int argc, char **argv)
{
  char self[PATH_MAX];
  ssize_t length = readlink ("/proc/self/exe", self, sizeof self - 1);
  char *slash;

  (void) argc;
  if (length < 0)
    {
      perror ("venvb: cannot read /proc/self/exe");
      return 1;
    }
  self[length] = '\0';
  slash = strrchr (self, '/');
  if (slash != NULL)
    *slash = '\0';
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    try_place (self, places[i], argv);
  fprintf (stderr,
           "venvb: the package that '%s/venvb' belongs to is not there: install the wheel again\n",
           self);
  return 1;
}
