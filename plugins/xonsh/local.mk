plugins_LTLIBRARIES += %D%/xonsh.la
%C%_xonsh_la_SOURCES = %D%/xonsh.c plugins/common/scripts.h
%C%_xonsh_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_xonsh_la_LIBADD = $(PLUGIN_LIBADD)
xonshdatadir = $(plugindatadir)/xonsh/templates/posix
dist_xonshdata_DATA = %D%/templates/posix/activate.xsh
man1_MANS += %D%/venvb-xonsh.1
EXTRA_DIST += %D%/venvb-xonsh.pod
