/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * The system calls that tests/faults/inject knows.  One that is missing here
 * is told as unknown, which fails the test: whoever meets it decides whether
 * it is a point where something can go wrong, and of which kind.
 *
 *   CALL (name, kind, path, dir)
 *
 * kind: 'c' changes a file or a directory, 'o' opens (and may make) a file,
 *       'r' reads or looks at one, 'p' is about processes and descriptors,
 *       'm' wants memory, '-' is not a point
 * path: which argument is a path, -1 for none
 * dir:  which argument is the directory it is relative to, or the file
 */

#ifdef SYS_open
CALL (open, 'o', 0, -1)
#endif
CALL (openat, 'o', 1, 0)
CALL (openat2, 'o', 1, 0)
#ifdef SYS_creat
CALL (creat, 'o', 0, -1)
#endif
CALL (memfd_create, 'c', -1, -1)

#ifdef SYS_mkdir
CALL (mkdir, 'c', 0, -1)
CALL (rmdir, 'c', 0, -1)
CALL (link, 'c', 1, -1)
CALL (symlink, 'c', 1, -1)
CALL (rename, 'c', 0, -1)
CALL (unlink, 'c', 0, -1)
CALL (chmod, 'c', 0, -1)
CALL (chown, 'c', 0, -1)
CALL (lchown, 'c', 0, -1)
CALL (mknod, 'c', 0, -1)
#endif
CALL (mkdirat, 'c', 1, 0)
CALL (linkat, 'c', 3, 2)
CALL (symlinkat, 'c', 2, 1)
#ifdef SYS_renameat
CALL (renameat, 'c', 1, 0)
#endif
CALL (renameat2, 'c', 1, 0)
CALL (unlinkat, 'c', 1, 0)
CALL (fchmodat, 'c', 1, 0)
#ifdef SYS_fchmodat2
CALL (fchmodat2, 'c', 1, 0)
#endif
CALL (fchownat, 'c', 1, 0)
CALL (utimensat, 'c', 1, 0)
CALL (mknodat, 'c', 1, 0)
CALL (fchmod, 'c', -1, 0)
CALL (fchown, 'c', -1, 0)
CALL (ftruncate, 'c', -1, 0)
CALL (fallocate, 'c', -1, 0)
CALL (truncate, 'c', 0, -1)
CALL (write, 'c', -1, 0)
CALL (writev, 'c', -1, 0)
CALL (pwrite64, 'c', -1, 0)
CALL (copy_file_range, 'c', -1, 2)
CALL (sendfile, 'c', -1, 0)
CALL (ioctl, 'c', -1, 0)
CALL (flock, 'c', -1, 0)
CALL (close, 'c', -1, 0)

#ifdef SYS_stat
CALL (stat, 'r', 0, -1)
CALL (lstat, 'r', 0, -1)
CALL (access, 'r', 0, -1)
CALL (readlink, 'r', 0, -1)
#endif
CALL (newfstatat, 'r', 1, 0)
CALL (statx, 'r', 1, 0)
CALL (fstat, 'r', -1, 0)
CALL (statfs, 'r', 0, -1)
CALL (fstatfs, 'r', -1, 0)
CALL (faccessat, 'r', 1, 0)
CALL (faccessat2, 'r', 1, 0)
CALL (readlinkat, 'r', 1, 0)
CALL (read, 'r', -1, 0)
CALL (readv, 'r', -1, 0)
CALL (pread64, 'r', -1, 0)
CALL (getdents64, 'r', -1, 0)
#ifdef SYS_getdents /* of a sanitizer */
CALL (getdents, '-', -1, -1)
#endif
CALL (lseek, 'r', -1, 0)
CALL (getcwd, 'r', -1, -1)
CALL (chdir, 'r', 0, -1)
CALL (fchdir, 'r', -1, 0)

#ifdef SYS_fork
CALL (fork, 'p', -1, -1)
CALL (vfork, 'p', -1, -1)
CALL (pipe, 'p', -1, -1)
CALL (dup2, 'p', -1, 0)
CALL (poll, 'p', -1, -1)
#endif
CALL (ppoll, 'p', -1, -1)
CALL (clone, 'p', -1, -1)
CALL (clone3, 'p', -1, -1)
CALL (execve, 'p', 0, -1)
CALL (pipe2, 'p', -1, -1)
CALL (dup, 'p', -1, 0)
CALL (dup3, 'p', -1, 0)
CALL (fcntl, 'p', -1, 0)
CALL (wait4, 'p', -1, -1)
CALL (waitid, 'p', -1, -1)
CALL (socket, 'p', -1, -1)
CALL (socketpair, 'p', -1, -1)
CALL (connect, 'p', -1, -1)
CALL (sendmsg, 'p', -1, 0)
CALL (recvmsg, 'p', -1, 0)
CALL (sendto, 'p', -1, 0)
CALL (recvfrom, 'p', -1, 0)

CALL (mmap, 'm', -1, 4)
CALL (brk, 'm', -1, -1)
CALL (mremap, 'm', -1, -1)

CALL (munmap, '-', -1, -1)
CALL (mprotect, '-', -1, -1)
CALL (madvise, '-', -1, -1)
#ifdef SYS_arch_prctl
CALL (arch_prctl, '-', -1, -1)
CALL (getpgrp, '-', -1, -1)
#endif
CALL (close_range, '-', -1, -1)
CALL (umask, '-', -1, -1)
CALL (uname, '-', -1, -1)
CALL (sysinfo, '-', -1, -1)
CALL (getrandom, '-', -1, -1)
CALL (getpid, '-', -1, -1)
CALL (gettid, '-', -1, -1)
CALL (getppid, '-', -1, -1)
CALL (getuid, '-', -1, -1)
CALL (getgid, '-', -1, -1)
CALL (geteuid, '-', -1, -1)
CALL (getegid, '-', -1, -1)
CALL (setpgid, '-', -1, -1)
CALL (getrlimit, '-', -1, -1)
CALL (prlimit64, '-', -1, -1)
CALL (getrusage, '-', -1, -1)
CALL (getpeername, '-', -1, -1)
CALL (getsockname, '-', -1, -1)
CALL (getsockopt, '-', -1, -1)
CALL (getxattr, '-', -1, -1)
CALL (lgetxattr, '-', -1, -1)
CALL (fgetxattr, '-', -1, -1)
CALL (flistxattr, '-', -1, -1)
CALL (fsetxattr, 'c', -1, 0)
CALL (fremovexattr, 'c', -1, 0)
CALL (prctl, '-', -1, -1)
CALL (kill, '-', -1, -1)
CALL (tkill, '-', -1, -1)
CALL (tgkill, '-', -1, -1)
CALL (ptrace, '-', -1, -1)
CALL (pidfd_open, '-', -1, -1)
CALL (futex, '-', -1, -1)
CALL (nanosleep, '-', -1, -1)
CALL (clock_nanosleep, '-', -1, -1)
CALL (clock_gettime, '-', -1, -1)
CALL (clock_getres, '-', -1, -1)
CALL (gettimeofday, '-', -1, -1)
CALL (sched_yield, '-', -1, -1)
CALL (sched_getaffinity, '-', -1, -1)
CALL (restart_syscall, '-', -1, -1)
CALL (rt_sigaction, '-', -1, -1)
CALL (rt_sigprocmask, '-', -1, -1)
CALL (rt_sigreturn, '-', -1, -1)
CALL (sigaltstack, '-', -1, -1)
CALL (set_tid_address, '-', -1, -1)
CALL (set_robust_list, '-', -1, -1)
CALL (rseq, '-', -1, -1)
CALL (exit, '-', -1, -1)
CALL (exit_group, '-', -1, -1)
