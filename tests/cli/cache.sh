# The cache: what is kept is used again, what is damaged is made anew, what
# others could have written is left alone, and where there is none an
# environment is made all the same.
. "${srcdir:-.}/tests/lib.sh" || exit 1

find_base real
version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
lib=lib/python$version/site-packages
chmod 711 "$scratch"
umask 022

# Wheels that take no time: what counts is where they end up.
cat >wheel.py <<'EOF'
import base64, hashlib, sys, zipfile
name, version, folder = sys.argv[1:]
info = '%s-%s.dist-info/' % (name, version)
files = {name + '/__init__.py': 'VERSION = %r\n' % version, name + '/other.py': 'x = 1\n',
         info + 'METADATA': 'Metadata-Version: 2.1\nName: %s\nVersion: %s\n' % (name, version),
         info + 'WHEEL': 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
         info + 'entry_points.txt': '[console_scripts]\n%s = %s:main\n' % (name, name)}
rows = []
with zipfile.ZipFile('%s/%s-%s-py3-none-any.whl' % (folder, name, version), 'w') as wheel:
    for path, text in files.items():
        wheel.writestr(path, text)
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=')
        rows.append('%s,sha256=%s,%d\n' % (path, digest.decode(), len(text)))
    wheel.writestr(info + 'RECORD', ''.join(rows) + info + 'RECORD,,\n')
EOF
mkdir wheels
for project in pip setuptools; do "$base" wheel.py $project 99.1 wheels; done

cache=$XDG_CACHE_HOME/venvb
images=$cache/v1/images pythons=$cache/v1/pythons
init=$lib/pip/__init__.py
run () { "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" "$@"; }
mk () { run -p "$base" "$@"; }
fresh () { rm -rf "$cache" e?; }
# pyvenv.cfg has the command line in it.
listing () { tree_of "$1" no-times no-contents loose-directories but=pyvenv.cfg; }
whole () { [ "$(listing "$1")" = "$reference" ] || { diff <(listing "$1") - <<<"$reference"; return 1; }; }
image () { find "$images" -path "*/tree/$lib/pip" -printf '%h\n' | sed "s,/tree/.*,,"; }
entries () { find "$1" -mindepth 1 -maxdepth 1 ! -name '*.lock' 2>/dev/null | wc -l; }
inode () { stat -c %i "$1"; }

# Cold, and warm.
check 'cold' mk e1
reference=$(listing e1)
before=$(cd "$cache" && find . -type f ! -name '*.lock' -exec stat -c '%n %i %y' {} + | sort)
seeds=$(entries "$images")
check 'cold: a module and its byte code' test -s "e1/$init" -a -s "$(echo e1/"$lib"/pip/__pycache__/__init__.*.pyc)"
is 'cold: one record of the interpreter' "$(entries "$pythons")" 1
is 'cold: the tag' "$(head -c 43 "$cache/CACHEDIR.TAG")" 'Signature: 8a477f597d28d172789f06886806bc55'
is 'cold: for nobody else' "$(stat -c %a "$cache")" 700
check 'warm' mk e2
check 'warm: the same' whole e2
is 'warm: all of the cache as it was' \
  "$(cd "$cache" && find . -type f ! -name '*.lock' -exec stat -c '%n %i %y' {} + | sort)" "$before"
if strace -o /dev/null true 2>/dev/null; then
  # The programs started once venvb itself runs, after the scripts that start it.
  programs () { awk '/execve\("[^"]*venvb", .* = 0$/ { n = 0 } /execve.* = 0$/ { n++ } END { print n }' "$1"; }
  check 'traced' strace -f -s 200 -e trace=execve -o trace "$VENVB" -p "$base" \
    --plugin="pip,wheel-dir=$scratch/wheels" e3
  is 'warm: starts no program' "$(programs trace)" 1
  check 'traced, no cache' strace -f -s 200 -e trace=execve -o trace "$VENVB" -p "$base" \
    --plugin="pip,wheel-dir=$scratch/wheels" --no-cache e4
  check 'the trace shows programs' test "$(programs trace)" -gt 1
else
  skip 'warm: starts no program' 'no strace'
fi

# Without it, or elsewhere.
fresh
check '--no-cache' mk --no-cache e1
check '--no-cache: the same' whole e1
check '--no-cache: nothing is kept' test ! -e "$cache"
check '--cache-dir' mk --cache-dir "$scratch/kept" e2
check '--cache-dir: the same' whole e2
is '--cache-dir: kept there' "$(entries kept/v1/images)" "$seeds"
check '--cache-dir, relative' mk --cache-dir kept e3
VENVB_CACHE_DIR=$scratch/kept2 check 'VENVB_CACHE_DIR' mk e4
is 'VENVB_CACHE_DIR: kept there' "$(entries kept2/v1/images)" "$seeds"
VENVB_CACHE_DIR=$scratch/kept3 check '--cache-dir and VENVB_CACHE_DIR' mk --cache-dir kept e5
check '... the option counts' test ! -e kept3
check '... and the usual place is not used' test ! -e "$cache"
VENVB_CACHE_DIR=relative check_fails 'VENVB_CACHE_DIR, relative' 2 "VENVB_CACHE_DIR: 'relative' is a relative path" mk e6
fresh
XDG_CACHE_HOME=relative check 'XDG_CACHE_HOME, relative' mk e1
is '... is ignored' "$(find . -name relative)" ''
(unset XDG_CACHE_HOME; mk e2)
check 'without XDG_CACHE_HOME' test -d "$HOME/.cache/venvb/v1/images"
(unset HOME XDG_CACHE_HOME; mk e3) >out 2>&1
check 'without HOME' whole e3
fresh
check '--no-compile' mk --no-compile e1
is '--no-compile: no byte code' "$(find e1 "$cache" -name '*.pyc')" ''
check 'with byte code after that' mk e2
check '... the same as ever' whole e2
check 'with another umask' bash -c "umask 077; '$VENVB' -p '$base' --plugin='pip,wheel-dir=$scratch/wheels' e3"
is '... other modes' "$(stat -c %a "e3/$init" "e2/$init" | xargs)" '600 644'
"$base" wheel.py pip 99.2 wheels
check 'another wheel' mk e4
is '... is used' "$(e4/bin/python -c 'import pip; print(pip.VERSION)')" 99.2
rm wheels/pip-99.2*
cp wheels/pip-99.1* saved
sed 's/VERSION = %r/VERSION = 1, %r/' wheel.py >other.py
"$base" other.py pip 99.1 wheels
check 'a wheel rewritten in place' mk e5
is '... is noticed' "$(e5/bin/python -c 'import pip; print(pip.VERSION[0])')" 1
cp saved wheels/pip-99.1-py3-none-any.whl

# Damage.
fresh
mk e1
damage () # NAME COMMAND...: what the command does to the image of pip is undone
{
  local name=$1 was; shift
  rm -rf e2
  was=$(inode "$(image)/tree/$init")
  # Held, or its number may be given to the next file.
  ln -f "$(image)/tree/$init" "$scratch/held"
  (cd "$(image)" && "$@") || exit 1
  check "$name" mk e2
  check '... a whole environment' whole e2
  check '... made anew' test "$(inode "$(image)/tree/$init")" != "$was"
  is '... nothing else is left' "$(find "$images" -name '*.new' -o -name '*.old')" ''
}
damage 'a manifest cut off' truncate -s 300 manifest
damage 'an empty manifest' truncate -s 0 manifest
damage 'no manifest' rm manifest
damage 'a changed manifest' sed -i 's/pip/pop/' manifest
damage 'a missing file' rm "tree/$lib/pip/other.py"
damage 'a missing directory' rm -r "tree/$lib/pip/__pycache__"
damage 'an edited file' bash -c "echo x >>'tree/$init'"
damage 'a file of the same size' bash -c "tr = - <'tree/$init' >x && cat x >'tree/$init'"
damage 'a changed mode' chmod 600 "tree/$init"
damage 'a directory in its place' bash -c "rm 'tree/$init' && mkdir 'tree/$init'"
damage 'a link in its place' bash -c "mv 'tree/$init' x && ln -s '$PWD/e1/$init' 'tree/$init'"
damage 'no tree' bash -c 'mv tree gone'
rm -rf e2
for file in "$pythons"/* "$cache"/v1/hashes/*; do : >"$file"; done
check 'empty records' mk e2
check '... a whole environment' whole e2
for file in "$pythons"/* "$cache"/v1/hashes/*; do truncate -s -9 "$file"; done
rm -rf e2; check 'records cut off' mk e2
check '... a whole environment' whole e2
is '... no other image' "$(entries "$images")" "$seeds"
mkdir "$(image).new" "$(image).old"; : >"$(image).new/file"
rm -r "$(image)"; rm -rf e2
check 'leftovers of a killed run' mk e2
is '... are gone' "$(find "$images" -name '*.new' -o -name '*.old')" ''
for way in hardlink auto copy; do
  fresh; mk --link-mode=$way e1
  echo 'x = 1' >>"e1/$init"; chmod 755 "e1/$lib/pip/other.py"
  check "edited inside an environment ($way)" mk --link-mode=$way e2
  check '... not in another' whole e2
done

# The ways to get there.
fresh
for way in auto clone hardlink copy; do
  check "--link-mode=$way" mk --link-mode=$way "e-$way"
  check '... works' "e-$way/bin/python" -c 'import pip.other'
done
is 'linked' "$(inode "e-hardlink/$init")" "$(inode "$images"/*/tree/"$init")"
is 'copied' "$(stat -c %h "e-copy/$init")" 1
is 'scripts are not linked' "$(stat -c %h e-hardlink/bin/pip "e-hardlink/$lib"/pip-*/RECORD | xargs)" '1 1'
check_fails '--link-mode=wrong' 2 "'wrong' is not auto, clone, hardlink or copy" mk --link-mode=wrong e9
check_fails '--link-mode, empty' 2 'is not auto, clone' mk --link-mode= e9
if [ -w /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d .)" ]; then
  shm=$(mktemp -d /dev/shm/venvb-test-XXXXXX)
  trap 'rm -rf "$shm"; chmod -R u+rwx "$scratch" 2>/dev/null; rm -rf "$scratch"' EXIT
  for way in auto clone hardlink copy; do
    rm -rf e1; check "another file system, $way" mk --cache-dir "$shm/cache" --link-mode=$way e1
    check '... the same' whole e1
    is '... copied' "$(stat -c %h "e1/$init")" 1
  done
  is '... kept there' "$(entries "$shm/cache/v1/images")" "$seeds"
else
  skip 'another file system' 'no /dev/shm'
fi

# Many at once, on an empty cache.
rm -rf e-*; fresh
pids=()
for i in $(seq 10 59); do mk --link-mode=hardlink "e-$i" >"out-$i" 2>&1 & pids+=($!); done
failed=0
for pid in "${pids[@]}"; do wait "$pid" || failed=$((failed + 1)); done
is '50 at once: none fails' "$failed" 0
[ "$failed" -eq 0 ] || tap_diag "$(cat out-*)"
is '... all linked from one image' "$(stat -c %i e-*/"$init" | sort -u | wc -l)" 1
is '... of one image each' "$(entries "$images")" "$seeds"
rm -rf e-*
for i in $(seq 10 19); do mk "e-$i" >"out-$i" 2>&1 & pids[i]=$!; "$VENVB" --cache-clean >/dev/null 2>&1; done
failed=0
for i in $(seq 10 19); do wait "${pids[i]}" || failed=$((failed + 1)); done
is 'thrown away while in use: none fails' "$failed" 0
rm -rf e-*

# Where there is no room, or no permission.
fresh; : >"$XDG_CACHE_HOME/venvb"
check 'the cache is a file' mk e1
check '... the same' whole e1
rm "$XDG_CACHE_HOME/venvb"
mkdir -p "$cache"; : >"$cache/v1"
check 'a part of it is a file' mk e2
check '... the same' whole e2
fresh
for unshare in 'unshare -m' 'unshare -rm'; do
  # shellcheck disable=SC2015
  $unshare mount -t tmpfs none "$HOME" 2>/dev/null && $unshare "$VENVB" -p "$base" --no-cache e9 >/dev/null 2>&1 && break || unshare=
done
if [ -n "$unshare" ]; then
  for size in 4k 12k 20k 28k 40k; do
    rm -rf e1; mkdir -p "$cache"
    check "a full disk, $size" $unshare bash -c '
      mount -t tmpfs -o size='"$size"' none "$1" && shift && "$@" && ! find "$XDG_CACHE_HOME" -name "*.new" | grep .' \
      - "$cache" "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" -p "$base" "$scratch/e1"
    check '... the same' whole e1
  done
  fresh; mk e1
  check 'a read-only file system, warm' $unshare bash -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && "$@"' \
    - "$cache" "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" -p "$base" "$scratch/e2"
  check '... the same' whole e2
  rm -rf "$cache"/v1/*/*
  check 'a read-only file system, cold' $unshare bash -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && "$@"' \
    - "$cache" "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" -p "$base" "$scratch/e3"
  check '... the same' whole e3
else
  skip 'a full disk' 'no mounting'
fi
other=
if [ "$(id -u)" -eq 0 ]; then
  as () { setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$scratch/nobody" XDG_CACHE_HOME="$scratch/nobody/cache" "$@"; }
  for python in "$base" /usr/bin/python3; do
    as "$VENVB" --version >/dev/null 2>&1 && as "$python" -c 'import venv' 2>/dev/null && other=$python
  done
fi
if [ -n "$other" ]; then
  install -d -o 65534 -g 65534 nobody nobody/cache nobody/cache/venvb
  fresh
  (export HOME=$scratch/nobody XDG_CACHE_HOME=$scratch/nobody/cache; mk e1) >out 2>&1
  check "another user's cache, empty" whole e1
  is '... nothing is written there' "$(find nobody -newer wheel.py ! -user 65534)" ''
  (unset XDG_CACHE_HOME; export HOME=$scratch/nobody; mk e2) >out 2>&1
  check "another user's home" whole e2
  is '... nothing is written there' "$(find nobody ! -user 65534)" ''
  if as bash -c "cd nobody && '$VENVB' -p '$other' --plugin='pip,wheel-dir=$scratch/wheels' e1" >out 2>&1; then
    chmod -R a+rX nobody
    before=$(tree_of nobody/cache untouched)
    (export HOME=$scratch/nobody XDG_CACHE_HOME=$scratch/nobody/cache; mk e3) >out 2>&1
    check "another user's cache, filled" whole e3
    is '... is as it was' "$(tree_of nobody/cache untouched)" "$before"
    chmod -R a-w nobody/cache
    check 'without permission, warm' as bash -c "cd nobody && '$VENVB' -p '$other' --plugin='pip,wheel-dir=$scratch/wheels' e2"
    chmod -R u+w nobody/cache; rm -rf nobody/cache/venvb/v1/*/*; chmod -R a-w nobody/cache
    check 'without permission, cold' as bash -c "cd nobody && '$VENVB' -p '$other' --plugin='pip,wheel-dir=$scratch/wheels' e3"
    check '... works' as nobody/e3/bin/python -c 'import pip.other'
  else
    tap_diag "$(cat out)"; skip 'as another user' 'not here'
  fi
elif [ "$(id -u)" -ne 0 ]; then
  fresh; mk e1; chmod -R a-w "$cache"
  check 'without permission, warm' mk e2
  check '... the same' whole e2
  chmod -R u+w "$cache"; rm -rf "$cache"/v1/*/*; chmod -R a-w "$cache"
  check 'without permission, cold' mk e3
  check '... the same' whole e3
  chmod -R u+w "$cache"
else
  skip 'as another user' 'he has no Python, or no way to venvb'
fi

# A cache for all.
fresh
check '--cache-warm' run -p "$base" --cache-warm --cache-dir "$scratch/all"
is '... leaves a cache and no more' "$(cd all && find . -mindepth 1 -maxdepth 1 -printf '%P\n' | sort | xargs)" 'CACHEDIR.TAG v1'
is '... that all can read' "$(find all \( -type d ! -perm -555 -o -type f ! -perm -444 \))" ''
shared () { local env=$1; shift; rm -rf "$cache" "$env"; "$@" run -p "$base" --shared-cache-dir "$scratch/all" "$env"; }
unused () { [ "$(entries "$images")" -eq 0 ]; }
check '--shared-cache-dir' shared e1
check '... the same' whole e1
check '... nothing of its own' unused
find all -type d -exec chmod a-w {} +
check 'read-only' shared e2
check '... the same' whole e2
check '... nothing of its own' unused
(unset HOME XDG_CACHE_HOME; run -v --link-mode=hardlink -p "$base" --shared-cache-dir "$scratch/all" e3) >out 2>&1
is 'without HOME' "$(inode "e3/$init")" "$(inode all/v1/images/*/tree/"$init")"
rm -rf e4 "$cache"; VENVB_SHARED_CACHE_DIR=$scratch/all check 'VENVB_SHARED_CACHE_DIR' mk e4
check '... nothing of its own' unused
rm -rf e4 "$cache"; VENVB_SHARED_CACHE_DIR=all check_fails 'a relative one' 2 "VENVB_SHARED_CACHE_DIR: 'all' is a relative path" mk e4
rm -rf e4 "$cache"; check '--no-cache' mk --no-cache --shared-cache-dir "$scratch/all" e4
is '... uses none' "$(stat -c %h "e4/$init")" 1
for part in all all/v1 all/v1/images; do
  chmod 777 $part
  check "not trusted: $part open to all" shared e5
  is '... all of its own' "$(entries "$images")" "$seeds"
  chmod 755 $part
  if [ "$(id -u)" -eq 0 ]; then
    chown 65534 $part
    check "not trusted: $part of another user" shared e6
    is '... all of its own' "$(entries "$images")" "$seeds"
    chown 0 $part
  fi
done
mv all/v1 moved; ln -s ../moved all/v1
check 'not trusted: a link' shared e7
is '... all of its own' "$(entries "$images")" "$seeds"
rm all/v1; mv moved all/v1
if [ -n "$other" ]; then
  chmod -R u+w all; rm -rf all
  check '--cache-warm, of root' bash -c "umask 077; '$VENVB' -p '$other' --plugin='pip,wheel-dir=$scratch/wheels' --cache-warm --cache-dir all"
  rm -rf nobody/e? nobody/cache/*; chmod 700 nobody/cache
  check 'for another user' as bash -c "umask 022; cd nobody && '$VENVB' -p '$other' --plugin='pip,wheel-dir=$scratch/wheels' --shared-cache-dir ../all e1"
  is '... nothing of his own' "$(entries nobody/cache/venvb/v1/images)" 0
  check '... works' as nobody/e1/bin/python -c 'import pip.other'
else
  skip 'for another user' 'not root, or no Python for him'
fi

# What is refused, or fails, leaves no directory behind.
mkdir open-to-all; chmod 777 open-to-all
check_fails '--cache-warm where everybody may write' 1 "cannot fill the cache: '$scratch/open-to-all' is not to be trusted: everybody may write" \
  "$VENVB" -p "$base" --without-pip --cache-warm --cache-dir "$scratch/open-to-all/a/b"
is '... makes nothing' "$(ls -A open-to-all)" ''
check_fails '--cache-warm of no Python' 1 'no Python interpreter' "$VENVB" -p /nowhere/python --cache-warm --cache-dir "$scratch/not/there"
check '... makes nothing' test ! -e not
mkdir was-there
check_fails '... in a directory that was there' 1 'no Python interpreter' "$VENVB" -p /nowhere/python --cache-warm --cache-dir "$scratch/was-there"
check '... which stays' test -d was-there

# What can't be removed is told.
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=54321 --regid=54321 --clear-groups test -x "$VENVB" 2>/dev/null; then
  chmod 755 "$scratch"
  as_other () { setpriv --reuid=54321 --regid=54321 --clear-groups env -u XDG_CACHE_HOME "$VENVB" "$@" --cache-dir "$scratch/sticky"; }
  mkdir -m 1777 sticky; "$VENVB" -p "$base" --without-pip --cache-warm --cache-dir "$scratch/sticky" >/dev/null
  rm -rf sticky/v1/*
  check_fails "--cache-clean of another user's, in a sticky directory" 1 "cannot remove '$scratch/sticky/v1': Operation not permitted" as_other --cache-clean
  rmdir sticky/v1
  check_fails '... of his CACHEDIR.TAG' 1 "cannot remove '$scratch/sticky/CACHEDIR.TAG': Operation not permitted" as_other --cache-clean
  chmod 700 sticky
  for what in clean prune; do
    check_fails "--cache-$what where one may not look" 1 "sticky[^:]*: Permission denied|sticky' is not a cache" as_other --cache-$what
  done
  mkdir -m 700 shut; mkdir shut/c
  check_fails '... nor below' 1 "cannot open the cache '$scratch/shut/c': Permission denied" \
    setpriv --reuid=54321 --regid=54321 --clear-groups "$VENVB" --cache-clean --cache-dir "$scratch/shut/c"
else
  skip "--cache-clean of another user's" 'not root, or no build for others'
fi

# What is left of --cache-warm when it is ended.
warm () { "$VENVB" -p "$base" --without-pip --cache-warm --cache-dir "$scratch/warmed"; }
in_warmed () { find warmed -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort | xargs; }
for number in TERM KILL; do
  rm -f reached; set -m
  "$VENVB" -p "$base" --without-pip --cache-warm --cache-dir "$scratch/warmed" \
    --plugin="$misbehave,stage=setup_python,how=hang,mark=$scratch/reached" & pid=$!
  set +m
  wait_for reached
  kill -$number -- -$pid; wait $pid 2>/dev/null
  is "--cache-warm, SIG$number" $? $((128 + $(kill -l $number)))
  # What was killed besides has the lock until it is gone, too.
  for _ in {1..500}; do kill -0 -- -$pid 2>/dev/null || break; sleep 0.01; done
  case $number in TERM) is '... leaves nothing' "$(in_warmed)" 'CACHEDIR.TAG v1' ;; esac
done
check '... leaves its environment' test -d warmed/warm-*
check '... --cache-warm' warm
is '... removes it' "$(in_warmed)" 'CACHEDIR.TAG v1'
for way in prune clean; do
  mkdir -p warmed/warm-12 warmed/warm-13 warmed/warm-own; echo x >warmed/warm-12/file
  if command -v flock >/dev/null; then flock warmed/warm-13 "$VENVB" --cache-$way --cache-dir warmed >out; else rmdir warmed/warm-13; "$VENVB" --cache-$way --cache-dir warmed >out; mkdir warmed/warm-13; fi
  is "--cache-$way removes it, too, unless it is in use" "$(echo warmed/warm-*)" 'warmed/warm-13 warmed/warm-own'
  [ $way = clean ] || is '... counts it' "$(cat out)" 'removed 1 entries'
  rmdir warmed/warm-*
done
# shellcheck disable=SC2016
printf '#!/bin/bash\nexec "$SHIM" "$@"\n' >nobody-knows; chmod +x nobody-knows
SHIM=$base check 'nothing to be kept' "$VENVB" -p "$scratch/nobody-knows" --without-pip --cache-warm --cache-dir "$scratch/without"
is '... nothing is' "$(ls -A without)" ''
mkdir -p mine/v1 mine/own; chmod 700 mine mine/own; echo x >mine/file; chmod 600 mine/file
check '--cache-warm on a directory named by mistake' mk --cache-warm --cache-dir mine
is '... changes no mode in it' "$(stat -c %a mine mine/own mine/file | xargs)" '700 700 600'

# What is known of interpreters.
record () { find "$pythons" -type f -printf '%i %T@\n' | sort; }
noticed () # NAME PYTHON COMMAND...: the command has the Python asked again
{
  local name=$1 python=$2 before; shift 2
  fresh; run --without-pip -p "$python" e1 || exit 1
  before=$(record)
  run --without-pip -p "$python" e2; is "$name: known" "$(record)" "$before"
  "$@"; check "$name" run --without-pip -p "$python" e3
  check '... is noticed' test "$(record)" != "$before"
}
mkdir -p home/bin stage
if cp "$base" home/bin/python3 && home/bin/python3 -c 'import venv' 2>/dev/null; then
  again () { cp "$base" stage/new && mv stage/new "$1"; }
  noticed 'replaced' "$scratch/home/bin/python3" again home/bin/python3
  noticed 'touched' "$scratch/home/bin/python3" touch home/bin/python3
  ln -s "$base" stage/python3
  noticed 'a link turned elsewhere' "$scratch/stage/python3" ln -sf "$scratch/home/bin/python3" stage/python3
  # An environment with a copy of the interpreter, whose home is a link.
  ln -sf "$base" stage/python3
  fresh; mk --without-pip --copies copied
  sed -i "s,^home = .*,home = $scratch/stage,; /^executable/d" copied/pyvenv.cfg
  rm copied/bin/python copied/bin/python3.*; [ -e copied/bin/python3 ] || cp "$base" copied/bin/python3
  noticed "an environment's home turned elsewhere" "$scratch/copied/bin/python3" \
    ln -sf "$scratch/home/bin/python3" stage/python3
else
  skip 'replaced' 'a copy of the interpreter does not work'
fi
mk --without-pip env
noticed 'pyvenv.cfg changed' "$scratch/env/bin/python3" bash -c 'echo "x = y" >>env/pyvenv.cfg'
noticed 'pyvenv.cfg added' "$scratch/env/bin/python3" bash -c "cp env/pyvenv.cfg env/bin/"
noticed 'pyvenv.cfg gone' "$scratch/env/bin/python3" rm env/bin/pyvenv.cfg
rm env/bin/python3
check_fails 'an interpreter that is gone' 1 "no Python interpreter '.*/env/bin/python3': No such file" \
  run -p "$scratch/env/bin/python3" e4
ln -s "$scratch/gone" env/bin/python3
check_fails 'a link to nowhere' 1 "no Python interpreter '.*/env/bin/python3'" run -p "$scratch/env/bin/python3" e4
printf '#!/bin/bash\nexec "$SHIM" "$@"\n' >shim
printf '#!/bin/bash\nexec -a "$0" "$SHIM" "$@"\n' >shim-a
chmod +x shim shim-a
for shim in shim shim-a; do
  fresh; SHIM=$base check "a $shim" run --without-pip -p "$scratch/$shim" e1
  is '... is never recorded' "$(entries "$pythons")" 0
done
second=
for python in /usr/bin/python3 /usr/local/bin/python3 "$(command -v python3.12)" "$(command -v python3.13)"; do
  [ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version.split()[0] == sys.argv[1] or sys.version_info < (3, 6))' \
    "$("$base" -c 'import sys; print(sys.version.split()[0])')" 2>/dev/null && second=$python
done
if [ -n "$second" ]; then
  told () { sed -n 's/^version = //p' "$1/pyvenv.cfg"; }
  is_version () { "$1/bin/python" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])'; }
  fresh
  SHIM=$base run --without-pip -p "$scratch/shim" e1; SHIM=$second run --without-pip -p "$scratch/shim" e2
  is 'a shim that turns elsewhere' "$(told e2)" "$(is_version e2)"
  check '... is another one' test "$(told e1)" != "$(told e2)"
  ln -sf "$base" turned; run --without-pip -p "$scratch/turned" e3
  ln -sf "$second" turned; run --without-pip -p "$scratch/turned" e4
  is 'a link that turns to another version' "$(told e4)" "$("$second" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')"
  is '... as the environment itself' "$(is_version e4)" "$(told e4)"
else
  skip 'another version' 'there is only one'
fi

# Looking after it.
fresh; rm -rf "$cache"
check '--cache-info, nothing there' "$VENVB" --cache-info
is '... makes nothing' "$(ls -A "$XDG_CACHE_HOME")" ''
mk e1
"$VENVB" --cache-info >out
is '--cache-info: where' "$(sed -n 's/^directory *//p' out)" "$cache"
is '--cache-info: how many' "$(awk 'NR > 1 { print $1, $2 }' out | xargs)" "pythons 1 hashes $seeds images $seeds wheels 0"
"$VENVB" --no-cache --cache-info >out
is '--cache-info --no-cache' "$(head -n 1 out | tr -s ' ')" 'directory (none)'
is '--cache-prune: all in use' "$("$VENVB" --cache-prune)" 'removed 0 entries'
mk --link-mode=hardlink e2
is '... and used' "$(inode "e2/$init")" "$(inode "$(image)/tree/$init")"
old=$(image); touch -d '40 days ago' "$old"
rm -rf e3; mk e3
is '--cache-prune: used today' "$("$VENVB" --cache-prune)" 'removed 0 entries'
touch -d '40 days ago' "$old"; mkdir "$old.new" "$images/leftover.old"
(flock 9; is 'in use' "$("$VENVB" --cache-prune)" 'removed 1 entries'; [ -d "$old" ]; exit $?) 9>>"$old.lock" >locked
is '--cache-prune: what is in use stays' "$(head -n 1 locked | cut -d' ' -f1) $(ls -d "$old" "$old.new" | wc -l)" 'ok 2'
is '--cache-prune' "$("$VENVB" --cache-prune)" 'removed 2 entries'
check '... old ones go' test ! -e "$old" -a ! -e "$old.new"
is '... others stay' "$(entries "$images")" "$((seeds - 1))"
rm -rf e3; check 'after that' mk e3
check '... the same' whole e3
is '--cache-prune, quiet' "$("$VENVB" -q --cache-prune)" ''
check '--cache-clean' "$VENVB" --cache-clean
check '... all is gone' test ! -e "$cache"
check '--cache-clean, nothing there' "$VENVB" --cache-clean
mk e4; echo x >"$cache/file"; echo x >"$cache/v1/file"
check '--cache-clean, with something else in it' "$VENVB" --cache-clean
is '... which stays' "$(cd "$cache" && find . -type f | sort | xargs)" './CACHEDIR.TAG ./file ./v1/file'
mkdir -p project/v1/images/old; echo x >project/v1/images/old/file; touch -d '90 days ago' project/v1/images/old
for what in clean prune; do
  check_fails "--cache-$what, a directory named by mistake" 1 "project' is not a cache of venvb" "$VENVB" --cache-$what --cache-dir project
  check '... stays as it was' test -e project/v1/images/old/file
done
finish
