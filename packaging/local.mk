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
	%D%/debian/libvenvb0-lock.install %D%/debian/python3-venvb.install \
	%D%/debian/venvb.install %D%/debian/venvb-doc.doc-base \
	%D%/debian/venvb-doc.install \
	%D%/debian/venvb.dirs \
	%D%/debian/venvb-plugin-run-hooks.dirs \
	%D%/debian/tests/build-plugin %D%/debian/tests/control \
	%D%/debian/tests/plugins %D%/debian/tests/python %D%/debian/tests/smoke
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

# A tree that runs anywhere, in bundle/: %D%/bundle/build-bundle tells what it takes, and
# %D%/bundle/components what is in it.  make check-bundle looks at it, and as root uses it
# in the root directories BUNDLE_ROOTS.
BUNDLE_ARCH = x86_64
bundle = bundle/$(distdir)-linux-$(BUNDLE_ARCH).tar.xz
bundle: dist
	$(srcdir)/%D%/bundle/build-bundle $(distdir).tar.xz bundle $(BUNDLE_ARCH)
check-bundle:
	$(srcdir)/%D%/bundle/try-bundle $(bundle) $(BUNDLE_ROOTS)

# The same as a wheel, in dist/.
wheel: bundle
	$(srcdir)/%D%/wheel/build-wheel $(bundle) bundle/bundle-work/tools-$(BUNDLE_ARCH)/cc-static \
	  dist $(srcdir)/bindings/python/venvb

# Installs it in all ways there are and uses it, by each of WHEEL_PYTHONS (paths).
check-wheel:
	$(srcdir)/%D%/wheel/try-wheel dist/venvb-$(VERSION)-py3-none-*$(BUNDLE_ARCH).whl $(WHEEL_PYTHONS)

# Packages for rpm, in rpms/; make check-rpm installs, uses and removes them, as root.
rpm: dist
	$(srcdir)/%D%/rpm/build-rpm $(distdir).tar.xz rpms
check-rpm:
	$(srcdir)/%D%/rpm/try-rpms rpms $(RPM_ROOT)

BUNDLING = %D%/container/Containerfile %D%/container/build-image \
	%D%/rpm/build-rpm %D%/rpm/try-rpms %D%/rpm/venvb.spec \
	%D%/bundle/build-bundle %D%/bundle/components %D%/bundle/old-kernel.c %D%/bundle/try-bundle \
	%D%/wheel/build-wheel %D%/wheel/launcher.c %D%/wheel/main.py %D%/wheel/try-wheel
EXTRA_DIST += $(BUNDLING)
clean-local: clean-bundle
clean-bundle:
	-rm -rf bundle dist rpms

.PHONY: deb deb-matrix check-packages bundle check-bundle wheel check-wheel rpm check-rpm clean-bundle
