#!/bin/bash
# GraalPy: what venvb makes of what GraalPy tells about itself, shown with a
# stand-in that tells the same; and, where TEST_GRAALPY names one, that the
# environment is the one which its own `python -m venv` makes.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

CC=${CC:-cc}
find_base real
ln -s "$base" "$scratch/snake"
minor=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
make_stand_in () # DIR TOOLCHAIN
{
  mkdir -p "$1/bin"
  cat >"$1/stand-in" <<END
#!$scratch/snake -ISB
# The options end with the program that is to be run.
import builtins, os, sys, types
sys.implementation.name = 'graalpy'
sys.implementation.cache_tag = 'graalpy242-311'
sys.maxsize = 2**31 - 1
sys.executable = sys._base_executable = '$1/bin/graalpy'
builtins.__graalpython__ = types.SimpleNamespace($2)
# So does what is in an environment, and says which.
prefix = os.path.dirname(os.path.dirname(os.environ['STARTED_AS']))
if os.path.exists(os.path.join(prefix, 'pyvenv.cfg')):
    sys.prefix = prefix
code = sys.argv.index('-c') + 1
script, sys.argv[:] = sys.argv[code], ['-c'] + sys.argv[code + 1:]
exec(script)
END
  chmod +x "$1/stand-in"; ln -s graalpy "$1/bin/python3"
  printf '#include <%s>\n' stdlib.h unistd.h >"$1/launcher.c"
  printf 'int main (int argc, char **argv) { setenv ("STARTED_AS", argv[0], 1); execv ("%s", argv); return argc; }\n' \
    "$1/stand-in" >>"$1/launcher.c"
  $CC -o "$1/bin/graalpy" "$1/launcher.c"
}
command -v "${CC%% *}" >/dev/null || skip_all 'no compiler'
make_stand_in "$scratch/new" 'use_system_toolchain=True'
make_stand_in "$scratch/old" ''
bits=$("$base" -c 'import struct; print(8 * struct.calcsize("P"))')

for request in new/bin/graalpy ./new graalpy "graalpy@$minor" "graalpy$minor" "graalpy>=3.8" "graalpy@3-$bits"; do
  rm -rf env
  case $request in
    *new*) check "-p $request" "$VENVB" --without-pip -p "$request" env ;;
    *) check "-p $request" env PATH="$scratch/new/bin:$PATH" "$VENVB" --without-pip -p "$request" env ;;
  esac
  name=$(basename "$(readlink env/bin/python)")
  is '... the names' "$(cd env/bin && find . -type l -printf '%f -> %l\n' | sort | xargs)" \
     "$(printf '%s -> %s\n' "$name" "$scratch/new/bin/$name" |
        cat - <(for n in graalpy python python3 "python$minor"; do [ "$n" = "$name" ] || echo "$n -> $name"; done) | sort | xargs)"
  is '... pyvenv.cfg' "$(grep -E '^(home|executable)' env/pyvenv.cfg | xargs)" \
     "home = $scratch/new/bin executable = $scratch/new/bin/graalpy"
  check '... no lib64, as sys.maxsize has it' test ! -e env/lib64
done
rm -rf env
"$VENVB" --copies --without-pip -p new/bin/graalpy env >out 2>&1
check 'copies are links' test -L env/bin/graalpy
is '... which is told' "$(cat out)" "venvb: a copy of '$scratch/new/bin/graalpy' would not work: it is linked, as its own venv does it"
check '--upgrade keeps it' "$VENVB" --without-pip --upgrade env
is '... the home' "$(sed -n 's/^home = //p' env/pyvenv.cfg)" "$scratch/new/bin"
mkdir -p "env/lib/python$minor/site-packages/patched-1.0.dist-info"
printf 'Metadata-Version: 2.1\nName: patched\nVersion: 1.0\n' >"env/lib/python$minor/site-packages/patched-1.0.dist-info/METADATA"
echo 'patched.py,sha256=x,1' >"env/lib/python$minor/site-packages/patched-1.0.dist-info/RECORD"
is 'what its pip has patched is sound' "$("$VENVB" --check env 2>&1)" "'env' is sound"
rm env/bin/graalpy
is '... but not in other environments' "$("$VENVB" --check env 2>/dev/null | grep -c patched)" 1
check_fails 'one with compilers of its own' 1 "graalpy' is a GraalPy with compilers of its own.*: graalpy -m venv$" \
  "$VENVB" --without-pip -p old/bin/graalpy old-env
check_fails 'not asked for' 1 "no Python 'graalpy@3.99' on PATH" "$VENVB" -p graalpy@3.99 old-env
check '... nothing is left' test ! -e old-env

if [ -n "${TEST_GRAALPY-}" ]; then
  discover () { printf 'GraalPy %s\n' "$TEST_GRAALPY"; }
  # Its scripts have the modes that its files got when they were unpacked.  It
  # does not load its byte code by way of marshal.
  probe ()
  {
    chmod 644 env/bin/[Aa]ctivate* && env/bin/python -B "$compare" probe &&
      find env -name '*.pyc' -delete
  }
  comparer=$base
  is_sound () { "$VENVB" --check env && env/bin/pip --version; }
  of_graalpy ()
  {
    same 'links' "$python" -m venv --without-pip env -- "$VENVB" -p "$python" --without-pip env
    same 'copies, system site-packages and a prompt' \
      "$python" -m venv --without-pip --copies --system-site-packages --prompt 'x y' env \
      -- "$VENVB" -p "$python" --without-pip --copies --system-site-packages --prompt 'x y' env
    same 'from inside an environment' "$python" -m venv --without-pip env \
      -- bash -c '"$1" -p "$2" --without-pip outer && "$1" -p outer/bin/python --without-pip env' - "$VENVB" "$python"
    made_as 'with pip'
    passes '... which is sound' is_sound
  }
  compare_all of_graalpy
else
  skip "GraalPy's own venv" 'TEST_GRAALPY does not name one'
fi
finish
