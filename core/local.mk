# The engine.

noinst_LTLIBRARIES += %D%/libcore.la
%C%_libcore_la_SOURCES = %D%/core.h %D%/room.h \
	%D%/attempt.c %D%/attrs.c %D%/builder.c %D%/context.c %D%/create.c %D%/data.c %D%/describe.c %D%/dryrun.c %D%/files.c %D%/flags.c %D%/infos.c \
	%D%/loader.c %D%/order.c %D%/parts.c %D%/pipeline.c %D%/plugin.c %D%/plugins.c %D%/redirect.c \
	%D%/requests.c \
	%D%/search.c %D%/would.c
%C%_libcore_la_CPPFLAGS = $(AM_CPPFLAGS) -DVENVB_PLUGIN_PACKAGES=\"$(PLUGIN_PACKAGES)\" \
	'-DVENVB_OWN_PLUGINS="$(basename $(notdir $(plugins_LTLIBRARIES)))"'
%C%_libcore_la_LIBADD = %D%/libspec.la %D%/libtable.la $(GLIB_LIBS) $(LTDL_LIBS)

# How plugins are asked for: the library and the command read it.
noinst_LTLIBRARIES += %D%/libspec.la
%C%_libspec_la_SOURCES = %D%/spec.c %D%/spec.h

# What the table of a plugin's options says: likewise.
noinst_LTLIBRARIES += %D%/libtable.la
%C%_libtable_la_SOURCES = %D%/table.c %D%/table.h %D%/typed.c
