/* SPDX-License-Identifier: BSD-2-Clause */

/* Scripts: the first line, and what follows it.  They have to be, to the
 * byte, what the pip in question would have written. */

#include "wheel/room.h"

#include <string.h>

/* The longest first line that every kernel reads to its end. */
#define FIRST_LINE_MAX 127

/* What pip wrote from some version on: newest first. */
static const struct
{
  guint major, minor;
  const char *before_from; /* between the first line and "from" */
  const char *after_from;  /* between "import" and the main program */
  const char *clean_argv0;
} styles[] = {
  { 26, 0, "import sys\n", "", "    sys.argv[0] = sys.argv[0].removesuffix('.exe')\n" },
  { 25, 2, "import sys\n", "",
    "    if sys.argv[0].endswith('.exe'):\n"
    "        sys.argv[0] = sys.argv[0][:-4]\n" },
  { 20, 0, "# -*- coding: utf-8 -*-\nimport re\nimport sys\n", "",
    "    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])\n" },
  { 0, 0, "\n# -*- coding: utf-8 -*-\nimport re\nimport sys\n\n", "\n",
    "    sys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])\n" },
};

/* Tells whether a version of pip is at least MAJOR.MINOR; "" is today's. */
static gboolean
is_since (const char *pip_version, guint major, guint minor)
{
  char *end = NULL;
  guint64 has_major = g_ascii_strtoull (pip_version, &end, 10);
  guint64 has_minor = *end == '.' ? g_ascii_strtoull (end + 1, NULL, 10) : 0;

  return pip_version[0] == '\0' || has_major > major || (has_major == major && has_minor >= minor);
}

/* Since 20.2, pip notes what was asked for in a file REQUESTED. */
gboolean
launcher_knows_requested (const char *pip_version)
{
  return is_since (pip_version, 20, 2);
}

/* Tells whether a path can stand between double quotes, or without, in both
 * shell and Python. */
static gboolean
is_harmless (const char *exe, gboolean is_quoted)
{
  const char *bad = is_quoted ? "\"$`\\\n\r" : "\"$`\\\n\r'&;|<>()*?[]#~!{}\t";

  return g_utf8_validate (exe, -1, NULL) && exe[strcspn (exe, bad)] == '\0'
         && strstr (exe, "'''") == NULL;
}

/* A path that no script can hold: the interpreter is found beside the script
 * instead. */
static char *
relative_line (const char *exe)
{
  g_autofree char *name = g_path_get_basename (exe);

  return g_strdup_printf ("#!/bin/sh\n"
                          "'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")/%s\" \"$0\" \"$@\"\n"
                          "' '''\n",
                          is_harmless (name, TRUE) ? name : "python");
}

/* What a script begins with, so that exe runs it.  Where the kernel can't be
 * told, the shell is: to Python, its command is a string. */
char *
launcher_first_line (const char *exe)
{
  gboolean has_space = strchr (exe, ' ') != NULL;
  gboolean is_text = g_utf8_validate (exe, -1, NULL) && exe[strcspn (exe, "\t\n\r")] == '\0';

  if (is_text && !has_space && strlen (exe) + strlen ("#!\n") <= FIRST_LINE_MAX)
    return g_strconcat ("#!", exe, "\n", NULL);
  if (!is_text || !is_harmless (exe, has_space))
    return relative_line (exe);
  return g_strdup_printf ("#!/bin/sh\n"
                          "'''exec' %s%s%s \"$0\" \"$@\"\n"
                          "' '''\n",
                          has_space ? "\"" : "", exe, has_space ? "\"" : "");
}

/* A whole script. */
char *
launcher_text (const WheelScript *script, const char *exe, const char *pip_version)
{
  g_autofree char *first = launcher_first_line (exe);
  g_autofree char *import = g_strndup (script->attr, strcspn (script->attr, "."));
  gboolean is_one_line = strchr (first, '\n') == strrchr (first, '\n');
  const char *before_from;
  guint i = 0;

  while (i < G_N_ELEMENTS (styles) - 1 && !is_since (pip_version, styles[i].major, styles[i].minor))
    i++;
  /* Once, an empty line followed a first line, but not the longer form. */
  before_from = styles[i].before_from + (!is_one_line && styles[i].before_from[0] == '\n');
  return g_strdup_printf ("%s%sfrom %s import %s\n%sif __name__ == '__main__':\n"
                          "%s    sys.exit(%s())\n",
                          first, before_from, script->module, import, styles[i].after_from,
                          styles[i].clean_argv0, script->attr);
}
