/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Wheels into environments, by way of the cache.  The image of a wheel is
 * made once for each interpreter, under a lock and aside; from then on it is
 * only linked.  Where the cache can't be used, it is made in the environment.
 */

#include "cache/cache.h"


#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define HASHES "hashes"
#define IMAGES "images"

/* Where the image is made when there is no cache. */
#define OWN_IMAGE ".venvb-image"

/* An image in use. */
typedef struct
{
  char *dir;
  WheelImage *image;
  int lock; /* keeps it from being removed meanwhile; or -1 */
} Found;

static void
found_clear (Found *found)
{
  g_clear_pointer (&found->image, wheel_image_free);
  g_clear_pointer (&found->dir, g_free);
  if (found->lock >= 0)
    close (found->lock);
  found->lock = -1;
}

/* The SHA-256 of a file, in hexadecimal; NULL with error set. */
static char *
hash_file (const char *path, GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, NULL);

  if (file == NULL)
    {
      fs_fail (error, "read wheel", path);
      return NULL;
    }
  g_checksum_update (checksum, (const guchar *) g_mapped_file_get_contents (file),
                     g_mapped_file_get_length (file));
  return g_strdup (g_checksum_get_string (checksum));
}

/* Reads what was remembered of a file as it is now; NULL when that is nothing,
 * or damaged. */
static char *
read_hash (const char *path, const char *stamp)
{
  g_autofree char *text = NULL;
  const char *hash;

  if (!g_file_get_contents (path, &text, NULL, NULL) || !g_str_has_prefix (text, stamp)
      || text[strlen (stamp)] != ' ')
    return NULL;
  hash = text + strlen (stamp) + 1;
  return strlen (hash) == 64 && strspn (hash, "0123456789abcdef") == 64 ? g_strdup (hash) : NULL;
}

/* The same, remembered as long as the file does not change. */
static char *
wheel_hash (Cache *cache, const char *path, GError **error)
{
  g_autofree char *key = cache_key (path, NULL);
  g_autofree char *stamp = cache_stamp (path);
  g_autofree char *found = cache_find (cache, HASHES, key);
  g_autofree char *hash = found == NULL ? NULL : read_hash (found, stamp);
  g_autofree char *place = NULL;

  if (hash != NULL)
    return g_steal_pointer (&hash);
  hash = hash_file (path, error);
  place = hash == NULL ? NULL : cache_place (cache, HASHES, key);
  if (place != NULL)
    {
      g_autofree char *record = g_strconcat (stamp, " ", hash, NULL);

      if (!fs_write (place, record, strlen (record), 0600, NULL))
        g_debug ("cannot write '%s'", place);
    }
  return g_steal_pointer (&hash);
}

static WheelScheme
scheme_of (const VenvbContext *ctx)
{
  const char *version = venvb_context_get (ctx, VENVB_ATTR_VERSION);
  WheelScheme scheme = {
    .purelib = venvb_context_get_fact (ctx, "purelib"),
    .platlib = venvb_context_get_fact (ctx, "platlib"),
    .scripts = venvb_context_get_fact (ctx, "scripts"),
    .headers = venvb_context_get_fact (ctx, "headers"),
    .data = "",
    .python = venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE),
  };

  sscanf (version, "%u.%u", &scheme.major, &scheme.minor);
  return scheme;
}

/* Images differ by wheel, by interpreter, by whether they are compiled, and by
 * umask: files that are linked have the modes they were made with. */
static char *
image_key (VenvbContext *ctx, const char *hash, const WheelScheme *scheme, gboolean compile)
{
  g_autofree char *version = g_strdup_printf ("%u.%u", scheme->major, scheme->minor);
  g_autofree char *octal = g_strdup_printf ("%03o", (guint) fs_umask ());
  const char *tag = venvb_context_get_fact (ctx, "cache_tag");

  return cache_key (hash, tag != NULL ? tag : "", version, octal, scheme->purelib, scheme->platlib,
                    scheme->scripts, scheme->headers, compile ? "compiled" : "source", NULL);
}

/* Notes that an image is in use, once a day, for cache_prune(). */
static void
note_use (const char *dir)
{
  struct stat st;

  if (stat (dir, &st) == 0 && st.st_mtime < time (NULL) - 24 * 60 * 60)
    utimensat (AT_FDCWD, dir, NULL, 0);
}

/* Opens an image that is in the cache, if it is whole, and the user's or root's:
 * it may have been put there together with its owner, out of an archive.  Its
 * files are looked at now, or while they are installed, and have to belong to the
 * same. */
static gboolean
open_image (Found *found, const char *dir, gboolean check_files, GError **error)
{
  found->image = check_files ? wheel_read_image (dir, error) : wheel_open_image (dir, error);
  if (found->image == NULL)
    return FALSE;
  if (!trust_owner (found->image->uid))
    {
      g_clear_pointer (&found->image, wheel_image_free);
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "image '%s' belongs to another user",
                   dir);
      return FALSE;
    }
  found->dir = g_strdup (dir);
  note_use (dir);
  return TRUE;
}

/* Makes the image aside and renames it to place. */
static gboolean
make_image (const char *wheel, const WheelScheme *scheme, gboolean compile, const char *place,
            GError **error)
{
  g_autofree char *aside = g_strconcat (place, ".new", NULL);
  g_autofree char *trash = g_strconcat (place, ".old", NULL);

  dir_remove_at (AT_FDCWD, aside);
  dir_remove_at (AT_FDCWD, trash);
  if (mkdir (aside, 0700) < 0)
    return fs_fail (error, "create directory", aside);
  if (wheel_make_image (wheel, scheme, compile, aside, error)
      && (rename (place, trash) == 0 || errno == ENOENT)
      && (rename (aside, place) == 0 || fs_fail (error, "create", place)))
    {
      dir_remove_at (AT_FDCWD, trash);
      return TRUE;
    }
  dir_remove_at (AT_FDCWD, aside);
  return FALSE;
}

/* Makes the image in the cache, unless another run has done so meanwhile. */
static gboolean
add_image (VenvbContext *ctx, const char *wheel, const WheelScheme *scheme, gboolean compile,
           const char *key, Found *found, GError **error)
{
  Cache *cache = cache_of (context_builder (ctx));
  g_autofree char *place = cache_place (cache, IMAGES, key);

  if (place != NULL)
    found->lock = cache_lock (cache, place, LOCK_EX);
  if (found->lock < 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "the cache can't be locked");
      return FALSE;
    }
  if (!open_image (found, place, TRUE, NULL)
      && (!make_image (wheel, scheme, compile, place, error)
          || !open_image (found, place, TRUE, error)))
    return FALSE;
  return fs_lock (found->lock, LOCK_SH) || fs_fail (error, "lock", place);
}

/* Makes the image in the environment and moves the files to their places.  Nobody
 * has had them before, so what the file system makes of owners and times does not
 * matter. */
static gboolean
install_directly (VenvbContext *ctx, const char *wheel, const WheelScheme *scheme, gboolean compile,
                  gboolean requested, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *dir = g_build_filename (env_dir, OWN_IMAGE, NULL);
  g_autoptr (WheelImage) image = NULL;
  g_autofree char *hash = hash_file (wheel, error);
  gboolean ok;

  if (hash == NULL)
    return FALSE;
  dir_remove_at (AT_FDCWD, dir);
  if (mkdir (dir, 0700) < 0)
    return fs_fail (error, "create directory", dir);
  ok = wheel_make_image (wheel, scheme, compile, dir, error)
       && (image = wheel_open_image (dir, error)) != NULL
       && wheel_install_image (image, dir, env_dir, venvb_context_get (ctx, VENVB_ATTR_ENV_EXE),
                               requested, WHEEL_LINK_MOVE, error);
  if (ok)
    describe_add_wheel (ctx, image->name, image->version, hash, wheel);
  return (dir_remove_at (AT_FDCWD, dir) || (ok && fs_fail (error, "remove", dir))) && ok;
}

static gboolean
install_found (VenvbContext *ctx, const Found *found, gboolean requested, GError **error)
{
  return wheel_install_image (found->image, found->dir, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR),
                              venvb_context_get (ctx, VENVB_ATTR_ENV_EXE), requested,
                              (WheelLink) cache_link_mode (cache_of (context_builder (ctx))),
                              error);
}

/* Installs an image that is in the cache, if it is whole. */
static gboolean
install_at_once (VenvbContext *ctx, const char *key, gboolean requested, Found *found)
{
  Cache *cache = cache_of (context_builder (ctx));
  g_autofree char *at = cache_find (cache, IMAGES, key);

  if (at == NULL)
    return FALSE;
  found->lock = cache_lock (cache, at, LOCK_SH);
  if (open_image (found, at, FALSE, NULL) && install_found (ctx, found, requested, NULL))
    return TRUE;
  found_clear (found);
  return FALSE;
}

/* Installs by way of the cache, where the image is made when it is not there,
 * or turns out to be damaged; then what was installed of it is replaced.  What
 * keeps that from working may not be in the way without the cache. */
static gboolean
install_cached (VenvbContext *ctx, const char *wheel, const WheelScheme *scheme, gboolean compile,
                gboolean requested, GError **error)
{
  g_autofree char *hash = wheel_hash (cache_of (context_builder (ctx)), wheel, error);
  g_autofree char *key = hash == NULL ? NULL : image_key (ctx, hash, scheme, compile);
  Found found = { NULL, NULL, -1 };
  gboolean ok;

  if (key == NULL)
    return FALSE;
  ok = install_at_once (ctx, key, requested, &found)
       || (add_image (ctx, wheel, scheme, compile, key, &found, error)
           && install_found (ctx, &found, requested, error));
  if (ok)
    describe_add_wheel (ctx, found.image->name, found.image->version, hash, wheel);
  found_clear (&found);
  return ok;
}

gboolean
venvb_context_install_wheel (VenvbContext *ctx, const char *path, gboolean requested,
                             GError **error)
{
  gboolean compile = venvb_context_get_flag (ctx, VENVB_FLAG_COMPILE);
  g_autofree char *wheel = g_canonicalize_filename (path, NULL);
  WheelScheme scheme = scheme_of (ctx);
  g_autoptr (GError) why = NULL;

  if (venvb_builder_get_flag (context_builder (ctx), VENVB_FLAG_CACHE)
      && install_cached (ctx, wheel, &scheme, compile, requested, &why))
    return TRUE;
  if (why != NULL)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "not from the cache: %s", why->message);
  return install_directly (ctx, wheel, &scheme, compile, requested, error);
}
