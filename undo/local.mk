# What makes a run one that leaves all or nothing.

noinst_LTLIBRARIES += %D%/libundo.la
%C%_libundo_la_SOURCES = \
	%D%/undo.h %D%/room.h %D%/aside.c %D%/dists.c %D%/doubt.c %D%/elsewhere.c %D%/entries.c %D%/envdir.c %D%/fate.c %D%/guard.c \
	%D%/handover.c %D%/identity.c %D%/isolate.c %D%/journal.c %D%/log.c %D%/look.c %D%/merge.c %D%/mounts.c %D%/older.c \
	%D%/outcome.c %D%/owned.c %D%/paths.c %D%/prefix.c %D%/putback.c %D%/recover.c %D%/rest.c %D%/since.c %D%/step.c %D%/sweep.c %D%/takeback.c %D%/temp.c %D%/times.c %D%/undo.c %D%/writes.c
