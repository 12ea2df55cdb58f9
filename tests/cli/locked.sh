# shellcheck shell=bash
# Locks that somebody keeps: a run's are waited for, who has them is told, and who may only
# read a directory stalls nobody.

# shellcheck source=tests/lib.sh
. "${srcdir:-.}/tests/lib.sh"

find_base real
use_only_base
chmod 755 "$scratch"
keepers=
trap 'kill $keepers 2>/dev/null; chmod -R u+rwx "$scratch"; rm -rf "$scratch"' EXIT
cat >keep.py <<'END'
"""Locks what it may only read, and keeps it, until a file is there or for ever."""
import fcntl, os, sys, time
fds = [os.open(path, os.O_RDONLY) for path in sys.argv[2:]]
for fd in fds:
    fcntl.flock(fd, fcntl.LOCK_EX)
print(os.getpid(), flush=True)
while not os.path.exists(sys.argv[1]):
    time.sleep(0.02)
END
keep () # UNTIL DIRECTORY... : in $keeper is who has it
{
  mkfifo told
  "${as[@]}" python3 keep.py "$@" >told & keepers="$keepers $!"
  read -r keeper <told; rm told
}
user=$(id -un)

as=()
mkdir env; keep "$scratch/go" env
"$VENVB" --without-pip env 2>err & run=$!
for _ in $(seq 500); do [ ! -s err ] || break; sleep 0.02; done
is 'who is waited for is told' "$(cat err)" "venvb: waiting for another run on '$scratch/env': process $keeper ('python3') of user '$user'"
touch go
wait "$run"
is '... and waited for' $? 0
rm go; keep "$scratch/go" env
check_fails '--no-wait' 1 "another run is at work on '$scratch/env'" "$VENVB" --no-wait --without-pip env
touch go
check 'locks of the cache are for the user alone' test -z "$(find "$XDG_CACHE_HOME" -name '*.lock' ! -perm 600)"

as=(setpriv --reuid=54321 --regid=54321 --clear-groups)
if [ "$(id -u)" -ne 0 ] || ! "${as[@]}" test -r "$scratch/keep.py" || ! "${as[@]}" python3 -c '' 2>/dev/null; then
  skip 'another user' 'not root, or no Python for others'
  finish; exit
fi
stalls () # NAME PATH COMMAND...
{
  local before=$SECONDS
  tree_of "$2" >tree.before
  check_fails "$1" 1 "'?$2'? is locked, and stays so: by process $keeper \('python3'\) of user 54321" timeout 60 sh -c '"$@" 2>&1 >/dev/null | grep -v "waiting for another" >&2; exit 1' - "${@:3}"
  check '... in time' test $((SECONDS - before)) -lt 30
  is '... nothing is changed' "$(tree_of "$2")" "$(cat tree.before)"
}
chmod 755 env
keep "$scratch/never" env
stalls 'who may only read ENV_DIR' env "$VENVB" --without-pip env
mkdir -p repository/.hg; printf '[ui]\n' >repository/.hg/hgrc
keep "$scratch/never" repository/.hg
stalls 'who may only read .hg' "$scratch/repository/.hg" "$VENVB" --without-pip --plugin=hg-ignore repository/env
check '... no environment' test ! -e repository/env
mkdir theirs; chown 54321 theirs; rm -f go; keep "$scratch/go" theirs
"$VENVB" --without-pip theirs 2>err & run=$!
for _ in $(seq 500); do [ ! -s err ] || break; sleep 0.02; done
touch go; wait "$run"
is 'whose directory it is, is waited for' $? 0
check '... and told' grep -q "process $keeper ('python3') of user 54321" err

finish
