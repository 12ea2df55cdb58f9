plugins_LTLIBRARIES += %D%/lock.la
%C%_lock_la_SOURCES = %D%/lock.c
%C%_lock_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_lock_la_LIBADD = $(PLUGIN_LIBADD) lock/libload.la base/libplace.la
man1_MANS += %D%/venvb-lock.1
EXTRA_DIST += %D%/venvb-lock.pod
