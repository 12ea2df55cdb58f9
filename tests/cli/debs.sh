# shellcheck shell=bash
# The Debian packages are built, as an ordinary user has them from "make deb",
# and used in a bare root directory of this machine's release, where they leave
# nothing.  For "make check-packages": it needs a mirror of Debian.

# A root directory has devices, for which /tmp is often not meant.
outer_tmpdir=${TMPDIR-}
TMPDIR=${abs_top_builddir:-$PWD}
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
TMPDIR=${outer_tmpdir:-/tmp}

control=$srcdir/packaging/debian/control
debs=$builddir/packages
root=$scratch/root

# Building.

command -v dpkg-buildpackage >/dev/null || skip_all 'no dpkg-buildpackage'
unmet=$(dpkg-checkbuilddeps -P nocheck "$control" 2>&1) || skip_all "${unmet##*error: }"
check "make deb" env -u MAKEFLAGS -u MFLAGS -u DEB_BUILD_OPTIONS -u DEB_BUILD_PROFILES \
      make -C "$builddir" deb || finish

# What is in them, a line "PACKAGE FILE" each.
for deb in "$debs"/*.deb; do
  package=$(basename "$deb") package=${package%%_*}
  [ "$package" = "${package%-dbgsym}" ] || continue
  echo "$package" >>made
  dpkg-deb --fsys-tarfile "$deb" | tar -t | sed -n "s|^\.\(/.*[^/]\)$|$package \1|p" >>contents
done
is "each package was made" "$(sort made)" "$(sed -n 's/^Package: //p' "$control" | sort)"
is "no file is in two of them" "$(cut -d ' ' -f 2 contents | sort | uniq -d)" ""
plugins=$(sed -n 's|^\([^ ]* \)/usr/lib/.*/venvb/plugins/\(.*\)\.so$|\1\2|p' contents | sort)
is "plugins have their pages with them" "$plugins" \
   "$(sed -n 's|^\(venvb[^ ]* \)/usr/share/man/man1/venvb-\(.*\)\.1\.gz$|\1\2|p' contents | sort)"
is "all of them have packages" "$(cut -d ' ' -f 2 <<<"$plugins" | sort)" \
   "$(cd "$srcdir/plugins" && for mk in */local.mk; do dirname "$mk"; done | sort)"
is "they are of the release that changelog names" "$(dpkg-deb -f "$debs"/venvb_*.deb Version)" \
   "$(sed -n '1s/.*(\(.*\)).*/\1/p' "$srcdir/packaging/debian/changelog")"
if command -v lintian >/dev/null; then
  find "$debs" -name '*.deb' ! -name '*-dbgsym_*' \
       -exec lintian --pedantic --display-info --tag-display-limit 0 {} + >hints 2>lintian.err
  check "lintian has looked" test -s hints
  grep -vE "^[A-Z]: [^ ]+: ($(sed -n 's/^\([a-z][^ ]*\) .*/\1/p' "$srcdir/packaging/lintian-left" | paste -s -d '|'))( |\$)|^N: " hints >new-hints
  is "what it says has a reason to stay" "$(head -n 20 new-hints)" ""
else
  skip "lintian" "no lintian"
fi
is "symbols are of what is exported" \
   "$(dpkg-deb -I "$debs"/libvenvb0_*.deb symbols | sed -n 's/^ \(venvb_.*\) .*/\1/p' | sort)" \
   "$(sed -n 's/^\(VENVB_[^ ]*\) {/@\1/p; s/^ *\(venvb_.*\);/\1/p' "$srcdir/plugin-api/venvb.syms" |
      awk '/^@/ { section = $0; next } { print $0 section }' | sort)"

# Using.

# This machine's release, and the mirror that apt has it from.
find_mirror () # sets $suite and $mirror
{
  local codename
  codename=$(. /etc/os-release && [ "$ID" = debian ] && echo "${VERSION_CODENAME-sid}") || return
  for suite in "$codename" sid unstable; do
    mirror=$(apt-get update --print-uris | sed -n "s|^'\([^']*\)/dists/$suite/InRelease'.*|\1|p" | head -n 1)
    [ -z "$mirror" ] || return 0
  done
  return 1
}

# Why there can be no root directory here.
hindrance ()
{
  [ "$(id -u)" -eq 0 ] || { echo "only root can chroot"; return; }
  command -v debootstrap >/dev/null || { echo "no debootstrap"; return; }
  { mknod null c 1 3 && : >null; } 2>/dev/null || { echo "no device nodes can be made here"; return; }
  chroot / true 2>/dev/null || { echo "chroot is not allowed here"; return; }
  find_mirror || { echo "apt knows no mirror of this Debian"; return; }
  wget -q -t 2 -T 20 -O /dev/null "$mirror/dists/$suite/Release" || echo "the mirror can't be reached"
}

# What it mounts is gone when it ends, however it does.
# shellcheck disable=SC2317 # by way of check
in_own_mounts () { if unshare --mount true 2>/dev/null; then unshare --mount "$@"; else "$@"; fi; }

why=$(hindrance)
if [ -n "$why" ]; then
  skip "debootstrap" "$why"
  skip "try-debs" "$why"
  finish
fi
find_mirror
tap_diag "$suite"
# Nobody will miss it after a power failure.
mkdir -p "$root/etc/dpkg/dpkg.cfg.d" && echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
if check "debootstrap" in_own_mounts debootstrap --variant=minbase "$suite" "$root" "$mirror"; then
  tap_diag "$SECONDS s"
  check "try-debs" "$srcdir/packaging/try-debs" "$debs" "$root"
fi
finish
