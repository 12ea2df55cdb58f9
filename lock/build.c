/* SPDX-License-Identifier: BSD-2-Clause */

/* What has to be built, as arguments of "pip install". */

#include "lock/room.h"

#include <string.h>

#define TODO_HERE "put it where the lock says, or into a directory that wheel-dir names"

static const char *
sha256_of (const GPtrArray *hashes)
{
  for (guint i = 0; i < hashes->len; i++)
    if (g_str_equal (((LockHash *) hashes->pdata[i])->algorithm, "sha256"))
      return ((LockHash *) hashes->pdata[i])->value;
  return NULL;
}

/* The SHA-256 of a file that is to be built, or NULL.  In requirements hashes are the
 * package's. */
const char *
build_sha256 (const LockChoice *choice)
{
  const GPtrArray *hashes = choice->file == NULL ? NULL : choice->file->hashes;

  if (hashes == NULL || hashes->len == 0)
    hashes = choice->package->hashes;
  return hashes == NULL ? NULL : sha256_of (hashes);
}

/* The absolute path of what a lock names relative to itself. */
static char *
path_of (const Lock *lock, const char *where)
{
  g_autofree char *dir = g_path_get_dirname (lock->path);
  g_autofree char *portable = g_strdelimit (g_strdup (where), "\\", '/');

  return g_canonicalize_filename (portable, dir);
}

static void
add_fragment (GString *url, const char *key, const char *value)
{
  if (value != NULL)
    g_string_append_printf (url, "%c%s=%s", strchr (url->str, '#') == NULL ? '#' : '&', key, value);
}

/* A file, which pip compares with its hash. */
static gboolean
add_file (const Lock *lock, const LockChoice *choice, const LockJob *job, GPtrArray *args,
          GError **error)
{
  const LockPackage *package = choice->package;
  const LockFile *file = choice->file;
  const Place place = { lock->path, file->line, package->name, NULL };
  const char *sha256 = build_sha256 (choice);
  g_autofree char *uri = choice->path == NULL ? NULL : g_filename_to_uri (choice->path, NULL, NULL);
  g_autoptr (GString) url = g_string_new (uri != NULL ? uri : file->url);

  g_string_truncate (url, strcspn (url->str, "#")); /* pip takes the first hash that is there */
  if (sha256 == NULL)
    return refusal_set (error, &place, file->key, LOCK_ANEW, "pip needs its sha256");
  if (uri == NULL && (job->offline || file->url == NULL))
    return refusal_set (error, &place, file->key, TODO_HERE, "'%s' is not here", file->name);
  add_fragment (url, "sha256", sha256);
  add_fragment (url, "subdirectory", package->subdirectory);
  g_ptr_array_add (args, g_strdup_printf ("%s @ %s", package->name, url->str));
  return TRUE;
}

static gboolean
add_vcs (const Lock *lock, const LockPackage *package, const LockJob *job, GPtrArray *args,
         GError **error)
{
  const Place place = { lock->path, package->line, package->name, NULL };
  gboolean is_url = strstr (package->where, "://") != NULL;
  g_autofree char *path = is_url ? NULL : path_of (lock, package->where);
  g_autofree char *uri = is_url ? NULL : g_filename_to_uri (path, NULL, NULL);
  g_autoptr (GString) url = g_string_new (NULL);

  if (is_url && job->offline && !g_str_has_prefix (package->where, "file://"))
    return refusal_set (error, &place, "vcs", "leave out offline", "'%s' is not here",
                        package->where);
  g_string_printf (url, "%s+%s@%s", package->vcs, is_url ? package->where : uri, package->commit);
  add_fragment (url, "subdirectory", package->subdirectory);
  g_ptr_array_add (args, g_strdup_printf ("%s @ %s", package->name, url->str));
  return TRUE;
}

/* Adds what pip has to be told to build a package. */
gboolean
build_argument (const Lock *lock, const LockChoice *choice, const LockJob *job, GPtrArray *args,
                GError **error)
{
  const LockPackage *package = choice->package;

  if (package->source == LOCK_VCS)
    return add_vcs (lock, package, job, args, error);
  if (package->source != LOCK_DIRECTORY)
    return add_file (lock, choice, job, args, error);
  g_autofree char *dir = path_of (lock, package->where);
  if (package->is_editable)
    g_ptr_array_add (args, g_strdup ("--editable"));
  g_ptr_array_add (args, package->subdirectory == NULL
                             ? g_steal_pointer (&dir)
                             : g_build_filename (dir, package->subdirectory, NULL));
  return TRUE;
}
