# The command, which uses the library as any other program would.

bin_PROGRAMS += %D%/venvb
%C%_venvb_SOURCES = %D%/command.h %D%/report.h %D%/told.h \
	%D%/answers.c %D%/check.c %D%/checkconfig.c %D%/config.c %D%/decisions.c %D%/envvars.c %D%/explain.c %D%/files.c %D%/hints.c %D%/installed.c %D%/lines.c %D%/locks.c \
	%D%/main.c %D%/meant.c %D%/options.c %D%/output.c %D%/problems.c %D%/progress.c %D%/refused.c %D%/report.c %D%/settings.c %D%/show.c %D%/steps.c %D%/summary.c %D%/timings.c
%C%_venvb_LDADD = libvenvb.la base/libhome.la base/libjson.la base/libnames.la base/libnearest.la base/libregular.la base/libsecret.la kit/libkit.la $(GLIB_LIBS)
%C%_venvb_LDFLAGS = $(AM_LDFLAGS) $(PIE_LDFLAGS)

# What --json prints, for programs that check it.
schemadir = $(pkgdatadir)/json
dist_schema_DATA = %D%/venvb.schema.json
