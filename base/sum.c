/* SPDX-License-Identifier: BSD-2-Clause */

/* Checksums of what is read. */

#include "base/sum.h"

#include "base/module.h"

#include <string.h>

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

struct _Sum
{
  guint which;         /* of the algorithms */
  gpointer state;      /* of the module; or NULL */
  GChecksum *checksum; /* where it is GLib's */
  gboolean is_over;
  guint8 digest[SUM_SIZE_MOST];
  char hex[2 * SUM_SIZE_MOST + 1];
};

/* What was loaded; or NULL. */
static const SumModule *module;

/* Loads the module: from now on sums are computed by it.  Without one, or when others may
 * write it, they are the same, and take longer. */
void
sum_hurry (void)
{
  static gboolean was_tried;
  const SumModule *found;

  if (was_tried)
    return;
  was_tried = TRUE;
  found = module_load ("sums.so", SUM_MODULE_SYMBOL, NULL);
  if (found != NULL && found->version == SUM_MODULE_VERSION)
    module = found;
}

/* Tells whether the module computes the sums that are begun from now on. */
gboolean
sum_is_fast (void)
{
  return module != NULL;
}

static guint
find (const char *name, gssize length)
{
  gsize n = length < 0 ? strlen (name) : (gsize) length;
  guint i = 0;

  while (i < N_ALGORITHMS
         && (strlen (algorithms[i].name) != n || strncmp (algorithms[i].name, name, n) != 0))
    i++;
  return i;
}

/* The bytes that a checksum has, by the algorithm's name, which ends after length bytes
 * unless that is -1; 0 for what there is none. */
gsize
sum_size (const char *algorithm, gssize length)
{
  guint which = find (algorithm, length);

  return which == N_ALGORITHMS ? 0 : (gsize) g_checksum_type_get_length (algorithms[which].type);
}

/* Tells whether a checksum can vouch for a file: nobody can make another that has it. */
gboolean
sum_is_good (const char *algorithm, gssize length)
{
  guint which = find (algorithm, length);

  return which < N_ALGORITHMS && algorithms[which].is_good;
}

/* A checksum of nothing yet; NULL where there is none of that name. */
Sum *
sum_new (const char *algorithm, gssize length)
{
  guint which = find (algorithm, length);
  Sum *sum;

  if (which == N_ALGORITHMS)
    return NULL;
  sum = g_new0 (Sum, 1);
  sum->which = which;
  sum->state = module != NULL ? module->start (algorithms[which].name) : NULL;
  if (sum->state == NULL)
    sum->checksum = g_checksum_new (algorithms[which].type);
  return sum;
}

void
sum_free (Sum *sum)
{
  if (sum == NULL)
    return;
  if (sum->state != NULL)
    module->end (sum->state, NULL);
  g_clear_pointer (&sum->checksum, g_checksum_free);
  g_free (sum);
}

void
sum_update (Sum *sum, const void *data, gsize length)
{
  if (sum->state != NULL)
    module->update (sum->state, data, length);
  else if (sum->checksum != NULL)
    g_checksum_update (sum->checksum, data, length);
}

/* Ends a sum, to which nothing can be added from then on.  Returns its size. */
static gsize
finish (Sum *sum)
{
  gsize size = (gsize) g_checksum_type_get_length (algorithms[sum->which].type), n = size;

  if (sum->is_over)
    return size;
  if (sum->state != NULL)
    module->end (g_steal_pointer (&sum->state), sum->digest);
  else
    g_checksum_get_digest (sum->checksum, sum->digest, &n);
  sum->is_over = TRUE;
  return size;
}

/* Ends a sum and returns it in hexadecimal, borrowed. */
const char *
sum_hex (Sum *sum)
{
  gsize size = finish (sum);

  for (gsize i = 0; i < size; i++)
    g_snprintf (sum->hex + 2 * i, 3, "%02x", sum->digest[i]);
  return sum->hex;
}

/* Ends a sum and returns it as RECORD has it: the algorithm, '=', and the digest in
 * URL-safe base 64 without padding.  Free with g_free(). */
char *
sum_record (Sum *sum)
{
  gsize size = finish (sum);
  g_autofree char *text = g_base64_encode (sum->digest, size);

  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  text[strcspn (text, "=")] = '\0';
  return g_strconcat (algorithms[sum->which].name, "=", text, NULL);
}
