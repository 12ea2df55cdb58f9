plugins_LTLIBRARIES += %D%/setuptools.la
%C%_setuptools_la_SOURCES = %D%/requirement.c %D%/requirement.h %D%/setuptools.c \
	plugins/common/wheels.c plugins/common/wheels.h \
	base/regular.c base/regular.h
%C%_setuptools_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_setuptools_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-setuptools.1
EXTRA_DIST += %D%/venvb-setuptools.pod
