plugins_LTLIBRARIES += %D%/darcs-ignore.la
%C%_darcs_ignore_la_SOURCES = %D%/darcs-ignore.c \
	plugins/common/ignore.c plugins/common/ignore.h \
	plugins/common/files.c plugins/common/files.h base/regular.c base/regular.h \
	base/reserved.c base/reserved.h
%C%_darcs_ignore_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_darcs_ignore_la_LIBADD = $(PLUGIN_LIBADD) base/libturns.la
man1_MANS += %D%/venvb-darcs-ignore.1
EXTRA_DIST += %D%/venvb-darcs-ignore.pod
