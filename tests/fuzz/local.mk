# Fuzzing: HACKING.md says how.  Each target is made of fuzz-NAME.c; what it
# needs besides the core is named here.

FUZZ_TARGETS = \
	%D%/fuzz-cfg \
	%D%/fuzz-check \
	%D%/fuzz-config \
	%D%/fuzz-dotenv \
	%D%/fuzz-entry-points \
	%D%/fuzz-facts \
	%D%/fuzz-json \
	%D%/fuzz-manifest \
	%D%/fuzz-marker \
	%D%/fuzz-metadata \
	%D%/fuzz-pip-conf \
	%D%/fuzz-project \
	%D%/fuzz-pyenv \
	%D%/fuzz-quote \
	%D%/fuzz-record \
	%D%/fuzz-release \
	%D%/fuzz-relocatable \
	%D%/fuzz-reqs \
	%D%/fuzz-secret \
	%D%/fuzz-shims \
	%D%/fuzz-spec \
	%D%/fuzz-tags \
	%D%/fuzz-version \
	%D%/fuzz-wheel \
	%D%/fuzz-zip
if HAVE_TOML
FUZZ_TARGETS += %D%/fuzz-pylock
endif
check_PROGRAMS += $(FUZZ_TARGETS)

fuzz_sources = %D%/fuzz.c %D%/fuzz.h
if ENABLE_FUZZING
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
else
fuzz_sources += %D%/driver.c
fuzz_ldflags = $(AM_LDFLAGS)
FUZZ_TESTS = $(FUZZ_TARGETS)
endif
%C%_fuzz_cfg_SOURCES = %D%/fuzz-cfg.c $(fuzz_sources)
%C%_fuzz_cfg_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_check_SOURCES = %D%/fuzz-check.c $(fuzz_sources)
%C%_fuzz_check_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_config_SOURCES = %D%/fuzz-config.c $(fuzz_sources) \
	command/config.c command/envvars.c command/files.c command/hints.c command/lines.c command/locks.c command/meant.c \
	command/options.c command/output.c command/problems.c command/progress.c command/refused.c command/settings.c command/steps.c
%C%_fuzz_config_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_config_CPPFLAGS = $(AM_CPPFLAGS)
%C%_fuzz_dotenv_SOURCES = %D%/fuzz-dotenv.c $(fuzz_sources) plugins/env-vars/dotenv.c
%C%_fuzz_dotenv_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_dotenv_CPPFLAGS = $(AM_CPPFLAGS)
%C%_fuzz_entry_points_SOURCES = %D%/fuzz-entry-points.c $(fuzz_sources)
%C%_fuzz_entry_points_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_facts_SOURCES = %D%/fuzz-facts.c $(fuzz_sources)
%C%_fuzz_facts_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_json_SOURCES = %D%/fuzz-json.c $(fuzz_sources)
%C%_fuzz_json_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_manifest_SOURCES = %D%/fuzz-manifest.c $(fuzz_sources)
%C%_fuzz_manifest_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_marker_SOURCES = %D%/fuzz-marker.c $(fuzz_sources)
%C%_fuzz_marker_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_marker_LDADD = lock/liblock.la $(LDADD)
%C%_fuzz_metadata_SOURCES = %D%/fuzz-metadata.c $(fuzz_sources) \
	plugins/common/wheels.c plugins/setuptools/requirement.c
%C%_fuzz_metadata_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_metadata_CPPFLAGS = $(AM_CPPFLAGS)
%C%_fuzz_pip_conf_SOURCES = %D%/fuzz-pip-conf.c $(fuzz_sources) plugins/pip-conf/conf.c
%C%_fuzz_pip_conf_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_pip_conf_CPPFLAGS = $(AM_CPPFLAGS)
%C%_fuzz_project_SOURCES = %D%/fuzz-project.c $(fuzz_sources)
%C%_fuzz_project_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_pylock_SOURCES = %D%/fuzz-pylock.c %D%/lock.h $(fuzz_sources)
nodist_EXTRA_%C%_fuzz_pylock_SOURCES = %D%/linked-as-cxx.cc
%C%_fuzz_pylock_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_pylock_LDADD = lock/liblock.la lock/libtoml.la $(LDADD)
%C%_fuzz_pyenv_SOURCES = %D%/fuzz-pyenv.c $(fuzz_sources) plugins/pyenv/versions.c
%C%_fuzz_pyenv_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_pyenv_CPPFLAGS = $(AM_CPPFLAGS)
%C%_fuzz_quote_SOURCES = %D%/fuzz-quote.c $(fuzz_sources)
%C%_fuzz_quote_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_record_SOURCES = %D%/fuzz-record.c $(fuzz_sources)
%C%_fuzz_record_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_release_SOURCES = %D%/fuzz-release.c $(fuzz_sources)
%C%_fuzz_release_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_release_LDADD = lock/liblock.la $(LDADD)
%C%_fuzz_reqs_SOURCES = %D%/fuzz-reqs.c %D%/lock.h $(fuzz_sources)
%C%_fuzz_reqs_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_reqs_LDADD = lock/liblock.la $(LDADD)
%C%_fuzz_relocatable_SOURCES = %D%/fuzz-relocatable.c $(fuzz_sources) \
	plugins/relocatable/launcher.c plugins/relocatable/records.c
%C%_fuzz_relocatable_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_relocatable_CPPFLAGS = $(AM_CPPFLAGS)
%C%_fuzz_secret_SOURCES = %D%/fuzz-secret.c $(fuzz_sources)
%C%_fuzz_secret_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_shims_SOURCES = %D%/fuzz-shims.c $(fuzz_sources)
%C%_fuzz_shims_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_spec_SOURCES = %D%/fuzz-spec.c $(fuzz_sources)
%C%_fuzz_spec_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_tags_SOURCES = %D%/fuzz-tags.c $(fuzz_sources)
%C%_fuzz_tags_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_version_SOURCES = %D%/fuzz-version.c $(fuzz_sources)
%C%_fuzz_version_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_wheel_SOURCES = %D%/fuzz-wheel.c $(fuzz_sources)
%C%_fuzz_wheel_LDFLAGS = $(fuzz_ldflags)
%C%_fuzz_zip_SOURCES = %D%/fuzz-zip.c $(fuzz_sources)
%C%_fuzz_zip_LDFLAGS = $(fuzz_ldflags)
EXTRA_DIST += %D%/corpus %D%/regress %D%/make-seeds.py %D%/run.sh \
	$(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/%D%/*.dict))

# For FUZZ_SECONDS (600) each, FUZZ_JOBS at a time.
if ENABLE_FUZZING
fuzz: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) $(FUZZ_TARGETS) wheel/unpack.la
	$(srcdir)/%D%/run.sh $(FUZZ_TARGETS)
else
fuzz:
	@echo 'make fuzz needs libFuzzer: configure CC=clang --enable-fuzzing, in a directory of its own' >&2; exit 1
endif
clean-fuzz:
	-rm -rf %D%/work %D%/logs %D%/findings
clean-local: clean-fuzz
.PHONY: fuzz clean-fuzz
