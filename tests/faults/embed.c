/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * A program with libvenvb in it that makes environments in its own process:
 *
 *   embed [--without-pip] [--wheel-dir=DIR] [--clear] ENV_DIR...
 *
 * Says what went wrong as venvb does.  Exits with 3 when files are open
 * afterwards that were not open before.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "venvb.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MOST 64

/* Which descriptors are open, as a bit set. */
static guint64
open_files (void)
{
  guint64 set = 0;

  for (int fd = 0; fd < MOST; fd++)
    if (fcntl (fd, F_GETFD) >= 0)
      set |= G_GUINT64_CONSTANT (1) << fd;
  return set;
}

static void
hear (VenvbContext *ctx, VenvbSource source, const char *line, gpointer data)
{
  if (source == VENVB_SOURCE_WARNING || source == VENVB_SOURCE_NOTICE)
    fprintf (stderr, "venvb: %s\n", line);
}

int
main (int argc, char **argv)
{
  guint64 before = open_files ();
  g_autoptr (GError) error = NULL;
  g_autoptr (VenvbBuilder) builder = venvb_builder_new ();
  gboolean ok;

  for (argv++; *argv != NULL && g_str_has_prefix (*argv, "--"); argv++)
    if (g_str_equal (*argv, "--clear"))
      venvb_builder_set_flag (builder, VENVB_FLAG_CLEAR, TRUE);
    else if (g_str_has_prefix (*argv, "--wheel-dir="))
      venvb_builder_set_plugin_option (builder, "pip", "wheel-dir",
                                       (const char *const[]){ strchr (*argv, '=') + 1, NULL });
    else
      venvb_builder_set_flag (builder, VENVB_FLAG_WITH_PIP, FALSE);
  venvb_builder_set_progress (builder, hear, NULL, NULL);
  venvb_builder_set_link_mode (builder, VENVB_LINK_COPY);
  ok = venvb_builder_create_all (builder, (const char *const *) argv, &error);
  if (open_files () != before)
    return 3;
  if (ok != (error == NULL))
    return 4;
  if (!ok)
    fprintf (stderr, "venvb: %s\n", error->message);
  return ok ? 0 : 1;
}
