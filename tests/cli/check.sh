# --check says what is wrong, and not what others do to environments all the time:
# images slimmed of byte code, virtualenv, tools that move environments.
. "${srcdir:-.}/tests/lib.sh"

find_base real
PATH=${TEST_ENV_TOOLS:+$TEST_ENV_TOOLS:}$PATH
series=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
site=lib/python$series/site-packages
mk () { "$VENVB" -p "$base" "$@" >out 2>&1 || { tap_diag "$(cat out)"; return 1; }; }
say () { "$VENVB" --check "$1" 2>/dev/null | sed "s,$scratch/,,g"; }
fault () # NAME ENV PATTERN: a line of what is wrong, and exit status 1
{
  "$VENVB" --check "$2" >out 2>/dev/null
  is "$1" "$? $(sed "s,$scratch/,,g" out | grep -cE "$3")" "1 1" || tap_diag "$(cat out)"
}
sound () { is "$1" "$(say "$2")" "'$2' is sound"; }
mk e || skip_all 'no environment can be made'
[ -x e/bin/pip ] || skip_all 'no pip'
again () { rm -rf e; mk e; }

# Byte code.
find e -name '*.pyc' -delete
sound "byte code is gone" e
find e -name __pycache__ -prune -exec rm -r {} +
sound "and its directories" e
again
mkdir -p wheels
make_wheel wheels demo 1.0
mk --without-pip --plugin="requirements,package=demo,find-links=$PWD/wheels,offline" e
info=$(ls -d e/$site/demo-1.0.dist-info)
printf 'demo/__pycache__,,\ndemo/never.cpython-311.pyc,,\ndemo/__pycache__/x.pyo,,\n__pycache__/y.pyc,sha256=x,1\n' >>"$info/RECORD"
sound "byte code that never was, as virtualenv lists it" e
cp "$info/RECORD" record
printf 'secret.pyc,sha256=x,10\n' >>"$info/RECORD"
fault "a module that comes without its source" e "^'e': demo: 'e/$site/secret.pyc' is missing$"
cp record "$info/RECORD"
printf 'demo.pyd,,\n' >>"$info/RECORD"
fault "what is no byte code" e "^'e': demo: 'e/$site/demo.pyd' is missing$"
cp record "$info/RECORD"
rm "e/$site/demo.py"
fault "a source" e "^'e': demo: 'e/$site/demo.py' is missing$"

# Scripts that tools have rewritten.
again
for way in venv-clone dh; do
  rm -rf moved
  cp -a e moved
  case $way in
    venv-clone) sed -i "1s,#!$scratch/e/,#!$scratch/moved/," moved/bin/pip* ;;
    dh) sed -i "s,^#!.*bin/\(env \)\?\(python[0-9.]*\)\"\?\$,#!$scratch/moved/bin/\2," moved/bin/pip* ;;
  esac
  sed -i "s,$scratch/e\b,$scratch/moved," moved/bin/activate*
  "$VENVB" --check moved >out 2>&1
  is "$way: exit status" "$? $(wc -l <out)" "0 2"
  check "... a remark" grep -qE "^'moved': remark: pip: rewritten since it was installed, as tools do that move environments: '.*/moved/bin/pip'" out
  check "... it is sound" grep -qx "'moved' is sound" out
  is "... nothing with -q" "$("$VENVB" --check -q moved 2>&1)" ""
  is "... JSON" "$("$VENVB" --check --json moved | python3 -c 'import json, sys
d = json.load(sys.stdin); print(d["sound"], len(d["problems"]), [sorted(r) for r in d["remarks"]])')" "True 0 [['code', 'mend', 'what']]"
  check "... and it works" moved/bin/pip --version
done
sed -i '1s,.*,#!/nonexistent/bin/python,' moved/bin/pip
fault "a script that runs with what is not there" moved "^'moved': 'moved/bin/pip' runs with '/nonexistent/bin/python'"
again
sed -i '1s,.*,#!/bin/sh,' e/bin/pip
fault "a script that is another program now" e "^'e': pip: 'e/bin/pip' has been changed$"
again
rm e/bin/pip
fault "a script that is gone" e "^'e': pip: 'e/bin/pip' is missing$"

# A run that has not ended.
again
touch e/.venvb-undo.log
fault "a run was killed" e "^'e': a run is at work here, or was killed"
check '... what is to be typed mends it' "$VENVB" --repair -q e
rm -rf e/.venvb-kept-*; sound '... it is sound then' e

# The real tools, where they are.
if command -v virtualenv >/dev/null && virtualenv -q -p "$base" --no-download real-virtualenv >out 2>&1; then
  sound "an environment of $(virtualenv --version | head -n 1 | cut -d ' ' -f 1,2)" real-virtualenv
else
  skip "virtualenv" "it is not there, or makes none of '$base'"
fi
if command -v virtualenv-clone >/dev/null; then
  again
  virtualenv-clone e cloned >out 2>&1
  is "one that virtualenv-clone has made" "$("$VENVB" --check cloned >out 2>&1; echo $?) $(grep -c '^.cloned.: remark: pip: ' out) $(tail -n 1 out)" \
    "0 1 'cloned' is sound"
else
  skip "virtualenv-clone" "it is not there"
fi

# A dead interpreter, whatever was learnt while it was alive.
again
mkdir -p own/bin "own/lib/python$series"
cp "$base" own/bin/python3
stdlib=$("$base" -c 'import os; print(os.path.dirname(os.__file__))')
for entry in "$stdlib"/*; do ln -s "$entry" "own/lib/python$series/"; done
if "$VENVB" -p own/bin/python3 --without-pip dead >out 2>&1 && own/bin/python3 -c 'import sys; sys.exit(sys.base_prefix.endswith("own") - 1)'; then
  sound "an interpreter that lives" dead
  mv "own/lib/python$series/encodings" gone
  fault "its standard library has a hole" dead "^'dead': 'own/bin/python3' is not a Python interpreter: "
  mv gone "own/lib/python$series/encodings"
  sound "that is filled again" dead
  printf '#!/bin/sh\nexit 1\n' >own/bin/python3
  fault "another program in its place" dead "^'dead': 'own/bin/python3' is not a Python interpreter"
  rm own/bin/python3
  fault "nothing in its place" dead "^'dead': 'dead/bin/python3' leads to '.*', which can't be run: No such file"
else
  skip "a dead interpreter" "a copy of '$base' does not look for its library beside it"
fi
again
if [ -L "e/bin/python$series" ] && [ "$(readlink "e/bin/python$series")" = python3 ]; then
  ln -sf nowhere "e/bin/python$series"
  fault "a name that scripts may run with" e "^'e': 'e/bin/python$series' leads to 'nowhere', which can't be run"
else
  rm -f e/bin/pypy3; ln -s nowhere e/bin/pypy3
  fault "a name that scripts may run with" e "^'e': 'e/bin/pypy3' leads to 'nowhere', which can't be run"
fi
again
ln -s nowhere e/bin/python-config; ln -s nowhere e/bin/pythonx
sound "what is no name of an interpreter" e
# What is said to mend it works when it is typed: a base that only the environment names
# is refused by --upgrade as well, if others can write there.
export VENVB
mkdir -p apps/bin; ln -s "$base" "apps/bin/python$series"; ln -s "python$series" apps/bin/python3
apps=$scratch/apps/bin/python$series
mend () # NAME MEND CHECK... : what is said; it is typed
{
  local name=$1 mend=$2; shift 2
  "$@" 'e d' >out 2>/dev/null
  is "$name" "$(sed -n 's/^  to mend it: //p' out)" "$mend"
  is '... JSON' "$("$@" --json 'e d' 2>/dev/null | python3 -c 'import json, sys
print(*(p["mend"] for p in json.load(sys.stdin)["problems"]), sep="\n")')" "$mend"
  # shellcheck disable=SC2016
  check '... works' bash -ec 'venvb () { "$VENVB" "$@"; }; eval "${1%, and install*}"' - "$mend"
}
spoil () { sed -i "s/^version = .*/version = $series.0/" 'e d/pyvenv.cfg'; }
for how in --symlinks --copies; do
  rm -rf 'e d'; chmod 755 apps
  check "a base that only the environment names, $how" "$VENVB" -p "$apps" "$how" --without-pip 'e d'
  check '... is sound' "$VENVB" --check 'e d'
  chmod 777 apps
  mend '... and everybody may write there' "venvb --check -p '$apps' '$scratch/e d'" "$VENVB" --check
  spoil
  mend '... another patch release' "venvb --repair -p '$apps' '$scratch/e d'" "$VENVB" --check -p "$apps"
  check '... mends it' "$VENVB" --check -p "$apps" 'e d'
  rm 'e d/bin/activate'
  mend '... a script' "venvb --repair -p '$apps' '$scratch/e d'" "$VENVB" --check -p "$apps"
  check '... mends it' "$VENVB" --check -p "$apps" 'e d'
  is '... with the same base' "$(sed -n 's/^home = //p' 'e d/pyvenv.cfg')" "$scratch/apps/bin"
done
mkdir -p 'e d/own'; cp "$base" "e d/own/python$series"
sed -i "s,^home = .*,home = $scratch/e d/own,; /^executable/d" 'e d/pyvenv.cfg'
spoil
mend 'one that lies in it can only be left' "venvb --clear '$scratch/e d', and install its packages again" "$VENVB" --check -p "$scratch/e d/own/python$series"
chmod 755 apps
rm -rf 'e d'; "$VENVB" -p "$apps" --without-pip 'e d'
rm "apps/bin/python$series"; printf '#!/bin/sh\nexit 1\n' >"apps/bin/python$series"; chmod 755 "apps/bin/python$series"
"$VENVB" --check 'e d' >out 2>/dev/null
check 'one that is dead' grep -qxF "  to mend it: install that Python again, or make the environment anew: venvb --clear '$scratch/e d'" out
make_wheel wheels demo 1.0
rm -rf 'e d'; mk 'e d'; mk --without-pip --plugin="requirements,package=demo,find-links=$PWD/wheels,offline" 'e d'
rm "e d/$site/demo.py"
PIP_FIND_LINKS=$PWD/wheels mend 'a path with a blank' "'$scratch/e d/bin/python' -m pip install --ignore-installed --no-deps demo==1.0" "$VENVB" --check
check '... mends it' "$VENVB" --check 'e d'

finish
