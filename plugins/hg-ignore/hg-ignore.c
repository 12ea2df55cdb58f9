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

/* Opens the configuration that is this working directory's alone. */
static gboolean
open_config (File *config, const char *root, GError **error)
{
  g_auto (File) requires = FILE_NONE;

  if (!file_open (&requires, root, ".hg/requires", error))
    return FALSE;
  return file_open (config, root,
                    requires.text != NULL && strstr (requires.text, "share-safe") != NULL
                        ? ".hg/hgrc-not-shared"
                        : ".hg/hgrc",
                    error);
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
is_possible (const File *config)
{
  return geteuid () == 0 || config->old.st.st_uid == geteuid ()
         || (config->text != NULL && has_setting (config->text));
}

/* Has the configuration name the ignore file. */
static gboolean
update_config (VenvbContext *ctx, const File *config, GError **error)
{
  const char *old = config->text != NULL ? config->text : "";
  g_autofree char *text = NULL;

  if (has_setting (old))
    return TRUE;
  text = g_strdup_printf ("%s%s# Added by venvb, for its plugin hg-ignore\n[ui]\n%s = %s\n", old,
                          old[0] == '\0' || g_str_has_suffix (old, "\n") ? "" : "\n", SETTING,
                          IGNORE_FILE);
  return ignore_write (ctx, PLUGIN, config, text, error);
}

/* Tells hg of the environment; of the list first, since hg complains about
 * one that is named and not there. */
static gboolean
update (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  const IgnoreList list = { PLUGIN, root, IGNORE_FILE, HEADER, FALSE, path_to_pattern };
  g_auto (File) config = FILE_NONE;

  if (!open_config (&config, root, error))
    return FALSE;
  if (is_possible (&config))
    return ignore_list_add (ctx, &list, root, relative, error)
           && update_config (ctx, &config, error);
  venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                         PLUGIN ": the repository '%s' belongs to another user; hg will show '%s'",
                         root, relative);
  return TRUE;
}

/* One run at a time. */
static gboolean
hide (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  int lock;
  gboolean ok = ignore_lock (root, ".hg", &lock, error) && update (ctx, root, relative, error);

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
              .create_ignore_files = create_ignore_files, .changed = venvb_changed_as_seen,
              .dry_run = TRUE)
