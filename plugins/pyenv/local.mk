plugins_LTLIBRARIES += %D%/pyenv.la
%C%_pyenv_la_SOURCES = %D%/pyenv.c %D%/versions.c %D%/versions.h \
	plugins/common/values.c plugins/common/values.h \
	pythons/installs.c pythons/installs.h
%C%_pyenv_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_pyenv_la_LIBADD = $(PLUGIN_LIBADD) base/libhome.la base/libprograms.la
man1_MANS += %D%/venvb-pyenv.1
EXTRA_DIST += %D%/venvb-pyenv.pod
