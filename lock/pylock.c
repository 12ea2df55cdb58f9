/* SPDX-License-Identifier: BSD-2-Clause */

/* A lock, by the pylock.toml specification (PEP 751): all of it is looked at when
 * it is read, whatever is installed of it.  What the specification asks of those
 * who write locks, and changes nothing for those who read them, is a warning. */

#include "lock/room.h"

#include <string.h>

static const char *const top_keys[] = {
  "lock-version",   "environments", "requires-python", "extras", "dependency-groups",
  "default-groups", "created-by",   "packages",        "tool",   NULL
};
static const char *const package_keys[] = {
  "name",    "version", "marker", "requires-python", "dependencies",           "vcs",  "directory",
  "archive", "index",   "sdist",  "wheels",          "attestation-identities", "tool", NULL
};
/* --- Packages ----------------------------------------------------------- */

static gboolean
read_identity (const Place *place, const Node *table, LockPackage *package, GError **error)
{
  Place at = *place;

  if (!table_string (&at, table, "name", TRUE, &package->name, error))
    return FALSE;
  at.line = node_get (table, "name")->line;
  if (!name_is_normal (package->name))
    return refusal_set (error, &at, "name", LOCK_ANEW, "'%s' is not a normalised name",
                        package->name);
  at.package = package->name;
  if (!table_string (&at, table, "version", FALSE, &package->version, error))
    return FALSE;
  if (package->version == NULL || release_same (package->version, package->version))
    return TRUE;
  at.line = node_get (table, "version")->line;
  return refusal_set (error, &at, "version", LOCK_ANEW, "'%s' is not a version", package->version);
}

static gboolean
read_marker (const Place *place, const Node *table, LockPackage *package, GError **error)
{
  GError *reason = NULL;
  Place at = *place;

  if (!table_string (place, table, "marker", FALSE, &package->marker, error))
    return FALSE;
  if (package->marker == NULL || marker_check (package->marker, TRUE, &reason))
    return TRUE;
  at.line = node_get (table, "marker")->line;
  return refusal_because (error, &at, "marker", LOCK_ANEW, reason);
}

/* What is there to be looked at by others, and has no say in what is installed. */
static gboolean
check_informational (const Place *place, const Node *table, GError **error)
{
  const Node *node;
  g_autofree char *index = NULL;

  if (!table_string (place, table, "index", FALSE, &index, error)
      || !table_array (place, table, "dependencies", NODE_TABLE, FALSE, &node, error)
      || !table_get (place, table, "tool", NODE_TABLE, FALSE, &node, error)
      || !table_array (place, table, "attestation-identities", NODE_TABLE, FALSE, &node, error))
    return FALSE;
  for (guint i = 0; node != NULL && i < node->items->len; i++)
    {
      g_autofree char *prefix = g_strdup_printf ("attestation-identities[%u].", i);
      g_autofree char *kind = NULL;
      Place at = { place->file, place->line, place->package, prefix };

      if (!table_string (&at, node->items->pdata[i], "kind", TRUE, &kind, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
read_package (const Reader *reader, const Node *table, LockPackage *package, GError **error)
{
  Place place = { reader->lock->path, table->line, NULL, NULL };

  if (!read_identity (&place, table, package, error))
    return FALSE;
  place.package = package->name;
  if (!read_marker (&place, table, package, error)
      || !table_specifiers (&place, table, "requires-python", &package->requires_python, error)
      || !check_informational (&place, table, error)
      || !sources_read (reader, &place, table, package, error))
    return FALSE;
  if (package->version != NULL && package->where != NULL)
    sources_warn (reader, &place, "version", "what is no file can't promise a version");
  sources_note_unknown (reader, &place, table, package_keys);
  return TRUE;
}

/* --- The lock ----------------------------------------------------------- */

static gboolean
read_version (Reader *reader, const Place *place, const Node *root, GError **error)
{
  g_autofree char *version = NULL;
  gboolean is_major = FALSE, is_known = FALSE;
  Place at = *place;

  if (!table_string (place, root, "lock-version", TRUE, &version, error))
    return FALSE;
  at.line = node_get (root, "lock-version")->line;
  if (!release_same (version, version))
    return refusal_set (error, &at, "lock-version", LOCK_ANEW, "'%s' is not a version", version);
  if (!release_meets (">=1,<2", version, &is_major, error)
      || !release_meets ("<=1.0", version, &is_known, error))
    return FALSE;
  reader->is_newer = !is_known;
  return is_major
         || refusal_set (error, &at, "lock-version", "lock the project with one of version 1.0",
                         "it is %s, and only 1 is known here", version);
}

static gboolean
read_environments (const Reader *reader, const Place *place, const Node *root, GError **error)
{
  Lock *lock = reader->lock;
  Place at = *place;

  if (!table_strings (place, root, "environments", &lock->environments, error))
    return FALSE;
  for (guint i = 0; lock->environments != NULL && lock->environments[i] != NULL; i++)
    {
      const Node *node = node_get (root, "environments")->items->pdata[i];
      g_autofree char *key = g_strdup_printf ("environments[%u]", i);
      GError *reason = NULL;

      at.line = node->line;
      if (!marker_check (lock->environments[i], FALSE, &reason))
        return refusal_because (error, &at, key, LOCK_ANEW, reason);
    }
  return TRUE;
}

static gboolean
read_choices (const Reader *reader, const Place *place, const Node *root, GError **error)
{
  Lock *lock = reader->lock;
  Place at = *place;

  if (!table_strings (place, root, "extras", &lock->extras, error)
      || !table_strings (place, root, "dependency-groups", &lock->groups, error)
      || !table_strings (place, root, "default-groups", &lock->default_groups, error))
    return FALSE;
  for (guint i = 0; lock->extras != NULL && lock->extras[i] != NULL; i++)
    {
      at.line = node_get (root, "extras")->line;
      if (!name_is_normal (lock->extras[i]))
        return refusal_set (error, &at, "extras", LOCK_ANEW, "'%s' is not a normalised name",
                            lock->extras[i]);
    }
  for (guint i = 0; lock->default_groups != NULL && lock->default_groups[i] != NULL; i++)
    {
      at.line = node_get (root, "default-groups")->line;
      if (name_is_among (lock->default_groups[i], (void *) lock->groups))
        sources_warn (reader, &at, "default-groups", "one of it is among dependency-groups, too");
    }
  return TRUE;
}

static gboolean
read_packages (const Reader *reader, const Place *place, const Node *root, GError **error)
{
  const Node *packages;

  if (!table_array (place, root, "packages", NODE_TABLE, TRUE, &packages, error))
    return FALSE;
  for (guint i = 0; i < packages->items->len; i++)
    {
      const Node *table = packages->items->pdata[i];
      LockPackage *package = lock_package_new (table->line);

      g_ptr_array_add (reader->lock->packages, package);
      if (!read_package (reader, table, package, error))
        return FALSE;
    }
  return TRUE;
}

/* What a lock says; path is what to call it.  NULL with error set to a refusal. */
Lock *
pylock_parse (const char *path, const Node *root, GError **error)
{
  g_autoptr (Lock) lock = lock_new (path);
  Reader reader = { lock, FALSE };
  Place place = { path, 0, NULL, NULL };
  const Node *tool;

  if (!read_version (&reader, &place, root, error)
      || !table_string (&place, root, "created-by", TRUE, &lock->created_by, error)
      || !table_specifiers (&place, root, "requires-python", &lock->requires_python, error)
      || !read_environments (&reader, &place, root, error)
      || !read_choices (&reader, &place, root, error)
      || !table_get (&place, root, "tool", NODE_TABLE, FALSE, &tool, error)
      || !read_packages (&reader, &place, root, error))
    return NULL;
  sources_note_unknown (&reader, &place, root, top_keys);
  return g_steal_pointer (&lock);
}

/* Tells whether the last part of a path is the name of such a lock: pylock.toml, or
 * pylock.NAME.toml where NAME has no full stop. */
gboolean
pylock_is_name (const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  gsize length = strlen (name);

  if (g_str_equal (name, "pylock.toml"))
    return TRUE;
  if (!g_str_has_prefix (name, "pylock.") || !g_str_has_suffix (name, ".toml")
      || length <= strlen ("pylock..toml"))
    return FALSE;
  return memchr (name + strlen ("pylock."), '.', length - strlen ("pylock..toml")) == NULL;
}
