/* SPDX-License-Identifier: BSD-2-Clause */

/* old-kernel COMMAND [ARGUMENT...] runs a command for which every system call that
 * Linux 4.4 did not have yet is none, as it was then. */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef __x86_64__
#define FIRST_NEW 326 /* copy_file_range, Linux 4.5 */
#else
#define FIRST_NEW 285
#endif

int
main (int argc, char **argv)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JGE | BPF_K, FIRST_NEW, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { sizeof filter / sizeof *filter, filter };

  if (argc < 2 || prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
      || prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
    {
      perror ("old-kernel");
      return 1;
    }
  execvp (argv[1], argv + 1);
  perror (argv[1]);
  return 1;
}
