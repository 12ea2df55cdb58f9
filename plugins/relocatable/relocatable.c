/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Makes an environment that can be moved: activation scripts look where they
 * lie, which is the core's work, and so do the scripts in bin that run the
 * environment's Python.  All else of an environment is relative, or names the
 * base Python, which does not move along.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "launcher.h"
#include "records.h"

#include "venvb-plugin.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static gboolean
fail (GError **error, const char *what, const char *path)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s': %s", what, path,
               regular_reason (errno));
  return FALSE;
}

/* Tells whether two paths lead to the same directory. */
static gboolean
is_same_dir (const char *a, const char *b)
{
  struct stat at, bt;

  return stat (a, &at) == 0 && stat (b, &bt) == 0 && at.st_dev == bt.st_dev
         && at.st_ino == bt.st_ino;
}

/* Tells whether an interpreter is this environment's, or was: that of a script
 * which is installed here, and has come from an environment that is, or is
 * not any more, in another place. */
static gboolean
is_ours (const char *bin, const char *interpreter, gboolean is_installed)
{
  g_autofree char *dir = g_path_get_dirname (interpreter);
  g_autofree char *name = g_path_get_basename (interpreter);
  g_autofree char *here = g_build_filename (bin, name, NULL);
  g_autofree char *cfg = g_build_filename (dir, "..", "pyvenv.cfg", NULL);

  if (access (here, X_OK) < 0)
    return FALSE;
  return is_same_dir (dir, bin)
         || (is_installed && (access (interpreter, F_OK) < 0 || access (cfg, F_OK) == 0));
}

/* Opens and reads a file, if it is a script, without reading all of a program. */
static char *
read_script (Regular *file, int dir, const char *name, gsize *length)
{
  char start[2] = "";

  return regular_open (file, dir, name, FALSE)
                 && pread (file->fd, start, sizeof start, 0) == sizeof start && start[0] == '#'
                 && start[1] == '!'
             ? regular_read (file, length)
             : NULL;
}

/* Rewrites the file of a name in the bin directory, which is open, if it is a
 * script of this environment; *count is how many were. */
static gboolean
rewrite (VenvbContext *ctx, int dir, const char *name, Records *records, guint *count,
         GError **error)
{
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);
  g_autofree char *path = g_build_filename (bin, name, NULL);
  g_auto (Regular) file = { .fd = -1 };
  gsize length = 0;
  g_autofree char *text = read_script (&file, dir, name, &length);
  g_autoptr (Launcher) launcher = NULL;
  g_autoptr (GString) relative = NULL;

  if (text == NULL)
    return TRUE;
  launcher = launcher_read (text, length);
  if (launcher == NULL || !is_ours (bin, launcher->interpreter, records_has (records, name)))
    return TRUE;
  relative = launcher_make_relative (launcher, text, length);
  if (relative == NULL)
    {
      venvb_context_message (ctx, VENVB_SOURCE_WARNING,
                             "relocatable: '%s' can't be moved: its first line is too special",
                             path);
      return TRUE;
    }
  records_set (records, name, relative->str, relative->len);
  ++*count;
  return venvb_context_save_file (ctx, path, error)
         && venvb_context_write_file (ctx, path, relative->str, relative->len, 0777, error);
}

/* Rewrites all scripts of the bin directory, which is open. */
static gboolean
rewrite_in (VenvbContext *ctx, int dir, Records *records, guint *count, GError **error)
{
  const char *bin = venvb_context_get (ctx, VENVB_ATTR_BIN_PATH);
  g_autoptr (GDir) entries = dir < 0 ? NULL : g_dir_open (bin, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *entry;

  if (entries == NULL)
    return fail (error, "read directory", bin);
  while ((entry = g_dir_read_name (entries)) != NULL)
    g_ptr_array_add (names, g_strdup (entry));
  for (guint i = 0; i < names->len; i++)
    if (!rewrite (ctx, dir, g_ptr_array_index (names, i), records, count, error))
      return FALSE;
  return TRUE;
}

/* Rewrites all scripts that are still tied to their place. */
static gboolean
rewrite_all (VenvbContext *ctx, GError **error)
{
  if (venvb_context_get_flag (ctx, VENVB_FLAG_DRY_RUN) && venvb_context_is_new (ctx))
    return TRUE; /* nothing is there to be looked at */
  g_autoptr (Records) records = records_read (ctx, error);
  guint count = 0;
  gboolean ok;
  int dir;

  if (records == NULL)
    return FALSE;
  dir = open (venvb_context_get (ctx, VENVB_ATTR_BIN_PATH), O_PATH | O_DIRECTORY | O_CLOEXEC);
  ok = rewrite_in (ctx, dir, records, &count, error);
  if (dir >= 0)
    close (dir);
  if (!ok)
    return FALSE;
  if (count > 0)
    venvb_context_message (ctx, VENVB_SOURCE_MAIN, "relocatable: %u scripts rewritten", count);
  return records_write (records, ctx, error);
}

/* Before any script can have been made of a template, and pyvenv.cfg, which tells it, was
 * written. */
static gboolean
relocatable_ensure_directories (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  venvb_context_set_flag (ctx, VENVB_FLAG_RELOCATABLE, TRUE);
  return venvb_next (next, ctx, error);
}

/* With --upgrade, post_setup is left out, and without pip setup_pip is, too. */
static gboolean
relocatable_setup_python (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  gboolean is_last = venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE)
                     && !venvb_context_get_flag (ctx, VENVB_FLAG_WITH_PIP);

  return venvb_next (next, ctx, error) && (!is_last || rewrite_all (ctx, error));
}

static gboolean
relocatable_setup_pip (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error)
         && (!venvb_context_get_flag (ctx, VENVB_FLAG_UPGRADE) || rewrite_all (ctx, error));
}

/* After a stage that may have installed something. */
static gboolean
relocatable_rewrite (VenvbNext *next, VenvbContext *ctx, gpointer self, GError **error)
{
  return venvb_next (next, ctx, error) && rewrite_all (ctx, error);
}

VENVB_PLUGIN (.name = "relocatable", .version = VENVB_VERSION,
              .summary = "make an environment that can be moved and copied",
              .ensure_directories = relocatable_ensure_directories,
              .setup_python = relocatable_setup_python, .setup_pip = relocatable_setup_pip,
              .post_setup = relocatable_rewrite, .upgrade_dependencies = relocatable_rewrite,
              /* It finds what the others have installed. */
              .last = TRUE, .changed = venvb_changed_as_seen, .dry_run = TRUE)
