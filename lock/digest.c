/* SPDX-License-Identifier: BSD-2-Clause */

/* The hashes of a file, and what they are worth. */

#include "lock/room.h"

#include "base/regular.h"
#include "base/sum.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

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

/* A sum for each algorithm of the hashes that is known: name -> Sum. */
static GHashTable *
sums_for (const GPtrArray *hashes)
{
  GHashTable *sums =
      g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) sum_free);

  sum_hurry ();
  for (guint i = 0; i < hashes->len; i++)
    {
      char *name = ((LockHash *) hashes->pdata[i])->algorithm;

      if (sum_size (name, -1) > 0 && !g_hash_table_contains (sums, name))
        g_hash_table_insert (sums, name, sum_new (name, -1));
    }
  return sums;
}

/* Compares what was read with hashes: with all that are known, or is it enough that
 * one is right? */
static gboolean
compare (const GPtrArray *hashes, gboolean any, GHashTable *sums, GError **error)
{
  const LockHash *wrong = NULL;

  for (guint i = 0; i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];
      Sum *sum = g_hash_table_lookup (sums, hash->algorithm);

      if (sum == NULL || (any && !sum_is_good (hash->algorithm, -1)))
        continue;
      if (!g_str_equal (sum_hex (sum), hash->value))
        wrong = hash;
      else if (any)
        return TRUE;
      if (wrong != NULL && !any)
        break;
    }
  if (wrong == NULL)
    return TRUE;
  const char *is = sum_hex (g_hash_table_lookup (sums, wrong->algorithm));
  if (any)
    return refusal_reason (error, "its %s is %s, which is none of those that it may be",
                           wrong->algorithm, is);
  return refusal_reason (error, "its %s is %s, and has to be %s", wrong->algorithm, is,
                         wrong->value);
}

/* Compares a file with hashes, which have to suffice, and with its size, unless that
 * is -1.  With any, the hashes are those of several files, of which it is to be one.
 * FALSE with error set, to the reason alone. */
gboolean
digest_check (const char *path, gint64 size, const GPtrArray *hashes, gboolean any, GError **error)
{
  g_autoptr (GHashTable) sums = NULL;
  g_auto (Regular) file;

  if (!regular_open_path (&file, path))
    return refusal_reason (error, "it can't be read: %s", regular_reason (errno));
  if (!digest_suffice (hashes, error))
    return FALSE;
  if (size >= 0 && file.st.st_size != size)
    return refusal_reason (error,
                           "it has %" G_GINT64_FORMAT " bytes, and has to have %" G_GINT64_FORMAT,
                           (gint64) file.st.st_size, size);
  sums = sums_for (hashes);
  if (!pump (file.fd, sums))
    return refusal_reason (error, "it can't be read: %s", g_strerror (errno));
  return compare (hashes, any, sums, error);
}
