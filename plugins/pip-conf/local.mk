plugins_LTLIBRARIES += %D%/pip-conf.la
%C%_pip_conf_la_SOURCES = %D%/conf.c %D%/conf.h %D%/pip-conf.c \
	plugins/common/files.c plugins/common/files.h base/regular.c base/regular.h \
	base/reserved.c base/reserved.h
%C%_pip_conf_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_pip_conf_la_LIBADD = $(PLUGIN_LIBADD) base/libsecret.la
man1_MANS += %D%/venvb-pip-conf.1
EXTRA_DIST += %D%/venvb-pip-conf.pod
