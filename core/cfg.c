/* SPDX-License-Identifier: BSD-2-Clause */

/* pyvenv.cfg: what makes a directory an environment (PEP 405). */

#include "core.h"

#include <string.h>

/* Tells whether repr() shows a character as it is: no separator but the space,
 * and nothing invisible. */
static gboolean
is_shown (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_SPACE_SEPARATOR:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
      return c == ' ';
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

/* A copy of a word with what is secret in its URLs blotted out, as pip does it:
 * anybody may read the file. */
static char *
without_passwords (const char *word)
{
  g_autoptr (GString) out = g_string_new (NULL);
  const char *scheme;

  while ((scheme = strstr (word, "://")) != NULL)
    {
      const char *user = scheme + strlen ("://");
      const char *end = memrchr (user, '@', strcspn (user, "/?#"));
      const char *colon = end == NULL ? NULL : memchr (user, ':', end - user);

      g_string_append_len (out, word, (colon != NULL ? colon + 1 : user) - word);
      g_string_append (out, end != NULL ? "****" : "");
      word = end != NULL ? end : user;
    }
  g_string_append (out, word);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Appends a word of the command as it would be typed, without the line breaks
 * that would start another key.  Bytes that are not UTF-8 are replaced: Python
 * does not start from a file that has any. */
static void
append_word (GString *out, const char *word)
{
  static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_@%+=:,./-";
  g_autofree char *shown = without_passwords (word);
  g_autofree char *quoted = shown[0] != '\0' && shown[strspn (shown, plain)] == '\0'
                                ? g_strdup (shown)
                                : g_shell_quote (shown);
  g_autofree char *valid = g_utf8_make_valid (quoted, -1);

  g_strdelimit (valid, "\n\r", ' ');
  g_string_append_printf (out, " %s", valid);
}

/* The command that makes such an environment. */
static void
append_command (GString *out, VenvbContext *ctx)
{
  char **command = ctx->builder->command;

  g_string_append (out, "command =");
  for (guint i = 0; command != NULL && command[i] != NULL; i++)
    append_word (out, command[i]);
  if (command == NULL)
    append_word (out, "venvb");
  append_word (out, ctx->attrs[VENVB_ATTR_ENV_DIR]);
  g_string_append_c (out, '\n');
}

/* Writes pyvenv.cfg with the keys of venv. */
gboolean
cfg_write (VenvbContext *ctx, GError **error)
{
  g_autofree char *path = g_build_filename (ctx->attrs[VENVB_ATTR_ENV_DIR], "pyvenv.cfg", NULL);
  g_autofree char *prompt = cfg_python_repr (ctx->attrs[VENVB_ATTR_PROMPT]);
  const char *real = context_fact (ctx, "real_executable");
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out, "home = %s\ninclude-system-site-packages = %s\nversion = %s\n",
                          ctx->attrs[VENVB_ATTR_PYTHON_DIR],
                          venvb_context_get_flag (ctx, VENVB_FLAG_SYSTEM_SITE_PACKAGES) ? "true"
                                                                                        : "false",
                          ctx->attrs[VENVB_ATTR_VERSION]);
  if (ctx->prompt_given)
    g_string_append_printf (out, "prompt = %s\n", prompt);
  if (real != NULL)
    g_string_append_printf (out, "executable = %s\n", real);
  append_command (out, ctx);
  venvb_context_set (ctx, VENVB_ATTR_CFG_PATH, path);
  return fs_create (path, out->str, out->len, 0666, error);
}
