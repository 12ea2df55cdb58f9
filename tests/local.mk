# The tests, all of them TAP: programs in unit/, shell scripts in cli/.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
LOG_COMPILER = $(SHELL) $(top_srcdir)/build-aux/test-wrapper
SH_LOG_DRIVER = $(LOG_DRIVER)
SH_LOG_COMPILER = bash
TEST_EXTENSIONS = .sh
AM_TESTS_ENVIRONMENT = \
	abs_top_builddir='$(abs_top_builddir)'; export abs_top_builddir; \
	abs_top_srcdir='$(abs_top_srcdir)'; export abs_top_srcdir; \
	CC='$(CC)'; export CC; CXX='$(CXX)'; export CXX; \
	VALGRIND='$(VALGRIND)'; export VALGRIND; \
	SANITIZER_FLAGS='$(SANITIZER_FLAGS)'; export SANITIZER_FLAGS; \
	GCOV='$(GCOV)'; export GCOV; \
	VENVB_TEMPLATE_DIR='$(abs_top_srcdir)/templates'; export VENVB_TEMPLATE_DIR;

# Each is made of the source file of its name, where nothing else is said.
LDADD = librooms.la $(GLIB_LIBS)
UNIT_TESTS = \
	tests/unit/test-beneath \
	tests/unit/test-builder \
	tests/unit/test-cfg \
	tests/unit/test-csv \
	tests/unit/test-extend tests/unit/test-extend-files tests/unit/test-extend-undo tests/unit/test-extend-wrong \
	tests/unit/test-forks \
	tests/unit/test-fs \
	tests/unit/test-json \
	tests/unit/test-lock \
	tests/unit/test-lock-vectors \
	tests/unit/test-quote \
	tests/unit/test-run \
	tests/unit/test-search \
	tests/unit/test-secret \
	tests/unit/test-sum \
	tests/unit/test-tags \
	tests/unit/test-undo \
	tests/unit/test-version \
	tests/unit/test-wheel

CLI_TESTS = \
	tests/cli/abi.sh \
	tests/cli/aging.sh \
	tests/cli/audit-log.sh \
	tests/cli/bzr-ignore.sh \
	tests/cli/cache-chain.sh \
	tests/cli/cache-kill.sh \
	tests/cli/cache-owner.sh \
	tests/cli/cache.sh \
	tests/cli/cachedir-tag.sh tests/cli/virtualenv-cfg.sh \
	tests/cli/check.sh \
	tests/cli/clear-race.sh \
	tests/cli/clear.sh \
	tests/cli/check-config.sh \
	tests/cli/config.sh \
	tests/cli/darcs-ignore.sh \
	tests/cli/ensurepip-ended.sh tests/cli/env-vars.sh \
	tests/cli/existing.sh \
	tests/cli/faults.sh \
	tests/cli/filesystems.sh \
	tests/cli/forks.sh \
	tests/cli/fossil-ignore.sh \
	tests/cli/git-ignore.sh \
	tests/cli/hg-ignore.sh \
	tests/cli/homes.sh tests/cli/hostile.sh \
	tests/cli/inherited.sh \
	tests/cli/install-script.sh \
	tests/cli/installation.sh \
	tests/cli/keep-failed.sh \
	tests/cli/json.sh \
	tests/cli/lib64.sh \
	tests/cli/lock.sh tests/cli/lock-command.sh tests/cli/lock-env.sh tests/cli/lock-files.sh tests/cli/lock-interop.sh \
	tests/cli/lock-table.sh tests/cli/locked.sh tests/cli/most-links.sh \
	tests/cli/looked-at.sh \
	tests/cli/mandatory.sh tests/cli/many-wheels.sh \
	tests/cli/no-links.sh tests/cli/order.sh \
	tests/cli/paths.sh \
	tests/cli/pip-conf.sh \
	tests/cli/planted.sh \
	tests/cli/plugin-crash.sh \
	tests/cli/plugins.sh \
	tests/cli/pyenv.sh \
	tests/cli/pythons.sh \
	tests/cli/redirect.sh \
	tests/cli/relocatable.sh \
	tests/cli/remove.sh \
	tests/cli/reports.sh \
	tests/cli/requirements.sh \
	tests/cli/reserved.sh \
	tests/cli/run-hooks.sh \
	tests/cli/secrets.sh \
	tests/cli/seed.sh \
	tests/cli/setuptools.sh \
	tests/cli/deep.sh \
	tests/cli/elsewhere.sh \
	tests/cli/forged.sh \
	tests/cli/own-names.sh \
	tests/cli/whose.sh \
	tests/cli/stuck.sh \
	tests/cli/summary.sh \
	tests/cli/stale-facts.sh \
	tests/cli/subclass.sh \
	tests/cli/undo.sh \
	tests/cli/usage.sh \
	tests/terminal/progress.sh \
	tests/cli/wheel-fit.sh \
	tests/cli/wheel-install.sh \
	tests/cli/wheel-odd.sh \
	tests/cli/wheel-refuse.sh \
	tests/cli/wheel-tags.sh

# Those that take long and are the same whoever runs them: runtests does not have distcheck
# repeat them after check.
LONG_TESTS = \
	tests/cli/access.sh tests/cli/dists.sh tests/cli/since.sh \
	tests/cli/changed.sh \
	tests/cli/check-plugin.sh \
	tests/cli/doubt.sh \
	tests/cli/fetch.sh tests/cli/fetch-many.sh tests/cli/kit.sh \
	tests/cli/ownership.sh \
	tests/cli/repair.sh

# Those of shells, pages, packages and other Pythons, and of many runs, which
# have the same code run: the sanitizers would see nothing new, and take their
# time; nor does runtests have distcheck repeat them after check.
OTHER_TESTS = \
	tests/cli/activate-csh.sh \
	tests/cli/activate-fish.sh \
	tests/cli/activate-mixed.sh \
	tests/cli/activate-posix.sh \
	tests/cli/activate-pwsh.sh \
	tests/cli/activate-this.sh \
	tests/cli/analyze.sh \
	tests/cli/budgets.sh \
	tests/cli/build-tree.sh \
	tests/cli/completion.sh \
	tests/cli/dist.sh \
	tests/cli/docs.sh \
	tests/cli/examples.sh \
	tests/cli/dry-run.sh \
	tests/cli/figures.sh \
	tests/cli/unsound.sh \
	tests/cli/exchanged.sh \
	tests/cli/fidelity.sh \
	tests/cli/fidelity-graalpy.sh \
	tests/cli/fidelity-pip.sh \
	tests/cli/fidelity-pypy.sh \
	tests/cli/hardening.sh \
	tests/cli/install.sh \
	tests/cli/moved.sh \
	tests/cli/kill.sh \
	tests/cli/layers.sh \
	tests/cli/link-carries.sh \
	tests/cli/new-plugin.sh \
	tests/cli/nushell.sh \
	tests/cli/packaging.sh \
	tests/cli/pip-place.sh \
	tests/cli/processes.sh \
	tests/cli/python.sh tests/cli/python-requests.sh \
	tests/cli/races.sh \
	tests/cli/reproducible.sh \
	tests/cli/trial.sh tests/cli/typed-options.sh \
	tests/cli/trees.sh \
	tests/cli/tutorial.sh \
	tests/cli/valgrind.sh \
	tests/cli/virtualenv.sh \
	tests/terminal/walk.sh \
	tests/cli/wheel-ensurepip.sh \
	tests/cli/wheel-exchanged.sh \
	tests/cli/xonsh.sh

# An installation for the tests that need one: made before they start, since
# libtool links the plugins again for it, which other tests use.
check_DATA = %D%/installed.stamp
%D%/installed.stamp: all-am
	$(AM_V_GEN)rm -rf %D%/installed && \
	  $(MAKE) $(AM_MAKEFLAGS) install DESTDIR='$(abs_builddir)/%D%/installed' >$@.log 2>&1 \
	  || { cat $@.log; exit 1; }
	@echo >$@
clean-installed:
	-rm -rf %D%/installed %D%/installed.stamp %D%/installed.stamp.log
clean-local: clean-installed
.PHONY: clean-installed

# What sends a signal at one moment of a run.
check_PROGRAMS += tests/signal-at
tests_signal_at_LDADD =
EXTRA_DIST += tests/cli/kill.py

# How each file is compiled, an option on a line: for tests/cli/analyze.sh.
check_DATA += %D%/analysis.flags
CLEANFILES += %D%/analysis.flags
%D%/analysis.flags: Makefile
	$(AM_V_GEN)$(MKDIR_P) %D% && printf '%s\n' $(DEFS) -I. -I$(srcdir) $(AM_CPPFLAGS) $(CPPFLAGS) \
	  -Iplugins/requirements -DVENVB_HOOKSDIR=\"\" -DVENVB_LIBDIR=\"/lib\" -DVENVB_MODULEDIR=\"\" -DVENVB_LOCK_PACKAGE=\"\" \
	  -DVENVB_PLUGIN_PACKAGES=\"\" -DVENVB_OWN_PLUGINS=\"\" $(GLIB_CFLAGS) $(LIBZIP_CFLAGS) $(LIBCRYPTO_CFLAGS) $(LIBDEFLATE_CFLAGS) $(LIBCURL_CFLAGS) $(FUSE_CFLAGS) >$@
analyze: all-am %D%/analysis.flags
	VENVB_STRESS=yes $(MAKE) $(AM_MAKEFLAGS) check TESTS=%D%/cli/analyze.sh
.PHONY: analyze

# What the tests of the lock room use.
tests_unit_test_lock_LDADD = lock/liblock.la $(LDADD)
tests_unit_test_lock_vectors_LDADD = lock/liblock.la $(LDADD)
EXTRA_DIST += tests/locks/pylock.table tests/locks/requirements.table tests/vectors/make-vectors.py tests/vectors/markers.tsv tests/vectors/specifiers.tsv \
	tests/vectors/newest.sh tests/vectors/tags.tsv tests/vectors/versions.tsv tests/vectors/wheel-names.tsv

# The same with the newest packaging, which is fetched.
check-vectors: tests/unit/test-lock-vectors
	$(srcdir)/%D%/vectors/newest.sh tests/unit/test-lock-vectors
.PHONY: check-vectors

# Real wheels, which are fetched: WHEELS_PYTHONS are interpreters, WHEELS_DIR is where what was
# fetched stays.
EXTRA_DIST += tests/wheels/mirror.py tests/wheels/real-wheels.py
check-wheels:
	python3 $(srcdir)/%D%/wheels/real-wheels.py ./venvb $(WHEELS_PYTHONS)
.PHONY: check-wheels

if HAVE_TOML
check_PROGRAMS += tests/lock-select
endif
tests_lock_select_LDADD = lock/libload.la $(LDADD)

# What the tests of the wheel room use.
check_PROGRAMS += tests/wheel-tool
EXTRA_DIST += tests/cli/wheel-compare.py tests/cli/wheel-demo.py tests/cli/wheel-evil.py

tests_unit_test_extend_SOURCES = %D%/unit/test-extend.c %D%/unit/extend.c %D%/unit/extend.h
tests_unit_test_extend_files_SOURCES = %D%/unit/test-extend-files.c %D%/unit/extend.c %D%/unit/extend.h
tests_unit_test_extend_undo_SOURCES = %D%/unit/test-extend-undo.c %D%/unit/extend.c %D%/unit/extend.h
tests_unit_test_extend_wrong_SOURCES = %D%/unit/test-extend-wrong.c %D%/unit/extend.c %D%/unit/extend.h

# What stirs a directory.
check_PROGRAMS += tests/swap
tests_swap_LDADD =

# What has system calls fail.
check_PROGRAMS += tests/faults/inject tests/faults/embed
tests_faults_inject_SOURCES = %D%/faults/inject.c %D%/faults/filter.c %D%/faults/call.c \
	%D%/faults/inject.h %D%/faults/calls.h
tests_faults_inject_LDADD =
EXTRA_DIST += tests/faults/faults.py

# A file system that lacks things.
if HAVE_FUSE
check_PROGRAMS += tests/oddfs/oddfs
endif
tests_oddfs_oddfs_SOURCES = %D%/oddfs/oddfs.c %D%/oddfs/oddfs.h %D%/oddfs/nodes.c %D%/oddfs/odd.c \
	%D%/oddfs/calls.c %D%/oddfs/attributes.c
tests_oddfs_oddfs_CFLAGS = $(AM_CFLAGS) $(FUSE_CFLAGS)
tests_oddfs_oddfs_LDADD = $(FUSE_LIBS) $(GLIB_LIBS)
EXTRA_DIST += tests/cli/filesystems.py tests/oddfs/rows.py

# Those that do more when VENVB_STRESS is set: hours of it, never a part of check.
STRESS_TESTS = \
	$(FUZZ_TESTS) \
	tests/cli/analyze.sh \
	tests/cli/build-tree.sh \
	tests/cli/bzr-ignore.sh \
	tests/cli/cache-chain.sh \
	tests/cli/cache-kill.sh \
	tests/cli/clear-race.sh \
	tests/cli/exchanged.sh \
	tests/cli/faults.sh \
	tests/cli/fetch-many.sh \
	tests/cli/fidelity-pip.sh \
	tests/cli/fidelity-pypy.sh \
	tests/cli/forks.sh \
	tests/cli/fuzz.sh \
	tests/cli/hostile.sh \
	tests/cli/kill.sh \
	tests/cli/python.sh tests/cli/python-requests.sh \
	tests/cli/races.sh \
	tests/cli/stale-facts.sh \
	tests/cli/undo.sh \
	tests/cli/valgrind.sh
stress: all-am
	VENVB_STRESS=yes $(MAKE) $(AM_MAKEFLAGS) check TESTS='$(STRESS_TESTS)'
.PHONY: stress

TESTS = $(UNIT_TESTS) $(FUZZ_TESTS) $(CLI_TESTS) $(LONG_TESTS)
if !ENABLE_SANITIZERS
TESTS += $(OTHER_TESTS)
endif
check_PROGRAMS += $(UNIT_TESTS)
EXTRA_DIST += $(CLI_TESTS) $(LONG_TESTS) $(OTHER_TESTS) tests/budgets tests/cli/fuzz.sh build-aux/test-wrapper build-aux/try-root \
	tests/docs.inc tests/fetch-server.py tests/index.py tests/wheel.py tests/layers.left tests/layers.py tests/lib.sh \
	tests/suppressions/cppcheck.txt tests/suppressions/lsan.supp tests/suppressions/valgrind.supp \
	tests/cli/activate.inc tests/cli/installed.inc tests/cli/pty-run.py \
	tests/terminal/raw.py tests/terminal/walk.py tests/terminal/typical.txt tests/terminal/mistyped.txt \
	tests/cli/fidelity.inc tests/cli/compare_trees.py tests/cli/pip-place.py tests/cli/trees.py \
	tests/cli/forks.py tests/cli/json-valid.py tests/cli/figures.py \
	tests/python/exchange.py tests/python/tap.py tests/python/test_builder.py tests/python/test_extended.py

include %D%/fuzz/local.mk
include %D%/plugins/local.mk
include %D%/abi/local.mk
include %D%/coverage/local.mk
