/* SPDX-License-Identifier: BSD-2-Clause */

/* The configuration files, see venvb.conf(5): which there are, and in which order
 * they count. */

#include "base/home.h"
#include "command/command.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Tells whether there is a file to be read: one that leads to the null device
 * is masked.  An error that is not its absence is left to the reader. */
static gboolean
exists (const char *path)
{
  struct stat st;

  if (stat (path, &st) < 0)
    return errno != ENOENT && errno != ENOTDIR;
  return !S_ISCHR (st.st_mode);
}

/* Reads one file, if it is there, and takes a rank for it. */
static gboolean
read_file (Options *options, const char *path, guint *rank, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  gsize length;

  if (!exists (path))
    return TRUE;
  if (!venvb_check_trusted (path, error))
    {
      g_prefix_error (error, "cannot read configuration: ");
      return FALSE;
    }
  if (!g_file_get_contents (path, &text, &length, &cause))
    return settings_fail (error, "cannot read configuration: %s", cause->message);
  if (strlen (text) != length)
    return settings_fail (error, "%s: it holds a NUL byte", path);
  return config_parse (options, path, text, (*rank)++, error);
}

/* A directory of the system, or what stands for it in tests. */
static const char *
system_dir (const char *variable, const char *built_in)
{
  const char *set = venvb_getenv (variable);

  return set != NULL && g_path_is_absolute (set) ? set : built_in;
}

/* Adds the drop-ins of a directory, if there is one; one takes the place of its
 * namesake. */
static gboolean
add_drop_ins (GTree *drop_ins, const char *parent, GError **error)
{
  g_autofree char *path = g_build_filename (parent, "venvb.d", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  if (dir == NULL && exists (path))
    return settings_fail (error, "cannot read configuration: directory '%s' can't be read", path);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf") && name[0] != '.')
      g_tree_replace (drop_ins, g_strdup (name), g_build_filename (path, name, NULL));
  return TRUE;
}

typedef struct
{
  Options *options;
  guint *rank;
  GError **error;
  gboolean ok;
} Reading;

static gboolean
read_drop_in (gpointer name, gpointer path, gpointer data)
{
  Reading *reading = data;

  reading->ok = read_file (reading->options, path, reading->rank, reading->error);
  return !reading->ok;
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

/* Reads all drop-ins in the order of their names, wherever they are. */
static gboolean
read_drop_ins (Options *options, const char *sysconfdir, guint *rank, GError **error)
{
  g_autoptr (GTree) drop_ins = g_tree_new_full (compare_names, NULL, g_free, g_free);
  Reading reading = { options, rank, error, TRUE };

  if (!add_drop_ins (drop_ins, system_dir ("VENVB_DATADIR", VENVB_DATADIR), error)
      || !add_drop_ins (drop_ins, sysconfdir, error))
    return FALSE;
  g_tree_foreach (drop_ins, read_drop_in, &reading);
  return reading.ok;
}

/* Reads the files, the weakest first; rank becomes the next that is free. */
gboolean
files_read (Options *options, guint *rank, GError **error)
{
  const char *sysconfdir = system_dir ("VENVB_SYSCONFDIR", VENVB_SYSCONFDIR);
  g_autofree char *system = g_build_filename (sysconfdir, "venvb.conf", NULL);
  const char *dir = home_config_dir ();
  g_autofree char *user = dir != NULL ? g_build_filename (dir, "venvb", "venvb.conf", NULL) : NULL;

  return read_file (options, system, rank, error)
         && read_drop_ins (options, sysconfdir, rank, error)
         && (user == NULL || read_file (options, user, rank, error));
}
