# shellcheck shell=bash
# A walk through what people type at a terminal of 80 columns, as it was read last, line by
# line, by one who looked whether it helps.  typical.txt and mistyped.txt have both, the
# command lines and what is shown; after a change that was meant,
# `RECORD=1 ./runtests tests/terminal/walk.sh` writes them anew, to be read again.
. "${srcdir:-.}/tests/lib.sh"

find_base real
walks=$srcdir/tests/terminal
mkdir bin pythons home/wrong home/wrong/venvb wheels
ln -s "$base" pythons/python3
printf '#!/bin/sh\nexec "%s" "$@"\n' "$VENVB" >bin/venvb
chmod +x bin/venvb
for name in bash sh head cut grep rm; do ln -s "$(command -v "$name")" bin/; done
make_wheel wheels pip 99.1
make_wheel wheels demo-package 1.0
make_wheel wheels setuptools 99.2
mkdir -p config/venvb
hash=$(sha256sum wheels/demo*.whl | cut -d ' ' -f 1)
printf '[plugin pip]\nwheel-dir = %s\n[plugin requirements]\nenabled = no\nfind-links = %s\n' \
  "$scratch/wheels" "$scratch/wheels" >config/venvb/venvb.conf
printf '[venvb]\npromt = x\n' >home/wrong/venvb/venvb.conf
version=$("$base" -c 'import platform; print(platform.python_version())')
series=${version%.*}
export TERM=xterm SHELL=/bin/bash
unset NO_COLOR FORCE_COLOR

walk () # NAME
{
  rm -rf work && mkdir -p work/project && (
    cd work || exit 1
    echo readme >README
    printf 'demo-package==1.0 --hash=sha256:%s\n' "$hash" >requirements.txt
    echo >project/pyproject.toml
    PATH=$scratch/bin:$scratch/pythons "$base" "$walks/walk.py" "$walks/$1.txt" "$scratch/work=/home/me/work" "$scratch=/home/me" \
      "$builddir=/build" "$srcdir=/source" "$version=3.X.Y" "$series=3.X" "$base=/usr/bin/python3" >"$scratch/$1.now"
  )
  if [ -n "${RECORD-}" ]; then cp "$1.now" "$walks/$1.txt"; fi
  check "$1: $(grep -c '^\$ ' "$walks/$1.txt") command lines show what they did" \
    diff -u "$walks/$1.txt" "$1.now"
}

walk typical
walk mistyped
finish
