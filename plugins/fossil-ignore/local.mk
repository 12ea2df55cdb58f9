plugins_LTLIBRARIES += %D%/fossil-ignore.la
%C%_fossil_ignore_la_SOURCES = %D%/fossil-ignore.c \
	plugins/common/ignore.c plugins/common/ignore.h \
	plugins/common/files.c plugins/common/files.h base/regular.c base/regular.h \
	base/reserved.c base/reserved.h
%C%_fossil_ignore_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_fossil_ignore_la_LIBADD = $(PLUGIN_LIBADD) base/libturns.la
man1_MANS += %D%/venvb-fossil-ignore.1
EXTRA_DIST += %D%/venvb-fossil-ignore.pod
