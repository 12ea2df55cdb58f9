/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Entries that are unpacked in one go, by libdeflate, which takes a third of the time
 * that zlib does.  It is never the one to refuse: what it does not like, or can't be
 * sure of, is read once more by way of libzip, which says why.
 */

#include "config.h"

#include "wheel/inflate.h"

#ifdef HAVE_LIBDEFLATE

#include <libdeflate.h>

struct _Inflate
{
  struct libdeflate_decompressor *decompressor;
  guint8 *unpacked; /* grows with the largest entry so far */
  gsize size;
};

/* NULL where there is no memory for it. */
Inflate *
inflate_new (void)
{
  struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor ();
  Inflate *inflate = decompressor == NULL ? NULL : g_new0 (Inflate, 1);

  if (inflate != NULL)
    inflate->decompressor = decompressor;
  return inflate;
}

void
inflate_free (Inflate *inflate)
{
  if (inflate == NULL)
    return;
  libdeflate_free_decompressor (inflate->decompressor);
  g_free (inflate->unpacked);
  g_free (inflate);
}

/* What was there is of no use any more. */
static void
make_room (Inflate *inflate, gsize size)
{
  if (size <= inflate->size)
    return;
  g_free (inflate->unpacked);
  inflate->unpacked = g_malloc (size);
  inflate->size = size;
}

/* Unpacks an entry, and compares it with its size and its checksum.  What is returned
 * holds until the next one is asked for; NULL when it is to be read piece by piece. */
const void *
inflate_entry (Inflate *inflate, const guint8 *packed, const zip_stat_t *st)
{
  const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD
                              | ZIP_STAT_ENCRYPTION_METHOD | ZIP_STAT_CRC;
  gsize read, made;

  if (inflate == NULL || packed == NULL || (st->valid & needed) != needed
      || st->comp_method != ZIP_CM_DEFLATE || st->encryption_method != ZIP_EM_NONE || st->size == 0
      || st->size > INFLATE_MOST)
    return NULL;
  make_room (inflate, st->size);
  if (libdeflate_deflate_decompress_ex (inflate->decompressor, packed, st->comp_size,
                                        inflate->unpacked, st->size, &read, &made)
          != LIBDEFLATE_SUCCESS
      || read != st->comp_size || made != st->size
      || libdeflate_crc32 (0, inflate->unpacked, st->size) != st->crc)
    return NULL;
  return inflate->unpacked;
}

#else

Inflate *
inflate_new (void)
{
  return NULL;
}

void
inflate_free (Inflate *inflate)
{
}

const void *
inflate_entry (Inflate *inflate, const guint8 *packed, const zip_stat_t *st)
{
  return NULL;
}

#endif
