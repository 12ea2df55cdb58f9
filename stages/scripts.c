/* SPDX-License-Identifier: BSD-2-Clause */

/* Templates to scripts. */

#include "stages/stages.h"

#include "base/beneath.h"
#include "base/place.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#ifdef G_OS_WIN32
#define PLATFORM "nt"
#else
#define PLATFORM "posix"
#endif

/* Tells whether data is text.  Most is ASCII, for which looking at eight bytes
 * at a time will do. */
static gboolean
is_text (const char *data, gsize length)
{
  gsize at = 0;
  guint64 bytes;

  for (; at + sizeof bytes <= length; at += sizeof bytes)
    {
      memcpy (&bytes, data + at, sizeof bytes);
      if ((bytes & G_GUINT64_CONSTANT (0x8080808080808080)) != 0)
        break;
    }
  return strlen (data) == length && g_utf8_validate (data + at, length - at, NULL);
}

/* Sets the mode of a file where it is another one. */
static gboolean
set_mode (const char *path, mode_t mode)
{
  g_auto (Beneath) at = BENEATH_NONE;
  struct stat st;

  if (!beneath_at (&at, path))
    return errno == ENOENT && changes_spare (path, CHANGE_EDIT);
  if (fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) == mode)
    return TRUE;
  if (changes_spare (path, CHANGE_EDIT))
    return TRUE;
  if (!changes_expect (path, CHANGE_EDIT) || !fs_chmod_at (at.fd, at.name, mode))
    return FALSE;
  changes_done (path);
  return TRUE;
}

/* The file that is being installed. */
typedef struct
{
  char *data; /* NULL: none is */
  gsize length;
  char *target;
  mode_t mode, mask; /* the file's, and the umask */
} Script;

static void
script_clear (Script *script)
{
  g_clear_pointer (&script->data, g_free);
  g_clear_pointer (&script->target, g_free);
}

static void
script_free (gpointer script)
{
  script_clear (script);
  g_free (script);
}

static gpointer
make_script (gpointer ctx)
{
  return g_new0 (Script, 1);
}

static Script *
script_of (VenvbContext *ctx)
{
  static const PartKind kind = { make_script, script_free, NULL };

  return context_part (ctx, &kind);
}

const char *
venvb_context_get_script (VenvbContext *ctx, gsize *length)
{
  const Script *script = script_of (ctx);

  if (length != NULL)
    *length = script->data == NULL ? 0 : script->length;
  return script->data;
}

void
venvb_context_set_script (VenvbContext *ctx, const char *contents, gssize length)
{
  Script *script = script_of (ctx);
  gsize size;
  char *data;

  if (script->data == NULL || contents == NULL)
    return;
  size = length < 0 ? strlen (contents) : (gsize) length;
  data = g_malloc (size + 1);
  memcpy (data, contents, size);
  data[size] = '\0';
  g_free (script->data);
  script->data = data;
  script->length = size;
}

/* Where the file is to be put: where a plugin wants it, that has to be a place for it. */
static const char *
target_of (VenvbContext *ctx, const Script *script, GError **error)
{
  const char *target = venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET);
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  g_autofree char *plain = g_canonicalize_filename (target != NULL ? target : "", env_dir);
  g_autofree char *dir = g_path_get_dirname (plain);

  if (g_strcmp0 (target, script->target) == 0)
    return script->target;
  if (!g_str_has_prefix (plain, env_dir) || plain[strlen (env_dir)] != '/')
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
                   "cannot install '%s': its place '%s' does not lie in the environment",
                   script->target, target != NULL ? target : "");
      return NULL;
    }
  context_put (ctx, VENVB_ATTR_SCRIPT_TARGET, plain);
  target = venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET);
  return context_check_name (ctx, "write", target, error) && fs_mkdir_parents (dir, error) ? target
                                                                                           : NULL;
}

/* Installs the file, a text with its placeholders replaced. */
gboolean
scripts_install (VenvbContext *ctx, GError **error)
{
  Script *script = script_of (ctx);
  const char *target = script->data == NULL ? NULL : target_of (ctx, script, error);

  if (target == NULL)
    return script->data == NULL;
  if (is_text (script->data, script->length))
    {
      g_autofree char *text = g_steal_pointer (&script->data);

      script->data = replace_all (ctx, target, text);
      script->length = strlen (script->data);
    }
  if (!fs_create (target, script->data, script->length, script->mode, error))
    return FALSE;
  if (venvb_context_is_new (ctx) && (script->mode & script->mask) == 0)
    return TRUE;
  return set_mode (target, script->mode) || regular_has_no_modes (errno)
         || beneath_fail (error, "set the mode of", target);
}

/* Has one file installed, by whoever does that: who may be at another one, and have this one
 * installed besides. */
static gboolean
install_file (VenvbContext *ctx, const char *source, const char *target, mode_t mode, mode_t mask,
              GError **error)
{
  Script *script = script_of (ctx), outer = *script;
  g_autofree char *outer_path = g_strdup (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_PATH));
  g_autofree char *outer_target = g_strdup (venvb_context_get (ctx, VENVB_ATTR_SCRIPT_TARGET));
  Script inner = { .mode = mode, .mask = mask };
  gboolean ok;

  if (!g_file_get_contents (source, &inner.data, &inner.length, NULL))
    return fs_fail (error, "read", source);
  inner.target = g_strdup (target);
  *script = inner;
  context_put (ctx, VENVB_ATTR_SCRIPT_PATH, source);
  context_put (ctx, VENVB_ATTR_SCRIPT_TARGET, target);
  ok = pipeline_run (ctx, VENVB_STAGE_INSTALL_SCRIPT, error);
  context_put (ctx, VENVB_ATTR_SCRIPT_PATH, outer_path);
  context_put (ctx, VENVB_ATTR_SCRIPT_TARGET, outer_target);
  script_clear (script);
  *script = outer;
  return ok;
}

typedef struct
{
  VenvbContext *ctx;
  const char *source;
  const char *target;
  mode_t mask; /* the umask */
} Install;

static gboolean install_dir (Install *install, GError **error);

static gboolean
install_entry (int fd, const char *entry, gpointer data, GError **error)
{
  const Install *install = data;
  g_autofree char *source = g_build_filename (install->source, entry, NULL);
  g_autofree char *target = g_build_filename (install->target, entry, NULL);
  Install below = { install->ctx, source, target, install->mask };
  struct stat st;

  if (!context_check_name (install->ctx, "write", target, error))
    return FALSE;
  if (stat (source, &st) < 0)
    return fs_fail (error, "read", source);
  return S_ISDIR (st.st_mode) ? install_dir (&below, error)
                              : install_file (install->ctx, source, target, st.st_mode & 07777,
                                              install->mask, error);
}

static gboolean
install_dir (Install *install, GError **error)
{
  return fs_mkdir_parents (install->target, error)
         && dir_each (AT_FDCWD, install->source, install_entry, install, error);
}

gboolean
venvb_context_install_scripts (VenvbContext *ctx, const char *path, GError **error)
{
  static const char *const groups[] = { "common", PLATFORM };
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);
  const mode_t mask = fs_umask ();

  if (!errors_given (path, __func__, "path", error))
    return FALSE;
  if (bin == NULL)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_PLUGIN,
                   "cannot install scripts from '%s' before ensure_directories has run", path);
      return FALSE;
    }
  if (access (path, R_OK | X_OK) < 0)
    return fs_fail (error, "read scripts from", path);
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autofree char *group = g_build_filename (path, groups[i], NULL);
      Install install = { ctx, group, bin, mask };

      if (access (group, F_OK) == 0
              ? !install_dir (&install, error)
              : errno != ENOENT && !fs_fail (error, "read scripts from", group))
        return FALSE;
    }
  return TRUE;
}

const char *
venvb_template_dir (void)
{
  static char *found;
  const char *set = venvb_getenv ("VENVB_TEMPLATE_DIR");

  if (set == NULL && g_once_init_enter (&found))
    g_once_init_leave (&found, place_find (VENVB_TEMPLATEDIR));
  return set != NULL ? set : found;
}

/* Installs the activation scripts. */
gboolean
scripts_setup (VenvbContext *ctx, GError **error)
{
  return venvb_context_install_scripts (ctx, venvb_template_dir (), error);
}
