#!/bin/bash
# An environment of PyPy is the one that its own `python -m venv` makes: of a
# system's, and of one that can be put anywhere, laid out here as it is from
# pypy.org, with what it brings along in lib.
# shellcheck disable=SC2154,SC2317
. "${srcdir:-.}/tests/lib.sh"
. "$srcdir/tests/cli/fidelity.inc"

command -v pypy3 >/dev/null || skip_all 'no pypy3'
minor=$(pypy3 -IS -c 'import sys; print("%d.%d" % sys.version_info[:2])')
library=$(ldd "$(readlink -f "$(command -v pypy3)")" | awk '/libpypy/ { print $3; exit }')

# Nothing when PyPy is not made of these parts.
make_portable () # DIR
{
  [ -n "$library" ] && [ "${library##*/}" = "libpypy$minor-c.so" ] || return
  mkdir -p "$1/bin" "$1/lib/tk/msgs"
  cp "$(readlink -f "$(command -v pypy3)")" "$1/bin/pypy$minor"
  ln -s "pypy$minor" "$1/bin/pypy3"; ln -s pypy3 "$1/bin/python3"
  cp "$library" "$1/bin/libpypy$minor-c.so"; chmod 755 "$1/bin/libpypy$minor-c.so"
  local stdlib; stdlib=$(pypy3 -c 'import os; print(os.path.dirname(os.__file__))')
  ln -s "$stdlib" "$1/lib/pypy$minor"
  # A newer one goes by a list of what else is needed.
  ! grep -q PYPY_PORTABLE_DEPS.txt "$stdlib/venv/__init__.py" ||
    printf '%s\n' libextra.so.1 tk gone '' >"$1/lib/PYPY_PORTABLE_DEPS.txt"
  echo library >"$1/lib/libextra.so.1"; chmod 755 "$1/lib/libextra.so.1"; ln -s libextra.so.1 "$1/lib/libextra.so"
  echo script >"$1/lib/tk/tk.tcl"; chmod 444 "$1/lib/tk/tk.tcl"; ln -s ../tk.tcl "$1/lib/tk/msgs/de.msg"
}

discover ()
{
  local pypy
  make_portable "$scratch/portable"
  for pypy in "$(command -v pypy3)" "$scratch/portable/bin/pypy3"; do
    "$pypy" -IS -c 'import sys; print("PyPy-%d.%d.%d %s" % (sys.version_info[:3] + (sys.argv[1],)))' "$pypy"
  done 2>/dev/null
}

made=--symlinks
worn_out ()
{
  "$python" -m venv --without-pip $made env || return
  rm env/bin/python3 env/bin/activate.csh
  printf 'home = /nonexistent\n' >env/pyvenv.cfg
  "$@"
}

used () { "$python" -m venv --without-pip $made env && touch env/bin/tool && "$@"; }

with_umask () { (umask "$1"; shift; "$@"); }

# Its own venv would copy all of /usr/lib, whose libraries this one uses anyway.
only_itself ()
{
  rm -rf env
  "$VENVB" -p "$python" --copies --without-pip env && [ ! -L env/bin/pypy3 ] &&
    cmp env/bin/pypy3 "$python" && [ "$(ls env/lib)" = "pypy$minor" ] && [ "$(env/bin/python -c 'import ssl, sys
print(sys.prefix != sys.base_prefix, sys.prefix)')" = "True $PWD/env" ]
}

# A newer PyPy would only link to what is asked for by way of a link, as pypy3, and
# fail the second time: so it is asked by its own name.
copies ()
{
  local made=--copies python=${python%/*}/pypy$minor
  made_as 'copies' --without-pip --copies
  same 'upgrade of copies' worn_out "$python" -m venv --without-pip --upgrade --copies env \
    -- worn_out "$VENVB" -p "$python" --without-pip --upgrade --copies env
  same 'copies over copies' used "$python" -m venv --without-pip --copies env \
    -- used "$VENVB" -p "$python" --without-pip --copies env
  passes 'copies of what is listed, and of nothing elsewhere' listed
}

listed ()
{
  printf '%s\n' libextra.so.1 gone .. ../bin/pypy3 /etc/passwd '' >"${python%/*}/../lib/PYPY_PORTABLE_DEPS.txt"
  rm -rf env
  "$VENVB" --copies --without-pip -p "$python" env && ls env/lib env/bin &&
    [ "$(ls env/lib | xargs)" = "libextra.so.1 pypy$minor" ]
}

# What the environment is of, when a CPython of that version lies beside PyPy.
beside_another ()
{
  rm -rf both env
  mkdir both
  ln -s "$python" both/pypy3
  printf '#!/bin/sh\nexit 1\n' >"both/python$minor"; chmod +x "both/python$minor"
  both/pypy3 -m venv --without-pip env && sed -i "s|^home = .*|home = $PWD/both|" env/pyvenv.cfg &&
    PATH=$PWD/both:$PATH "$VENVB" --without-pip --upgrade env &&
    [ "$(env/bin/python -c 'import sys; print(sys.implementation.name)')" = pypy ]
}

# Copies, where links are wanted and can't be made: of all that is beside it, too.
unlinked ()
{
  local python=${python%/*}/pypy$minor
  rm -rf env
  strace -f -qq -o /dev/null -e inject=?symlink,symlinkat:error=ENOSYS "$VENVB" --without-pip -p "$python" env &&
    [ -z "$(find env -type l)" ] && cmp env/bin/libpypy$minor-c.so "$library" && [ -e env/lib/libextra.so.1 ] &&
    works env
}

is_sound () { "$VENVB" --check env; }

of_pypy ()
{
  made_as 'links' --without-pip
  passes '... which is sound' is_sound
  if [ -e "${python%/*}/libpypy$minor-c.so" ]; then
    copies
    if strace -o /dev/null -e inject=?symlink,symlinkat:error=ENOSYS true 2>/dev/null; then
      passes 'where there are no links' unlinked
    else
      left_out 'where there are no links' 'no strace that injects'
    fi
    [ -n "$stress" ] || return 0
  else
    passes 'copies of it, and of nothing else' only_itself
  fi
  made_as 'system site-packages and a prompt' --without-pip --system-site-packages --prompt 'x y'
  made_as 'the prompt .' --without-pip --prompt .
  same 'umask 077' with_umask 077 "$python" -m venv --without-pip env \
    -- with_umask 077 "$VENVB" -p "$python" --without-pip env
  same 'upgrade' worn_out "$python" -m venv --without-pip --upgrade env \
    -- worn_out "$VENVB" -p "$python" --without-pip --upgrade env
  same 'upgrade, system site-packages' \
    worn_out "$python" -m venv --without-pip --upgrade --system-site-packages env \
    -- worn_out "$VENVB" -p "$python" --without-pip --upgrade --system-site-packages env
  passes 'upgrade, beside a CPython of that version' beside_another
  same 'again over what is there' used "$python" -m venv --without-pip env \
    -- used "$VENVB" -p "$python" --without-pip env
  same 'clear' used "$python" -m venv --without-pip --clear env \
    -- used "$VENVB" -p "$python" --without-pip --clear env
  if [ -x "${python%/*}/pypy$minor" ]; then
    same 'by its version' "${python%/*}/pypy$minor" -m venv --without-pip env \
      -- env PATH="${python%/*}:$PATH" "$VENVB" -p "pypy@$minor" --without-pip env
  else
    left_out 'by its version' "there is no pypy$minor"
  fi
  if "$python" -m ensurepip --version >/dev/null 2>&1; then
    made_as 'with pip'
  else
    left_out 'with pip' 'it has no ensurepip'
  fi
}

compare_all of_pypy
finish
