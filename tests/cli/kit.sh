# shellcheck shell=bash
# --download puts what a lock names into a directory, for a machine without network and for
# another Python on another platform; --cache-warm into the cache.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -e "$builddir/lock/.libs/lock.so" ] || skip_all 'built without toml++'
[ -e "$builddir/fetch/.libs/fetch.so" ] || skip_all 'built without libcurl'
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE NETRC
mkdir files
python3 -B "$srcdir/tests/fetch-server.py" "$scratch/files" "$scratch/ports" "$scratch/log" &
servers="$servers $!"
wait_for ports
read -r a _ <ports

declare -A sums
package () # NAME WHEEL...
{
  local name=$1 wheel; shift
  printf '%s\n' '[[packages]]' "name = \"$name\"" 'version = "1.0"' "${marker-}"
  for wheel; do
    sums[$wheel]=$(python3 -B "$srcdir/tests/wheel.py" "files/$name-1.0-$wheel.whl" "$name/__init__.py=WHEEL = '$wheel'")
    printf '%s\n' '[[packages.wheels]]' "url = \"http://127.0.0.1:$a/ok/$name-1.0-$wheel.whl\"" \
      "size = $(stat -c %s "files/$name-1.0-$wheel.whl")" "hashes = {sha256 = \"${sums[$wheel]}\"}"
  done
}
{
  printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"'
  package pure py3-none-any
  package native cp312-cp312-manylinux_2_17_aarch64 cp312-cp312-manylinux_2_28_aarch64 cp312-cp312-manylinux_2_39_aarch64 \
    cp312-cp312-manylinux_2_28_x86_64 cp311-cp311-manylinux_2_28_aarch64 cp312-cp312-musllinux_1_2_aarch64 \
    cp313-cp313t-manylinux_2_28_aarch64
  marker="marker = \"platform_machine == 'aarch64' and python_version == '3.12'\"" package arm py3-none-any
  marker="marker = \"platform_machine != 'aarch64'\"" package other py3-none-any
} >pylock.toml
{ printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"'; package pure py3-none-any; } >pylock.late.toml
kit () { "$VENVB" --plugin=lock,no-pip-conf --lock "$@"; }
is_in () { (cd "$1" && printf '%s\n' *.whl | tr '\n' ' '); }

check 'for another platform and another Python' kit --download kit --platform manylinux_2_28_aarch64 -p 3.12
want='arm-1.0-py3-none-any.whl native-1.0-cp312-cp312-manylinux_2_28_aarch64.whl pure-1.0-py3-none-any.whl '
is '... has what is taken there' "$(is_in kit)" "$want"
check '... has the lock' cmp kit/pylock.toml pylock.toml
is '... and a line of how' "$(cat kit/HOW-TO-INSTALL.txt)" "venvb --lock='pylock.toml' --plugin=lock,offline .venv    # in this directory"
is '... and nothing else' "$(find kit -type f | wc -l)" 5
sed 's,//127,//user:geheim@127,; $a [tool]\nx = "git+ssh://git@files.invalid/x"' pylock.toml >pylock.secret.toml
check 'one with a password' "$VENVB" --plugin=lock,no-pip-conf --lock=pylock.secret.toml --download secret --platform manylinux_2_28_aarch64 -p 3.12
check '... which is not carried away' bash -c '! grep -r geheim secret'
is '... and that is all' "$(diff secret/pylock.secret.toml pylock.toml | grep '^[<>]')" '< [tool]
< x = "git+ssh://git@files.invalid/x"'
kit --download musl --platform musllinux_1_2_aarch64 -p 3.12 >/dev/null
is 'musl' "$(is_in musl)" "${want/manylinux_2_28/musllinux_1_2}"
kit --download old --platform manylinux_2_17_aarch64 -p 3.12 >/dev/null
is 'an old libc' "$(is_in old)" "${want/2_28/2_17}"
kit --download threads --platform manylinux_2_28_aarch64 -p 3.13t >/dev/null
is 'without the GIL' "$(is_in threads)" 'native-1.0-cp313-cp313t-manylinux_2_28_aarch64.whl pure-1.0-py3-none-any.whl '
check 'a Python that is not here, on this platform' kit --download late -p 3.12 --lock=pylock.late.toml
is '... what is taken is there' "$(is_in late)" 'pure-1.0-py3-none-any.whl '
check_fails 'where nothing fits' 1 "package 'native': wheels: none of its 7 wheels fits" kit --download none --platform manylinux_2_28_aarch64 -p 3.10
check '... nothing is made' test ! -e none
check_fails 'of unknown age' 1 'nobody knows when it was uploaded' kit --plugin=lock,exclude-newer=7d --download none -p 3.12 --lock=pylock.late.toml
check_fails 'no platform at all' 2 "--platform: 'arm' is none" kit --download none --platform arm -p 3.12
check_fails 'without --download' 2 '--platform is of --download' kit --platform linux_aarch64 env
check_fails 'without a lock' 2 'what is to be downloaded a lock has to say' "$VENVB" --download none
if python3 -m pip --version >/dev/null 2>&1; then
  platforms=(); for minor in {28..17}; do platforms+=(--platform "manylinux_2_${minor}_aarch64"); done
  python3 -m pip download -q --no-index --find-links files --only-binary=:all: --no-deps -d pips --implementation cp --python-version 3.12 \
    "${platforms[@]}" pure native arm >pip.log 2>&1
  is 'pip would take the same' "$(is_in pips)" "$want"
else
  skip 'pip would take the same' 'no pip'
fi

# --- For this Python -----------------------------------------------------------------

{ printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"'; package pure py3-none-any; package both py3-none-any; } >pylock.toml
rm -rf cache
check 'for this Python' kit --download here
is '... is there' "$(is_in here)" 'both-1.0-py3-none-any.whl pure-1.0-py3-none-any.whl '
: >log
check '... is installed from there without network' bash -c "cd here && XDG_CACHE_HOME=$scratch/other '$VENVB' --without-pip --plugin=lock,offline ../env"
check '... and works' env/bin/python -c 'import pure, both'
is '... nobody is asked' "$(wc -l <log)" 0
rm -rf env cache
check '--cache-warm with --lock' "$VENVB" --without-pip --plugin=lock,no-pip-conf --lock --cache-warm --cache-dir all
check '... makes no environment' test ! -e env
: >log
check '... and the next one asks nobody' "$VENVB" --without-pip --plugin=lock,offline --shared-cache-dir "$scratch/all" env
is '... indeed' "$(wc -l <log)" 0
check '... all may read it' bash -c '! find all ! -perm -004 | grep -v "\.lock$" | grep .'

finish
