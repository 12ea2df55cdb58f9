# pip, installed without running it, is the pip that ensurepip would have
# installed: it works, upgrades and goes as any other.
. "${srcdir:-.}/tests/lib.sh" || exit 1

find_base real
version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
lib=lib/python$version/site-packages
unset PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX
mk () { "$VENVB" -p "$base" "$@"; }
pip_version () { "$1/bin/python" -c 'import pip; print(pip.__version__)'; }
installed () { find "$1/$lib" -maxdepth 1 -name 'pip-*.dist-info' -printf '%f\n' | xargs; }

mk -v env >out 2>&1 || { tap_diag "$(cat out)"; skip_all 'no environment can be made'; }
grep -q 'left to ensurepip' out && skip_all 'no wheel of pip'
mk second || exit 1  # from the cache

# It works.
for env in env second; do
  check "pip check ($env)" "$env/bin/pip" check
  is "INSTALLER ($env)" "$(cat "$env/$lib"/pip-*.dist-info/INSTALLER)" pip
  "$env/bin/python" -v -c 'import pip._internal.cli.main' >out 2>&1
  check "its byte code is used ($env)" grep -q "matches .*/$lib/pip/_internal/__init__.py" out
  is "... nothing is compiled ($env)" "$(grep "/$lib/" out | grep -E '^# (wrote|created|could not create|bytecode is stale)')" ''
done
mk --no-compile plain
plain/bin/python -v -c 'import pip._internal.cli.main' >out 2>&1
check 'without byte code it is compiled' grep -qE "(wrote|created|could not create) .*/$lib/pip/_internal/" out

# It goes, and comes back.
check 'pip uninstall' env/bin/python -m pip uninstall -y pip
is '... leaves nothing of it' "$(find env -ipath "*pip*" ! -name '*.py*')" ''
check '... and not in another' second/bin/pip check
check 'upgraded: pip is back' mk --upgrade -v env
check '... works' env/bin/pip check
mk third
check '... and the cache is whole' third/bin/python -m pip --version

# Some version of it is there already.
mk_v () { mk -v "$@" >said 2>&1; }
check 'once more on the same' mk_v env
check '... it is there' grep -q 'pip: pip [0-9.]* is installed already' said
check '... and not left to ensurepip' test -z "$(grep 'left to ensurepip' said)"
check '... works' env/bin/pip --version
is '... the same' "$(installed env)" "$(installed second)"
if [ -z "$again" ]; then
  mkdir newer older
  cp -r env older/env
  for dir in older/env/lib/python*/site-packages/pip-*.dist-info; do
    mv "$dir" "${dir%/*}/pip-1.0.dist-info"
    sed -i 's/^Version: .*/Version: 1.0/' "${dir%/*}/pip-1.0.dist-info/METADATA"
  done
  check 'on an older one' mk_v older/env
  check '... is left to ensurepip' grep -q 'left to ensurepip: pip 1.0 is installed already' said
  check '... works' older/env/bin/python -m pip --version
  make_wheel newer pip 99.1
  make_wheel newer setuptools 99.1
  check 'on a newer one' mk --plugin="pip,wheel-dir=newer" older/new
  check '... pip of the base does not replace it' mk_v older/new
  is '... is there' "$(ls -d older/new/lib/python*/site-packages/pip-*.dist-info)" \
    "$(ls -d older/new/lib/python*/site-packages/pip-99.1.dist-info)"
  for dir in older/new/lib/python*/site-packages/pip-*.dist-info; do rm "$dir/METADATA"; done
  check 'on half of one' mk_v older/new
  check '... is left to ensurepip' grep -q 'left to ensurepip: pip 99.1 is installed already' said
fi

# Wheels elsewhere.
mkdir none
check_fails 'wheel-dir that is none' 2 "wheel-dir '.*nowhere' is not a directory" mk --plugin=pip,wheel-dir=nowhere e1
: >file
check_fails 'wheel-dir that is a file' 2 "wheel-dir '.*file' is not a directory" mk --plugin=pip,wheel-dir=file e1
check_fails 'an option that is none' 2 "unknown option 'wheel'" mk --plugin=pip,wheel=none e1
check 'nothing was made' test ! -e e1
check 'wheel-dir without wheels' mk --plugin=pip,wheel-dir=none e1
is '... the base has them' "$(installed e1)" "$(installed second)"
wheels=$(find "$("$base" -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')/ensurepip/_bundled" \
           "$("$base" -c 'import sysconfig; print(sysconfig.get_config_var("WHEEL_PKG_DIR") or "/nonexistent")')" \
           -name 'pip-*.whl' 2>/dev/null | head -n 1)
mkdir own bad cut
cp "$wheels" "$(dirname "$wheels")"/setuptools-*.whl own/ 2>/dev/null
check 'wheel-dir' mk --plugin=pip,wheel-dir=own e2
is '... the same' "$(installed e2)" "$(installed second)"
check '... works' e2/bin/pip --version
name=$(basename "$wheels")
head -c 100000 "$wheels" >"cut/$name"
check_fails 'a wheel cut off' 1 "cannot unpack wheel '$name'" mk --plugin=pip,wheel-dir=cut e3
check '... leaves no environment' test ! -e e3
is '... and nothing in the cache' "$(find "$XDG_CACHE_HOME" -name '*.new' -o -name '*.old')" ''
cp "$wheels" "bad/$name"
"$base" - "bad/$name" <<'EOF'
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    files = {item.filename: wheel.read(item) for item in wheel.infolist()}
files['pip/__init__.py'] += b'import os\n'
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
EOF
check_fails 'a wheel with another file in it' 1 "cannot unpack wheel '$name'.*pip/__init__.py" mk --plugin=pip,wheel-dir=bad e3
check '... leaves no environment' test ! -e e3
rm -f "bad/$name"; mkfifo "bad/$name"
check 'a wheel that is none but in name' timeout 20 "$VENVB" -p "$base" --plugin=pip,wheel-dir=bad e3
is '... the base has one' "$(installed e3)" "$(installed second)"

# Without the plugin ensurepip does it; the result is the same.
if "$base" -c 'import ensurepip' 2>/dev/null; then
  check '--no-plugin=pip' mk --no-plugin=pip e4
  is '... the same' "$(installed e4)" "$(installed second)"
  is '... file by file' "$(cd e4 && find . | sort)" "$(cd second && find . | sort)"
else
  skip '--no-plugin=pip' 'no ensurepip'
fi

# An interpreter that tells of a standard library without ensurepip.
printf '#!/bin/sh\n"%s" "$@" | sed "s,\\(stdlib=\\)[^\\x00]*,\\1%s,; s,\\(wheel_pkg_dir=\\)[^\\x00]*,\\1,"\n' \
  "$base" "$scratch/none" >bare
chmod +x bare
check_fails 'no wheel and no ensurepip' 1 'has no ensurepip; install .*use --without-pip' "$VENVB" -p "$scratch/bare" e5
check '... leaves no environment' test ! -e e5
if grep -q '^ID=debian' /etc/os-release 2>/dev/null; then
  check '... names the package' grep -q "python$version-venv" "$scratch/.err"
else
  skip '... names the package' 'not Debian'
fi
check '... --without-pip does' "$VENVB" -p "$scratch/bare" --without-pip e5
check '... and a wheel-dir' "$VENVB" -p "$scratch/bare" --plugin=pip,wheel-dir=own --no-compile e6

# An upgrade, from an index of our own.
mkdir index
"$base" - "$wheels" index <<'EOF'
import base64, hashlib, sys, zipfile
source, folder = sys.argv[1:]
old = source.split('/')[-1].split('-')[1]
with zipfile.ZipFile(source) as wheel:
    files = {item.filename: wheel.read(item) for item in wheel.infolist()}
files = {path.replace('pip-%s.' % old, 'pip-9999.'): text for path, text in files.items()}
files.pop('pip-9999.dist-info/RECORD')
files['pip/__init__.py'] = files['pip/__init__.py'].replace(old.encode(), b'9999')
files['pip-9999.dist-info/METADATA'] = files['pip-9999.dist-info/METADATA'].replace(b'\nVersion: ' + old.encode(), b'\nVersion: 9999')
rows = ''.join('%s,sha256=%s,%d\n' % (path, base64.urlsafe_b64encode(hashlib.sha256(text).digest()).rstrip(b'=').decode(), len(text))
               for path, text in files.items())
with zipfile.ZipFile(folder + '/pip-9999-py3-none-any.whl', 'w') as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
    wheel.writestr('pip-9999.dist-info/RECORD', rows + 'pip-9999.dist-info/RECORD,,\n')
EOF
serve_index index
if [ -s index.port ]; then
  export PIP_INDEX_URL=$index no_proxy=127.0.0.1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1
  before=$(pip_version second)
  check 'pip install -U pip' second/bin/python -m pip install -U pip
  is '... is the new one' "$(pip_version second)" 9999
  check '... works' second/bin/pip check
  is '... alone' "$(installed second)" pip-9999.dist-info
  is '... not so in another' "$(pip_version e1)" "$before"
  check '... which works' e1/bin/pip --version
  mk e7
  is '... nor in a new one' "$(pip_version e7)" "$before"
  check '--upgrade-deps' mk --upgrade-deps e8
  is '... is the new one' "$(pip_version e8)" 9999
  check '... works' e8/bin/pip check
else
  skip 'pip install -U pip' 'no server on the loopback interface'
fi
finish
