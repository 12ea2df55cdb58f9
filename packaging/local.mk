# make deb   builds the Debian packages, from a tarball as a release has it,
#            into packages/.  A file that is installed belongs to one package:
#            debian/PACKAGE.install there; one of a plugin to a row of
#            %D%/debian/plugins.  %D%/try-debs uses them.
# make check-packages   does both, in a bare root directory that it makes; no
#            part of make check, since it takes minutes, root and a mirror.

PACKAGING = \
	%D%/build-deb %D%/deb-matrix %D%/debs-0.1.0-1 %D%/lintian-left %D%/try-debs \
	%D%/debian/changelog %D%/debian/clean %D%/debian/control %D%/debian/control.in \
	%D%/debian/copyright %D%/debian/plugins %D%/debian/update-control \
	%D%/debian/not-installed %D%/debian/rules %D%/debian/source/format \
	%D%/debian/libvenvb-common.install %D%/debian/libvenvb-dev.install \
	%D%/debian/libvenvb-dev.lintian-overrides \
	%D%/debian/libvenvb0.install %D%/debian/libvenvb0.symbols \
	%D%/debian/libvenvb0-lock.install \
	%D%/debian/venvb.install %D%/debian/venvb-doc.doc-base \
	%D%/debian/venvb-doc.install \
	%D%/debian/venvb.dirs \
	%D%/debian/venvb-plugin-run-hooks.dirs \
	%D%/debian/tests/build-plugin %D%/debian/tests/control \
	%D%/debian/tests/plugins %D%/debian/tests/smoke
EXTRA_DIST += $(PACKAGING)

deb: dist
	$(srcdir)/%D%/build-deb $(distdir).tar.xz packages

CLEANFILES += packages/*

# Builds them with all tests where nothing but Build-Depends is installed: an hour,
# root and a mirror.  DEB_MATRIX are suites for %D%/deb-matrix.
deb-matrix: dist
	$(srcdir)/%D%/deb-matrix --logs=packages $(DEB_MATRIX_OPTIONS) $(distdir).tar.xz $(DEB_MATRIX)

# Without what other tests would need.
check-packages:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS=tests/cli/debs.sh \
	  check_PROGRAMS= check_LTLIBRARIES= check_DATA=
EXTRA_DIST += tests/cli/debs.sh

.PHONY: deb deb-matrix check-packages
