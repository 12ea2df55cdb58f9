#!/bin/bash
# Fuzzing with libFuzzer, in a build of its own: for make stress.  What make
# check has of it are the programs in tests/fuzz.
. "${srcdir:-.}/tests/lib.sh"

[ -n "$stress" ] || skip_all 'the short form are the programs in tests/fuzz'
clang=$(command -v clang) || skip_all 'there is no clang'
mkdir "$scratch/build"
cd "$scratch/build" || exit 1
if ! "$srcdir/configure" CC="$clang" CFLAGS='-g -O1' --enable-fuzzing >"$scratch/.out" 2>&1; then
  grep -q 'needs a compiler with libFuzzer' "$scratch/.out" && skip_all 'clang has no libFuzzer'
fi
export FUZZ_SECONDS=${FUZZ_SECONDS:-60}
check "no target finds anything in $FUZZ_SECONDS seconds" \
      env -u MAKEFLAGS -u MFLAGS -u TESTS make fuzz
tap_diag "$(grep executions "$scratch/.out")"
finish
