/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Hides the environment from the Breezy (or Bazaar) working tree around it.
 *
 * Breezy reads two lists of patterns: .bzrignore at the top of the tree, which
 * is versioned, and the user's own, which is for all trees of that user.  The
 * latter is the one that can be written without changing the tree.  A pattern
 * there is relative to the top of any tree; so it is made to match exactly one
 * path, and taken out again when that is gone.
 */

#include "../common/ignore.h"
#include "base/home.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN "bzr-ignore"

/* What Breezy may take to answer. */
#define SECONDS 30

static int
is_top (const char *dir)
{
  return ignore_has_dir (dir, ".bzr/checkout");
}

/* A regular expression for exactly this path, from the top of a tree.  What
 * could mean something, to the file or to Breezy, which edits expressions, is
 * written as a number. */
static char *
path_to_pattern (const char *path)
{
  g_autoptr (GString) out = g_string_new ("RE:");

  for (const char *at = path; *at != '\0'; at++)
    if (g_ascii_isalnum (*at) || strchr ("/_-", *at) != NULL || (guchar) *at >= 0x80)
      g_string_append_c (out, *at);
    else
      g_string_append_printf (out, "\\x%02x", (guchar) *at);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
below (const char *dir, const char *name)
{
  return dir == NULL ? NULL : g_build_filename (dir, name, NULL);
}

/* The directory that a variable names; NULL when it does not, or lies in a HOME that is
 * not this user's. */
static const char *
named (const char *variable)
{
  const char *dir = g_getenv (variable);

  return dir != NULL && !home_disowns (dir) ? dir : NULL;
}

/* Bazaar's directory of the user's settings; NULL where he has no home. */
static char *
bazaar_dir (const char *usual)
{
  const char *home = named ("BZR_HOME");
  const char *xdg = named ("XDG_CONFIG_HOME");
  g_autofree char *modern = below (xdg != NULL ? xdg : usual, "bazaar");

  if (home != NULL)
    return below (home, ".bazaar");
  return modern != NULL && g_file_test (modern, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&modern)
                                                                    : home_path (".bazaar");
}

/* Breezy's; where there is none it uses Bazaar's, if that is there.  NULL as above. */
static char *
config_dir (void)
{
  const char *home = named ("BRZ_HOME");
  const char *xdg = named ("XDG_CONFIG_HOME");
  g_autofree char *usual = home_path (".config");
  g_autofree char *own = below (home != NULL ? home : xdg != NULL ? xdg : usual, "breezy");
  g_autofree char *old = bazaar_dir (usual);
  gboolean is_own = own != NULL && g_file_test (own, G_FILE_TEST_IS_DIR);

  return !is_own && old != NULL && g_file_test (old, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&old)
                                                                         : g_steal_pointer (&own);
}

/* What Breezy says that it ignores where there is no list, as the lines of one: free
 * with g_free(); NULL when it does not say.  It is not asked in the tree, where what
 * others have put is in its way, but far from any. */
static char *
defaults (VenvbContext *ctx)
{
  g_autofree char *name = NULL;
  int fd = g_file_open_tmp ("venvb-XXXXXX", &name, NULL);
  g_autofree char *file = fd < 0 ? NULL : g_canonicalize_filename (name, NULL);
  const char *const argv[] = { "/bin/sh", "-c", "exec brz ignore --default-rules >\"$0\"", file,
                               NULL };
  const VenvbRunOptions options = {
    .struct_size = sizeof options, .cwd = "/", .seconds = SECONDS, .only_looks = TRUE
  };
  g_autoptr (GError) cause = NULL;
  char *text = NULL;

  if (fd < 0)
    return NULL;
  close (fd);
  if (venvb_context_run_full (ctx, argv, &options, &cause))
    text = regular_contents (file, NULL);
  else
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, PLUGIN ": %.*s",
                           (int) strcspn (cause->message, "\n"), cause->message);
  unlink (file);
  if (text != NULL && text[0] == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

/* Breezy writes the user's list with its defaults when it misses it, and never again:
 * so ours has to begin with them, or they would be lost.  Tells these, if there is
 * no list yet; FALSE when they can't be known. */
static gboolean
begin_list (VenvbContext *ctx, const char *path, char **header)
{
  g_autofree char *dir = g_path_get_dirname (path);

  *header = g_file_test (path, G_FILE_TEST_EXISTS) ? g_strdup ("") : defaults (ctx);
  return *header != NULL && g_mkdir_with_parents (dir, 0700) == 0;
}

/* Says why an environment will show; that is no reason to do without it. */
static gboolean
give_up (VenvbContext *ctx, const char *relative, const char *why)
{
  venvb_context_message (ctx, VENVB_SOURCE_WARNING, PLUGIN ": %s; brz will show '%s'", why,
                         relative);
  return TRUE;
}

/* Says that another user's list matters, too, in that user's tree. */
static void
check_owner (VenvbContext *ctx, const char *root, const char *relative)
{
  struct stat st;

  if (stat (root, &st) == 0 && st.st_uid != geteuid ())
    venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                           PLUGIN ": the tree '%s' belongs to another user, "
                                  "whose brz will show '%s'",
                           root, relative);
}

/* Lists the environment, one run at a time. */
static gboolean
hide (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  g_autofree char *where = config_dir ();
  g_autofree char *dir = where == NULL ? NULL : g_canonicalize_filename (where, NULL);
  g_autofree char *path = below (dir, "ignore");
  g_autofree char *header = NULL;
  g_autofree char *advice = home_advice ();

  if (dir == NULL)
    return give_up (
        ctx, relative,
        advice != NULL ? advice : "there is no home directory that a list of patterns could be in");
  if (!g_utf8_validate (relative, -1, NULL))
    return give_up (ctx, relative, "a list of Breezy's is in UTF-8, and this name is not");
  if (!begin_list (ctx, path, &header))
    return give_up (ctx, relative, "Breezy did not tell what its list of patterns begins with");
  /* It is the user's own, wherever it lies. */
  const IgnoreList list = { PLUGIN, "/", path, header, TRUE, path_to_pattern };
  int lock;
  gboolean ok =
      ignore_lock ("/", dir, &lock, error) && ignore_list_add (ctx, &list, root, relative, error);

  ignore_unlock (lock);
  check_owner (ctx, root, relative);
  return ok;
}

static const IgnoreSystem breezy = { PLUGIN, "Breezy working tree", is_top, hide };

static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return ignore_stage (&breezy, next, ctx, error);
}

VENVB_PLUGIN (.name = PLUGIN, .version = VENVB_VERSION,
              .summary = "hide the environment from the Breezy working tree around it",
              .create_ignore_files = create_ignore_files, .changed = venvb_changed_as_seen)
