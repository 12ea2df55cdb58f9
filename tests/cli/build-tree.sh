#!/bin/bash
# An environment of a CPython that runs where it was built is the one that its
# own `python -m venv` makes.  Those here are made to believe that: a copy of
# the interpreter among the files by which it knows such a tree.  Real ones
# can be named in TEST_BUILD_PYTHONS (colons between), as BUILD/python.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

# Lays out DIR as the tree in which PYTHON was built, and prints the path of the
# interpreter: in a directory beside the source when it was built so.  Nothing
# when that was at a fixed place.
make_build_tree () # PYTHON DIR
{
  "$1" -I - "$2" <<'END'
import os, shutil, sys, sysconfig
vpath = sysconfig.get_config_var('VPATH') or '.'
if vpath not in ('.', '..'):
    sys.exit()
source = sys.argv[1]
build = source if vpath == '.' else os.path.join(source, 'build-here')
extensions = 'build/lib.test-%d.%d' % sys.version_info[:2]
stdlib = os.path.dirname(os.path.abspath(os.__file__))
dynload = os.path.join(sysconfig.get_path('platstdlib'), 'lib-dynload')
data = sysconfig._get_sysconfigdata_name() + '.py'
if not os.path.exists(os.path.join(stdlib, data)):
    sys.exit()
os.makedirs(os.path.join(build, extensions))
os.makedirs(os.path.join(source, 'Include'))
for directory in {source, build}:
    os.makedirs(os.path.join(directory, 'Modules'))
    for name in 'Setup', 'Setup.local':
        open(os.path.join(directory, 'Modules', name), 'x').close()
shutil.copy(os.path.realpath(sys.executable), os.path.join(build, 'python'))
with open(os.path.join(build, 'pybuilddir.txt'), 'w') as file:
    file.write(extensions)
os.symlink(stdlib, os.path.join(source, 'Lib'))
for name in os.listdir(dynload):
    os.symlink(os.path.join(dynload, name), os.path.join(build, extensions, name))
shutil.copy(os.path.join(stdlib, data), os.path.join(build, extensions, data))
print(os.path.join(build, 'python'))
END
}

# The system's, and an old one: how Python finds itself was written anew for
# 3.11.  The long form takes all of pyenv's.
bases ()
{
  local base system=/usr/bin/python3 versions=${PYENV_ROOT-$real_home/.pyenv}/versions
  local old=9
  [ -z "$stress" ] || old='*'
  [ -x "$system" ] || system=$(command -v python3)
  for base in "$system" "$versions"/3.$old.*/bin/python3; do
    [ ! -x "$base" ] || "$base" -c 'import os, sys; print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))'
  done | awk '!seen[$0]++'
}

discover ()
{
  local base count=0
  bases | while IFS= read -r base; do
    count=$((count + 1))
    base=$(make_build_tree "$base" "$scratch/tree $count")
    [ -z "$base" ] || printf '%s\n' "$base"
  done | cat - <(printf '%s\n' "${TEST_BUILD_PYTHONS-}" | tr : '\n' | sed '/^$/d') |
    while IFS= read -r base; do
      "$base" -I -S -c 'import sys, sysconfig
if sysconfig.is_python_build():
    print("%d.%d.%d" % sys.version_info[:3], sys.argv[1])' "$base"
    done
}

worn_out ()
{
  "$python" -m venv --without-pip env || return
  rm env/bin/python3 env/bin/activate.csh
  "$@"
}

says () # TEXT COMMAND...
{
  local text=$1; shift
  "$@" 2>&1 | tee /dev/stderr | grep -qF "$text"
}

# Like venv's of old, which did not say what the environment was made of.
upgraded_to_itself ()
{
  rm -rf env
  "$VENVB" -p "$python" --without-pip env && sed -i '/^executable = /d' env/pyvenv.cfg &&
    PATH=/usr/bin:/bin "$VENVB" --without-pip --upgrade env && [ "$(readlink env/bin/python)" = "$python" ] &&
    grep -qxF "home = ${python%/*}" env/pyvenv.cfg
}

of_a_build ()
{
  local dir=${python%/*} pip=
  [ -z "$stress" ] && case $python in "$scratch/tree 1"/*) ;; "$scratch"/*) pip=--without-pip ;; esac
  made_as 'links' --without-pip
  made_as 'copies, system site-packages and a prompt' --without-pip --copies --system-site-packages --prompt 'x y'
  made_as "${pip:-with pip}" $pip
  passes '... which is sound' says "'env' is sound" "$VENVB" --check env
  [ -n "$pip" ] || passes '... and works' env/bin/pip --version
  same 'by the directory' "$python" -m venv --without-pip env -- "$VENVB" -p "$dir" --without-pip env
  same 'by a relative path' "$python" -m venv --without-pip env \
    -- env -C "$dir" "$VENVB" -p ./python --without-pip "$PWD/env"
  same 'by PATH' "$python" -m venv --without-pip env \
    -- env PATH="$dir:$PATH" "$VENVB" -p python --without-pip env
  same 'by PATH and version' "$python" -m venv --without-pip env \
    -- env PATH="$dir:/usr/bin:/bin" "$VENVB" -p "==$version" --without-pip env
  passes 'it is listed' says "PATH       $python" env PATH="$dir:$PATH" "$VENVB" --list-pythons
  "$python" -m venv --without-pip outer
  same 'from inside an environment' "$python" -m venv --without-pip env \
    -- "$VENVB" -p outer/bin/python --without-pip env
  passes "venv's is sound" says "'outer' is sound" "$VENVB" --check outer
  same 'upgrade' worn_out "$python" -m venv --without-pip --upgrade env \
    -- worn_out "$VENVB" --without-pip --upgrade env
  passes 'upgrade, where only the home is told' upgraded_to_itself
  same 'clear' worn_out "$python" -m venv --without-pip --clear env \
    -- worn_out "$VENVB" -p "$python" --without-pip --clear env
}

compare_all of_a_build
finish
