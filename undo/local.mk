# What makes a run one that leaves all or nothing.

noinst_LTLIBRARIES += %D%/libundo.la
%C%_libundo_la_SOURCES = \
	%D%/undo.h %D%/elsewhere.c %D%/envdir.c %D%/handover.c %D%/isolate.c \
	%D%/journal.c %D%/mounts.c %D%/prefix.c %D%/snapshot.c %D%/stamp.c %D%/undo.c
