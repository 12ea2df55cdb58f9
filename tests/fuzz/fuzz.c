/* SPDX-License-Identifier: BSD-2-Clause */

#include "fuzz.h"

#include "base/base.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void (*fuzz_finish) (void);

static char *scratch;
static pid_t owner;

void
fuzz_fail (const char *file, int line, const char *condition, const char *text)
{
  g_autofree char *shown = text == NULL ? NULL : g_strescape (text, NULL);

  fprintf (stderr, "%s:%d: this must hold: %s%s%s\n", file, line, condition,
           shown != NULL ? "\n  with: " : "", shown != NULL ? shown : "");
  abort ();
}

static void
remove_scratch (void)
{
  if (getpid () != owner)
    return;
  if (chdir ("/") == 0)
    dir_remove_at (AT_FDCWD, scratch);
  g_free (scratch);
}

/* Makes a world of its own for the program, before the first input. */
int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  static const char *const dirs[][2] = {
    { "HOME", "home" },
    { "XDG_CONFIG_HOME", "home/.config" },
    { "XDG_CACHE_HOME", "cache" },
    { "XDG_DATA_HOME", "home/.local/share" },
    { "VENVB_SYSCONFDIR", "etc" },
    { "VENVB_DATADIR", "share" },
  };
  const char *parent = g_getenv ("TMPDIR");

  if (parent == NULL)
    parent = access ("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  scratch = g_build_filename (parent, "venvb-fuzz-XXXXXX", NULL);
  MUST (g_mkdtemp (scratch) != NULL && chdir (scratch) == 0);
  owner = getpid ();
  atexit (remove_scratch);
  for (gsize i = 0; i < G_N_ELEMENTS (dirs); i++)
    {
      g_autofree char *path = g_build_filename (scratch, dirs[i][1], NULL);

      g_setenv (dirs[i][0], path, TRUE);
    }
  g_setenv ("LC_ALL", "C.UTF-8", TRUE);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  return 0;
}

const char *
fuzz_scratch (void)
{
  return scratch;
}

static gboolean
remove_entry (int fd, const char *entry, gpointer data, GError **error)
{
  return dir_remove_at (fd, entry);
}

void
fuzz_clean (void)
{
  MUST (dir_each (AT_FDCWD, scratch, remove_entry, NULL, NULL));
}

/* Tells whether a name stays where it is put. */
static gboolean
is_below (const char *name)
{
  g_auto (GStrv) parts = g_strsplit (name, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] == '\0' || g_str_equal (parts[i], ".") || g_str_equal (parts[i], ".."))
      return FALSE;
  return name[0] != '\0';
}

gboolean
fuzz_write (const char *name, const void *data, gsize length, guint mode)
{
  g_autofree char *path = g_build_filename (scratch, name, NULL);
  g_autofree char *dir = g_path_get_dirname (path);
  gboolean ok;
  int fd;

  if (!is_below (name) || g_mkdir_with_parents (dir, 0777) < 0)
    return FALSE;
  fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0)
    return FALSE;
  ok = write (fd, data, length) == (gssize) length;
  return close (fd) == 0 && ok;
}

char *
fuzz_text (const guint8 *data, gsize size)
{
  return g_strndup ((const char *) data, size);
}

static void
part_free (FuzzPart *part)
{
  g_free (part->name);
  g_free (part);
}

/* Adds what begins at a line "@...", or at the start, and returns what is
 * behind it. */
static const char *
add_part (GPtrArray *parts, const char *at, const char *end)
{
  FuzzPart *part = g_new0 (FuzzPart, 1);
  const char *next = at, *line = at;

  if (at < end && *at == '@')
    {
      g_autofree char *head = NULL;
      char *name;

      line = memchr (at, '\n', end - at);
      line = line == NULL ? end : line;
      head = g_strndup (at + 1, line - at - 1);
      part->mode = strtoul (head, &name, 8);
      part->name = g_strdup (name > head && *name == ' ' ? name + 1 : head);
      line += line < end;
      next = line;
    }
  else
    part->name = g_strdup ("");
  while (next < end && !(*next == '@' && (next == line || next[-1] == '\n')))
    next++;
  part->data = line;
  part->length = next - line;
  g_ptr_array_add (parts, part);
  return next;
}

GPtrArray *
fuzz_parts (const guint8 *data, gsize size)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func ((GDestroyNotify) part_free);
  const char *at = (const char *) data, *end = at + size;

  while (at < end)
    at = add_part (parts, at, end);
  return parts;
}

void
fuzz_write_parts (const GPtrArray *parts, const char *dir, guint count)
{
  for (guint i = 0; i < parts->len && i < count; i++)
    {
      const FuzzPart *part = g_ptr_array_index (parts, i);
      g_autofree char *name = g_strconcat (dir, dir[0] == '\0' ? "" : "/", part->name, NULL);

      if (part->name[0] != '\0')
        fuzz_write (name, part->data, part->length, part->mode != 0 ? part->mode & 0777 : 0644);
    }
}

void
fuzz_outcome (gboolean ok, const GError *error)
{
  if (ok)
    MUST_OF (error == NULL, error->message);
  else
    {
      MUST (error != NULL);
      MUST_OF (error->domain == VENVB_ERROR, error->message);
      MUST (error->message != NULL && error->message[0] != '\0');
    }
}
