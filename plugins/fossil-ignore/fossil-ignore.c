/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Hides the environment from the Fossil checkout around it.
 *
 * Fossil's setting ignore-glob is either versioned, in .fossil-settings, or
 * kept in the repository's database, which is not ours to write: it can be of
 * any size, and others use it meanwhile.  But Fossil does not look into a
 * checkout nested in another one, and takes for one what holds a file
 * .fslckout of 1024 bytes or more; while it opens as one only what has 4096 or
 * more.  A text between these sizes hides the directory, and leaves all
 * commands that run in it to the checkout around it.
 */

#include "../common/ignore.h"

#include <string.h>
#include <sys/stat.h>

#define PLUGIN "fossil-ignore"
#define MARKER ".fslckout"
#define MARKER_LEAST 1024
#define MARKER_SIZE 2000 /* no multiple of 1024, either */
#define CHECKOUT_SIZE 4096

static const char text[] =
    "Created by venvb: as long as this file is here, and has between 1024 and 4095\n"
    "bytes, the commands extras, clean, add and addremove of Fossil leave this\n"
    "directory alone, as they do with a checkout that is nested in another.\n";

/* Tells whether there is a file of at least this size. */
static int
has_file (const char *dir, const char *name, off_t size)
{
  struct stat st;
  int found = ignore_look (dir, name, &st);

  return found > 0 ? S_ISREG (st.st_mode) && st.st_size >= size : found;
}

static int
is_top (const char *dir)
{
  int found = has_file (dir, MARKER, CHECKOUT_SIZE);

  return found != 0 ? found : has_file (dir, "_FOSSIL_", CHECKOUT_SIZE);
}

/* Writes the marker, unless there is one that does. */
static gboolean
hide (VenvbContext *ctx, const char *root, const char *relative, GError **error)
{
  const char *env_dir = venvb_context_get (ctx, VENVB_ATTR_ENV_DIR);
  char contents[MARKER_SIZE + 1];
  g_auto (File) marker = FILE_NONE;

  /* There may be no directory to look into. */
  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN) && venvb_context_is_new (ctx))
    return TRUE;
  if (!file_open (&marker, env_dir, MARKER, error))
    return FALSE;
  if (marker.text != NULL && marker.old.st.st_size >= MARKER_LEAST)
    return TRUE;
  memset (contents, '\n', MARKER_SIZE);
  memcpy (contents, text, strlen (text));
  contents[MARKER_SIZE] = '\0';
  return venvb_context_save_file (ctx, marker.path, error)
         && venvb_context_write_file (ctx, marker.path, contents, -1, 0666, error);
}

static const IgnoreSystem fossil = { PLUGIN, "Fossil checkout", is_top, hide };

static gboolean
create_ignore_files (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return ignore_stage (&fossil, next, ctx, error);
}

VENVB_PLUGIN (.name = PLUGIN, .version = VENVB_VERSION,
              .summary = "hide the environment from the Fossil checkout around it",
              .create_ignore_files = create_ignore_files, .changed = venvb_changed_as_seen,
              .dry_run = TRUE)
