# shellcheck shell=bash
# The files that a lock takes: where they are found, and that they are those that
# were locked.  And what has no lock loads nothing for it.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

tool=$builddir/tests/lock-select
[ -x "$tool" ] || skip_all 'built without toml++'
export VENVB_MODULE_DIR=$builddir/lock/.libs

sum () { "${1}sum" "$2" | cut -d' ' -f1; } # ALGORITHM FILE
wheel=foo-1.0-py3-none-any.whl
mkdir -p wheels other project/dist
echo 'one wheel' >"wheels/$wheel"
cp "wheels/$wheel" "project/dist/$wheel"
sha256=$(sum sha256 "wheels/$wheel")
sha512=$(sum sha512 "wheels/$wheel")
sha384=$(sum sha384 "wheels/$wheel")
md5=$(sum md5 "wheels/$wheel")
size=$(stat -c %s "wheels/$wheel")
zeros=$(printf '%064d' 0)

lock () # KEYS... : of the wheel
{
  printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"' '[[packages]]' 'name = "foo"' 'version = "1.0"' \
    '[[packages.wheels]]' "name = \"$wheel\"" "$@" >project/pylock.toml
}
url='url = "https://files.invalid/a"'
taken="take foo 1.0 $wheel (the one that fits, of 1 wheel)"
said () { "$tool" --here --check "$@" 2>&1; }
refused () { printf '%s\n%s' "$taken" "refuse project/pylock.toml:6: package 'foo': wheels[0]: 'wheels/$wheel': $1; get the file that was locked"; }

# --- How deep it is ----------------------------------------------------------

deep () { printf 'lock-version = "1.0"\ncreated-by = "test"\n%s\n' "$1" >project/pylock.toml; "$tool" --here project/pylock.toml 2>&1 | tail -n 1; }
dots=$(printf 'a.%.0s' {1..50000})
too_deep='project/pylock.toml:3: a key has more than 32 parts; have the lock written anew'
is 'a key of many parts' "$(deep "${dots}b = 1")" "lock-select: $too_deep"
is '... that is a table' "$(deep "[${dots}b]")" "lock-select: $too_deep"
is '... in a table of one line' "$(deep "a = { ${dots}b = 1 }")" "lock-select: $too_deep"
is '... with others in quotes' "$(deep "$(printf 'a.",".%.0s' {1..50000})b = 1")" "lock-select: $too_deep"
is '... with blanks' "$(deep "$(printf 'a . %.0s' {1..50000})b = 1")" "lock-select: $too_deep"
is 'full stops in texts are none' "$(deep "tool.x = ['$dots', \"\"\"
$dots\"\"\"] # $dots"; grep -c . project/pylock.toml)" "$(deep 'tool.x = 1')
4"

# --- Where it is -------------------------------------------------------------

lock "$url" "hashes = {sha256 = \"$sha256\"}"
is 'a wheel that is not here' "$(said project/pylock.toml)" \
  "refuse project/pylock.toml:6: package 'foo': wheels[0]: '$wheel' is not here; put it into a directory that wheel-dir names"
is 'in the second of two directories' "$(said --wheel-dir=other --wheel-dir=wheels project/pylock.toml)" "$taken"
lock "path = \"dist/$wheel\"" "hashes = {sha256 = \"$sha256\"}"
is 'at a path beside the lock' "$(said project/pylock.toml)" "$taken"
lock "path = '.\\dist\\$wheel'" "hashes = {sha256 = \"$sha256\"}"
is 'at a path of another system' "$(said project/pylock.toml)" "$taken"
lock "path = \"$scratch/wheels/$wheel\"" "hashes = {sha256 = \"$sha256\"}"
is 'at an absolute path' "$(said project/pylock.toml)" "$taken"
lock "path = \"dist/$wheel\"" "$url" "hashes = {sha256 = \"$sha256\"}"
mkdir elsewhere && cp project/pylock.toml elsewhere/
is 'a path that is not there, a directory that has it' "$(said --wheel-dir=wheels elsewhere/pylock.toml)" "$taken"
mkfifo "other/$wheel"
lock "$url" "hashes = {sha256 = \"$sha256\"}"
is 'a FIFO is no wheel' "$(said --wheel-dir=other --wheel-dir=wheels project/pylock.toml)" "$taken"
rm "other/$wheel"
printf '%s' 'lock-version = "1.0' >other/pylock.toml
check_fails 'a lock that is cut off' 1 "other/pylock.toml:1: it is not TOML 1.0: .*" "$tool" other/pylock.toml
mkfifo other/pylock.fifo.toml
check_fails 'a lock that is a FIFO' 1 "other/pylock.fifo.toml: it can't be read: it is not a regular file" "$tool" other/pylock.fifo.toml
check_fails 'a lock that is not there' 1 "other/pylock.none.toml: it can't be read: No such file or directory" "$tool" other/pylock.none.toml

# --- Whether it is the one ---------------------------------------------------

verdict () # NAME REASON KEYS... : no reason when it is
{
  local name=$1 reason=$2; shift 2
  lock "$url" "$@"
  is "$name" "$(said --wheel-dir=wheels project/pylock.toml)" "$([ -n "$reason" ] && refused "$reason" || echo "$taken")"
}

verdict 'the right size and hash' '' "size = $size" "hashes = {sha256 = \"$sha256\"}"
verdict 'the wrong size' "it has $size bytes, and has to have 5" 'size = 5' "hashes = {sha256 = \"$sha256\"}"
verdict 'the wrong hash' "its sha256 is $sha256, and has to be $zeros" "hashes = {sha256 = \"$zeros\"}"
verdict 'the wrong hash, in capitals' "its sha256 is $sha256, and has to be $zeros" "hashes = {SHA256 = \"$zeros\"}"
verdict 'the right hash, in capitals' '' "hashes = {SHA256 = \"${sha256^^}\"}"
verdict 'all hashes are right' '' \
  "hashes = {md5 = \"$md5\", sha256 = \"$sha256\", sha384 = \"$sha384\", sha512 = \"$sha512\"}"
verdict 'one of two is wrong' "its sha512 is $sha512, and has to be $zeros$zeros" \
  "hashes = {sha256 = \"$sha256\", sha512 = \"$zeros$zeros\"}"
verdict 'a bad one of two is wrong' "its md5 is $md5, and has to be ${zeros:32}" \
  "hashes = {md5 = \"${zeros:32}\", sha256 = \"$sha256\"}"
verdict 'one of two is not known' '' "hashes = {sha256 = \"$sha256\", sha3_256 = \"$zeros\"}"
verdict 'sha384 alone' '' "hashes = {sha384 = \"$sha384\"}"

# --- Requirements: any wheel that has one of the hashes ----------------------

pin () { printf 'foo==1.0'; printf ' --hash=%s' "$@"; echo; }
pin "sha256:$zeros" "sha256:$sha256" >requirements.txt
is 'pinned, and here' "$(said --wheel-dir=wheels requirements.txt)" "take foo 1.0 $wheel (best of 1 wheel here)"
is 'pinned, and not here' "$(said --wheel-dir=other requirements.txt)" \
  "refuse requirements.txt:1: package 'foo': there is no wheel of version 1.0 here; put one into a directory that wheel-dir names"
echo 'another' >wheels/foo-1.0-1-py3-none-any.whl
echo 'a better one' >wheels/foo-1.0-cp311-cp311-linux_x86_64.whl
echo 'of a later version' >wheels/foo-1.1-py3-none-any.whl
echo 'for others' >wheels/foo-1.0-cp39-cp39-win_amd64.whl
is 'better ones that were not locked' "$(said --wheel-dir=wheels requirements.txt)" "take foo 1.0 $wheel (best of 4 wheels here)"
pin "sha256:$sha256" "sha256:$(sum sha256 wheels/foo-1.0-cp311-cp311-linux_x86_64.whl)" >requirements.txt
is 'a better one that was locked' "$(said --wheel-dir=wheels requirements.txt)" \
  "take foo 1.0 foo-1.0-cp311-cp311-linux_x86_64.whl (best of 4 wheels here)"
pin "sha256:$zeros" "md5:$md5" >requirements.txt
said --wheel-dir=wheels requirements.txt >out
check 'none that was locked' grep -qE "^refuse requirements.txt:1: package 'foo': 'wheels/foo-1.0-cp311-cp311-linux_x86_64.whl' can't be taken: its sha256 is .*, which is none of those that it may be; put the right wheel into" out
pin "sha256:$(sum sha256 wheels/foo-1.0-cp39-cp39-win_amd64.whl)" >requirements.txt
rm wheels/foo-1.0-cp311* wheels/foo-1.0-1* "wheels/$wheel"
said --wheel-dir=wheels requirements.txt >out
check 'one that was locked for others' grep -q "win_amd64.whl' can't be taken: its tag cp39-cp39-win_amd64 is not for CPython 3.11" out
echo "foo @ file://$scratch/project/dist/$wheel --hash=sha256:$sha256 --hash=sha256:$zeros" >requirements.txt
is 'an URL of a file' "$(said requirements.txt)" "take foo $wheel direct (the archive, which is a wheel)"
echo "foo @ file://$scratch/project/dist/$wheel --hash=sha256:$zeros" >requirements.txt
said requirements.txt >out
check 'an URL of another file' grep -q "^refuse requirements.txt:1: package 'foo': archive: '$scratch/project/dist/$wheel': its sha256 is $sha256, which is none" out

# --- The module --------------------------------------------------------------

check_fails 'without the module' 1 "cannot load '$scratch/lock.so': it is not there: (venvb was built without locks|install the package [a-z0-9-]+)$" \
  env VENVB_MODULE_DIR="$scratch" "$tool" project/pylock.toml
cp "$builddir/wheel/.libs/unpack.so" lock.so
check_fails 'another module' 1 "cannot load '$scratch/lock.so': .*venvb_lock.*" env VENVB_MODULE_DIR="$scratch" "$tool" project/pylock.toml
chmod o+w lock.so
check_fails 'a module that others may write' 1 ".*lock.so.*" env VENVB_MODULE_DIR="$scratch" "$tool" project/pylock.toml
needs () { readelf -Wd "$1" 2>/dev/null | grep -cE 'NEEDED.*(stdc|toml)'; }
if command -v readelf >/dev/null; then
  is 'the module needs C++' "$(needs "$builddir/lock/.libs/lock.so")" 2
  is 'the library does not' "$(needs "$builddir/.libs/libvenvb.so")" 0
  is 'the module exports one name' "$(nm -D --defined-only "$builddir/lock/.libs/lock.so" | awk '{ print $3 }')" venvb_lock
else
  skip 'what needs C++' 'no readelf'
fi
finish
