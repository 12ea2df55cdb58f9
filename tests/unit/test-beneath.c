/* SPDX-License-Identifier: BSD-2-Clause */

/* Work below one directory, with links in it and with others in its place; with
 * openat2(), and where that is refused. */

#include "base/base.h"

#include "base/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/seccomp.h>)
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif

#ifndef SYS_openat2
#define SYS_openat2 437
#endif

typedef struct
{
  char *scratch, *dir;
  int top;
} Fixture;

static char *
in (const Fixture *f, const char *path)
{
  return g_build_filename (f->scratch, path, NULL);
}

static gboolean
exists (const Fixture *f, const char *path)
{
  g_autofree char *full = in (f, path);
  struct stat st;

  return lstat (full, &st) == 0;
}

static void
make (const Fixture *f, const char *path)
{
  g_autofree char *full = in (f, path);

  g_assert_cmpint (g_mkdir_with_parents (full, 0777), ==, 0);
}

static void
make_link (const Fixture *f, const char *target, const char *path)
{
  g_autofree char *full = in (f, path);

  g_assert_cmpint (symlink (target, full), ==, 0);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  char *made = g_dir_make_tmp ("venvb-beneath-XXXXXX", NULL);
  char *real = realpath (made, NULL);

  f->scratch = g_strdup (real);
  free (real);
  g_free (made);
  f->dir = in (f, "env");
  make (f, "env/lib/deep");
  make (f, "env/.venvb-undo");
  make (f, "out/deep");
  f->top = open (f->dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  beneath_enter (f->top, f->dir);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  beneath_leave ();
  close (f->top);
  g_assert_true (dir_remove_at (AT_FDCWD, f->scratch));
  g_free (f->scratch);
  g_free (f->dir);
}

static gboolean
write_to (const Fixture *f, const char *path, GError **error)
{
  g_autofree char *full = in (f, path);

  return fs_write (full, "text", 4, 0666, error) && fs_create (full, "more", 4, 0666, error);
}

static void
assert_refused (const Fixture *f, const char *path)
{
  g_autofree char *full = in (f, path);
  g_autofree char *dir = g_path_get_dirname (full);
  g_autofree char *below = g_build_filename (dir, "made", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (write_to (f, path, &error));
  g_assert_nonnull (strstr (error->message, "leads elsewhere"));
  g_clear_error (&error);
  g_assert_false (fs_mkdir (below, &error));
  g_assert_nonnull (strstr (error->message, "leads elsewhere"));
}

static void
test_links (Fixture *f, gconstpointer data)
{
  g_autofree char *lib = in (f, "env/lib");

  make_link (f, "lib", "env/lib64");
  make_link (f, lib, "env/absolute");
  make_link (f, "../env/lib", "env/around");
  make_link (f, "../out", "env/away");
  make_link (f, "../../out/deep", "env/lib/away");
  make_link (f, "nowhere", "env/dangling");
  make_link (f, ".venvb-undo", "env/own");
  make_link (f, "/proc/self/cwd", "env/magic");
  g_assert_true (write_to (f, "env/a", NULL) && exists (f, "env/a"));
  g_assert_true (write_to (f, "env/lib/deep/a", NULL) && exists (f, "env/lib/deep/a"));
  g_assert_true (write_to (f, "env/lib64/a", NULL) && exists (f, "env/lib/a"));
  g_assert_true (write_to (f, "env/absolute/b", NULL) && exists (f, "env/lib/b"));
  g_assert_true (write_to (f, "env/around/c", NULL) && exists (f, "env/lib/c"));
  g_assert_true (write_to (f, "env/lib64/deep/d", NULL) && exists (f, "env/lib/deep/d"));
  assert_refused (f, "env/away/a");
  assert_refused (f, "env/away/deep/a");
  assert_refused (f, "env/lib64/away/a");
  assert_refused (f, "env/own/a");
  assert_refused (f, "env/magic/a");
  g_assert_false (write_to (f, "env/dangling/a", NULL));
  g_assert_false (exists (f, "out/a") || exists (f, "out/made") || exists (f, "out/deep/a")
                  || exists (f, "out/deep/made") || exists (f, "env/.venvb-undo/a"));
}

/* What a path leads back to, and what is not below. */
static void
test_elsewhere (Fixture *f, gconstpointer data)
{
  make_link (f, "env", "alias");
  g_assert_true (write_to (f, "env/lib/../e", NULL) && exists (f, "env/e"));
  g_assert_true (write_to (f, "env/../out/a", NULL) && exists (f, "out/a"));
  g_assert_true (write_to (f, "out/b", NULL) && exists (f, "out/b"));
  make (f, "environment");
  g_assert_true (write_to (f, "environment/a", NULL) && exists (f, "environment/a"));
}

/* Something else is there meanwhile. */
static void
test_exchanged (Fixture *f, gconstpointer data)
{
  g_autofree char *away = in (f, "away");
  g_autofree char *lib = in (f, "env/lib");
  g_autofree char *other = in (f, "away/lib");

  g_assert_true (write_to (f, "env/lib/a", NULL));
  g_assert_cmpint (rename (f->dir, away), ==, 0);
  make_link (f, "out", "env");
  beneath_forget ();
  g_assert_true (write_to (f, "env/lib/b", NULL) && exists (f, "away/lib/b"));
  g_assert_true (fs_mkdir_parents (lib, NULL) && !exists (f, "out/lib"));
  g_assert_cmpint (unlink (f->dir), ==, 0);
  make (f, "env/lib");
  beneath_forget ();
  g_assert_true (write_to (f, "env/lib/c", NULL) && exists (f, "away/lib/c"));
  g_assert_false (exists (f, "env/lib/c"));
  g_assert_true (dir_remove_at (AT_FDCWD, other));
  beneath_forget ();
  g_assert_false (write_to (f, "env/lib/d", NULL));
  g_assert_false (exists (f, "env/lib/d"));
}

static void
test_open (Fixture *f, gconstpointer data)
{
  const int flags = O_WRONLY | O_CREAT | O_CLOEXEC;
  int fd;

  make_link (f, "lib", "env/lib64");
  make_link (f, "../out", "env/away");
  make_link (f, "../out/file", "env/file");
  fd = beneath_open (f->top, f->dir, "lib64/a", flags, 0666);
  g_assert_true (fd >= 0 && close (fd) == 0 && exists (f, "env/lib/a"));
  g_assert_cmpint (beneath_open (f->top, NULL, "lib64/b", flags, 0666), <, 0);
  g_assert_cmpint (beneath_open (f->top, f->dir, "away/a", flags, 0666), <, 0);
  g_assert_cmpint (beneath_open (f->top, f->dir, "file", flags, 0666), <, 0);
  g_assert_cmpint (beneath_open (f->top, f->dir, "../out/a", flags, 0666), <, 0);
  g_assert_false (exists (f, "out/a") || exists (f, "out/file") || exists (f, "env/lib/b"));
}

static void (*const all[]) (Fixture *f, gconstpointer data) = {
  test_links,
  test_elsewhere,
  test_exchanged,
  test_open,
};

/* Has openat2() fail from now on, as in old kernels and container runtimes. */
static gboolean
refuse (int failure)
{
#ifdef SECCOMP_MODE_FILTER
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (guint) failure),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { G_N_ELEMENTS (code), code };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
         && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
#else
  return FALSE;
#endif
}

/* All of it once more in a process of its own. */
static void
test_refused (gconstpointer failure)
{
  if (g_test_subprocess ())
    {
      char none;

      g_assert_true (refuse (GPOINTER_TO_INT (failure)));
      g_assert_cmpint (syscall (SYS_openat2, -1, "", &none, 0), <, 0);
      g_assert_cmpint (errno, ==, GPOINTER_TO_INT (failure));
      for (guint i = 0; i < G_N_ELEMENTS (all); i++)
        {
          Fixture f;

          set_up (&f, NULL);
          all[i](&f, NULL);
          tear_down (&f, NULL);
        }
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)
  ADD ("/beneath/links", test_links);
  ADD ("/beneath/elsewhere", test_elsewhere);
  ADD ("/beneath/exchanged", test_exchanged);
  ADD ("/beneath/open", test_open);
  g_test_add_data_func ("/beneath/refused/enosys", GINT_TO_POINTER (ENOSYS), test_refused);
  g_test_add_data_func ("/beneath/refused/eperm", GINT_TO_POINTER (EPERM), test_refused);
  return g_test_run ();
}
