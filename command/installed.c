/* SPDX-License-Identifier: BSD-2-Clause */

/* What is installed in an environment, whoever installed it, as its *.dist-info tell. */

#include "base/json.h"
#include "base/names.h"
#include "base/regular.h"
#include "command/report.h"

#include <string.h>

/* The value of a header of METADATA: free with g_free(); NULL where there is none. */
static char *
header (const char *text, const char *name)
{
  gsize length = strlen (name);

  for (const char *at = text; at != NULL && *at != '\0' && *at != '\n' && *at != '\r';)
    {
      const char *end = at + strcspn (at, "\r\n");

      if (g_ascii_strncasecmp (at, name, length) == 0 && at[length] == ':')
        return g_strstrip (g_strndup (at + length + 1, end - at - length - 1));
      at = *end == '\r' ? end + 1 : end;
      at = *at == '\n' ? at + 1 : at;
    }
  return NULL;
}

/* A file of a distribution as it is: free with g_free(); NULL where there is none. */
static char *
contents (const char *dir, const char *name)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);

  return regular_contents (path, NULL);
}

/* Adds one distribution.  What has no METADATA, as half a package, is told by the name
 * of its directory. */
static void
add (GString *json, const char *lib, const char *dist_info)
{
  g_autofree char *dir = g_build_filename (lib, dist_info, NULL);
  g_autofree char *metadata = contents (dir, "METADATA");
  g_autofree char *installer = contents (dir, "INSTALLER");
  g_autofree char *requested = contents (dir, "REQUESTED");
  g_autofree char *name = header (metadata, "Name");
  g_autofree char *version = header (metadata, "Version");
  g_autofree char *stem = g_strndup (dist_info, strlen (dist_info) - strlen (".dist-info"));
  char *dash = strchr (stem, '-');

  if (dash != NULL)
    *dash++ = '\0';
  json_open (json, NULL, '{');
  json_string (json, "name", name != NULL ? name : stem);
  json_string (json, "version", version != NULL ? version : dash);
  json_string (json, "installer", installer == NULL ? NULL : g_strstrip (installer));
  json_boolean (json, "requested", requested != NULL);
  json_string (json, "path", dir);
  json_close (json, '}');
}

static void
add_dir (GString *json, const char *lib)
{
  g_autoptr (GPtrArray) names = lib == NULL ? NULL : names_in (lib, ".dist-info");

  for (guint i = 0; names != NULL && i < names->len; i++)
    add (json, lib, g_ptr_array_index (names, i));
}

/* Adds what is installed as the array `packages`, sorted by the names of the
 * directories. */
void
installed_json (VenvbContext *ctx, GString *json)
{
  const char *lib = venvb_context_get (ctx, VENVB_ATTR_LIB_PATH);
  const char *platlib = venvb_context_get (ctx, VENVB_ATTR_PLATLIB_PATH);

  json_open (json, "packages", '[');
  add_dir (json, lib);
  if (g_strcmp0 (lib, platlib) != 0)
    add_dir (json, platlib);
  json_close (json, ']');
}
