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
#define SETTING "ignore.venvb"
#define HEADER "# Written by venvb: environments that hg is to ignore.\n"
#define PATTERN_START "re:^"
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
  g_autoptr (GString) out = g_string_new (PATTERN_START);

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

  if (!g_str_has_prefix (pattern, PATTERN_START) || !g_str_has_suffix (pattern, PATTERN_END))
    return NULL;
  for (const char *at = pattern + strlen (PATTERN_START); *at != '(' && *at != '\0'; at++)
    if (at[0] == '\\' && at[1] == 'x' && g_ascii_isxdigit (at[2]) && g_ascii_isxdigit (at[3]))
      {
        g_string_append_c (out, g_ascii_xdigit_value (at[2]) * 16 + g_ascii_xdigit_value (at[3]));
        at += 3;
      }
    else
      g_string_append_c (out, *at == '\\' && at[1] != '\0' ? *++at : *at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Tells whether a line of the ignore file is to stay: what is not ours, and
 * patterns that still stand for something in the repository. */
static gboolean
is_needed (const char *root, const char *line)
{
  g_autofree char *relative = pattern_to_path (line);
  g_autofree char *path = relative == NULL ? NULL : g_build_filename (root, relative, NULL);

  return path == NULL || g_file_test (path, G_FILE_TEST_EXISTS);
}

/* The ignore file's new contents: what it had and is still needed, in its
 * order, and the pattern. */
static char *
add_pattern (const char *root, const char *old, const char *pattern)
{
  g_auto (GStrv) lines = g_strsplit (old != NULL ? old : HEADER, "\n", -1);
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean found = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    if (lines[i][0] != '\0' && is_needed (root, lines[i]))
      {
        found = found || g_str_equal (lines[i], pattern);
        g_string_append_printf (out, "%s\n", lines[i]);
      }
  if (!found)
    g_string_append_printf (out, "%s\n", pattern);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The owner of a file of the repository, or the repository's, who is to own
 * one that is missing.  Mercurial does not trust configuration of others. */
static void
get_owner (const char *hg, const char *path, struct stat *owner)
{
  if (stat (path, owner) < 0 && stat (hg, owner) < 0)
    *owner = (struct stat){ .st_uid = geteuid (), .st_gid = getegid () };
}

/* Writes a file of the repository, through a link, for its owner. */
static gboolean
write_owned (VenvbContext *ctx, const char *hg, const char *path, const char *text, GError **error)
{
  char *real = realpath (path, NULL);
  g_autofree char *target = g_strdup (real != NULL ? real : path);
  struct stat owner;

  free (real);
  get_owner (hg, path, &owner);
  if (!venvb_context_save_file (ctx, target, error)
      || !venvb_context_write_file (ctx, target, text, -1, 0666, error))
    return FALSE;
  if (geteuid () == 0 && chown (target, owner.st_uid, owner.st_gid) < 0)
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "hg-ignore: '%s' could not be given to its owner", target);
  return TRUE;
}

/* Lists the environment in the ignore file. */
static gboolean
update_ignore_file (VenvbContext *ctx, const char *root, const char *hg, const char *relative,
                    GError **error)
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
  gboolean share_safe =
      g_file_get_contents (requires_path, &text, NULL, NULL) && strstr (text, "share-safe") != NULL;

  return g_build_filename (hg, share_safe ? "hgrc-not-shared" : "hgrc", NULL);
}

/* Tells whether a configuration already names the ignore file. */
static gboolean
has_setting (const char *config)
{
  g_auto (GStrv) lines = g_strsplit (config, "\n", -1);
  gboolean in_ui = FALSE, found = FALSE;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *value = strchr (lines[i], '=');

      if (lines[i][0] == '[')
        in_ui = g_str_has_prefix (lines[i], "[ui]");
      else if (in_ui && g_str_has_prefix (lines[i], "%unset") && strstr (lines[i], SETTING))
        found = FALSE;
      else if (in_ui && value != NULL && !g_ascii_isspace (lines[i][0]))
        {
          *value++ = '\0';
          if (g_str_equal (g_strchomp (lines[i]), SETTING))
            found = g_str_equal (g_strstrip (value), IGNORE_FILE);
        }
    }
  return found;
}

/* The configuration's text, empty where there is none. */
static char *
read_config (const char *path)
{
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

/* Tells whether hg can be made to read the ignore file.  In somebody else's
 * repository ours would be a configuration that it does not trust, and says so
 * each time. */
static gboolean
is_possible (const char *hg)
{
  g_autofree char *path = config_path (hg);
  g_autofree char *text = read_config (path);
  struct stat owner;

  get_owner (hg, path, &owner);
  return geteuid () == 0 || owner.st_uid == geteuid () || has_setting (text);
}

/* Has the configuration name the ignore file. */
static gboolean
update_config (VenvbContext *ctx, const char *hg, GError **error)
{
  g_autofree char *path = config_path (hg);
  g_autofree char *old = read_config (path);
  g_autofree char *text = NULL;

  if (has_setting (old))
    return TRUE;
  text = g_strdup_printf ("%s%s# Added by venvb, for its plugin hg-ignore\n[ui]\n%s = %s\n", old,
                          old[0] == '\0' || g_str_has_suffix (old, "\n") ? "" : "\n", SETTING,
                          IGNORE_FILE);
  return write_owned (ctx, hg, path, text, error);
}

/* Tells hg of the environment, one run at a time; of the list first, since hg
 * complains about one that is named and not there. */
static gboolean
update (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  g_autofree char *hg = g_build_filename (root, ".hg", NULL);
  int fd = open (hg, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  gboolean ok = TRUE;

  if (fd >= 0)
    flock (fd, LOCK_EX);
  if (is_possible (hg))
    ok = update_ignore_file (ctx, root, hg, relative, error) && update_config (ctx, hg, error);
  else
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           "hg-ignore: the repository '%s' belongs to another user; "
                           "hg will show '%s'",
                           root, relative);
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
  gboolean is_root = g_file_test (own, G_FILE_TEST_EXISTS);

  free (real);
  if (!venvb_next (next, ctx, error))
    return FALSE;
  if (root != NULL && !is_root)
    return update (ctx, root, path + strlen (root) + (g_str_equal (root, "/") ? 0 : 1), error);
  venvb_context_message (ctx, VENVB_SOURCE_MAIN, "hg-ignore: '%s' is %s", env_dir,
                         is_root ? "a Mercurial repository itself" : "in no Mercurial repository");
  return TRUE;
}

VENVB_PLUGIN (.name = "hg-ignore", .version = VENVB_VERSION,
              .summary = "hide the environment from the Mercurial repository around it",
              .create_ignore_files = create_ignore_files)
