plugins_LTLIBRARIES += %D%/cachedir-tag.la
%C%_cachedir_tag_la_SOURCES = %D%/cachedir-tag.c
%C%_cachedir_tag_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_cachedir_tag_la_LIBADD = $(PLUGIN_LIBADD)
man1_MANS += %D%/venvb-cachedir-tag.1
EXTRA_DIST += %D%/venvb-cachedir-tag.pod
