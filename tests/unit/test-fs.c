/* SPDX-License-Identifier: BSD-2-Clause */

/* Files, directories, and the names of environments. */

#include "undo/undo.h"

#include "base/regular.h"
#include "base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

typedef struct
{
  char *dir;
  int fd;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("venvb-fs-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (f->dir), ==, 0);
  f->fd = open (".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
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

static void
put (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
assert_text (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static gboolean
exists (const char *path)
{
  struct stat st;

  return lstat (path, &st) == 0;
}

static guint
mode_of (const char *path)
{
  struct stat st;

  g_assert_cmpint (lstat (path, &st), ==, 0);
  return st.st_mode & 07777;
}

static void
assert_failed (Fixture *f, gboolean ok, const char *part)
{
  g_assert_false (ok);
  g_assert_error (f->error, VENVB_ERROR, VENVB_ERROR_FAILED);
  g_assert_nonnull (strstr (f->error->message, part));
  g_clear_error (&f->error);
}

static void
test_mkdir (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_mkdir ("one", &f->error));
  g_assert_true (fs_mkdir ("one", &f->error));
  g_assert_true (fs_mkdir_parents ("a/b/c", &f->error));
  g_assert_true (fs_mkdir_parents ("a/b/c", &f->error));
  put ("file", "x");
  g_assert_cmpint (symlink ("one", "link"), ==, 0);
  g_assert_cmpint (symlink ("nowhere", "dangling"), ==, 0);
  assert_failed (f, fs_mkdir ("none/x", &f->error), "No such file");
  assert_failed (f, fs_mkdir ("file", &f->error), "'file': a file is in the way");
  assert_failed (f, fs_mkdir ("link", &f->error), "'link': a symbolic link is in the way");
  assert_failed (f, fs_mkdir_parents ("link", &f->error), "a symbolic link is in the way");
  assert_failed (f, fs_mkdir_parents ("dangling/x", &f->error), "'dangling'");
  assert_failed (f, fs_mkdir_parents ("file/x/y", &f->error), "Not a directory");
  g_assert_true (fs_mkdir_parents ("link/below/it", &f->error));
  g_assert_true (exists ("one/below/it"));
}

static void
test_write (Fixture *f, gconstpointer data)
{
  mode_t mask = umask (027);

  g_assert_true (fs_write ("new", "text", 4, 0666, &f->error));
  umask (mask);
  assert_text ("new", "text");
  g_assert_cmpuint (mode_of ("new"), ==, 0640);
  g_assert_cmpint (chmod ("new", 0751), ==, 0);
  g_assert_true (fs_write ("new", "other", 5, 0640, &f->error));
  assert_text ("new", "other");
  g_assert_cmpuint (mode_of ("new"), ==, 0751);
  g_assert_true (fs_write ("new", "secret", 6, 0600, &f->error));
  g_assert_cmpuint (mode_of ("new"), ==, 0700);
  g_assert_true (fs_write ("empty", "", 0, 0600, &f->error));
  assert_text ("empty", "");
}

static void
test_write_fails (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (mkdir ("dir", 0700), ==, 0);
  put ("precious", "gold");
  g_assert_cmpint (symlink ("precious", "link"), ==, 0);
  assert_failed (f, fs_write ("dir", "x", 1, 0600, &f->error),
                 "cannot write 'dir': Is a directory");
  assert_failed (f, fs_write ("none/x", "x", 1, 0600, &f->error), "cannot write 'none/x'");
  g_assert_true (fs_write ("link", "x", 1, 0600, &f->error));
  assert_text ("precious", "gold");
  g_assert_false (g_file_test ("link", G_FILE_TEST_IS_SYMLINK));
  g_assert_cmpint (rmdir ("dir"), ==, 0);
  g_assert_cmpint (g_unlink ("precious") | g_unlink ("link"), ==, 0);
  g_assert_true (dir_is_empty (f->fd));
}

/* What takes the place of a file belongs to whom that belonged, and is as closed
 * as it was. */
static void
test_write_access (Fixture *f, gconstpointer data)
{
  struct stat st;

  put ("file", "x");
  g_assert_cmpint (chmod ("file", 0600), ==, 0);
  g_assert_true (fs_write ("file", "y", 1, 0666, &f->error));
  g_assert_cmpuint (mode_of ("file"), ==, 0600);
  if (geteuid () != 0)
    return g_test_skip ("only root can give files away");
  g_assert_cmpint (chown ("file", 12345, 23456) | chmod ("file", 04754), ==, 0);
  g_assert_true (fs_write ("file", "z", 1, 0666, &f->error));
  g_assert_cmpint (stat ("file", &st), ==, 0);
  g_assert_true (st.st_uid == 12345 && st.st_gid == 23456);
  g_assert_cmpuint (mode_of ("file"), ==, 04754);
  g_assert_true (copy_exactly (f->fd, "file", f->fd, "copy"));
  g_assert_cmpint (stat ("copy", &st), ==, 0);
  g_assert_true (st.st_uid == 12345 && st.st_gid == 23456);
  g_assert_cmpuint (mode_of ("copy"), ==, 04754);
}

/* A file far larger than what is in it is not larger as a copy. */
static void
test_copy_holes (Fixture *f, gconstpointer data)
{
  const off_t size = (off_t) 64 << 30;
  struct stat st, copy;
  char text[2] = "";
  int fd = open ("file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (ftruncate (fd, size) < 0)
    {
      close (fd);
      return g_test_skip ("no such large file here");
    }
  g_assert_true (pwrite (fd, "a", 1, 0) == 1 && pwrite (fd, "b", 1, size / 2 + 1) == 1);
  g_assert_true (fstat (fd, &st) == 0 && st.st_blocks < 10000);
  close (fd);
  g_assert_true (copy_exactly (f->fd, "file", f->fd, "copy"));
  fd = open ("copy", O_RDONLY | O_CLOEXEC);
  g_assert_true (fstat (fd, &copy) == 0 && copy.st_size == size && copy.st_blocks < 10000);
  g_assert_true (pread (fd, text, 1, size / 2 + 1) == 1 && text[0] == 'b');
  g_assert_true (pread (fd, text, 1, 0) == 1 && text[0] == 'a');
  close (fd);
}

/* A capability as setcap stores it: CAP_NET_BIND_SERVICE, effective and permitted. */
static const guint8 capability[20] = { 1, 0, 0, 2, 0, 4 };

static void
test_copy_attributes (Fixture *f, gconstpointer data)
{
  char value[64];

  put ("file", "x");
  if (setxattr ("file", "user.venvb", "y", 1, 0) < 0)
    return g_test_skip ("no extended attributes here");
  g_assert_true (copy_exactly (f->fd, "file", f->fd, "copy"));
  g_assert_cmpint (getxattr ("copy", "user.venvb", value, sizeof value), ==, 1);
  if (setxattr ("file", "security.capability", capability, sizeof capability, 0) < 0)
    return;
  g_assert_true (copy_exactly (f->fd, "file", f->fd, "able"));
  g_assert_cmpint (getxattr ("able", "security.capability", value, sizeof value), ==, 20);
}

/* Opens what has a name, and tells why not; 0 when it was opened. */
static int
failure_of (const char *name, gboolean follow)
{
  g_auto (Regular) file = { .fd = -1 };

  return regular_open (&file, AT_FDCWD, name, follow) ? 0 : errno;
}

static void
test_regular (Fixture *f, gconstpointer data)
{
  g_auto (Regular) file = { .fd = -1 };
  g_autofree char *text = NULL;
  gsize length;

  put ("file", "text");
  g_assert_cmpint (symlink ("file", "link") | symlink ("fifo", "to-fifo"), ==, 0);
  g_assert_cmpint (symlink ("/dev/zero", "to-device") | symlink ("none", "dangling"), ==, 0);
  g_assert_cmpint (mkfifo ("fifo", 0600) | mkdir ("dir", 0700), ==, 0);
  g_assert_cmpint (failure_of ("file", FALSE), ==, 0);
  g_assert_cmpint (failure_of ("link", FALSE), ==, ELOOP);
  g_assert_cmpint (failure_of ("link", TRUE), ==, 0);
  g_assert_cmpint (failure_of ("dangling", FALSE), ==, ELOOP);
  g_assert_cmpint (failure_of ("dangling", TRUE), ==, ENOENT);
  g_assert_cmpint (failure_of ("fifo", FALSE), ==, ENXIO);
  g_assert_cmpint (failure_of ("to-fifo", TRUE), ==, ENXIO);
  g_assert_cmpint (failure_of ("to-device", TRUE), ==, ENXIO);
  g_assert_cmpint (failure_of ("dir", FALSE), ==, EISDIR);
  g_assert_cmpint (failure_of ("none", FALSE), ==, ENOENT);
  text = regular_contents ("link", &length);
  g_assert_cmpstr (text, ==, "text");
  g_assert_cmpuint (length, ==, 4);
  g_assert_cmpint (truncate ("file", (off_t) REGULAR_MOST + 1), ==, 0);
  g_assert_true (regular_open (&file, f->fd, "file", FALSE));
  g_assert_null (regular_read (&file, NULL));
  g_assert_cmpint (errno, ==, EFBIG);
}

/* No link on the way is followed. */
static void
test_open_dir (Fixture *f, gconstpointer data)
{
  g_autofree char *here = envdir_current (NULL);
  g_autofree char *there = g_build_filename (here, "a/b/file", NULL);
  g_autofree char *by_link = g_build_filename (here, "link/b/file", NULL);
  int fd;

  g_assert_true (fs_mkdir_parents ("a/b", NULL));
  g_assert_cmpint (symlink ("a", "link"), ==, 0);
  fd = regular_open_dir (there);
  g_assert_cmpint (fd, >=, 0);
  g_assert_true (regular_replace (fd, "file", "x", 1, 0600, NULL));
  close (fd);
  assert_text ("a/b/file", "x");
  g_assert_cmpint (regular_open_dir (by_link), ==, -1);
  g_assert_cmpint (errno, ==, ENOTDIR);
  fd = regular_open_dir ("/file");
  g_assert_cmpint (fd, >=, 0);
  close (fd);
}

static void
test_copy (Fixture *f, gconstpointer data)
{
  g_autofree char *big = g_malloc0 (300001);
  struct stat a, b;

  memset (big, 'x', 300000);
  put ("from", big);
  g_assert_cmpint (chmod ("from", 0750), ==, 0);
  g_assert_true (copy_regular (AT_FDCWD, "from", f->fd, "to", &f->error));
  assert_text ("to", big);
  g_assert_cmpint (stat ("from", &a) | stat ("to", &b), ==, 0);
  g_assert_cmpuint (a.st_mode, ==, b.st_mode);
  g_assert_cmpint (a.st_mtim.tv_nsec, ==, b.st_mtim.tv_nsec);
  put ("there", "kept");
  assert_failed (f, copy_regular (AT_FDCWD, "from", f->fd, "there", &f->error),
                 "cannot copy 'from': File exists");
  assert_text ("there", "kept");
  assert_failed (f, copy_regular (AT_FDCWD, "none", f->fd, "x", &f->error), "cannot copy 'none'");
  g_assert_cmpint (mkdir ("dir", 0700), ==, 0);
  assert_failed (f, copy_regular (AT_FDCWD, "dir", f->fd, "half", &f->error), "cannot copy 'dir'");
  g_assert_false (exists ("half"));
}

static void
test_remove (Fixture *f, gconstpointer data)
{
  g_assert_true (fs_mkdir_parents ("tree/closed/in/it", NULL));
  put ("tree/closed/in/file", "x");
  put ("precious", "gold");
  g_assert_cmpint (symlink ("../precious", "tree/link"), ==, 0);
  g_assert_cmpint (symlink ("..", "tree/closed/up"), ==, 0);
  g_assert_cmpint (mkfifo ("tree/fifo", 0), ==, 0);
  g_assert_cmpint (chmod ("tree/closed/in", 0) | chmod ("tree/closed", 0100), ==, 0);
  g_assert_true (dir_remove_at (f->fd, "tree"));
  g_assert_false (exists ("tree"));
  assert_text ("precious", "gold");
  g_assert_true (dir_remove_at (f->fd, "tree"));
  g_assert_cmpint (symlink ("precious", "link"), ==, 0);
  g_assert_true (dir_remove_at (f->fd, "link"));
  assert_text ("precious", "gold");
  g_assert_false (dir_remove_at (f->fd, "precious/below"));
  g_assert_false (dir_remove_at (AT_FDCWD, "/proc/self/fd"));
}

static gboolean
count_entry (int fd, const char *entry, gpointer data, GError **error)
{
  if (g_str_equal (entry, "bad"))
    return g_set_error (error, VENVB_ERROR, VENVB_ERROR_FAILED, "it is bad"), FALSE;
  return ++*(guint *) data, TRUE;
}

static void
test_each (Fixture *f, gconstpointer data)
{
  guint count = 0;

  g_assert_true (dir_is_empty (f->fd));
  g_assert_true (dir_each (f->fd, ".", count_entry, &count, &f->error));
  g_assert_true (dir_each (f->fd, "none", count_entry, &count, &f->error));
  g_assert_cmpuint (count, ==, 0);
  put ("a", "");
  put (".b", "");
  g_assert_false (dir_is_empty (f->fd));
  g_assert_true (dir_each (f->fd, ".", count_entry, &count, &f->error));
  g_assert_cmpuint (count, ==, 2);
  assert_failed (f, dir_each (f->fd, "a", count_entry, &count, &f->error),
                 "cannot read directory 'a'");
  g_assert_cmpint (symlink (".", "link"), ==, 0);
  assert_failed (f, dir_each (f->fd, "link", count_entry, &count, &f->error), "'link'");
  put ("bad", "");
  assert_failed (f, dir_each (f->fd, ".", count_entry, &count, &f->error), "it is bad");
}

static void
assert_absolute (const char *name, const char *expected)
{
  g_autofree char *path = envdir_absolute (name, NULL);
  g_autofree char *full = g_build_filename (g_getenv ("CWD"), expected, NULL);

  g_assert_cmpstr (path, ==, full);
}

static void
assert_refused (Fixture *f, const char *name, const char *part)
{
  assert_failed (f, envdir_absolute (name, &f->error) != NULL, part);
}

static void
test_absolute (Fixture *f, gconstpointer data)
{
  g_autofree char *cwd = envdir_current (NULL);
  g_autofree char *long_name = g_strnfill (5000, 'x');

  g_setenv ("CWD", cwd, TRUE);
  assert_absolute ("env", "env");
  assert_absolute ("./a/../env//", "env");
  assert_absolute ("a//b/.", "a/b");
  assert_refused (f, "", "empty");
  assert_refused (f, "a:b", "':'");
  assert_refused (f, "/", "root directory");
  assert_refused (f, "/..//.", "root directory");
  assert_refused (f, long_name, "too long");
  g_setenv ("PWD", "/", TRUE);
  assert_absolute ("env", "env");
  g_assert_cmpint (mkdir ("gone", 0700) | g_chdir ("gone") | rmdir ("../gone"), ==, 0);
  assert_refused (f, "env", "cannot tell the current directory");
  g_assert_cmpint (g_chdir (cwd), ==, 0);
}

static void
assert_clear (Fixture *f, const char *name, const char *refused)
{
  g_autofree char *path = envdir_absolute (name, NULL);
  gboolean ok = envdir_check_clear (path, FALSE, &f->error);

  if (refused != NULL)
    assert_failed (f, ok, refused);
  g_assert_no_error (f->error);
  g_assert_cmpint (ok, ==, refused == NULL);
}

/* Nothing is cleared here: these are directories that must not be. */
static void
test_check_clear (Fixture *f, gconstpointer data)
{
  static const char *const marks[] = { ".git", ".hg", ".svn", "pyproject.toml", "setup.py", NULL };

  assert_clear (f, "none", NULL);
  g_assert_cmpint (mkdir ("env", 0700), ==, 0);
  assert_clear (f, "env", NULL);
  for (guint i = 0; marks[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename ("env", marks[i], NULL);

      put (path, "");
      assert_clear (f, "env", marks[i]);
      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  assert_clear (f, "env", NULL);
  assert_clear (f, ".", "current directory");
  assert_clear (f, "..", "current directory");
  assert_clear (f, "env/..", "current directory");
  g_assert_cmpint (symlink ("..", "env/up"), ==, 0);
  assert_clear (f, "env/up", "current directory");
  g_assert_cmpint (g_chdir ("env"), ==, 0);
  assert_clear (f, "..", "current directory");
  g_assert_cmpint (g_chdir (".."), ==, 0);
}

/* The home directory is HOME's, and also the user's own. */
static void
test_check_home (Fixture *f, gconstpointer data)
{
  if (!g_file_test (g_get_home_dir (), G_FILE_TEST_IS_DIR))
    g_test_skip ("there is no home directory");
  else
    assert_clear (f, g_get_home_dir (), "home directory");
}

#define ADD(name, func) g_test_add (name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/fs/mkdir", test_mkdir);
  ADD ("/fs/write", test_write);
  ADD ("/fs/write-fails", test_write_fails);
  ADD ("/fs/write-access", test_write_access);
  ADD ("/fs/copy", test_copy);
  ADD ("/copy/holes", test_copy_holes);
  ADD ("/copy/attributes", test_copy_attributes);
  ADD ("/regular/open", test_regular);
  ADD ("/regular/open-dir", test_open_dir);
  ADD ("/fs/remove", test_remove);
  ADD ("/fs/each", test_each);
  ADD ("/envdir/absolute", test_absolute);
  ADD ("/envdir/check-clear", test_check_clear);
  ADD ("/envdir/check-home", test_check_home);
  return g_test_run ();
}
