# What locks name.  The room is a module, which is loaded when a lock is to be
# read; all of it but the reader of TOML is a library for the tests, too.

noinst_LTLIBRARIES += %D%/liblock.la
%C%_liblock_la_SOURCES = %D%/lock.h %D%/node.h %D%/room.h \
	%D%/build.c %D%/choose.c %D%/depth.c %D%/digest.c %D%/direct.c %D%/env.c %D%/filename.c \
	%D%/installed.c %D%/lock.c %D%/marker.c %D%/name.c %D%/node.c \
	%D%/plan.c %D%/pylock.c %D%/refusal.c %D%/release.c %D%/reqline.c %D%/reqs.c %D%/select.c \
	%D%/sources.c %D%/state.c %D%/table.c

# Who wants a lock loads it: plugins, and the library.
noinst_LTLIBRARIES += %D%/libload.la
%C%_liblock_la_LIBADD = %D%/libload.la
%C%_libload_la_SOURCES = %D%/age.c %D%/load.c
%C%_libload_la_CPPFLAGS = $(AM_CPPFLAGS) -DVENVB_LOCK_PACKAGE=\"$(LOCK_PACKAGE)\"

EXTRA_DIST += %D%/lock.syms
if HAVE_TOML
noinst_LTLIBRARIES += %D%/libtoml.la
%C%_libtoml_la_SOURCES = %D%/read.c %D%/toml.cc
%C%_libtoml_la_CXXFLAGS = $(AM_CXXFLAGS) -std=c++17 -Wall -Wextra $(TOML_CFLAGS) $(HARDENING_CFLAGS)
%C%_libtoml_la_LIBADD = $(TOML_LIBS)

# base/regular.c and base/json.c are in the library as well, where others can't see it.
modules_LTLIBRARIES += %D%/lock.la
%C%_lock_la_SOURCES = %D%/compare.c %D%/fetch.c %D%/index.c %D%/kit.c %D%/module.c %D%/run.c %D%/sync.c \
	base/json.c base/json.h base/regular.c base/regular.h
nodist_EXTRA_%C%_lock_la_SOURCES = %D%/linked-as-cxx.cc
%C%_lock_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined
if HAVE_VERSION_SCRIPT
%C%_lock_la_LDFLAGS += -Wl,--version-script=$(srcdir)/%D%/lock.syms
endif
%C%_lock_la_DEPENDENCIES = %D%/liblock.la %D%/libtoml.la wheel/libtags.la base/libsum.la base/libplace.la libvenvb.la %D%/lock.syms
%C%_lock_la_LIBADD = %D%/liblock.la %D%/libtoml.la wheel/libtags.la base/libsum.la base/libplace.la libvenvb.la $(TOML_LIBS) $(GLIB_LIBS)
endif
