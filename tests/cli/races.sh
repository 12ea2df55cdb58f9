# shellcheck shell=bash
# Many runs at once, on one directory and on several; a directory that somebody
# removes or moves meanwhile; other users' caches; file systems without locks.
. "${srcdir:-.}/tests/lib.sh"

find_base real
need_misbehave
use_only_base
mkdir wheels
chmod 711 "$scratch"; umask 022
make_wheel wheels pip 99.1
make_wheel wheels setuptools 99.1
many=10 rounds=1
[ -z "$stress" ] || many=50 rounds=20
races=0

# What is started with "&" is the program itself, or what ends it in time.
mk () { exec timeout 120 "$VENVB" --without-pip "$@"; }
pip () { exec timeout 120 "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" "$@"; }
now () { ("$@"); }
sound () { "$VENVB" -q --check "$1" && ! find "$1" -name '*.venvb*' -o -name '.venvb*' -o -name '*.lock' | grep .; }
is_waiting='waiting for another run'

# all_at_once NAME ENV_DIR COMMAND...: many of these at once; "%" in an argument
# is the number.
all_at_once ()
{
  local name=$1 env=$2 pids='' failed=0 round i; shift 2
  : >said
  for round in $(seq "$rounds"); do
    for i in $(seq "$many"); do "${@//%/$i}" >>said 2>&1 & pids="$pids $!"; done
    for i in $pids; do wait "$i" || failed=$((failed + 1)); done
    pids=; races=$((races + many))
    check "$name ($round): sound" sound "${env//%/$many}"
  done
  is "$name: none fails" $failed 0
  is "$name: nothing else is said" "$(grep -v "$is_waiting" said)" ''
}

all_at_once 'one directory' one/a/env mk one/a/env
all_at_once 'one directory, --clear' one/a/env mk --clear one/a/env
all_at_once 'one directory, --upgrade' one/a/env mk --upgrade one/a/env
rm -rf one
# With pip in it, an existing one is left to ensurepip, which takes its time.
all_at_once 'one directory, pip, nothing in the cache' one/a/env pip --clear one/a/env
rm -rf one "$XDG_CACHE_HOME"/*
all_at_once 'several, nothing in the cache' 'several/a/b/%' pip 'several/a/b/%'
is '... all are there' "$(ls several/a/b | wc -l)" "$many"
images=$XDG_CACHE_HOME/venvb/v1/images
# With setuptools before 3.12.
is '... one image each' "$(find "$images" -mindepth 1 -maxdepth 1 -type d | wc -l)" \
   "$("$base" -c 'import sys; print(1 if sys.version_info >= (3, 12) else 2)')"
rm -rf several

# Some fail, in parents that all of them make.
pids=; for i in $(seq "$many"); do
  mk "apart/a/b/$i" 2>>apart.err & pids="$pids $!"
  mk --plugin="$misbehave,how=error" "apart/a/b/x$i" 2>/dev/null &
done
failed=0; for pid in $pids; do wait "$pid" || failed=$((failed + 1)); done; wait
is 'amidst others that fail: none fails' $failed 0
is '... all are there' "$(ls apart/a/b | wc -l)" "$many"
is '... and say nothing' "$(cat apart.err)" ''

# Somebody removes what is above, or the directory, or moves it.  A run may fail
# then, with a line; it does not hang, crash, or say that it stands elsewhere.
disturbed () # NAME COMMAND...: until there is a file "enough"
{
  local name=$1 failed=0 wrong='' status; shift
  rm -f enough
  (while [ ! -e enough ]; do "$@" 2>/dev/null; done) & local disturber=$!
  for i in $(seq $((many * rounds))); do
    case $((i % 3)) in 0) now mk above/in/env ;; 1) now mk --clear above/in/env ;; 2) now pip --clear above/in/env ;; esac >said 2>&1
    status=$?
    case $status in 0) ;; 1) failed=$((failed + 1)) ;; *) wrong="$wrong $status: $(cat said)" ;; esac
    # Also that something can't be linked, and is copied.
    [ "$(grep -vc ', copying it$' said)" -le 1 ] || wrong="$wrong $(cat said)"
  done
  races=$((races + many * rounds))
  : >enough; wait $disturber
  is "$name: $((many * rounds)) runs, $failed failed" "$wrong" ''
  rm -rf gone
  check '... the next run' now mk above/in/env
  check '... makes a sound one' sound above/in/env
  rm -rf above
}
move_away () { mkdir gone; mv "$1" "gone/$RANDOM"; rm -rf gone; }
disturbed 'what is above is removed' rm -rf above
disturbed 'the directory is removed' rm -rf above/in/env
disturbed 'what is above is moved' move_away above/in
disturbed 'the directory is moved' move_away above/in/env

# The same, with what is last held up until it has happened.
mkdir -p slow/common; mkfifo slow/common/zz
meanwhile () # COMMAND...: while an environment is being made in "held"
{
  local run holder
  rm -rf held held2 reads go
  (export VENVB_TEMPLATE_DIR=$scratch/slow; mk held) 2>said & run=$!
  # A FIFO is open to be written to when the run is about to read it.
  timeout 60 sh -c 'exec 9>slow/common/zz && : >reads && until [ -e go ]; do sleep .01; done' & holder=$!
  wait_for reads
  "$@"
  : >go
  wait $holder
  wait $run
}
check 'nothing happens' meanwhile true
rm -rf held
other_there () { mv held held2; mkdir -p held/bin; echo mine >held/mine; }
meanwhile other_there
is 'moved, and another in its place' $? 1
check '... is told' grep -q "'$PWD/held' was moved or removed while it was being made" said
is '... nothing is left in it' "$(ls -A held2)" ''
is '... the other one stays' "$(cat held/mine)" mine
# shellcheck disable=SC2016
meanwhile sh -c 'rm -rf held/lib held/.venvb-undo.log'
is 'half removed' $? 1
check '... is told' grep -q "cannot finish '$PWD/held'" said
check '... nothing is left' test ! -e held

# Waiting, or not.
hung () { rm -f reached; mk --plugin="$misbehave,mark=$scratch/reached,how=hang" "$1" 2>/dev/null & first=$!; wait_for reached; }
hung busy
check_fails '--no-wait' 1 "^venvb: another run is at work on '$PWD/busy'$" "$VENVB" --without-pip --no-wait busy
VENVB_NO_WAIT=yes check_fails 'VENVB_NO_WAIT' 1 'another run is at work on' "$VENVB" --without-pip busy
check_fails 'several with --no-wait: what stands is told' 1 \
  "busy' \(not made: 'busy'; made before: 'before'; not tried: 'after'\)$" "$VENVB" --without-pip --no-wait before busy after
check '... it does' sound before
check '... what was not tried is not there' test ! -e after
mk -q busy 2>quiet.err & second=$!
mk busy 2>second.err & third=$!
check 'a second run says that it waits' wait_for_line "$is_waiting on '$PWD/busy'" second.err
kill -TERM $first; wait $first 2>/dev/null
wait $second && wait $third
is '... and makes it' $? 0
check '... sound' sound busy
is '... not with -q' "$(cat quiet.err)" ''
check '--no-wait when nobody is there' "$VENVB" --without-pip --no-wait busy
is '... says nothing' "$(cat "$scratch/.out")" ''

# A lock in the cache that is held for long.
if command -v flock >/dev/null; then
  now pip cached; image=$(find "$images" -mindepth 1 -maxdepth 1 -type d | head -n 1)
  mkfifo hold; flock "$image.lock" cat hold >/dev/null & holder=$!
  exec 8>hold
  until ! flock -n "$image.lock" true; do sleep .01; done
  rm -rf cached
  check 'the cache is locked, --no-wait' now pip --no-wait cached
  check '... works without' sound cached
  pip --clear cached 2>said 8>&- & waiting=$!
  check 'the cache is locked: the run says so' wait_for_line "$is_waiting, which fills the cache in '$XDG_CACHE_HOME/venvb'" said
  exec 8>&-; wait $holder; wait $waiting
  is '... and goes on' $? 0
  check '... sound' sound cached
else
  skip 'the cache is locked' 'no flock'
fi

# File systems without locks.
if strace -o /dev/null -e inject=flock:error=ENOLCK true 2>/dev/null; then
  export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
  for error in ENOLCK EOPNOTSUPP ENOSYS EINVAL; do
    rm -rf lockless "$XDG_CACHE_HOME"/*
    check "no locks ($error)" now strace -f -o /dev/null -e inject=flock:error=$error \
      "$VENVB" --plugin="pip,wheel-dir=$scratch/wheels" lockless
    cp "$scratch/.out" said
    check '... a line says so' grep -qE "^venvb: (warning: )?cannot lock '$PWD/lockless': .*; no other run may work on it meanwhile$" said
    is '... and no more' "$(wc -l <said)" 1
    check '... sound' sound lockless
    check '... the next run' now pip --clear lockless
    check '... sound' sound lockless
  done
  check 'no locks, -q' now strace -f -o /dev/null -e inject=flock:error=ENOLCK "$VENVB" -q --without-pip lockless
  is '... says nothing' "$(cat "$scratch/.out")" ''
else
  skip 'no locks' 'no strace that injects'
fi

# Two users and one directory for the cache.
as () { local user=$1; shift; setpriv --reuid="$user" --regid=65534 --clear-groups env HOME="$scratch/home-$user" XDG_CACHE_HOME="$scratch/home-$user/cache" "$@"; }
other=
if [ "$(id -u)" -eq 0 ]; then
  for python in "$base" /usr/bin/python3; do
    as 65534 "$VENVB" --version >/dev/null 2>&1 && as 65534 "$python" -c 'import venv' 2>/dev/null && other=$python
  done
fi
if [ -n "$other" ]; then
  for user in 65533 65534; do install -d -o $user -g 65534 home-$user; done
  for round in $(seq "$rounds"); do
    # Who wins the race for it in a sticky directory has it; the others do without, and are told.
    rm -rf shared home-*/*; install -d -m 1777 shared
    pids=; for i in $(seq $((many / 5))); do
      for user in 65533 65534; do
        as $user timeout 120 "$VENVB" -p "$other" --cache-dir "$scratch/shared/cache" --plugin="pip,wheel-dir=$scratch/wheels" \
          "$scratch/home-$user/$i" >>users 2>&1 & pids="$pids $!"
      done
    done
    failed=0; for pid in $pids; do wait "$pid" || failed=$((failed + 1)); done
    is "two users, a directory in which both may make the cache: none fails ($round)" $failed 0
    races=$((races + many / 5 * 2))
    for user in 65533 65534; do
      check "... sound ($user)" as $user sh -c 'for env in "$1"/[0-9]*; do "$0" -q --check "$env" || exit 1; done' "$VENVB" "$scratch/home-$user"
    done
    is '... one of them has it' "$(find shared/cache -printf '%u\n' | sort -u | wc -l)" 1
  done
  is '... nothing else is said' \
    "$(grep -vx "venvb: the cache is not used: '$scratch/shared/cache' is not to be trusted: it belongs to another user" users)" ''
  # What both may write to from the start is nobody's; of another's directory, empty, nothing is said.
  rm -rf shared home-*/*; install -d -m 2775 -o 65533 -g 65534 shared
  for user in 65533 65534; do
    as $user "$VENVB" -p "$other" --cache-dir "$scratch/shared" --plugin="pip,wheel-dir=$scratch/wheels" "$scratch/home-$user/0" >said 2>&1; status=$?
    line="venvb: the cache is not used: '$scratch/shared' is not to be trusted: its group may write to it"
    [ $user = 65533 ] || line=
    is "a cache that both may write is not used ($user)" "$status $(cat said) $(ls shared)" "0 $line "
  done
else
  skip 'two users' 'not root, or no Python for them'
fi
tap_diag "$races runs in races"
finish
