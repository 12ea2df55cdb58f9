/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * oddfs [SWITCH[=VALUE]]... DIR MOUNTPOINT: shows DIR at MOUNTPOINT, without
 * what the switches take away; returns when it is there.  "oddfs --list" prints
 * the switches and what each does.  It exits with 77, and the reason on standard
 * error, where there is no way to mount.  "fusermount3 -u MOUNTPOINT" ends it.
 */

#include "oddfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

Odd odd = { .modes = -1 };

typedef enum
{
  FLAG,
  OCTAL,
  ERROR,
  PATTERN
} Kind;

static const struct
{
  const char *name;
  Kind kind;
  void *value;
  const char *help;
} switches[] = {
  { "no-symlinks", FLAG, &odd.no_symlinks, "there are no symbolic links: EPERM" },
  { "no-hardlinks", FLAG, &odd.no_hardlinks, "there are no hard links: EPERM" },
  { "modes", OCTAL, &odd.modes, "all have the mode VALUE, and chmod has no effect" },
  { "no-chmod", FLAG, &odd.no_chmod, "chmod to another mode fails: EPERM; use it with modes" },
  { "no-utimes", FLAG, &odd.no_utimes, "utimes has no effect" },
  { "utimes-refused", FLAG, &odd.utimes_refused, "utimes fails: EPERM" },
  { "two-seconds", FLAG, &odd.two_seconds, "times are even seconds" },
  { "dirs-stay", FLAG, &odd.dirs_stay, "a directory can't be renamed: EXDEV" },
  { "no-replace", FLAG, &odd.no_replace, "nothing is renamed over what is there: EEXIST" },
  { "no-flags", FLAG, &odd.no_flags, "renameat2 knows no flags: EINVAL" },
  { "silly", FLAG, &odd.silly, "a file removed while it is open stays as .nfsNUMBER until then" },
  { "other-owner", FLAG, &odd.other_owner, "all belongs to somebody else, and chown fails: EPERM" },
  { "lost-fstat", FLAG, &odd.lost_fstat, "fstat of a removed file fails: ESTALE" },
  { "new-inodes", FLAG, &odd.new_inodes, "each mount has other inode numbers" },
  { "no-case", FLAG, &odd.no_case, "names differ not only by the case of letters" },
  { "no-attributes", FLAG, &odd.no_attributes, "there are no extended attributes" },
  { "no-locks", ERROR, &odd.no_locks, "files can't be locked: ENOLCK or ENOSYS, which is VALUE" },
  { "immutable", PATTERN, &odd.immutable,
    "what is there and named so can't be removed, renamed, or changed: EPERM" },
  { "busy", PATTERN, &odd.busy, "what is there and named so can't be removed or renamed: EBUSY" },
  { "foreign", PATTERN, &odd.foreign,
    "nothing comes or goes in directories that are there and named so: EACCES" },
};

static gboolean
set_value (guint i, const char *value)
{
  char *end = NULL;

  switch (switches[i].kind)
    {
    case FLAG:
      *(gboolean *) switches[i].value = TRUE;
      return *value == '\0';
    case OCTAL:
      *(int *) switches[i].value = strtol (value, &end, 8);
      return *value != '\0' && *end == '\0';
    case ERROR:
      *(int *) switches[i].value = g_str_equal (value, "ENOSYS") ? ENOSYS : ENOLCK;
      return g_str_equal (value, "ENOSYS") || g_str_equal (value, "ENOLCK");
    case PATTERN:
      *(const char **) switches[i].value = value;
      return *value != '\0';
    }
  return FALSE;
}

static gboolean
set_switch (const char *arg)
{
  gsize length = strcspn (arg, "=");

  for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
    if (strncmp (switches[i].name, arg, length) == 0 && switches[i].name[length] == '\0')
      return set_value (i, arg + length + (arg[length] == '='));
  return FALSE;
}

static int
list (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (switches); i++)
    printf ("%s%s\t%s\n", switches[i].name, switches[i].kind == FLAG ? "" : "=VALUE",
            switches[i].help);
  return 0;
}

/* A node is an open file descriptor, and there are many. */
static void
lift_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

/* One request after the other, in the order in which the kernel has them: so a
 * file that was closed is closed before its directory is removed. */
static int
serve (const char *mountpoint)
{
  char *argv[] = { "oddfs", "-o", "fsname=oddfs", NULL };
  struct fuse_args args = FUSE_ARGS_INIT (3, argv);
  struct fuse_lowlevel_ops ops = { 0 };
  struct fuse_session *session;
  int status;

  calls_fill (&ops);
  session = fuse_session_new (&args, &ops, sizeof ops, NULL);
  if (session == NULL || fuse_session_mount (session, mountpoint) != 0)
    return 77;
  fuse_set_signal_handlers (session);
  fuse_daemonize (0);
  umask (0);
  status = fuse_session_loop (session);
  fuse_session_unmount (session);
  fuse_remove_signal_handlers (session);
  fuse_session_destroy (session);
  fuse_opt_free_args (&args);
  return status == 0 ? 0 : 1;
}

int
main (int argc, char **argv)
{
  g_autofree char *mountpoint = NULL;

  if (argc == 2 && g_str_equal (argv[1], "--list"))
    return list ();
  for (int i = 1; i < argc - 2; i++)
    if (!set_switch (argv[i]))
      {
        fprintf (stderr, "oddfs: what is '%s'?\n", argv[i]);
        return 2;
      }
  lift_limit ();
  if (argc < 3 || !nodes_start (argv[argc - 2]))
    {
      fprintf (stderr, "oddfs: %s: %s\n", argc < 3 ? "no DIR" : argv[argc - 2], strerror (errno));
      return 2;
    }
  odd_start (argv[argc - 2]);
  if (access ("/dev/fuse", R_OK | W_OK) != 0)
    {
      fprintf (stderr, "/dev/fuse: %s\n", strerror (errno));
      return 77;
    }
  /* The current directory changes when it goes to the background. */
  mountpoint = realpath (argv[argc - 1], NULL);
  return serve (mountpoint != NULL ? mountpoint : argv[argc - 1]);
}
