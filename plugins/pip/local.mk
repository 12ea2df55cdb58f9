plugins_LTLIBRARIES += %D%/pip.la
%C%_pip_la_SOURCES = %D%/pip.c \
	plugins/common/wheels.c plugins/common/wheels.h \
	base/regular.c base/regular.h
%C%_pip_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_pip_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-pip.1
EXTRA_DIST += %D%/venvb-pip.pod
