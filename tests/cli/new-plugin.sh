# shellcheck shell=bash
# venvb --new-plugin: what it writes is built, tested and installed with an
# installed venvb, by each of the build systems.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cli/installed.inc
. "$srcdir/tests/cli/installed.inc"

umask 022
export TMPDIR=$scratch/tmp VENVB_CHECK_VALGRIND=''
mkdir tmp

# What is refused.

new () { "$VENVB" --new-plugin "$@"; }
check_fails 'no name' 2 '^venvb: --new-plugin: it is empty' new '' dir
for name in 1a a_b a.b a/b ../a 'a b' a- -a "a'" 'a$b' 'ä' core; do
  check_fails "the name '$name'" 2 'is no name for a plugin: ' new "$name" dir
done
check_fails "a name of 49 characters" 2 'more than 48 characters' new "$(printf 'a%.0s' {1..49})" dir
check_fails "no directory" 2 '^venvb: --new-plugin a needs one directory$' new a
check_fails "two directories" 2 'needs one directory' new a one two
check_fails "an unknown build system" 2 "^venvb: --build-system 'cmake' is not make, autotools or meson$" \
  new a --build-system=cmake dir
check_fails "a build system alone" 2 '^venvb: --build-system is for --new-plugin$' \
  "$VENVB" --build-system=make dir
mkdir full
echo mine >full/file
check_fails "a directory that is not empty" 1 "^venvb: directory 'full' is not empty$" new a full
is "a directory that is not empty: left" "$(ls full; cat full/file)" "$(printf 'file\nmine')"
check_fails "a file" 1 "^venvb: cannot open directory 'full/file': Not a directory$" new a full/file
check_fails "a missing parent" 1 "^venvb: cannot create directory 'none/dir': No such file" new a none/dir
cp -R "$srcdir/kit/template" kit
chmod -R u+w kit
ln -s nowhere kit/make/zzz
check_fails "a template that can't be read" 1 'cannot read a template: .*zzz' \
  env VENVB_KIT_DIR="$scratch/kit" "$VENVB" --new-plugin=a dir
mkdir empty
check_fails "the same, in a directory that is there" 1 'cannot read a template: ' \
  env VENVB_KIT_DIR="$scratch/kit" "$VENVB" --new-plugin=a empty
check_fails "no templates" 1 'cannot read the templates: ' \
  env VENVB_KIT_DIR="$scratch/nowhere" "$VENVB" --new-plugin=a dir
if [ -e /dev/full ]; then
  rm kit/make/zzz
  mkdir full-disk
  printf 'a%.0s' {1..70000} >kit/make/large
  (ulimit -f 32; trap '' XFSZ
   VENVB_KIT_DIR=$scratch/kit "$VENVB" --new-plugin=a full-disk 2>err)
  is "a disk that is full: nothing is left" "$(ls -A full-disk; grep -c 'cannot write' err)" 1
fi
check "nothing is left" test ! -e dir
is "nothing is left in the directory that was there" "$(ls -A empty)" ''

# What is written.

check "a directory that is empty" new a empty
is "all files" "$(cd empty && find . -type f | LC_ALL=C sort | tr '\n' ' ')" \
  './.gitignore ./INSTALL.md ./LICENSE ./Makefile ./README.md ./a.c ./test.sh ./venvb-a.1 '
is "the next step is told" "$(new a "it's new")" \
  "'it's new' has a plugin; build and test it with: cd 'it'\\''s new' && make check"
is "not with -q" "$(new a -q quiet)" ''
for system in make autotools meson; do
  check "$system" new my-Plug-2 --build-system=$system "$system"
  sed -n 's/.* test it with: //p' "$scratch/.out" >"next-$system"
  is "$system: no placeholder is left" "$(grep -rE '@[A-Z_]+@|NAME' "$system" | grep -v '\.SH NAME$\|^make/Makefile:')" ''
done
check "the plugin has less than 40 lines" test "$(wc -l <make/my-Plug-2.c)" -lt 40
if command -v man >/dev/null; then
  check "the manual page has no errors" sh -c \
    'test -z "$(man --warnings -E UTF-8 -l make/venvb-my-Plug-2.1 2>&1 >/dev/null)"'
else
  skip "the manual page" "no man"
fi

# What becomes of it.  That has no more of venvb run: nothing for the sanitizers.

if [ -n "${SANITIZER_FLAGS:-}" ]; then finish; fi
install_venvb || finish
unset MAKEFLAGS MFLAGS MAKELEVEL
dest=$scratch/dest

# Looks at what was installed, and uses it.
try_installed () # NAME
{
  check "$1: installed" test -x "$dest$libdir/venvb/plugins/my-Plug-2.so"
  check "$1: only that" test "$(find "$dest" -type f | wc -l)" -eq 2
  is "$1: the manual page" "$(find "$dest" -name venvb-my-Plug-2.1 | wc -l)" 1
  check "$1: works" env VENVB_PLUGIN_PATH="$dest$libdir/venvb/plugins" "$venvb" --without-pip \
    --plugin=my-Plug-2,text=t "env-$1"
  is "$1: has worked" "$(cat "env-$1/my-Plug-2.txt")" t
  rm -rf "$dest"
}

if pkg-config --exists venvb; then
  check "make builds" make -C make CC="${CC:-cc}" \
    CFLAGS="-O2 -Wall -Wextra -Wno-unused-parameter -Werror"
  check "make check" make -C make CC="${CC:-cc}" check
  check "make: the next step" sh next-make
  check "make install" make -C make install DESTDIR="$dest"
  check "make uninstall" sh -c 'cp -R "$1" "$1.copy" && make -s -C make uninstall DESTDIR="$1.copy" &&
    test -z "$(find "$1.copy" -type f)"' sh "$dest"
  try_installed make
  XDG_DATA_HOME=$scratch/data check "make install-user" make -C make install-user
  is "make install-user: found" \
    "$(env -u VENVB_PLUGIN_PATH XDG_DATA_HOME="$scratch/data" "$venvb" --dump-plugin=my-Plug-2 | sed -n 's/^path=//p')" \
    "$scratch/data/venvb/plugins/my-Plug-2.so"
  sed -i 's/"hello"/"good bye"/' make/my-Plug-2.c
  touch -d '+1 minute' make/my-Plug-2.c
  check "its test can fail" sh -c '! make -C make check'
else
  skip "make" "no pkg-config"
fi

if command -v autoreconf >/dev/null && command -v libtoolize >/dev/null; then
  if [ ! -e "$(aclocal --print-ac-dir)/venvb.m4" ]; then
    cp -R autotools elsewhere
    (cd elsewhere && env -u ACLOCAL_PATH autoreconf -i) >out 2>&1
    is "without venvb.m4: exit status" "$(($? != 0))" 1
    check "without venvb.m4: what is missing" grep -q \
      'error: venvb.m4 is not found: install the headers of venvb (libvenvb-dev),$' out
    check "without venvb.m4: what to do" grep -q 'ACLOCAL_PATH=/its/place/share/aclocal autoreconf -i' out
    check "the next step then works" sh next-autotools
    rm -rf autotools
    new my-Plug-2 -q --build-system=autotools autotools
  else
    skip "without venvb.m4" "there is one in this system"
  fi
  mkdir autotools/out
  check "autoreconf" sh -c 'cd autotools && autoreconf -i'
  check "configure" sh -c 'cd autotools/out && ../configure -q --prefix=/elsewhere CC="$1"' sh "${CC:-cc}"
  check "autotools: make check" make -C autotools/out check
  check "autotools: make install" make -C autotools/out install DESTDIR="$dest"
  try_installed autotools
  if [ -n "${VENVB_TEST_LONG:-}" ]; then
    check "autotools: make distcheck" make -C autotools/out distcheck
  fi
  sed -i 's/VENVB_PLUGIN(.*/VENVB_PLUGIN([0.1], [99])/' autotools/configure.ac
  check "autotools: a newer interface is asked for" sh -c \
    'cd autotools && autoreconf -i && cd out && ! ../configure -q 2>err && grep -q "too old" err'
else
  skip "autotools" "autoconf or libtool is not installed"
fi

if command -v meson >/dev/null && command -v ninja >/dev/null; then
  check "meson setup" meson setup meson/build meson --prefix=/elsewhere
  check "meson test" meson test -C meson/build
  check "meson install" env DESTDIR="$dest" meson install -C meson/build
  try_installed meson
else
  skip "meson" "meson or ninja is not installed"
fi

is "nothing is left of the tests" "$(ls -A tmp)" ''
finish
