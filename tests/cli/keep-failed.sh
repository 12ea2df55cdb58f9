# shellcheck shell=bash
# --keep-failed: what a failed run has made can be looked at, and the directory
# is as it was all the same.
. "${srcdir:-.}/tests/lib.sh"

find_base
use_only_base
need_misbehave
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}handle_segv=0
ulimit -c 0

bad () { local how=$1; shift; "$VENVB" --without-pip --keep-failed --plugin="$misbehave,$how" "$@"; }
where () { sed -n "s/.*what was made is in '\(.*\)'.*/\1/p" "$scratch/.err"; }

# fails NAME PATTERN COMMAND...: with status 1 and a line that tells where
# what was made is, which is beside "$env"
fails ()
{
  local name=$1 pattern=$2; shift 2
  check_fails "$name" 1 "$pattern.*what was made is in '$PWD/$env\.failed-......'" "$@"
  kept=$(where)
  check '... what was made is there' [ -n "$kept" -a "$(cat "$kept/extra")" = written -a -s "$kept/pyvenv.cfg" ]
  case "$*" in
    *--clear\ old | *new/*) check '... all of it' [ -L "$kept/bin/python" ] ;;
  esac
  is '... and nothing of the work on it' "$(find "${kept:-.}" "$env" -name '.venvb*' 2>/dev/null)" ''
  rm -rf "$kept"
}

env=new/a/env
for how in error segv exit0 kill; do
  fails "$how, new" 'misbehave' bad "how=$how,write=extra" $env
  check '... the directory is not' [ ! -e $env ]
  rm -rf new
done

env=old
"$VENVB" --without-pip old; mkdir old/own; echo own >old/own/file; echo top >old/extra
for how in error segv; do
  for args in old '--clear old'; do
    before=$(tree_of old)
    # shellcheck disable=SC2086
    fails "$how, $args" 'misbehave' bad "how=$how,write=extra,write=bin/tool" $args
    is '... the old one is as it was' "$(tree_of old)" "$before"
  done
done
echo outside >outside
fails 'a file elsewhere' 'no luck' bad "how=error,write=extra,change=$scratch/outside" old
is '... is as it was' "$(cat outside)" outside

# A signal: who waits for the process is to be told, too.
rm -f reached
"$VENVB" --without-pip --keep-failed --plugin="$misbehave,how=hang,write=extra,mark=$scratch/reached" old 2>"$scratch/.err" & run=$!
wait_for reached
kill -TERM $run
wait $run 2>/dev/null
check 'SIGTERM' [ $? -gt 0 ]
check '... what was made is there' [ -e "$(where)/extra" ]
check '... where, is told' grep -q "what was made is in" "$scratch/.err"
rm -rf old.failed*
is '... the old one is back' "$(cat old/own/file old/extra)" $'own\ntop'

# What keeps it from lying beside the directory.
if [ "$(id -u)" -ne 0 ]; then
  mkdir closed; mv old closed/old; chmod a-w closed
  check_fails 'the directory above is closed' 1 "what was made is in '$PWD/closed/old/.venvb-failed-" bad how=error,write=extra closed/old
  check '... it is there' [ -e "$(where)/extra" ]
  chmod u+w closed; mv closed/old old; rm -rf old/.venvb-failed*
elif mkdir mount && unshare -m mount -t tmpfs none mount 2>/dev/null; then
  # shellcheck disable=SC2016
  check 'a file system of its own' unshare -m sh -c '
    mount -t tmpfs none mount
    "$@" mount 2>err; [ -e mount/.venvb-failed-*/extra ] && grep "what was made is in .*/mount/.venvb-failed-" err || exit 1
    [ "$(ls -A mount | wc -l)" -eq 1 ] && "$0" --without-pip mount && [ -e mount/.venvb-failed-*/extra ]' \
    "$VENVB" "$VENVB" --without-pip --keep-failed --plugin="$misbehave,how=error,write=extra"
else
  skip 'a file system of its own' 'no mounting'
fi

# When there is nothing to be kept.
check_fails 'it can not even begin' 1 'a file is in the way$' "$VENVB" --without-pip --keep-failed outside
check_fails 'nothing was made' 1 'no luck$' bad stage=ensure_directories,how=error,early=yes new
check '... so nothing is kept' [ -z "$(find . -name '*failed*')" ]
VENVB_KEEP_FAILED=yes check_fails 'VENVB_KEEP_FAILED' 1 'what was made is in' \
  "$VENVB" --without-pip --plugin="$misbehave,how=error" new
rm -rf "$(where)"
check 'a run that succeeds' "$VENVB" --without-pip --keep-failed new
is '... keeps nothing' "$(find . -name '*failed*')" ''

# Of several, which stand.
check_fails 'the second of three fails' 1 \
  "in the way \(not made: 'outside'; made before: 'one'; not tried: 'three'\)$" "$VENVB" --without-pip one outside three
check '... the first stands' [ -x one/bin/python ]
check '... the third was not tried' [ ! -e three ]
check_fails 'the first crashes' 1 "is as it was \(not made: 'two'; not tried: 'three', 'four'\)$" \
  "$VENVB" --without-pip --plugin="$misbehave,how=segv" two three four
check_fails 'one alone' 1 'in the way$' "$VENVB" --without-pip outside
finish
