/* SPDX-License-Identifier: BSD-2-Clause */

/* pyvenv.cfg: what makes a directory an environment (PEP 405). */

#include "stages/stages.h"
#include "base/secret.h"

#include "base/regular.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Tells whether repr() shows a character as it is: no separator but the space,
 * nothing invisible, and nothing that looks as some font likes it to. */
static gboolean
is_shown (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_SPACE_SEPARATOR:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return c == ' ';
    case G_UNICODE_PRIVATE_USE:
      return FALSE;
    default:
      return g_unichar_isprint (c);
    }
}

/* Appends a character as Python's repr() shows it between quotes. */
static void
append_repr (GString *out, gunichar c, char quote)
{
  const char *plain = c == '\n'   ? "\\n"
                      : c == '\r' ? "\\r"
                      : c == '\t' ? "\\t"
                      : c == '\\' ? "\\\\"
                                  : NULL;

  if (plain != NULL)
    g_string_append (out, plain);
  else if (c == (gunichar) quote)
    g_string_append_printf (out, "\\%c", quote);
  else if (is_shown (c))
    g_string_append_unichar (out, c);
  else if (c < 0x100)
    g_string_append_printf (out, "\\x%02x", c);
  else
    g_string_append_printf (out, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

/* Quotes text as Python's repr() does: venv writes prompts so.  A byte that
 * is not UTF-8 is shown as the surrogate that Python decodes it to. */
char *
cfg_python_repr (const char *text)
{
  char quote = strchr (text, '\'') != NULL && strchr (text, '"') == NULL ? '"' : '\'';
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_c (out, quote);
  for (const char *at = text; *at != '\0';)
    {
      gunichar c = g_utf8_get_char_validated (at, -1);

      if (c == (gunichar) -1 || c == (gunichar) -2)
        g_string_append_printf (out, "\\udc%02x", (guchar) *at++);
      else
        {
          append_repr (out, c, quote);
          at = g_utf8_next_char (at);
        }
    }
  g_string_append_c (out, quote);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Tells whether nothing in a text has a meaning between double quotes. */
static gboolean
is_plain_within (const char *text)
{
  gsize n = strcspn (text, "\"\\$`!\177");

  for (gsize i = 0; i < n; i++)
    if (g_ascii_iscntrl (text[i]))
      return FALSE;
  return text[n] == '\0';
}

/* Quotes a word for a shell where that is needed, and a prompt as venv does it:
 * between double quotes, if it means the same there. */
static char *
quote (const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_@%+=:,./-";
  static const char prompt[] = "--prompt=";

  if (g_str_has_prefix (word, prompt) && is_plain_within (word))
    return g_strdup_printf ("%s\"%s\"", prompt, word + strlen (prompt));
  return word[0] != '\0' && word[strspn (word, plain)] == '\0' ? g_strdup (word)
                                                               : g_shell_quote (word);
}

/* Appends a word of the command as it would be typed, without the line breaks
 * that would start another key.  Bytes that are not UTF-8 are replaced: Python
 * does not start from a file that has any. */
static void
append_word (GString *out, const char *word)
{
  g_autofree char *quoted = quote (word);
  g_autofree char *valid = g_utf8_make_valid (quoted, -1);

  g_strdelimit (valid, "\n\r", ' ');
  g_string_append_printf (out, " %s", valid);
}

/* The command that makes such an environment, less what is secret: anybody may
 * read the file. */
static void
append_command (GString *out, VenvbContext *ctx)
{
  const char *const *words = (const char *const *) context_command (ctx);
  g_auto (GStrv) command = words == NULL ? NULL : secret_mask_words (words);

  g_string_append (out, "command =");
  for (guint i = 0; command != NULL && command[i] != NULL; i++)
    append_word (out, command[i]);
  if (command == NULL)
    append_word (out, "venvb");
  append_word (out, venvb_context_get (ctx, VENVB_ATTR_ENV_DIR));
  g_string_append_c (out, '\n');
}

static gpointer
make_flag (gpointer ctx)
{
  return g_new0 (gboolean, 1);
}

static void
clear_flag (gpointer flag)
{
  *(gboolean *) flag = FALSE;
}

/* The text of pyvenv.cfg, with the keys of venv. */
static char *
compose (VenvbContext *ctx, gboolean shows_base)
{
  g_autofree char *prompt = cfg_python_repr (venvb_context_get (ctx, VENVB_ATTR_PROMPT));
  const char *real = venvb_context_get_fact (ctx, "real_executable");
  GString *out = g_string_new (NULL);

  g_string_append_printf (out, "home = %s\ninclude-system-site-packages = %s\nversion = %s\n",
                          venvb_context_get (ctx, VENVB_ATTR_PYTHON_DIR),
                          shows_base ? "true" : "false",
                          venvb_context_get (ctx, VENVB_ATTR_VERSION));
  if (context_has_prompt (ctx))
    g_string_append_printf (out, "prompt = %s\n", prompt);
  if (real != NULL)
    g_string_append_printf (out, "executable = %s\n", real);
  append_command (out, ctx);
  /* For installers that know such environments (uv). */
  if (venvb_context_get_flag (ctx, VENVB_FLAG_RELOCATABLE))
    g_string_append (out, "relocatable = true\n");
  keys_put (ctx, out);
  return g_string_free (out, FALSE);
}

/* Whether pyvenv.cfg still shows the base Python's packages, which are to be hidden. */
static gboolean *
is_late (VenvbContext *ctx)
{
  static const PartKind kind = { make_flag, g_free, .forget = clear_flag };

  return context_part (ctx, &kind);
}

/* Tells whether an environment that was there before has this text already. */
static gboolean
is_there (VenvbContext *ctx, const char *path, const char *text)
{
  g_autofree char *old = venvb_context_is_new (ctx) ? NULL : regular_contents (path, NULL);

  return old != NULL && g_str_equal (old, text);
}

/* Writes pyvenv.cfg with the keys of venv.  That of an environment which shows the base
 * Python's packages, and is to do so again, stays for now: see cfg_hide(). */
gboolean
cfg_write (VenvbContext *ctx, GError **error)
{
  g_autofree char *path =
      g_build_filename (venvb_context_get (ctx, VENVB_ATTR_ENV_DIR), "pyvenv.cfg", NULL);
  gboolean shows = venvb_context_get_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES);
  gboolean will_show = context_will_show_base (ctx);
  g_autofree char *text = compose (ctx, will_show);

  venvb_context_set (ctx, VENVB_ATTR_CFG_PATH, path);
  *is_late (ctx) = !shows && will_show && is_there (ctx, path, text);
  if (*is_late (ctx))
    return TRUE;
  if (shows != will_show)
    {
      g_free (text);
      text = compose (ctx, shows);
    }
  return fs_create (path, text, strlen (text), 0666, error);
}

/* To be called before a program runs: hides the base Python's packages from it, if
 * pyvenv.cfg was left alone until then. */
gboolean
cfg_hide (VenvbContext *ctx, GError **error)
{
  g_autofree char *text = *is_late (ctx) ? compose (ctx, FALSE) : NULL;

  *is_late (ctx) = FALSE;
  return text == NULL
         || fs_create (venvb_context_get (ctx, VENVB_ATTR_CFG_PATH), text, strlen (text), 0666,
                       error);
}

/* As cfg_read(), and tells whether there is none.  Who has filled the directory
 * may have put anything there. */
static GHashTable *
look (const char *env_dir, gboolean *is_missing, GError **error)
{
  g_autofree char *path = g_build_filename (env_dir, "pyvenv.cfg", NULL);
  g_autofree char *text = regular_contents (path, NULL);
  GHashTable *values;

  if (text == NULL)
    {
      int failure = errno;

      *is_missing = failure == ENOENT || failure == ENOTDIR;
      if (failure == ELOOP && access (env_dir, F_OK) < 0 && errno == ELOOP)
        {
          fs_fail (error, "look at", env_dir);
          return NULL;
        }
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot read '%s': %s", path,
                   regular_reason (failure));
      if (*is_missing)
        g_prefix_error (error, "'%s' is not an environment: ", env_dir);
      return NULL;
    }
  values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], "=", 2);

      if (parts[0] != NULL && parts[1] != NULL)
        g_hash_table_insert (values, g_ascii_strdown (g_strstrip (parts[0]), -1),
                             g_strdup (g_strstrip (parts[1])));
    }
  return values;
}

/* Reads the pyvenv.cfg of an environment: key, in lower case -> value.  Release
 * with g_hash_table_unref(); NULL with error set when there is none. */
GHashTable *
cfg_read (const char *env_dir, GError **error)
{
  gboolean is_missing;

  return look (env_dir, &is_missing, error);
}

/* Tells whether two versions are of the same series: 3.11.2 and 3.11.7 are. */
gboolean
cfg_same_series (const char *version, const char *other)
{
  Version a, b;

  return version_read (&version, &a) && version_read (&other, &b) && a.release[0] == b.release[0]
         && a.release[1] == b.release[1];
}

/* The same where there may be no environment: nothing is read then. */
gboolean
cfg_read_if_there (const char *env_dir, GHashTable **cfg, GError **error)
{
  g_autoptr (GError) cause = NULL;
  gboolean is_missing = FALSE;

  *cfg = look (env_dir, &is_missing, &cause);
  if (*cfg != NULL || is_missing)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/* Refuses to upgrade an environment to another series: what is installed in it
 * would not be found any more. */
gboolean
cfg_check_series (const char *env_dir, const char *version, GError **error)
{
  g_autoptr (GHashTable) cfg = NULL;
  gboolean is_read = cfg_read_if_there (env_dir, &cfg, error);
  const char *was = cfg == NULL ? NULL : g_hash_table_lookup (cfg, "version");
  g_autofree char *dir = g_shell_quote (env_dir);

  if (!is_read)
    return FALSE;
  if (was == NULL || cfg_same_series (was, version))
    return TRUE;
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED,
               "'%s' was made for Python %s: with %s its packages would be lost; choose another "
               "Python with --python, or make it anew: venvb --clear %s",
               env_dir, was, version, dir);
  return FALSE;
}
