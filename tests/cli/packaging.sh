# shellcheck shell=bash
# The lists of the Debian packages: every file that is installed belongs to one
# package and no more, every line of a list stands for a file, and every plugin
# is where its dependencies allow.

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
  sed "s|^${libdir#"$root"}/|/usr/lib/TRIPLET/|; s|^${htmldir#"$root"}/\([^/]*\.html\)\$|/usr/share/doc/venvb/html/\1|
       s|^$sysconfdir/|/etc/|; s|^$prefix/|/usr/|; s|^/||" | sort >installed
check "something is installed" grep -qxF usr/bin/venvb installed

# The lists, a line "PACKAGE PATTERN" each; a directory stands for all below.
for list in "$lists"/*.install "$lists"/not-installed; do
  sed -n "s|^\([^# ][^ ]*\).*|$(basename "$list" .install) \1|p" "$list"
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
plugin_packages=$(sed -n 's/^Package: \(venvb-plugin.*\)/\1/p' "$lists/control" | sort)
is "every package has a list" \
   "$(sed -n 's/^Package: //p' "$lists/control" | sort)" \
   "$(for list in "$lists"/*.install; do basename "$list" .install; done | sort)"

# Plugins are in the package of their dependencies: those of `venvb` and
# `venvb-plugins` link with nothing but libvenvb, GLib and the C library.
if command -v objdump >/dev/null; then
  while read -r package file; do
    plugin=${file##*/}
    needed=$(objdump -p "$libdir/venvb/plugins/$plugin" | sed -n 's/^ *NEEDED *//p' |
             grep -vE '^(libvenvb|libglib-2\.0|libgobject-2\.0|libgio-2\.0|libc|libm|libasan|libubsan|libclang.*|ld-linux.*|libpthread|libdl)\.so|^ld-' | tr '\n' ' ')
    case $package in
      venvb|venvb-plugins) is "${plugin%.so} is in $package" "$needed" "" ;;
      *) is "${plugin%.so} has a package of its own" "$package" "venvb-plugin-${plugin%.so}" ;;
    esac
  done < <(grep '/plugins/[^/]*\.so$' claimed)
else
  skip "plugins and their dependencies" "no objdump"
fi
for package in $plugin_packages; do
  check "venvb suggests $package" grep -qE "^ $package,\$" "$lists/control"
done
is "every file of packaging is in the tarball" \
   "$(cd "$srcdir/packaging" && find . -type f ! -name local.mk | sed 's|^\./||' | sort)" \
   "$(tr ' \t' '\n\n' <"$srcdir/packaging/local.mk" | sed -n 's|^%D%/\([a-z].*[^.]\)$|\1|p' | sort -u)"
is "the packages are of this release" \
   "$(sed -n '1s/.*(\(.*\)-[^-]*).*/\1/p' "$lists/changelog")" \
   "$(sed -n 's/^#define VENVB_VERSION "\(.*\)"/\1/p' "$builddir/plugin-api/venvb-version.h")"
finish
