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

/* The text of a file that is there; NULL with error set when it can't be read, or others
 * could have written it. */
static char *
read_text (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;
  gsize length;

  if (!venvb_check_trusted (path, &cause))
    g_set_error (error, cause->domain, cause->code,
                 "cannot read configuration: %s; with --no-config none is read", cause->message);
  else if (!g_file_get_contents (path, &text, &length, &cause))
    settings_fail (error, "cannot read configuration: %s", cause->message);
  else if (strlen (text) != length)
    settings_fail (error, "%s: it holds a NUL byte", path);
  else
    return g_steal_pointer (&text);
  return NULL;
}

/* A reading of the files of the system, or of the user's. */
typedef struct
{
  Options *options;
  guint *rank;
  gboolean is_system;
  gboolean only_locks; /* what is not mandatory does not count */
} Reading;

/* Reads one file, if it is there, and takes a rank for it.  One that others than root
 * could have written can't make anything mandatory. */
static void
read_file (const Reading *reading, const char *path)
{
  const ConfigFile file = { path, *reading->rank, reading->is_system, reading->only_locks };
  g_autofree char *text = NULL;
  GError *error = NULL;

  if (!exists (path) || (reading->only_locks && !venvb_check_root (path, NULL)))
    return;
  (*reading->rank)++;
  text = read_text (path, &error);
  g_ptr_array_add (reading->options->files, g_strdup (path));
  if (text == NULL)
    problems_add (reading->options, path, FALSE, error);
  else
    config_parse (reading->options, &file, text);
}

/* Adds the drop-ins of a directory, if there is one; one takes the place of its
 * namesake. */
static void
add_drop_ins (const Reading *reading, GTree *drop_ins, const char *parent)
{
  g_autofree char *path = g_build_filename (parent, "venvb.d", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  GError *error = NULL;

  if (dir == NULL && exists (path))
    {
      settings_fail (&error, "cannot read configuration: directory '%s' can't be read", path);
      problems_add (reading->options, path, FALSE, error);
    }
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".conf") && name[0] != '.')
      g_tree_replace (drop_ins, g_strdup (name), g_build_filename (path, name, NULL));
}

static gboolean
read_drop_in (gpointer name, gpointer path, gpointer reading)
{
  read_file (reading, path);
  return FALSE;
}

static int
compare_names (gconstpointer a, gconstpointer b, gpointer data)
{
  return strcmp (a, b);
}

/* Reads what is in two directories of the system: one file, and all drop-ins in the
 * order of their names, wherever they are. */
static void
read_system (Reading *reading, const FilesDirs *dirs)
{
  g_autoptr (GTree) drop_ins = g_tree_new_full (compare_names, NULL, g_free, g_free);
  g_autofree char *path = g_build_filename (dirs->sysconfdir, "venvb.conf", NULL);

  read_file (reading, path);
  add_drop_ins (reading, drop_ins, dirs->datadir);
  add_drop_ins (reading, drop_ins, dirs->sysconfdir);
  g_tree_foreach (drop_ins, read_drop_in, reading);
  locks_close (reading->options, reading->rank);
}

/* A directory of the system, or what stands for it in tests. */
static const char *
system_dir (const char *variable, const char *built_in)
{
  const char *set = venvb_getenv (variable);

  return set != NULL && g_path_is_absolute (set) ? set : built_in;
}

/* Where the system's files are read, and whether a variable says so. */
FilesDirs
files_dirs (void)
{
  FilesDirs dirs = { system_dir ("VENVB_SYSCONFDIR", VENVB_SYSCONFDIR),
                     system_dir ("VENVB_DATADIR", VENVB_DATADIR), FALSE };

  dirs.is_moved = !g_str_equal (dirs.sysconfdir, VENVB_SYSCONFDIR)
                  || !g_str_equal (dirs.datadir, VENVB_DATADIR);
  return dirs;
}

/* Reads the files, the weakest first; rank becomes the next that is free.  What is
 * mandatory in those that this program was built for counts even where no file is to be
 * read, or others. */
void
files_read (Options *options, gboolean only_locks, guint *rank)
{
  const FilesDirs built_in = { VENVB_SYSCONFDIR, VENVB_DATADIR, FALSE };
  const FilesDirs dirs = files_dirs ();
  const char *dir = home_config_dir ();
  g_autofree char *user = dir != NULL ? g_build_filename (dir, "venvb", "venvb.conf", NULL) : NULL;
  Reading reading = { options, rank, TRUE, TRUE };

  if (only_locks || dirs.is_moved)
    read_system (&reading, &built_in);
  if (only_locks)
    return;
  reading.only_locks = FALSE;
  read_system (&reading, &dirs);
  reading.is_system = FALSE;
  if (user != NULL)
    read_file (&reading, user);
}
