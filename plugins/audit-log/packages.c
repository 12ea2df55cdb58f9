/* SPDX-License-Identifier: BSD-2-Clause */

#include "packages.h"

#include "base/json.h"
#include "base/names.h"
#include "base/regular.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SUFFIX ".dist-info"

/* What pip and others call themselves there; NULL where that is not told. */
static char *
installer (int dir, const char *name)
{
  g_autofree char *path = g_build_filename (name, "INSTALLER", NULL);
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;

  if (!regular_open (&file, dir, path, FALSE) || file.st.st_size > 1000)
    return NULL;
  text = regular_read (&file, NULL);
  if (text == NULL || !g_utf8_validate (text, -1, NULL))
    return NULL;
  g_strstrip (text);
  return *text != '\0' ? g_steal_pointer (&text) : NULL;
}

/* NAME-VERSION.dist-info: a name has no dash there. */
static void
add (GString *out, int dir, const char *file)
{
  g_autofree char *name = g_strndup (file, strlen (file) - strlen (SUFFIX));
  g_autofree char *by = installer (dir, file);
  char *dash = strchr (name, '-');

  if (dash != NULL)
    *dash++ = '\0';
  json_open (out, NULL, '{');
  json_string (out, "name", name);
  json_string (out, "version", dash);
  json_string (out, "installer", by);
  json_close (out, '}');
}

/* Those of a directory; one that is not there has none. */
static void
add_all (GString *out, const char *path)
{
  int dir = path != NULL ? open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  g_autoptr (GPtrArray) names = dir < 0 ? NULL : names_in (path, SUFFIX);

  for (guint i = 0; names != NULL && i < names->len; i++)
    if (g_utf8_validate (g_ptr_array_index (names, i), -1, NULL))
      add (out, dir, g_ptr_array_index (names, i));
  if (dir >= 0)
    close (dir);
}

void
packages_add (GString *out, VenvbContext *ctx)
{
  const char *pure = venvb_context_get (ctx, VENVB_ATTR_LIB_PATH);
  const char *compiled = venvb_context_get (ctx, VENVB_ATTR_PLATLIB_PATH);

  json_open (out, "packages", '[');
  add_all (out, pure);
  if (g_strcmp0 (pure, compiled) != 0)
    add_all (out, compiled);
  json_close (out, ']');
}
