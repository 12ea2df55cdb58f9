# shellcheck shell=bash
# The plugin lock: an environment becomes what a lock says, natively, and all or nothing.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -e "$builddir/lock/.libs/lock.so" ] || skip_all 'built without toml++'
mkdir wheels

declare -A sums
wheel () # NAME VERSION [PATH=TEXT...]
{
  local name=$1 version=$2; shift 2
  sums[$name-$version]=$(python3 -B "$srcdir/tests/wheel.py" "wheels/$name-$version-py3-none-any.whl" \
    "$name/__init__.py=VERSION = '$version'" "INFO/entry_points.txt=[console_scripts]
$name = $name:main
" "$@")
}
wheel foo 1.0; wheel foo 2.0; wheel bar 1.0; wheel baz 1.0; wheel both 1.0 shared/data=1 foo/extra=1
wheel dep 1.0
url=https://files.invalid
lock () { printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"'; }
package () # NAME VERSION [LINES...]
{
  printf '[[packages]]\nname = "%s"\nversion = "%s"\n' "$1" "$2"
  printf '%s\n' "${@:3}" "[[packages.wheels]]" "url = \"$url/$1-$2-py3-none-any.whl\"" "hashes = {sha256 = \"${sums[$1-$2]-${sums[foo-1.0]}}\"}"
}
mk () { "$VENVB" --without-pip --plugin="lock,wheel-dir=wheels$1" "${@:2}"; }
has () { (cd env/lib/python3.*/site-packages && printf '%s\n' *.dist-info | sed 's/\.dist-info//' | tr '\n' ' '); }

# --- An environment that is new -----------------------------------------------

{ lock; package foo 1.0; package bar 1.0; package baz 1.0 'marker = "sys_platform == '"'win32'"'"'; } >pylock.toml
check 'the lock of the current directory' mk '' env
is '... all that it wants is there' "$(has)" 'bar-1.0 foo-1.0 '
is '... and works' "$(env/bin/python -c 'import foo, bar; print(foo.VERSION, bar.VERSION)')" '1.0 1.0'
check '... as its RECORDs say' "$VENVB" --check env
check '... as asked for' test -e env/lib/python3.*/site-packages/foo-1.0.dist-info/REQUESTED
check '... no direct URL' test ! -e env/lib/python3.*/site-packages/foo-1.0.dist-info/direct_url.json

# --- Nothing to do -----------------------------------------------------------

tree_of env >old
check 'once more' mk '' env
tree_of env >new
check '... nothing is changed' diff old new
mk '' -v env >said 2>&1
check '... and the lock is not read' grep -q "nothing has changed since '$scratch/pylock.toml' was installed" said
touch pylock.toml
mk '' -v env >said 2>&1
check 'a lock with another time is not read either' grep -q 'nothing has changed' said
mk '' env
tree_of env | grep -v '^[0-9a-f]* .*pyvenv\|pyvenv.cfg\| \.$' >new; grep -v 'pyvenv.cfg\| \.$' old >kept
check '... nothing is changed' diff kept new
if command -v strace >/dev/null && strace -f -o trace true 2>/dev/null; then
  strace -f -e trace=execve,openat -o trace "$VENVB" --without-pip --plugin=lock,wheel-dir=wheels env
  check 'no wheel is opened' bash -c '! grep -q "\.whl" trace'
  is '... and no program started' "$(grep -c 'execve(.*python' trace)" 0
else
  skip 'no wheel is opened' 'no strace'; skip '... and no program started' 'no strace'
fi

# --- Synchronising -----------------------------------------------------------

{ lock; package foo 2.0; package baz 1.0; } >pylock.toml
check 'another lock' mk '' -v env
cp .out said
is '... is there, and nothing else' "$(has)" 'baz-1.0 foo-2.0 '
is '... works' "$(env/bin/python -c 'import foo; print(foo.VERSION)')" 2.0
check '... the script of what went is gone' test ! -e env/bin/bar
check '... and its package' bash -c '! ls -d env/lib/python3.*/site-packages/bar*'
check '... what was done is told' grep -q 'lock: removing bar 1.0' said
"$VENVB" --without-pip --plugin=lock,wheel-dir=wheels other
(cd other && find . | grep -v __pycache__ | sort) >theirs; (cd env && find . | grep -v __pycache__ | sort) >ours
check '... as an environment that is new' diff theirs ours
{ lock; package foo 2.0; package bar 1.0; } >pylock.toml
check 'keep-extras' mk ,keep-extras env
is '... leaves the rest' "$(has)" 'bar-1.0 baz-1.0 foo-2.0 '
check 'without it' mk '' env
is '... it goes' "$(has)" 'bar-1.0 foo-2.0 '
rm -r env/lib/python3.*/site-packages/bar-1.0.dist-info
check 'one that was removed by hand' mk '' env
is '... comes back' "$(has)" 'bar-1.0 foo-2.0 '
(cd env/lib/python3.*/site-packages && cp -r foo-2.0.dist-info foo-1.0.dist-info && sed -i 's/foo-2/foo-1/; /^foo-1/!d' foo-1.0.dist-info/RECORD)
check 'one that is there twice' mk '' env
is '... is there once' "$(has)" 'bar-1.0 foo-2.0 '
is '... and works' "$(env/bin/python -c 'import foo; print(foo.VERSION)')" 2.0

# --- What is left ------------------------------------------------------------

site=$(echo env/lib/python3.*/site-packages)
mkdir "$site/mine-1.0.dist-info" "$site/none-1.0.dist-info" && touch "$site/old-1.0-py3.1.egg-info" "$site/none-1.0.dist-info/METADATA"
echo '{"dir_info": {"editable": true}, "url": "file:///x"}' >"$site/mine-1.0.dist-info/direct_url.json"
echo 'mine-1.0.dist-info/RECORD,,' >"$site/mine-1.0.dist-info/RECORD"
mk '' env 2>said
is 'what is editable, or has no RECORD, is named' "$(sed "s,$scratch/,,; s,python3[.0-9]*,python3,g" said)" \
"venvb: lock: 'mine' is editable, and stays as it is
venvb: lock: 'env/lib/python3/site-packages/none-1.0.dist-info' has no RECORD, so that nobody knows what is its: it stays
venvb: lock: 'env/lib/python3/site-packages/old-1.0-py3.1.egg-info' has no RECORD, so that nobody knows what is its: it stays"
is '... and left' "$(has)" 'bar-1.0 foo-2.0 mine-1.0 none-1.0 '
mkdir "$site/baz-0.5.dist-info" "$site/foo-1.0.dist-info"
touch "$site/baz-0.5.dist-info/METADATA" "$site/foo-1.0.dist-info/RECORD.jws" # the latter is what was left of one
{ lock; package foo 2.0; package baz 1.0; } >pylock.toml
tree_of env >old
check_fails 'one without RECORD in the place of another' 1 \
  "pylock.toml:[0-9]*: package 'baz': '.*baz-0.5.dist-info' has no RECORD, so that it can't be exchanged; remove it" mk '' env 2>/dev/null
tree_of env >new; check '... nothing is changed' diff old new
rm -r "$site"/{mine,none,baz}* "$site"/old* "$site/foo-1.0.dist-info"

# --- All or nothing ----------------------------------------------------------

{ lock; package foo 2.0; package bar 1.0; } >pylock.toml
mk '' env; tree_of env >old
fails () # NAME PATTERN
{
  check_fails "$1" 1 "$2" mk '' env
  tree_of env >new; check "... and all is as it was" diff old new
}
saved=${sums[foo-1.0]}
sums[foo-1.0]=$(printf '%064d' 0)
{ lock; package baz 1.0; package foo 1.0; } >pylock.toml
fails 'a wrong hash' "^venvb: plugin 'lock', stage find_python: $scratch/pylock.toml:[0-9]*: package 'foo': wheels\[0\]: '$scratch/wheels/foo-1.0-py3-none-any.whl': its sha256 is $saved, and has to be 000*; get the file"
sums[foo-1.0]=$saved
{ lock; package foo 1.0 | sed 's/^hashes/size = 7\n&/'; } >pylock.toml
fails 'a wrong size' "wheels\[0\]: '.*foo-1.0.*': it has [0-9]* bytes, and has to have 7"
{ lock; package foo 1.0; package none 1.0; } >pylock.toml
tree_of env >old
check_fails 'one that is not here' 1 "'$scratch/pylock.toml': 1 file is not here .*put what is missing into a directory that wheel-dir names" mk ,offline env
tree_of env >new; check "... and all is as it was" diff old new
{ lock; package foo 1.0; } >pylock.toml
check_fails 'a later stage fails' 1 'as it was told to' "$VENVB" --without-pip --plugin=lock,wheel-dir=wheels --plugin="$builddir/tests/plugins/.libs/swap.so,fail" env
tree_of env >new; check '... and all is as it was' diff old new
# Before anything is made or removed, a directory of its own included.
early () # NAME PATTERN OPTIONS
{
  if [ -z "$has_strace" ]; then skip "$1: early" 'no strace'; return; fi
  strace -f -e trace=mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,rmdir,flock -o trace \
    "$VENVB" --without-pip --plugin="lock,wheel-dir=wheels$3" --clear env new/one >/dev/null 2>said
  check "$1: early" grep -q "stage find_python: .*$2" said
  is "$1: ... nothing was made or removed" "$(grep -c "$scratch/\(env\|new\)\|env\"\|new\"" trace)" 0
}
has_strace=
command -v strace >/dev/null && strace -f -o trace true 2>/dev/null && has_strace=yes
{ lock; package foo 1.0; package none 1.0; } >pylock.toml
early 'one that is not here' '1 file is not here' ,offline
{ lock; package foo 1.0 'marker = "extra == '"'x'"'"'; } >pylock.toml
early 'a marker that is refused' "package 'foo': marker" ''
{ lock; package foo 1.0 | sed 's/^hashes.*/hashes = {md5 = "00"}/'; } >pylock.toml
early 'no hash' "wheels\[0\].hashes" ''
{ lock; package foo 1.0 | sed 's/py3-none-any/cp27-none-any/'; } >pylock.toml
early 'no wheel that fits' "package 'foo': wheels: its only wheel does not fit" ''
{ lock; printf '[[packages]]\nname = "foo"\n[packages.directory]\npath = "x"\n'; } >pylock.toml
early 'one that has to be built' "package 'foo': directory: x has to be built" ''
{ lock; printf '[[packages]]\nname = "foo"\n[packages.sdist]\nurl = "https://x.invalid/foo-1.0.tar.gz"\nhashes = {sha256 = "%s"}\n' "$saved"; } >pylock.toml
early 'a source that is not here' "'foo-1.0.tar.gz' is not here" ,build=pip,offline
{ lock; package baz 1.0; package foo 1.0 | sed "s/$saved/$(printf '%064d' 0)/"; } >pylock.toml
early 'a wrong hash' "package 'foo': .*has to be 000*" ''
if [ -n "$has_strace" ]; then
  { lock; package foo 2.0; package baz 1.0; } >pylock.toml
  strace -f -e trace=openat -o trace "$VENVB" --without-pip --plugin=lock,wheel-dir=wheels read >/dev/null 2>&1
  is 'the lock is read once' "$(grep -c "pylock.toml\", O_RD" trace)" 1
  touch -d '1 hour ago' pylock.toml # read, and the same
  strace -f -e trace=openat -o trace "$VENVB" --without-pip --plugin=lock,wheel-dir=wheels read >/dev/null 2>&1
  is '... and where its text is the same' "$(grep -c "pylock.toml\", O_RD" trace)" 1
  mk '' --clear read; check '... a clear environment has it all' test -e read/lib/python3.*/site-packages/baz
  rm -r read
else
  skip 'the lock is read once' 'no strace'; skip '... and where its text is the same' 'no strace'
  skip '... a clear environment has it all' 'no strace'
fi
echo 'lock-version = "1.0' >pylock.toml
fails 'a lock that is cut off' 'pylock.toml:1: it is not TOML 1.0'
rm pylock.toml
check_fails 'no lock' 2 "plugin 'lock': cannot read file '$scratch/pylock.toml': No such file" mk '' env
check_fails 'a lock elsewhere' 2 "'https://x.invalid/pylock.toml' is not read, since a lock decides what is run: fetch it" mk ,file=https://x.invalid/pylock.toml env

# --- Two runs at once --------------------------------------------------------

{ lock; package foo 1.0; package bar 1.0; } >pylock.one.toml
{ lock; package foo 2.0; package baz 1.0; } >pylock.two.toml
strange=0
for round in 1 2 3 4 5 6; do
  "$VENVB" -q --without-pip --plugin=lock,wheel-dir=wheels,file=pylock.one.toml race 2>>said & one=$!
  "$VENVB" -q --without-pip --plugin=lock,wheel-dir=wheels,file=pylock.two.toml race 2>>said & two=$!
  wait $one || strange="one $round"; wait $two || strange="two $round"
  "$VENVB" -q --check --lock=pylock.one.toml race >/dev/null 2>&1 ||
    "$VENVB" -q --check --lock=pylock.two.toml race >said 2>&1 || strange="neither $round"
done
is 'two runs at once: the environment is as one of the locks has it' "$strange" 0
rm -rf race

# --- Files that are cut off --------------------------------------------------

# cut_off FILE COMMAND...: it is cut off when it was opened, and is about to be read.
cut_off ()
{
  local file=$1 pid; shift
  rm -f trace; : >trace
  strace -f -P "$file" -e trace=?mmap,?fcntl,?pread64 -e inject=?mmap,?fcntl:delay_exit=2000000:when=1 -o trace "$@" >said 2>&1 & pid=$!
  for ((i = 0; i < 1200; i++)); do grep -q 'mmap\|fcntl' trace && break; kill -0 $pid 2>/dev/null || break; sleep 0.05; done
  : >"$file"
  wait $pid
}
if [ -n "$has_strace" ] && strace -f -o /dev/null -P /nothing -e inject=?mmap,?fcntl:delay_exit=1:when=1 true 2>/dev/null; then
  export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
  mkdir cut && cp wheels/foo-1.0* cut/
  { lock; package foo 1.0; } >pylock.toml
  cut_off "$scratch/cut/foo-1.0-py3-none-any.whl" "$VENVB" --without-pip --plugin=lock,wheel-dir=cut cutter
  is 'a wheel that is cut off while it is looked at' $? 1
  check '... is told' grep -q "stage find_python: .*foo-1.0-py3-none-any.whl'[^|]*" said
  rm -rf cut
else
  skip 'a wheel that is cut off while it is looked at' 'no strace that injects'; skip '... is told' 'likewise'
fi

# --- Where wheels are, and which ---------------------------------------------

mkdir project && { lock; package foo 1.0 | sed "s,^url = .*,path = \"dist/foo-1.0-py3-none-any.whl\","; } >project/pylock.dev.toml
mkdir project/dist && cp wheels/foo-1.0* project/dist/
check 'a path beside the lock' "$VENVB" --without-pip --plugin=lock,file=project/pylock.dev.toml env
is '... what it wants is there' "$(has)" 'foo-1.0 '
cp wheels/bar-1.0* project/ && { lock; package bar 1.0; } >project/pylock.toml
check 'beside the lock itself' "$VENVB" --without-pip --plugin=lock,file=project/pylock.toml env
is '... what it wants is there' "$(has)" 'bar-1.0 '
{ printf 'extras = ["x"]\ndependency-groups = ["dev"]\ndefault-groups = ["std"]\n'
  package foo 1.0 "marker = \"'std' in dependency_groups\""; package bar 1.0 "marker = \"'x' in extras\""
  package baz 1.0 "marker = \"'dev' in dependency_groups\""; } >body
{ lock; cat body; } >pylock.toml
mk '' env; is 'default groups' "$(has)" 'foo-1.0 '
mk ,extra=X env; is 'an extra' "$(has)" 'bar-1.0 foo-1.0 '
mk ,group=dev,no-default-groups env; is 'a group' "$(has)" 'baz-1.0 '
check_fails 'an extra that is none' 1 "extras: 'y' is not among what it has \(x\)" mk ,extra=y env

# --- Requirements ------------------------------------------------------------

printf 'foo==2.0 --hash=sha256:%s\nbar==1.0 --hash=sha256:%s --hash=sha256:%064d\n' "${sums[foo-2.0]}" "${sums[bar-1.0]}" 0 >requirements.txt
check 'requirements that are pinned' mk ,file=requirements.txt env
is '... what they want is there' "$(has)" 'bar-1.0 foo-2.0 '
mk ,file=requirements.txt -v env >said 2>&1
check '... and nothing more' grep -q 'nothing has changed' said
printf 'foo==2.0 --hash=sha256:%s\nbar\n' "${sums[foo-2.0]}" >requirements.txt
check_fails 'some that are not' 1 "requirements.txt:2: .*pin it to a version" mk ,file=requirements.txt env

# --- Archives ----------------------------------------------------------------

archive () # WHERE SHA
{
  { lock; printf '[[packages]]\nname = "foo"\n[packages.archive]\n%s\nhashes = {sha256 = "%s"}\n' "$1" "$2"; } >pylock.toml
}
archive 'url = "https://me:secret@files.invalid/foo-1.0-py3-none-any.whl"' "${sums[foo-1.0]}"
check 'an archive' mk '' env
is '... is what it says' "$(has)" 'foo-1.0 '
direct=$(echo env/lib/python3.*/site-packages/foo-1.0.dist-info/direct_url.json)
s=${sums[foo-1.0]}
is '... where it came from' "$(cat "$direct")" \
  "{\"archive_info\": {\"hash\": \"sha256=$s\", \"hashes\": {\"sha256\": \"$s\"}}, \"url\": \"https://files.invalid/foo-1.0-py3-none-any.whl\"}"
tree_of env/lib >old; rm env/.lock-state
check 'once more, with nothing remembered' mk '' env
tree_of env/lib >new; check '... it stays' diff old new
archive "path = \"wheels/foo-1.0-py3-none-any.whl\"" "$s"
check 'the same from elsewhere' mk '' env
check '... is exchanged' grep -q "\"url\": \"file://$scratch/wheels/foo-1.0-py3-none-any.whl\"" "$direct"
{ lock; package foo 1.0; } >pylock.toml
check 'the same, of an index' mk '' env
check '... is exchanged' test ! -e "$direct"

# --- A wheel whose RECORD is wrong ---------------------------------------------

wheel odd 1.0 odd/more.py=1 odd/other.py=2 RECORD-=odd/more.py RECORD-=odd/other.py \
  'RECORD+=odd/other.py,sha256=AAAA,1' 'RECORD+=odd/none.py,sha256=AAAA,1'
{ lock; package bar 1.0; package odd 1.0; } >pylock.toml
"$VENVB" --without-pip --plugin=lock,file=project/pylock.toml env; tree_of env >old
check_fails 'a RECORD that is wrong' 1 "pylock.toml:[0-9]*: package 'odd': wheels\[0\]: cannot unpack wheel 'odd-1.0-py3-none-any.whl': .*RECORD.*; have the wheel mended, or take it as it is \(any-record=odd\)" mk '' env
tree_of env >new; check '... and all is as it was' diff old new
check_fails 'any-record for no package' 1 "pylock.toml: there is no package 'od' in it; name a package of the lock with any-record" mk ,any-record=od env
check 'any-record' mk ,any-record=bar,any-record=Odd env
is '... all that it has is there' "$(env/bin/python -Bc 'import odd.more, odd.other')$(has)" 'bar-1.0 odd-1.0 '
check '... by a RECORD that is right' "$VENVB" --check env
is '... of its own' "$(grep -c '^odd/\(__init__\|more\|other\).py,sha256=.\{43\},' env/lib/python3.*/site-packages/odd-1.0.dist-info/RECORD)" 3
check '... and without byte code, and a cache' mk ,any-record=odd --no-cache --no-compile another
rm -r another
check_fails '... which is kept for nobody else' 1 'any-record=odd' mk '' another

# --- A path that has another name ---------------------------------------------

cp wheels/foo-1.0-py3-none-any.whl wheels/foo-2.0.1-py3-none-any.whl
{ lock; package foo 1.0 | sed 's,^url = .*,name = "foo-1.0-py3-none-any.whl"\npath = "wheels/foo-2.0.1-py3-none-any.whl",'; } >pylock.toml
check_fails 'a path with another name' 1 "package 'foo': wheels\[0\]: '.*foo-2.0.1-py3-none-any.whl' is not called 'foo-1.0-py3-none-any.whl', as its name there says; rename it" mk '' env
rm wheels/foo-2.0.1*
mkdir spelt && cp wheels/foo-1.0-py3-none-any.whl spelt/FOO-1.0-py3-none-any.whl
{ lock; package foo 1.0 | sed 's,^url = .*,name = "foo-1.0-py3-none-any.whl"\nurl = "https://files.invalid/FOO-1.0-py3-none-any.whl",'; } >spelt/pylock.toml
check 'an URL in another spelling' "$VENVB" --without-pip --plugin=lock,file=spelt/pylock.toml another
sed -i 's,^url = .*,path = "FOO-1.0-py3-none-any.whl",' spelt/pylock.toml
check '... and a path' "$VENVB" --clear --without-pip --plugin=lock,file=spelt/pylock.toml another
rm -r spelt another

# --- What stays, and is not as it should be ----------------------------------

{ lock; package foo 1.0; package bar 1.0; } >pylock.toml
mk '' --clear env
site=$(echo env/lib/python3.*/site-packages)
mkdir "$site/strange-1.0.dist-info" && echo 'a,b' >"$site/strange-1.0.dist-info/RECORD" && touch "$site/strange-1.0.dist-info/METADATA"
{ lock; package foo 1.0; } >pylock.toml
check 'a RECORD that is none, of one that stays' mk ,keep-extras env
{ lock; package foo 2.0; } >pylock.toml
check '... where another is exchanged' mk ,keep-extras env
cp .out said
check '... is named' grep -q "not removed: '.*strange-1.0.dist-info/RECORD' and what it may list" said
is '... and left' "$(has)" 'bar-1.0 foo-2.0 strange-1.0 '
rm -r "$site/strange-1.0.dist-info"
{ lock; package foo 1.0; } >pylock.toml
mk '' env

# --- What has to be built ----------------------------------------------------

{ lock; printf '[[packages]]\nname = "foo"\nversion = "1.0"\n[packages.sdist]\nurl = "https://x.invalid/foo-1.0.tar.gz"\nhashes = {sha256 = "%s"}\n' "$s"; } >pylock.toml
check_fails 'a source' 1 "package 'foo': sdist: foo-1.0.tar.gz has to be built; have it locked with a wheel, or let pip build it \(build=pip\)" mk '' env
check 'one that is there already' mk ,build=pip env
rm -r env
check_fails 'one that is not here' 1 "package 'foo': sdist: 'foo-1.0.tar.gz' is not here; put it where the lock says" mk ,build=pip,offline env

# --- pip ---------------------------------------------------------------------

{ lock; package bar 1.0; } >pylock.toml
if "$VENVB" env 2>/dev/null; then
  check 'with pip' "$VENVB" --plugin=lock,wheel-dir=wheels env
  check '... it stays' env/bin/python -m pip --version
  check '... and is content' env/bin/python -m pip check
  # A project that builds itself, of which pip is told where it is.
  mkdir source && printf '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n' >source/pyproject.toml
  cat >source/backend.py <<END
import os, subprocess, sys
def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = 'built-1.0-py3-none-any.whl'
    subprocess.run([sys.executable, '-B', '$srcdir/tests/wheel.py', os.path.join(directory, name), 'built.py=A = 1'],
                   check=True, stdout=subprocess.DEVNULL)
    return name
END
  { lock; package bar 1.0; printf '[[packages]]\nname = "built"\n[packages.directory]\npath = "source"\n'; } >pylock.toml
  check_fails 'a directory' 1 "package 'built': directory: source has to be built" "$VENVB" --plugin=lock,wheel-dir=wheels env
  check '... with build=pip' "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env
  is '... is built' "$(env/bin/python -c 'import built, bar; print(built.A)')" 1
  tar -czf wheels/built-1.0.tar.gz --transform 's,^source,built-1.0,' source
  tarsum=$(sha256sum wheels/built-1.0.tar.gz | cut -d' ' -f1)
  sdist () # HASH
  {
    { lock; printf '[[packages]]\nname = "built"\nversion = "1.0"\n[packages.sdist]\nurl = "https://x.invalid/built-1.0.tar.gz"\nhashes = {sha256 = "%s"}\n' "$1"; } >pylock.toml
  }
  "$VENVB" --clear env; sdist "$(printf '%064d' 0)"
  tree_of env >old
  "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env 2>said
  is 'a source with another hash' $? 1
  check '... pip says so' grep -qi 'hash' said
  tree_of env >new; check '... and all is as it was' diff old new
  sdist "$tarsum"
  check 'a source' "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env
  is '... is built' "$(env/bin/python -c 'import built; print(built.A)')" 1
  "$VENVB" -v --plugin=lock,wheel-dir=wheels,build=pip,offline env >said 2>&1
  check '... and stays' grep -q "lock: all is as '$scratch/pylock.toml' has it" said
  # What pip is told of its hash, whatever the URL says behind #, and the case of its key.
  pinned () { printf 'built @ file://%s/wheels/built-1.0.tar.gz#%s --hash=sha256:%s\n' "$scratch" "$1" "$2" >reqs.txt; }
  "$VENVB" --clear env
  pinned 'md5=0&egg=built' "$(printf '%064d' 0)"
  "$VENVB" --plugin=lock,file=reqs.txt,build=pip,offline env 2>said
  is 'a source of requirements with another hash' $? 1
  check '... pip says so' grep -qi 'hash' said
  pinned 'md5=0&egg=built' "$tarsum"
  check 'one with the hash of its line' "$VENVB" --plugin=lock,file=reqs.txt,build=pip,offline env
  is '... is built' "$(env/bin/python -c 'import built; print(built.A)')" 1
  "$VENVB" -v --plugin=lock,file=reqs.txt,build=pip,offline env >said 2>&1
  check '... and stays' grep -q "lock: all is as '$scratch/reqs.txt' has it" said
  cp -r source changed && echo >>changed/backend.py
  tar -czf wheels/built-1.0.tar.gz --transform 's,^changed,built-1.0,' changed
  pinned 'md5=0' "$(sha256sum wheels/built-1.0.tar.gz | cut -d' ' -f1)"
  "$VENVB" -v --plugin=lock,file=reqs.txt,build=pip,offline env >said 2>&1
  check 'one of the same version with another hash is built anew' grep -q 'lock: removing built 1.0' said
  tarsum=$(sha256sum wheels/built-1.0.tar.gz | cut -d' ' -f1)
  "$VENVB" --clear env; sdist "$tarsum"; sed -i 's/{sha256/{SHA256/' pylock.toml
  check 'a key in capitals' "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env
  # Editable: of the directory that the lock names, or another one.
  cat >>source/backend.py <<'END'
build_editable = build_wheel
END
  cp -r source source2
  editable () { { lock; package bar 1.0; printf '[[packages]]\nname = "built"\n[packages.directory]\npath = "%s"\neditable = true\n' "$1"; } >pylock.toml; }
  "$VENVB" --clear env
  editable source
  check 'an editable directory' "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env
  "$VENVB" -v --plugin=lock,wheel-dir=wheels,build=pip,offline env >said 2>&1
  check '... stays' grep -q "lock: all is as '$scratch/pylock.toml' has it" said
  check '... and is that lock' "$VENVB" --check --lock --plugin=lock,build=pip env
  editable source2
  "$VENVB" --check --lock --plugin=lock,build=pip env >said 2>&1
  check '... and not one of another directory' grep -q "built 1.0 is not the editable 'source2' that the lock has" said
  check 'one of another directory' "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env
  check '... is exchanged' grep -q "\"url\": \"file://$scratch/source2\"" env/lib/python3.*/site-packages/built-1.0.dist-info/direct_url.json
  "$VENVB" --clear env; sdist "$tarsum"
  "$VENVB" --plugin=lock,wheel-dir=wheels,build=pip,offline env
  { lock; package bar 1.0; } >pylock.toml
  check 'without' mk '' env
  is '... it goes' "$(has)" 'bar-1.0 '
else
  skip 'with pip' 'there is no pip to be had here'
fi
finish
