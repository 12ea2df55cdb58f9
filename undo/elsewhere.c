/* SPDX-License-Identifier: BSD-2-Clause */

/* Files outside of the environment that a stage has changed.  Others may have
 * changed them since, as a list of environments that a repository keeps: then
 * only the lines that we have put there are taken out again. */

#include "undo/room.h"

#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The path without links, as far as it exists. */
static char *
resolve (const char *path)
{
  char *real = realpath (path, NULL);

  if (real != NULL || g_str_equal (path, "/"))
    return real != NULL ? real : g_strdup (path);
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *dir = resolve (above);
  return g_build_filename (dir, name, NULL);
}

/* The path of a file, its directory without links: free with g_free(). */
char *
elsewhere_resolve (const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *dir = resolve (above);

  return g_build_filename (dir, name, NULL);
}

/* A number for this machine: a file system that was made on another one, with a log on it,
 * does not know it. */
static guint64
this_machine (void)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *id = NULL;

  if (regular_open (&file, AT_FDCWD, "/etc/machine-id", FALSE) && file.st.st_size < 100)
    id = regular_read (&file, NULL);
  return journal_hash (id != NULL ? id : "");
}

/* What a directory elsewhere is known by. */
gboolean
elsewhere_place (int dir, Seen *seen)
{
  struct timespec birth = { 0 };
  struct stat st;

  if (fstat (dir, &st) < 0)
    return FALSE;
  older_birth (dir, ".", &birth);
  *seen = (Seen){ .inode = st.st_ino,
                  .size = (off_t) st.st_dev,
                  .mtime = birth,
                  .ctime.tv_sec = (time_t) (this_machine () >> 1) };
  return TRUE;
}

/* Tells whether a directory is the one that was noted, on this machine. */
gboolean
elsewhere_is_place (int dir, const Seen *noted)
{
  Seen now;

  return noted != NULL && elsewhere_place (dir, &now) && now.inode == noted->inode
         && now.size == noted->size && log_is_same_time (now.mtime, noted->mtime)
         && now.ctime.tv_sec == noted->ctime.tv_sec;
}

/* Tells whether a process is no more, or waits to be buried: in a container,
 * there may be nobody who does that. */
static gboolean
is_dead (pid_t pid)
{
  g_autofree char *program = g_strdup_printf ("/proc/%d/exe", (int) pid);
  char target[1];

  return (kill (pid, 0) < 0 && errno == ESRCH)
         || (readlink (program, target, sizeof target) < 0 && errno == ENOENT
             && access ("/proc/self/exe", F_OK) == 0);
}

/* A name for a file that is half written, which no other run has, and the next one
 * knows as such: free with g_free(). */
char *
elsewhere_half (const char *name)
{
  return g_strdup_printf ("%s.venvb-%d-%u", name, (int) getpid (), g_random_int ());
}

typedef struct
{
  const char *prefix;    /* what such names begin with */
  struct timespec begun; /* the run */
  gboolean is_any;       /* there is something of that kind, of whichever name */
} Half;

/* Removes what fs_write() has left aside that a killed run was writing: a file of its user's
 * that is not older.  Other runs may be writing the same file. */
static gboolean
remove_aside (int dir, const char *entry, gpointer data, GError **error)
{
  Half *half = data;
  const char *prefix = half->prefix;
  int pid, end = 0;
  struct stat st;

  half->is_any = half->is_any || strstr (entry, ".venvb-") != NULL;
  if (g_str_has_prefix (entry, prefix)
      && sscanf (entry + strlen (prefix), "%d-%*u%n", &pid, &end) == 1 && end > 0
      && entry[strlen (prefix) + end] == '\0' && (pid == getpid () || is_dead (pid))
      && fstatat (dir, entry, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (st.st_mode)
      && st.st_uid == fs_own_uid (dir, st.st_uid) && !log_is_before (st.st_ctim, half->begun))
    unlinkat (dir, entry, 0);
  return TRUE;
}

/* Tells whether there may be more of it in the directory, for another name. */
gboolean
elsewhere_remove_half (int dir, const char *name, struct timespec begun)
{
  g_autofree char *prefix = g_strconcat (name, ".venvb-", NULL);
  Half half = { prefix, begun, FALSE };

  if (!dir_each (dir, ".", remove_aside, &half, NULL))
    g_debug ("cannot look for what is half written beside '%s'", name);
  return half.is_any;
}

/* More than this is not compared by lines. */
#define LINES_MOST (1024 * 1024)

/* Keeps what this run has made of a file elsewhere, to tell its lines from those
 * of others. */
void
elsewhere_keep (int dir, const char *name, const struct stat *st, int aside, int number)
{
  g_autofree char *ours = g_strdup_printf ("%d.ours", number);

  if (!S_ISREG (st->st_mode) || st->st_size > LINES_MOST)
    return;
  unlinkat (aside, ours, 0);
  if (!copy_exactly (dir, name, aside, ours))
    g_debug ("cannot keep what was made of '%s'", name);
}

/* The lines of a file: free with g_strfreev(); NULL with errno set when it can't
 * be read.  One that is not there has none. */
static char **
read_lines (int dir, const char *name)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;
  gsize length;

  if (!regular_open (&file, dir, name, FALSE))
    return errno == ENOENT ? g_new0 (char *, 1) : NULL;
  text = regular_read (&file, &length);
  if (text == NULL || strlen (text) != length)
    return NULL;
  return g_strsplit (text, "\n", -1);
}

/* How often each line is there. */
static GHashTable *
count_lines (char **lines)
{
  GHashTable *counts = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; lines[i] != NULL; i++)
    g_hash_table_insert (
        counts, lines[i],
        GINT_TO_POINTER (GPOINTER_TO_INT (g_hash_table_lookup (counts, lines[i])) + 1));
  return counts;
}

/* Takes one of a line from the counts; FALSE when there is none. */
static gboolean
take_line (GHashTable *counts, char *line)
{
  int n = GPOINTER_TO_INT (g_hash_table_lookup (counts, line));

  if (n > 0)
    g_hash_table_insert (counts, line, GINT_TO_POINTER (n - 1));
  return n > 0;
}

static gboolean
is_left (gpointer line, gpointer n, gpointer data)
{
  return ((const char *) line)[0] != '\0' && GPOINTER_TO_INT (n) > 0;
}

/* Tells whether a line begins a section, to which those after it belong. */
static gboolean
is_header (const char *line)
{
  line += strspn (line, " \t");
  return line[0] == '[' && strchr (line, ']') != NULL;
}

static gboolean
has_header (const GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    if (is_header (lines->pdata[i]))
      return TRUE;
  return FALSE;
}

/* How many lines from here on are those that were added, empty ones apart; 0 when they
 * are not all here, one after the other. */
static guint
match (char **now, const GPtrArray *added)
{
  guint n = 0;

  for (guint i = 0; i < added->len; n++)
    {
      if (now[n] == NULL || (now[n][0] != '\0' && !g_str_equal (now[n], added->pdata[i])))
        return 0;
      i += now[n][0] != '\0';
    }
  return n;
}

/* The same of lines with a section among them: only as a whole, and when nothing of
 * somebody else's follows that would come into another section.  NULL when it does, or
 * only a part of them is left. */
static char *
without_section (const GPtrArray *added, char **now)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new ();
  guint n = 0, removed = 0;

  for (guint i = 0; now[i] != NULL; i += MAX (n, 1))
    {
      n = removed > 0 || now[i][0] == '\0' ? 0 : match (now + i, added);
      removed += n;
      if (n == 0)
        g_ptr_array_add (left, now[i]);
      if (n == 0 && removed == 0 && !is_header (now[i])
          && g_ptr_array_find_with_equal_func ((GPtrArray *) added, now[i], g_str_equal, NULL))
        return NULL;
      if (n > 0 && now[i + n] != NULL && now[i + n][0] != '\0' && !is_header (now[i + n]))
        return NULL;
    }
  g_ptr_array_add (left, NULL);
  return g_strjoinv ("\n", (char **) left->pdata);
}

/* What is now there, without the lines that are in ours and were not in the old
 * one: free with g_free().  NULL when ours lacks lines of the old one: nobody can
 * tell where they belong now. */
static char *
without_ours (char **old, char **ours, char **now)
{
  g_autoptr (GHashTable) before = count_lines (old);
  g_autoptr (GPtrArray) added = g_ptr_array_new ();
  g_autoptr (GPtrArray) left = g_ptr_array_new ();
  g_autoptr (GHashTable) surplus = NULL;

  for (guint i = 0; ours[i] != NULL; i++)
    if (!take_line (before, ours[i]) && ours[i][0] != '\0')
      g_ptr_array_add (added, ours[i]);
  if (g_hash_table_find (before, is_left, NULL) != NULL)
    return NULL;
  if (has_header (added))
    return without_section (added, now);
  g_ptr_array_add (added, NULL);
  surplus = count_lines ((char **) added->pdata);
  for (guint i = 0; now[i] != NULL; i++)
    if (!take_line (surplus, now[i]))
      g_ptr_array_add (left, now[i]);
  g_ptr_array_add (left, NULL);
  return g_strjoinv ("\n", (char **) left->pdata);
}

/* Writes it as it is to be.  A file that has other names is written in place, so that all
 * of these lead to it still. */
static gboolean
write_merged (int dir, const char *name, const char *text)
{
  struct stat st;
  gboolean ok;
  int fd;

  if (fstatat (dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG (st.st_mode)
      || st.st_nlink == 1)
    return regular_replace (dir, name, text, strlen (text), 0666, NULL);
  fd = openat (dir, name, O_WRONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
  ok = fd >= 0 && regular_write_all (fd, text, strlen (text))
       && ftruncate (fd, (off_t) strlen (text)) == 0;
  fs_close (fd);
  return ok;
}

/* Takes the lines that this run has put into a file out of what others have made
 * of it since.  FALSE when that can't be told, or done. */
gboolean
elsewhere_merge (int aside, int number, int dir, const char *name)
{
  g_autofree char *before = g_strdup_printf ("%d", number);
  g_autofree char *written = g_strdup_printf ("%d.ours", number);
  g_auto (GStrv) old = read_lines (aside, before);
  g_auto (GStrv) ours = fs_exists_at (aside, written) == 1 ? read_lines (aside, written) : NULL;
  g_auto (GStrv) now = read_lines (dir, name);
  g_autofree char *text = NULL;
  g_autofree char *there = NULL;

  if (old == NULL || ours == NULL || now == NULL)
    return FALSE;
  there = g_strjoinv ("\n", now);
  text = without_ours (old, ours, now);
  return text != NULL && (g_str_equal (text, there) || write_merged (dir, name, text));
}

/* Tells whether somebody has changed a file since the run has written it. */
static gboolean
is_changed (const char *path, const Seen *written)
{
  int dir = written != NULL ? regular_open_dir (path) : -1;
  struct stat st;
  gboolean is_there =
      dir >= 0 && fstatat (dir, strrchr (path, '/') + 1, &st, AT_SYMLINK_NOFOLLOW) == 0;

  fs_close (dir);
  return is_there && !log_is_as_seen (written, &st);
}

/* What the run has written elsewhere last, by path. */
static GHashTable *
find_written (const Log *log)
{
  GHashTable *written = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < log->entries->len; i++)
    {
      LogEntry *entry = g_ptr_array_index (log->entries, i);

      if (entry->event == LOG_WRITTEN && entry->path[0] == '/')
        g_hash_table_insert (written, entry->path, &entry->seen);
    }
  return written;
}

/* What of the files elsewhere others may rely on, as on a setting that names a list to which
 * they have added: it lies in one directory with a file that the run has changed before it,
 * and others since.  Returns paths of the log. */
GHashTable *
elsewhere_find_relied (const Log *log)
{
  g_autoptr (GHashTable) written = find_written (log);
  g_autoptr (GHashTable) dirs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTable *relied = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);
      g_autofree char *dir = NULL;

      if (entry->event != LOG_FILE || entry->path[0] != '/')
        continue;
      dir = g_path_get_dirname (entry->path);
      if (g_hash_table_contains (dirs, dir))
        g_hash_table_add (relied, entry->path);
      else if (is_changed (entry->path, g_hash_table_lookup (written, entry->path)))
        g_hash_table_add (dirs, g_steal_pointer (&dir));
    }
  return relied;
}
