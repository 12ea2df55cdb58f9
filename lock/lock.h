/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the lock room: what a lock names, and which file is taken of it.  Its
 * functions look at what they are given and at files; they start nothing, keep
 * nothing and change nothing.
 *
 *   release.c    versions of distributions, and specifiers
 *   name.c      names of distributions, extras and groups
 *   marker.c    environment markers
 *
 * The room is a module of its own, lock.so, so that what reads no lock has neither
 * it nor the library that reads TOML.
 */

#pragma once

#include "config.h"

#include <glib.h>

#include "venvb.h"

/* The variables of markers that an interpreter and its system have values for;
 * and the two that hold sets. */
typedef enum
{
  MARKER_OS_NAME,
  MARKER_SYS_PLATFORM,
  MARKER_PLATFORM_MACHINE,
  MARKER_PLATFORM_PYTHON_IMPLEMENTATION,
  MARKER_PLATFORM_RELEASE,
  MARKER_PLATFORM_SYSTEM,
  MARKER_PLATFORM_VERSION,
  MARKER_PYTHON_VERSION,
  MARKER_PYTHON_FULL_VERSION,
  MARKER_IMPLEMENTATION_NAME,
  MARKER_IMPLEMENTATION_VERSION,
  MARKER_EXTRAS,
  MARKER_DEPENDENCY_GROUPS,
  MARKER_N_VARIABLES,
} MarkerVariable;

/* Where markers are to hold.  A value that is not known is NULL. */
typedef struct
{
  const char *values[MARKER_N_VARIABLES];
  const char *const *extras; /* NULL for none */
  const char *const *groups;
} MarkerEnv;
