# The core's own stages.

noinst_LTLIBRARIES += %D%/libstages.la
%C%_libstages_la_SOURCES = %D%/stages.h \
	%D%/beside.c %D%/blocks.c %D%/builtin.c %D%/cfg.c %D%/check.c %D%/fill.c %D%/front.c %D%/layout.c \
	%D%/quote.c %D%/scripts.c %D%/seed.c %D%/variables.c
