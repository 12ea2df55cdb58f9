/* SPDX-License-Identifier: BSD-2-Clause */

/* The hashes of a file, and what they are worth. */

#include "lock/room.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const struct
{
  const char *name;
  GChecksumType type;
  gboolean is_good; /* nobody can make another file that has it */
} algorithms[] = {
  { "sha256", G_CHECKSUM_SHA256, TRUE }, { "sha384", G_CHECKSUM_SHA384, TRUE },
  { "sha512", G_CHECKSUM_SHA512, TRUE }, { "sha1", G_CHECKSUM_SHA1, FALSE },
  { "md5", G_CHECKSUM_MD5, FALSE },
};

#define N_ALGORITHMS G_N_ELEMENTS (algorithms)

static guint
find (const char *name)
{
  guint i = 0;

  while (i < N_ALGORITHMS && !g_str_equal (algorithms[i].name, name))
    i++;
  return i;
}

gboolean
digest_is_known (const char *algorithm)
{
  return find (algorithm) < N_ALGORITHMS;
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
      guint which = find (hash->algorithm);

      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", hash->algorithm);
      if (which == N_ALGORITHMS)
        continue;
      gsize length = (gsize) g_checksum_type_get_length (algorithms[which].type) * 2;
      if (strlen (hash->value) != length || strspn (hash->value, "0123456789abcdef") != length)
        {
          g_string_free (names, TRUE);
          g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                       "%s has to be %d hexadecimal digits, not '%s'", hash->algorithm,
                       (int) length, hash->value);
          return FALSE;
        }
      is_good = is_good || algorithms[which].is_good;
    }
  g_autofree char *list = g_string_free (names, FALSE);
  if (!is_good)
    g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                 "none of its hashes (%s) is sha256, sha384 or sha512", list);
  return is_good;
}

/* Reads all of a file into checksums; FALSE with errno set. */
static gboolean
pump (int fd, GChecksum **checksums, gint64 *size)
{
  g_autofree guchar *buffer = g_malloc (65536);
  ssize_t n;

  *size = 0;
  while ((n = read (fd, buffer, 65536)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return FALSE;
      *size += n;
      for (guint i = 0; i < N_ALGORITHMS; i++)
        if (checksums[i] != NULL)
          g_checksum_update (checksums[i], buffer, n);
    }
  return TRUE;
}

/* Compares what was read with hashes: with all that are known, or is it enough that
 * one is right? */
static gboolean
compare (const GPtrArray *hashes, gboolean any, GChecksum **checksums, GError **error)
{
  const LockHash *wrong = NULL;

  for (guint i = 0; i < hashes->len; i++)
    {
      const LockHash *hash = hashes->pdata[i];
      guint which = find (hash->algorithm);

      if (which == N_ALGORITHMS || (any && !algorithms[which].is_good))
        continue;
      if (!g_str_equal (g_checksum_get_string (checksums[which]), hash->value))
        wrong = hash;
      else if (any)
        return TRUE;
      if (wrong != NULL && !any)
        break;
    }
  if (wrong == NULL)
    return TRUE;
  const char *is = g_checksum_get_string (checksums[find (wrong->algorithm)]);
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
  GChecksum *checksums[N_ALGORITHMS] = { NULL };
  gint64 length = 0;
  gboolean ok;
  g_auto (Regular) file;

  if (!regular_open_path (&file, path))
    return refusal_reason (error, "it can't be read: %s", regular_reason (errno));
  if (!digest_suffice (hashes, error))
    return FALSE;
  if (size >= 0 && file.st.st_size != size)
    return refusal_reason (error,
                           "it has %" G_GINT64_FORMAT " bytes, and has to have %" G_GINT64_FORMAT,
                           (gint64) file.st.st_size, size);
  for (guint i = 0; i < hashes->len; i++)
    {
      guint which = find (((LockHash *) hashes->pdata[i])->algorithm);

      if (which < N_ALGORITHMS && checksums[which] == NULL)
        checksums[which] = g_checksum_new (algorithms[which].type);
    }
  ok = pump (file.fd, checksums, &length);
  if (!ok)
    refusal_reason (error, "it can't be read: %s", g_strerror (errno));
  else
    ok = compare (hashes, any, checksums, error);
  for (guint i = 0; i < N_ALGORITHMS; i++)
    g_clear_pointer (&checksums[i], g_checksum_free);
  return ok;
}
