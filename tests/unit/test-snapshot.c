/* SPDX-License-Identifier: BSD-2-Clause */

/* The old tree put aside, and put back: by the run itself, and by a later one
 * after a kill at each step. */

#include "undo/undo.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *dir;
  int fd; /* of "env" in it */
  GError *error;
} Fixture;

static void
put (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("venvb-snapshot-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (f->dir), ==, 0);
  g_assert_true (fs_mkdir_parents ("env/bin", NULL) && fs_mkdir_parents ("env/lib/a/b/c/d", NULL)
                 && fs_mkdir_parents ("env/src", NULL));
  put ("env/bin/tool", "tool");
  put ("env/lib/a/b/c/d/deep", "deep");
  put ("env/src/work", "work");
  put ("env/notes", "notes");
  g_assert_cmpint (symlink ("lib", "env/lib64"), ==, 0);
  g_assert_cmpint (mkfifo ("env/bin/fifo", 0600), ==, 0);
  f->fd = open ("env", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_error (&f->error);
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_assert_true (dir_remove_at (AT_FDCWD, f->dir));
  close (f->fd);
  g_free (f->dir);
}

static gboolean
describe (int fd, const char *entry, gpointer data, GError **error)
{
  GPtrArray *lines = data;
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d/%s", fd, entry);
  g_autofree char *text = NULL;
  struct stat st;

  g_assert_cmpint (fstatat (fd, entry, &st, AT_SYMLINK_NOFOLLOW), ==, 0);
  if (S_ISREG (st.st_mode))
    g_file_get_contents (path, &text, NULL, NULL);
  else if (S_ISLNK (st.st_mode))
    text = g_file_read_link (path, NULL);
  g_ptr_array_add (lines, g_strdup_printf ("%s %o %ld.%09ld %s", entry, st.st_mode,
                                           (long) st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                                           text != NULL ? text : ""));
  return !S_ISDIR (st.st_mode) || dir_each (fd, entry, describe, data, error);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* All that is known of env, as a text. */
static char *
tree (void)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  g_assert_true (describe (AT_FDCWD, "env", lines, NULL));
  g_ptr_array_sort (lines, compare);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

static void
assert_tree (const char *expected)
{
  g_autofree char *found = tree ();

  g_assert_cmpstr (found, ==, expected);
}

/* What a run does. */
static void
work (void)
{
  g_assert_true (fs_mkdir_parents ("env/bin", NULL) && fs_mkdir_parents ("env/include", NULL)
                 && fs_mkdir_parents ("env/lib/a", NULL));
  put ("env/bin/tool", "changed");
  put ("env/bin/more", "more");
  put ("env/notes", "changed");
  put ("env/pyvenv.cfg", "home");
  put ("env/lib/a/file", "x");
  g_unlink ("env/lib64");
}

typedef gboolean (*Take) (int env_fd, const char *env_dir, GError **error);

static const Take takes[] = { snapshot_copy, snapshot_move };

static void
test_restore (Fixture *f, gconstpointer data)
{
  g_autofree char *before = tree ();

  for (guint i = 0; i < G_N_ELEMENTS (takes); i++)
    {
      g_assert_true (takes[i](f->fd, "env", &f->error));
      work ();
      g_assert_true (snapshot_restore (f->fd, FALSE, FALSE));
      assert_tree (before);
      g_assert_true (takes[i](f->fd, "env", &f->error));
      g_assert_true (snapshot_restore (f->fd, FALSE, FALSE));
      assert_tree (before);
    }
  g_assert_true (snapshot_restore (f->fd, FALSE, FALSE));
  assert_tree (before);
}

static void
test_recover (Fixture *f, gconstpointer data)
{
  g_autofree char *before = tree ();

  for (guint i = 0; i < G_N_ELEMENTS (takes); i++)
    {
      g_assert_true (takes[i](f->fd, "env", &f->error));
      work ();
      g_assert_true (snapshot_recover (f->fd, "env", &f->error));
      assert_tree (before);
    }
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  assert_tree (before);
}

static void
test_discard (Fixture *f, gconstpointer data)
{
  g_assert_false (snapshot_discard (f->fd));
  for (guint i = 0; i < G_N_ELEMENTS (takes); i++)
    {
      g_assert_true (takes[i](f->fd, "env", &f->error));
      work ();
      g_autofree char *after = NULL;
      g_assert_true (snapshot_discard (f->fd));
      g_assert_true (snapshot_sweep (f->fd));
      after = tree ();
      g_assert_null (strstr (after, SNAPSHOT_DIR));
      g_assert_nonnull (strstr (after, "changed"));
      g_assert_true (snapshot_restore (f->fd, FALSE, FALSE));
      assert_tree (after);
    }
  g_assert_false (g_file_test ("env/src", G_FILE_TEST_EXISTS));
}

static void
test_new (Fixture *f, gconstpointer data)
{
  g_assert_true (dir_remove_at (AT_FDCWD, "env"));
  g_assert_cmpint (mkdir ("env", 0700), ==, 0);
  close (f->fd);
  f->fd = open ("env", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autofree char *before = tree ();
  g_assert_true (snapshot_new (f->fd, "env", &f->error));
  work ();
  g_assert_true (snapshot_restore (f->fd, FALSE, FALSE));
  assert_tree (before);
  g_assert_true (snapshot_new (f->fd, "env", &f->error));
  work ();
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  assert_tree (before);
}

/* The snapshot as it is after a kill at some step. */
static void
test_killed (Fixture *f, gconstpointer data)
{
  g_autofree char *before = tree ();

  g_assert_true (snapshot_move (f->fd, "env", &f->error));
  g_assert_cmpint (g_unlink ("env/" SNAPSHOT_DIR "/ready"), ==, 0);
  g_assert_cmpint (rename ("env/" SNAPSHOT_DIR "/tree/src", "env/src"), ==, 0);
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  assert_tree (before);

  g_assert_true (snapshot_copy (f->fd, "env", &f->error));
  g_assert_cmpint (rename ("env/" SNAPSHOT_DIR, "env/" SNAPSHOT_DIR ".tmp"), ==, 0);
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  g_assert_false (g_file_test ("env/" SNAPSHOT_DIR ".tmp", G_FILE_TEST_EXISTS));

  g_assert_cmpint (mkdir ("env/" SNAPSHOT_DIR, 0700), ==, 0);
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  g_assert_cmpint (mkdir ("env/" SNAPSHOT_DIR, 0700), ==, 0);
  g_assert_true (snapshot_restore (f->fd, FALSE, FALSE));
  g_assert_false (g_file_test ("env/" SNAPSHOT_DIR, G_FILE_TEST_EXISTS));
}

static void
assert_refused (Fixture *f, const char *before)
{
  g_assert_false (snapshot_recover (f->fd, "env", &f->error));
  g_assert_error (f->error, VENVB_ERROR, VENVB_ERROR_FAILED);
  g_clear_error (&f->error);
  g_assert_false (snapshot_restore (f->fd, FALSE, FALSE));
  assert_tree (before);
}

/* A snapshot that is not of a run here. */
static void
test_planted (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_mkdir_parents ("env/" SNAPSHOT_DIR "/tree/bin", NULL));
  put ("env/" SNAPSHOT_DIR "/ready", "");
  g_autofree char *no_stamp = tree ();
  assert_refused (f, no_stamp);
  g_assert_cmpint (symlink ("12 1.0 old", "env/" SNAPSHOT_DIR "/stamp"), ==, 0);
  g_autofree char *wrong_stamp = tree ();
  assert_refused (f, wrong_stamp);
  g_assert_cmpint (g_unlink ("env/" SNAPSHOT_DIR "/stamp"), ==, 0);
  put ("env/" SNAPSHOT_DIR "/stamp", "no link");
  g_autofree char *no_link = tree ();
  assert_refused (f, no_link);
}

static void
test_outside (Fixture *f, gconstpointer data)
{
  g_autofree char *changed = g_build_filename (f->dir, "changed", NULL);
  g_autofree char *created = g_build_filename (f->dir, "created", NULL);
  g_autofree char *removed = g_build_filename (f->dir, "removed", NULL);
  g_autofree char *link = g_build_filename (f->dir, "link", NULL);
  const char *const paths[] = { changed, created, removed, link, NULL };
  g_autofree char *text = NULL;

  for (guint later = 0; later < 2; later++)
    {
      put (changed, "changed");
      put (removed, "removed");
      g_unlink (link);
      g_assert_cmpint (symlink ("changed", link), ==, 0);
      g_assert_true (snapshot_copy (f->fd, "env", &f->error));
      for (guint i = 0; paths[i] != NULL; i++)
        g_assert_true (elsewhere_save (f->fd, paths[i], &f->error)
                       && elsewhere_save (f->fd, paths[i], &f->error));
      put (changed, "new");
      put (created, "new");
      g_unlink (removed);
      put (link, "new");
      g_assert_true (later ? snapshot_recover (f->fd, "env", &f->error)
                           : snapshot_restore (f->fd, FALSE, FALSE));
      g_clear_pointer (&text, g_free);
      g_assert_true (g_file_get_contents (link, &text, NULL, NULL));
      g_assert_cmpstr (text, ==, "changed");
      g_assert_true (g_file_test (link, G_FILE_TEST_IS_SYMLINK));
      g_assert_true (g_file_test (removed, G_FILE_TEST_EXISTS));
      g_assert_false (g_file_test (created, G_FILE_TEST_EXISTS));
    }
  g_assert_false (elsewhere_save (f->fd, "/nonexistent", &f->error));
  g_assert_error (f->error, VENVB_ERROR, VENVB_ERROR_FAILED);
}

/* Where a link has taken the place of its directory, no file is put back; nor is
 * one removed there. */
static void
test_swapped (Fixture *f, gconstpointer data)
{
  g_autofree char *file = g_build_filename (f->dir, "dir", "file", NULL);
  g_autofree char *new = g_build_filename (f->dir, "dir", "new", NULL);
  g_autofree char *text = NULL;

  g_assert_cmpint (g_mkdir ("dir", 0700) | g_mkdir ("theirs", 0700), ==, 0);
  put (file, "old");
  g_assert_true (snapshot_copy (f->fd, "env", &f->error) && elsewhere_save (f->fd, file, &f->error)
                 && elsewhere_save (f->fd, new, &f->error));
  g_assert_cmpint (g_rename ("dir", "moved") | symlink ("theirs", "dir"), ==, 0);
  put ("theirs/file", "theirs");
  put ("theirs/new", "theirs");
  g_assert_false (snapshot_restore (f->fd, FALSE, FALSE));
  g_assert_true (g_file_get_contents ("theirs/file", &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "theirs");
  g_assert_true (g_file_test ("theirs/new", G_FILE_TEST_EXISTS));
}

/* What a process was writing aside that is no more goes; what another one is
 * writing stays, and what only looks like it. */
static void
test_half_written (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (f->dir, "outside", NULL);
  pid_t dead = fork ();

  if (dead == 0)
    _exit (0);
  g_assert_cmpint (waitpid (dead, NULL, 0), ==, dead);
  g_autofree char *gone = g_strdup_printf ("%s.venvb-%d-0", outside, (int) dead);
  g_autofree char *own = g_strdup_printf ("%s.venvb-%d-7", outside, (int) getpid ());
  g_autofree char *others = g_strdup_printf ("%s.venvb-%d-0", outside, (int) getppid ());
  g_autofree char *like = g_strdup_printf ("%s.venvb-%d-0.orig", outside, (int) dead);
  put (outside, "old");
  g_assert_true (snapshot_copy (f->fd, "env", &f->error)
                 && elsewhere_save (f->fd, outside, &f->error));
  put (gone, "half");
  put (own, "half");
  put (others, "half");
  put (like, "somebody's");
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  g_assert_false (g_file_test (gone, G_FILE_TEST_EXISTS) || g_file_test (own, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (others, G_FILE_TEST_EXISTS)
                 && g_file_test (like, G_FILE_TEST_EXISTS));
}

/* What was changed long after the kill is somebody's, and stays. */
static void
test_later_work (Fixture *f, gconstpointer data)
{
  g_autofree char *outside = g_build_filename (f->dir, "outside", NULL);
  g_autofree char *text = NULL;
  const struct timespec long_ago[2] = { { 1000, 0 }, { 1000, 0 } };

  put (outside, "old");
  g_assert_true (snapshot_move (f->fd, "env", &f->error));
  g_assert_true (elsewhere_save (f->fd, outside, &f->error));
  work ();
  put (outside, "later");
  g_assert_cmpint (utimensat (f->fd, SNAPSHOT_DIR "/stamp", long_ago, AT_SYMLINK_NOFOLLOW), ==, 0);
  g_assert_true (snapshot_recover (f->fd, "env", &f->error));
  text = tree ();
  g_assert_nonnull (strstr (text, "changed"));
  g_assert_nonnull (strstr (text, "notes.venvb-old"));
  g_assert_nonnull (strstr (text, "work"));
  g_assert_null (strstr (text, "pyvenv.cfg"));
  g_clear_pointer (&text, g_free);
  g_assert_true (g_file_get_contents (outside, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "later");
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/snapshot/restore", test_restore);
  ADD ("/snapshot/recover", test_recover);
  ADD ("/snapshot/discard", test_discard);
  ADD ("/snapshot/new", test_new);
  ADD ("/snapshot/killed", test_killed);
  ADD ("/snapshot/planted", test_planted);
  ADD ("/snapshot/outside", test_outside);
  ADD ("/snapshot/swapped", test_swapped);
  ADD ("/snapshot/half-written", test_half_written);
  ADD ("/snapshot/later-work", test_later_work);
  return g_test_run ();
}
