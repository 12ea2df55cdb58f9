# Which Python.

noinst_LTLIBRARIES += %D%/libpythons.la
%C%_libpythons_la_SOURCES = %D%/pythons.h \
	%D%/discover.c %D%/facts.c %D%/installs.c %D%/installs.h %D%/instead.c %D%/instead.h %D%/project.c %D%/python.c \
	%D%/pythons.c %D%/request.c %D%/shims.c
nodist_%C%_libpythons_la_SOURCES = %D%/facts.h

# The script that asks a Python about itself.
BUILT_SOURCES += %D%/facts.h
CLEANFILES += %D%/facts.h
EXTRA_DIST += %D%/facts.py
