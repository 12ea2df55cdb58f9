# What is below everything else: files, programs, texts.

noinst_LTLIBRARIES += %D%/libbase.la
%C%_libbase_la_SOURCES = %D%/base.h %D%/csv.c %D%/csv.h \
	%D%/beneath.c %D%/beneath.h %D%/changes.c %D%/changes.h %D%/copy.c %D%/copy.h %D%/dir.c %D%/errors.c %D%/fs.c \
	%D%/launch.c %D%/launch.h %D%/newer.h %D%/proc.c %D%/progress.c %D%/progress.h %D%/put.c %D%/put.h %D%/trust.c %D%/version.c \
	%D%/reserved.c %D%/reserved.h %D%/workers.c %D%/workers.h
%C%_libbase_la_LIBADD = %D%/libchildren.la %D%/libjson.la %D%/libsecret.la %D%/libprograms.la %D%/libhome.la %D%/libunnamed.la \
	%D%/libturns.la %D%/libsum.la %D%/libplace.la %D%/libnames.la %D%/libnearest.la %D%/libregular.la $(GLIB_LIBS)

# Files without names: for a plugin as well.
noinst_LTLIBRARIES += %D%/libunnamed.la
%C%_libunnamed_la_SOURCES = %D%/newer.h %D%/unnamed.c %D%/unnamed.h

# The programs that a run has started: for the kit as well.
noinst_LTLIBRARIES += %D%/libchildren.la
%C%_libchildren_la_SOURCES = %D%/children.c

# The writer of JSON, for the command as well.
noinst_LTLIBRARIES += %D%/libjson.la
%C%_libjson_la_SOURCES = %D%/json.c %D%/json.h

# What is secret in a text: for the command and some plugins, too.
noinst_LTLIBRARIES += %D%/libsecret.la
%C%_libsecret_la_SOURCES = %D%/secret.c %D%/secret.h

# Where a user has things of his own: for the command and some plugins as well.
noinst_LTLIBRARIES += %D%/libhome.la
%C%_libhome_la_SOURCES = %D%/home.c %D%/home.h

# Programs on PATH: for the kit and some plugins as well.
noinst_LTLIBRARIES += %D%/libprograms.la
%C%_libprograms_la_SOURCES = %D%/programs.c %D%/programs.h

# Waiting for a lock: for some plugins as well.
noinst_LTLIBRARIES += %D%/libturns.la
%C%_libturns_la_SOURCES = %D%/turns.c %D%/turns.h

# Where venvb's own files are: for the kit and who loads a module as well.
noinst_LTLIBRARIES += %D%/libplace.la
%C%_libplace_la_SOURCES = %D%/place.c %D%/place.h
%C%_libplace_la_CPPFLAGS = $(AM_CPPFLAGS) -DVENVB_LIBDIR=\"$(libdir)\" \
	-DVENVB_MODULEDIR=\"$(modulesdir)\"

# Checksums, and modules that are loaded when they are needed: for the module that reads
# locks as well.
noinst_LTLIBRARIES += %D%/libsum.la
%C%_libsum_la_SOURCES = %D%/module.c %D%/module.h %D%/sum.c %D%/sum.h

# The module that computes them with the processor's own instructions.
if HAVE_LIBCRYPTO
modules_LTLIBRARIES += %D%/sums.la
%C%_sums_la_SOURCES = %D%/sums.c %D%/sum.h
%C%_sums_la_CFLAGS = $(AM_CFLAGS) $(LIBCRYPTO_CFLAGS)
%C%_sums_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined
%C%_sums_la_LIBADD = $(LIBCRYPTO_LIBS) $(GLIB_LIBS)
endif

# Which word was meant: for the kit and the command as well.
noinst_LTLIBRARIES += %D%/libnearest.la
%C%_libnearest_la_SOURCES = %D%/nearest.c %D%/nearest.h

# What is in a directory: for the command and a plugin as well.
noinst_LTLIBRARIES += %D%/libnames.la
%C%_libnames_la_SOURCES = %D%/names.c %D%/names.h

# Files that may be anything: for the command as well.
noinst_LTLIBRARIES += %D%/libregular.la
%C%_libregular_la_SOURCES = %D%/regular.c %D%/regular.h
