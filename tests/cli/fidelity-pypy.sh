#!/bin/bash
# An environment of PyPy is the one that its own `python -m venv` makes.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

command -v pypy3 >/dev/null || skip_all 'no pypy3'
discover () { pypy3 -IS -c 'import sys; print("PyPy %d.%d.%d" % sys.version_info[:3])' | tr ' ' - | sed "s|\$| $(command -v pypy3)|"; }

worn_out ()
{
  "$python" -m venv --without-pip env || return
  rm env/bin/python3 env/bin/activate.csh
  printf 'home = /nonexistent\n' >env/pyvenv.cfg
  "$@"
}

used () { "$python" -m venv --without-pip env && touch env/bin/tool && "$@"; }

with_umask () { (umask "$1"; shift; "$@"); }

of_pypy ()
{
  local minor=${version#PyPy-}
  minor=${minor%.*}
  made_as 'links' --without-pip
  made_as 'system site-packages and a prompt' --without-pip --system-site-packages --prompt 'x y'
  # Debian's copies all that is in /usr/lib.
  left_out 'copies' "PyPy's venv copies what lies beside it"
  same 'umask 077' with_umask 077 "$python" -m venv --without-pip env \
    -- with_umask 077 "$VENVB" -p "$python" --without-pip env
  same 'upgrade' worn_out "$python" -m venv --without-pip --upgrade env \
    -- worn_out "$VENVB" -p "$python" --without-pip --upgrade env
  same 'again over what is there' used "$python" -m venv --without-pip env \
    -- used "$VENVB" -p "$python" --without-pip env
  same 'clear' used "$python" -m venv --without-pip --clear env \
    -- used "$VENVB" -p "$python" --without-pip --clear env
  if command -v "pypy${minor}" >/dev/null; then
    same 'by its version' "pypy${minor}" -m venv --without-pip env \
      -- "$VENVB" -p "pypy@${minor}" --without-pip env
  else
    left_out 'by its version' "there is no pypy${minor}"
  fi
  if "$python" -m ensurepip --version >/dev/null 2>&1; then
    made_as 'with pip'
  else
    left_out 'with pip' 'it has no ensurepip'
  fi
}

compare_all of_pypy
finish
