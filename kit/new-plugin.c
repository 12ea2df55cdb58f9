/* SPDX-License-Identifier: BSD-2-Clause */

/* Writes a project that builds a plugin: the files of template/common and of
 * one build system, with the plugin's name filled in. */

#include "config.h"

#include "kit/kit.h"
#include "base/place.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_NAME 48

static const char *const build_systems[] = { "make", "autotools", "meson", NULL };

/* What is being written, and what to remove should that fail. */
typedef struct
{
  const char *name;
  const char *dir;
  int dir_fd;
  gboolean is_ours;   /* the directory was made here */
  GPtrArray *written; /* names of files */
} Project;

G_GNUC_PRINTF (3, 4)
static gboolean
fail (GError **error, int code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_autofree char *message = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, VENVB_ERROR, code, message);
  return FALSE;
}

static gboolean
fail_errno (GError **error, const char *what, const char *dir, const char *file)
{
  int number = errno;

  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot %s '%s%s%s': %s", what, dir,
               file != NULL ? "/" : "", file != NULL ? file : "", g_strerror (number));
  return FALSE;
}

/* A name goes unquoted into C, shell, make and roff. */
static gboolean
check_name (const char *name, GError **error)
{
  static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  gsize length = strlen (name);

  if (length == 0 || !g_ascii_isalpha (name[0]) || strspn (name, chars) != length
      || name[length - 1] == '-')
    return fail (error, VENVB_ERROR_USAGE,
                 "'%s' is no name for a plugin: it has letters, digits and '-', "
                 "begins with a letter and does not end in '-'",
                 name);
  if (length > MAX_NAME)
    return fail (error, VENVB_ERROR_USAGE,
                 "'%s' is no name for a plugin: it has more than 48 characters", name);
  if (g_str_equal (name, "core"))
    return fail (error, VENVB_ERROR_USAGE, "'%s' is no name for a plugin: venvb itself has it",
                 name);
  return TRUE;
}

static gboolean
check_arguments (const char *name, const char *const *dirs, const char *build_system,
                 GError **error)
{
  if (name == NULL)
    return fail (error, VENVB_ERROR_USAGE, "--build-system is for --new-plugin");
  if (!g_strv_contains (build_systems, build_system))
    return fail (error, VENVB_ERROR_USAGE, "--build-system '%s' is not make, autotools or meson",
                 build_system);
  if (dirs == NULL || dirs[0] == NULL || dirs[1] != NULL)
    return fail (error, VENVB_ERROR_USAGE, "--new-plugin %s needs one directory", name);
  return check_name (name, error);
}

/* Returns text, which is freed, with something else for each placeholder. */
static char *
replace (char *text, const char *placeholder, const char *value)
{
  g_auto (GStrv) parts = g_strsplit (text, placeholder, -1);

  g_free (text);
  return g_strjoinv (value, parts);
}

/* Fills in the placeholders of a template. */
static char *
fill_in (const char *template, const char *name)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *year = g_date_time_format (now, "%Y");
  g_autofree char *date = g_date_time_format (now, "%Y-%m-%d");
  g_autofree char *identifier = g_strdelimit (g_strdup (name), "-", '_');
  g_autofree char *upper = g_ascii_strup (name, -1);
  g_autofree char *roff = replace (g_strdup (name), "-", "\\-");
  char *text = g_strdup (template);

  text = replace (text, "@NAME@", name);
  text = replace (text, "@IDENTIFIER@", identifier);
  text = replace (text, "@UPPER@", upper);
  text = replace (text, "@ROFF@", roff);
  text = replace (text, "@YEAR@", year);
  text = replace (text, "@DATE@", date);
  return replace (text, "@VENVB_VERSION@", VENVB_VERSION);
}

/* Writes a new file. */
static gboolean
write_file (Project *project, const char *file, const char *text, GError **error)
{
  int fd = openat (project->dir_fd, file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  gboolean ok = fd >= 0;

  if (ok)
    g_ptr_array_add (project->written, g_strdup (file));
  while (ok && *text != '\0')
    {
      ssize_t n = write (fd, text, strlen (text));

      ok = n > 0 || (n < 0 && errno == EINTR);
      text += MAX (n, 0);
    }
  if (fd >= 0 && close (fd) < 0)
    ok = FALSE;
  return ok || fail_errno (error, "write", project->dir, file);
}

/* Reads a template and writes what becomes of it: "NAME" in a file's name
 * stands for the plugin's, "dot-" for a dot. */
static gboolean
write_template (Project *project, const char *template_dir, const char *entry, GError **error)
{
  g_autofree char *path = g_build_filename (template_dir, entry, NULL);
  gboolean is_hidden = g_str_has_prefix (entry, "dot-");
  g_autofree char *file =
      replace (g_strconcat (is_hidden ? "." : "", is_hidden ? entry + 4 : entry, NULL), "NAME",
               project->name);
  g_autofree char *template = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) cause = NULL;

  if (!g_file_get_contents (path, &template, NULL, &cause))
    return fail (error, VENVB_ERROR_FAILED, "cannot read a template: %s", cause->message);
  text = fill_in (template, project->name);
  return write_file (project, file, text, error);
}

/* Writes all templates of a folder. */
static gboolean
write_folder (Project *project, const char *folder, GError **error)
{
  const char *set = secure_getenv ("VENVB_KIT_DIR");
  g_autofree char *kit = set != NULL ? g_strdup (set) : place_find (VENVB_KITDIR);
  g_autofree char *path = g_build_filename (kit, folder, NULL);
  g_autoptr (GError) cause = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &cause);
  const char *entry;

  if (dir == NULL)
    return fail (error, VENVB_ERROR_FAILED, "cannot read the templates: %s", cause->message);
  while ((entry = g_dir_read_name (dir)) != NULL)
    if (!write_template (project, path, entry, error))
      return FALSE;
  return TRUE;
}

/* Makes the directory, or takes one that is empty. */
static gboolean
open_dir (Project *project, GError **error)
{
  g_autoptr (GDir) dir = NULL;

  project->is_ours = mkdir (project->dir, 0777) == 0;
  if (!project->is_ours && errno != EEXIST)
    return fail_errno (error, "create directory", project->dir, NULL);
  project->dir_fd = open (project->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (project->dir_fd < 0)
    return fail_errno (error, "open directory", project->dir, NULL);
  dir = g_dir_open (project->dir, 0, NULL);
  if (dir == NULL)
    return fail_errno (error, "read directory", project->dir, NULL);
  return g_dir_read_name (dir) == NULL
         || fail (error, VENVB_ERROR_FAILED, "directory '%s' is not empty", project->dir);
}

/* Removes what was written. */
static void
undo (Project *project)
{
  for (guint i = 0; i < project->written->len; i++)
    unlinkat (project->dir_fd, g_ptr_array_index (project->written, i), 0);
  if (project->is_ours)
    rmdir (project->dir);
}

/* Writes a project for a new plugin to a directory that is empty or not there.
 * All of it, or nothing: signals wait for as long as that takes. */
gboolean
kit_new_plugin (const char *name, const char *const *dirs, const char *build_system, GError **error)
{
  Project project = { .name = name, .dir_fd = -1 };
  sigset_t all, before;
  gboolean ok;

  build_system = build_system != NULL ? build_system : build_systems[0];
  if (!check_arguments (name, dirs, build_system, error))
    return FALSE;
  project.dir = dirs[0];
  project.written = g_ptr_array_new_with_free_func (g_free);
  sigfillset (&all);
  sigprocmask (SIG_BLOCK, &all, &before);
  ok = open_dir (&project, error) && write_folder (&project, "common", error)
       && write_folder (&project, build_system, error);
  if (!ok)
    undo (&project);
  sigprocmask (SIG_SETMASK, &before, NULL);
  if (project.dir_fd >= 0)
    close (project.dir_fd);
  g_ptr_array_unref (project.written);
  return ok;
}

/* What to type after kit_new_plugin(): it builds the plugin and tests it.  Free with
 * g_free(). */
char *
kit_next_step (const char *dir, const char *build_system)
{
  g_autofree char *quoted = g_shell_quote (dir);
  const char *word =
      strpbrk (dir, " \t\n\"'\\$&;()<>|*?[]#~=%!{}`") != NULL || dir[0] == '-' ? quoted : dir;

  if (g_strcmp0 (build_system, "autotools") == 0)
    return g_strdup_printf ("cd %s && autoreconf -i && ./configure && make check", word);
  if (g_strcmp0 (build_system, "meson") == 0)
    return g_strdup_printf ("cd %s && meson setup build && meson test -C build", word);
  return g_strdup_printf ("cd %s && make check", word);
}
