/* SPDX-License-Identifier: BSD-2-Clause */

/* Templates to scripts. */

#include "stages/stages.h"

#include "base/beneath.h"
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

/* What stands for what in a template. */
static const struct
{
  const char *name;
  VenvbAttr attr;
} placeholders[] = {
  { "__VENV_DIR__", VENVB_ATTR_ENV_DIR },    { "__VENV_NAME__", VENVB_ATTR_ENV_NAME },
  { "__VENV_PROMPT__", VENVB_ATTR_PROMPT },  { "__VENV_BIN_NAME__", VENVB_ATTR_BIN_NAME },
  { "__VENV_PYTHON__", VENVB_ATTR_ENV_EXE },
};

/* What stands for a piece of script, nothing more often than not.  Alone on its
 * line it takes the place of the line. */
static const struct
{
  const char *name;
  void (*append) (GString *out, VenvbContext *ctx, const char *script_name);
} blocks[] = {
  { "__VENV_RELOCATE__", fill_relocate },
  { "__VENV_VARIABLES_SET__", fill_set },
  { "__VENV_VARIABLES_RESTORE__", fill_restore },
};

/* Appends the piece of script that text starts with the placeholder of, and
 * returns the length of what it replaces; 0 for none. */
static gsize
append_block (GString *out, VenvbContext *ctx, const char *script_name, const char *text)
{
  gboolean begins_line = out->len == 0 || out->str[out->len - 1] == '\n';

  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (g_str_has_prefix (text, blocks[i].name))
      {
        gsize length = strlen (blocks[i].name);

        blocks[i].append (out, ctx, script_name);
        return length + (begins_line && text[length] == '\n');
      }
  return 0;
}

/* Appends the value of the placeholder that text starts with, and returns its
 * length; 0 when it starts with none. */
static gsize
append_value (GString *out, VenvbContext *ctx, const char *script_name, const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (placeholders); i++)
    if (g_str_has_prefix (text, placeholders[i].name))
      {
        const char *value = venvb_context_get (ctx, placeholders[i].attr);
        g_autofree char *quoted = quote_for_script (script_name, value != NULL ? value : "");

        g_string_append (out, quoted);
        return strlen (placeholders[i].name);
      }
  return 0;
}

/* Replaces the placeholders in one pass, so that a value holding one is left
 * alone. */
char *
scripts_replace (VenvbContext *ctx, const char *script_name, const char *text)
{
  g_autoptr (GString) out = g_string_sized_new (strlen (text) + 256);
  const char *found;

  while ((found = strstr (text, "__VENV_")) != NULL)
    {
      gsize length;

      g_string_append_len (out, text, found - text);
      length = append_value (out, ctx, script_name, found);
      if (length == 0)
        length = append_block (out, ctx, script_name, found);
      if (length == 0)
        g_string_append_c (out, *found);
      text = found + MAX (length, 1);
    }
  g_string_append (out, text);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

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
    return FALSE;
  if (fstatat (at.fd, at.name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (st.st_mode & 07777) == mode)
    return TRUE;
  if (!changes_expect (path, CHANGE_EDIT) || !fs_chmod_at (at.fd, at.name, mode))
    return FALSE;
  changes_done (path);
  return TRUE;
}

/* Installs one file, a text with its placeholders replaced. */
static gboolean
install_file (VenvbContext *ctx, const char *source, const char *target, mode_t mode, mode_t mask,
              GError **error)
{
  g_autofree char *data = NULL;
  gsize length;

  if (!g_file_get_contents (source, &data, &length, NULL))
    return fs_fail (error, "read", source);
  if (is_text (data, length))
    {
      g_autofree char *text = g_steal_pointer (&data);

      venvb_context_set (ctx, VENVB_ATTR_SCRIPT_PATH, source);
      data = scripts_replace (ctx, target, text);
      length = strlen (data);
      venvb_context_set (ctx, VENVB_ATTR_SCRIPT_PATH, NULL);
    }
  if (!fs_create (target, data, length, mode, error))
    return FALSE;
  if (venvb_context_is_new (ctx) && (mode & mask) == 0)
    return TRUE;
  return set_mode (target, mode) || regular_has_no_modes (errno)
         || beneath_fail (error, "set the mode of", target);
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

  if (!context_check_name (install->ctx, target, error))
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

/* Installs the activation scripts. */
gboolean
scripts_setup (VenvbContext *ctx, GError **error)
{
  const char *path = venvb_getenv ("VENVB_TEMPLATE_DIR");

  return venvb_context_install_scripts (ctx, path != NULL ? path : VENVB_TEMPLATEDIR, error);
}
