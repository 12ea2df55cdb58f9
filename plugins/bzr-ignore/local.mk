plugins_LTLIBRARIES += %D%/bzr-ignore.la
%C%_bzr_ignore_la_SOURCES = %D%/bzr-ignore.c \
	plugins/common/ignore.c plugins/common/ignore.h \
	plugins/common/files.c plugins/common/files.h base/regular.c base/regular.h \
	base/reserved.c base/reserved.h
%C%_bzr_ignore_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_bzr_ignore_la_LIBADD = $(PLUGIN_LIBADD) base/libturns.la base/libhome.la
man1_MANS += %D%/venvb-bzr-ignore.1
EXTRA_DIST += %D%/venvb-bzr-ignore.pod
