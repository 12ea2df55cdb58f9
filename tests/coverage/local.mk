# Which lines the tests run, in a build with --enable-coverage.
#
#   make check           counts anew, and fails when a bound is not kept
#   make coverage        runs the tests, and prints the table; COVERAGE_FLAGS
#   make coverage-report prints the table of the last run, or with
#                        REPORT=--lines which lines never ran
#   make coverage-html   makes pages of it, with gcovr

EXTRA_DIST += %D%/coverage.h %D%/dump.c %D%/library.map %D%/report.py %D%/gaps %D%/coverage.sh

COVERAGE_REPORT = python3 -B $(srcdir)/%D%/report.py $(GCOV) $(srcdir) .

if ENABLE_COVERAGE
AM_CPPFLAGS += -include $(srcdir)/%D%/coverage.h
base_libbase_la_SOURCES += %D%/dump.c
libvenvb_la_LDFLAGS += -Wl,--version-script=$(srcdir)/%D%/library.map

# Empty files in the place of those of the last run: processes of other users,
# too, write to them.
check_DATA += coverage-reset
coverage-reset: all-am $(check_PROGRAMS) $(check_LTLIBRARIES)
	@find . -name '*.gcda' -exec rm -f {} +
	@find . -name '*.gcno' | sed 's/gcno$$/gcda/' | while read -r file; do \
	  : >"$$file" && chmod 666 "$$file" || exit; done

# Last, when the others have counted.
TESTS += %D%/coverage.sh
%D%/coverage.log: $(filter-out %D%/coverage.log,$(TEST_LOGS))

coverage:
	-$(MAKE) $(AM_MAKEFLAGS) check
	$(COVERAGE_REPORT) $(REPORT)
coverage-report:
	@$(COVERAGE_REPORT) $(REPORT)
coverage-html:
	$(MKDIR_P) coverage-html
	gcovr --gcov-executable $(GCOV) --root $(srcdir) --filter '.*/(base|undo|wheel|core|cache|kit|pythons|lock|stages|command|plugins)/' \
	  --html-details coverage-html/index.html .
else
coverage coverage-report coverage-html:
	@echo 'configure with --enable-coverage' >&2; exit 1
endif
clean-coverage:
	-find . -name '*.gcda' -exec rm -f {} +
	-find . -name '*.gcno' -exec rm -f {} +
	-rm -rf coverage-html
clean-local: clean-coverage
.PHONY: coverage coverage-report coverage-html coverage-reset clean-coverage
