plugins_LTLIBRARIES += %D%/nushell.la
%C%_nushell_la_SOURCES = %D%/nushell.c plugins/common/scripts.h
%C%_nushell_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_nushell_la_LIBADD = $(PLUGIN_LIBADD)
nushelldatadir = $(plugindatadir)/nushell/templates/posix
dist_nushelldata_DATA = %D%/templates/posix/activate.nu
man1_MANS += %D%/venvb-nushell.1
EXTRA_DIST += %D%/venvb-nushell.pod
