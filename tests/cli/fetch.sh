# shellcheck shell=bash
# The plugin lock gets what is not here: from servers that break off, lie and send
# elsewhere, many at once, once for all runs, and never without its hash.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

[ -e "$builddir/lock/.libs/lock.so" ] || skip_all 'built without toml++'
[ -e "$builddir/fetch/.libs/fetch.so" ] || skip_all 'built without libcurl'
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY SSL_CERT_FILE NETRC
mkdir files
python3 -B "$srcdir/tests/fetch-server.py" "$scratch/files" "$scratch/ports" "$scratch/log" &
servers="$servers $!"
wait_for ports
read -r a b <ports
at=http://127.0.0.1:$a

declare -A sums
wheel () # NAME [SIZE]
{
  local data=() text
  printf -v text '%0100000d' 0
  for ((i = 0; i < ${2-1}; i++)); do data+=("$1/$i=$text"); done
  sums[$1]=$(python3 -B "$srcdir/tests/wheel.py" "files/$1-1.0-py3-none-any.whl" "$1/__init__.py=NAME = '$1'" "${data[@]}")
}
size () { stat -c %s "files/$1-1.0-py3-none-any.whl"; }
lock () # HOW/NAME...
{
  printf '%s\n' 'lock-version = "1.0"' 'created-by = "test"'
  for one; do
    local name=${one#*/}
    printf '%s\n' '[[packages]]' "name = \"$name\"" 'version = "1.0"' '[[packages.wheels]]' \
      "url = \"${base_url-$at}/${one%/*}/$name-1.0-py3-none-any.whl\"" "size = $(size "$name")" \
      "hashes = {sha256 = \"${sums[$name]}\"}"
  done
}
mk () { "$VENVB" --without-pip --plugin="lock,no-pip-conf$1" "${@:2}"; }
has () { (cd "${1:-env}"/lib/python3.*/site-packages && printf '%s\n' *.dist-info | sed 's/-1\.0\.dist-info//' | tr '\n' ' '); }
asked () { grep -c " /$1" log; }
anew () { rm -rf env cache; : >log; }
kept () { (cd cache/venvb/v1/wheels && find . -name '*.whl' | sed 's,.*/,,; s/-.*//' | sort | tr '\n' ' '); }

for name in foo bar baz; do wheel "$name"; done
wheel big 8

# --- What is right --------------------------------------------------------------

lock ok/foo ok/bar >pylock.toml
check 'wheels are fetched' mk '' env
is '... and there' "$(has)" 'bar foo '
check '... and work' env/bin/python -c 'import foo, bar'
check '... as their RECORDs say' "$VENVB" --check env
is '... and kept' "$(kept)" 'bar foo '
check '... with nothing left over' bash -c '! find cache/venvb/v1/wheels -name "*.new*" | grep .'
rm -rf env; : >log
check 'once more' mk '' env
is '... nobody is asked' "$(wc -l <log)" 0
rm -rf env
check 'from a shared cache' env XDG_CACHE_HOME="$scratch/other" "$VENVB" --without-pip --shared-cache-dir="$scratch/cache/venvb" \
  --plugin=lock,no-pip-conf env
is '... nobody is asked' "$(wc -l <log)" 0
rm -rf env shared; cp -r cache/venvb shared; : >log
echo damaged >"$(find shared/v1/wheels -name 'foo*.whl')"; rm -rf shared/v1/images shared/v1/hashes
check 'what was damaged in a shared cache' env XDG_CACHE_HOME="$scratch/third" "$VENVB" --without-pip --shared-cache-dir="$scratch/shared" \
  --plugin=lock,no-pip-conf env
is '... is fetched, and left there' "$(asked ok/foo),$(asked ok/bar),$(find shared/v1/wheels -name '*.whl' | wc -l)" 1,0,2
rm -rf env; : >log
echo damaged >"$(find cache/venvb/v1/wheels -name 'foo*.whl')"
rm -rf cache/venvb/v1/images
check 'what was damaged in the cache' mk '' env
is '... is fetched again' "$(asked ok/foo),$(asked ok/bar)" 1,0
rm -rf env; : >log
mkdir tmp
check 'without a cache' env TMPDIR="$scratch/tmp" "$VENVB" --without-pip --no-cache --plugin=lock,no-pip-conf env
is '... they are fetched' "$(asked ok/foo),$(asked ok/bar)" 1,1
is '... and nothing is left' "$(ls tmp)" ''
mkdir here; cp files/foo-* here/
anew
check 'what is in a directory' mk ,wheel-dir=here env
is '... is not fetched' "$(asked ok/foo),$(asked ok/bar)" 0,1

# --- What is told meanwhile ---------------------------------------------------------

lock drip/big ok/foo >pylock.toml
told='fetching [01]/2: [0-9.]+ [kM]B of [0-9.]+ [kM]B, [0-9.]+ [kM]B/s, [0-9]+ s'
anew; mk '' --progress=plain env >said 2>&1
check '--progress=plain: count, bytes and rate' grep -qE "^venvb: $told\$" said
anew; mk '' env >said 2>&1
is 'nothing of it where nobody watches' "$(grep -c fetching said)" 0
anew; TERM=xterm python3 -B "$srcdir/tests/terminal/raw.py" 100 "$VENVB" --without-pip --plugin=lock,no-pip-conf env >said
check 'on a terminal: the line at its bottom' grep -qE "^\^$told" said
is '... which is gone in the end' "$(tail -n 1 said)" '^<K>'
anew; TERM=xterm python3 -B "$srcdir/tests/terminal/raw.py" 100 "$VENVB" -q --without-pip --plugin=lock,no-pip-conf env >said
is '-q: nothing' "$(cat said)" ''

# --- What has come is unpacked while others come --------------------------------------

images () { find cache/venvb/v1/images -maxdepth 2 -name manifest 2>/dev/null; }
if [ "$(nproc)" -ge 2 ]; then
  lock wait/big ok/foo wrong/bar >pylock.toml
  sed -i 's,/wrong/,/ok/,' pylock.toml
  anew; mk '' env >said 2>&1 &
  pid=$!
  for ((i = 0; i < 500 && $(images | wc -l) < 2; i++)); do sleep .02; done
  is 'what is there is unpacked while another comes' "$(images | wc -l) $(kept)" '2 bar foo '
  touch files/go
  check '... and all in the end' wait "$pid"
  is '... which has all' "$(has)" 'bar big foo '
  check '... as their RECORDs say' "$VENVB" --check env
  rm files/go
  # One of three can't be had, and what else came is not in the way.
  lock wait/big ok/foo lost/bar >pylock.toml
  anew
  check_fails 'one that can not be had' 1 "cannot fetch '$at/lost/bar" mk '' env
  is '... no process is left' "$(pgrep -f "^$VENVB .*$scratch" | wc -l) $(ls -d env 2>/dev/null)" '0 '
  anew; lock wait/big ok/foo >pylock.toml
  setsid "$VENVB" --without-pip --plugin=lock,no-pip-conf env >said 2>&1 &
  pid=$!
  for ((i = 0; i < 500 && $(images | wc -l) < 1; i++)); do sleep .02; done
  kill -KILL "$pid"; wait "$pid" 2>/dev/null
  for ((i = 0; i < 250; i++)); do pgrep -g "$pid" >/dev/null || break; sleep .02; done
  is 'a run that is killed meanwhile leaves no process' "$(pgrep -g "$pid" | wc -l)" 0
  touch files/go
  check '... and the next has all' mk '' env
  rm files/go
else
  for _ in 1 2 3 4 5 6 7 8; do skip 'unpacked while others come' 'one processor'; done
fi

# --- What may pass ---------------------------------------------------------------

for how in break norange cut once503 once429; do
  anew
  lock $how/big ok/foo >pylock.toml
  check "$how: it is tried again" mk '' env
  is '... and there' "$(has)" 'big foo '
  is '... asked twice' "$(asked $how/)" 2
done
half=$(($(size big) / 2))
anew; lock break/baz >pylock.toml
mk '' env
is 'what broke off is gone on with' "$(grep -o 'bytes=[0-9]*-' log)" "bytes=$(($(size baz) / 2))-"

# --- What will not ---------------------------------------------------------------

name=-1.0-py3-none-any.whl
refused () # HOW STATUS PATTERN TIMES
{
  anew
  lock "$1/big" ok/foo >pylock.toml
  check_fails "$1: an error" "$2" "'big$name': cannot fetch '$at/$1/big$name': $3" mk "${5-}" env
  check '... no environment' test ! -e env
  is '... asked this often' "$(asked "$1/")" "$4"
  check '... nothing of it counts' bash -c '! find cache/venvb/v1/wheels -name "big*.whl" | grep .'
}
refused lost 1 'HTTP status 404 \(not found\)' 1
refused forbidden 1 'HTTP status 403 \(forbidden\)' 1
refused wrong 1 'its sha256 is [0-9a-f]{64}, and has to be [0-9a-f]{64}' 1
refused long 1 "it has [0-9]+ bytes, and has to have $(size big)" 1
refused longer 1 "it goes on after $(size big) bytes" 1
refused short 1 "it has $half bytes, and has to have $(size big)" 1
refused busy 1 'HTTP status 503: try again in 1000 seconds' 1
refused secret 1 'HTTP status 401' 1
anew; lock astray/foo >pylock.toml
check_fails 'astray: an error' 1 "cannot fetch '$at/astray/foo$name': it leads elsewhere: 'http://other.invalid/ok/foo$name' is not fetched: it is not https" mk '' env
anew; lock stall/big >pylock.toml
check_fails 'stall: an error in the end' 1 "cannot fetch '$at/stall/big$name': .*, [0-9]+ times" mk ,timeout=1 env
is '... what came is asked for once' "$(grep -c -- ' - ' log)" 1
lock ok/big >pylock.toml
check '... and is there for the next run' mk '' env
is '... which asks for the rest' "$(grep -c "ok/big.*bytes=$half-" log)" 1

for url in http://127.0.0.1:999999 'http://user:geheim@[::1'; do
  anew; base_url=$url lock ok/foo >pylock.toml
  mk '' env >said 2>&1
  is "no URL: $url" "$(grep -c "'foo$name': 'http://.*' is not a URL; a blank" said),$(grep -c geheim said)" 1,0
done

# --- Elsewhere -------------------------------------------------------------------

anew; lock away/foo >pylock.toml
check 'a redirect to another server' mk '' env
is '... is followed' "$(sed 's/ -.*//' log)" "a /away/foo$name
b /ok/foo$name"
anew; lock ok/foo >pylock.toml; sed -i "s,$at,http://files.invalid," pylock.toml
check_fails 'no TLS' 1 "'http://files.invalid/ok/foo$name' is not fetched: it is not https" mk '' env
sed -i 's,http:,ftp:,' pylock.toml
check_fails 'another scheme' 1 "'ftp://files.invalid/ok/foo$name' is not fetched: only https and http are" mk '' env
anew; lock ok/foo >pylock.toml
check_fails 'a host that is not allowed' 1 "'127.0.0.1' is none of the hosts that are allowed" mk ,allow-host=files.invalid env
is '... is not asked' "$(wc -l <log)" 0
check 'one that is' mk ",allow-host=127.0.0.1:$a" env
anew; lock away/foo >pylock.toml
check_fails 'a redirect to one that is not' 1 'it leads elsewhere: .* is none of the hosts' mk ",allow-host=127.0.0.1:$a" env
is '... which is not asked' "$(cut -c1 log)" a

# --- Who asks ---------------------------------------------------------------------

anew; base_url=http://user:geheim@127.0.0.1:$a lock secretaway/foo >pylock.toml
# shellcheck disable=SC2317 # check calls it
shown_nowhere () { ! grep -rE 'geheim|dXNlcjpnZWhlaW0' "$@"; }
mk '' -v env >said 2>&1
is 'credentials of the lock are sent, and to nobody else' "$(sed 's/ - / /' log | cut -d' ' -f1,3)" "a Basic
b -"
"$VENVB" --explain --plugin=lock,no-pip-conf >said2 2>&1
check '... and shown nowhere' shown_nowhere said said2 env
base_url=http://user:falsch@127.0.0.1:$a lock secret/foo >pylock.toml; anew
mk '' -v env >said 2>&1
check '... nor are wrong ones' bash -c '! grep falsch said'
check '... but for the URL' grep -q "cannot fetch '$at/secret/foo$name': HTTP status 401" said
anew; lock secret/foo >pylock.toml
printf 'machine 127.0.0.1\n login user\n password geheim\ndefault login other password nix\n' >"$HOME/.netrc"
check '.netrc' mk '' env
anew; lock secretaway/foo >pylock.toml
sed -i 's/127.0.0.1/localhost/' pylock.toml
printf 'machine localhost login user password geheim\ndefault login other password nix\n' >"$HOME/.netrc"
mk '' -v env >said 2>&1
is '... is for the host that it names alone' "$(sed 's/ - / /' log | cut -d' ' -f1,3)" "a Basic
b -"
check '... and shown nowhere' shown_nowhere said
rm "$HOME/.netrc"

# --- From an index -------------------------------------------------------------------

anew; base_url=https://files.invalid lock x/foo x/bar >pylock.toml
check 'a mirror' mk ",index-url=http://user:geheim@127.0.0.1:$a/simple" -v env
cp .out said
is '... has all' "$(has)" 'bar foo '
check '... is told who asks' bash -c '! grep -v "Basic dXNlcjpnZWhlaW0=" log'
check '... which is shown nowhere' shown_nowhere said env
"$VENVB" --explain --plugin="lock,index-url=http://user:geheim@127.0.0.1:$a/simple" >said 2>&1
check '... nor where options are' shown_nowhere said
anew
check 'one whose pages have a base, and comments' mk ",index-url=$at/based" env
is '... from where that leads' "$(grep -c ' /ok/' log),$(has)" '2,bar foo '
anew
check_fails 'what is no index' 1 "package 'foo': .*the index has no link to any file: what it answers is not the page of an index; see whether" mk ",index-url=$at/portal" env
anew
check_fails 'one that has it not' 1 "cannot look up '(foo|bar)' in 'http://127.0.0.1:$a/lost/(foo|bar)/': HTTP status 404" mk ",index-url=$at/lost" env
printf '%s==1.0 --hash=sha256:%s --hash=sha256:%064d\n' foo "${sums[foo]}" 0 bar "${sums[bar]}" 1 >requirements.txt
anew
check 'requirements' mk ",file=requirements.txt,index-url=$at/simple/" env
is '... are there' "$(has)" 'bar foo '
rm -rf env; : >log
check '... once more, offline' mk ,file=requirements.txt,offline env
is '... asks nobody' "$(wc -l <log)" 0
anew; { echo "--index-url $at/simple"; cat requirements.txt; } >indexed.txt
check 'the index that they name' mk ,file=indexed.txt env
is '... is asked' "$(asked simple)" 2
anew
check 'unless another is asked for' mk ",file=indexed.txt,index-url=http://localhost:$b/simple" env
is '... which alone is' "$(cut -c1 log | sort -u)" b
anew
check_fails 'without an index' 1 "requirements.txt:1: package 'foo': there is no wheel of version 1.0 here; say which index has it" mk ,file=requirements.txt env
printf 'bar==1.0 --hash=sha256:%064d\n' 7 >requirements.txt
check_fails 'with a hash that nothing has' 1 "'bar$name': cannot fetch '$at/ok/bar$name': its sha256 is" mk ",file=requirements.txt,index-url=$at/simple" env

# Without an installer: what -r does.

printf '%s==1.0 --hash=sha256:%s\n' foo "${sums[foo]}" bar "${sums[bar]}" >requirements.txt
anew
check_fails '-r: pip is to ask no index' 1 "there is no wheel of version 1.0 here" \
  env PIP_INDEX_URL="$at/simple" "$VENVB" --without-pip -r requirements.txt env
unset PIP_NO_INDEX
check '-r: from the index of an option' env PIP_CONFIG_FILE=/dev/null "$VENVB" --without-pip -v --plugin="requirements,native,file=requirements.txt,index-url=$at/simple" env
is '... has all' "$(has)" 'bar foo '
rm -rf env; : >log
check '... once more, from the cache' env PIP_CONFIG_FILE=/dev/null "$VENVB" --without-pip -r requirements.txt env
is '... asks nobody' "$(has)$(wc -l <log)" 'bar foo 0'
anew
check '-r: from the index that the file names' env PIP_CONFIG_FILE=/dev/null "$VENVB" --without-pip -r indexed.txt env
is '... has all' "$(has)" 'bar foo '
anew
check '-r: from that of pip' env PIP_INDEX_URL="$at/simple" "$VENVB" --without-pip -r requirements.txt env
is '... has all' "$(has)" 'bar foo '
anew
check_fails 'offline: nothing is fetched, and no pip is there' 1 'nothing may be fetched \(offline\)' \
  env PIP_INDEX_URL="$at/simple" "$VENVB" --without-pip --plugin=requirements,native,file=requirements.txt,offline env
check_fails 'two indexes, and no pip' 1 'more than one index is to be asked; else there is no pip' \
  "$VENVB" --without-pip --plugin="requirements,native,file=requirements.txt,index-url=$at/simple,extra-index-url=$at/lost" env
is '... nobody is asked' "$(wc -l <log)" 0
echo baz >>requirements.txt
check_fails 'a line that is why, and no pip: before anything is made' 1 "stage ensure_directories: .*requirements.txt:3: 'baz' is not pinned" \
  "$VENVB" --without-pip -r requirements.txt env
anew; mkdir -p "$XDG_CONFIG_HOME/pip"; printf '[global]\nindex-url = http://user:geheim@127.0.0.1:%s/simple\ntimeout = 3\n' "$a" >"$XDG_CONFIG_HOME/pip/pip.conf"
check "the index of pip's settings" "$VENVB" --without-pip --plugin=lock env
is '... is asked' "$(asked simple)" 2
anew
check_fails '... but not with no-pip-conf' 1 "cannot fetch 'https://files.invalid/x/" mk '' env
rm "$XDG_CONFIG_HOME/pip/pip.conf"; anew
mk ",index-url=$at/simple" env; printf '[global]\nindex-url = %s/lost\n' "$at" >env/pip.conf
wheel late; base_url=https://files.invalid lock x/late >pylock.toml
VIRTUAL_ENV=$PWD/env "$VENVB" --without-pip --plugin=lock env >said 2>&1
check "what an environment has of pip's settings does not count" bash -c '! grep -q lost log'
mkdir programs; printf '#!/bin/sh\necho "$*" >>%s/keyring.log\necho geheim\n' "$scratch" >programs/keyring; chmod +x programs/keyring
anew; lock secret/foo >pylock.toml; base_url=http://user@127.0.0.1:$a lock secret/foo >pylock.toml
PATH=$scratch/programs:$PATH mk '' -v env >said 2>&1
check 'keyring is not run unless that is asked for' test ! -e keyring.log
check 'keyring' env PATH="$scratch/programs:$PATH" "$VENVB" --without-pip -v --plugin=lock,no-pip-conf,keyring env
cp .out said
is '... is asked for the user' "$(cat keyring.log)" 'get 127.0.0.1 user'
check '... and what it says is shown nowhere' shown_nowhere said

anew; printf '#!/bin/sh\nexec sleep 60\n' >programs/keyring
check_fails 'a keyring that waits for an answer is not waited for' 1 'HTTP status 401 \(it wants to know who asks, and .*, nor does keyring' \
  env PATH="$scratch/programs:$PATH" timeout 30 "$VENVB" --without-pip --plugin=lock,no-pip-conf,keyring,timeout=1 env
rm programs/keyring
check_fails '... nor one that is not there' 1 '; there is no program keyring on PATH' "$VENVB" --without-pip --plugin=lock,no-pip-conf,keyring env
anew; lock secret/foo >pylock.toml; sed -i "s,//127,//user:falsch@127," pylock.toml
check_fails 'a password that is wrong' 1 'HTTP status 401 \(it does not take the user and password that' mk '' env
anew; lock ok/foo >pylock.toml
check_fails 'a proxy that is not there' 1 "by way of the proxy 'http://127.0.0.1:1'" mk ,timeout=1,proxy=http://127.0.0.1:1 env
check 'by way of a proxy' env http_proxy="http://proxy:geheim@127.0.0.1:$b" "$VENVB" --without-pip --plugin=lock,no-pip-conf -v env
cp .out said
check '... which is asked' grep -q "^b http://127.0.0.1:$a/ok" log
check '... and who asks it is shown nowhere' shown_nowhere said

# --- Certificates ----------------------------------------------------------------------

if command -v openssl >/dev/null &&
   openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost >/dev/null 2>&1; then
  cat key.pem cert.pem >both.pem
  python3 -B "$srcdir/tests/fetch-server.py" "$scratch/files" "$scratch/tls-ports" "$scratch/log" both.pem cert.pem &
  servers="$servers $!"
  wait_for tls-ports
  read -r c d <tls-ports
  anew; base_url=https://localhost:$c lock ok/foo ok/bar >pylock.toml
  check_fails 'a certificate that nobody knows' 1 "cannot fetch 'https://localhost:$c/ok/.*: .*certificate.*; what counts are the certificates of the system .ca-file=FILE names others" mk '' env
  is '... nothing is asked for' "$(wc -l <log)" 0
  check 'SSL_CERT_FILE' env SSL_CERT_FILE="$scratch/cert.pem" "$VENVB" --without-pip --plugin=lock,no-pip-conf env
  anew
  check 'ca-file' mk ",ca-file=$scratch/cert.pem" env
  anew; sed -i 's/localhost/127.0.0.1/' pylock.toml
  check_fails 'one of another host' 1 "cannot fetch 'https://127.0.0.1:$c/ok/.*: .*" mk ",ca-file=$scratch/cert.pem" env
  anew; base_url=https://localhost:$c lock away/foo >pylock.toml
  check_fails 'from https to http' 1 "it leads from https to 'http://127.0.0.1" mk ",ca-file=$scratch/cert.pem" env
  anew; base_url=https://localhost:$d lock ok/foo >pylock.toml
  check_fails 'a server that wants a certificate' 1 "cannot fetch 'https://localhost:$d/ok/" mk ",ca-file=$scratch/cert.pem" env
  check '... gets it' mk ",ca-file=$scratch/cert.pem,client-cert=both.pem" env
else
  for _ in 1 2 3 4 5 6 7 8; do skip 'certificates' 'no openssl'; done
fi

# --- What is new ------------------------------------------------------------------------

anew; lock ok/foo | sed '/^size/i upload-time = 2020-01-01T00:00:00Z' >pylock.toml
check 'what was there for long' mk ,exclude-newer=7d env
rm -rf env; : >log; sed -i "s/2020-01-01T00:00:00Z/$(date -u +%Y-%m-%dT%H:%M:%SZ)/" pylock.toml
check_fails 'what is new' 1 "pylock.toml:[0-9]*: package 'foo': wheels\[0\]: 'foo$name' was uploaded at .*, and is too new" mk ,exclude-newer=7d env
is '... is not asked for' "$(wc -l <log)" 0
check_fails '... by a date' 1 'is too new' mk ,exclude-newer=2021-01-31 env
sed -i /upload-time/d pylock.toml
check_fails 'of unknown age' 1 'nobody knows when it was uploaded' mk ,exclude-newer=7d env
mk '' env
check_fails '... where it is there, too' 1 'nobody knows when it was uploaded' mk ,exclude-newer=7d env
check_fails 'no age at all' 2 "exclude-newer: 'soon' is neither an age" mk ,exclude-newer=soon env

# --- Nothing from the network --------------------------------------------------------

anew; lock ok/foo ok/big >pylock.toml
"$VENVB" --without-pip --plugin=lock,no-pip-conf,offline env 2>said
is 'offline: what is missing is listed, and how it is had' "$(sed "s,$scratch/,,g; s,[0-9.]* kB,SIZE,g" said)" \
"venvb: plugin 'lock', stage find_python: 'pylock.toml': 2 files are not here (SIZE), and nothing may be fetched (offline); fill the cache where there is a network (venvb --lock=pylock.toml --cache-warm), or put what is missing into a directory that wheel-dir names
  | foo-1.0-py3-none-any.whl (SIZE)
  | big-1.0-py3-none-any.whl (SIZE)"
is '... nobody is asked' "$(wc -l <log)" 0
mk '' env; rm -rf env; : >log
check '... what is in the cache is taken' mk ,offline env
is '... and nobody is asked' "$(wc -l <log)" 0
sockets () # TRACE : those that reach a network, or ask for what there is of one
{
  grep -E 'socket\((AF_INET|AF_INET6|AF_NETLINK|PF_)' "$1" | sort -u
}
if command -v strace >/dev/null && strace -f -o trace true 2>/dev/null; then
  for what in 'full cache' 'empty cache'; do
    rm -rf env; [ "$what" = 'full cache' ] || anew
    strace -f -e trace=%network,openat -o trace "$VENVB" --without-pip --plugin=lock,offline env >/dev/null 2>&1
    is "offline, $what: no socket that reaches a network" "$(sockets trace)" ''
    check '... and what could open one is not loaded' bash -c '! grep -E "(fetch|libcurl[^/]*)\.so" trace'
  done
  anew
  strace -f -e trace=%network -o trace "$VENVB" --without-pip --plugin=lock,no-pip-conf env >/dev/null 2>&1
  check 'without offline there is one' grep -q 'socket(AF_INET' trace
else
  for _ in 1 2 3 4 5; do skip 'offline: no socket' 'no strace'; done
fi

# --- Many runs, and killed ones --------------------------------------------------------

anew; lock slow/foo slow/bar slow/baz slow/big >pylock.toml
for i in 1 2 3 4 5 6; do
  mk '' "env$i" >"said$i" 2>&1 &
  pids[i]=$!
done
failed=0
for i in 1 2 3 4 5 6; do wait "${pids[i]}" || failed=$((failed + 1)); done
is 'six runs at once' "$failed" 0
is '... all have all' "$(for i in 1 2 3 4 5 6; do has "env$i"; done | sort -u | tr -d '\n')" "$(for i in 1 2 3 4 5 6; do printf 'bar baz big foo '; done)"
is '... and each file was asked for once' "$(wc -l <log)" 4
rm -rf env[1-6]
for pause in .05 .15 .3 .5; do
  anew
  setsid "$VENVB" --without-pip --plugin=lock,no-pip-conf env >/dev/null 2>&1 &
  pid=$!
  sleep "$pause"
  kill_group "$pid"
  "$VENVB" --without-pip --plugin=lock,no-pip-conf env 2>/dev/null
  is "killed after $pause s: the next run has all" "$(has)" 'bar baz big foo '
done
check '... with nothing left over' bash -c '! find cache/venvb/v1/wheels -name "*.new*" | grep .'

finish
