/* SPDX-License-Identifier: BSD-2-Clause */

/* The module that computes checksums as fast as the processor can: all of libcrypto. */

#include "config.h"

#include "base/sum.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

extern const SumModule venvb_sums;

/* What there is of an algorithm, looked for once; NULL where it is not provided.  The
 * system's configuration is not read: what a checksum is, does not depend on it. */
static const EVP_MD *
find (const char *algorithm)
{
  static struct
  {
    const char *name;
    EVP_MD *found;
    gboolean is_known;
  } known[] = { { "sha256" }, { "sha384" }, { "sha512" }, { "sha1" }, { "md5" } };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_str_equal (algorithm, known[i].name))
      {
        if (!known[i].is_known && OPENSSL_init_crypto (OPENSSL_INIT_NO_LOAD_CONFIG, NULL) == 1)
          known[i].found = EVP_MD_fetch (NULL, algorithm, NULL);
        known[i].is_known = TRUE;
        return known[i].found;
      }
  return NULL;
}

static gpointer
sums_start (const char *algorithm)
{
  const EVP_MD *type = find (algorithm);
  EVP_MD_CTX *context = type == NULL ? NULL : EVP_MD_CTX_new ();

  if (context == NULL || EVP_DigestInit_ex2 (context, type, NULL) == 1)
    return context;
  EVP_MD_CTX_free (context);
  return NULL;
}

static void
sums_update (gpointer state, const void *data, gsize length)
{
  EVP_DigestUpdate (state, data, length);
}

/* Where something has failed, the digest is one that no file has. */
static void
sums_end (gpointer state, guint8 *digest)
{
  if (digest != NULL && EVP_DigestFinal_ex (state, digest, NULL) != 1)
    memset (digest, 0, SUM_SIZE_MOST);
  EVP_MD_CTX_free (state);
}

__attribute__ ((visibility ("default"))) const SumModule venvb_sums = {
  .version = SUM_MODULE_VERSION,
  .start = sums_start,
  .update = sums_update,
  .end = sums_end,
};
