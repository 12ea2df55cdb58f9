# venvb.m4 - find what a plugin of venvb needs                    serial 1
# SPDX-License-Identifier: BSD-2-Clause

# VENVB_PLUGIN([MINIMUM-VERSION], [MINIMUM-API = 1])
# --------------------------------------------------
# Finds an installed venvb of the given version at least, whose plugin
# interface (VENVB_PLUGIN_API) is the given one at least; ends configure with a
# message when there is none.  Substitutes
#
#   VENVB_CFLAGS, VENVB_LIBS  what to compile and link with
#   venvb_plugindir           where plugins are installed to, which the user may
#                             choose with --with-venvb-plugindir=DIR
#
# so that Makefile.am may say "venvb_plugin_LTLIBRARIES = NAME.la".
AC_DEFUN([VENVB_PLUGIN],
[AC_REQUIRE([PKG_PROG_PKG_CONFIG])dnl
AC_REQUIRE([AC_PROG_CC])dnl
PKG_CHECK_MODULES([VENVB], [venvb]m4_ifval([$1], [ >= $1]))
AC_MSG_CHECKING([for version m4_default([$2], [1]) of venvb's plugin interface])
venvb_save_CPPFLAGS=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $VENVB_CFLAGS"
AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#include <venvb-plugin.h>
#if VENVB_PLUGIN_API < ]m4_default([$2], [1])[
#error too old
#endif
]])],
  [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])
   AC_MSG_ERROR([venvb-plugin.h is missing, or too old for this plugin])])
CPPFLAGS=$venvb_save_CPPFLAGS
AC_ARG_WITH([venvb-plugindir],
  [AS_HELP_STRING([--with-venvb-plugindir=DIR],
    [install the plugin to DIR instead of where venvb looks for plugins])],
  [venvb_plugindir=$withval],
  [PKG_CHECK_VAR([venvb_plugindir], [venvb], [plugindir], [],
    [AC_MSG_ERROR([venvb.pc does not say where plugins are])])])
AC_SUBST([venvb_plugindir])
])
