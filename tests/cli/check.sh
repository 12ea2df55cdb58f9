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
d = json.load(sys.stdin); print(d["sound"], len(d["problems"]), [sorted(r) for r in d["remarks"]])')" "True 0 [['mend', 'what']]"
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
finish
