/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Wheels into environments, by way of the cache.  The image of a wheel is
 * made once for each interpreter, under a lock and aside; from then on it is
 * only linked.  Where the cache can't be used, it is made in the environment.
 */

#include "cache/cache.h"

#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define IMAGES "images"

/* An image in use. */
typedef struct
{
  WheelImage *image;
  int dir;  /* where it is; or -1 */
  int lock; /* keeps it from being removed meanwhile; or -1 */
} Found;

static void
found_clear (Found *found)
{
  g_clear_pointer (&found->image, wheel_image_free);
  fs_close (found->dir);
  fs_close (found->lock);
  found->dir = found->lock = -1;
}

/* As with CPython's own py_compile, byte code goes by hashes where SOURCE_DATE_EPOCH says
 * that what is made is to be the same at any time. */
static WheelScheme
scheme_of (const VenvbContext *ctx)
{
  const char *version = venvb_context_get (ctx, VENVB_ATTR_VERSION);
  const char *epoch = venvb_getenv ("SOURCE_DATE_EPOCH");
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_NAME);
  WheelScheme scheme = {
    .purelib = venvb_context_get_fact (ctx, "purelib"),
    .platlib = venvb_context_get_fact (ctx, "platlib"),
    .scripts = bin != NULL ? bin : venvb_context_get_fact (ctx, "scripts"),
    .headers = venvb_context_get_fact (ctx, "headers"),
    .data = "",
    .python = venvb_context_get (ctx, VENVB_ATTR_EXECUTABLE),
    .by_hash = epoch != NULL && epoch[0] != '\0',
  };

  sscanf (version, "%u.%u", &scheme.major, &scheme.minor);
  return scheme;
}

/* Images differ by wheel, by interpreter, by whether they are compiled and how, and by
 * umask: files that are linked have the modes they were made with. */
static char *
image_key (VenvbContext *ctx, const char *hash, const WheelScheme *scheme, gboolean compile)
{
  g_autofree char *version = g_strdup_printf ("%u.%u", scheme->major, scheme->minor);
  g_autofree char *octal = g_strdup_printf ("%03o", (guint) fs_umask ());
  const char *tag = venvb_context_get_fact (ctx, "cache_tag");

  return keys_make (hash, tag != NULL ? tag : "", version, octal, scheme->purelib, scheme->platlib,
                    scheme->scripts, scheme->headers,
                    !compile          ? "source"
                    : scheme->by_hash ? "compiled by hash"
                                      : "compiled",
                    scheme->any_record ? "any RECORD" : NULL, NULL);
}

/* Notes that an image is in use, once a day, for cache_prune(). */
static void
note_use (int bucket, const char *key)
{
  struct stat st;

  if (fstatat (bucket, key, &st, AT_SYMLINK_NOFOLLOW) == 0
      && st.st_mtime < time (NULL) - 24 * 60 * 60)
    utimensat (bucket, key, NULL, AT_SYMLINK_NOFOLLOW);
}

/* Why an image may be another's work, or NULL: it may have been put there together with
 * its owner and mode, out of an archive. */
static const char *
distrust (const WheelImage *image)
{
  if (!trust_owner (image->uid))
    return "it belongs to another user";
  return (image->dir_mode & (S_IWGRP | S_IWOTH)) == 0 ? NULL : "others may write to it";
}

/* Opens an image that is in the cache, if it is whole, and the user's or root's.  Its
 * files are looked at now, or while they are installed, and have to belong to the
 * same. */
static gboolean
open_image (Found *found, int bucket, const char *key, gboolean check_files, GError **error)
{
  const char *why = NULL;

  fs_close (found->dir);
  found->dir = openat (bucket, key, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (found->dir < 0)
    return fs_fail (error, "open image", key);
  found->image =
      check_files ? wheel_read_image (found->dir, error) : wheel_open_image (found->dir, error);
  if (found->image != NULL && (why = distrust (found->image)) != NULL)
    {
      g_clear_pointer (&found->image, wheel_image_free);
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "%s", why);
    }
  if (found->image != NULL)
    note_use (bucket, key);
  else
    g_prefix_error (error, "image '%s' is not used: ", key);
  return found->image != NULL;
}

/* Makes the image in a directory of that name, which is new and nobody else's.  Returns
 * its descriptor, or -1 with error set. */
static int
make_in (int above, const char *name, const char *wheel, const char *hash,
         const WheelScheme *scheme, gboolean compile, GError **error)
{
  int dir = mkdirat (above, name, 0700) < 0
                ? -1
                : openat (above, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (dir < 0)
    fs_fail (error, "create directory", name);
  else if (!wheel_make_image (wheel, hash, scheme, compile, dir, error))
    {
      close (dir);
      dir = -1;
    }
  return dir;
}

/* Makes the image aside and renames it to place. */
static gboolean
make_image (const char *wheel, const char *hash, const WheelScheme *scheme, gboolean compile,
            int bucket, const char *key, GError **error)
{
  g_autofree char *aside = g_strconcat (key, ".new", NULL);
  g_autofree char *trash = g_strconcat (key, ".old", NULL);
  int dir;

  dir_remove_at (bucket, aside);
  dir_remove_at (bucket, trash);
  dir = make_in (bucket, aside, wheel, hash, scheme, compile, error);
  fs_close (dir);
  if (dir >= 0 && (renameat (bucket, key, bucket, trash) == 0 || errno == ENOENT)
      && (renameat (bucket, aside, bucket, key) == 0 || fs_fail (error, "create", key)))
    {
      dir_remove_at (bucket, trash);
      return TRUE;
    }
  dir_remove_at (bucket, aside);
  return FALSE;
}

/* Makes the image in the cache, unless another run has done so meanwhile. */
static gboolean
add_image (VenvbContext *ctx, const char *wheel, const char *hash, const WheelScheme *scheme,
           gboolean compile, const char *key, Found *found, GError **error)
{
  Cache *cache = cache_of (context_builder (ctx));
  int bucket = cache_place (cache, IMAGES, error);

  if (bucket < 0)
    return FALSE;
  found->lock = cache_lock (cache, bucket, key, LOCK_EX);
  if (found->lock < 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "the cache can't be locked");
      return FALSE;
    }
  if (!open_image (found, bucket, key, TRUE, NULL)
      && (!make_image (wheel, hash, scheme, compile, bucket, key, error)
          || !open_image (found, bucket, key, TRUE, error)))
    return FALSE;
  return fs_lock (found->lock, LOCK_SH) || fs_fail (error, "lock", key);
}

/* Makes the image in the environment and moves the files to their places.  Nobody
 * has had them before, so what the file system makes of owners and times does not
 * matter. */
static gboolean
install_directly (VenvbContext *ctx, const char *wheel, const WheelNote *note,
                  const WheelScheme *scheme, gboolean compile, const WheelOrigin *origin,
                  GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  int env = beneath_top (env_dir);
  g_autoptr (WheelImage) image = NULL;
  gboolean ok;
  OwnDir own;

  if (env < 0)
    return fs_fail (error, "open directory", env_dir);
  if (!own_dir_open (&own, env, env_dir, error))
    {
      fs_close (env);
      return FALSE;
    }
  ok = wheel_make_image (wheel, note->hash, scheme, compile, own.fd, error)
       && (image = wheel_open_image (own.fd, error)) != NULL
       && wheel_install_image (image, own.fd, env_dir, venvb_context_get (ctx, VENVB_ATTR_ENV_EXE),
                               origin, WHEEL_LINK_MOVE, error);
  if (ok)
    describe_add_wheel (ctx, image->name, image->version, note->hash, wheel);
  ok = own_dir_remove (&own, ok ? error : NULL) && ok;
  fs_close (env);
  return ok;
}

static gboolean
install_found (VenvbContext *ctx, const Found *found, const WheelOrigin *origin, GError **error)
{
  return wheel_install_image (found->image, found->dir, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR),
                              venvb_context_get (ctx, VENVB_ATTR_ENV_EXE), origin,
                              (WheelLink) cache_link_mode (cache_of (context_builder (ctx))),
                              error);
}

/* Installs an image that is in the cache, if it is whole. */
static gboolean
install_at_once (VenvbContext *ctx, const char *key, const WheelOrigin *origin, Found *found)
{
  Cache *cache = cache_of (context_builder (ctx));
  int bucket = cache_find (cache, IMAGES, key);

  if (bucket < 0)
    return FALSE;
  found->lock = cache_lock (cache, bucket, key, LOCK_SH);
  if (open_image (found, bucket, key, FALSE, NULL) && install_found (ctx, found, origin, NULL))
    return TRUE;
  found_clear (found);
  return FALSE;
}

/* Makes the image of a wheel in the cache, unless it is there. */
gboolean
images_add (VenvbContext *ctx, const char *wheel, GError **error)
{
  gboolean compile = venvb_context_get_flag (ctx, VENVB_FLAG_COMPILE);
  WheelScheme scheme = scheme_of (ctx);
  const WheelNote *note = NULL;
  g_autofree char *key = NULL;
  Found found = { NULL, -1, -1 };
  gboolean ok;

  if (!fit_check_wheel (ctx, wheel, &note, error)
      || (note == NULL && (note = notes_get (context_builder (ctx), wheel, error)) == NULL))
    return FALSE;
  key = image_key (ctx, note->hash, &scheme, compile);
  ok = cache_find (cache_of (context_builder (ctx)), IMAGES, key) >= 0
       || add_image (ctx, wheel, note->hash, &scheme, compile, key, &found, error);
  found_clear (&found);
  return ok;
}

/* Tells whether there is a cache that images can be put into. */
gboolean
images_can_be_added (VenvbContext *ctx)
{
  return venvb_builder_get_flag (context_builder (ctx), VENVB_FLAG_CACHE)
         && cache_place (cache_of (context_builder (ctx)), IMAGES, NULL) >= 0;
}

/* Makes the images of all wheels that are expected, where there is a cache to be written.
 * Returns whether there may be more of them than before. */
static gboolean
prepare (VenvbContext *ctx)
{
  return images_can_be_added (ctx) && expect_each (ctx, images_add);
}

/* Tells whether the cache had what was installed, and how it goes from there. */
static void
tell_installed (VenvbContext *ctx, const WheelImage *image, WheelLink used, gboolean is_hit)
{
  static const char *const modes[] = { "auto", "clone", "hardlink", "copy" };

  venvb_context_message (
      ctx, VENVB_SOURCE_MAIN, "%s %s: %s; link mode: %s", image->name, image->version,
      is_hit ? "was in the cache" : "was not in the cache, and is now", modes[used]);
}

/* Installs by way of the cache, where the image is made when it is not there,
 * or turns out to be damaged; then what was installed of it is replaced.  What
 * keeps that from working may not be in the way without the cache. */
static gboolean
install_cached (VenvbContext *ctx, const char *wheel, const WheelNote *note,
                const WheelScheme *scheme, gboolean compile, const WheelOrigin *origin,
                GError **error)
{
  g_autofree char *key = image_key (ctx, note->hash, scheme, compile);
  Found found = { NULL, -1, -1 };
  gboolean is_hit, ok;

  is_hit = install_at_once (ctx, key, origin, &found);
  ok = is_hit || (prepare (ctx) && install_at_once (ctx, key, origin, &found))
       || (add_image (ctx, wheel, note->hash, scheme, compile, key, &found, error)
           && install_found (ctx, &found, origin, error));
  if (ok)
    {
      g_assert (found.image != NULL);
      describe_add_wheel (ctx, found.image->name, found.image->version, note->hash, wheel);
      tell_installed (ctx, found.image, *origin->used, is_hit);
    }
  found_clear (&found);
  return ok;
}

/* What a dry run tells of a distribution, "NAME VERSION", by the name of its wheel or of its
 * directory: TRUE, as it does no more. */
gboolean
images_rehearse (VenvbContext *ctx, const char *action, const char *path)
{
  g_autofree char *name = g_path_get_basename (path);
  g_auto (GStrv) parts = g_strsplit (name, "-", 3);
  g_autofree char *what = NULL;

  if (parts[0] != NULL && parts[1] != NULL && g_str_has_suffix (parts[1], ".dist-info"))
    parts[1][strlen (parts[1]) - strlen (".dist-info")] = '\0';
  what = g_strjoin (" ", parts[0], parts[1], NULL);
  venvb_context_would (ctx, action, what);
  return TRUE;
}

/* Tells whether a wheel is the one that was meant. */
static gboolean
is_meant (const char *wheel, const WheelNote *note, const char *sha256, GError **error)
{
  if (sha256 == NULL || g_ascii_strcasecmp (note->hash, sha256) == 0)
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "wheel '%s': its sha256 is %s, and has to be %s", wheel, note->hash, sha256);
  return FALSE;
}

gboolean
venvb_context_install_wheel_full (VenvbContext *ctx, const char *path,
                                  const VenvbWheelOptions *options, GError **error)
{
  VenvbWheelOptions known = { 0 };
  gboolean compile = venvb_context_get_flag (ctx, VENVB_FLAG_COMPILE);
  g_autofree char *wheel = path == NULL ? NULL : g_canonicalize_filename (path, NULL);
  WheelScheme scheme = scheme_of (ctx);
  g_autoptr (GError) why = NULL;
  const WheelNote *note = NULL;

  if (!errors_given (path, "venvb_context_install_wheel", "path", error))
    return FALSE;
  if (venvb_context_get (ctx, VENVB_ATTR_LIB_PATH) == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                   "cannot install '%s' before setup_python has run", path);
      return FALSE;
    }
  if (options != NULL)
    memcpy (&known, options, MIN (options->struct_size, sizeof known));
  WheelLink used = (WheelLink) cache_link_mode (cache_of (context_builder (ctx)));
  const WheelOrigin origin = { known.requested, known.direct_url, &used };
  scheme.any_record = known.any_record;
  if (!fit_check_wheel (ctx, wheel, &note, error)
      || (note == NULL && (note = notes_get (context_builder (ctx), wheel, error)) == NULL)
      || !is_meant (wheel, note, known.sha256, error))
    return FALSE;
  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN))
    return images_rehearse (ctx, "install", wheel);
  if (venvb_builder_get_flag (context_builder (ctx), VENVB_FLAG_CACHE)
      && install_cached (ctx, wheel, note, &scheme, compile, &origin, &why))
    return TRUE;
  if (why != NULL)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "not from the cache: %s", why->message);
  return install_directly (ctx, wheel, note, &scheme, compile, &origin, error);
}

gboolean
venvb_context_install_wheel (VenvbContext *ctx, const char *path, gboolean requested,
                             GError **error)
{
  const VenvbWheelOptions options = { .struct_size = sizeof options, .requested = requested };

  return venvb_context_install_wheel_full (ctx, path, &options, error);
}
