# make deb   builds the Debian packages, from a tarball as a release has it,
#            into packages/.  A file that is installed belongs to one package:
#            %D%/debian/PACKAGE.install.  %D%/try-debs uses them.
# make check-packages   does both, in a bare root directory that it makes; no
#            part of make check, since it takes minutes, root and a mirror.

PACKAGING = \
	%D%/build-deb %D%/try-debs \
	%D%/debian/changelog %D%/debian/control %D%/debian/copyright \
	%D%/debian/not-installed %D%/debian/rules %D%/debian/source/format \
	%D%/debian/libvenvb-common.install %D%/debian/libvenvb-dev.install \
	%D%/debian/libvenvb-dev.lintian-overrides \
	%D%/debian/libvenvb0.install %D%/debian/libvenvb0.symbols \
	%D%/debian/venvb.install %D%/debian/venvb-doc.doc-base \
	%D%/debian/venvb-doc.install \
	%D%/debian/venvb-plugin-install-script.install \
	%D%/debian/venvb-plugins.install %D%/debian/venvb-plugins.lintian-overrides \
	%D%/debian/tests/build-plugin %D%/debian/tests/control \
	%D%/debian/tests/plugins %D%/debian/tests/smoke
EXTRA_DIST += $(PACKAGING)

deb: dist
	$(srcdir)/%D%/build-deb $(distdir).tar.xz packages

CLEANFILES += packages/*

# Without what other tests would need.
check-packages:
	$(MAKE) $(AM_MAKEFLAGS) check-TESTS TESTS=tests/cli/debs.sh \
	  check_PROGRAMS= check_LTLIBRARIES= check_DATA=
EXTRA_DIST += tests/cli/debs.sh

.PHONY: deb check-packages
