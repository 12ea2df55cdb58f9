# shellcheck shell=bash
# Distributions that are removed from an environment, and exchanged: what goes, what
# stays, and that all is back when the run fails.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

swap=$builddir/tests/plugins/.libs/swap.so
[ -e "$swap" ] || skip_all 'the plugin for it was not built'
wheel () # VERSION [PATH=TEXT...]
{
  local version=$1 n=${1%.0}; shift
  python3 -B "$srcdir/tests/wheel.py" "foo-$version-py3-none-any.whl" "foo/__init__.py=VERSION = '$version'" \
    "foo/only$n/x.py=" space/foo.py= "INFO/entry_points.txt=[console_scripts]
foo$n = foo:f
foo = foo:f
" "foo-$version.data/data/share/foo/data=$version" "$@" >/dev/null
}
wheel 1.0; wheel 2.0; wheel 3.0 foo/only1=
one=foo-1.0-py3-none-any.whl two=foo-2.0-py3-none-any.whl three=foo-3.0-py3-none-any.whl
mk () { "$VENVB" --without-pip --plugin="$swap$1" "${@:2}"; }
trace () { find env -path env/lib64 -prune -o -print | sort; }

"$VENVB" --without-pip env && trace >plain
check 'installs' mk ",install=$one,url={}" env
site=$(dirname env/lib/python3.*/site-packages/foo)
is 'where it came from' "$(cat "$site/foo-1.0.dist-info/direct_url.json")" '{}'
check '... which RECORD lists' grep -q '^foo-1.0.dist-info/direct_url.json,sha256=' "$site/foo-1.0.dist-info/RECORD"
check 'a sound one' "$VENVB" --check env
tree_of env >old
check_fails 'another hash' 1 "wheel '$scratch/$two': its sha256 is [0-9a-f]{64}, and has to be 00" mk ",install=$two,sha256=00" env
sum=$(sha256sum "$two" | cut -d' ' -f1)

# --- What is taken back ------------------------------------------------------

for new in "$two" "$three"; do
  check_fails "exchanging fails: $new" 1 'swap.*as it was told to' mk ",remove=foo-1.0.dist-info,install=$new,fail" env
  tree_of env >new; check '... and all is back' diff old new
  check_fails "exchanging is killed: $new" 1 'crashed with signal 9.* is as it was' mk ",remove=foo-1.0.dist-info,install=$new,kill" env
  tree_of env >new; check '... and all is back' diff old new
done
check_fails 'removing fails' 1 'as it was told to' mk ",remove=foo-1.0.dist-info,fail" env
tree_of env >new; check '... and all is back' diff old new
check_fails 'the same installed anew fails' 1 'as it was told to' mk ",remove=foo-1.0.dist-info,install=$one,fail" env
tree_of env >new; check '... and all is back' diff old new
"$VENVB" --without-pip --plugin="$swap,remove=foo-1.0.dist-info,install=$one,fail" env 2>said
check '... and nothing was missing' sh -c '! grep "was missing" said'

# Scripts, whose mode the umask does not let them have at first.
(umask 077 && "$VENVB" --without-pip dark && cp -a dark dark.before &&
   "$VENVB" --without-pip --plugin="$swap,install=$one,fail" dark 2>said)
check 'a dark umask: all is as it was' sh -c '! grep -E "left there|venvb-kept" said'
is '... no more, no less' "$(cd dark && find . | sort)" "$(cd dark.before && find . | sort)"

for new in "$two" "$three"; do
  tree_of env/lib >old
  (setsid -w "$VENVB" --without-pip --plugin="$swap,remove=foo-1.0.dist-info,install=$new,kill-all" env >out) 2>out
  check "all are killed that exchange: $new" test -e env/.venvb-undo.log
  check '... and the next run takes it back' recovers "$VENVB" --without-pip env
  tree_of env/lib >new; check '... all of it' diff old new
done

# --- What goes ---------------------------------------------------------------

env/bin/python -c 'import foo, space.foo, foo.only1.x'
check 'exchanged' mk ",remove=foo-1.0.dist-info,install=$two,sha256=$sum" env
is '... works' "$(env/bin/python -Bc 'import foo; print(foo.VERSION)')" 2.0
"$VENVB" --without-pip --plugin="$swap,install=$two" other
(cd other && find . | sort) >theirs; (cd env && find . | sort) >ours
check '... nothing is left of the old one' diff theirs ours
check '... and it is sound' "$VENVB" --check env
mkdir -p "$site/other-1.dist-info" && echo 'space/foo.py,,' >"$site/other-1.dist-info/RECORD"
echo 'mine' >"$site/foo/mine"
check 'removed' mk ",remove=foo-2.0.dist-info" env
check '... what another one lists stays' test -e "$site/space/foo.py"
check '... and what none lists' test -e "$site/foo/mine"
rm -r "$site/space" "$site/foo" "$site/other-1.dist-info"
trace >ours; check '... all else is gone' diff plain ours

# --- What does not -----------------------------------------------------------

mk ",install=$one" env
mkdir outside && echo precious >outside/file && ln -s "$scratch/outside" "$site/led"
printf '%s\n' ../../../pyvenv.cfg,, ../../../bin/activate,, ../../../bin/python,, ../../../bin/python3,, ../../../../outside/file,, \
  "$scratch/outside/file,," led/file,, foo,, ../../../.venvb-undo/x,, none,, >>"$site/foo-1.0.dist-info/RECORD"
touch "$site/foo-1.0.dist-info/unlisted"
mk ",remove=foo-1.0.dist-info" env 2>said
check 'what lies outside stays' grep -q precious outside/file
check 'the environment stays one' env/bin/python -c ''
check '... and is known' "$VENVB" --check -q env
for what in "pyvenv.cfg' is the env" "bin/activate' is the env" "bin/python' is the env" "outside/file' lies outside" "led/file' lies outside of the environment, by a" \
  "foo' is a directory" ".venvb-undo/x' is the env" "foo-1.0.dist-info' has files that its RECORD does not list"; do
  check "named: $what" grep -q "not removed: '.*$what" said
done
is 'nothing else was named' "$(wc -l <said)" 9
rm -r "$site/foo-1.0.dist-info" "$site/led"
mk ",install=$one" env
mkdir "$site/other-1.dist-info" && ln -s RECORD "$site/other-1.dist-info/RECORD"
check 'one that stays has a RECORD that can not be read' mk ",remove=foo-1.0.dist-info" env
cp .out said
check '... which is named' grep -q "not removed: '.*/other-1.dist-info/RECORD' and what it may list: " said
check '... and stays' test -L "$site/other-1.dist-info/RECORD"
check '... what was to go is gone' test ! -e "$site/foo-1.0.dist-info"
rm -r "$site/other-1.dist-info"
mk ",install=$one" env
mkdir "$site/other-1.dist-info"
printf 'a,b\n"space/foo.py",x,1,2\n"foo/__init__.py\n' >"$site/other-1.dist-info/RECORD"
check 'one that stays has a RECORD that is none' mk ",remove=foo-1.0.dist-info" env
cp .out said
check '... which is named' grep -q "not removed: '.*/other-1.dist-info/RECORD' and what it may list: row 1 of RECORD is not" said
check '... and stays' test -e "$site/other-1.dist-info/RECORD"
check '... with what it lists, as far as that can be told' test -e "$site/space/foo.py"
check '... what was to go is gone' test ! -e "$site/foo-1.0.dist-info"
rm -r "$site/space" "$site/other-1.dist-info"
mk ",install=$one" env
echo 'a,b' >>"$site/foo-1.0.dist-info/RECORD"
tree_of env >old
check_fails 'a RECORD that is none, of one that is to go' 1 "foo-1.0.dist-info/RECORD': row [0-9]* of RECORD is not" mk ",remove=foo-1.0.dist-info" env
tree_of env >new; check '... and nothing has gone' diff old new
if [ -L env/lib64 ]; then
  sed -i '$d' "$site/foo-1.0.dist-info/RECORD"
  touch "$site/byway.py" "$site/theirs.py"
  version=$(basename "$(dirname "$site")")
  echo "../../../lib64/$version/site-packages/byway.py,," >>"$site/foo-1.0.dist-info/RECORD"
  echo "theirs.py,," >>"$site/foo-1.0.dist-info/RECORD"
  mkdir "$site/other-1.dist-info" && echo "../../../lib64/$version/site-packages/theirs.py,," >"$site/other-1.dist-info/RECORD"
  check 'what is listed by way of lib64' mk ",remove=foo-1.0.dist-info" env
  check '... goes' test ! -e "$site/byway.py"
  check '... or stays for who lists it so' test -e "$site/theirs.py"
else
  skip 'what is listed by way of lib64' 'this Python has no such link'; skip '... goes' 'likewise'
  skip '... or stays for who lists it so' 'likewise'
fi
finish
