# shellcheck shell=bash
# SOURCE_DATE_EPOCH: equal inputs give equal bytes, whenever and wherever they are made;
# byte code goes by hashes then, as that of CPython's own py_compile.
. "${srcdir:-.}/tests/lib.sh"

find_base real
unset SOURCE_DATE_EPOCH
mk () { "$VENVB" -p "$base" --without-scm-ignore-files "$@"; }
# What byte code of an environment depends on, in words, each kind once.
kinds ()
{
  "$base" - "$1" <<'END'
import os, sys
kinds = set()
for top, dirs, files in os.walk(sys.argv[1]):
    for name in files:
        if name.endswith('.pyc'):
            with open(os.path.join(top, name), 'rb') as file:
                flags = int.from_bytes(file.read(8)[4:], 'little')
            kinds.add({0: 'time', 1: 'hash', 3: 'checked'}.get(flags, flags))
print(*sorted(kinds))
END
}
contents () { tree_of "$1" no-times; } # all but times, which are those of the making
mk env >/dev/null 2>&1 && [ -x env/bin/pip ] || skip_all 'no environment with pip can be made'
"$base" -c 'import py_compile; py_compile.PycInvalidationMode' 2>/dev/null || skip_all 'this Python knows byte code by time alone'
is 'without it' "$(kinds env)" time
rm -rf env
export SOURCE_DATE_EPOCH=1700000000
mk env
is 'with it' "$(kinds env)" checked
check '... pip works' env/bin/pip --version
check '... it is sound' "$VENVB" --check env
contents env >first
# The byte code is that of py_compile.
module=$(ls env/lib/python*/site-packages/pip/__main__.py)
"$base" -c 'import py_compile, sys; py_compile.compile(sys.argv[1], "theirs.pyc", dfile=sys.argv[2])' \
  "$module" "${module#env/}"
check '... as py_compile makes it' cmp theirs.pyc env/lib/python*/site-packages/pip/__pycache__/__main__.*.pyc

# At another time, from other caches, on one processor, with other settings of Python's.
# What was typed is in pyvenv.cfg, so that is the same.
again () # NAME COMMAND...
{
  local name=$1; shift
  rm -rf env
  "$@" >out 2>&1 || tap_diag "$(cat out)"
  is "$name" "$(contents env | diff first - | head -n 5)" ''
}
again 'from the cache' mk env
VENVB_CLEAR=yes again 'over another' mk env
again 'from a cache made later' env XDG_CACHE_HOME="$scratch/other" SOURCE_DATE_EPOCH=1800000000 "$VENVB" -p "$base" --without-scm-ignore-files env
VENVB_NO_CACHE=yes again 'without a cache, on one processor' taskset 1 "$VENVB" -p "$base" --without-scm-ignore-files env
VENVB_NO_CACHE=yes PYTHONHASHSEED=1 PYTHONOPTIMIZE=2 PYTHONDONTWRITEBYTECODE=1 again 'with other settings of Python' mk env
VENVB_LINK_MODE=copy again 'copies' mk env
rm -rf env; mk --no-compile env
is '--no-compile' "$(kinds env)" ''

# The cache has both kinds, apart.
rm -rf env; env -u SOURCE_DATE_EPOCH "$VENVB" -p "$base" env
is 'without it again' "$(kinds env)" time
rm -rf env; SOURCE_DATE_EPOCH='' "$VENVB" -p "$base" env
is 'empty counts for nothing' "$(kinds env)" time
rm -rf env "$XDG_CACHE_HOME"; mk --cache-warm >out 2>&1
mk --no-wait env
is 'a cache that was warmed with it' "$(kinds env)" checked
rm -rf env; env -u SOURCE_DATE_EPOCH "$VENVB" -p "$base" env
is '... and is used without' "$(kinds env)" time

# What lies in a wheel does not run while it is compiled.
mkdir -p wheels src/evil-1.0.data/data src/evil-1.0.dist-info
for name in py_compile os importlib; do echo "open('$scratch/ran', 'w')" >"src/evil-1.0.data/data/$name.py"; done
printf 'x = 1\n' >src/evil.py
printf 'Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n' >src/evil-1.0.dist-info/METADATA
printf 'Wheel-Version: 1.0\nGenerator: me\nRoot-Is-Purelib: true\nTag: py3-none-any\n' >src/evil-1.0.dist-info/WHEEL
"$base" - <<'END'
import base64, hashlib, os, zipfile
with zipfile.ZipFile('wheels/evil-1.0-py3-none-any.whl', 'w') as wheel:
    lines = []
    for top, dirs, files in os.walk('src'):
        for name in files:
            path = os.path.join(top, name)
            data = open(path, 'rb').read()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()
            lines.append('%s,sha256=%s,%d' % (path[4:], digest, len(data)))
            wheel.write(path, path[4:])
    wheel.writestr('evil-1.0.dist-info/RECORD', '\n'.join(lines + ['evil-1.0.dist-info/RECORD,,', '']))
END
rm -rf env
check 'a wheel with modules of the names of those that compile' mk --plugin="requirements,package=evil,find-links=$PWD/wheels,offline" env
check '... which did not run' test ! -e ran
is '... is compiled' "$(ls env/lib/python*/site-packages/__pycache__ | grep -c evil)" 1
finish
