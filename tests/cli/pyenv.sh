# shellcheck shell=bash
# The plugin pyenv: with a PYENV_ROOT made of links to a real interpreter, and
# where pyenv is there against what it says itself.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

real_home=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
real_root=${PYENV_ROOT:-$real_home/.pyenv}
unset "${!PYENV_@}"
umask 022

# A Python that is no shim: what the one on PATH says it is.
base=$(python3 -I -c 'import sys; print(sys._base_executable if hasattr(sys, "_base_executable") else sys.executable)') ||
  skip_all "there is no python3"
base=$(realpath "$base")

export PYENV_ROOT=$scratch/pyenv
versions=$PYENV_ROOT/versions
# A version: the real interpreter under another name, which the plugin has to
# choose; what it is is found out by running it.
make_version () # NAME...
{
  local name
  for name; do
    mkdir -p "$versions/$name/bin"
    printf '#!/bin/sh\necho "%s" >>"%s"\nexec "%s" "$@"\n' "$name" "$scratch/ran" "$base" \
      >"$versions/$name/bin/python3"
    chmod +x "$versions/$name/bin/python3"
  done
}
make_version 3.9.2 3.9.18 3.10.1 3.10.10 3.10.9 3.11.1 3.12.0 3.12.1 3.13.0 3.13.0t 3.13.1rc1 \
  3.14.0a2 3.14-dev pypy3.9-7.3.11 miniconda3-4.7.12 miniconda3-4.10.3
ln -s python3 "$versions/pypy3.9-7.3.11/bin/pypy3"
mkdir -p "$versions/2.7.18/bin"
ln -s "$base" "$versions/2.7.18/bin/python2"
mkdir -p "$PYENV_ROOT/shims" work/project/deep
printf '#!/bin/sh\necho shim >>"%s"\nexec "%s" "$@"\n' "$scratch/ran" "$base" >"$PYENV_ROOT/shims/python3"
chmod +x "$PYENV_ROOT/shims/python3"
mkdir system
ln -s "$base" system/python3
export PATH=$PYENV_ROOT/shims:$scratch/system:/usr/bin:/bin

run () { "$VENVB" --without-pip --plugin="pyenv$opts" "$@"; }
opts=
# What the plugin chooses, relative to the folder versions.
choice () # [ARGUMENT...]
{
  rm -rf "$scratch/env"
  run --no-cache -v "$@" "$scratch/env" 2>&1 | sed -n "s,^venvb: pyenv: '\\([^']*\\)'.*,\\1,p" |
    sed "s,^$versions/,,; s,/bin/python3\$,,"
}
chosen () { (cd "$scratch/work/project/deep" && choice "$@"); }
# As .python-version of the project says.
with () { printf %b "$1" >"$scratch/work/project/.python-version"; shift; chosen "$@"; }

# Which version.

is "exact" "$(with '3.9.2\n')" 3.9.2
is "a prefix is the latest: 3.9" "$(with '3.9\n')" 3.9.18
is "a prefix is the latest: 3.10" "$(with '3.10\n')" 3.10.10
is "a prefix is the latest: 3" "$(with '3\n')" 3.13.0
is "a prefix ends at a dot" "$(with '3.1\n3.12\n')" 3.12.1
is "a prefix is no pre-release" "$(with '3.13\n')" 3.13.0
is "a pre-release, when it is asked for" "$(with '3.13.1rc1\n')" 3.13.1rc1
is "a moving target, when it is asked for" "$(with '3.14-dev\n')" 3.14-dev
is "free-threaded" "$(with '3.13.0t\n')" 3.13.0t
is "free-threaded, a prefix" "$(with '3.13t\n')" 3.13.0t
is "python-" "$(with 'python-3.12\n')" 3.12.1
is "another distribution" "$(with 'miniconda3\n')" miniconda3-4.10.3
is "several" "$(with '3.11.1\n3.12\n')" 3.11.1
is "several in a line are one" "$(with '3.11.1 3.12\n')" 3.11.1
is "several with colons" "$(with '3.12:3.11\n')" 3.12.1
is "several, the first has no python3" "$(with '2.7.18\n3.10\n')" 3.10.10
is "several, the first is not CPython" "$(with 'pypy3.9-7.3.11\n3.10\n')" 3.10.10
is "several, the first is not installed" "$(with '3.8\n3.11\n')" 3.11.1
is "comments and blank lines" "$(with '# 3.9\n\n  \n   3.12.0   # that one\n')" 3.12.0
is "CR LF" "$(with '# 3.9\r\n\r\n3.11\r\n')" 3.11.1
is "no line's end" "$(with '3.11')" 3.11.1
is "tabs" "$(with '\t3.11\t\n')" 3.11.1
is "out of the folder is ignored" "$(with '../versions\n..\n.\n../../work\n/\n3.11\n')" 3.11.1
is "system" "$(with 'system\n')" "$scratch/system/python3"
is "an empty file: system" "$(with '\n')" "$scratch/system/python3"
: >ran
with 'system\n' >/dev/null
is "system: no shim is run" "$(grep -c shim ran)" 0

# From where.

echo 3.9.2 >"$PYENV_ROOT/version"
is "the nearest file" "$(echo 3.11 >work/project/deep/.python-version; with '3.12\n')" 3.11.1
rm work/project/deep/.python-version
is "one above" "$(with '3.12\n')" 3.12.1
mkdir work/project/deep/.python-version
is "a directory of its name is none" "$(with '3.12\n')" 3.12.1
rmdir work/project/deep/.python-version
is "PYENV_VERSION" "$(PYENV_VERSION=3.13.0:3.11 with '3.12\n')" 3.13.0
is "PYENV_VERSION, empty" "$(PYENV_VERSION='' with '3.12\n')" 3.12.1
mkdir dir
echo 3.10.1 >dir/.python-version
is "PYENV_DIR" "$(PYENV_DIR=$scratch/dir with '3.12\n')" 3.10.1
opts=,version=3.11
is "the option version" "$(PYENV_VERSION=3.13.0 with '3.12\n')" 3.11.1
opts=,file=$scratch/dir/.python-version
is "the option file" "$(PYENV_VERSION=3.13.0 with '3.12\n')" 3.10.1
opts=,root=$scratch/pyenv
is "the option root" "$(PYENV_ROOT=/nonexistent with '3.12\n')" 3.12.1
opts=",root=~/linked"
ln -s "$PYENV_ROOT" "$HOME/linked"
is "the option root, below the home directory" \
   "$(PYENV_ROOT=/nonexistent with '3.12\n')" "$HOME/linked/versions/3.12.1"
opts=
is "the one in the home directory" "$(ln -s "$PYENV_ROOT" "$HOME/.pyenv"; unset PYENV_ROOT; with '3.12\n')" \
   "$HOME/.pyenv/versions/3.12.1"
rm work/project/.python-version
is "the file for all" "$(chosen)" 3.9.2
rm "$PYENV_ROOT/version"
is "no file: system" "$(chosen)" "$scratch/system/python3"

# The environment.

echo 3.12 >work/.python-version
: >ran
(cd work && run env) >out 2>&1
(cd work && run env env2) >out 2>&1
is "an environment: done" $? 0
is "an environment: its base" "$(sed -n 's/^home = //p' work/env/pyvenv.cfg)" \
   "$("$VENVB" --without-pip -p "$base" ref >/dev/null; sed -n 's/^home = //p' ref/pyvenv.cfg)"
is "an environment: only that version was run" "$(sort -u ran)" 3.12.1
# A virtual environment of pyenv-virtualenv.

mkdir -p "$versions/3.12.1/envs"
"$VENVB" --without-pip -p "$base" "$versions/3.12.1/envs/mine" >/dev/null
ln -s "$versions/3.12.1/envs/mine" "$versions/mine"
for name in mine 3.12.1/envs/mine; do
  is "a virtual environment, $name" "$(with "$name\n")" "$name"
  is "a virtual environment, $name: its base" "$(sed -n 's/^home = //p' env/pyvenv.cfg)" \
     "$(sed -n 's/^home = //p' ref/pyvenv.cfg)"
done

# Together with --python.

is "--python wins" "$(with '3.12\n' -p "$base")" ''
is "--python wins: it is the one" "$(sed -n 's/^home = //p' env/pyvenv.cfg)" \
   "$(sed -n 's/^home = //p' ref/pyvenv.cfg)"
is "--python VERSION" "$(with '3.12\n' -p 3.10)" 3.10.10
is "--python COMMAND" "$(with '3.12\n' -p python3)" ''

# What can't be.

rm -rf env
list='2.7.18, 3.9.2, 3.9.18, 3.10.1'
printf '3.8\n' >work/project/.python-version
cd work/project || exit 1
check_fails "not installed" 1 \
  "'3.8' is not installed, set by '$scratch/work/project/.python-version'; installed in '$PYENV_ROOT': $list" \
  run "$scratch/env"
printf '3.8\n2.7.18\npypy3.9-7.3.11\n' >.python-version
check_fails "none of several" 1 \
  "'3.8' is not installed, '2.7.18' has no python3 of CPython, 'pypy3.9-7.3.11' has no python3 of CPython, set by" \
  run "$scratch/env"
PYENV_VERSION=3.8 check_fails "not installed, PYENV_VERSION" 1 "set by PYENV_VERSION" run "$scratch/env"
PYENV_ROOT=/nonexistent check_fails "nothing installed" 1 "installed in '/nonexistent': nothing" \
  run "$scratch/env"
opts=,version=3.8
check_fails "not installed, the option version" 1 "set by the option version" run "$scratch/env"
opts=,version=../../work
check_fails "out of the folder" 1 "'../../work' is not installed" run "$scratch/env"
opts=,file=none
check_fails "the option file, missing" 1 "cannot read '$scratch/work/project/none': No such file" \
  run "$scratch/env"
opts=,file=.
check_fails "the option file, a directory" 1 "work/project.*directory" run "$scratch/env"
opts=,root=/nonexistent
check_fails "the option root, missing" 2 "root '/nonexistent' is not a directory" run "$scratch/env"
opts=,version=3,file=x
check_fails "version and file" 2 "can't both be given" run "$scratch/env"
opts=,version
check_fails "an option without a value" 2 "version needs a value" run "$scratch/env"
opts=,nonsense=1
check_fails "an unknown option" 2 "unknown option 'nonsense'" run "$scratch/env"
opts=,required=maybe
check_fails "required=maybe" 2 "'yes' or 'no', not 'maybe'" run "$scratch/env"
cd "$scratch" || exit 1
rm -f work/.python-version work/project/.python-version
for opts in ,required ,required=yes; do
  check_fails "$opts: no version" 1 "no version is set by any file .python-version" run env
done
opts=,required=yes
echo '# none' >.python-version
check_fails "required: an empty file" 1 "no version is set by '$scratch/.python-version'" run env
rm .python-version
check "nothing is left" test ! -e env
opts=,required=no
check "required=no" run env
opts=

# What pyenv itself says, in the same places.

if [ -x "$real_root/libexec/pyenv" ] && bash -c : 2>/dev/null; then
  which_python ()
  {
    (cd "$scratch/work/project/deep" &&
       PATH="$real_root/libexec:$PATH" "$real_root/libexec/pyenv" which python3 2>/dev/null) |
      sed "s,^$versions/,,; s,/bin/python3\$,,"
  }
  for text in '3.9.2\n' '3.9' '3\n' '3.1\n3.12\n' '3.13\n' '3.13t\n' '3.14\n3.9' 'python-3.12\n' 'miniconda3' \
              '3.12:3.11\n' '2.7.18\n3.10\n' '3.8\n3.11\n' '# 3.9\n\n  3.12.0 # x\n' '3.11\r\n' \
              '../versions\n3.11\n' 'mine\n' '3.13.0rc\n3.9\n' '3.12.1/envs/mine\n' 'system\n' '\n'; do
    is "as pyenv: '$text'" "$(with "$text")" "$(which_python)"
  done
else
  skip "as pyenv" "pyenv is not installed"
fi

# The real one.

if [ -d "$real_root/versions" ] && [ -r "$real_root/versions" ]; then
  for dir in "$real_root"/versions/3.*/; do
    version=$(basename "$dir")
    "$dir/bin/python3" -c '' 2>/dev/null || continue
    rm -rf env
    PYENV_ROOT=$real_root PYENV_VERSION=$version run env >out 2>&1
    is "$version: its own" "$(sed -n 's/^home = //p' env/pyvenv.cfg)" "${dir}bin"
  done
fi

finish
