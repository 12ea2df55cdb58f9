/* SPDX-License-Identifier: BSD-2-Clause */

/* Where an archive came from, as direct_url.json tells it: the "direct URL data
 * structure" specification. */

#include "lock/room.h"

#include "base/json.h"

#include <string.h>

/* An URL without name and password, unless these stand for variables of the environment,
 * or the name is that of everybody: free with g_free(). */
static char *
without_credentials (const char *url)
{
  const char *host = strstr (url, "://");
  gsize length = host == NULL ? 0 : strcspn (host + 3, "/?#");
  const char *at = host == NULL ? NULL : memrchr (host + 3, '@', length);

  if (at == NULL || g_str_has_prefix (host + 3, "${") || g_str_has_prefix (host + 3, "git@"))
    return g_strdup (url);
  return g_strdup_printf ("%.*s%s", (int) (host + 3 - url), url, at + 1);
}

/* Where the file is: at a path beside the lock, or at an URL. */
static char *
url_of (const Lock *lock, const LockFile *file)
{
  g_autofree char *dir = g_path_get_dirname (lock->path);

  if (file->path == NULL)
    return without_credentials (file->url);
  g_autofree char *portable = g_strdelimit (g_strdup (file->path), "\\", '/');
  g_autofree char *path = g_canonicalize_filename (portable, dir);
  return g_filename_to_uri (path, NULL, NULL);
}

/* The text of a member "url" of an object: free with g_free(); NULL where there is none, or
 * one that is written in another way than tools do. */
static char *
member_url (const char *json)
{
  const char *at = strstr (json, "\"url\"");
  const char *end;

  if (at == NULL)
    return NULL;
  at += strlen ("\"url\"");
  at += strspn (at, " \t\r\n:");
  end = *at == '"' ? strchr (at + 1, '"') : NULL;
  return end == NULL ? NULL : g_strndup (at + 1, end - at - 1);
}

/* Tells whether a direct_url.json is of the directory that a lock names. */
gboolean
direct_is_of_directory (const Lock *lock, const LockPackage *package, const char *json)
{
  g_autofree char *url = member_url (json);
  g_autofree char *found = url == NULL ? NULL : g_filename_from_uri (url, NULL, NULL);
  g_autofree char *dir = g_path_get_dirname (lock->path);
  g_autofree char *portable = g_strdelimit (g_strdup (package->where), "\\", '/');
  g_autofree char *top = g_canonicalize_filename (portable, dir);
  g_autofree char *wanted =
      g_build_filename (top, package->subdirectory != NULL ? package->subdirectory : "", NULL);
  g_autofree char *a = found == NULL ? NULL : g_canonicalize_filename (found, NULL);
  g_autofree char *b = g_canonicalize_filename (wanted, NULL);

  return g_strcmp0 (a, b) == 0;
}

/* The text for an archive that has this SHA-256. */
char *
direct_text (const Lock *lock, const LockPackage *package, const char *sha256)
{
  g_autofree char *url = url_of (lock, package->archive);
  g_autofree char *hash = g_strconcat ("sha256=", sha256, NULL);
  GString *out = g_string_new (NULL);

  json_open (out, NULL, '{');
  json_open (out, "archive_info", '{');
  json_string (out, "hash", hash);
  json_open (out, "hashes", '{');
  json_string (out, "sha256", sha256);
  json_close (out, '}');
  json_close (out, '}');
  if (package->subdirectory != NULL)
    json_string (out, "subdirectory", package->subdirectory);
  json_string (out, "url", url);
  json_close (out, '}');
  return g_string_free (out, FALSE);
}
