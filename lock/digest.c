/* SPDX-License-Identifier: BSD-2-Clause */

/* The hashes of a file, and what they are worth. */

#include "lock/room.h"

#include "base/regular.h"
#include "base/sum.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* The algorithm that nearly all hashes are of. */
#define SHA256 ((gpointer) "sha256")

gboolean
digest_is_known (const char *algorithm)
{
  return sum_size (algorithm, -1) > 0;
}

/* Tells whether hashes can vouch for a file: one is known and good, and none that is
 * known is misspelt.  FALSE with error set, to the reason alone. */
gboolean
digest_suffice (const GPtrArray *hashes, GError **error)
{
  gboolean is_good = FALSE;
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];
      gsize length = 2 * sum_size (hash->algorithm, -1);

      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", hash->algorithm);
      if (length == 0)
        continue;
      if (strlen (hash->value) != length || strspn (hash->value, "0123456789abcdef") != length)
        {
          g_string_free (names, TRUE);
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                       "%s has to be %d hexadecimal digits, not '%s'", hash->algorithm,
                       (int) length, hash->value);
          return FALSE;
        }
      is_good = is_good || sum_is_good (hash->algorithm, -1);
    }
  g_autofree char *list = g_string_free (names, FALSE);
  if (!is_good)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "none of its hashes (%s) is sha256, sha384 or sha512", list);
  return is_good;
}

/* Reads all of a file into sums; FALSE with errno set. */
static gboolean
pump (int fd, GHashTable *sums)
{
  g_autofree guchar *buffer = g_malloc (65536);
  GHashTableIter iter;
  gpointer sum;
  ssize_t n;

  while ((n = read (fd, buffer, 65536)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      g_hash_table_iter_init (&iter, sums);
      while (g_hash_table_iter_next (&iter, NULL, &sum))
        sum_update (sum, buffer, n);
    }
  return TRUE;
}

/* A sum for SHA-256, and for each algorithm of the hashes that is known: name -> Sum. */
static GHashTable *
sums_for (const GPtrArray *hashes)
{
  GHashTable *sums =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) sum_free);

  sum_hurry ();
  g_hash_table_insert (sums, SHA256, sum_new (SHA256, -1));
  for (guint i = 0; i < hashes->len; i++)
    {
      char *name = ((LockHash *) hashes->pdata[i])->algorithm;

      if (sum_size (name, -1) > 0 && !g_hash_table_contains (sums, name))
        g_hash_table_insert (sums, name, sum_new (name, -1));
    }
  return sums;
}

/* Tells whether a hash need be looked at: one that can be forged does not count where
 * one that is right is enough. */
static gboolean
counts (const LockHash *hash, gboolean any)
{
  return any ? sum_is_good (hash->algorithm, -1) : sum_size (hash->algorithm, -1) > 0;
}

/* Compares what is known of a file, algorithm -> text, with hashes: with all that are
 * known, or is it enough that one is right? */
static gboolean
compare (const GPtrArray *hashes, gboolean any, GHashTable *known, GError **error)
{
  const LockHash *wrong = NULL;

  for (guint i = 0; i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];

      if (!counts (hash, any))
        continue;
      if (!g_str_equal (g_hash_table_lookup (known, hash->algorithm), hash->value))
        wrong = hash;
      else if (any)
        return TRUE;
      if (wrong != NULL && !any)
        break;
    }
  if (wrong == NULL)
    return TRUE;
  const char *is = g_hash_table_lookup (known, wrong->algorithm);
  if (any)
    return refusal_reason (error, "its %s is %s, which is none of those that it may be",
                           wrong->algorithm, is);
  return refusal_reason (error, "its %s is %s, and has to be %s", wrong->algorithm, is,
                         wrong->value);
}

/* Tells whether a file's SHA-256 says all that the hashes ask for. */
static gboolean
is_enough (const GPtrArray *hashes, gboolean any)
{
  for (guint i = 0; i < hashes->len; i++)
    if (counts (hashes->pdata[i], any)
        && !g_str_equal (((LockHash *) hashes->pdata[i])->algorithm, SHA256))
      return FALSE;
  return TRUE;
}

/* Reads a file, and notes what its hashes are; FALSE with errno set. */
static gboolean
read_all (const Regular *file, const GPtrArray *hashes, GHashTable *known)
{
  g_autoptr (GHashTable) sums = sums_for (hashes);
  GHashTableIter iter;
  gpointer name, sum;

  if (!pump (file->fd, sums))
    return FALSE;
  g_hash_table_iter_init (&iter, sums);
  while (g_hash_table_iter_next (&iter, &name, &sum))
    g_hash_table_insert (known, name, g_strdup (sum_hex (sum)));
  return TRUE;
}

/* Compares a file with hashes, which have to suffice, and with its size, unless that
 * is -1.  With any, the hashes are those of several files, of which it is to be one.
 * Returns its SHA-256, which may have been known; NULL with error set, to the reason
 * alone. */
char *
digest_check (const char *path, gint64 size, const GPtrArray *hashes, gboolean any,
              const LockWanted *wanted, GError **error)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  g_auto (Regular) file;
  char *sha256 = NULL;

  if (!regular_open_path (&file, path))
    return (refusal_reason (error, "it can't be read: %s", regular_reason (errno)), NULL);
  if (!digest_suffice (hashes, error))
    return NULL;
  if (size >= 0 && file.st.st_size != size)
    return (refusal_reason (error,
                            "it has %" G_GINT64_FORMAT " bytes, and has to have %" G_GINT64_FORMAT,
                            (gint64) file.st.st_size, size),
            NULL);
  if (wanted->hash != NULL && is_enough (hashes, any))
    sha256 = wanted->hash (path, wanted->data);
  if (sha256 != NULL)
    g_hash_table_insert (known, SHA256, sha256);
  else if (!read_all (&file, hashes, known))
    return (refusal_reason (error, "it can't be read: %s", g_strerror (errno)), NULL);
  return compare (hashes, any, known, error) ? g_strdup (g_hash_table_lookup (known, SHA256))
                                             : NULL;
}
