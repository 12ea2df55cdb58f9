# shellcheck shell=bash
# The plugins in docs/examples: each is built with an installed venvb, checked
# and used, where its compiler is there.

# lib.sh gives a home of its own; these are where rustup and Go put themselves.
PATH=$PATH:$HOME/.cargo/bin:/usr/local/go/bin
export RUSTUP_HOME=${RUSTUP_HOME:-$HOME/.rustup}

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"
# shellcheck source=tests/cli/installed.inc
. "$srcdir/tests/cli/installed.inc"

[ -z "${SANITIZER_FLAGS:-}" ] || skip_all "they are built without the sanitizers"
pkg-config --exists glib-2.0 || skip_all "no pkg-config"
umask 022
export VENVB_CHECK_VALGRIND=''
install_venvb || finish
unset MAKEFLAGS MFLAGS MAKELEVEL
cp -R "$srcdir/docs/examples" examples
chmod -R u+w examples

# Builds, checks and uses an example.
try () # NAME MAKE-ARGUMENT...
{
  local dir=examples/$1 name=$1; shift
  check "$name: builds" make -C "$dir" "$@" || return
  check "$name: make check: no problem is found" make -C "$dir" VENVB="$venvb" "$@" check
  is "$name: it is the check that says so" "$(grep -c '^greet: no problem was found$' "$scratch/.out")" 1
  check "$name: make check can fail" sh -c '! make -C "$1" VENVB=false check' sh "$dir"
  check "$name: works" "$venvb" --without-pip --plugin="$dir/greet.so,text=hi there" one two
  is "$name: has worked" "$(cat one/greeting two/greeting)" "hi therehi there"
  rm -rf one two
  check "$name: works without options" "$venvb" --without-pip --plugin="$dir/greet.so" one
  is "$name: has worked without options" "$(cat one/greeting)" hello
  rm -rf one
  check_fails "$name: a wrong option" 2 "^venvb: plugin 'greet': unknown option 'x'; its options are$" \
    "$venvb" --without-pip --plugin="$dir/greet.so,x=y" one
  check "$name: is described" sh -c '"$@" | grep -qx has_post_setup=1' sh \
    "$venvb" --dump-plugin="$dir/greet.so"
  check "$name: --explain, which loads it twice" "$venvb" --plugin="$dir/greet.so" --explain
}

if [ -n "${CXX:-}" ] && echo 'int main () { return 0; }' >try.cc && ${CXX} -std=c++20 -fsyntax-only try.cc; then
  try c++ CXX="$CXX" CXXFLAGS='-O2 -Wall -Wextra -Werror'
else
  skip "c++" "no compiler for C++20"
fi

rustc=$(command -v "${RUSTC:-rustc}")
if [ -n "$rustc" ] && "$rustc" --version >/dev/null 2>&1; then
  try rust RUSTC="$rustc" RUSTFLAGS='-O -D warnings'
else
  skip "rust" "rustc is not installed"
fi

go=$(command -v "${GO:-go}")
if [ -n "$go" ] && GOTOOLCHAIN=local "$go" version >/dev/null 2>&1; then
  export GOTOOLCHAIN=local GOPROXY=off GOFLAGS=-mod=mod GOCACHE=$scratch/gocache CGO_ENABLED=1
  try go GO="$go"
else
  skip "go" "go is not installed"
fi

finish
