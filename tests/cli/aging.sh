# shellcheck shell=bash
# Environments whose base Python changes under them, that are moved or damaged:
# --upgrade mends what it can, --check tells.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
minor=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
site=lib/python$minor/site-packages
mk () { "$VENVB" "$@"; }
sound () { is "$1" "$("$VENVB" --check "$2" 2>&1)" "'$2' is sound"; }
# unsound NAME ENV WHAT MEND: exactly one problem.
unsound ()
{
  local status=0
  "$VENVB" --check "$2" >out 2>err || status=$?
  is "$1: exit status" "$status" 1
  is "... the summary" "$(cat err)" "venvb: 1 of 1 environments is not sound"
  is "... one problem" "$(grep -c '^.' out)" 2
  check "... what" grep -qE "^'$2': $3" out
  check "... how to mend it" grep -qF "  to mend it: $4" out
}

# A base whose home can be moved: links to the real one.
mkdir -p old/bin
ln -s "$base" "old/bin/python$minor"
ln -s "python$minor" old/bin/python3
old=$scratch/old/bin
check 'an environment' mk -p "$old/python$minor" env
sound 'it is sound' env
check '--quiet' "$VENVB" --check -q env
is '... says nothing' "$("$VENVB" --check -q env 2>&1)" ''
is 'JSON' "$("$VENVB" --check --json env)" "{\"schema\": 1, \"kind\": \"check\", \"env_dir\": \"$scratch/env\", \"sound\": true, \"problems\": [], \"remarks\": []}"
python3 -m venv theirs >/dev/null 2>&1 && sound 'one that venv made' theirs

# No environment.

mkdir empty
is 'an empty directory, and others' "$("$VENVB" --check empty nothing env 2>/dev/null | sed "s/: cannot read.*/: .../")" \
   "'$scratch/empty' is not an environment: ...
'$scratch/nothing' is not an environment: ...
'env' is sound"
is '... JSON' "$("$VENVB" --check --json empty env 2>/dev/null | python3 -c 'import json, sys
for line in sys.stdin: d = json.loads(line); print(d["sound"], len(d["problems"]))' | xargs)" 'False 1 True 0'
check_fails 'no ENV_DIR' 2 'no ENV_DIR' "$VENVB" --check

# The base is asked for no more than it must.

is '--upgrade keeps the base' "$(mk --upgrade env && sed -n 's/^home = //p' env/pyvenv.cfg)" "$old"
mkdir -p elsewhere; ln -s /bin/false elsewhere/python3
is '... whatever PATH says' "$(PATH=$scratch/elsewhere:$PATH mk --upgrade env && sed -n 's/^home = //p' env/pyvenv.cfg)" "$old"

# The base moves, as a new patch release of pyenv or Homebrew does.

mkdir -p env/$site; echo 'kept = 1' >env/$site/mine.py
mv old new
"$VENVB" --check env >out 2>&1
check 'the base is gone: told' grep -q "'$scratch/env/bin/python[0-9.]*' leads to '$old/.*', which can't be run" out
is '... as one problem' "$(grep -c 'to mend it' out)" 1
check '... --repair mends it' grep -qF "to mend it: venvb --repair '$scratch/env'" out
check 'it can be mended' env "PYENV_ROOT=$scratch/pyenv" PATH="$scratch/new/bin:$PATH" "$VENVB" --upgrade env
sound '... and is sound then' env
check '... the interpreter works' env/bin/python -c 'import mine, pip'
check '... pip works' env/bin/pip --version
is '... the configuration is new' "$(sed -n 's/^home = //p' env/pyvenv.cfg | grep -c "^$old$")" 0
sed -i "s/^version = .*/version = $minor.0/" env/pyvenv.cfg
unsound 'another patch release' env "it was made for Python $minor.0; its interpreter is $minor.[0-9]+ now" "venvb --repair '$scratch/env'"
check '--upgrade' mk --upgrade env
sound '... mends it' env

# Another series.

other=3.$((${minor#*.} - 1))
sed -i "s/^version = .*/version = $other.1/" env/pyvenv.cfg
"$VENVB" --check env >out 2>&1
check 'another series: told' grep -q "it was made for Python $other.1, but its interpreter is $minor" out
before=$(tree_of env)
check_fails 'it is not upgraded to' 1 "was made for Python $other.1: with $minor.[0-9]* its packages would be lost; .*venvb --clear '$scratch/env'" \
  "$VENVB" -p "$base" --upgrade env
is '... and is as it was' "$(tree_of env)" "$before"
check '... -p of the same series is fine' bash -c "sed -i 's/^version = .*/version = $minor.0/' env/pyvenv.cfg && '$VENVB' -p '$base' --upgrade env"
sound '... and it is sound' env

# Moved, damaged.

cp -a env copy
"$VENVB" --check copy >out 2>&1
check 'a copy: the activation script' grep -q "'$scratch/copy/bin/activate' activates '$scratch/env'" out
check '... the scripts' grep -q "was moved or copied, and [0-9]* scripts run with what is there" out
is '... as one problem' "$(grep -c 'to mend it' out)" 1
rm -rf copy
echo >>env/$site/pip/__init__.py; rm env/$site/pip/py.typed
unsound 'a package' env "pip: '.*/pip/__init__.py' has been changed, '.*/pip/py.typed' is missing" "venvb --repair '$scratch/env'"
is '... JSON' "$("$VENVB" --check --json env 2>/dev/null | python3 -c 'import json, sys
d = json.load(sys.stdin); print(d["env_dir"], d["sound"], len(d["problems"]), sorted(d["problems"][0]))')" "$scratch/env False 1 ['code', 'mend', 'what']"
rm -rf env/$site/pip/_vendor
unsound 'many files' env "pip: .* and [0-9]+ more files" ''
echo 'x' >"$(echo env/$site/pip-*.dist-info/RECORD)"
unsound 'RECORD itself' env 'pip: .*RECORD' "venvb --repair '$scratch/env'"
rm -rf env; check 'another' mk --without-pip -p "$base" env
printf '#!/nonexistent/python3\n' >env/bin/tool; chmod +x env/bin/tool
unsound 'a script of a missing Python' env "'.*/bin/tool' runs with '/nonexistent/python3': No such file" "have it begin with #!$scratch/env/bin/python, or remove it"
printf '#!/nonexistent/pypy3.9\n' >env/bin/tool
unsound '... of a missing PyPy' env "'.*/bin/tool' runs with '/nonexistent/pypy3.9': No such file" "have it begin with #!$scratch/env/bin/python, or remove it"
printf '#!/bin/sh\n'"'''exec' '/nonexistent/a b/python3' \"\$0\" \"\$@\"\n' '''\n" >env/bin/tool
printf '#!/bin/sh\nexit 0\n' >env/bin/other; chmod +x env/bin/other
rm env/bin/tool
sound 'other scripts do not matter' env
rm env/bin/python; ln -s /nonexistent/python env/bin/python
"$VENVB" --check env >out 2>&1
check 'a broken link' grep -q "'.*/bin/python' leads to '/nonexistent/python'" out
check '--upgrade' mk --upgrade env
sound '... mends it' env
mv env/bin/activate .
unsound 'no activation script' env "'.*/bin/activate' is missing" "venvb --repair '$scratch/env'"
mv activate env/bin
check 'one that can be moved' mk --plugin=relocatable -p "$base" moving
mv moving moved
sound '... is sound where it is' moved
rm -rf env/lib
unsound 'no site-packages' env "'$scratch/env/$site' is missing" "venvb --repair '$scratch/env'"
check '--upgrade' mk --upgrade env
sound '... mends it' env
is 'several' "$("$VENVB" --check env theirs 2>/dev/null | wc -l)" 2

finish
