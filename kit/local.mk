# The kit for authors of plugins.

noinst_LTLIBRARIES += %D%/libkit.la
%C%_libkit_la_SOURCES = %D%/kit.h %D%/room.h \
	%D%/check.c %D%/child.c %D%/desc.c %D%/elf.c %D%/examine.c %D%/left.c %D%/memory.c \
	%D%/new-plugin.c %D%/outside.c %D%/run.c %D%/session.c %D%/state.c %D%/tree.c %D%/values.c
%C%_libkit_la_LIBADD = core/libspec.la core/libtable.la base/libchildren.la base/libhome.la base/libnearest.la base/libplace.la base/libprograms.la base/libsecret.la

# What "venvb --new-plugin" writes.

kitcommondir = $(kitdir)/common
kitmakedir = $(kitdir)/make
kitautotoolsdir = $(kitdir)/autotools
kitmesondir = $(kitdir)/meson
dist_kitcommon_DATA = %D%/template/common/NAME.c %D%/template/common/test.sh \
	%D%/template/common/venvb-NAME.1 %D%/template/common/README.md \
	%D%/template/common/LICENSE
dist_kitmake_DATA = %D%/template/make/Makefile %D%/template/make/INSTALL.md \
	%D%/template/make/dot-gitignore
dist_kitautotools_DATA = %D%/template/autotools/configure.ac \
	%D%/template/autotools/Makefile.am %D%/template/autotools/INSTALL.md \
	%D%/template/autotools/dot-gitignore
dist_kitmeson_DATA = %D%/template/meson/meson.build \
	%D%/template/meson/meson_options.txt %D%/template/meson/INSTALL.md \
	%D%/template/meson/dot-gitignore

# What a plugin's configure.ac uses.

aclocaldir = $(datadir)/aclocal
dist_aclocal_DATA = m4/venvb.m4
