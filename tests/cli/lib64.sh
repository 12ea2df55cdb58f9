# shellcheck shell=bash
# The place of extensions: up to Python 3.14 lib64 is a link to lib, from 3.15 on
# there is none, and what the scheme names is a directory.  Here is no 3.15 but one
# that says so; fidelity.sh compares with real ones.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base
minor=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
"$base" -c 'import sysconfig, sys; sys.exit("venv" not in sysconfig.get_scheme_names())' ||
  skip_all 'python3 is older than 3.11, and knows no scheme of environments'

# What an interpreter of another version and libraries in another place is said
# to be like.
said_of () # VERSION PLATLIBDIR IMPLEMENTATION
{
  { printf 'import sys\nsys.version_info = (%s, 0, "final", 0)\nsys.platlibdir = "%s"\n' "${1/./, }" "$2"
    cat "$srcdir/pythons/facts.py"
  } >as-of.py
  "$base" -E -s -S as-of.py | tr '\0' '\n' | grep -E '^(lib64|purelib|platlib)=' | sort | xargs
}
lib=lib/python site=site-packages
if "$base" -c 'import sys; sys.exit(sys.maxsize < 2**32)'; then
  is '3.14 has the link' "$(said_of 3.14 lib)" "lib64=1 platlib=${lib}3.14/$site purelib=${lib}3.14/$site"
  is '3.14 with libraries in lib64, too' "$(said_of 3.14 lib64)" \
    "lib64=1 platlib=lib64/python3.14/$site purelib=${lib}3.14/$site"
else
  skip '3.14 has the link' 'a machine of 32 bits'
fi
is '3.15 has none' "$(said_of 3.15 lib)" "lib64=0 platlib=${lib}3.15/$site purelib=${lib}3.15/$site"
is '3.15 with libraries in lib64' "$(said_of 3.15 lib64)" \
  "lib64=0 platlib=lib64/python3.15/$site purelib=${lib}3.15/$site"
is '4.0 is not older' "$(said_of 4.0 lib)" "lib64=0 platlib=${lib}4.0/$site purelib=${lib}4.0/$site"

# Interpreters of which that is said.
stand_in () # NAME LIB64 PLATLIBDIR
{
  cat >"tools/$1" <<END
#!/bin/sh
case \$5 in
  *venvb-facts*) "$base" "\$@" | sed -z 's|^lib64=.*|lib64=$2|; s|^platlib=.*|platlib=$3/python$minor/site-packages|' ;;
  *) exec "$base" "\$@" ;;
esac
END
  chmod +x "tools/$1"
}
stand_in old 1 lib64
stand_in new 0 lib
stand_in new64 0 lib64
mk () { "$VENVB" --without-pip -p "tools/$1" "${@:2}"; }
top () { (cd "$1" && find . -maxdepth 1 -name 'lib*' -printf '%f %y %l\n' | sort | xargs); }

check 'with the link' mk old env
is '... it is one, to lib' "$(top env)" 'lib d lib64 l lib'
check 'an upgrade without it' mk new --upgrade env
is '... leaves what is there' "$(top env)" 'lib d lib64 l lib'
check 'an upgrade with a directory there' mk new64 --upgrade env
is '... goes by way of it' "$(top env)" 'lib d lib64 l lib'
check 'cleared' mk new --clear env
is '... it is gone' "$(top env)" 'lib d'
check 'an upgrade that needs it' mk new64 --upgrade env
is '... makes the directory' "$(top env)" 'lib d lib64 d'
check '... with a place for packages' test -d "env/lib64/python$minor/site-packages"
check '... as the one for others' test -d "env/lib/python$minor/site-packages"
check '... sound' "$VENVB" --check env
echo mine >"env/lib64/python$minor/site-packages/mine.py"
check 'once more' mk new64 env
check '... what is in it stays' test -s "env/lib64/python$minor/site-packages/mine.py"

mkdir -p elsewhere odd; ln -s ../elsewhere odd/lib64
check_fails 'a link that leads out' 1 "the symbolic link '$scratch/odd/lib64' leads elsewhere" mk new64 odd
is '... nothing is put there' "$(ls elsewhere)" ''
is '... nor beside it' "$(ls odd)" lib64
if [ -e "$misbehave" ]; then
  mk new64 --plugin="$misbehave,how=error" env-bad 2>/dev/null
  is 'a run that fails leaves nothing of it' "$(ls -d env-bad 2>/dev/null)" ''
fi

# A wheel with extensions goes there, and all else to lib.
mkdir wheels
make_wheel wheels pip 99.1
"$base" - wheels/pip-99.1-*.whl <<'END'
import base64, hashlib, io, os, sys, zipfile
old = zipfile.ZipFile(sys.argv[1])
files = {name: old.read(name) for name in old.namelist()}
old.close()
wheel = [name for name in files if name.endswith('/WHEEL')][0]
record = os.path.dirname(wheel) + '/RECORD'
files[wheel] = files[wheel].replace(b'Root-Is-Purelib: true', b'Root-Is-Purelib: false')
digest = base64.urlsafe_b64encode(hashlib.sha256(files[wheel]).digest()).rstrip(b'=').decode()
rows = [row for row in files[record].decode().splitlines() if not row.startswith(wheel)]
files[record] = '\n'.join(rows + ['%s,sha256=%s,%d' % (wheel, digest, len(files[wheel]))]).encode() + b'\n'
with zipfile.ZipFile(sys.argv[1], 'w') as new:
    for name, data in files.items():
        new.writestr(name, data)
END
check 'a wheel with extensions' "$VENVB" -p tools/new64 --plugin="pip,wheel-dir=$scratch/wheels" piped
is '... its place' "$(cd piped && find . -name 'pip-*.dist-info')" "./lib64/python$minor/site-packages/pip-99.1.dist-info"
check '... sound' "$VENVB" --check piped
finish
