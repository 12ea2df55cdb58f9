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

#include "../common/ignore.h"

#include <string.h>
#include <unistd.h>

#define PLUGIN "hg-ignore"
#define IGNORE_FILE ".hg/venvb-ignore"
#define SETTING "ignore.venvb"
#define HEADER "# Written by venvb: environments that hg is to ignore.\n"
#define PATTERN_START "re:^"
#define PATTERN_END "(?:/|$)"

static int
is_top (const char *dir)
{
  return ignore_has_dir (dir, ".hg");
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

/* Tells whether hg can be made to read the ignore file.  In somebody else's
 * repository ours would be a configuration that it does not trust, and says so
 * each time. */
static gboolean
is_possible (const char *hg, const char *path, const char *config)
{
  return geteuid () == 0 || ignore_owner (hg, path) == geteuid () || has_setting (config);
}

/* Has the configuration name the ignore file. */
static gboolean
update_config (VenvbContext *ctx, const char *hg, const char *path, const char *old, GError **error)
{
  g_autofree char *text = NULL;

  if (has_setting (old))
    return TRUE;
  text = g_strdup_printf ("%s%s# Added by venvb, for its plugin hg-ignore\n[ui]\n%s = %s\n", old,
                          old[0] == '\0' || g_str_has_suffix (old, "\n") ? "" : "\n", SETTING,
                          IGNORE_FILE);
  return ignore_write (ctx, PLUGIN, hg, path, text, error);
}

/* Tells hg of the environment; of the list first, since hg complains about
 * one that is named and not there. */
static gboolean
update (VenvbContext *ctx, const char *root, const char *hg, const char *relative, GError **error)
{
  g_autofree char *path = g_build_filename (root, IGNORE_FILE, NULL);
  g_autofree char *config = config_path (hg);
  g_autofree char *text = NULL;
  const IgnoreList list = { PLUGIN, path, hg, HEADER, FALSE, path_to_pattern };

  if (!ignore_read (config, &text, error))
    return FALSE;
  if (text == NULL)
    text = g_strdup ("");
  if (is_possible (hg, config, text))
    return ignore_list_add (ctx, &list, root, relative, error)
           && update_config (ctx, hg, config, text, error);
  venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                         PLUGIN ": the repository '%s' belongs to another user; hg will show '%s'",
                         root, relative);
  return TRUE;
}

/* One run at a time. */
static gboolean
hide (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  g_autofree char *hg = g_build_filename (root, ".hg", NULL);
  int lock = ignore_lock (hg);
  gboolean ok = update (ctx, root, hg, relative, error);

  ignore_unlock (lock);
  return ok;
}

static const IgnoreSystem mercurial = { PLUGIN, "Mercurial repository", is_top, hide };

static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return ignore_stage (&mercurial, next, ctx, error);
}

VENVB_PLUGIN (.name = PLUGIN, .version = VENVB_VERSION,
              .summary = "hide the environment from the Mercurial repository around it",
              .create_ignore_files = create_ignore_files)
