/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Drives the wheel room from the tests:
 *
 *   wheel-tool make WHEEL DIR PYTHON MAJOR.MINOR [source]
 *   wheel-tool read DIR
 *   wheel-tool install DIR ENV_DIR ENV_EXE auto|clone|hardlink|copy|move [requested]
 *   wheel-tool first-line ENV_EXE
 *   wheel-tool tags PYTHON
 *
 * make makes DIR, and removes it when that fails.  tags prints what wheels
 * PYTHON can use, best first.  Else nothing is printed but errors, and the time
 * with WHEEL_TOOL_TIME=1.
 */

#include "pythons/pythons.h"

#include "wheel/room.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Open to the end of the process. */
static int
open_dir (const char *path)
{
  return open (path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static gboolean
make (char **args, GError **error)
{
  WheelScheme scheme = { .scripts = "bin", .data = "", .python = args[2] };
  g_autofree char *lib = g_strdup_printf ("lib/python%s/site-packages", args[3]);
  g_autofree char *headers = g_strdup_printf ("include/site/python%s", args[3]);
  gboolean compile = g_strcmp0 (args[4], "source") != 0;

  sscanf (args[3], "%u.%u", &scheme.major, &scheme.minor);
  scheme.purelib = scheme.platlib = lib;
  scheme.headers = headers;
  if (!fs_mkdir (args[1], error))
    return FALSE;
  if (wheel_make_image (args[0], NULL, &scheme, compile, open_dir (args[1]), error))
    return TRUE;
  dir_remove_at (AT_FDCWD, args[1]);
  return FALSE;
}

static gboolean
install (char **args, GError **error)
{
  static const char *const modes[] = { "auto", "clone", "hardlink", "copy", "move" };
  int dir = open_dir (args[0]);
  g_autoptr (WheelImage) image = wheel_read_image (dir, error);
  const WheelOrigin origin = { .requested = g_strcmp0 (args[4], "requested") == 0 };
  guint mode = 0;

  while (mode < WHEEL_LINK_MOVE && !g_str_equal (modes[mode], args[3]))
    mode++;
  return image != NULL && wheel_install_image (image, dir, args[1], args[2], &origin, mode, error);
}

static gboolean
tags (char **args, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GHashTable) facts = facts_query (args[0], QUERY_SECONDS, text, error);
  g_autoptr (WheelTags) known = facts == NULL ? NULL : wheel_tags_of_facts (facts);
  g_auto (GStrv) list = known == NULL ? NULL : wheel_tags_list (known);

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    puts (list[i]);
  return list != NULL;
}

static gboolean
run (int argc, char **argv, GError **error)
{
  const char *verb = argc > 2 ? argv[1] : "";

  if (g_str_equal (verb, "make") && argc >= 6)
    return make (argv + 2, error);
  if (g_str_equal (verb, "read"))
    {
      g_autoptr (WheelImage) image = wheel_read_image (open_dir (argv[2]), error);
      if (image == NULL)
        g_prefix_error (error, "image '%s' is damaged: ", argv[2]);
      return image != NULL;
    }
  if (g_str_equal (verb, "install") && argc >= 6)
    return install (argv + 2, error);
  if (g_str_equal (verb, "tags"))
    return tags (argv + 2, error);
  if (g_str_equal (verb, "first-line"))
    {
      g_autofree char *line = launcher_first_line (argv[2]);
      fputs (line, stdout);
      return TRUE;
    }
  return refuse (error, "wrong usage");
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gint64 start = g_get_monotonic_time ();
  gboolean ok = run (argc, argv, &error);

  if (getenv ("WHEEL_TOOL_TIME") != NULL)
    fprintf (stderr, "%.2f ms\n", (g_get_monotonic_time () - start) / 1000.0);
  if (!ok)
    fprintf (stderr, "wheel-tool: %s\n", error->message);
  return ok ? 0 : 1;
}
