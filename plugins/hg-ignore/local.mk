plugins_LTLIBRARIES += %D%/hg-ignore.la
%C%_hg_ignore_la_SOURCES = %D%/hg-ignore.c \
	plugins/common/ignore.c plugins/common/ignore.h \
	plugins/common/files.c plugins/common/files.h base/regular.c base/regular.h \
	base/reserved.c base/reserved.h
%C%_hg_ignore_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_hg_ignore_la_LIBADD = $(PLUGIN_LIBADD) base/libturns.la
man1_MANS += %D%/venvb-hg-ignore.1
EXTRA_DIST += %D%/venvb-hg-ignore.pod
