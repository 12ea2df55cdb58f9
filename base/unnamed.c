/* SPDX-License-Identifier: BSD-2-Clause */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "config.h"

#include "base/newer.h"
#include "base/unnamed.h"

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

int
unnamed_open (void)
{
  g_autofree char *name = NULL;
  int fd = -1;

#ifdef HAVE_MEMFD_CREATE
  fd = memfd_create ("venvb", MFD_CLOEXEC);
#endif
  if (fd < 0)
    fd = g_file_open_tmp ("venvb-XXXXXX", &name, NULL);
  if (name != NULL)
    {
      unlink (name);
      fcntl (fd, F_SETFD, FD_CLOEXEC);
    }
  return fd;
}
