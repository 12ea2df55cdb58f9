plugins_LTLIBRARIES += %D%/requirements.la
%C%_requirements_la_SOURCES = %D%/installed.c %D%/installed.h %D%/native.c %D%/native.h %D%/pyproject.c %D%/pyproject.h \
	%D%/requirements.c %D%/uv.c %D%/uv.h \
	plugins/common/wheels.c plugins/common/wheels.h \
	base/regular.c base/regular.h
nodist_%C%_requirements_la_SOURCES = %D%/read-pyproject.h
%C%_requirements_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_builddir)/%D%
%C%_requirements_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_requirements_la_LIBADD = $(PLUGIN_LIBADD) base/libhome.la base/libprograms.la lock/libload.la base/libplace.la
BUILT_SOURCES += %D%/read-pyproject.h
CLEANFILES += %D%/read-pyproject.h
EXTRA_DIST += %D%/read-pyproject.py
man1_MANS += %D%/venvb-requirements.1
EXTRA_DIST += %D%/venvb-requirements.pod
