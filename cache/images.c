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
make_image (const char *wheel, const char *hash, const WheelScheme *scheme, gboolean compile,
            const char *place, GError **error)
{
  g_autofree char *aside = g_strconcat (place, ".new", NULL);
  g_autofree char *trash = g_strconcat (place, ".old", NULL);

  dir_remove_at (AT_FDCWD, aside);
  dir_remove_at (AT_FDCWD, trash);
  if (mkdir (aside, 0700) < 0)
    return fs_fail (error, "create directory", aside);
  if (wheel_make_image (wheel, hash, scheme, compile, aside, error)
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
add_image (VenvbContext *ctx, const char *wheel, const char *hash, const WheelScheme *scheme,
           gboolean compile, const char *key, Found *found, GError **error)
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
      && (!make_image (wheel, hash, scheme, compile, place, error)
          || !open_image (found, place, TRUE, error)))
    return FALSE;
  return fs_lock (found->lock, LOCK_SH) || fs_fail (error, "lock", place);
}

/* Makes the image in the environment and moves the files to their places.  Nobody
 * has had them before, so what the file system makes of owners and times does not
 * matter. */
static gboolean
install_directly (VenvbContext *ctx, const char *wheel, const WheelNote *note,
                  const WheelScheme *scheme, gboolean compile, gboolean requested, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *dir = g_build_filename (env_dir, OWN_IMAGE, NULL);
  g_autoptr (WheelImage) image = NULL;
  gboolean ok;

  dir_remove_at (AT_FDCWD, dir);
  if (mkdir (dir, 0700) < 0)
    return fs_fail (error, "create directory", dir);
  ok = wheel_make_image (wheel, note->hash, scheme, compile, dir, error)
       && (image = wheel_open_image (dir, error)) != NULL
       && wheel_install_image (image, dir, env_dir, venvb_context_get (ctx, VENVB_ATTR_ENV_EXE),
                               requested, WHEEL_LINK_MOVE, error);
  if (ok)
    describe_add_wheel (ctx, image->name, image->version, note->hash, wheel);
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
install_cached (VenvbContext *ctx, const char *wheel, const WheelNote *note,
                const WheelScheme *scheme, gboolean compile, gboolean requested, GError **error)
{
  g_autofree char *key = image_key (ctx, note->hash, scheme, compile);
  Found found = { NULL, NULL, -1 };
  gboolean ok;

  ok = install_at_once (ctx, key, requested, &found)
       || (add_image (ctx, wheel, note->hash, scheme, compile, key, &found, error)
           && install_found (ctx, &found, requested, error));
  if (ok)
    describe_add_wheel (ctx, found.image->name, found.image->version, note->hash, wheel);
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
  const WheelNote *note = NULL;

  if (!fit_check_wheel (ctx, wheel, &note, error)
      || (note == NULL && (note = notes_get (context_builder (ctx), wheel, error)) == NULL))
    return FALSE;
  if (venvb_builder_get_flag (context_builder (ctx), VENVB_FLAG_CACHE)
      && install_cached (ctx, wheel, note, &scheme, compile, requested, &why))
    return TRUE;
  if (why != NULL)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "not from the cache: %s", why->message);
  return install_directly (ctx, wheel, note, &scheme, compile, requested, error);
}
