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

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLUGIN "bzr-ignore"

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

/* Bazaar's directory of the user's settings. */
static char *
bazaar_dir (const char *usual)
{
  const char *home = g_getenv ("BZR_HOME");
  const char *xdg = g_getenv ("XDG_CONFIG_HOME");
  g_autofree char *modern = g_build_filename (xdg != NULL ? xdg : usual, "bazaar", NULL);

  if (home != NULL)
    return g_build_filename (home, ".bazaar", NULL);
  return g_file_test (modern, G_FILE_TEST_IS_DIR)
             ? g_steal_pointer (&modern)
             : g_build_filename (g_get_home_dir (), ".bazaar", NULL);
}

/* Breezy's; where there is none it uses Bazaar's, if that is there. */
static char *
config_dir (void)
{
  const char *home = g_getenv ("BRZ_HOME");
  const char *xdg = g_getenv ("XDG_CONFIG_HOME");
  g_autofree char *usual = g_build_filename (g_get_home_dir (), ".config", NULL);
  g_autofree char *own = g_build_filename (home != NULL  ? home
                                           : xdg != NULL ? xdg
                                                         : usual,
                                           "breezy", NULL);
  g_autofree char *old = bazaar_dir (usual);

  return !g_file_test (own, G_FILE_TEST_IS_DIR) && g_file_test (old, G_FILE_TEST_IS_DIR)
             ? g_steal_pointer (&old)
             : g_steal_pointer (&own);
}

/* The user's list.  Breezy writes one with its defaults when it misses it,
 * and never again: so it is made to do that first, or the defaults would be
 * lost.  NULL when it can't be. */
static char *
user_list (VenvbContext *ctx, const char *dir)
{
  const char *const argv[] = { "brz", "unknowns", NULL };
  g_autofree char *path = g_build_filename (dir, "ignore", NULL);
  g_autoptr (GError) cause = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS) && !venvb_context_run (ctx, argv, &cause))
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, PLUGIN ": %.*s",
                           (int) strcspn (cause->message, "\n"), cause->message);
  return g_file_test (path, G_FILE_TEST_EXISTS) ? g_steal_pointer (&path) : NULL;
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
  g_autofree char *named = config_dir ();
  g_autofree char *dir = g_canonicalize_filename (named, NULL);
  g_autofree char *path = NULL;

  if (!g_utf8_validate (relative, -1, NULL))
    return give_up (ctx, relative, "a list of Breezy's is in UTF-8, and this name is not");
  path = user_list (ctx, dir);
  if (path == NULL)
    return give_up (ctx, relative, "Breezy could not be run to write its list of patterns");
  /* It is the user's own, wherever it lies. */
  const IgnoreList list = { PLUGIN, "/", path, "", TRUE, path_to_pattern };
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
              .create_ignore_files = create_ignore_files)
