# make bench        measures venvb against the floor and against what there is
#                   of venv, virtualenv and uv; writes docs/bench.md and
#                   docs/bench.svg
# make bench-peers  installs virtualenv and uv for it, from the package index,
#                   into a directory of its own
#
#   PYTHON=PATH     the base Python
#   VENVB=PATH      an installed venvb to measure; else this tree's, installed
#                   into a directory of its own
#   BENCH_FLAGS=... more options for bench/run.py, as --rounds=3 --many=0, or
#                   --rows=wheels-cold --wheels=DIR, for wheels that are there

EXTRA_PROGRAMS = %D%/floor
%C%_floor_SOURCES = %D%/floor.c
%C%_floor_LDADD =

EXTRA_LTLIBRARIES = %D%/nothing.la
%C%_nothing_la_SOURCES = %D%/nothing.c
%C%_nothing_la_LDFLAGS = $(PLUGIN_LDFLAGS) -rpath /nowhere
%C%_nothing_la_LIBADD = $(PLUGIN_LIBADD)

EXTRA_DIST += %D%/run.py %D%/chart.py %D%/many.py %D%/plan.py %D%/sharing.py
CLEANFILES += %D%/floor$(EXEEXT) %D%/nothing.la

BENCH = $(abs_top_builddir)/%D%
BENCH_ROOT = $(BENCH)/root
BENCH_BASE = $${PYTHON:-python3}

bench: all %D%/floor$(EXEEXT) %D%/nothing.la tests/plugins/wheels.la
	@test -n "$(VENVB)" || $(MAKE) $(AM_MAKEFLAGS) install DESTDIR='$(BENCH_ROOT)' >/dev/null 2>&1
	@test -n "$(VENVB)" || { \
	  LD_LIBRARY_PATH='$(BENCH_ROOT)$(libdir)'; export LD_LIBRARY_PATH; \
	  VENVB_OWN_PLUGIN_PATH='$(BENCH_ROOT)$(pluginsdir)'; export VENVB_OWN_PLUGIN_PATH; \
	  VENVB_TEMPLATE_DIR='$(BENCH_ROOT)$(templatesdir)'; export VENVB_TEMPLATE_DIR; \
	  VENVB_MODULE_DIR='$(BENCH_ROOT)$(modulesdir)'; export VENVB_MODULE_DIR; }; \
	venvb='$(VENVB)'; $(BENCH_BASE) -B $(srcdir)/%D%/run.py \
	  --venvb="$${venvb:-$(BENCH_ROOT)$(bindir)/venvb}" \
	  --floor=$(BENCH)/floor$(EXEEXT) --plugin=$(BENCH)/.libs/nothing.so \
	  --wheels-plugin=$(abs_top_builddir)/tests/plugins/.libs/wheels.so \
	  --peers=$(BENCH)/peers --python="$(BENCH_BASE)" \
	  --output=$(abs_top_srcdir)/docs $(BENCH_FLAGS)

bench-peers:
	$(BENCH_BASE) -m venv --clear $(BENCH)/peers
	$(BENCH)/peers/bin/pip install --quiet virtualenv uv
	$(BENCH)/peers/bin/pip download --quiet --no-deps --dest=$(BENCH)/peers/wheels 'wheel < 0.46'

clean-bench:
	-rm -rf $(BENCH)/root $(BENCH)/peers
clean-local: clean-bench

.PHONY: bench bench-peers clean-bench
