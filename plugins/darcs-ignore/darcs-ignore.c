/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Hides the environment from the Darcs repository around it.
 *
 * Darcs takes as boring what matches a line of _darcs/prefs/boring, which is
 * neither recorded nor cloned.  A repository may name another file for it, as
 * a rule a recorded one, in _darcs/prefs/prefs; then ours is not read.
 */

#include "../common/ignore.h"

#include <string.h>
#include <unistd.h>

#define PLUGIN "darcs-ignore"
#define SETTING "boringfile "

static int
is_top (const char *dir)
{
  return ignore_has_dir (dir, "_darcs");
}

/* An extended regular expression (regex(7)) that matches this path and what
 * is below it.  It is of one line: a line break is matched by its class. */
static char *
path_to_pattern (const char *path)
{
  g_autoptr (GString) out = g_string_new ("^");

  for (const char *at = path; *at != '\0'; at++)
    if (*at == '\n' || *at == '\r')
      g_string_append (out, "[[:space:]]");
    else
      {
        if (strchr (".[\\()*+?{|^$", *at) != NULL)
          g_string_append_c (out, '\\');
        g_string_append_c (out, *at);
      }
  g_string_append (out, "($|/)");
  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* The file that the repository has instead of the usual one, or NULL. */
static gboolean
read_boringfile (const char *root, char **name, GError **error)
{
  g_auto (File) prefs = FILE_NONE;

  *name = NULL;
  if (!file_open (&prefs, root, "_darcs/prefs/prefs", error))
    return FALSE;
  g_auto (GStrv) lines = g_strsplit (prefs.text != NULL ? prefs.text : "", "\n", -1);
  for (guint i = 0; lines[i] != NULL && *name == NULL; i++)
    if (g_str_has_prefix (lines[i], SETTING))
      *name = g_strdup (g_strstrip (lines[i] + strlen (SETTING)));
  return TRUE;
}

/* Tells whether a boring file of the repository's choice is the usual one, or
 * another that is no more recorded than that. */
static gboolean
is_local (const char *boringfile)
{
  return g_str_has_prefix (boringfile, "_darcs/") || g_str_has_prefix (boringfile, "./_darcs/");
}

/* Lists the environment, one run at a time. */
static gboolean
hide (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  g_autofree char *chosen = NULL;

  if (!read_boringfile (root, &chosen, error))
    return FALSE;
  if (chosen != NULL && !is_local (chosen))
    {
      venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                             PLUGIN ": the repository '%s' has its own boring file, '%s'; "
                                    "darcs will show '%s'",
                             root, chosen, relative);
      return TRUE;
    }
  const char *path = chosen != NULL ? chosen : "_darcs/prefs/boring";
  const IgnoreList list = { PLUGIN, root, path, "", FALSE, path_to_pattern };
  int lock;
  gboolean ok = ignore_lock (root, "_darcs", &lock, error)
                && ignore_list_add (ctx, &list, root, relative, error);

  ignore_unlock (lock);
  return ok;
}

static const IgnoreSystem darcs = { PLUGIN, "Darcs repository", is_top, hide };

static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return ignore_stage (&darcs, next, ctx, error);
}

VENVB_PLUGIN (.name = PLUGIN, .version = VENVB_VERSION,
              .summary = "hide the environment from the Darcs repository around it",
              .create_ignore_files = create_ignore_files, .changed = venvb_changed_as_seen,
              .dry_run = TRUE)
