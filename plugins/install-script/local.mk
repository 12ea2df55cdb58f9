# Built where libcurl is found; nothing else is linked with it.
if HAVE_LIBCURL
plugins_LTLIBRARIES += %D%/install-script.la
%C%_install_script_la_SOURCES = %D%/fetch.c %D%/fetch.h %D%/install-script.c \
	base/regular.c base/regular.h
%C%_install_script_la_CPPFLAGS = $(AM_CPPFLAGS) $(LIBCURL_CFLAGS)
%C%_install_script_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_install_script_la_LIBADD = $(PLUGIN_LIBADD) $(LIBCURL_LIBS)
man1_MANS += %D%/venvb-install-script.1
endif
EXTRA_DIST += %D%/venvb-install-script.pod
