# shellcheck shell=bash
# --dry-run: nothing is changed anywhere, and `changed` is what the run after it says.
# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
export PYTHONDONTWRITEBYTECODE=1
mkdir wheels work
cd work || exit 1

# All that there is, in the cache and HOME, too.
state () { find "$scratch" ! -path "$scratch/.*" ! -name 'out.*' ! -path "$scratch" -printf '%p %y %i %s %T@ %C@ %m %l\n' | sort; }
read_lines () # what out.json says: `changed` of each line to $said, the rest to files
{
  said=$(python3 -ISc '
import json, sys
lines = [json.loads(line) for line in sys.stdin]
for line in lines:
    print(json.dumps(line.get("changed")), "" if line.get("dry_run") else "(done)")
with open(sys.argv[1], "w") as out:
    for line in lines:
        for would in line.get("would", []):
            print(would["action"], would["what"], file=out)' "$scratch/out.would" <"$scratch/out.json" | tr -s '\n ' ' ')
  said=${said% }
}
# The dry run; then the same without it, which is to change what was told.
try () # WHAT CHANGED ARGUMENT...
{
  local what=$1 changed=$2; shift 2
  state >"$scratch/out.before"
  "$VENVB" --dry-run --json "$@" >"$scratch/out.json" 2>"$scratch/out.err" || cat "$scratch/out.err"
  state >"$scratch/out.after"
  check "$what: nothing is changed" diff "$scratch/out.before" "$scratch/out.after"
  read_lines
  is "... changed" "$said" "$changed"
  cp "$scratch/out.would" "$scratch/out.kept"
  "$VENVB" --json "$@" >"$scratch/out.json" 2>"$scratch/out.err" || cat "$scratch/out.err"
  read_lines
  is '... as the run itself has it' "${said// (done)/}" "$changed"
  mv "$scratch/out.kept" "$scratch/out.would"
}
says () { check "... $1" grep -qxF -- "$1" "$scratch/out.would"; }

try 'a new environment' true a
says "create $PWD/a"
check '... pip would be installed' grep -q '^install pip ' "$scratch/out.would"
try 'an old one' false a
try 'one old, one new' 'false true' a b
rm a/bin/activate; echo '# mine' >>a/bin/activate.csh
try 'changed scripts' true a
says "create $PWD/a/bin/activate"; says "change $PWD/a/bin/activate.csh"
is '... and no more' "$(wc -l <"$scratch/out.would")" 2
try 'another prompt' true --prompt=other a
says "change $PWD/a/pyvenv.cfg"
try 'copies' true --copies --prompt=other a
try 'copies again' false --copies --prompt=other a
try 'upgrade' true --upgrade a
try 'upgrade again' false --upgrade a
touch a/mine
try 'clear' true --clear a
says "replace $PWD/a"
mkdir full; touch full/x
try 'a directory with something else' true --without-pip full
says "create $PWD/full/pyvenv.cfg"
try 'system site packages' true --without-pip --system-site-packages b
try 'again' false --without-pip --system-site-packages b
mkdir hg hg/.hg
try 'in a repository' true --plugin=hg-ignore --without-pip hg/env
try 'in a repository again' false --plugin=hg-ignore --without-pip hg/env
rm -r hg/.hg/* hg/.hgignore 2>/dev/null
try 'one that is to be told again' true --plugin=hg-ignore --without-pip hg/env
try 'plugins' true --without-pip --plugin=relocatable --plugin=cachedir-tag --plugin=pip-conf,index-url=https://example.org/ c
try 'plugins again' false --without-pip --plugin=relocatable --plugin=cachedir-tag --plugin=pip-conf,index-url=https://example.org/ c
try 'a log' true --without-pip --plugin=audit-log,file="$scratch/log" d
try 'a log again' false --without-pip --plugin=audit-log,file="$scratch/log" d
mkdir -p hooks/post_setup.d
printf '#!/bin/sh\necho ran >>%s/out.ran\n' "$scratch" >hooks/post_setup.d/x; chmod +x hooks/post_setup.d/x
"$VENVB" --json --without-pip --plugin=run-hooks,dir="$PWD/hooks" e >/dev/null
rm -f "$scratch/out.ran"
"$VENVB" --dry-run --json --without-pip --plugin=run-hooks,dir="$PWD/hooks" e >"$scratch/out.json"
is 'hooks are not run' "$(cat "$scratch/out.ran" 2>/dev/null)" ''
read_lines
is '... and nobody knows' "$said" '"unknown"'
says 'unknown plugin run-hooks'
state >"$scratch/out.before"
"$VENVB" --dry-run --json --upgrade-deps a >"$scratch/out.json"
state >"$scratch/out.after"
check 'pip is not run' diff "$scratch/out.before" "$scratch/out.after"
read_lines
says 'run pip'

# A lock: what would be installed, exchanged, removed.
if [ -e "$builddir/lock/.libs/lock.so" ]; then
  declare -A sums
  for name in foo-1.0 foo-2.0 bar-1.0 baz-1.0; do
    sums[$name]=$(python3 -B "$srcdir/tests/wheel.py" "$scratch/wheels/$name-py3-none-any.whl" "${name%-*}/__init__.py=")
  done
  pins () { for i; do echo "${i%-*}==${i#*-} --hash=sha256:${sums[$i]}"; done >lock.txt; }
  locked () { try "$1" "$2" --without-pip --plugin=lock,file="$PWD/lock.txt",wheel-dir="$scratch/wheels" "${@:3}" l; }
  pins foo-1.0 bar-1.0
  locked 'a lock' true
  says 'install foo 1.0'; says 'install bar 1.0'
  locked 'a lock again' false
  pins foo-2.0 baz-1.0
  locked 'another lock' true
  says 'exchange foo 1.0 by 2.0'; says 'install baz 1.0'; says 'uninstall bar 1.0'
  locked 'a lock, and all anew' true --clear
  says 'install foo 2.0'; says 'install baz 1.0'
  printf 'qux==1.0 --hash=sha256:%064d\n' 0 >qux.txt
  check_fails 'what is not here, offline' 1 'is not here|not here' "$VENVB" --dry-run --without-pip --plugin="lock,file=qux.txt,offline" new
else
  skip 'locks' 'built without toml++'
fi

# What can't be fails, and what asks for something else is refused.
mkdir project; touch project/setup.py
check_fails 'a project is not cleared' 1 'refusing to clear' "$VENVB" --dry-run --clear project
touch file
check_fails 'a file in the way' 1 'a file is in the way' "$VENVB" --dry-run file
check_fails 'no such Python' 1 "no Python '3.99'" "$VENVB" --dry-run -p 3.99 new
for option in --check --explain --cache-clean --cache-prune --cache-warm --list-pythons --check-config; do
  check_fails "refused: $option" 2 "dry-run and $option can't be used together" "$VENVB" --dry-run "$option" a
done
check 'nothing was made' test ! -e new

# What is cleared is in nobody's way.
mkdir elsewhere; "$VENVB" -q --without-pip odd; rm -r odd/bin odd/include; ln -s ../elsewhere odd/bin; echo gold >odd/include
try 'clear, with links and files in the way' true --clear --without-pip odd

# Nothing is made for a moment either, nor in somebody else's directory.
if command -v strace >/dev/null && strace -o "$scratch/out.trace" true 2>/dev/null; then
  [ "$(id -u)" -ne 0 ] || chown -R 12345 odd
  strace -f -o "$scratch/out.trace" -e trace=mkdir,mkdirat,creat,open,openat,unlink,unlinkat,rename,renameat,renameat2,linkat,symlinkat,utimensat \
    "$VENVB" --dry-run --upgrade-deps odd >"$scratch/out.said" 2>&1
  is 'no file is made, and none removed' \
    "$(grep -E 'mkdir|O_CREAT|unlink|rename|linkat|symlink|utimensat' "$scratch/out.trace" | grep -vE '/(dev/shm|proc|memfd)' | grep -vE '= -1 |readlink' | head -n 3)" ''
else
  skip 'no file is made, and none removed' 'no strace'
fi

# --repair.
rm -f b/bin/activate
state >"$scratch/out.before"
"$VENVB" --repair --dry-run b >"$scratch/out.said" 2>&1
is 'repair: not sound' $? 1
state >"$scratch/out.after"
check '... nothing is changed' diff "$scratch/out.before" "$scratch/out.after"
check '... it would be mended' grep -q 'would be mended' "$scratch/out.said"
"$VENVB" --repair b >/dev/null
"$VENVB" --repair --dry-run b >"$scratch/out.said" 2>&1
is '... sound' $? 0

"$VENVB" --without-pip full
"$VENVB" --dry-run --without-pip full new >"$scratch/out.said"
check 'for people' grep -qx "'full' would stay as it is" "$scratch/out.said"
check '... the path as it was typed' grep -qx "  would create 'new'" "$scratch/out.said"
check '... nor is it in pyvenv.cfg' bash -c '! grep -q dry-run full/pyvenv.cfg'

finish
