/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Hides the environment from the Mercurial repository around it.
 *
 * Mercurial reads no .hgignore but the one at the repository's root, which is
 * a tracked file as a rule.  So the environments are listed in a file of our
 * own below .hg, and the repository's untracked configuration names that file
 * with ui.ignore.venvb (hgrc(5), hgignore(5)).  Both are relative to the root
 * and survive a move of the repository.  With the requirement "share-safe" the
 * configuration is the one that `hg share` does not hand on.
 */

#include "venvb-plugin.h"

#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#define IGNORE_FILE ".hg/venvb-ignore"
#define SETTING "ignore.venvb = " IGNORE_FILE
#define HEADER "# Written by venvb: environments that hg is to ignore.\nsyntax: regexp\n"
#define PATTERN_END "(?:/|$)"

/* The innermost directory above path that holds .hg, or NULL. */
static char *
find_root (const char *path)
{
  g_autofree char *at = g_path_get_dirname (path);

  for (;;)
    {
      g_autofree char *hg = g_build_filename (at, ".hg", NULL);

      if (g_file_test (hg, G_FILE_TEST_IS_DIR))
        return g_steal_pointer (&at);
      if (g_str_equal (at, "/"))
        return NULL;
      g_autofree char *child = g_steal_pointer (&at);
      at = g_path_get_dirname (child);
    }
}

/* A regular expression that matches exactly this path and what is below it.
 * What an ignore file would strip or take for a comment is written as a
 * number. */
static char *
path_to_pattern (const char *path)
{
  g_autoptr (GString) out = g_string_new ("^");

  for (const char *at = path; *at != '\0'; at++)
    if (g_ascii_isalnum (*at) || strchr ("/_-", *at) != NULL || (guchar) *at >= 0x80)
      g_string_append_c (out, *at);
    else if (g_ascii_isgraph (*at) && *at != '#')
      g_string_append_printf (out, "\\%c", *at);
    else
      g_string_append_printf (out, "\\x%02x", (guchar) *at);
  g_string_append (out, PATTERN_END);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The path that path_to_pattern() made a pattern of, or NULL when it is not
 * one of these. */
static char *
pattern_to_path (const char *pattern)
{
  g_autoptr (GString) out = g_string_new (NULL);

  if (pattern[0] != '^' || !g_str_has_suffix (pattern, PATTERN_END))
    return NULL;
  for (const char *at = pattern + 1; *at != '(' && *at != '\0'; at++)
    if (at[0] == '\\' && at[1] == 'x' && g_ascii_isxdigit (at[2]) && g_ascii_isxdigit (at[3]))
      {
        g_string_append_c (out, g_ascii_xdigit_value (at[2]) * 16 + g_ascii_xdigit_value (at[3]));
        at += 3;
      }
    else
      g_string_append_c (out, *at == '\\' && at[1] != '\0' ? *++at : *at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Tells whether a pattern still stands for something in the repository. */
static gboolean
is_needed (const char *root, const char *pattern)
{
  g_autofree char *relative = pattern_to_path (pattern);
  g_autofree char *path
      = relative == NULL ? NULL : g_build_filename (root, relative, NULL);

  return path == NULL || g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The ignore file's new contents: what it had and is still needed, and the
 * pattern. */
static char *
add_pattern (const char *root, const char *old, const char *pattern)
{
  g_auto (GStrv) lines = g_strsplit (old != NULL ? old : HEADER, "\n", -1);
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0' && !g_str_equal (lines[i], pattern)
        && is_needed (root, lines[i]))
      g_string_append_printf (out, "%s\n", lines[i]);
  g_string_append_printf (out, "%s\n", pattern);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Writes a file of the repository, giving it to the repository's owner:
 * Mercurial does not trust configuration of somebody else. */
static gboolean
write_owned (VenvbContext *ctx, const char *hg, const char *path, const char *text,
             GError **error)
{
  struct stat st;

  if (!venvb_context_save_file (ctx, path, error)
      || !venvb_context_write_file (ctx, path, text, -1, 0666, error))
    return FALSE;
  if (geteuid () == 0 && stat (hg, &st) == 0 && chown (path, st.st_uid, st.st_gid) < 0)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "hg-ignore: '%s' could not be given to the repository's owner", path);
  return TRUE;
}

/* Lists the environment in the ignore file. */
static gboolean
update_ignore_file (VenvbContext *ctx, const char *root, const char *hg,
                    const char *relative, GError **error)
{
  g_autofree char *path = g_build_filename (root, IGNORE_FILE, NULL);
  g_autofree char *pattern = path_to_pattern (relative);
  g_autofree char *old = NULL;
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &old, NULL, NULL))
    old = NULL;
  text = add_pattern (root, old, pattern);
  return g_strcmp0 (old, text) == 0 || write_owned (ctx, hg, path, text, error);
}

/* The configuration that is this working directory's alone. */
static char *
config_path (const char *hg)
{
  g_autofree char *requires_path = g_build_filename (hg, "requires", NULL);
  g_autofree char *text = NULL;
  gboolean share_safe = g_file_get_contents (requires_path, &text, NULL, NULL)
                        && strstr (text, "share-safe") != NULL;

  return g_build_filename (hg, share_safe ? "hgrc-not-shared" : "hgrc", NULL);
}

/* Has the configuration name the ignore file. */
static gboolean
update_config (VenvbContext *ctx, const char *hg, GError **error)
{
  g_autofree char *path = config_path (hg);
  g_autofree char *old = NULL;
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &old, NULL, NULL))
    old = g_strdup ("");
  if (strstr (old, SETTING) != NULL)
    return TRUE;
  text = g_strdup_printf ("%s%s# Added by venvb, for its plugin hg-ignore\n[ui]\n%s\n", old,
                          old[0] == '\0' || g_str_has_suffix (old, "\n") ? "" : "\n", SETTING);
  return write_owned (ctx, hg, path, text, error);
}

/* Tells hg of the environment, one run at a time. */
static gboolean
update (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  g_autofree char *hg = g_build_filename (root, ".hg", NULL);
  int fd = open (hg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok;

  if (fd >= 0)
    flock (fd, LOCK_EX);
  ok = update_ignore_file (ctx, root, hg, relative, error)
       && update_config (ctx, hg, error);
  if (fd >= 0)
    close (fd);
  return ok;
}

static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  char *real = realpath (env_dir, NULL);
  g_autofree char *path = g_strdup (real != NULL ? real : env_dir);
  g_autofree char *root = find_root (path);
  g_autofree char *own = g_build_filename (path, ".hg", NULL);

  free (real);
  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (root != NULL && !g_file_test (own, G_FILE_TEST_EXISTS))
    return update (ctx, root, path + strlen (root) + (g_str_equal (root, "/") ? 0 : 1), error);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "hg-ignore: '%s' is %s", env_dir,
                         root == NULL ? "in no Mercurial repository"
                                      : "a Mercurial repository itself");
  return TRUE;
}

VENVB_PLUGIN (.name = "hg-ignore", .version = VENVB_VERSION,
              .summary = "hide the environment from the Mercurial repository around it",
              .create_ignore_files = create_ignore_files)
