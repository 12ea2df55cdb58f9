/* SPDX-License-Identifier: BSD-2-Clause */

/* Has backup programs leave the environment out: a file CACHEDIR.TAG in it,
 * as the Cache Directory Tagging Specification 0.6 says
 * (https://bford.info/cachedir/). */

#include "venvb-plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TAG "CACHEDIR.TAG"
#define SIGNATURE "Signature: 8a477f597d28d172789f06886806bc55"

static const char contents[] = SIGNATURE "\n"
                                         "# This file is a cache directory tag, created by venvb.\n"
                                         "# A Python environment can be made again at any time.\n"
                                         "# For information about cache directory tags, see:\n"
                                         "#\thttps://bford.info/cachedir/\n";

/* Tells whether a file begins with the signature.  As the specification has
 * it, a link does not count. */
static gboolean
is_tag (const char *path)
{
  char start[sizeof SIGNATURE - 1];
  int fd = open (path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  gboolean ok = fd >= 0 && read (fd, start, sizeof start) == (ssize_t) sizeof start
                && memcmp (start, SIGNATURE, sizeof start) == 0;

  if (fd >= 0)
    close (fd);
  return ok;
}

/* The name of something in the directory that no environment has, or NULL; bin is where this
 * one has its scripts. */
static char *
find_foreign (const char *env_dir, const char *bin)
{
  static const char *const own[] = {
    ".fslckout", ".gitignore", "bin", "etc",        "include", "lib",
    "lib64",     "local",      "man", "pyvenv.cfg", "share",   NULL,
  };
  g_autoptr (GDir) dir = g_dir_open (env_dir, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (!g_strv_contains (own, entry) && g_strcmp0 (entry, bin) != 0
        && !g_str_has_prefix (entry, ".venvb-undo"))
      return g_strdup (entry);
  return NULL;
}

/* Writes the tag, unless the environment lies on top of something else, which
 * backups are to keep. */
static gboolean
write_tag (VenvbContext *ctx, const char *env_dir, const char *path, GError **error)
{
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_NAME);
  g_autofree char *foreign = venvb_context_is_new (ctx) ? NULL : find_foreign (env_dir, bin);

  if (foreign == NULL)
    return venvb_context_write_file (ctx, path, contents, -1, 0666, error);
  venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                         "cachedir-tag: '%s' is not tagged: it holds '%s', "
                         "which is not the environment's",
                         env_dir, foreign);
  return TRUE;
}

/* Writes the tag where there is none.  Something else of this name is
 * somebody's, and no tag: to replace it could lose something, and to leave it
 * in silence would have the environment in every backup. */
static gboolean
post_setup (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *path = g_build_filename (env_dir, TAG, NULL);
  struct stat st;

  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (lstat (path, &st) < 0)
    {
      if (errno == ENOENT)
        return write_tag (ctx, env_dir, path, error);
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot look at '%s': %s", path,
                   g_strerror (errno));
      return FALSE;
    }
  if (!is_tag (path))
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "cachedir-tag: '%s' is left as it is; it has no signature, "
                           "so backups will include the environment",
                           path);
  return TRUE;
}

VENVB_PLUGIN (.name = "cachedir-tag", .version = VENVB_VERSION,
              .summary = "have backup programs leave the environment out", .post_setup = post_setup,
              .changed = venvb_changed_as_seen, .dry_run = TRUE)
