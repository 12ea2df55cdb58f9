#!/bin/bash
# An environment with pip is the one that `python -m venv` makes, for the
# system's CPython, the oldest and the newest on the machine; in the long form
# for all of them.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

# What pip says has to be equal, too, however it is started.  The packages of
# the system need not be consistent: what counts is that it says the same.
probe ()
{
  (
    export PYTHONDONTWRITEBYTECODE=1
    env/bin/python "$compare" probe || exit
    env/bin/python -m pip list --format=freeze || exit
    env/bin/python -m pip check
    echo "pip check: exit status $?"
    env/bin/pip --version && "env/bin/pip${version%.*}" --version
  )
}

with_pip ()
{
  if ! "$python" -m ensurepip --version >/dev/null 2>&1; then
    left_out 'with pip' 'its own venv cannot install pip; fidelity.sh compares those without'
    return
  fi
  made_as 'with pip'
  # What differs does so by the version of pip rather than that of Python; and a
  # debug build has the same, and takes its time.
  case $python,$version in
    *d) return ;;
    /usr/*) ;;
    *) return ;;
  esac
  umask 077
  made_as 'with pip, copies, system site-packages, umask 077' --copies --system-site-packages
  umask 022
  same 'upgrade with pip' upgraded "$python" -m venv env -- upgraded "$VENVB" -p "$python" env
  same 'pip again' twice "$python" -m venv env -- twice "$VENVB" -p "$python" env
}

# Made without pip at first.
upgraded () { "$@" --without-pip && "$@" --upgrade; }
# What is there is left as it is, even when it was changed.
twice () { "$@" && for pip in env/bin/pip*; do echo '# mine' >>"$pip"; done && "$@"; }

compare_all with_pip outermost
finish
