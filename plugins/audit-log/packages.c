/* SPDX-License-Identifier: BSD-2-Clause */

#include "packages.h"

#include "base/json.h"
#include "base/regular.h"

#include <dirent.h>
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

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Those of a directory; one that is not there has none. */
static void
add_all (GString *out, const char *path)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  DIR *dir = path != NULL ? opendir (path) : NULL;
  const struct dirent *entry;

  if (dir == NULL)
    return;
  while ((entry = readdir (dir)) != NULL)
    if (g_str_has_suffix (entry->d_name, SUFFIX) && g_utf8_validate (entry->d_name, -1, NULL))
      g_ptr_array_add (names, g_strdup (entry->d_name));
  g_ptr_array_sort (names, compare);
  for (guint i = 0; i < names->len; i++)
    add (out, dirfd (dir), g_ptr_array_index (names, i));
  closedir (dir);
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
