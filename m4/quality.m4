# quality.m4 - what is asked of the compiler beyond compiling
# SPDX-License-Identifier: BSD-2-Clause

# VENVB_APPEND_FLAG(VARIABLE, FLAG, [PROGRAM], [OTHER-FLAGS])
# -----------------------------------------------------------
# Appends an option to VARIABLE when compiling and linking with it gives no
# warning.  Those of the user are tried together with it.
AC_DEFUN([VENVB_APPEND_FLAG],
[AC_MSG_CHECKING([for $2])
venvb_save_CFLAGS=$CFLAGS
CFLAGS="-Werror $4 $2 $CFLAGS"
AC_LINK_IFELSE([m4_default([$3], [AC_LANG_PROGRAM()])],
  [AC_MSG_RESULT([yes])
   $1="${$1:+$$1 }$2"],
  [AC_MSG_RESULT([no])])
CFLAGS=$venvb_save_CFLAGS
])

# VENVB_HARDENING
# ---------------
# Makes mistakes in C harder to exploit, unless --disable-hardening is given or
# there are sanitizers, which want to see the mistakes themselves.  Substitutes
# HARDENING_CFLAGS and HARDENING_LDFLAGS, which stand before those of the user,
# and PIE_CFLAGS and PIE_LDFLAGS, for programs.
#
# _FORTIFY_SOURCE is left alone where it is defined already, by the user or the
# compiler, and where nothing is optimized: it would do nothing but warn.
AC_DEFUN([VENVB_HARDENING],
[AC_REQUIRE([AC_PROG_CC])dnl
AC_ARG_ENABLE([hardening],
  [AS_HELP_STRING([--disable-hardening], [leave out the options that harden the programs])],
  [], [enable_hardening=yes])
HARDENING_CFLAGS= HARDENING_LDFLAGS= PIE_CFLAGS= PIE_LDFLAGS=
AS_IF([test "$enable_hardening" = yes && test -z "$SANITIZER_FLAGS"],
  [for venvb_flag in -fstack-protector-strong -fstack-clash-protection -fcf-protection
   do
     VENVB_APPEND_FLAG([HARDENING_CFLAGS], [$venvb_flag])
   done
   venvb_before=$HARDENING_CFLAGS
   for venvb_level in 3 2
   do
     AS_IF([test "$HARDENING_CFLAGS" = "$venvb_before"],
       [VENVB_APPEND_FLAG([HARDENING_CFLAGS], [-D_FORTIFY_SOURCE=$venvb_level],
         [AC_LANG_PROGRAM([[
#ifndef __OPTIMIZE__
#error does nothing then
#endif
#include <string.h>]])])])
   done
   for venvb_flag in -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack
   do
     VENVB_APPEND_FLAG([HARDENING_LDFLAGS], [$venvb_flag])
   done
   VENVB_APPEND_FLAG([PIE_LDFLAGS], [-pie], [], [-fPIE])
   AS_IF([test -n "$PIE_LDFLAGS"], [PIE_CFLAGS=-fPIE])])
AC_SUBST([HARDENING_CFLAGS])
AC_SUBST([HARDENING_LDFLAGS])
AC_SUBST([PIE_CFLAGS])
AC_SUBST([PIE_LDFLAGS])
])

# VENVB_COVERAGE_OPTION
# ---------------------
# Reads --enable-coverage.  To be called before AC_PROG_CC: lines that the
# optimizer has merged or removed can't be counted, so nothing is optimized
# when the user does not say otherwise.
AC_DEFUN([VENVB_COVERAGE_OPTION],
[AC_BEFORE([$0], [AC_PROG_CC])dnl
AC_ARG_ENABLE([coverage],
  [AS_HELP_STRING([--enable-coverage], [count which lines the tests run: make coverage])],
  [], [enable_coverage=no])
AS_IF([test "$enable_coverage" = yes], [: "${CFLAGS=-g -O0}"])
])

# VENVB_COVERAGE
# --------------
# Has gcc count lines, and finds the gcov that reads what it writes.  A run's
# counts are kept when it ends in a signal handler only where writing them
# there is safe, which before execv () it is not.
AC_DEFUN([VENVB_COVERAGE],
[AC_REQUIRE([VENVB_COVERAGE_OPTION])dnl
COVERAGE_FLAGS=
AS_IF([test "$enable_coverage" = yes],
  [VENVB_APPEND_FLAG([COVERAGE_FLAGS], [--coverage -fprofile-update=atomic -fno-builtin-execv])
   GCOV=`$CC -print-prog-name=gcov`
   AS_IF([test -z "$COVERAGE_FLAGS" || test "`$GCOV --help 2>&1 | grep -c json-format`" -eq 0],
         [AC_MSG_ERROR([--enable-coverage needs gcc and its gcov, version 9 or newer])])])
AM_CONDITIONAL([ENABLE_COVERAGE], [test "$enable_coverage" = yes])
AC_SUBST([COVERAGE_FLAGS])
AC_SUBST([GCOV])
])
