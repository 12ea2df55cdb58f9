/* SPDX-License-Identifier: BSD-2-Clause */

/* What is read of a lock, and how it is freed. */

#include "lock/room.h"

static void
hash_free (gpointer data)
{
  LockHash *hash = data;

  g_free (hash->algorithm);
  g_free (hash->value);
  g_free (hash);
}

GPtrArray *
lock_hashes_new (void)
{
  return g_ptr_array_new_with_free_func (hash_free);
}

/* Adds a hash; the name of its algorithm counts in any case. */
void
lock_hashes_add (GPtrArray *hashes, const char *algorithm, const char *value)
{
  LockHash *hash = g_new (LockHash, 1);

  hash->algorithm = g_ascii_strdown (algorithm, -1);
  hash->value = g_ascii_strdown (value, -1);
  g_ptr_array_add (hashes, hash);
}

LockFile *
lock_file_new (const char *key, guint line)
{
  LockFile *file = g_new0 (LockFile, 1);

  file->key = g_strdup (key);
  file->line = line;
  file->size = file->uploaded = -1;
  file->hashes = lock_hashes_new ();
  return file;
}

void
lock_file_free (LockFile *file)
{
  g_free (file->key);
  g_free (file->name);
  g_free (file->path);
  g_free (file->url);
  g_ptr_array_unref (file->hashes);
  g_free (file);
}

LockPackage *
lock_package_new (guint line)
{
  LockPackage *package = g_new0 (LockPackage, 1);

  package->line = line;
  package->wheels = g_ptr_array_new_with_free_func ((GDestroyNotify) lock_file_free);
  package->hashes = lock_hashes_new ();
  return package;
}

void
lock_package_free (LockPackage *package)
{
  g_free (package->name);
  g_free (package->version);
  g_free (package->marker);
  g_free (package->requires_python);
  g_ptr_array_unref (package->wheels);
  g_clear_pointer (&package->sdist, lock_file_free);
  g_clear_pointer (&package->archive, lock_file_free);
  g_free (package->where);
  g_free (package->vcs);
  g_free (package->commit);
  g_free (package->subdirectory);
  g_ptr_array_unref (package->hashes);
  g_free (package);
}

Lock *
lock_new (const char *path)
{
  Lock *lock = g_new0 (Lock, 1);

  lock->path = g_strdup (path);
  lock->packages = g_ptr_array_new_with_free_func ((GDestroyNotify) lock_package_free);
  lock->warnings = g_ptr_array_new_with_free_func (g_free);
  return lock;
}

void
lock_free (Lock *lock)
{
  g_free (lock->path);
  g_free (lock->created_by);
  g_free (lock->index_url);
  g_free (lock->requires_python);
  g_strfreev (lock->environments);
  g_strfreev (lock->extras);
  g_strfreev (lock->groups);
  g_strfreev (lock->default_groups);
  g_ptr_array_unref (lock->packages);
  g_ptr_array_unref (lock->warnings);
  g_free (lock);
}
