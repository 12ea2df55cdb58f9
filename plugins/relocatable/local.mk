plugins_LTLIBRARIES += %D%/relocatable.la
%C%_relocatable_la_SOURCES = %D%/relocatable.c %D%/launcher.c %D%/launcher.h \
	%D%/records.c %D%/records.h base/csv.c base/csv.h base/regular.c base/regular.h
%C%_relocatable_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_relocatable_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-relocatable.1
EXTRA_DIST += %D%/venvb-relocatable.pod
