# Wheels.  The module that reads zip files is loaded when one is unpacked; the
# rest is part of the library.

modules_LTLIBRARIES += %D%/unpack.la
%C%_unpack_la_SOURCES = %D%/inflate.c %D%/inflate.h %D%/unpack.c %D%/unpack.h
%C%_unpack_la_CFLAGS = $(AM_CFLAGS) $(LIBZIP_CFLAGS) $(LIBDEFLATE_CFLAGS)
%C%_unpack_la_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -no-undefined
%C%_unpack_la_LIBADD = $(LIBZIP_LIBS) $(LIBDEFLATE_LIBS) $(GLIB_LIBS)

noinst_LTLIBRARIES += %D%/libwheel.la
%C%_libwheel_la_SOURCES = \
	%D%/wheel.h %D%/room.h %D%/unpack.h \
	%D%/archive.c %D%/byte-code.c %D%/check.c %D%/compile.c %D%/entry-points.c %D%/extract.c \
	%D%/image.c %D%/install.c %D%/launcher.c %D%/link.c %D%/manifest.c \
	%D%/names.c %D%/place.c %D%/record.c %D%/remove.c %D%/requires.c %D%/source.c %D%/verify.c
%C%_libwheel_la_LIBADD = %D%/libtags.la

# What names of wheels say: for the module that reads locks as well.
noinst_LTLIBRARIES += %D%/libtags.la
%C%_libtags_la_SOURCES = %D%/metadata.c %D%/platform.c %D%/refuse.c %D%/tags.c
