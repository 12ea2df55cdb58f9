# The core's own stages.

noinst_LTLIBRARIES += %D%/libstages.la
%C%_libstages_la_SOURCES = %D%/stages.h %D%/check.h \
	%D%/beside.c %D%/blocks.c %D%/builtin.c %D%/cfg.c %D%/check.c %D%/fill.c %D%/front.c %D%/home.c %D%/keys.c \
	%D%/interpreter.c %D%/layout.c %D%/locked.c %D%/mend.c %D%/moved.c %D%/platform.c %D%/problem.c %D%/quote.c %D%/repair.c %D%/replace.c %D%/scripts.c %D%/seed.c %D%/shebang.c %D%/trial.c %D%/twice.c %D%/variables.c
nodist_%C%_libstages_la_SOURCES = %D%/run-pip.h %D%/trial.h

# The scripts that a Python runs in an environment: to see whether it works there,
# and instead of pip.
BUILT_SOURCES += %D%/run-pip.h %D%/trial.h
CLEANFILES += %D%/run-pip.h %D%/trial.h
EXTRA_DIST += %D%/run-pip.py %D%/trial.py
