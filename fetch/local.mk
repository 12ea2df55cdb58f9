# Files from servers.  The room is a module, which is loaded when something has to be
# fetched: it has libcurl.

EXTRA_DIST += %D%/fetch.syms
if HAVE_LIBCURL
# base/regular.c is in the library as well, where others can't see it.
modules_LTLIBRARIES += %D%/fetch.la
%C%_fetch_la_SOURCES = %D%/fetch.h %D%/room.h %D%/address.c %D%/credentials.c %D%/look.c %D%/module.c \
	%D%/page.c %D%/pipconf.c %D%/pool.c %D%/request.c %D%/settings.c %D%/store.c %D%/transfer.c %D%/why.c \
	base/regular.c base/regular.h
%C%_fetch_la_CFLAGS = $(AM_CFLAGS) $(LIBCURL_CFLAGS)
%C%_fetch_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined
if HAVE_VERSION_SCRIPT
%C%_fetch_la_LDFLAGS += -Wl,--version-script=$(srcdir)/%D%/fetch.syms
endif
%C%_fetch_la_DEPENDENCIES = base/libsum.la base/libplace.la base/libsecret.la base/libhome.la base/libprograms.la libvenvb.la %D%/fetch.syms
%C%_fetch_la_LIBADD = base/libsum.la base/libplace.la base/libsecret.la base/libhome.la base/libprograms.la libvenvb.la $(LIBCURL_LIBS) $(GLIB_LIBS)
endif
