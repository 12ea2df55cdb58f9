plugins_LTLIBRARIES += %D%/activate-this.la
%C%_activate_this_la_SOURCES = %D%/activate-this.c plugins/common/scripts.h
%C%_activate_this_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_activate_this_la_LIBADD = $(PLUGIN_LIBADD)
activate_thisdatadir = $(plugindatadir)/activate-this/templates/common
dist_activate_thisdata_DATA = %D%/templates/common/activate_this.py
man1_MANS += %D%/venvb-activate-this.1
EXTRA_DIST += %D%/venvb-activate-this.pod
