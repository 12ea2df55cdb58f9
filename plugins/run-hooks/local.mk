plugins_LTLIBRARIES += %D%/run-hooks.la
RUN_HOOKS_SOURCES = %D%/run-hooks.c %D%/answers.c %D%/answers.h
%C%_run_hooks_la_SOURCES = $(RUN_HOOKS_SOURCES)
%C%_run_hooks_la_CPPFLAGS = $(AM_CPPFLAGS) -DVENVB_HOOKSDIR=\"$(confdir)/hooks.d\"
%C%_run_hooks_la_LDFLAGS = $(PLUGIN_LDFLAGS)
%C%_run_hooks_la_LIBADD = $(PLUGIN_LIBADD) base/libhome.la base/libunnamed.la
man1_MANS += %D%/venvb-run-hooks.1
man7_MANS += docs/venvb-hooks.7
EXTRA_DIST += %D%/venvb-run-hooks.pod docs/venvb-hooks.pod
