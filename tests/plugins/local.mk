# Plugins for the tests: tests/cli/plugins.sh and plugin-crash.sh tell what
# each is for.  "-rpath" makes libtool build modules that are not installed.

TEST_PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -shared -rpath /nowhere

check_LTLIBRARIES += %D%/misbehave.la %D%/note.la %D%/wrapper.la \
	%D%/undefined.la %D%/nosymbol.la %D%/newer.la %D%/older.la \
	%D%/oldest.la %D%/larger.la %D%/larger-used.la %D%/odd.la \
	%D%/tiny.la %D%/huge.la %D%/nameless.la %D%/constructor.la \
	%D%/frozen-0.1.la %D%/run-hooks-here.la \
	%D%/audit-log-here.la %D%/bad.la %D%/bad-help.la %D%/unsaid.la \
	%D%/typed.la %D%/typed-required.la %D%/subclass.la %D%/subclass-later.la %D%/wheels.la %D%/swap.la

%C%_misbehave_la_SOURCES = %D%/misbehave.c
%C%_misbehave_la_CFLAGS = $(AM_CFLAGS) -pthread
%C%_misbehave_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS) -pthread
%C%_misbehave_la_LIBADD = $(PLUGIN_LIBADD)
%C%_swap_la_SOURCES = %D%/swap.c
%C%_swap_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_swap_la_LIBADD = $(PLUGIN_LIBADD)
%C%_note_la_SOURCES = %D%/note.c
%C%_note_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_note_la_LIBADD = $(PLUGIN_LIBADD)
%C%_wrapper_la_SOURCES = %D%/wrapper.c
%C%_wrapper_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_wrapper_la_LIBADD = $(PLUGIN_LIBADD)
%C%_undefined_la_SOURCES = %D%/undefined.c
%C%_undefined_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_undefined_la_LIBADD = $(PLUGIN_LIBADD)
%C%_nosymbol_la_SOURCES = %D%/nosymbol.c
%C%_nosymbol_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)

%C%_newer_la_SOURCES = %D%/shape.c
%C%_newer_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=NEWER
%C%_newer_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_newer_la_LIBADD = $(PLUGIN_LIBADD)
%C%_older_la_SOURCES = %D%/shape.c
%C%_older_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=OLDER
%C%_older_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_older_la_LIBADD = $(PLUGIN_LIBADD)
%C%_oldest_la_SOURCES = %D%/shape.c
%C%_oldest_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=OLDEST
%C%_oldest_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_oldest_la_LIBADD = $(PLUGIN_LIBADD)
%C%_larger_la_SOURCES = %D%/shape.c
%C%_larger_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=LARGER
%C%_larger_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_larger_la_LIBADD = $(PLUGIN_LIBADD)
%C%_larger_used_la_SOURCES = %D%/shape.c
%C%_larger_used_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=LARGER_USED
%C%_larger_used_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_larger_used_la_LIBADD = $(PLUGIN_LIBADD)
%C%_odd_la_SOURCES = %D%/shape.c
%C%_odd_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=ODD
%C%_odd_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_odd_la_LIBADD = $(PLUGIN_LIBADD)
%C%_tiny_la_SOURCES = %D%/shape.c
%C%_tiny_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=TINY
%C%_tiny_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_tiny_la_LIBADD = $(PLUGIN_LIBADD)
%C%_huge_la_SOURCES = %D%/shape.c
%C%_huge_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=HUGE_SIZE
%C%_huge_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_huge_la_LIBADD = $(PLUGIN_LIBADD)
%C%_nameless_la_SOURCES = %D%/shape.c
%C%_nameless_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=NAMELESS
%C%_nameless_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_nameless_la_LIBADD = $(PLUGIN_LIBADD)
%C%_constructor_la_SOURCES = %D%/shape.c
%C%_constructor_la_CPPFLAGS = $(AM_CPPFLAGS) -DSHAPE=CONSTRUCTOR
%C%_constructor_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_constructor_la_LIBADD = $(PLUGIN_LIBADD)
%C%_frozen_0_1_la_SOURCES = %D%/frozen-0.1.c
%C%_frozen_0_1_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_frozen_0_1_la_LIBADD = $(PLUGIN_LIBADD)

# run-hooks with another directory for the system's hooks.
%C%_run_hooks_here_la_SOURCES = $(RUN_HOOKS_SOURCES)
%C%_run_hooks_here_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DVENVB_HOOKSDIR=\"$(abs_top_builddir)/tests/hooks.d\"
%C%_run_hooks_here_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_run_hooks_here_la_LIBADD = $(PLUGIN_LIBADD) base/libhome.la base/libunnamed.la

# audit-log with a socket in the current directory for the system's log, and
# less patience.
%C%_audit_log_here_la_SOURCES = $(AUDIT_LOG_SOURCES)
%C%_audit_log_here_la_CPPFLAGS = $(AM_CPPFLAGS) \
	-DVENVB_SYSLOG_SOCKET=\"log.socket\" -DLOCK_SECONDS=1
%C%_audit_log_here_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_audit_log_here_la_LIBADD = $(PLUGIN_LIBADD)
%C%_bad_la_SOURCES = %D%/bad.c
%C%_bad_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS) -export-symbols-regex '^venvb_plugin$$'
%C%_bad_la_LIBADD = $(PLUGIN_LIBADD)
%C%_unsaid_la_SOURCES = %D%/unsaid.c
%C%_unsaid_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_bad_help_la_SOURCES = %D%/bad.c
%C%_bad_help_la_CPPFLAGS = $(AM_CPPFLAGS) \
	'-DMORE_HELP="nothing=X is not there\n?not one of an option\n"'
%C%_bad_help_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS) -export-symbols-regex '^venvb_plugin$$'
%C%_bad_help_la_LIBADD = $(PLUGIN_LIBADD)

# A table of options, and one with an option that is required.
%C%_typed_la_SOURCES = %D%/typed.c
%C%_typed_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_typed_la_LIBADD = $(PLUGIN_LIBADD)
%C%_subclass_la_SOURCES = %D%/subclass.c
%C%_subclass_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_subclass_la_LIBADD = $(PLUGIN_LIBADD)
%C%_subclass_later_la_SOURCES = %D%/subclass.c
%C%_subclass_later_la_CPPFLAGS = $(AM_CPPFLAGS) -DLATER
%C%_subclass_later_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_subclass_later_la_LIBADD = $(PLUGIN_LIBADD)
%C%_typed_required_la_SOURCES = %D%/typed.c
%C%_typed_required_la_CPPFLAGS = $(AM_CPPFLAGS) -DREQUIRED
%C%_typed_required_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_typed_required_la_LIBADD = $(PLUGIN_LIBADD)

# Tables of other shapes: tests/cli/typed-options.sh compiles them.
EXTRA_DIST += %D%/rows.c
%C%_wheels_la_SOURCES = %D%/wheels.c
%C%_wheels_la_LDFLAGS = $(TEST_PLUGIN_LDFLAGS)
%C%_wheels_la_LIBADD = $(PLUGIN_LIBADD)
