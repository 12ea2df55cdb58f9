#!/bin/bash
# Each form of a request for a Python, on a machine with real ones: the
# system's python3 and pypy3, and those of pyenv.  What is chosen is then made
# as that one's own `python -m venv` does it.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

root=${PYENV_ROOT-$real_home/.pyenv}
unset PYENV_ROOT PYENV_VERSION
base=/usr/bin/python3
[ -x "$base" ] || skip_all "no $base"
export PATH=/usr/bin:/bin
mkdir "$scratch/project"

# The interpreter that the environment is of, as "IMPLEMENTATION VERSION BITS FLAGS".
tells='import struct, sys
print(sys.implementation.name, "%d.%d.%d" % sys.version_info[:3], struct.calcsize("P") * 8,
      getattr(sys, "abiflags", "").replace("m", ""))'
told () { "$1" -I -S -c "$tells"; }
gives () # EXPECTED-INTERPRETER REQUEST...
{
  local expected=$1; shift
  rm -rf new
  is "$*" "$("$VENVB" --without-pip "$@" new 2>&1 && told new/bin/python)" "$(told "$expected")"
}
bits=$(told "$base" | cut -d' ' -f3)
system=$(told "$base" | cut -d' ' -f2)

# What one can ask a version of an installation by; the system's goes first.
forms () # INTERPRETER VERSION
{
  local minor=${2%.*} series=$1 next
  next=3.$((${minor#*.} + 1))
  [ "$minor" != "${system%.*}" ] || series=$base
  gives "$1" -p "$1"
  gives "$1" -p "$2"
  gives "$1" -p "cpython@$2"
  gives "$1" -p "==$2"
  gives "$1" -p "cpython==$2"
  gives "$1" -p "$2-$bits"
  gives "$series" -p "$minor"
  gives "$series" -p "${minor/./}"
  gives "$series" -p "python$minor"
  gives "$series" -p "cpython@$minor"
  gives "$series" -p "cp${minor/./}"
  gives "$series" -p "$minor-$bits"
  gives "$series" -p ">=$minor,<$next"
  gives "$series" -p "~=$minor.0"
}

gives "$base" -p python3
gives "$base" -p 3
gives "$base"
forms "$base" "$system"

# Those of pyenv.

versions=()
for dir in "$root"/versions/3.*; do
  [[ ${dir##*/} == *[!0-9.]* || ! -x $dir/bin/python3 ]] || versions+=("${dir##*/}")
done
if [ "${#versions[@]}" -gt 0 ]; then
  export PYENV_ROOT=$root
  mapfile -t versions < <(printf '%s\n' "${versions[@]}" | sort -V)
  tap_diag "pyenv has ${versions[*]}"
  # The long form asks for all of them in all ways.
  for version in "${versions[@]}"; do
    dir=$root/versions/$version
    gives "$dir/bin/python3" -p "$dir"
    gives "$dir/bin/python3" -p "$version"
    [[ -z $stress && $version != "${versions[0]}" ]] || forms "$dir/bin/python3" "$version"
  done
  newest=${versions[-1]} oldest=${versions[0]}
  new=$root/versions/$newest/bin/python3 old=$root/versions/$oldest/bin/python3
  gives "$new" -p ">$system,<3.99"
  gives "$base" -p ">=3.6,<3.99"
  gives "$base" -p ">=${oldest%.*},<=$newest,!=$newest"
  gives "$old" -p "<=$oldest"
  check_fails "no ${newest}t" 1 "no Python '${newest}t' on PATH" "$VENVB" -p "${newest}t" none
  check_fails "no $newest-$((96 - bits))" 1 "no Python '$newest-$((96 - bits))' on PATH" "$VENVB" -p "$newest-$((96 - bits))" none
  check 'an environment' "$VENVB" --without-pip -p "$newest" made
  gives "$new" -p made
  gives "$new" -p made/bin/python
  gives "$new" -p "$PWD/made/"
  cd "$scratch/project" || exit 1
  echo "$oldest" >.python-version
  gives "$old" -p project
  printf '[project]\nrequires-python = ">%s"\n' "$system" >pyproject.toml
  gives "$old" -p project
  rm .python-version
  gives "$new" -p project
  gives "$new" -p no-such-command -p 3.98 -p "$newest" -p "$oldest"
  VENVB_PYTHON=$oldest gives "$old"
  VENVB_PYTHON="3.98 $oldest" gives "$old"
  VENVB_PYTHON=$oldest gives "$new" -p "$newest"
  cd "$scratch" || exit 1
else
  skip 'versions of pyenv' 'there are none'
fi

# A free-threaded one, if some test machine has it: of TEST_PYTHONS.

threaded=$(IFS=:; for dir in ${TEST_PYTHONS-}; do ls "$dir"/python3.*t "$dir" 2>/dev/null; done | grep -m 1 't$')
if [ -x "$threaded" ]; then
  series=$("$threaded" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  PATH=${threaded%/*}:$PATH gives "$threaded" -p "${series}t"
  PATH=${threaded%/*}:$PATH gives "$threaded" -p "cpython@${series}t"
  PATH=${threaded%/*}:$PATH gives "$threaded" -p "python${series}t"
else
  skip '-p 3.13t' 'TEST_PYTHONS names no directory of a free-threaded Python'
fi

# PyPy.

pypy=/usr/bin/pypy3
if [ -x $pypy ]; then
  full=$(told $pypy | cut -d' ' -f2) minor=${full%.*}
  for request in pypy3 pypy "pypy@3" "pypy${full%.*}" "pypy@${full%.*}" "pypy@$full" "pp${minor/./}" "pypy>=3.6" \
      "pypy3-$bits" "$pypy"; do
    gives $pypy -p "$request"
  done
  gives $pypy -p 3.99 -p pypy3
  check_fails 'no PyPy of that version' 1 "no Python 'pypy3.99' on PATH" "$VENVB" -p pypy3.99 none
else
  skip 'PyPy' "no $pypy"
fi
check '... what fails leaves nothing' test ! -e none

# The first that is found is the one whose venv it equals: whoever asks for it.

configured () # PYTHONS COMMAND...
{
  (umask 022; mkdir -p config/venvb; printf '[venvb]\npython = %s\n' "$1" >config/venvb/venvb.conf)
  XDG_CONFIG_HOME=$PWD/config "${@:2}"
}

# ASKED as options, as a variable, and as a configuration.
all_ways () # FIRST SECOND
{
  same "-p $1 -p $2" "$python" -m venv --without-pip env -- "$VENVB" --without-pip -p "$1" -p "$2" env
  same "VENVB_PYTHON='$1 $2'" "$python" -m venv --without-pip env \
    -- env "VENVB_PYTHON=$1 $2" "$VENVB" --without-pip env
  same "python = $1;$2" "$python" -m venv --without-pip env -- configured "$1;$2" "$VENVB" --without-pip env
}

discover ()
{
  local nine
  for nine in "$root"/versions/3.9.*/bin/python3.9; do
    [ ! -x "$nine" ] || printf 'first %s\n' "$nine"
    break
  done
  [ ! -x $pypy ] || printf 'second %s\n' "$pypy"
}

of_the_first ()
{
  case $version in
    first) all_ways 3.9 pypy3 ;;
    *) all_ways 3.99 pypy3 ;;
  esac
}
if [ -n "$(discover)" ]; then
  compare_all of_the_first
else
  skip '-p 3.9 -p pypy3' 'neither of them is here'
fi

finish
