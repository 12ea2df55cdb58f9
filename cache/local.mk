# What is kept for the next run.

noinst_LTLIBRARIES += %D%/libcache.la
%C%_libcache_la_SOURCES = %D%/cache.h %D%/ahead.c %D%/cache.c %D%/expect.c %D%/fit.c %D%/images.c %D%/keys.c %D%/notes.c %D%/own-dir.c %D%/remove.c %D%/store.c %D%/upkeep.c
