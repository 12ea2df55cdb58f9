/* SPDX-License-Identifier: BSD-2-Clause */

/* System calls that an older glibc, as that a bundle is built for, has no function for:
 * by number.  A kernel that is older yet says ENOSYS, as it does with a function. */

#pragma once

#include "config.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if !defined HAVE_STATX && defined SYS_statx
#define statx(fd, name, flags, mask, st) syscall (SYS_statx, fd, name, flags, mask, st)
#endif

#if !defined HAVE_MEMFD_CREATE && defined SYS_memfd_create && defined MFD_CLOEXEC
#define HAVE_MEMFD_CREATE 1
#define memfd_create(name, flags) syscall (SYS_memfd_create, name, flags)
#endif

#if !defined HAVE_COPY_FILE_RANGE && defined SYS_copy_file_range
#define HAVE_COPY_FILE_RANGE 1
#define copy_file_range(in, in_at, out, out_at, length, flags)                                     \
  syscall (SYS_copy_file_range, in, in_at, out, out_at, (size_t) (length), flags)
#endif
