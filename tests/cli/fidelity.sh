#!/bin/bash
# An environment without pip is the one that `python -m venv` makes, for every
# CPython on the machine.  fidelity-pip.sh compares those with pip.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

# What activation sets has to be equal, too, as far as old scripts got it right.
probe ()
{
  env/bin/python -B "$compare" probe || return
  [ -n "$activating" ] || return 0
  bash -euc '. env/bin/activate; printf "%s\n" "$VIRTUAL_ENV" "$PATH" "$(command -v python)"'
}
activating=yes

# As a shell with that environment active would run it.
active () { VIRTUAL_ENV=$1 PATH=$1/bin:$PATH "${@:2}"; }

with_path () { PATH=$1:$PATH "${@:2}"; }

with_umask () { (umask "$1"; shift; "$@"); }

# An environment that lost a name of the interpreter and its home.
worn_out ()
{
  "$python" -m venv --without-pip env || return
  # Not a link to the interpreter either, onto which venv would copy that.
  rm -f env/bin/python3 "env/bin/${python##*/}" env/bin/activate.csh
  printf 'home = /nonexistent\n' >env/pyvenv.cfg
  "$@"
}

# An environment with something installed in it.
used ()
{
  "$python" -m venv --without-pip env && touch env/bin/tool && "$@"
}

# The base of an environment.  Before 3.11 Python took the environment's own
# interpreter for it: what counts is that of the same name in its home.
base_of () # PYTHON
{
  case $version in
    3.[6-9].* | 3.10.*) printf '%s/%s' "$(home_of "${1%/bin/*}")" "${1##*/}" ;;
    *) "$1" -c 'import sys; print(sys._base_executable)' ;;
  esac
}

home_of () { sed -n 's/^home = //p' "$1/pyvenv.cfg"; }

same_home () { [ "$(home_of "$1")" = "$(home_of "$2")" ]; }

inside ()
{
  rm -rf outer copied inner
  "$python" -m venv --without-pip outer
  "$python" -m venv --without-pip --copies copied
  outer/bin/python3 -m venv --without-pip inner
  same 'from inside an environment' "$(base_of outer/bin/python3)" -m venv --without-pip env \
    -- "$VENVB" -p outer/bin/python3 --without-pip env
  passes 'from inside an environment: its base' same_home env outer
  same 'from inside an active environment' "$(base_of outer/bin/python3)" -m venv --without-pip env \
    -- active "$PWD/outer" "$VENVB" --without-pip env
  passes 'from inside an active environment: its base' same_home env outer
  if [ "$(base_of copied/bin/python3)" -ef "$python" ]; then
    same 'from inside one with copies' "$(base_of copied/bin/python3)" -m venv --without-pip env \
      -- "$VENVB" -p copied/bin/python3 --without-pip env
  else
    left_out 'from inside one with copies' 'it takes its sibling named python3 for its base'
  fi
  passes 'from inside one with copies: its base' same_home env outer
  case $version in
    3.[6-9].* | 3.10.*) left_out 'from inside one from inside another' 'venv links to the former' ;;
    *) same 'from inside one from inside another' inner/bin/python -m venv --without-pip env \
         -- "$VENVB" -p inner/bin/python --without-pip env
       same "from inside, by that one's venv" outer/bin/python -m venv --without-pip env \
         -- "$VENVB" -p outer/bin/python --without-pip env ;;
  esac
  passes 'from inside one from inside another: its base' same_home env outer
}

# Where python3 is of another version, as where a system has several.
among_others ()
{
  local exe=python${version%.*}
  rm -rf others outer copied
  mkdir others
  ln -s "$python" "others/$exe"
  printf '#!/bin/sh\nexit 1\n' >others/python3
  chmod +x others/python3
  "others/$exe" -m venv --without-pip outer
  "others/$exe" -m venv --without-pip --copies copied
  same 'python3 is another' "others/$exe" -m venv --without-pip env \
    -- "$VENVB" -p "others/$exe" --without-pip env
  case $version in
    3.[6-9].* | 3.10.*) others=others/$exe ;;
    *) others=outer/bin/python3 ;;
  esac
  same 'python3 is another, from inside an environment' "$others" -m venv --without-pip env \
    -- "$VENVB" -p outer/bin/python3 --without-pip env
  same 'python3 is another, from inside one with copies' "others/$exe" -m venv --without-pip env \
    -- "$VENVB" -p copied/bin/python3 --without-pip env
}

# The interpreter's own name comes first, whatever that is.
names ()
{
  local dir=${python%/*} name
  for name in python python3 "python${version%.*}" "python${version%.*}t"; do
    [ -x "$dir/$name" ] || continue
    same "named $name" with_path "$dir" "$name" -m venv --without-pip env \
      -- with_path "$dir" "$VENVB" -p "$name" --without-pip env
    same "by the path of $name" "$dir/$name" -m venv --without-pip env \
      -- "$VENVB" -p "$dir/$name" --without-pip env
  done
  rm -rf links
  mkdir links
  ln -s "$python" links/snake-3
  same 'by a link of another name' links/snake-3 -m venv --without-pip env \
    -- "$VENVB" -p links/snake-3 --without-pip env
  same 'by a link of another name on PATH' with_path "$PWD/links" snake-3 -m venv --without-pip env \
    -- with_path "$PWD/links" "$VENVB" -p snake-3 --without-pip env
}

without_pip ()
{
  made_as 'links' --without-pip
  made_as 'copies' --without-pip --copies
  made_as 'system site-packages and a prompt' --without-pip --system-site-packages --prompt 'x y'
  activating=
  made_as 'a prompt with quotes' --without-pip --prompt "it's \"ü\" \\"
  activating=yes
  case $version in
    3.[678].*) left_out 'the prompt .' 'it stands for the directory since 3.9' ;;
    *) made_as 'the prompt .' --without-pip --prompt . ;;
  esac
  ln -sfn . link
  same 'by way of a link' "$python" -m venv --without-pip nowhere/../link/./env/ \
    -- "$VENVB" -p "$python" --without-pip nowhere/../link/./env/
  same 'umask 077' with_umask 077 "$python" -m venv --without-pip env \
    -- with_umask 077 "$VENVB" -p "$python" --without-pip env
  same 'umask 002, copies' with_umask 002 "$python" -m venv --without-pip --copies env \
    -- with_umask 002 "$VENVB" -p "$python" --without-pip --copies env
  same 'upgrade' worn_out "$python" -m venv --without-pip --upgrade env \
    -- worn_out "$VENVB" -p "$python" --without-pip --upgrade env
  same 'upgrade of copies' worn_out "$python" -m venv --without-pip --upgrade --copies env \
    -- worn_out "$VENVB" -p "$python" --without-pip --upgrade --copies env
  same 'again over what is there' used "$python" -m venv --without-pip env \
    -- used "$VENVB" -p "$python" --without-pip env
  same 'clear' used "$python" -m venv --without-pip --clear env \
    -- used "$VENVB" -p "$python" --without-pip --clear env
  names
  inside
  among_others
}

compare_all without_pip
finish
