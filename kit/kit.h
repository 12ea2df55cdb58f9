/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The map of the kit: what the command has for authors of plugins.
 *
 *   new-plugin.c   writes a project that builds a plugin, from template/
 *   examine.c      checks a plugin, in the order in which it would be used:
 *
 *     elf.c      the file: what it exports and needs, without loading it
 *     desc.c     what it says of itself, and its options
 *     run.c      its stages, in scratch environments
 *     memory.c   what it does not free
 *     session.c  one life of the plugin, each of its functions watched
 *
 *   check.c    what they report
 *   child.c    each of these in a process of its own, that may crash, hang or
 *              write to the terminal
 *   state.c    what a plugin may not change in the process it runs in
 *   tree.c     what it leaves in the file system around an environment
 *   left.c     what it leaves in one
 *   outside.c  what it changes elsewhere
 *
 * The kit uses libvenvb as any other program would.
 */

#pragma once

#include "venvb.h"

/* What the command line says. */
typedef struct
{
  const char *spec;   /* FILE[,key=value...] */
  const char *python; /* or NULL */
  gboolean quiet;
  /* Hears of each finding as it comes: what it is, and what there is to say. */
  void (*print) (const char *prefix, const char *text);
} KitCheck;

gboolean kit_check_plugin (const KitCheck *what, GError **error);
gboolean kit_new_plugin (const char *name, const char *const *dirs, const char *build_system,
                         GError **error);
char *kit_next_step (const char *dir, const char *build_system);
