/* SPDX-License-Identifier: BSD-2-Clause */

/* What a machine without network needs to have what a lock names: the lock, its wheels, and
 * a line that says how.  It may be for another Python than any that is here. */

#include "lock/room.h"

#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define HOW "HOW-TO-INSTALL.txt"

static gboolean
fail (const char *dir, const char *name, GError **error)
{
  g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot write '%s/%s': %s", dir, name,
               g_strerror (errno));
  return FALSE;
}

/* Copies a file aside, and gives it its name. */
static gboolean
copy (const char *from, const char *dir, const char *name, GError **error)
{
  g_autofree char *to = g_build_filename (dir, name, NULL);
  g_autofree char *aside = g_strdup_printf ("%s.%d.new", to, (int) getpid ());
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *buffer = g_malloc (1 << 20);
  int fd = -1;
  ssize_t n = -1;

  if (regular_open_path (&file, from))
    fd = open (aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
  while (fd >= 0 && (n = read (file.fd, buffer, 1 << 20)) > 0)
    if (!regular_write_all (fd, buffer, (gsize) n))
      {
        n = -1;
        break;
      }
  if (fd >= 0 && close (fd) == 0 && n == 0 && rename (aside, to) == 0)
    return TRUE;
  fail (dir, name, error);
  if (fd >= 0)
    unlink (aside);
  return FALSE;
}

/* Tells whether "://" at a place is that of http or https. */
static gboolean
is_web (const char *text, const char *at)
{
  static const char *const schemes[] = { "http", "https" };

  for (guint i = 0; i < G_N_ELEMENTS (schemes); i++)
    if ((gsize) (at - text) >= strlen (schemes[i])
        && g_ascii_strncasecmp (at - strlen (schemes[i]), schemes[i], strlen (schemes[i])) == 0)
      return TRUE;
  return FALSE;
}

/* Copies a lock: who asks for what its URLs lead to is not carried away, as what it is for
 * comes along. */
static gboolean
copy_lock (const char *from, const char *dir, const char *name, GError **error)
{
  g_autofree char *to = g_build_filename (dir, name, NULL);
  gsize length;
  g_autofree char *text = regular_contents (from, &length);
  g_autoptr (GString) out = g_string_new (NULL);
  const char *at = text, *end = text + length, *found;

  if (text == NULL)
    return fail (dir, name, error);
  while ((found = g_strstr_len (at, end - at, "://")) != NULL)
    {
      const char *host = found + 3;
      gsize authority = strcspn (host, "/?#\"' \t\r\n");
      const char *who = g_strrstr_len (host, (gssize) authority, "@");

      g_string_append_len (out, at, host - at);
      at = who != NULL && is_web (text, found) ? who + 1 : host;
    }
  g_string_append_len (out, at, end - at);
  return g_file_set_contents (to, out->str, (gssize) out->len, NULL) || fail (dir, name, error);
}

/* The line that says how. */
static gboolean
write_how (const char *dir, const char *lock, GError **error)
{
  g_autofree char *path = g_build_filename (dir, HOW, NULL);
  g_autofree char *word = venvb_quote ("activate", lock);
  g_autofree char *text =
      g_strdup_printf ("venvb --lock=%s --plugin=lock,offline .venv    # in this directory\n",
                       word != NULL ? word : lock);

  return g_file_set_contents (path, text, -1, NULL) || fail (dir, HOW, error);
}

/* Fails with the first that is refused. */
static gboolean
check_choices (const GPtrArray *choices, GPtrArray *taken, GError **error)
{
  for (guint i = 0; i < choices->len; i++)
    {
      LockChoice *choice = choices->pdata[i];

      if (choice->outcome == LOCK_REFUSED)
        {
          g_set_error_literal (error, VENVB_ERROR, VENVB_ERROR_FAILED, choice->why);
          return FALSE;
        }
      if (choice->outcome == LOCK_TAKEN)
        g_ptr_array_add (taken, choice);
    }
  return TRUE;
}

/* All that is put there is what was locked. */
static gboolean
copy_all (const Lock *lock, const GPtrArray *taken, const LockWanted *wanted, const char *dir,
          GError **error)
{
  g_autofree char *name = g_path_get_basename (lock->path);

  if (g_mkdir_with_parents (dir, 0777) < 0)
    {
      g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "cannot create directory '%s': %s", dir,
                   g_strerror (errno));
      return FALSE;
    }
  for (guint i = 0; i < taken->len; i++)
    {
      LockChoice *choice = taken->pdata[i];

      if (choice->sha256 == NULL)
        choice->sha256 = select_check_file (lock, choice, wanted, error);
      if (choice->sha256 == NULL || !copy (choice->path, dir, choice->name, error))
        return FALSE;
    }
  return copy_lock (lock->path, dir, name, error) && write_how (dir, name, error);
}

gboolean
kit_make (const LockJob *job, GHashTable *facts, const char *dir, guint *n, GError **error)
{
  g_autoptr (WheelTags) tags = wheel_tags_of_facts (facts);
  const LockWanted wanted = { .tags = tags };
  g_autofree char *own = g_path_get_dirname (job->file);
  g_autofree const char **dirs = compare_wheel_dirs (job, own);
  g_autoptr (Lock) lock = read_lock (job->file, error);
  g_autoptr (GPtrArray) choices =
      lock == NULL ? NULL : compare_choose (lock, job, facts, tags, dirs, error);
  g_autoptr (GPtrArray) taken = g_ptr_array_new ();
  g_autoptr (Fetched) fetched = NULL;

  if (choices == NULL || !check_choices (choices, taken, error))
    return FALSE;
  fetched = fetch_missing (NULL, lock, taken, job, &wanted, error);
  *n = taken->len;
  return fetched != NULL && (dir == NULL || copy_all (lock, taken, &wanted, dir, error));
}
