# What locks name.  The room is a module, which is loaded when a lock is to be
# read; its parts are a library for the tests.

noinst_LTLIBRARIES += %D%/liblock.la
%C%_liblock_la_SOURCES = %D%/lock.h %D%/room.h \
	%D%/marker.c %D%/name.c %D%/release.c
