/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * What a plugin changes where it has no business: outside of the scratch directory, which
 * holds the environment, a home and all else that is a user's.  The kernel asks before
 * each call that changes a file, whichever program makes it (seccomp_unotify(2)); it is
 * looked at, and goes on.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "config.h"

#include "kit/room.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define NONE (-1)
#define MOST_LINKS 40
#define WRITING (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)

/* The calls that change a file: which argument names it, which the directory that this is
 * relative to, and of one that opens which has the flags. */
typedef struct
{
  int nr;
  int path, dir, flags;
  gboolean makes; /* what has the name already is not changed */
} Call;

/* clang-format off */
static const Call calls[] = {
#ifdef SYS_open
  { SYS_open, 0, NONE, 1, FALSE }, { SYS_creat, 0, NONE, NONE, FALSE },
  { SYS_mkdir, 0, NONE, NONE, TRUE }, { SYS_rmdir, 0, NONE, NONE, FALSE },
  { SYS_link, 1, NONE, NONE, TRUE }, { SYS_symlink, 1, NONE, NONE, TRUE },
  { SYS_rename, 1, NONE, NONE, FALSE }, { SYS_unlink, 0, NONE, NONE, FALSE },
  { SYS_chmod, 0, NONE, NONE, FALSE }, { SYS_chown, 0, NONE, NONE, FALSE },
#endif
  { SYS_openat, 1, 0, 2, FALSE }, { SYS_mkdirat, 1, 0, NONE, TRUE },
  { SYS_linkat, 3, 2, NONE, TRUE }, { SYS_symlinkat, 2, 1, NONE, TRUE },
#ifdef SYS_renameat
  { SYS_renameat, 3, 2, NONE, FALSE },
#endif
  { SYS_renameat2, 3, 2, NONE, FALSE }, { SYS_unlinkat, 1, 0, NONE, FALSE },
  { SYS_fchmodat, 1, 0, NONE, FALSE }, { SYS_fchownat, 1, 0, NONE, FALSE },
  { SYS_truncate, 0, NONE, NONE, FALSE },
};
/* clang-format on */

#if G_BYTE_ORDER == G_LITTLE_ENDIAN
#define LOW_WORD(arg) (offsetof (struct seccomp_data, args) + 8 * (arg))
#else
#define LOW_WORD(arg) (offsetof (struct seccomp_data, args) + 8 * (arg) + 4)
#endif

/* Has the kernel ask about the calls of this process, and of what it starts, from now on.
 * Returns what is to be listened to, or -1 with errno set. */
int
outside_begin (void)
{
  struct sock_filter code[5 * G_N_ELEMENTS (calls) + 2];
  struct sock_fprog program = { .filter = code };
  guint n = 0;

  code[n++] =
      (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr));
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      gboolean opens = calls[i].flags != NONE;

      code[n++] =
          (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, calls[i].nr, 0, opens ? 4 : 1);
      if (opens)
        {
          code[n++] =
              (struct sock_filter) BPF_STMT (BPF_LD | BPF_W | BPF_ABS, LOW_WORD (calls[i].flags));
          code[n++] = (struct sock_filter) BPF_JUMP (BPF_JMP | BPF_JSET | BPF_K, WRITING, 1, 0);
          code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
        }
      code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
    }
  code[n++] = (struct sock_filter) BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  program.len = n;
  if (geteuid () != 0 && prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return -1;
  return syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

/* The text at an address of another process: free with g_free(); NULL where it can't be
 * read.  It may end with a page. */
static char *
read_text (pid_t pid, guint64 address)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len < 4096)
    {
      char part[256];
      struct iovec to = { part, sizeof part - address % sizeof part };
      struct iovec from = { (gpointer) (guintptr) address, to.iov_len };
      ssize_t n = process_vm_readv (pid, &to, 1, &from, 1, 0);

      if (n <= 0)
        return NULL;
      g_string_append_len (text, part, strnlen (part, n));
      if (memchr (part, '\0', n) != NULL)
        return g_string_free (g_steal_pointer (&text), FALSE);
      address += n;
    }
  return NULL;
}

/* Where an absolute path is, links on the way resolved, also those in its place where a
 * call follows them, even to nothing.  Free with g_free(); NULL when nothing can be there. */
static char *
follow (const char *path, guint follows)
{
  g_autofree char *above = g_path_get_dirname (path);
  g_autofree char *last = g_path_get_basename (path);
  g_autofree char *target = follows > 0 ? g_file_read_link (path, NULL) : NULL;
  char *real = realpath (above, NULL);
  g_autofree char *found =
      real == NULL ? NULL : g_canonicalize_filename (target != NULL ? target : last, real);

  free (real);
  return found != NULL && target != NULL ? follow (found, follows - 1) : g_steal_pointer (&found);
}

/* The same for a path of another process. */
static char *
resolve (pid_t pid, int dir, const char *name, gboolean follows)
{
  g_autofree char *link = dir == AT_FDCWD ? g_strdup_printf ("/proc/%d/cwd", (int) pid)
                                          : g_strdup_printf ("/proc/%d/fd/%d", (int) pid, dir);
  g_autofree char *base = name[0] == '/' ? NULL : g_file_read_link (link, NULL);
  g_autofree char *path = base == NULL ? g_strdup (name) : g_build_filename (base, name, NULL);

  return path[0] == '/' ? follow (path, follows ? MOST_LINKS : 0) : NULL;
}

/* Tells whether the call has an effect: whether what it is about is there, or is not,
 * and may be changed. */
static gboolean
has_effect (const Call *call, guint flags, const char *path)
{
  struct stat st;
  gboolean is_there = lstat (path, &st) == 0;
  gboolean opens = call->flags != NONE || call->path == 0;
  g_autofree char *above = g_path_get_dirname (path);

  if (is_there ? call->makes : !call->makes && !(flags & O_CREAT))
    return FALSE;
  if (is_there && call->flags != NONE)
    return S_ISREG (st.st_mode) && access (path, W_OK) == 0;
  return opens || access (above, W_OK) == 0;
}

/* Tells whether a path begins with another. */
static gboolean
begins (const char *path, const char *dir)
{
  gsize length = strlen (dir);

  return length > 0 && strncmp (path, dir, length) == 0;
}

/* Tells whether a plugin may change this: what is in the scratch directory, what its
 * options name, what is no file, and what every Python leaves. */
static gboolean
is_its_own (const Check *check, const char *path)
{
  if (begins (path, check->scratch) || begins (path, "/dev/") || begins (path, "/proc/")
      || begins (path, "/sys/") || strstr (path, "/__pycache__") != NULL
      || strstr (path, " (deleted)") != NULL)
    return TRUE;
  for (guint i = 1; i < check->options->len; i += 2)
    if (begins (path, g_ptr_array_index (check->options, i)))
      return TRUE;
  return FALSE;
}

/* Reports a change, once for each function and directory: a file that is written aside has
 * another name in each run. */
static void
report (Check *check, const char *path)
{
  g_autofree char *above = g_path_get_dirname (path);

  if (g_hash_table_add (check->said, g_strdup_printf ("%s: %s", check->where, above)))
    check_problem (check,
                   "%s: changes '%s', which is neither in the environment nor in HOME or TMPDIR",
                   check->where, path);
}

/* Looks at a call, if it is the plugin that makes it. */
static void
judge (Check *check, const struct seccomp_notif *notif)
{
  const __u64 *args = notif->data.args;
  const Call *call = calls;

  if (check->where[0] == '\0')
    return;
  while (call < calls + G_N_ELEMENTS (calls) && call->nr != notif->data.nr)
    call++;
  if (call == calls + G_N_ELEMENTS (calls))
    return;
  guint flags = call->flags == NONE ? 0 : args[call->flags];
  g_autofree char *name = read_text (notif->pid, args[call->path]);
  g_autofree char *path =
      name == NULL || name[0] == '\0'
          ? NULL
          : resolve (notif->pid, call->dir == NONE ? AT_FDCWD : (int) args[call->dir], name,
                     call->flags != NONE && !(flags & (O_NOFOLLOW | O_EXCL)));
  if (path != NULL && !is_its_own (check, path) && has_effect (call, flags, path))
    report (check, path);
}

/* Answers the kernel, which asks: the call goes on. */
void
outside_answer (Check *check)
{
  struct seccomp_notif_sizes sizes = { 0 };

  if (syscall (SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) < 0)
    return;
  g_autofree struct seccomp_notif *notif =
      g_malloc0 (MAX (sizes.seccomp_notif, sizeof (struct seccomp_notif)));
  g_autofree struct seccomp_notif_resp *answer =
      g_malloc0 (MAX (sizes.seccomp_notif_resp, sizeof (struct seccomp_notif_resp)));
  if (ioctl (check->listener, SECCOMP_IOCTL_NOTIF_RECV, notif) < 0)
    return;
  judge (check, notif);
  answer->id = notif->id;
  answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ioctl (check->listener, SECCOMP_IOCTL_NOTIF_SEND, answer);
}
