# shellcheck shell=bash
# The lists of the Debian packages: every file that is installed belongs to one
# package and no more, every line of a list stands for a file, and every plugin
# is where its dependencies allow.  What is built from them is for debs.sh.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/installed.inc"

lists=$srcdir/packaging/debian
root=$scratch/root
copy_installation || finish
if perl -MPod::Simple::XHTML -e1 2>/dev/null; then
  check "make install-html" make_below "$root" install-html
else
  mkdir html.missing
fi

# What is installed, under the names it has in Debian.
var () { sed -n "s/^$1 = //p" "$builddir/Makefile" | head -n 1; }
prefix=$(var prefix)
libdir=$(dirname "$(find "$root" -name libvenvb.so | head -n 1)")
htmldir=$(dirname "$(find "$root" -name index.html | head -n 1)")
sysconfdir=$(var sysconfdir | sed "s|\${prefix}|$prefix|")
(cd "$root" && find . ! -type d | sed 's/^\.//') |
  sed "s|^${libdir#"$root"}/|/usr/lib/TRIPLET/|; s|^${htmldir#"$root"}/\([^/]*\.html\)\$|/usr/share/doc/venvb/html/\1|; s|^${htmldir#"$root"}/search\.js\$|/usr/share/doc/venvb/html/search.js|
       s|^$sysconfdir/|/etc/|; s|^$prefix/|/usr/|; s|^/||" | sort >installed
check "something is installed" grep -qxF usr/bin/venvb installed

# Those of the plugins are made of a table, as is what is said of them in control.
mkdir -p debian view && ln -s "$root$prefix" view/usr
cp -R "$lists/." debian && chmod -R u+w debian
check "update-control" debian/update-control
check "control is as the table of plugins has it" diff "$lists/control" debian/control
check "lists of plugins" debian/update-control lists view debian

# The lists, a line "PACKAGE PATTERN" each; a directory stands for all below.
for list in debian/*.install debian/not-installed; do
  sed -n "/^debian\//d; s|^\([^# ][^ ]*\).*|$(basename "$list" .install) \1|p" "$list"
done >claims
while read -r package pattern; do
  regex=$(printf '%s' "$pattern" | sed 's/[.+]/\\&/g; s/\*/[^\/]*/g')
  [ -d html.missing ] && [ "$package" = venvb-doc ] && continue
  grep -xE "$regex(/.*)?" installed | sed "s/^/$package /" >found
  # What needs a library that the build found missing.
  [ -s found ] || [ "$package" != "${package#venvb-plugin-}" ] ||
    is "$package: $pattern stands for a file" "none" "some"
  cat found
done <claims >claimed

is "every file belongs to a package" "$(cut -d ' ' -f 2 claimed | sort -u | comm -23 installed -)" ""
is "to one, and no more" "$(cut -d ' ' -f 2 claimed | sort | uniq -d)" ""
plugin_packages=$(sed -n 's/^Package: \(venvb-plugin-.*\)/\1/p' "$lists/control" | grep -v -e -default$ | sort)
is "every package has a list" \
   "$(sed -n 's/^Package: //p' "$lists/control" | grep -vxF venvb-plugins | sort)" \
   "$(for list in debian/*.install; do basename "$list" .install; done | sort)"

# What is on by default links with nothing but libvenvb, GLib and the C library; each
# other plugin is in the package of its name.
if command -v objdump >/dev/null; then
  while read -r package file; do
    plugin=${file##*/}
    needed=$(objdump -p "$libdir/venvb/plugins/$plugin" | sed -n 's/^ *NEEDED *//p' |
             grep -vE '^(libvenvb|libglib-2\.0|libgobject-2\.0|libgio-2\.0|libc|libm|libasan|libubsan|libclang.*|ld-linux.*|libpthread|libdl)\.so|^ld-' | tr '\n' ' ')
    case $package in
      venvb) is "${plugin%.so} is in $package" "$needed" "" ;;
      *) is "${plugin%.so} has a package of its own" "$package" "venvb-plugin-${plugin%.so}" ;;
    esac
  done < <(grep '/plugins/[^/]*\.so$' claimed)
else
  skip "plugins and their dependencies" "no objdump"
fi
for package in $plugin_packages; do
  check "venvb recommends or suggests $package" grep -qE "^ $package,\$" "$lists/control"
done
is "plugins that are on for all have a drop-in that says so" \
   "$(grep -lr '^\[plugin ' debian/drop-ins | sed 's|.*/50-\(.*\)\.conf|venvb-plugin-\1-default|' | sort)" \
   "$(sed -n 's/^Package: \(.*-default\)$/\1/p' "$lists/control" | sort)"
mkdir -p share && cp -R debian/drop-ins share/venvb.d
check "drop-ins are configuration" "$VENVB" --check-config
rm -r share
# Whoever has a plugin can read about it, and none is shipped that was not used.
is "pages are in the package of their plugin" \
   "$(sed -n 's|^\([^ ]*\) usr/share/man/man1/venvb-\(.*\)\.1$|\1 \2|p' claimed | sort)" \
   "$(sed -n 's|^\([^ ]*\) usr/lib/.*/plugins/\(.*\)\.so$|\1 \2|p' claimed | sort)"
for package in $plugin_packages; do
  check "a plugin of $package is used when packages are tried" grep -qE "plugin=\"?($(
    sed -n 's|^.*/plugins/\(.*\)\.so$|\1|p' "debian/$package.install" | paste -s -d '|'))[ ,]" "$lists/tests/plugins"
done
is "every file of packaging is in the tarball" \
   "$(cd "$srcdir/packaging" && find . -type f ! -name local.mk | sed 's|^\./||' | sort)" \
   "$(tr ' \t' '\n\n' <"$srcdir/packaging/local.mk" | sed -n 's|^%D%/\([a-z].*[^.]\)$|\1|p' | sort -u)"
is "the packages are of this release" \
   "$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' "$lists/changelog")" \
   "$(sed -n 's/^#define VENVB_VERSION "\(.*\)"/\1/p' "$builddir/plugin-api/venvb-version.h")"

# What lies about in the checkout, and what the make that runs it was told, does
# not get into the packages.  The builder says what it was given, and makes none.
if command -v dpkg-parsechangelog >/dev/null; then
  version=$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' "$lists/changelog")
  mkdir -p "venvb-$version" fake
  cp -R "$srcdir/packaging" "venvb-$version/packaging"
  tar -cJf "venvb-$version.tar.xz" "venvb-$version"
  cp -R "$srcdir/packaging" . && chmod -R u+w packaging
  echo 'exit 1' >packaging/debian/venvb.postinst
  cat >fake/dpkg-buildpackage <<'END'
#!/bin/sh
ls debian >../venvb.deb
echo "${MAKEFLAGS-none}, $DEB_BUILD_OPTIONS" >../venvb.changes
echo "$DEB_BUILD_PROFILES" >../venvb.buildinfo
END
  chmod 755 . fake fake/dpkg-buildpackage # for nobody, when root runs it
  check "build-deb" env -u DEB_BUILD_OPTIONS PATH="$scratch/fake:$PATH" MAKEFLAGS=CFLAGS=-O0 \
        TMPDIR="$scratch" packaging/build-deb "venvb-$version.tar.xz" out
  is "it takes what the tarball has" "$(cat out/venvb.deb)" "$(ls "$lists")"
  is "it passes no flags of make on, and leaves tests out" \
     "$(cat out/venvb.changes out/venvb.buildinfo)" \
     "none, nocheck parallel=$(getconf _NPROCESSORS_ONLN)"$'\n'"nocheck"
else
  skip "build-deb" "no dpkg-parsechangelog"
fi
finish
